"""How many cases are of each list, and of each value of a facet: exact up to a cap, as cheap beyond."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from workflow.cases.flags import EVER_FLAGGED
from workflow.cases.views.queue.desk import OTHERS, SENT, STUDENT, TO_ENTER, TURN, Desk, mark
from workflow.cases.views.queue.desk_lines import LINES, DeskLines
from workflow.cases.views.queue.filter import AGES, FLAGGED, FREE, MINE, OVERDUE, TODAY, WEEK, Filter

CAP = 1000
"""Up to so many are counted; one more says that there are more."""
_LISTS = {"turn": TURN, "enter": TO_ENTER, "sent": SENT, "student": STUDENT, "others": OTHERS}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many are of each list, are the person's already, and free of their turn; CAP + 1 at most."""

    turn: int
    enter: int
    sent: int
    student: int
    others: int
    mine: int
    free: int


@dataclass(frozen=True, slots=True)
class Facets:
    """How many pass a filter, and of these how many have each value of each facet.

    Beyond the cap no value is counted, and ``colleges`` are all that there are.
    """

    chosen: int
    colleges: tuple[str, ...]
    of: dict[str, dict[str, int]] = field(default_factory=dict)


def count(session: Session, desk: Desk) -> Counts:
    """How many cases are of each list, in one statement."""
    walk = DeskLines(desk)
    asked = {name: Filter(waits=which) for name, which in _LISTS.items()}
    asked |= {"mine": Filter(who=MINE), "free": Filter(who=FREE)}
    parts = [
        select(
            literal(name).label("name"),
            select(func.count()).select_from(walk.keys(chosen, limit=CAP + 1)).scalar_subquery().label("n"),
        )
        for name, chosen in asked.items()
    ]
    return Counts(**{row.name: row.n for row in session.execute(union_all(*parts))})


def facets(session: Session, desk: Desk, chosen: Filter) -> Facets:
    """What a filter lets through, counted by the values of every facet."""
    walk = DeskLines(desk)
    places = walk.keys(chosen, limit=CAP + 1)
    columns = [LINES.c[name] for name in ("case_id", "college", "field", "cause", "kind", "office")]
    flagged = LINES.c.case_id.in_(EVER_FLAGGED)
    rows = session.execute(
        select(*columns, LINES.c.due, LINES.c.filed_at, mark(flagged, "flagged"))
        .join(places, places.c.case_id == LINES.c.case_id)
        .distinct()
    ).all()
    cases = {row.case_id for row in rows}
    if len(cases) > CAP:
        found = session.scalars(walk.colleges())
        return Facets(len(cases), tuple(sorted({one for one in found if one})))
    said = {
        (name, value, row.case_id)
        for row in rows
        for name, value in (
            ("college", row.college),
            ("field", row.field),
            ("cause", row.cause),
            ("step", row.kind),
            ("office", row.office),
            ("flagged", FLAGGED if row.flagged else ""),
            *(("due", word) for word in _due(row.due, desk.at)),
            *(("age", days) for days in AGES if row.filed_at <= desk.at - timedelta(days=int(days))),
        )
        if value
    }
    of: dict[str, dict[str, int]] = {}
    for (name, value), n in Counter((name, value) for name, value, _ in said).items():
        of.setdefault(name, {})[value] = n
    return Facets(len(cases), tuple(sorted(of.get("college", ()))), of)


def _due(due: str, at: datetime) -> tuple[str, ...]:
    """The words of a due day."""
    today, week = at.date().isoformat(), (at.date() + timedelta(days=7)).isoformat()
    if due < today:
        return (OVERDUE,)
    return (*((TODAY,) if due == today else ()), *((WEEK,) if due <= week else ()))
