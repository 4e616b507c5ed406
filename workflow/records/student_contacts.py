"""Phones and dormitories of students from the school's own files: sealed, and opened one at a time.

A page shows a phone masked (``masked``). A whole one is opened one student at a time (``contact_of``), or
leaves in an export job.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.people.cipher import Cipher
from workflow.records.formats.grid import Cells
from workflow.records.formats.table import label_of
from workflow.records.rows import chunks
from workflow.records.tables import Record, StudentContact
from workflow.records.texts import clean_number, clean_text

PHONE, DORMITORY = "phone", "dormitory"
KINDS: dict[str, tuple[str, str]] = {
    PHONE: ("联系电话", "phone"),
    DORMITORY: ("宿舍", "dormitory"),
}
"""What is kept of a student, in Chinese and English."""

HEADINGS: dict[str, tuple[str, ...]] = {
    "xh": ("学号", "xh", "studentnumber"),
    "ksh": ("考生号", "ksh", "candidatenumber"),
    PHONE: ("联系电话", "电话", "手机", "手机号", "手机号码", "电话号码", "联系方式", "phone", "mobile"),
    DORMITORY: ("宿舍", "寝室", "宿舍号", "寝室号", "住址", "宿舍地址", "dormitory", "dorm"),
}
"""The columns of a file of contacts, with the accepted headings."""

COLUMN_WORDS: dict[str, tuple[str, str]] = {
    "xh": ("学号", "student number"),
    "ksh": ("考生号", "candidate number"),
    **KINDS,
}

REMOVE = "-"
LONGEST_DORMITORY = 60
NEW, CHANGED, REMOVED, UNCHANGED = "new", "changed", "removed", "unchanged"

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_OTHER = re.compile(r"0\d{9,11}|\+[1-9]\d{6,14}", re.ASCII)
_GAPS = re.compile(r"[\s()-]+")
_FROM_ABROAD = re.compile(r"(?:\+|00)86(?=1[3-9])")

FAULTS: dict[str, tuple[str, str]] = {
    "nobody_named": ("没有学号或考生号", "no student or candidate number"),
    "nobody_there": ("没有这名学生", "there is no such student"),
    "two_students": ("学号和考生号是两名学生的", "the two numbers are of two students"),
    "twice": ("同一名学生写了两次", "the same student twice"),
    "phone_misfit": ("电话写法不对", "not a phone number"),
    "dormitory_misfit": ("宿舍写法不对，或超过 60 个字", "not a dormitory, or longer than 60 characters"),
}
"""Faults of a row, in Chinese and English. The value itself is never repeated."""


class ContactsRefused(Exception):
    """A file with a faulty row is not taken in, and nothing of it is written."""


@dataclass(frozen=True, slots=True)
class ContactFault:
    """One cell that cannot be imported, by its row in the file and its column."""

    row: int
    column: str
    code: str


@dataclass(frozen=True, slots=True)
class ContactGiven:
    """What a cell does to one student's contact: ``how`` is new, changed, removed or unchanged."""

    record: str
    kind: str
    how: str
    said: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ContactPlan:
    """What an import of a file of contacts would do."""

    rows: int
    given: tuple[ContactGiven, ...]
    faults: tuple[ContactFault, ...]

    def count(self, how: str) -> int:
        """How many values are new, changed, removed or unchanged."""
        return sum(one.how == how for one in self.given)

    def digest(self, cipher: Cipher) -> str:
        """The identifier of exactly this result."""
        said = [(one.record, one.kind, one.how, one.said) for one in self.given]
        return cipher.digest("contacts", repr((said, self.faults)).encode())


@dataclass(frozen=True, slots=True)
class OpenedContact:
    """How to reach one student, whole. '' where nothing is kept."""

    phone: str = field(default="", repr=False)
    dormitory: str = field(default="", repr=False)
    phone_as_of: date | None = None
    dormitory_as_of: date | None = None


@dataclass(frozen=True, slots=True)
class KeptFrom:
    """How many values of a kind are kept from one file, and the day its data are of."""

    kind: str
    source: str
    as_of: date
    at: datetime
    count: int


# -- taking in ------------------------------------------------------------------------------------------


def phone_in(said: str) -> str:
    """A phone number without gaps, or '' for what is none."""
    number = _FROM_ABROAD.sub("", _GAPS.sub("", clean_number(said)))
    return number if _MOBILE.fullmatch(number) or _OTHER.fullmatch(number) else ""


def dormitory_in(said: str) -> str:
    """A dormitory as text, or '' for what is none."""
    text = clean_text(said)
    return text if len(text) <= LONGEST_DORMITORY and text.isprintable() else ""


_FITS = {PHONE: phone_in, DORMITORY: dormitory_in}


def plan_contacts(session: Session, cipher: Cipher, cells: Cells) -> ContactPlan:
    """Find the student of each row, and what each cell would change. Writes nothing.

    An empty cell keeps what is stored, ``-`` removes it.
    """
    students, faults = _students(session, cells)
    stored = _stored(session, cipher, students.values())
    given: list[ContactGiven] = []
    for number, row in cells.rows:
        if (record := students.get(number)) is None:
            continue
        for kind in KINDS:
            said = row.get(kind, "")
            value = "" if said == REMOVE else _FITS[kind](said)
            if said not in ("", REMOVE) and not value:
                faults.append(ContactFault(number, kind, f"{kind}_misfit"))
            elif said:
                how = _how(stored.get((record, kind), ""), value)
                given.append(ContactGiven(record, kind, how, value))
    return ContactPlan(len(cells.rows), tuple(given), tuple(sorted(faults, key=lambda one: one.row)))


