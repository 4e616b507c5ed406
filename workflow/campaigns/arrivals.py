"""What a roster file means for cases: what was confirmed and changed is asked again, who left is let go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.case import CHECKED_OK, RAISED, REVIEW
from workflow.cases import rules
from workflow.cases.tables import Campaign, Case
from workflow.engine import SYSTEM, Engine, Ref
from workflow.people.cipher import Cipher
from workflow.records.judge import Judgement
from workflow.records.roster import Outcome, take_in
from workflow.records.values import Progress


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a roster file did: to the records, and to how many cases of them."""

    outcome: Outcome
    rechecked: int
    lapsed: int


def take_in_roster(
    engine: Engine,
    session: Session,
    judgement: Judgement,
    cipher: Cipher,
    *,
    progress: Progress | None = None,
) -> Arrival:
    """Write a roster file and do what follows for cases, in one unit of work; raises RosterRefused."""
    outcome = take_in(
        session, judgement, cipher, now=engine.clock.now(session), entropy=engine.entropy, progress=progress
    )
    rechecked = lapsed = 0
    for record, fields in outcome.changes:
        rechecked += _recheck(engine, session, record, fields)
        if "XJZT" in fields:
            lapsed += _lapse(engine, session, record)
    return Arrival(outcome, rechecked, lapsed)


def _recheck(engine: Engine, session: Session, record: str, fields: Sequence[str]) -> int:
    """Confirmed cases whose campaign asks for one of these fields and still runs go back to not checked."""
    policy = engine.policies.in_force(engine.clock.now(session))
    confirmed = session.execute(
        select(Case.id, Campaign.plan)
        .join(Campaign)
        .where(Case.record_id == record, Case.state == CHECKED_OK, Case.manner != "deemed")
    )
    asked = [id for id, plan in confirmed if set(fields) & set(rules.plan_of(policy, plan).fields)]
    return sum(_if_allowed(engine, session, id, "recheck") for id in asked)


def _lapse(engine: Engine, session: Session, record: str) -> int:
    waiting = session.scalars(
        select(Case.id).where(Case.record_id == record, Case.state.in_((RAISED, REVIEW)))
    )
    return sum(_if_allowed(engine, session, id, "lapse") for id in waiting.all())


def _if_allowed(engine: Engine, session: Session, case: str, action: str) -> bool:
    ref = Ref("case", case)
    if not engine.may(session, ref, action, SYSTEM).allowed:
        return False
    engine.perform(session, ref, action, by=SYSTEM)
    return True
