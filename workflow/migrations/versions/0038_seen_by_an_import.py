"""A roster says how many claims it showed as entered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Of rosters of before it is not said."""
    op.add_column("roster_import", sa.Column("seen", sa.Integer(), server_default="0", nullable=False))
