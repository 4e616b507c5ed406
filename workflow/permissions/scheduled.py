"""Scheduled job of permissions: those whose end has passed end. What holds is always asked of the dates.

It can run at any moment and any number of times.
"""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import select

from states.permission import GRANTED, PERMISSION
from workflow.engine import SYSTEM, Engine, Ref
from workflow.permissions.tables import Permission
from workflow.store import Store
from workflow.verdict import Refused


def run_scheduled(engine: Engine, store: Store) -> int:
    """End what is past its end, each in its own unit of work. Returns how many ended."""
    with store.reading() as session:
        past = Permission.state == GRANTED, Permission.until < engine.clock.now(session)
        due = session.scalars(select(Permission.id).where(*past).order_by(Permission.id)).all()
    ended = 0
    for id in due:
        with suppress(Refused), store.writing() as session:  # somebody took it back first
            engine.perform(session, Ref(PERMISSION.name, id), "end", by=SYSTEM)
            ended += 1
    return ended
