"""Who took a roster file in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Who took a roster file in; files of before came from the command line."""
    op.add_column(
        "roster_import", sa.Column("taken_by", sa.String(length=32), nullable=False, server_default="system")
    )
