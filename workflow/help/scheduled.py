"""Scheduled job of help items: what nobody answered ends, and what is personal goes in its time.

It can run at any moment and any number of times.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from states.help import ENDED, HELP, WAITING
from workflow.engine import SYSTEM, Engine, Ref
from workflow.help.binding import ANSWERED_WITHIN, KEPT_FOR
from workflow.help.tables import HelpItem
from workflow.store import Store
from workflow.verdict import Refused


@dataclass(frozen=True, slots=True)
class ScheduledHelpWork:
    """How many items ended without an answer, and how many were erased."""

    lapsed: int = 0
    erased: int = 0


def run_scheduled(engine: Engine, store: Store) -> ScheduledHelpWork:
    """End what waited too long, and erase what ended long ago, each in its own unit of work."""
    with store.reading() as session:
        due = _due(session, engine.clock.now(session))
    done = {"lapse": 0, "erase": 0}
    for id, state in due:
        action = "lapse" if state in WAITING else "erase"
        with suppress(Refused), store.writing() as session:  # somebody answered first
            engine.perform(session, Ref(HELP.name, id), action, by=SYSTEM)
            done[action] += 1
    return ScheduledHelpWork(done["lapse"], done["erase"])


def _due(session: Session, at: datetime) -> list[tuple[str, str]]:
    late = and_(HelpItem.state.in_(WAITING), HelpItem.asked_at <= at - ANSWERED_WITHIN)
    past = and_(HelpItem.state.in_(ENDED), HelpItem.erased_at.is_(None), HelpItem.ended_at <= at - KEPT_FOR)
    rows = session.execute(select(HelpItem.id, HelpItem.state).where(or_(late, past)).order_by(HelpItem.id))
    return [(id, state) for id, state in rows]
