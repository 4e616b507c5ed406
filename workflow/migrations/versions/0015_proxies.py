"""Filings for a student: who filed a case and in which role, whose a draft is and whose papers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"


def upgrade() -> None:
    """What was filed so far was filed by its student; drafts begin anew, one for each who keeps one."""
    op.add_column("cases", sa.Column("proxy", sa.String(length=32)))
    op.add_column("cases", sa.Column("proxy_role", sa.String(length=16), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("proxy_for", sa.String(length=32)))
    op.add_column("evidence", sa.Column("added_by", sa.String(length=32)))
    op.drop_table("draft")
    op.create_table(
        "draft",
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("begun_at", sa.String(length=25), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_draft_record_id_record"),
        sa.PrimaryKeyConstraint("record_id", "person", name="pk_draft"),
    )