def take_contacts(
    session: Session,
    cipher: Cipher,
    entropy: Entropy,
    plan: ContactPlan,
    *,
    source: str,
    as_of: date,
    by: str,
    at: datetime,
) -> None:
    """Write what was planned, each value sealed for its own row. Raises ContactsRefused."""
    if plan.faults:
        raise ContactsRefused
    touched = [one for one in plan.given if one.how != UNCHANGED]
    for kind in KINDS:
        for some in chunks([one.record for one in touched if one.kind == kind]):
            session.execute(
                delete(StudentContact).where(StudentContact.record_id.in_(some), StudentContact.kind == kind)
            )
    for one in touched:
        if one.how == REMOVED:
            continue
        id = entropy(16).hex()
        session.add(
            StudentContact(
                id=id,
                record_id=one.record,
                kind=one.kind,
                sealed=cipher.seal(one.said, table="student_contact", column="sealed", row=id),
                source=label_of(source),
                as_of=as_of,
                given_by=by,
                at=at,
            )
        )
    session.flush()


def _how(was: str, value: str) -> str:
    if was == value:
        return UNCHANGED
    if not value:
        return REMOVED
    return CHANGED if was else NEW


def _students(session: Session, cells: Cells) -> tuple[dict[int, str], list[ContactFault]]:
    """The record of each row that names one student who stands in no other row; and what the others lack."""
    known = _numbers(session, cells)
    found: dict[int, str] = {}
    seen: set[str] = set()
    faults: list[ContactFault] = []
    for number, row in cells.rows:
        named = [(kind, clean_number(row[kind])) for kind in ("xh", "ksh") if row.get(kind)]
        records = {known.get(one) for one in named}
        record = next(iter(records), None)
        if not named:
            faults.append(ContactFault(number, "xh", "nobody_named"))
        elif None in records or record is None:
            missing = next(kind for kind, said in named if (kind, said) not in known)
            faults.append(ContactFault(number, missing, "nobody_there"))
        elif len(records) > 1:
            faults.append(ContactFault(number, "ksh", "two_students"))
        elif record in seen:
            faults.append(ContactFault(number, named[0][0], "twice"))
        else:
            seen.add(record)
            found[number] = record
    return found, faults


def _numbers(session: Session, cells: Cells) -> Mapping[tuple[str, str], str]:
    """Every student whom the file names, by kind of number and number."""
    found: dict[tuple[str, str], str] = {}
    for kind, column in (("xh", Record.xh), ("ksh", Record.ksh)):
        wanted = {clean_number(row[kind]) for _, row in cells.rows if row.get(kind)}
        for some in chunks(sorted(wanted)):
            for number, id in session.execute(select(column, Record.id).where(column.in_(some))):
                found[kind, str(number)] = id
    return found


# -- reading --------------------------------------------------------------------------------------------


def contact_of(session: Session, cipher: Cipher, record: str) -> OpenedContact:
    """How to reach one student, whole. Whoever shows more than ``masked`` of it logs that first."""
    rows = session.execute(
        select(StudentContact.id, StudentContact.kind, StudentContact.sealed, StudentContact.as_of).where(
            StudentContact.record_id == record
        )
    ).all()
    values = {row.kind: _opened(cipher, row.id, row.sealed) for row in rows}
    days = {row.kind: row.as_of for row in rows}
    return OpenedContact(
        values.get(PHONE, ""), values.get(DORMITORY, ""), days.get(PHONE), days.get(DORMITORY)
    )


def contacts_in(
    session: Session, cipher: Cipher, records: Sequence[str], kinds: Iterable[str]
) -> dict[tuple[str, str], str]:
    """Some kinds of contact of many students, whole, by record and kind: for an export job."""
    wanted = set(kinds)
    return {key: said for key, said in _stored(session, cipher, records).items() if key[1] in wanted}


def masked(phone: str) -> str:
    """The first three and the last two characters of a phone number, enough to recognise it by."""
    return f"{phone[:3]}{'*' * (len(phone) - 5)}{phone[-2:]}" if phone else ""


def kept_contacts(session: Session) -> list[KeptFrom]:
    """What is kept, by kind and file, latest first. Only counts."""
    kept = StudentContact
    rows = session.execute(
        select(kept.kind, kept.source, kept.as_of, kept.at, func.count())
        .group_by(kept.kind, kept.source, kept.as_of, kept.at)
        .order_by(kept.at.desc(), kept.source, kept.kind.desc())
    )
    return [KeptFrom(*row) for row in rows]


def _stored(session: Session, cipher: Cipher, records: Iterable[str]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for some in chunks(records):
        rows = session.execute(
            select(
                StudentContact.record_id, StudentContact.kind, StudentContact.id, StudentContact.sealed
            ).where(StudentContact.record_id.in_(some))
        )
        found |= {(record, kind): _opened(cipher, id, sealed) for record, kind, id, sealed in rows}
    return found


def _opened(cipher: Cipher, row: str, sealed: bytes) -> str:
    return cipher.open(sealed, table="student_contact", column="sealed", row=row)
