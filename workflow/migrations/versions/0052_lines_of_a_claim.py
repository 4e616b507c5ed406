"""The list of claims names the batches of each: its lines are found by their claim, ended ones too."""

from __future__ import annotations

from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    """An index. The one that there is knows live lines alone."""
    op.create_index("ix_batch_line_claim_id", "batch_line", ["claim_id"])
