"""How the situations of the guide to the platform end, by day and without names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Nothing was counted before."""
    op.create_table(
        "guide_counts",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("situation", sa.String(length=32), nullable=False),
        sa.Column("ending", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "ending IN ('opened', 'solved', 'stuck', 'platform', 'registrar')",
            name=op.f("ck_guide_counts_ending"),
        ),
        sa.PrimaryKeyConstraint("day", "situation", "ending", name=op.f("pk_guide_counts")),
    )
