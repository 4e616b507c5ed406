"""A student's card: every value with its source and date, and every change with its rule and letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from workflow.cases.tables import Case, Claim
from workflow.letters.register import DECIDING, spoken_number
from workflow.letters.tables import LetterRow
from workflow.people.cipher import Cipher
from workflow.records.corrections import value_before
from workflow.records.fields import COLUMNS
from workflow.records.tables import Photo, Record, RecordChange, RosterImport
from workflow.records.values import opened_values, stored_form

PARTS: dict[str, tuple[str, ...]] = {
    "identity": ("XM", "XMPY", "XB", "CSRQ", "MZ", "ZZMM", "ZJLX", "SFZH"),
    "admission": ("KSH", "RXRQ", "YXMC", "CC", "XXXS", "XZ"),
    "class": ("XH", "FY", "XSH", "ZYMC", "BH"),
    "status": ("XJZT", "YJBYRQ"),
}
"""The parts of a card and the columns in them. Addresses and telephones are not on it."""
FIELDS = tuple(name for part in PARTS.values() for name in part)


@dataclass(frozen=True, slots=True)
class CardValue:
    """One value as it is now, its source and day. ``receipt``: the case that corrected it."""

    column: str
    value: str
    source: str
    day: date
    receipt: str


@dataclass(frozen=True, slots=True)
class CardChange:
    """One change of a value. Of a correction it has the case's receipt, cause, letter and rules."""

    column: str
    old: str
    new: str
    at: datetime
    source: str
    receipt: str = ""
    cause: str = ""
    letter: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True)
class StudentCard:
    """A card: values by part, changes oldest first, and the photo that the school has."""

    record: str
    parts: Mapping[str, tuple[CardValue, ...]]
    changes: tuple[CardChange, ...]
    photo: Photo | None

    @property
    def values(self) -> dict[str, str]:
        """Its values by column."""
        return {one.column: one.value for part in self.parts.values() for one in part}

    @property
    def told(self) -> frozenset[str]:
        """The columns of which it says anything, a value of now or one of before."""
        changed = {one.column for one in self.changes if one.old or one.new}
        return frozenset(changed | {name for name, value in self.values.items() if value})

    @property
    def number(self) -> str:
        """The student number, or the candidate number where there is none yet."""
        return self.values["XH"] or self.values["KSH"]


def card_of(session: Session, cipher: Cipher, record: str) -> StudentCard:
    """The card of a record. Raises NoResultFound if there is none."""
    found = cards_of(session, cipher, (record,))
    if not found:
        raise NoResultFound
    return found[0]


def cards_of(session: Session, cipher: Cipher, records: Sequence[str]) -> list[StudentCard]:
    """The cards of some records, in their order. The number of statements does not grow with theirs."""
    behind = _read(session, records)
    return [_card(cipher, behind, id) for id in records if id in behind.stored]


@dataclass(frozen=True, slots=True)
class _Behind:
    """What is read for some cards at once: by record, by import, and by case."""

    stored: Mapping[str, Any]
    imports: Mapping[str, Any]
    lines: Mapping[str, list[RecordChange]]
    cases: Mapping[str, tuple[str, str]]
    causes: Mapping[tuple[str, str], str]
    letters: Mapping[str, str]
    photos: Mapping[str, Photo]


def _read(session: Session, records: Sequence[str]) -> _Behind:
    ids = list(records)
    columns = [stored_form(field).label(field) for field in FIELDS]
    present = session.execute(select(Record.id, Record.source_id, *columns).where(Record.id.in_(ids)))
    imports = session.execute(select(RosterImport.id, RosterImport.as_of, RosterImport.name))
    lines: dict[str, list[RecordChange]] = {}
    for line in session.scalars(
        select(RecordChange)
        .where(RecordChange.record_id.in_(ids), RecordChange.field.in_(COLUMNS.keys() - UNTOLD))
        .order_by(RecordChange.at, RecordChange.field, RecordChange.number)
    ):
        lines.setdefault(line.record_id, []).append(line)
    cases = session.execute(select(Case.id, Case.receipt, Case.policy).where(Case.record_id.in_(ids)))
    claims = session.execute(
        select(Claim.case_id, Claim.field, Claim.cause).where(
            Claim.record_id.in_(ids), Claim.outcome == "corrected"
        )
    )
    letters = session.execute(
        select(LetterRow.case_id, LetterRow.word, LetterRow.year, LetterRow.number)
        .join(Case, Case.id == LetterRow.case_id)
        .where(Case.record_id.in_(ids), LetterRow.kind.in_(DECIDING), LetterRow.ended == "")
        .order_by(LetterRow.year, LetterRow.number)
    )
    photos = session.scalars(select(Photo).where(Photo.record_id.in_(ids)).order_by(Photo.number))
    return _Behind(
        {row.id: row for row in present},
        {row.id: row for row in imports},
        lines,
        {id: (receipt or "", policy) for id, receipt, policy in cases},
        {(case, field): cause for case, field, cause in claims},
        {case: spoken_number(word, year, number) for case, word, year, number in letters},
        {photo.record_id: photo for photo in photos},
    )


def _card(cipher: Cipher, behind: _Behind, record: str) -> StudentCard:
    stored, lines = behind.stored[record], behind.lines.get(record, [])
    values = opened_values(cipher, record, FIELDS, stored._mapping)
    last = {line.field: line for line in sorted(lines, key=lambda one: one.number)}

    def valued(name: str) -> CardValue:
        line = last.get(name)
        if line is not None and line.case_id is not None:
            receipt, _ = behind.cases.get(line.case_id, ("", ""))
            return CardValue(name, values[name], "", line.at.date(), receipt)
        source = behind.imports[(line.import_id if line is not None else None) or stored.source_id]
        return CardValue(name, values[name], source.name, source.as_of, "")

    return StudentCard(
        record,
        {part: tuple(map(valued, names)) for part, names in PARTS.items()},
        tuple(_change(cipher, behind, line) for line in lines),
        behind.photos.get(record),
    )


def _change(cipher: Cipher, behind: _Behind, line: RecordChange) -> CardChange:
    case = line.case_id or ""
    receipt, policy = behind.cases.get(case, ("", ""))
    return CardChange(
        line.field,
        value_before(cipher, line) or "",
        _value_after(cipher, line),
        line.at,
        behind.imports[line.import_id].name if line.import_id else "",
        receipt,
        behind.causes.get((case, line.field), ""),
        behind.letters.get(case, ""),
        policy,
    )


UNTOLD = frozenset({"TXDZ", "YZBM"})
"""What is not on a card, nor the changes of it."""


def _value_after(cipher: Cipher, line: RecordChange) -> str:
    if line.new_sealed is None:
        return line.new or ""
    return cipher.open(line.new_sealed, table="record_change", column="new", row=line.id)
