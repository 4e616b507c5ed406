"""Who was told of a campaign in person; and a change that a student has found and files later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

STATE = (
    "state IN ('not_checked', 'checked_ok', 'deferred', 'discrepancy_raised', 'under_review', 'corrected', "
    "'rejected')"
)


def upgrade() -> None:
    """Nobody has attested or deferred anything so far."""
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
    with op.batch_alter_table("cases") as table:
        table.drop_constraint(op.f("ck_cases_state"), type_="check")
        table.create_check_constraint(op.f("ck_cases_state"), STATE)
        table.add_column(sa.Column("deferred_until", sa.String(length=25)))
        table.add_column(
            sa.Column("deferred_fields", sa.String(length=255), nullable=False, server_default="")
        )
        table.add_column(sa.Column("called_back_at", sa.String(length=25)))
