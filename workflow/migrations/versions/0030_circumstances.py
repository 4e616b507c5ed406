"""A claim names the circumstance that the rules tell apart, and a case the day of its confirmation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

CASES = sa.table("cases", *map(sa.column, ("id", "manner", "confirmed_on")))
ENTRY = sa.table("entry", *map(sa.column, ("subject", "action", "kind", "at")))


def upgrade() -> None:
    """Claims filed before name none. A confirmation that stands has the day of its last entry."""
    op.add_column("claim", sa.Column("variant", sa.String(length=64), server_default="", nullable=False))
    op.add_column("cases", sa.Column("confirmed_on", sa.String(length=10), nullable=True))
    confirmed = (
        sa.select(sa.func.substr(sa.func.max(ENTRY.c.at), 1, 10))
        .where(ENTRY.c.subject == CASES.c.id, ENTRY.c.action == "confirm", ENTRY.c.kind == "done")
        .scalar_subquery()
    )
    confirmations = CASES.update().where(CASES.c.manner.in_(("confirmed", "proxy")))
    op.execute(confirmations.values(confirmed_on=confirmed))
