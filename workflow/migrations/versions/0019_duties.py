"""Duties and scopes of grants. What held a college or an office as its scope has columns of its own."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

WORDS = (
    ("grant", "role"),
    ("presence", "role"),
    ("access", "role"),
    ("entry", "role"),
    ("strip_run", "role"),
    ("cases", "proxy_role"),
)
"""Columns for the names of roles and duties, which were 16 long."""
PARTS = (("duty", 32), ("college", 64), ("class_name", 64), ("entry_year", 4), ("level", 32), ("office", 64))


def upgrade() -> None:
    """Nobody loses a role or a sign-in by it."""
    for name, length in PARTS:
        op.add_column("grant", sa.Column(name, sa.String(length), server_default="", nullable=False))
    op.add_column("grant", sa.Column("last_on", sa.String(10), nullable=True))
    op.create_index("ix_grant_role_college", "grant", ["role", "college"], unique=False)
    if op.get_bind().dialect.name == "postgresql":  # SQLite checks no length
        for table, column in WORDS:
            op.alter_column(table, column, type_=sa.String(32))
        op.alter_column("presence", "scope", type_=sa.String(256))
    for role, part in (("officer", "college"), ("reviewer", "office")):
        op.execute(
            sa.text(f"UPDATE \"grant\" SET {part} = scope, scope = '' WHERE role = :role AND scope <> ''")
            .bindparams(role=role)
        )  # fmt: skip
        _say_capacities(role)


def _say_capacities(role: str) -> None:
    """What a signed-in browser's scope was is the capacity of the same grant now."""
    presence = sa.table("presence", sa.column("role", sa.String), sa.column("scope", sa.String))
    theirs = presence.c.role == role
    bind = op.get_bind()
    for (scope,) in bind.execute(
        sa.select(presence.c.scope).where(theirs, presence.c.scope != "").distinct()
    ).all():
        said = ("", scope, "") if role == "officer" else ("", "", scope)
        capacity = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        bind.execute(sa.update(presence).where(theirs, presence.c.scope == scope).values(scope=capacity))
