"""Reading the access log: who looked at what, and by whose way they got in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import CompoundSelect, Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from workflow.people.tables import Access, Grant, Person


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
