"""What time alone brings about, done beside the served pages: nobody has to remember it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from workflow.campaigns import scheduled as campaigns
from workflow.cases import scheduled as cases
from workflow.upkeep.installation import Installation

PAUSE = 60
"""Seconds between two rounds. Nothing is let through by a round that comes late: what may be done is computed
from dates."""

log = logging.getLogger("kanwu.tending")


def tend(installation: Installation) -> tuple[cases.Tended, campaigns.Tended]:
    """One round: warnings and what lapses, then bulletins whose day has come and campaigns that are over."""
    engine, store = installation.engine, installation.store
    return cases.tend(engine, store), campaigns.tend(engine, store)


@contextmanager
def tending(installation: Installation) -> Iterator[bool]:
    """A round every minute in a thread of this process while the block runs, on SQLite.

    On PostgreSQL, where several processes may serve, a timer runs ``tend``. Gives whether there is a thread.
    """
    if installation.store.dialect != "sqlite":
        yield False
        return
    stop = threading.Event()
    thread = threading.Thread(target=_rounds, args=(installation, stop), name="kanwu-tending", daemon=True)
    thread.start()
    try:
        yield True
    finally:
        stop.set()
        thread.join(timeout=30)


def _rounds(installation: Installation, stop: threading.Event) -> None:
    while not stop.wait(PAUSE):
        try:
            tend(installation)
        except Exception as fault:  # the next round tries again; a message might bear somebody's value
            log.error("tending was cut short and goes on in a minute: %s", type(fault).__name__)
