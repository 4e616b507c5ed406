"""Who a person is at the door: staff by their number, students by student number, else candidate number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from workflow.people.tables import Grant, Person
from workflow.records.tables import Record
from workflow.store import Prepared

LONGEST_NUMBER = 32


@dataclass(frozen=True, slots=True)
class Account:
    """Whose number it is. ``person`` is '' for a student for whom no account was needed so far."""

    person: str
    record: str
    name: str
    opened_at: datetime | None
    closed_at: datetime | None

    @property
    def is_student(self) -> bool:
        """Whether it is a student's number."""
        return bool(self.record)


_STAFF = Prepared(
    select(Person.id, Person.name, Person.opened_at, Person.closed_at).where(
        Person.number == bindparam("said")
    )
)
_STUDENTS = Prepared(
    select(Record.id, Record.xm, Record.xh, Person.id, Person.opened_at, Person.closed_at)
    .outerjoin(Grant, and_(Grant.scope == Record.id, Grant.role == "student", Grant.ended_at.is_(None)))
    .outerjoin(Person, Person.id == Grant.person_id)
    .where((Record.xh == bindparam("said")) | (Record.ksh == bindparam("said")))
)


def account_of(session: Session, number: str) -> Account | None:
    """The account behind a number: a member of staff's, else a student's. Always the same two statements."""
    said = number.strip()[:LONGEST_NUMBER]
    staff = next(iter(_STAFF.rows(session, {"said": said})), None)
    students = _STUDENTS.rows(session, {"said": said})
    if not said:
        return None
    if staff is not None:
        return Account(staff.id, "", staff.name, staff.opened_at, staff.closed_at)
    by_student_number_first = sorted(students, key=lambda row: row.xh != said)
    for record, name, _, person, opened_at, closed_at in by_student_number_first:
        return Account(person or "", record, name, opened_at, closed_at)
    return None


def signin_name(xh: str | None, ksh: str | None) -> str:
    """The number with which a student signs in."""
    return xh or ksh or ""
