"""People who can sign in, and the roles that they are granted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from states import GRANTED
from workflow.engine import Entropy
from workflow.people.scopes import NO_DUTY, Held, Scope, held
from workflow.people.tables import HELD, Grant, Person, Presence, grant_values, held_from, holds_on
from workflow.store import Prepared, rows_changed, table_of

OPERATOR = "operator"
"""Who acts on the command line: whoever may run commands on the server. No person of the installation."""
_NAME_AS_RECORD = Prepared(
    update(table_of(Person))
    .where(
        Person.id.in_(
            select(Grant.person_id).where(
                Grant.role == "student", Grant.scope == bindparam("of_record"), Grant.ended_at.is_(None)
            )
        )
    )
    .values(name=bindparam("name"))
)


class UnknownRole(ValueError):
    """A role that cannot be granted."""


def add_person(
    session: Session,
    name: str,
    role: str,
    scope: Scope | str,
    by: str,
    at: datetime,
    entropy: Entropy,
    *,
    duty: str = NO_DUTY,
    number: str | None = None,
    confirmed_by: str | None = None,
) -> Person:
    """Add a person with one grant. Raises UnknownRole for a role that cannot be granted.

    ``scope`` as a text is what the role is mostly for (see ``held``). ``number`` is the sign-in name of a
    member of staff.
    """
    person = Person(id=entropy(16).hex(), name=name, made_at=at, number=number)
    session.add(person)
    session.flush()
    give_role(session, person.id, held(role, scope, duty), by, at, entropy, confirmed_by=confirmed_by)
    return person


def give_role(
    session: Session,
    person: str,
    what: Held,
    by: str,
    at: datetime,
    entropy: Entropy,
    *,
    confirmed_by: str | None = None,
    last_on: date | None = None,
) -> None:
    """Grant a person a role within a scope. Raises UnknownRole for a role that cannot be granted.

    ``confirmed_by`` is the second administrator, where there was one; ``last_on`` the last day, if known.
    """
    if what.role not in GRANTED:
        raise UnknownRole(what.role)
    session.add(
        Grant(
            id=entropy(16).hex(),
            person_id=person,
            given_by=by,
            given_at=at,
            confirmed_by=confirmed_by,
            last_on=last_on,
            **grant_values(what),
        )
    )
    session.flush()


def end_role(session: Session, person: str, role: str, at: datetime, what: Held | None = None) -> int:
    """End a person's grants of a role, or one of them, and every browser signed in by it alone.

    Those of stand-ins end too, so that a role that is given again revives none. Returns how many grants.
    """
    theirs = (Grant.person_id == person, Grant.role == role, Grant.ended_at.is_(None))
    if what is None:
        ended = rows_changed(session, update(Grant).where(*theirs).values(ended_at=at))
    else:
        ended = end_grants(session, person, what, at)
    _sign_out_of_ended(session, person, role, at)
    return ended


def end_grants(session: Session, person: str, what: Held, at: datetime) -> int:
    """End a grant of a person and leave their browsers signed in. Returns how many."""
    which = (getattr(Grant, name) == value for name, value in grant_values(what).items())
    theirs = (Grant.person_id == person, Grant.ended_at.is_(None))
    return rows_changed(session, update(Grant).where(*theirs, *which).values(ended_at=at))


def end_passed_grants(session: Session, person: str, role: str, at: datetime) -> None:
    """End a person's grants of a role whose last day is over, and every browser signed in by them alone."""
    passed = (Grant.person_id == person, Grant.role == role, Grant.last_on < at.date())
    session.execute(update(Grant).where(*passed, Grant.ended_at.is_(None)).values(ended_at=at))
    _sign_out_of_ended(session, person, role, at)


def _sign_out_of_ended(session: Session, person: str, role: str, at: datetime) -> None:
    theirs = (Grant.person_id == person, Grant.role == role, Grant.ended_at.is_(None))
    left = {held_from(row).capacity for row in session.execute(select(*HELD).where(*theirs))}
    session.execute(
        update(Presence)
        .where(
            func.coalesce(Presence.on_behalf_of, Presence.person_id) == person,
            Presence.role == role,
            Presence.ended_at.is_(None),
            Presence.scope.not_in(sorted(left)),
        )
        .values(ended_at=at, ended_because="role_ended")
    )


def open_account(session: Session, person: str, at: datetime) -> None:
    """The person has a way in of their own from now on: a strip opens the account no more."""
    session.execute(
        update(Person).where(Person.id == person, Person.opened_at.is_(None)).values(opened_at=at)
    )


def student_of(session: Session, record: str, name: str, by: str, at: datetime, entropy: Entropy) -> Person:
    """The account of a record's student, created when first needed."""
    found = session.scalar(
        select(Person)
        .join(Grant)
        .where(Grant.role == "student", Grant.scope == record, Grant.ended_at.is_(None))
    )
    return found or add_person(session, name, "student", record, by, at, entropy)


def add_students(
    session: Session, records: Sequence[tuple[str, str]], by: str, at: datetime, entropy: Entropy
) -> dict[str, str]:
    """Create accounts for records (id and name) without one. Returns the person of each record."""
    people = {record: entropy(16).hex() for record, _ in records}
    if not records:
        return people
    session.execute(
        insert(Person), [{"id": people[record], "name": name, "made_at": at} for record, name in records]
    )
    session.execute(
        insert(Grant),
        [
            {
                "id": entropy(16).hex(),
                "person_id": person,
                "role": "student",
                "scope": record,
                "given_by": by,
                "given_at": at,
            }
            for record, person in people.items()
        ],
    )
    return people


def follow_names(session: Session, names: Mapping[str, str]) -> None:
    """The accounts of these records' students bear the names that the records have now."""
    _NAME_AS_RECORD.run_many(session, [{"of_record": record, "name": name} for record, name in names.items()])


def grants_of(session: Session, person: str, at: datetime | None = None) -> list[Grant]:
    """A person's present grants, oldest first. With a moment: those whose last day is not over by then."""
    counts = Grant.ended_at.is_(None) if at is None else holds_on(at.date())
    asked = select(Grant).where(Grant.person_id == person, counts)
    return list(session.scalars(asked.order_by(Grant.given_at, Grant.id)))
