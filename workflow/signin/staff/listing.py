"""Lists of staff: who holds which role; for the auditor who gave it, who confirmed it, and what clashes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from workflow.engine import SYSTEM
from workflow.people.accounts import OPERATOR
from workflow.people.clashes import clashing
from workflow.people.scopes import Held
from workflow.people.tables import HELD, Access, Grant, Person, held_from, holds_on
from workflow.verdict import Reason

STAFF_NOW = select(Grant.person_id).where(Grant.role != "student", Grant.ended_at.is_(None))
"""The people who hold a role of the staff now."""

SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One member of staff: present roles with scopes, their last days, a way in or none, and what clashes."""

    id: str
    number: str
    name: str
    opened: bool
    closed_at: datetime | None
    roles: tuple[Held, ...]
    last_days: Mapping[Held, date]
    clashes: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One grant as the auditor reads it. ``how``: ``operator``, ``system``, by ``one`` or ``two`` persons."""

    id: str
    person: str
    number: str
    name: str
    held: Held
    given_by: str
    given_at: datetime
    confirmed_by: str
    how: str
    last_on: date | None
    ended_at: datetime | None
    clashes: bool

    @property
    def is_over(self) -> bool:
        """Whether it ended because its last day had passed."""
        if self.ended_at is None or self.last_on is None:
            return False
        return self.last_on < self.ended_at.date()


ACCOUNT_ACTS = (
    "link",
    "closed",
    "reopened",
    "signed_out",
    "staff_number",
    "staff_name",
    "staff_address",
    "staff_proposed",
    "staff_confirmed",
    "staff_declined",
)
"""What the access log says of acts about accounts, beside lines of grants, their ends and codes."""


@dataclass(frozen=True, slots=True)
class AccountAct:
    """One act about an account: when, by whom (or the operator), what, and about which member of staff.

    ``whom`` is '' for a student.
    """

    at: datetime
    by: str
    by_operator: bool
    what: str
    whom: str


def staff_members(session: Session, at: datetime, person: str = "") -> list[StaffMember]:
    """Members of staff with their roles at a moment, by number; former ones last. Or one of them."""
    staff = select(Grant.person_id).where(Grant.role != "student")
    asked = (
        select(
            Person.id, Person.number, Person.name, Person.opened_at, Person.closed_at, *HELD, Grant.last_on
        )
        .outerjoin(Grant, (Grant.person_id == Person.id) & (Grant.role != "student") & holds_on(at.date()))
        .where(Person.id.in_(staff) | Person.number.is_not(None))
        .order_by(Person.made_at, Person.id, Grant.given_at, Grant.id)
    )
    rows = session.execute(asked.where(Person.id == person) if person else asked).all()
    clash = clashing(session)
    roles: dict[str, list[Held]] = {}
    for row in rows:
        roles.setdefault(row.id, []).extend([held_from(row)] if row.role else [])
    until = {(row.id, held_from(row)): row.last_on for row in rows if row.last_on is not None}
    first = {row.id: row for row in reversed(rows)}
    found = [
        StaffMember(
            id,
            first[id].number or "",
            first[id].name,
            first[id].opened_at is not None,
            first[id].closed_at,
            tuple(held),
            {one: until[id, one] for one in held if (id, one) in until},
            tuple(clash.get(id, ())),
        )
        for id, held in roles.items()
    ]
    return sorted(found, key=lambda one: (not one.roles, not one.number, one.number))


def soon_over(members: Iterable[StaffMember], today: date) -> list[tuple[StaffMember, Held, date]]:
    """The grants whose last day comes within two weeks, soonest first."""
    found = [
        (one, held, last) for one in members for held, last in one.last_days.items() if last <= today + SOON
    ]
    return sorted(found, key=lambda it: (it[2], it[0].number, it[1]))


def sought(members: Iterable[StaffMember], said: str, role: str) -> list[StaffMember]:
    """Those with a role or duty ('' = any) whose name, number or scope holds a text."""
    said = said.strip().lower()
    return [
        one
        for one in members
        if not role or any(role in (held.role, held.duty) for held in one.roles)
        if any(said in text.lower() for text in (one.name, one.number, *_parts(one)))
    ]


def _parts(one: StaffMember) -> Iterator[str]:
    return (part for held in one.roles for part in held.scope.parts)


def grant_lines(
    session: Session, *, ended: bool, skip: int = 0, limit: int = 200, person: str = ""
) -> tuple[int, list[GrantLine]]:
    """The present or the ended grants of staff (or of one), latest first: how many, and one page of them."""
    giver, confirmer = aliased(Person), aliased(Person)
    when = Grant.ended_at.is_not(None) if ended else Grant.ended_at.is_(None)
    rows: Sequence[Any] = session.execute(
        select(
            func.count().over(),
            Grant.person_id,
            func.coalesce(Person.number, "").label("number"),
            Person.name,
            *HELD,
            Grant.id,
            Grant.given_by,
            func.coalesce(giver.name, "").label("giver"),
            Grant.given_at,
            func.coalesce(confirmer.name, "").label("confirmer"),
            Grant.last_on,
            Grant.ended_at,
        )
        .join(Person, Person.id == Grant.person_id)
        .outerjoin(giver, giver.id == Grant.given_by)
        .outerjoin(confirmer, confirmer.id == Grant.confirmed_by)
        .where(Grant.role != "student", when, *([Grant.person_id == person] if person else []))
        .order_by(Grant.ended_at.desc() if ended else Grant.given_at.desc(), Grant.id)
        .offset(skip)
        .limit(limit)
    ).all()
    clash = clashing(session)
    return (rows[0][0] if rows else 0), [_line(row, clash) for row in rows]


def account_acts(session: Session, *, skip: int, limit: int) -> tuple[int, list[AccountAct]]:
    """What was done about accounts and the school's profile, latest first: how many lines, and one page."""
    doer, concerned = aliased(Person), aliased(Person)
    kind = [Access.what.startswith(f"{name}:") for name in ("grant", "grant_end", "code", "codes", "profile")]
    rows: Sequence[Any] = session.execute(
        select(
            func.count().over(),
            Access.at,
            Access.person_id,
            func.coalesce(doer.name, ""),
            Access.what,
            func.coalesce(concerned.name, ""),
        )
        .outerjoin(doer, doer.id == Access.person_id)
        .outerjoin(concerned, concerned.id == Access.subject)
        .where(or_(Access.what.in_(ACCOUNT_ACTS), *kind), Access.allowed)
        .order_by(Access.id.desc())
        .offset(skip)
        .limit(limit)
    ).all()
    acts = [AccountAct(at, name, who == OPERATOR, what, whom) for _, at, who, name, what, whom in rows]
    return (rows[0][0] if rows else 0), acts


def without_number(session: Session) -> list[tuple[str, str]]:
    """The members of staff who have a role and no number, as (id, name)."""
    rows = session.execute(
        select(Person.id, Person.name)
        .where(Person.number.is_(None), Person.closed_at.is_(None), Person.id.in_(STAFF_NOW))
        .order_by(Person.made_at, Person.id)
    )
    return [(id, name) for id, name in rows]


def _line(row: Any, clash: Mapping[str, Sequence[Reason]]) -> GrantLine:
    alone = row.given_by if row.given_by in (OPERATOR, SYSTEM.person) else "one"
    return GrantLine(
        row.id,
        row.person_id,
        row.number,
        row.name,
        held_from(row),
        row.giver,
        row.given_at,
        row.confirmer,
        "two" if row.confirmer else alone,
        row.last_on,
        row.ended_at,
        row.ended_at is None and row.person_id in clash,
    )
