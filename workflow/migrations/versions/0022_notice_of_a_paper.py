"""The version of the privacy notice under which a paper was given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Papers of before bear no version: none was kept."""
    op.add_column("evidence", sa.Column("notice", sa.String(length=64), nullable=False, server_default=""))
