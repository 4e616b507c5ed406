"""Check whether the installation's staff can take the steps that its rules require, at every start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.policy import AddStep, Fault, School, Staff, unmeetable
from config.policy.words import DUTIES
from workflow.cases.review.steps import COLLEGE
from workflow.people.scopes import Held
from workflow.people.tables import HELD, Grant, held_from
from workflow.records.tables import Record

ROLES = ("officer", "reviewer", "second_reviewer")
OF_A_REVIEWER = frozenset(DUTIES) - {"second_reviewer"}
"""The duties that any reviewer of the office can take."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """A step of the rules that no member of staff can take, in the named colleges or, if none, in all."""

    file: str
    line: int
    rule: str
    says: str
    colleges: tuple[str, ...] = ()


def unmet(session: Session, school: School) -> list[Unmet]:
    """The steps that the present staff cannot take, each with its place in the rules."""
    grants = [
        (row.person_id, held_from(row))
        for row in session.execute(
            select(Grant.person_id, *HELD)
            .where(Grant.role.in_(ROLES), Grant.ended_at.is_(None))
            .order_by(Grant.person_id, Grant.role)
        )
    ]
    colleges = _colleges(session, grants) if _asks_colleges(school) else [""]
    found: dict[Fault, list[str]] = {}
    for college in colleges:
        for fault in unmeetable(school, staff_of(school, grants, college)):
            found.setdefault(fault, []).append(college)
    everywhere = len(colleges)
    return [
        _unmet(fault, () if len(where) == everywhere else tuple(where))
        for fault, where in sorted(found.items(), key=lambda one: (one[0].file, one[0].line))
    ]


def _unmet(fault: Fault, colleges: tuple[str, ...]) -> Unmet:
    rule, _, says = fault.says.partition("：")
    return Unmet(fault.file, fault.line, rule, says, colleges)


def staff_of(school: School, grants: Iterable[tuple[str, Held]], college: str) -> list[Staff]:
    """The staff who decide in each office for all of one college, by the engine's rule for taking a step."""
    found = []
    for person, one in grants:
        if one.role == "second_reviewer":
            found += [
                Staff(person, office, frozenset(DUTIES)) for office in school.offices if office != COLLEGE
            ]
        elif not one.scope.of_whole_colleges or one.scope.college not in ("", college):
            continue
        elif one.role == "reviewer":
            found.append(Staff(person, one.scope.office or school.policy.default_office, OF_A_REVIEWER))
        else:
            found.append(Staff(person, COLLEGE, frozenset(DUTIES)))
    return found


def _asks_colleges(school: School) -> bool:
    return any(
        isinstance(rule.effect, AddStep) and rule.effect.office == COLLEGE for rule in school.policy.rules
    )


def _colleges(session: Session, grants: Iterable[tuple[str, Held]]) -> list[str]:
    """Every college with students or an officer. One without a name if there is none."""
    known = {one.scope.college for _, one in grants if one.role == "officer"}
    known |= {name for name in session.scalars(select(Record.fy).distinct()) if name}
    return sorted(known) or [""]
