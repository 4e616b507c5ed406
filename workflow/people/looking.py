"""Reading the access log: who looked at what, by whose way they got in, and who opened very much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CompoundSelect, Integer, Select, String, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from workflow.people.tables import Access, Grant, Person
from workflow.store import Instant

MANY = 60
"""So many full numbers and papers, opened by one person within a short time, are shown to the auditor."""
SHORT_TIME = timedelta(minutes=10)
MOST_OF_A_DAY = 10
"""How many people a day's list has."""


@dataclass(frozen=True, slots=True)
class Look:
    """One line of the access log, with the name of the person ('' if unknown).

    ``maker`` names who made the way in of a session, on the line beside an entry of such a session. ``why``
    is the code of the reason that was chosen, where a look needs one.
    """

    at: datetime
    person: str
    name: str
    role: str
    what: str
    allowed: bool
    maker: str
    why: str


@dataclass(frozen=True, slots=True)
class BorrowedWay:
    """The way in of the session of one entry, which somebody else made: the way, who made it, their roles."""

    way: str
    maker: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Burst:
    """One person opened many numbers and papers in a short time: how many, from when to when."""

    person: str
    name: str
    role: str
    first: datetime
    last: datetime
    number: int


@dataclass(frozen=True, slots=True)
class OpenedInADay:
    """How many full numbers and papers one person opened in a role on one day."""

    day: date
    person: str
    name: str
    role: str
    numbers: int
    papers: int


_MAKER = aliased(Person)
_NUMBER = Access.what.startswith("reveal:")
_OPENED = and_(or_(_NUMBER, Access.what == "paper"), Access.allowed)


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
            Access.why,
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


def bursts(session: Session, since: datetime) -> list[Burst]:
    """Who opened MANY numbers and papers or more in less than SHORT_TIME since a moment, latest first."""
    lines = (
        select(
            Access.person_id,
            Access.role,
            Access.at,
            func.row_number().over(partition_by=Access.person_id, order_by=Access.id).label("nth"),
            func.lag(Access.at, MANY - 1, type_=Instant())
            .over(partition_by=Access.person_id, order_by=Access.id)
            .label("begun"),
        )
        .where(_OPENED, Access.at >= since)
        .subquery()
    )
    found = session.execute(
        select(lines, func.coalesce(Person.name, "").label("name"))
        .outerjoin(Person, Person.id == lines.c.person_id)
        .where(lines.c.begun.is_not(None))
        .order_by(lines.c.person_id, lines.c.nth)
    )
    joined: list[tuple[Any, Any]] = []
    for row in found:
        if row.at - row.begun >= SHORT_TIME:
            continue
        if joined and (joined[-1][1].person_id, joined[-1][1].nth) == (row.person_id, row.nth - 1):
            joined[-1] = joined[-1][0], row
        else:
            joined.append((row, row))
    told = [
        Burst(last.person_id, last.name, last.role, first.begun, last.at, last.nth - first.nth + MANY)
        for first, last in joined
    ]
    return sorted(told, key=lambda one: one.last, reverse=True)


def most_opened(session: Session, since: datetime) -> list[OpenedInADay]:
    """The people who opened the most numbers and papers, day by day, latest day first."""
    lines = (
        select(
            func.substr(Access.at, 1, 10, type_=String()).label("day"),
            Access.person_id,
            Access.role,
            case((_NUMBER, 1), else_=0).label("is_number"),
        )
        .where(_OPENED, Access.at >= since)
        .subquery()
    )
    of_one = lines.c.day, lines.c.person_id, lines.c.role
    numbers = func.sum(lines.c.is_number, type_=Integer())
    counted = (
        select(
            *of_one,
            numbers.label("numbers"),
            (func.count() - numbers).label("papers"),
            func.row_number()
            .over(partition_by=lines.c.day, order_by=(func.count().desc(), *of_one[1:]))
            .label("place"),
        )
        .group_by(*of_one)
        .subquery()
    )
    found = session.execute(
        select(counted, func.coalesce(Person.name, "").label("name"))
        .outerjoin(Person, Person.id == counted.c.person_id)
        .where(counted.c.place <= MOST_OF_A_DAY)
        .order_by(counted.c.day.desc(), counted.c.place)
    )
    return [
        OpenedInADay(date.fromisoformat(row.day), row.person_id, row.name, row.role, row.numbers, row.papers)
        for row in found
    ]
