"""What a step's rule says of it, whose a claim is, what it locks, and what an import left out for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Steps of before are void by a new value or paper, as they were; claims of before lock nothing."""
    op.add_column("step", sa.Column("rule", sa.String(length=120), server_default="", nullable=False))
    op.add_column(
        "step", sa.Column("void_by", sa.String(length=40), server_default="value,paper", nullable=False)
    )
    op.add_column("claim", sa.Column("office", sa.String(length=32), server_default="", nullable=False))
    op.add_column("claim", sa.Column("locks", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "kept_out",
        sa.Column("claim_id", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_kept_out_claim_id")),
        sa.ForeignKeyConstraint(["import_id"], ["roster_import.id"], name=op.f("fk_kept_out_import_id")),
        sa.PrimaryKeyConstraint("claim_id", "field", name=op.f("pk_kept_out")),
    )
