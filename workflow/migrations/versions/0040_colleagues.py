"""Who made a decision that was overturned, and what an import showed of a decided case."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0038"

SETTLING = ("settle", "pass_step", "fail_step")
CLOSING = ("correct", "reject")
OVERTURNING = ("dispute", "reopen")
TOLD = (*SETTLING, *CLOSING, *OVERTURNING, "raise", "undo", "see")


def upgrade() -> None:
    """A decision overturned before now has its people too: they are told by the entries."""
    _flags()
    table = op.create_table(
        "decided_before",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_decided_before_case_id")),
        sa.PrimaryKeyConstraint("case_id", "person_id", name=op.f("pk_decided_before")),
    )
    lines = [{"case_id": case, "person_id": person} for case, person in sorted(set(_overturned()))]
    op.bulk_insert(table, lines)
    if op.get_bind().dialect.name != "sqlite":
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER decided_before_refuses_{verb.lower()} BEFORE {verb} ON decided_before "
            f"BEGIN SELECT RAISE(ABORT, 'decided_before is append-only'); END"
        )


def _flags() -> None:
    op.create_table(
        "flag",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("claim_id", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.Column("import_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.String(length=25), nullable=False),
        sa.Column("ended_at", sa.String(length=25), nullable=True),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "kind IN ('refused_value_shown', 'contradicts_correction')", name=op.f("ck_flag_kind")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_flag_ended_by_somebody")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_flag_case_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_flag_claim_id")),
        sa.ForeignKeyConstraint(["import_id"], ["roster_import.id"], name=op.f("fk_flag_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
    )
    op.create_index(op.f("ix_flag_case_id"), "flag", ["case_id"])
    op.create_index(op.f("ix_flag_import_id"), "flag", ["import_id"])
    still_open = sa.text("ended_at IS NULL")
    op.create_index("ix_flag_open", "flag", ["case_id"], sqlite_where=still_open, postgresql_where=still_open)


def _overturned() -> Iterator[tuple[str, str]]:
    """Case and person of every overturned decision: who closed it, and who had the last word on an item."""
    rows = op.get_bind().execute(
        sa.text(
            "SELECT entry.subject, entry.body FROM entry JOIN cases ON cases.id = entry.subject "
            "WHERE entry.number IS NOT NULL AND entry.action IN :told AND entry.subject IN "
            "(SELECT subject FROM entry WHERE number IS NOT NULL AND action IN :overturning) "
            "ORDER BY entry.subject, entry.number"
        ).bindparams(
            sa.bindparam("told", TOLD, expanding=True),
            sa.bindparam("overturning", OVERTURNING, expanding=True),
        )
    )
    for case, entries in groupby(rows, key=lambda row: row[0]):
        settled: dict[str, set[str]] = {}
        closed: set[str] = set()
        for said in filter(None, (_read(body) for _, body in entries)):
            if said["action"] in OVERTURNING:
                yield from ((case, person) for person in closed.union(*settled.values()))
            if said["action"] in (*OVERTURNING, "raise"):
                settled, closed = {}, set()
            elif said["action"] == "undo":
                closed = set()
            elif said["action"] in CLOSING:
                closed = _people(said)
            elif said["action"] == "see":
                settled = dict.fromkeys(said.get("claims", ()), _people(said)) | settled
            elif people := _people(said):
                settled |= dict.fromkeys(said.get("claims", ()), people)


def _people(said: Mapping[str, Any]) -> set[str]:
    if said.get("role") == "system":
        return set()
    return {said[name] for name in ("actor", "on_behalf_of") if said.get(name)}


def _read(body: Any) -> dict[str, Any] | None:
    try:
        said = json.loads(bytes(body))
    except ValueError:  # no entry any more: the replay names it
        return None
    return said if isinstance(said, dict) and "action" in said else None
