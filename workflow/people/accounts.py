"""People who can sign in, and the roles that they are granted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from states import ROLES
from workflow.engine import Entropy
from workflow.people.tables import Grant, Person, Presence
from workflow.store import rows_changed

OPERATOR = "operator"
"""Who acts on the command line: whoever may run commands on the server. No person of the installation."""


class UnknownRole(ValueError):
    """A role that cannot be granted."""


def add_person(
    session: Session,
    name: str,
    role: str,
    scope: str,
    by: str,
    at: datetime,
    entropy: Entropy,
    *,
    number: str | None = None,
    confirmed_by: str | None = None,
) -> Person:
    """Add a person with one grant. Raises UnknownRole for a role that cannot be granted.

    ``number`` is the sign-in name of a member of staff.
    """
    person = Person(id=entropy(16).hex(), name=name, made_at=at, number=number)
    session.add(person)
    session.flush()
    give_role(session, person.id, role, scope, by, at, entropy, confirmed_by=confirmed_by)
    return person


def give_role(
    session: Session,
    person: str,
    role: str,
    scope: str,
    by: str,
    at: datetime,
    entropy: Entropy,
    *,
    confirmed_by: str | None = None,
) -> None:
    """Grant a person a role within a scope. Raises UnknownRole for a role that cannot be granted.

    ``confirmed_by`` is the second administrator, where there was one.
    """
    if role not in ROLES or role == "system":
        raise UnknownRole(role)
    session.add(
        Grant(
            id=entropy(16).hex(),
            person_id=person,
            role=role,
            scope=scope,
            given_by=by,
            given_at=at,
            confirmed_by=confirmed_by,
        )
    )
    session.flush()


def end_role(session: Session, person: str, role: str, at: datetime, scope: str | None = None) -> int:
    """End a person's grants of a role, or that of one scope, and every browser signed in with them.

    Those of stand-ins end too, so that a role that is given again revives none.

    Returns how many grants.
    """
    ended = 0
    for table, whose, values in (
        (
            Presence,
            func.coalesce(Presence.on_behalf_of, Presence.person_id),
            {"ended_at": at, "ended_because": "role_ended"},
        ),
        (Grant, Grant.person_id, {"ended_at": at}),
    ):
        which = [whose == person, table.role == role, table.ended_at.is_(None)]
        if scope is not None:
            which.append(table.scope == scope)
        ended = rows_changed(session, update(table).where(*which).values(**values))
    return ended


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


def grants_of(session: Session, person: str) -> list[Grant]:
    """A person's present grants, oldest first."""
    return list(
        session.scalars(
            select(Grant)
            .where(Grant.person_id == person, Grant.ended_at.is_(None))
            .order_by(Grant.given_at, Grant.id)
        )
    )
