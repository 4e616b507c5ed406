"""Who may act in which role, asked at the door itself, and the access log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CompoundSelect, Select, bindparam, func, select
from sqlalchemy.orm import Session

from states import ROLES
from workflow.engine import SYSTEM, Actor, Attempt
from workflow.people.tables import Access, Grant, Person
from workflow.store import Prepared
from workflow.verdict import Reason


@dataclass(frozen=True, slots=True)
class Look:
    """One line of the access log, with the name of who looked ('' for nobody we know)."""

    at: datetime
    person: str
    name: str
    role: str
    what: str
    allowed: bool


_GRANTS = Prepared(
    select(Grant.role, Grant.scope).where(Grant.person_id == bindparam("person"), Grant.ended_at.is_(None))
)


def grants_of(session: Session, person: str) -> frozenset[tuple[str, str]]:
    """A person's present (role, scope) pairs."""
    found = _GRANTS.run(session, {"person": person}).fetchall()
    return frozenset((role, scope) for role, scope in found)


def grants_at_the_door(attempt: Attempt) -> frozenset[tuple[str, str]]:
    """The actor's present (role, scope) pairs, read inside the transaction, once per attempt."""
    known: frozenset[tuple[str, str]] | None = attempt.memo.get("grants")
    if known is None:
        known = attempt.memo["grants"] = grants_of(attempt.session, attempt.by.person)
    return known


def holds_the_role(attempt: Attempt) -> Reason | None:
    """The actor must hold the role now, not only when they signed in; nobody can pose as the system."""
    if attempt.by is SYSTEM:
        return None
    if attempt.by.role == "system" or all(role != attempt.by.role for role, _ in grants_at_the_door(attempt)):
        return Reason(
            "role_not_held",
            "您现在没有“{role}”的权限。",
            {"role": ROLES[attempt.by.role][0]},
            remedy="如需办理，请联系系统管理员授权。",
        )
    return None


def note_access(
    session: Session, by: Actor, what: str, subject: str, at: datetime, *, allowed: bool = True
) -> None:
    """Write one line of the access log; what was seen stands in no line."""
    session.add(Access(at=at, person_id=by.person, role=by.role, what=what, subject=subject, allowed=allowed))
    session.flush()


def note_stranger(session: Session, attempt: Attempt) -> None:
    """Remember a try at a subject that does not concern the person."""
    note_access(
        session, attempt.by, f"try:{attempt.action.name}", attempt.subject.id, attempt.at, allowed=False
    )


def looks(
    session: Session,
    subjects: Select[tuple[str]] | CompoundSelect[tuple[str]],
    *,
    skip: int,
    limit: int,
) -> tuple[int, list[Look]]:
    """Who looked at any of some subjects, latest first: how many lines there are, and a part of them.

    ``subjects`` is a statement that selects their ids.
    """
    asked = (
        select(
            func.count().over(),
            Access.at,
            Access.person_id,
            func.coalesce(Person.name, ""),
            Access.role,
            Access.what,
            Access.allowed,
        )
        .outerjoin(Person, Person.id == Access.person_id)
        .where(Access.subject.in_(subjects))
        .order_by(Access.id.desc())
        .offset(skip)
        .limit(limit)
    )
    rows = session.execute(asked).all()
    return (rows[0][0] if rows else 0), [Look(*row[1:]) for row in rows]
