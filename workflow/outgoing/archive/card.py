"""A student's card: every value with its source and date, and every change with its rule and letter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow.cases.tables import Case, Claim
from workflow.letters.register import DECIDING, spoken_number
from workflow.letters.tables import LetterRow
from workflow.people.cipher import Cipher
from workflow.records.corrections import value_before
from workflow.records.fields import COLUMNS
from workflow.records.tables import Photo, RecordChange, RosterImport
from workflow.records.values import ValueSource, sources_of, values_of

PARTS: dict[str, tuple[str, ...]] = {
    "identity": ("XM", "XMPY", "XB", "CSRQ", "MZ", "ZZMM", "ZJLX", "SFZH"),
    "admission": ("KSH", "RXRQ", "YXMC", "CC", "XXXS", "XZ"),
    "class": ("XH", "FY", "XSH", "ZYMC", "BH"),
    "status": ("XJZT", "YJBYRQ"),
}
"""The parts of a card and the columns in them. Addresses and telephones are not on it."""


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
    """A card: values by part, changes oldest first, and the day of the photo that the school has."""

    record: str
    parts: Mapping[str, tuple[CardValue, ...]]
    changes: tuple[CardChange, ...]
    photo: date | None

    @property
    def values(self) -> dict[str, str]:
        """Its values by column."""
        return {one.column: one.value for part in self.parts.values() for one in part}

    @property
    def told(self) -> frozenset[str]:
        """The columns of which it says anything, a value of now or one of before."""
        changed = {one.column for one in self.changes if one.old or one.new}
        return frozenset(changed | {name for name, value in self.values.items() if value})


def card_of(session: Session, cipher: Cipher, record: str) -> StudentCard:
    """The card of a record. Raises NoResultFound if there is none."""
    fields = [name for part in PARTS.values() for name in part]
    values, sources = values_of(session, cipher, record, fields), sources_of(session, record)
    asked = select(Case.id, Case.receipt, Case.policy).where(Case.record_id == record)
    cases = {id: (receipt or "", policy) for id, receipt, policy in session.execute(asked)}

    def valued(name: str) -> CardValue:
        source = sources[name]
        return CardValue(name, values[name], _named(source), source.day, cases.get(source.id, ("", ""))[0])

    return StudentCard(
        record,
        {part: tuple(map(valued, names)) for part, names in PARTS.items()},
        _changes(session, cipher, record, cases),
        session.scalar(select(func.max(Photo.as_of)).where(Photo.record_id == record)),
    )


def _named(source: ValueSource) -> str:
    return source.name if source.kind == "import" else ""


def _changes(
    session: Session, cipher: Cipher, record: str, cases: Mapping[str, tuple[str, str]]
) -> tuple[CardChange, ...]:
    causes = {
        (claim.case_id, claim.field): claim.cause
        for claim in session.scalars(
            select(Claim).where(Claim.record_id == record, Claim.outcome == "corrected")
        )
    }
    letters = {
        case: spoken_number(word, year, number)
        for case, word, year, number in session.execute(
            select(LetterRow.case_id, LetterRow.word, LetterRow.year, LetterRow.number)
            .join(Case, Case.id == LetterRow.case_id)
            .where(Case.record_id == record, LetterRow.kind.in_(DECIDING), LetterRow.ended == "")
            .order_by(LetterRow.year, LetterRow.number)
        )
    }
    found = session.execute(
        select(RecordChange, RosterImport.name)
        .outerjoin(RosterImport, RosterImport.id == RecordChange.import_id)
        .where(RecordChange.record_id == record, RecordChange.field.in_(COLUMNS.keys() - UNTOLD))
        .order_by(RecordChange.at, RecordChange.field, RecordChange.number)
    )
    made = []
    for one, name in found:
        receipt, policy = cases.get(one.case_id or "", ("", ""))
        made.append(
            CardChange(
                one.field,
                value_before(cipher, one) or "",
                _value_after(cipher, one),
                one.at,
                name or "",
                receipt,
                causes.get((one.case_id or "", one.field), ""),
                letters.get(one.case_id or "", ""),
                policy,
            )
        )
    return tuple(made)


UNTOLD = frozenset({"TXDZ", "YZBM"})
"""What is not on a card, nor the changes of it."""


def _value_after(cipher: Cipher, line: RecordChange) -> str:
    if line.new_sealed is None:
        return line.new or ""
    return cipher.open(line.new_sealed, table="record_change", column="new", row=line.id)
