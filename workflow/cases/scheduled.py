"""Scheduled jobs of cases: warnings, lapses, reminders to confirm a correction, and names of accounts.

They can run at any moment and any number of times. What is allowed is always computed from dates, so running
late only delays messages; it never allows an action after its deadline.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from states.case import CORRECTED, DEFERRED, RAISED, REVIEW
from workflow.cases.ending.lapse import let_lapse
from workflow.cases.tables import Case, Question, Step
from workflow.engine import SYSTEM, Engine, Ref
from workflow.notices.outbox import HELD_BACK
from workflow.notices.tables import Notice
from workflow.people.accounts import follow_names
from workflow.people.tables import Grant, Person
from workflow.records.tables import Record
from workflow.store import Store
from workflow.verdict import Refused


@dataclass(frozen=True, slots=True)
class ScheduledCaseWork:
    """The numbers of cases warned, lapsed, reminded to confirm, called back to file, and escalated."""

    warned: int
    lapsed: int
    chased: int
    called_back: int = 0
    escalated: int = 0


def run_scheduled(engine: Engine, store: Store) -> ScheduledCaseWork:
    """Process every case that waits for its student, each in its own unit of work."""
    with store.reading() as session:
        waiting = session.execute(_waiting).all()
    warned = lapsed = chased = called_back = 0
    for case, record, state in waiting:
        with suppress(Refused), store.writing() as session:  # another actor changed the case first
            if state == DEFERRED:
                called_back += _if_due(engine, session, case, "call_back")
            elif state == CORRECTED:
                chased += _if_due(engine, session, case, "chase")
            else:
                lapsed += let_lapse(engine, session, record)
                warned += _if_due(engine, session, case, "warn")
    escalated = _escalate(engine, store)
    with store.writing() as session:
        let_names_follow(session, engine.clock.now(session))
    return ScheduledCaseWork(warned, lapsed, chased, called_back, escalated)


def _escalate(engine: Engine, store: Store) -> int:
    """Tell those whom a case's text names of its overdue steps. Texts that name nobody cost one statement.

    Which cases are to be told of is read first: what was told already opens no unit of work.
    """
    with store.reading() as session:
        today = engine.clock.now(session).date()
        rows = session.execute(_overdue.where(Step.due < today)).all()
        texts = {text: engine.policies.named(session, text) for text in {row.policy for row in rows}}
        due = [
            case
            for case, text in rows
            if texts[text].school.policy.escalations and _is_due(engine, session, case, "escalate")
        ]
    told = 0
    for case in due:
        with suppress(Refused), store.writing() as session:
            told += _if_due(engine, session, case, "escalate")
    return told


def let_names_follow(session: Session, at: datetime) -> None:
    """Accounts bear the names of their records, once no decision on the record can be undone any more.

    The account's name stands at the foot of each page: before that it would tell the decision.
    """
    asked = (
        select(Record.id, Record.xm)
        .join(Grant, (Grant.scope == Record.id) & (Grant.role == "student") & Grant.ended_at.is_(None))
        .join(Person, Person.id == Grant.person_id)
        .where(Person.name != Record.xm, ~_undecided_for_them(at))
    )
    follow_names(session, {record: name for record, name in session.execute(asked)})


def _undecided_for_them(at: datetime) -> ColumnElement[bool]:
    """A decision on the record is not announced yet."""
    return exists().where(
        Case.record_id == Record.id,
        Notice.subject == Case.id,
        Notice.event.in_(sorted(HELD_BACK)),
        Notice.owed_at == Case.decided_at,
        Notice.cancelled_at.is_(None),
        Notice.due_at > at,
    )


def _is_due(engine: Engine, session: Session, case: str, action: str) -> bool:
    return engine.check_action(session, Ref("case", case), action, SYSTEM).allowed


def _if_due(engine: Engine, session: Session, case: str, action: str) -> int:
    if not _is_due(engine, session, case, action):
        return 0
    engine.perform(session, Ref("case", case), action, by=SYSTEM)
    return 1


_overdue = (
    select(Case.id, Case.policy)
    .join(Step, Step.case_id == Case.id)
    .where(Case.state.in_((RAISED, REVIEW)), Step.ended_at.is_(None))
    .distinct()
    .order_by(Case.id)
)
_asked = select(Question.case_id).where(Question.ended_at.is_(None), Question.due.is_not(None))
_waiting = (
    select(Case.id, Case.record_id, Case.state)
    .where(
        or_(
            (Case.state == REVIEW) & Case.id.in_(_asked),
            (Case.state == DEFERRED) & Case.called_back_at.is_(None),
            (Case.state == CORRECTED) & Case.reconfirm_until.is_not(None) & Case.reconfirmed_at.is_(None),
        )
    )
    .order_by(Case.id)
)
