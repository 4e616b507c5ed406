"""Who acted in a student's name, made of the entries: row predicates cannot look into their bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

IN_THE_STUDENTS_NAME = (
    "answer",
    "confirm",
    "disagree",
    "dispute",
    "raise",
    "reconfirm",
    "supply",
    "withdraw",
)
AT_ONCE = 5000


def upgrade() -> None:
    """A line for each person and case, filled from the entries so far, and never changed or removed."""
    table = op.create_table(
        "acted_for",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_acted_for_case_id_cases"),
        sa.PrimaryKeyConstraint("case_id", "person_id", name="pk_acted_for"),
    )
    found = sorted(set(_acted()))
    for start in range(0, len(found), AT_ONCE):
        lines = [{"case_id": case, "person_id": person} for case, person in found[start : start + AT_ONCE]]
        op.bulk_insert(table, lines)
    if op.get_bind().dialect.name != "sqlite":
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER acted_for_refuses_{verb.lower()} BEFORE {verb} ON acted_for "
            f"BEGIN SELECT RAISE(ABORT, 'acted_for is append-only'); END"
        )


def _acted() -> Iterator[tuple[str, str]]:
    """Case and person of every entry in a student's name, and the absent one of a stand-in's."""
    entries = op.get_bind().execute(
        sa.text(
            "SELECT entry.subject, entry.body FROM entry JOIN cases ON cases.id = entry.subject "
            "WHERE entry.number IS NOT NULL AND entry.action IN :actions"
        ).bindparams(sa.bindparam("actions", IN_THE_STUDENTS_NAME, expanding=True))
    )
    for case, body in entries:
        try:
            said = json.loads(bytes(body))
        except ValueError:  # no entry any more: the replay names it
            continue
        if not isinstance(said, dict) or "actor" not in said:
            continue
        yield case, said["actor"]
        if "on_behalf_of" in said:
            yield case, said["on_behalf_of"]
