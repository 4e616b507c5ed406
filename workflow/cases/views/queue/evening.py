"""How far somebody is this evening: what they have done since it began. Their own pace, and nobody else's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from workflow.cases.tables import Case, Step
from workflow.engine import Actor

BEGINS = 18
"""The hour at which an evening begins; before it, the day is meant."""
BREAK = timedelta(minutes=10)
"""A longer time between two cases is a break and counts for no pace."""
ENOUGH = 5
"""So many times between cases make a pace."""
MOST = 1000


@dataclass(frozen=True, slots=True)
class EveningSoFar:
    """Since when, how many cases somebody decided or passed on, and how long one takes them, if known."""

    since: datetime
    done: int
    pace: timedelta | None

    @property
    def is_evening(self) -> bool:
        """Whether it began at six, or with the day."""
        return self.since.hour == BEGINS


def evening_of(session: Session, by: Actor, at: datetime) -> EveningSoFar:
    """What the person at the keyboard has closed, passed or failed since the evening began."""
    hour = BEGINS if at.hour >= BEGINS else 0
    since = at.replace(hour=hour, minute=0, second=0, microsecond=0)
    done = union_all(
        select(Case.id.label("case"), Case.decided_at.label("at")).where(
            Case.decided_by == by.person, Case.decided_at >= since
        ),
        select(Step.case_id, Step.ended_at).where(
            Step.ended_by == by.person, Step.ended_at >= since, Step.outcome.in_(("passed", "failed"))
        ),
    )
    last: dict[str, datetime] = {}
    for row in session.execute(done.limit(MOST)):
        last[row.case] = max(row.at, last.get(row.case, row.at))
    return EveningSoFar(since, len(last), _pace(sorted(last.values())))


def _pace(moments: list[datetime]) -> timedelta | None:
    """The mean time from one case to the next, without the breaks."""
    between = [later - earlier for earlier, later in pairwise(moments)]
    short = [one for one in between if one <= BREAK]
    return sum(short, timedelta()) / len(short) if len(short) >= ENOUGH else None
