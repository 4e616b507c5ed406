"""What the offices decided, month by month, how fast, what was decided otherwise, and what is overdue.

Offices are counted and never persons: nothing here reads who decided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, String, and_, exists, func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from config.calendar import Calendar
from states.case import CORRECTED, REJECTED
from workflow.cases.ending.overturned import OVERTURNS
from workflow.cases.letters import DECISIONS
from workflow.cases.review.steps import DECIDED
from workflow.cases.tables import Case, Step
from workflow.cases.views.whose_turn import Turn, turns_in_review
from workflow.history.tables import EntryRow

MONTHS = 12
MOST_OVERDUE = 1_000
"""Cases that are looked at for the list of overdue steps; of more it is said that there are more."""


@dataclass(frozen=True, slots=True)
class OfficeMonth:
    """One office in one month (YYYY-MM): what it decided, and how fast.

    ``half`` and ``most`` are the working days within which half and nine tenths of the cases were decided.
    """

    month: str
    office: str
    decided: int
    half: int
    most: int
    overturned: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """Cases that wait for the same thing after its last day: how many, and since when the longest."""

    turn: Turn
    cases: int
    since: date


@dataclass(frozen=True, slots=True)
class Team:
    """The months, latest first, and what is overdue now; ``more`` if not everything overdue was counted."""

    months: tuple[OfficeMonth, ...]
    overdue: tuple[Overdue, ...]
    more: bool


def team(session: Session, calendar: Calendar, default: str, at: datetime) -> Team:
    """The last twelve months and what is overdue, in four statements.

    ``default`` is the office of everything that no rule gives to another.
    """
    since = _first_of(at.date())
    overdue, more = _overdue(session, calendar, at)
    return Team(tuple(_months(session, calendar, default, since)), tuple(overdue), more)


def _first_of(today: date) -> str:
    """The first of the month that began eleven months before this one, as moments are stored."""
    months = today.year * 12 + today.month - MONTHS
    return f"{months // 12:04d}-{months % 12 + 1:02d}-01"


_STEP_OFFICE = (
    select(Step.office)
    .where(Step.case_id == Case.id, Step.kind.in_(DECIDED), Step.ended_at.is_not(None))
    .order_by(Step.position.desc(), Step.id)
    .limit(1)
    .correlate(Case)
    .scalar_subquery()
)


def _office(default: str) -> ColumnElement[str]:
    """The office that took a case's last step of those that decide, else the school's own."""
    return func.coalesce(_STEP_OFFICE, default).label("office")


def _months(session: Session, calendar: Calendar, default: str, since: str) -> Iterable[OfficeMonth]:
    """Cases of the same two days are counted together, so that a row is a pair of days and not a case."""
    filed, decided = _day(Case.filed_at), _day(Case.decided_at)
    stored = type_coerce(Case.decided_at, String)
    rows = session.execute(
        select(_office(default), filed.label("filed"), decided.label("decided"), func.count().label("n"))
        .where(Case.state.in_((CORRECTED, REJECTED)), stored >= since, Case.filed_at.is_not(None))
        .group_by("office", "filed", "decided")
    ).all()
    overturned = _overturned(session, default, since)
    days: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for row in rows:
        taken = calendar.working_days_between(date.fromisoformat(row.filed), date.fromisoformat(row.decided))
        days.setdefault((row.decided[:7], row.office), []).append((taken, row.n))
    for month, office in sorted({*days, *overturned}, key=lambda one: (one[0], one[1]), reverse=True):
        counted = sorted(days.get((month, office), ()))
        number = sum(n for _, n in counted)
        half, most = _within(counted, number, 50), _within(counted, number, 90)
        yield OfficeMonth(month, office, number, half, most, overturned[month, office])


def _day(column: Any) -> ColumnElement[str]:
    return func.substr(type_coerce(column, String), 1, 10)


def _within(days: Sequence[tuple[int, int]], number: int, percent: int) -> int:
    """The days within which so many per cent of the cases were decided; 0 if there are none."""
    wanted, seen = ceil(number * percent / 100), 0
    for taken, n in days:
        seen += n
        if seen >= wanted:
            return taken
    return 0


def _overturned(session: Session, default: str, since: str) -> Counter[tuple[str, str]]:
    """Decisions by month and office that a later one on the disputed or reopened case replaced by another."""
    first, between, later = EntryRow, aliased(EntryRow), aliased(EntryRow)
    overturned = exists().where(
        between.subject == first.subject,
        between.action.in_(OVERTURNS),
        between.number > first.number,
        between.number < later.number,
    )
    otherwise = exists().where(
        and_(later.subject == first.subject, later.number > first.number),
        and_(later.action.in_(DECISIONS), later.action != first.action),
        overturned,
    )
    month = func.substr(first.at, 1, 7)
    rows = session.execute(
        select(month.label("month"), _office(default), func.count().label("n"))
        .select_from(first)
        .join(Case, Case.id == first.subject)
        .where(first.action.in_(DECISIONS), first.number.is_not(None), first.at >= since, otherwise)
        .group_by("month", "office")
    )
    return Counter({(row.month, row.office): row.n for row in rows})


def _overdue(session: Session, calendar: Calendar, at: datetime) -> tuple[list[Overdue], bool]:
    """What is waited for after its last day. A pause moves that day, so each case is looked at."""
    passed = exists().where(Step.case_id == Case.id, Step.ended_at.is_(None), Step.due < at.date())
    waiting = select(Case.id, Case.state).where(Case.state.not_in((CORRECTED, REJECTED)), passed)
    rows = session.execute(waiting.order_by(Case.filed_at, Case.id).limit(MOST_OVERDUE + 1)).all()
    states = {row.id: row.state for row in rows[:MOST_OVERDUE]}
    late: dict[Turn, list[date]] = {}
    for turn in turns_in_review(session, states, calendar).values() if states else ():
        if turn.who != "student" and turn.late(at) and turn.until is not None:
            alike = Turn(turn.who, turn.what, turn.office)
            late.setdefault(alike, []).append(_the_day(turn.until))
    found = [Overdue(turn, len(days), min(days)) for turn, days in late.items()]
    return sorted(found, key=lambda one: (one.since, one.turn.what)), len(rows) > MOST_OVERDUE


def _the_day(until: date | datetime) -> date:
    return until.date() if isinstance(until, datetime) else until
