"""Scheduled jobs of cases: warnings, lapses of unanswered cases, and reminders to confirm a correction.

They can run at any moment and any number of times. What is allowed is always computed from dates, so running
late only delays messages; it never allows an action after its deadline.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from states.case import CORRECTED, REVIEW
from workflow.cases.ending.lapse import let_lapse
from workflow.cases.tables import Case, Question
from workflow.engine import SYSTEM, Engine, Ref
from workflow.store import Store
from workflow.verdict import Refused


@dataclass(frozen=True, slots=True)
class ScheduledCaseWork:
    """The numbers of cases warned, lapsed, and reminded to confirm."""

    warned: int
    lapsed: int
    chased: int


def run_scheduled(engine: Engine, store: Store) -> ScheduledCaseWork:
    """Process every case that waits for its student, each in its own unit of work."""
    with store.reading() as session:
        waiting = session.execute(_waiting).all()
    warned = lapsed = chased = 0
    for case, record, state in waiting:
        with suppress(Refused), store.writing() as session:  # another actor changed the case first
            if state == CORRECTED:
                chased += _if_due(engine, session, case, "chase")
            else:
                lapsed += let_lapse(engine, session, record)
                warned += _if_due(engine, session, case, "warn")
    return ScheduledCaseWork(warned, lapsed, chased)


def _if_due(engine: Engine, session: Session, case: str, action: str) -> int:
    subject = Ref("case", case)
    if not engine.check_action(session, subject, action, SYSTEM).allowed:
        return 0
    engine.perform(session, subject, action, by=SYSTEM)
    return 1


_asked = select(Question.case_id).where(Question.ended_at.is_(None), Question.due.is_not(None))
_waiting = (
    select(Case.id, Case.record_id, Case.state)
    .where(
        or_(
            (Case.state == REVIEW) & Case.id.in_(_asked),
            (Case.state == CORRECTED) & Case.reconfirm_until.is_not(None) & Case.reconfirmed_at.is_(None),
        )
    )
    .order_by(Case.id)
)
