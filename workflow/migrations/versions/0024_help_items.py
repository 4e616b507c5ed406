"""Help items: requests from people who need not have an account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """One row a request. What the asker said stands in the openings of the history."""
    op.create_table(
        "help_item",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("visitor", sa.String(length=32), nullable=False),
        sa.Column("word", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.String(length=25), nullable=False),
        sa.Column("called_at", sa.String(length=25)),
        sa.Column("call_result", sa.String(length=16), nullable=False, server_default=""),
        sa.Column("ended_at", sa.String(length=25)),
        sa.Column("erased_at", sa.String(length=25)),
        sa.CheckConstraint(
            "state IN ('asked', 'looking', 'solved', 'record_missing', 'not_ours', 'withdrawn', 'lapsed')",
            name=op.f("ck_help_item_state"),
        ),
        sa.CheckConstraint("kind IN ('no_record', 'cannot_link', 'other')", name=op.f("ck_help_item_kind")),
        sa.CheckConstraint(
            "call_result IN ('', 'reached', 'no_answer', 'wrong_number')",
            name=op.f("ck_help_item_call_result"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_help_item"),
        sa.UniqueConstraint("number", name="uq_help_item_number"),
        sa.UniqueConstraint("visitor", name="uq_help_item_visitor"),
    )
    op.create_index("ix_help_item_state", "help_item", ["state"])
