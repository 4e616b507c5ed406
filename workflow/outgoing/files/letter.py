"""What a batch's official letter says: students and items, and what the school's own records show of them.

It says nothing that the school does not know: whether somebody impersonates another is for a person to find.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.profile import Profile
from workflow.outgoing.batches.facts import BatchFacts
from workflow.outgoing.files.rows import Register, RegisterRow, records_in
from workflow.people.cipher import Cipher
from workflow.records.identity import blind_index
from workflow.records.tables import Record

MOST_IN_LETTER = 20
"""A letter lists so many items at most; more are in the register that goes with it."""


@dataclass(frozen=True, slots=True)
class SubmissionFacts:
    """The letter of a batch. ``number`` is '' before one is given.

    ``rows`` are those of its register; its table counts them or lists them whole. ``same_name`` and
    ``same_number`` are the rows of whose name or ID number the school has another student.
    """

    office: str
    month: str
    number: str
    given_at: datetime
    sender: Profile
    rows: tuple[RegisterRow, ...] = field(repr=False)
    same_name: tuple[int, ...] = ()
    same_number: tuple[int, ...] = ()

    @property
    def students(self) -> int:
        """How many students it is about."""
        return len(records_in(self.rows))

    @property
    def by_field(self) -> Sequence[tuple[str, str, int]]:
        """How many items of each field and reason there are, the most first."""
        counts = Counter((row.field, row.reason.partition("（")[0]) for row in self.rows)
        return [(name, reason, count) for (name, reason), count in counts.most_common()]

    @property
    def fits(self) -> bool:
        """Whether its items can be listed in it."""
        return len(self.rows) <= MOST_IN_LETTER


def letter_facts(
    session: Session, cipher: Cipher, batch: BatchFacts, register: Register, sender: Profile
) -> SubmissionFacts:
    """What the letter of a frozen batch says now."""
    names, numbers = _others(session, cipher, register.rows)
    return SubmissionFacts(
        register.office,
        register.month,
        batch.number,
        batch.agreed_at or register.frozen_at,
        sender,
        register.rows,
        tuple(row.number for row in register.rows if names.get(row.record)),
        tuple(row.number for row in register.rows if numbers.get(row.record)),
    )


def _others(
    session: Session, cipher: Cipher, rows: Sequence[RegisterRow]
) -> tuple[Mapping[str, bool], Mapping[str, bool]]:
    """Of which students the school has another one of the same name, or of the same ID number.

    The claimed name or number counts as well as the present one.
    """
    ids = records_in(rows)
    kept = {
        row.id: row
        for row in session.execute(select(Record.id, Record.xm, Record.sfzh_index).where(Record.id.in_(ids)))
    }
    names = {id: {kept[id].xm} for id in ids}
    numbers = {id: {kept[id].sfzh_index} - {None} for id in ids}
    for row in rows:
        for column, value in row.right:
            if column == "XM":
                names[row.record].add(value)
            elif column == "SFZH" and (index := blind_index(cipher, value)):
                numbers[row.record].add(index)
    named = _holders(session, Record.xm, {one for some in names.values() for one in some})
    numbered = _holders(session, Record.sfzh_index, {one for some in numbers.values() for one in some})
    return (
        {id: any(named.get(one, set()) - {id} for one in names[id]) for id in ids},
        {id: any(numbered.get(one, set()) - {id} for one in numbers[id]) for id in ids},
    )


def _holders(session: Session, column: Any, wanted: Collection[Any]) -> Mapping[Any, set[str]]:
    """The records that have each of these values in a column."""
    found: dict[Any, set[str]] = {}
    for value, id in session.execute(select(column, Record.id).where(column.in_(wanted))):
        found.setdefault(value, set()).add(id)
    return found
