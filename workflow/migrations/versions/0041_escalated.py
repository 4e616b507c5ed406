"""Those whom a text names are told of an overdue step once; that they were is kept here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0042"


def upgrade() -> None:
    """Nobody was told of anything so far."""
    op.create_table(
        "escalated",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("due", sa.String(length=10), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_escalated_case_id_cases"),
        sa.PrimaryKeyConstraint("case_id", "kind", "due", "working_days", name="pk_escalated"),
    )
