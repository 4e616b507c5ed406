"""An index of the presences that are open: the scheduled job asks for them every minute."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Presences stay for ever; the open ones are few. Nothing that is there is changed."""
    op.create_index(
        "ix_presence_open",
        "presence",
        ["begun_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
