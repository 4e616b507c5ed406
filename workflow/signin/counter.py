"""At the counter: an officer gives one student, whose card they saw, a new code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, select
from sqlalchemy.orm import Session

from workflow.engine import Actor, Entropy
from workflow.notices.contacts import Owner
from workflow.people.access import note_access
from workflow.people.accounts import student_of
from workflow.people.links import end_links
from workflow.people.presences import end_presences
from workflow.people.tables import Access, Grant, Person
from workflow.records.reach import EVERYBODY
from workflow.records.tables import Record
from workflow.records.values import numbered
from workflow.signin.codes import end_codes, issue
from workflow.signin.numbers import signin_name
from workflow.signin.tables import SignInCode
from workflow.signin.telling import tell_everywhere
from workflow.signin.throttle import forget_browsers

SHOWN = "code:shown"
"""The access line of the one time when a code given at the counter was on a page."""
SHOWN_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class AtTheCounter:
    """The student before the officer. ``opened_at``: since when they have a way in of their own.

    ``ours``: the student is one of those whom the officer serves.
    """

    record: str
    name: str
    xh: str
    ksh: str
    college: str
    group: str
    opened_at: datetime | None
    closed_at: datetime | None
    ours: bool

    @property
    def number(self) -> str:
        """The number with which they sign in."""
        return signin_name(self.xh, self.ksh)


@dataclass(frozen=True, slots=True)
class GivenCode:
    """A code just given: the row from which it is made, whose it is, and until when it may be used."""

    id: str
    ends_at: datetime


def find_student(session: Session, said: str, whom: ColumnElement[bool] = EVERYBODY) -> AtTheCounter | None:
    """The student with a student number, else with a candidate number. ``whom`` are those served."""
    found = session.execute(_students(numbered(said), whom)).all()
    by_student_number_first = sorted(map(_student, found), key=lambda one: one.xh != said)
    return by_student_number_first[0] if said and by_student_number_first else None


def student_at(session: Session, record: str, whom: ColumnElement[bool] = EVERYBODY) -> AtTheCounter | None:
    """The student of a record. ``whom`` are those served."""
    row = session.execute(_students(Record.id == record, whom)).one_or_none()
    return None if row is None else _student(row)


def give_code(session: Session, student: AtTheCounter, by: Actor, at: datetime, entropy: Entropy) -> str:
    """Make a code for one student. Returns its row.

    Everything that was open for them ends: sessions, earlier codes and links, and browsers that were known.
    Their password holds until they set a new one. They are told at once.
    """
    person = student_of(session, student.record, student.name, by.person, at, entropy).id
    end_presences(session, person, at, "code_given")
    forget_browsers(session, person)
    end_codes(session, [person], at)
    end_links(session, person, at)
    code = issue(session, person, "counter", by.person, at, entropy)
    note_access(session, by, "code:counter", student.record, at)
    tell_everywhere(session, entropy, "code_given", Owner(record=student.record), at, subject=code)
    return code


def code_to_show(session: Session, by: Actor, record: str, code: str, at: datetime) -> GivenCode | None:
    """A code that this person has just given at the counter, the first time it is asked for. Else None.

    The access log has the line before the page has the code.
    """
    found = session.execute(
        select(SignInCode.id, SignInCode.ends_at)
        .join(Grant, and_(Grant.person_id == SignInCode.person_id, Grant.role == "student"))
        .where(SignInCode.id == code, SignInCode.kind == "counter", Grant.scope == record)
        .where(SignInCode.made_by == by.person, SignInCode.made_at > at - SHOWN_WITHIN)
        .where(SignInCode.used_at.is_(None), SignInCode.ended_at.is_(None))
        .with_for_update(of=SignInCode)
    ).first()
    if found is None:
        return None
    if session.scalar(select(Access.id).where(Access.subject == code, Access.what == SHOWN).limit(1)):
        return None
    note_access(session, by, SHOWN, code, at)
    return GivenCode(*found)


def _students(which: ColumnElement[bool], whom: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    held = and_(Grant.scope == Record.id, Grant.role == "student", Grant.ended_at.is_(None))
    return (
        select(
            Record.id,
            Record.xm,
            Record.xh,
            Record.ksh,
            Record.fy,
            Record.bh,
            Person.opened_at,
            Person.closed_at,
            case((whom, True), else_=False),
        )
        .outerjoin(Grant, held)
        .outerjoin(Person, Person.id == Grant.person_id)
        .where(which)
    )


def _student(row: Any) -> AtTheCounter:
    record, name, xh, ksh, college, group, opened_at, closed_at, ours = row
    return AtTheCounter(
        record, name, xh or "", ksh or "", college or "", group or "", opened_at, closed_at, ours
    )
