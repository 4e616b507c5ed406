"""Why somebody opened what is not shown to everybody who holds their role."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """The reason stands in the line of the look. Lines written before it have none."""
    op.add_column("access", sa.Column("why", sa.String(length=32), nullable=False, server_default=""))
