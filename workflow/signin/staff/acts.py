"""Single acts about a member of staff that wait for nobody: taking back, closing, reopening, numbering."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from workflow.engine import Actor, Entropy
from workflow.notices.contacts import Owner
from workflow.people.access import note_access
from workflow.people.accounts import student_of
from workflow.people.granting import BY_OPERATOR, close_account, end_passed, take_back
from workflow.people.links import make_link
from workflow.people.scopes import Held
from workflow.people.tables import Person
from workflow.records.tables import Record
from workflow.signin.codes import end_codes
from workflow.signin.numbers import account_of
from workflow.signin.staff.outlook import NO_NUMBER, NUMBER_TAKEN, STUDENTS_NUMBER, fits_as_number
from workflow.signin.staff.telling import tell_of_role
from workflow.signin.tables import Password
from workflow.signin.telling import tell_everywhere
from workflow.verdict import Refused, Verdict, named


def end_office(
    session: Session,
    entropy: Entropy,
    by: Actor,
    person: str,
    role: str,
    at: datetime,
    what: Held | None = None,
) -> None:
    """Take a grant back at once (None: all of the role), and tell whom it concerns. Raises Refused."""
    take_back(session, by, person, role, at, what)
    tell_of_role(session, entropy, "role_ended", person, what or Held(role), at)


def end_passed_offices(session: Session, entropy: Entropy, at: datetime) -> int:
    """End every grant whose last day is over, and tell whom it concerns. Returns how many."""
    passed = end_passed(session, at)
    for person, what in passed:
        tell_of_role(session, entropy, "role_over", person, what, at)
    return len(passed)


def close(session: Session, entropy: Entropy, by: Actor, person: str, at: datetime) -> None:
    """Close an account at once: nobody gets in with it any more. Raises Refused."""
    close_account(session, by, person, at)
    end_codes(session, [person], at)
    tell_everywhere(session, entropy, "account_closed", Owner(person=person), at)


def reopen(session: Session, person: str, at: datetime) -> None:
    """Open a closed account again, without roles and without its former password. The operator's act."""
    session.execute(delete(Password).where(Password.person_id == person))
    session.execute(update(Person).where(Person.id == person).values(closed_at=None, opened_at=None))
    note_access(session, BY_OPERATOR, "reopened", person, at)


def give_number(session: Session, person: str, number: str, at: datetime) -> None:
    """Give a member of staff the number with which they sign in. The operator's act. Raises Refused."""
    reasons = []
    if not fits_as_number(number):
        reasons.append(NO_NUMBER)
    known = account_of(session, number)
    if known is not None and known.is_student:
        reasons.append(STUDENTS_NUMBER)
    elif known is not None and known.person != person:
        reasons.append(NUMBER_TAKEN)
    if reasons:
        raise Refused(Verdict("give_number", tuple(named("people", reasons))))
    session.execute(update(Person).where(Person.id == person).values(number=number))
    note_access(session, BY_OPERATOR, "staff_number", person, at)


def link_for_staff(session: Session, entropy: Entropy, person: str, at: datetime) -> str:
    """A one-time link that the operator hands to a member of staff, who is told of it."""
    note_access(session, BY_OPERATOR, "link", person, at)
    tell_everywhere(session, entropy, "link_made", Owner(person=person), at)
    return make_link(session, person, BY_OPERATOR.person, at, entropy)


def link_for_student(session: Session, entropy: Entropy, record: Record, at: datetime) -> str:
    """A one-time link that the operator hands to a student, who is told of it."""
    person = student_of(session, record.id, record.xm, BY_OPERATOR.person, at, entropy)
    note_access(session, BY_OPERATOR, "link", record.id, at)
    tell_everywhere(session, entropy, "link_made", Owner(record=record.id), at)
    return make_link(session, person.id, BY_OPERATOR.person, at, entropy)
