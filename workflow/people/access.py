"""Role checks inside the engine's transaction, and the access log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import CompoundSelect, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from workflow.engine import Actor, AnyAttempt, Grants, in_words
from workflow.people.tables import CARRIED, Access, Grant, Person, Substitution
from workflow.store import InHand, Prepared
from workflow.values import role_named
from workflow.verdict import Reason


@dataclass(frozen=True, slots=True)
class Look:
    """One line of the access log, with the name of the person ('' if unknown).

    ``maker`` names who made the way in of a session, on the line beside an entry of such a session.
    """

    at: datetime
    person: str
    name: str
    role: str
    what: str
    allowed: bool
    maker: str


@dataclass(frozen=True, slots=True)
class BorrowedWay:
    """The way in of the session of one entry, which somebody else made: the way, who made it, their roles."""

    way: str
    maker: str
    name: str
    roles: tuple[str, ...]


_MAKER = aliased(Person)
_GRANTS = Prepared(
    select(Grant.role, Grant.scope).where(Grant.person_id == bindparam("person"), Grant.ended_at.is_(None))
)
_STANDS_IN = Prepared(
    select(Substitution.id).where(
        Substitution.absent == bindparam("absent"),
        Substitution.stand_in == bindparam("person"),
        Substitution.first <= bindparam("day"),
        Substitution.last >= bindparam("day"),
        Substitution.ended_at.is_(None),
    )
)


GRANTS: InHand[Grants] = InHand("grant")
"""The present grants of a person."""
_STANDING_IN: InHand[bool] = InHand("substitution")


def grants_of(session: Session, by: Actor, at: datetime) -> Grants:
    """The (role, scope) pairs in which the actor may act at a moment.

    A stand-in has the carried roles of the absent person while the substitution lasts.
    """
    if not by.on_behalf_of:
        return _grants(session, by.person)
    if not _stands_in(session, by, at):
        return frozenset()
    return frozenset(grant for grant in _grants(session, by.on_behalf_of) if grant[0] in CARRIED)


def _grants(session: Session, person: str) -> Grants:
    return GRANTS.once(
        session,
        person,
        lambda: frozenset((row.role, row.scope) for row in _GRANTS.rows(session, {"person": person})),
    )


def _stands_in(session: Session, by: Actor, at: datetime) -> bool:
    values = {"absent": by.on_behalf_of, "person": by.person, "day": at.date().isoformat()}
    return _STANDING_IN.once(session, tuple(values.values()), lambda: bool(_STANDS_IN.rows(session, values)))


def grants_at_the_door(attempt: AnyAttempt) -> Grants:
    """The actor's present (role, scope) pairs, read inside the transaction."""
    if attempt.grants is None:
        attempt.grants = grants_of(attempt.session, attempt.by, attempt.at)
    return attempt.grants


def people_at_the_door(by: Actor) -> frozenset[str]:
    """The persons who count as acting: a stand-in and the person they replace both count."""
    return frozenset(filter(None, (by.person, by.on_behalf_of)))


def records_of_their_own(attempt: AnyAttempt) -> frozenset[str]:
    """The records whose student is one of the acting persons."""
    if attempt.by.on_behalf_of:
        held = [grant for one in people_at_the_door(attempt.by) for grant in _grants(attempt.session, one)]
    else:
        held = list(grants_at_the_door(attempt))
    return frozenset(scope for role, scope in held if role == "student")


@in_words("现在仍有这个身份", "the role is held now")
def holds_the_role(attempt: AnyAttempt) -> Reason | None:
    """The actor must hold the role now, not only at sign-in. Nobody can act as the system."""
    if attempt.by.is_system:
        return None
    if attempt.by.role == "system" or all(role != attempt.by.role for role, _ in grants_at_the_door(attempt)):
        return Reason(
            "role_not_held",
            "您现在没有“{role}”的权限。",
            {"role": role_named(attempt.by.role)},
            remedy="如需办理，请联系系统管理员授权。",
            stranger=True,
        )
    return None


def note_access(
    session: Session, by: Actor, what: str, subject: str, at: datetime, *, allowed: bool = True
) -> None:
    """Write one line of the access log. It never contains what was seen."""
    session.add(Access(at=at, person_id=by.person, role=by.role, what=what, subject=subject, allowed=allowed))
    session.flush()


def note_stranger(session: Session, attempt: AnyAttempt) -> None:
    """Log an attempt at a subject that does not concern the person, or whom one not born would concern."""
    subject = attempt.subject.id if attempt.subject.version else attempt.subject.concerns
    note_access(session, attempt.by, f"try:{attempt.action.name}", subject, attempt.at, allowed=False)


def note_borrowed_way(session: Session, attempt: AnyAttempt, number: int) -> None:
    """One line beside an entry that was made in a session begun by a way that somebody else made."""
    by = attempt.by
    session.add(
        Access(
            at=attempt.at,
            person_id=by.person,
            role=by.role,
            what=f"way:{by.way}:{number}",
            subject=attempt.subject.id,
            allowed=True,
            maker=by.way_by,
        )
    )
    session.flush()


def borrowed_ways(session: Session, subject: str) -> dict[int, BorrowedWay]:
    """The ways in that somebody else made, by the number of the entry whose session began with one."""
    had = and_(Grant.person_id == Access.maker, Grant.role != "student", Grant.given_at <= Access.at)
    rows = session.execute(
        select(Access.what, Access.maker, func.coalesce(_MAKER.name, ""), Grant.role)
        .outerjoin(_MAKER, _MAKER.id == Access.maker)
        .outerjoin(Grant, had)
        .where(Access.subject == subject, Access.what.startswith("way:"), Access.maker != "")
        .order_by(Access.id, Grant.given_at, Grant.id)
    )
    found: dict[int, BorrowedWay] = {}
    for what, maker, name, role in rows:
        _, way, number = what.split(":")
        known = found.setdefault(int(number), BorrowedWay(way, maker, name, ()))
        if role and role not in known.roles:
            found[int(number)] = replace(known, roles=(*known.roles, role))
    return found


def looks(
    session: Session,
    subjects: Select[tuple[str]] | CompoundSelect[tuple[str]],
    *,
    skip: int,
    limit: int,
) -> tuple[int, list[Look]]:
    """Accesses to some subjects, latest first: the number of lines, and one page of them.

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
            func.coalesce(_MAKER.name, Access.maker),
        )
        .outerjoin(Person, Person.id == Access.person_id)
        .outerjoin(_MAKER, _MAKER.id == Access.maker)
        .where(Access.subject.in_(subjects))
        .order_by(Access.id.desc())
        .offset(skip)
        .limit(limit)
    )
    rows = session.execute(asked).all()
    return (rows[0][0] if rows else 0), [Look(*row[1:]) for row in rows]
