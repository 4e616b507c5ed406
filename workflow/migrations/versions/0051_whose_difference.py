"""A difference of a student who is in none of our records says whose it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    """Sealed number and name. Rows of before have none, and are told by their place."""
    op.add_column("difference", sa.Column("whose", sa.LargeBinary(), nullable=True))
