"""Batches to a body outside, and their lines: a claim is in one live batch at most."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0036"

STATES = "'collecting', 'frozen', 'sent', 'answered', 'closed', 'dissolved'"
PERSON, MOMENT, DAY = sa.String(length=32), sa.String(length=25), sa.String(length=10)


def upgrade() -> None:
    """Two tables. Reasons stand in the openings of the history."""
    op.create_table(
        "batch",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("office", sa.String(length=32), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by", PERSON, nullable=False),
        *_who("frozen"),
        *_who("agreed"),
        sa.Column("number", sa.String(length=64), server_default="", nullable=False),
        sa.Column("sent_on", DAY),
        sa.Column("ended_at", MOMENT),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_batch_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index("ix_batch_state", "batch", ["state"])
    _unique_where("number <> ''", "uq_batch_number", "batch", "number")
    op.create_table(
        "batch_line",
        sa.Column("id", sa.String(length=32), nullable=False),
        *(
            sa.Column(f"{name}_id", sa.String(length=32), nullable=False)
            for name in ("batch", "case", "record", "claim", "step")
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("put_at", MOMENT, nullable=False),
        sa.Column("put_by", PERSON, nullable=False),
        *_who("asked"),
        sa.Column("asked_entry", sa.Integer()),
        *_who("out"),
        sa.Column("over_at", MOMENT),
        sa.Column("verdict", sa.String(length=8), server_default="", nullable=False),
        sa.Column("answered_on", DAY),
        sa.CheckConstraint(
            "verdict IN ('', 'agreed', 'refused', 'more')", name=op.f("ck_batch_line_verdict")
        ),
        sa.CheckConstraint(
            "(verdict = '') = (answered_on IS NULL)", name=op.f("ck_batch_line_answered_with_its_verdict")
        ),
        sa.CheckConstraint("out_at IS NULL OR over_at IS NOT NULL", name=op.f("ck_batch_line_over_when_out")),
        *(
            sa.ForeignKeyConstraint([f"{name}_id"], [f"{table}.id"], name=op.f(f"fk_batch_line_{name}_id"))
            for name, table in (
                ("batch", "batch"),
                ("case", "cases"),
                ("record", "record"),
                ("claim", "claim"),
                ("step", "step"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_line")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_batch_line_batch_id_number")),
    )
    op.create_index("ix_batch_line_case_id", "batch_line", ["case_id"])
    op.create_index("ix_batch_line_record_id", "batch_line", ["record_id"])
    _unique_where("over_at IS NULL", "uq_batch_line_live", "batch_line", "claim_id")


def _who(what: str) -> tuple[sa.Column[str], ...]:
    """When something was done, by whom, and for whom they stood in."""
    return (
        sa.Column(f"{what}_at", MOMENT),
        sa.Column(f"{what}_by", PERSON),
        sa.Column(f"{what}_for", PERSON),
    )


def _unique_where(condition: str, name: str, table: str, column: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [column], unique=True, sqlite_where=where, postgresql_where=where)
