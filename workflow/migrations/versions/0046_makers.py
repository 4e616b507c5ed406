"""Export jobs take out what a maker makes by its own question, and say how far it is and whom it is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"

INSTANT = sa.String(length=25)


def upgrade() -> None:
    """Four columns, a table, and an index by which the list of claims is walked."""
    op.add_column("export_job", sa.Column("asked", sa.LargeBinary(), nullable=True))
    op.add_column("export_job", sa.Column("done", sa.Integer(), server_default="0", nullable=False))
    op.add_column("export_job", sa.Column("whole", sa.Integer(), server_default="0", nullable=False))
    op.add_column("export_job", sa.Column("moved_at", INSTANT, nullable=True))
    op.create_table(
        "export_about",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["export_job.id"], name=op.f("fk_export_about_job_id")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_export_about_record_id")),
        sa.PrimaryKeyConstraint("job_id", "record_id", name=op.f("pk_export_about")),
    )
    op.create_index("ix_claim_filed", "claim", ["filed_at", "id"])
    op.create_index("ix_export_about_record_id", "export_about", ["record_id"])
