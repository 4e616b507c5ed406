"""Who was told of a campaign in person, as a counsellor or class teacher attests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Nobody has attested it so far."""
    op.create_table(
        "told_in_person",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("told_on", sa.String(length=10), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("duty", sa.String(length=32), nullable=False),
        sa.Column("told_by", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_told_in_person_case_id_cases"),
        sa.PrimaryKeyConstraint("case_id", name="pk_told_in_person"),
    )
