"""What time alone brings about: warnings, the end of what was never answered, confirmations asked for again.

It may be run at any moment and as often as one likes. What may still be done is always computed from dates,
so a run that came late delays a message and lets nothing through.
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
    """How many cases were warned, how many lapsed, in how many a confirmation was asked for again."""

    warned: int
    lapsed: int
    chased: int


def tend(engine: Engine, store: Store) -> ScheduledCaseWork:
    """Look after every case that waits for its student, each in a unit of work of its own."""
    with store.reading() as session:
        waiting = session.execute(_waiting).all()
    warned = lapsed = chased = 0
    for case, record, state in waiting:
        with suppress(Refused), store.writing() as session:  # somebody was quicker: their word counts
            if state == CORRECTED:
                chased += _if_due(engine, session, case, "chase")
            else:
                lapsed += let_lapse(engine, session, record)
                warned += _if_due(engine, session, case, "warn")
    return ScheduledCaseWork(warned, lapsed, chased)


def _if_due(engine: Engine, session: Session, case: str, action: str) -> int:
    subject = Ref("case", case)
    if not engine.may(session, subject, action, SYSTEM).allowed:
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
