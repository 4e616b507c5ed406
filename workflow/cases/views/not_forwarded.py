"""Filed requests that their college has not passed on: since when each waits, and past which day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from config.calendar import Calendar, Pause, last_moment
from config.policy.words import COLLEGE
from workflow.cases.tables import UNDECIDED, Case, Question, Step, StepClaim
from workflow.cases.views.whose_turn import OpenStep, due_day
from workflow.records.tables import Record


@dataclass(frozen=True, slots=True)
class NotForwarded:
    """One request of which a claim has its college's step first, and that is not passed.

    ``due`` is the step's last day with its pauses, None without one; ``days`` counts from the filing.
    """

    case: str
    receipt: str
    college: str
    filed_at: datetime
    due: date | None
    days: int
    late: bool


@dataclass(frozen=True, slots=True)
class CollegeBacklog:
    """What one college has not passed on: how many, how many of them late, and the longest wait in days."""

    college: str
    waiting: int
    late: int
    days: int


_BEFORE, _OF_BEFORE, _OF_THIS = aliased(Step), aliased(StepClaim), aliased(StepClaim)
_BEFORE_IT = (
    exists()
    .where(_OF_BEFORE.claim_id == _OF_THIS.claim_id, _OF_BEFORE.step_id == _BEFORE.id)
    .where(_BEFORE.outcome != "void", _BEFORE.position < Step.position)
    .correlate(_OF_THIS, Step)
)
_FIRST_OF_A_CLAIM = exists().where(_OF_THIS.step_id == Step.id, ~_BEFORE_IT)
"""That no step stands before it for one of its claims, whatever other claims of the case pass first."""
_WITH_STUDENT = exists().where(Question.case_id == Step.case_id, Question.ended_at.is_(None))
_WAITING = (
    select(Case.id, Case.receipt, Record.fy, Case.filed_at, Step.kind, Step.duty, Step.made_at, Step.due)
    .join(Case, Case.id == Step.case_id)
    .join(Record, Record.id == Case.record_id)
    .where(Step.ended_at.is_(None), Step.office == COLLEGE, Case.state.in_(UNDECIDED))
    .where(_FIRST_OF_A_CLAIM, ~_WITH_STUDENT)
    .order_by(Case.filed_at, Case.id)
)
_PAUSES = select(Question.case_id, Question.asked_at, Question.ended_at).where(
    Question.case_id.in_(_WAITING.with_only_columns(Case.id).order_by(None))
)


def not_forwarded(session: Session, calendar: Calendar, at: datetime) -> tuple[NotForwarded, ...]:
    """All such requests, oldest first. One that waits for its student is with the student, and not here.

    Two statements, however many there are.
    """
    rows = session.execute(_WAITING).all()
    pauses: dict[str, list[Pause]] = {}
    for case, asked_at, ended_at in session.execute(_PAUSES) if rows else ():
        pauses.setdefault(case, []).append(Pause(asked_at.date(), ended_at.date() if ended_at else None))
    found: dict[str, NotForwarded] = {}
    for row in rows:
        step = OpenStep(row.kind, COLLEGE, row.duty, row.made_at, row.due, None)
        due = due_day(calendar, step, pauses.get(row.id, ()))
        one = NotForwarded(
            case=row.id,
            receipt=row.receipt or "",
            college=row.fy or "",
            filed_at=row.filed_at,
            due=due,
            days=(at.date() - row.filed_at.date()).days,
            late=due is not None and at > last_moment(due),
        )
        if row.id not in found or _is_sooner(one, found[row.id]):
            found[row.id] = one
    return tuple(found.values())


def _is_sooner(one: NotForwarded, other: NotForwarded) -> bool:
    """Whether a step of a request is due before another one of it."""
    return one.due is not None and (other.due is None or one.due < other.due)


def backlogs(waiting: Iterable[NotForwarded]) -> tuple[CollegeBacklog, ...]:
    """The same by college: those with most late requests first."""
    colleges: dict[str, list[NotForwarded]] = {}
    for one in waiting:
        colleges.setdefault(one.college, []).append(one)
    found = (
        CollegeBacklog(college, len(theirs), sum(one.late for one in theirs), max(one.days for one in theirs))
        for college, theirs in colleges.items()
    )
    return tuple(sorted(found, key=lambda one: (-one.late, -one.days, one.college)))
