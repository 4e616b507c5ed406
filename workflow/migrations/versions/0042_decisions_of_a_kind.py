"""The latest decisions of a kind of claim are found without reading every claim."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0040"

ENDED = sa.text("ended_at IS NOT NULL")


def upgrade() -> None:
    """An index of the claims that have ended, by field, cause, circumstance and time."""
    op.create_index(
        "ix_claim_of_kind",
        "claim",
        ["field", "cause", "variant", "ended_at"],
        sqlite_where=ENDED,
        postgresql_where=ENDED,
    )
