"""Who a person is at the door: staff by their number, students by student number, else candidate number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from workflow.people.tables import Grant, Person
from workflow.records.tables import Record

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


def account_of(session: Session, number: str) -> Account | None:
    """The account behind a number: a member of staff's, else a student's. Always the same two statements."""
    said = number.strip()[:LONGEST_NUMBER]
    staff = session.execute(
        select(Person.id, Person.name, Person.opened_at, Person.closed_at).where(Person.number == said)
    ).first()
    students = session.execute(
        select(Record.id, Record.xm, Record.xh, Person.id, Person.opened_at, Person.closed_at)
        .outerjoin(Grant, and_(Grant.scope == Record.id, Grant.role == "student", Grant.ended_at.is_(None)))
        .outerjoin(Person, Person.id == Grant.person_id)
        .where((Record.xh == said) | (Record.ksh == said))
    ).all()
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
