"""Roles that must not meet in one person: those who act, those who grant, and those who check."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import combinations

from sqlalchemy import select
from sqlalchemy.orm import Session

from states import ROLES
from workflow.people.scopes import Held
from workflow.people.tables import CARRIED, HELD, Grant, Substitution, held_from, holds_on
from workflow.values import role_named
from workflow.verdict import Reason

SIDES: Mapping[str, frozenset[str]] = {
    "acts": frozenset(CARRIED),
    "grants": frozenset({"administrator"}),
    "checks": frozenset({"auditor"}),
}
"""Who works on students' cases, who gives out roles and ways in, who checks both."""


def clashes(roles: Iterable[str]) -> list[Reason]:
    """One reason for each two of these roles that one person must not hold together."""
    held = sorted(set(roles), key=list(ROLES).index)
    return [_clash(one, other) for one, other in combinations(held, 2) if _sides(one) != _sides(other)]


def offices_of(session: Session, person: str, at: datetime) -> list[Held]:
    """The present grants of a member of staff."""
    rows = session.execute(
        select(*HELD)
        .where(Grant.person_id == person, Grant.role != "student", holds_on(at.date()))
        .order_by(Grant.given_at, Grant.id)
    )
    return [held_from(row) for row in rows]


def grant_held(session: Session, person: str, id: str) -> Held | None:
    """One present grant of a member of staff by its id, or None."""
    asked = select(*HELD).where(Grant.id == id, Grant.person_id == person, Grant.role != "student")
    row = session.execute(asked.where(Grant.ended_at.is_(None))).one_or_none()
    return held_from(row) if row is not None else None


def roles_in_reach(session: Session, person: str, at: datetime) -> frozenset[str]:
    """The roles of staff that a person holds, with those of absent people for whom they stand in.

    Substitutions that have not begun yet count.
    """
    absent = select(Substitution.absent).where(
        Substitution.stand_in == person, Substitution.last >= at.date(), Substitution.ended_at.is_(None)
    )
    rows = session.execute(
        select(Grant.role)
        .where(holds_on(at.date()), Grant.role != "student")
        .where((Grant.person_id == person) | (Grant.person_id.in_(absent) & Grant.role.in_(CARRIED)))
        .distinct()
    )
    return frozenset(rows.scalars())


def clashing(session: Session) -> dict[str, list[Reason]]:
    """The people who hold roles that must not meet, from before the rule, and which.

    A grant whose last day is over is named as long as no round has ended it, as in the lists of grants.
    """
    held: dict[str, set[str]] = {}
    for person, role in session.execute(
        select(Grant.person_id, Grant.role).where(Grant.ended_at.is_(None), Grant.role != "student")
    ):
        held.setdefault(person, set()).add(role)
    return {person: found for person, roles in held.items() if (found := clashes(roles))}


def _sides(role: str) -> Collection[str]:
    return [side for side, roles in SIDES.items() if role in roles]


def _clash(one: str, other: str) -> Reason:
    return Reason(
        "roles_clash",
        "“{one}”和“{other}”不能由同一个人担任。",
        {"one": role_named(one), "other": role_named(other)},
        remedy="请由另一个人担任，或者先收回其中一个身份。办理、授权、审计三类身份要分开。",
    )
