"""Letting go of what cannot be carried on: the student left, or the degree is registered."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.case import RAISED, REVIEW
from workflow.cases.tables import Case
from workflow.engine import SYSTEM, Engine, Ref

WORDS = "学生已离校或学历已注册：已更正的事项照办，其余事项终止。"


def let_lapse(engine: Engine, session: Session, record: str) -> int:
    """End the open cases of a record that has cause to lapse; returns how many ended.

    Where a claim is already corrected the others lapse and the case is closed as corrected.
    """
    waiting = select(Case.id).where(Case.record_id == record, Case.state.in_((RAISED, REVIEW)))
    ended = 0
    for case in session.scalars(waiting).all():
        ref = Ref("case", case)
        if engine.may(session, ref, "lapse", SYSTEM).allowed:
            engine.perform(session, ref, "lapse", by=SYSTEM)
        elif engine.may(session, ref, "lapse_rest", SYSTEM).allowed:
            engine.perform(session, ref, "lapse_rest", by=SYSTEM)
            engine.perform(session, ref, "correct", by=SYSTEM, words=WORDS)
        else:
            continue
        ended += 1
    return ended
