"""The scheduled job: everything that follows from time alone, run beside the served pages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from workflow.campaigns import scheduled as campaigns
from workflow.cases import scheduled as cases
from workflow.people.presences import LIVES
from workflow.signin import scheduled as signin
from workflow.upkeep.installation import Installation

PAUSE = 60
"""Seconds between two rounds. A late round never allows an action: deadlines are computed from dates."""

log = logging.getLogger("kanwu.tending")


def run_scheduled(
    installation: Installation,
) -> tuple[signin.SweptSignIns, cases.ScheduledCaseWork, campaigns.ScheduledCampaignWork]:
    """One round: expired sign-ins, warnings and lapses, due bulletins and the closing of campaigns."""
    engine, store = installation.engine, installation.store
    return sweep(installation), cases.run_scheduled(engine, store), campaigns.run_scheduled(engine, store)


def sweep(installation: Installation) -> signin.SweptSignIns:
    """End expired sign-ins by this installation's setting, and delete what is past its time."""
    lives = LIVES[installation.settings.sessions]
    return signin.run_scheduled(installation.store, installation.clock, lives)


@contextmanager
def tending(installation: Installation) -> Iterator[bool]:
    """Run a round every minute in a thread of this process while the block runs, on SQLite.

    On PostgreSQL, where several processes may serve, a timer runs ``run_scheduled``.
    Yields whether there is a thread.
    """
    if installation.store.dialect != "sqlite":
        yield False
        return
    with beside("kanwu-tending", partial(_rounds, installation)):
        yield True


@contextmanager
def beside(name: str, run: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run a function in a thread of this process while the block runs. The event tells it to stop."""
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=30)


def _rounds(installation: Installation, stop: threading.Event) -> None:
    while not stop.wait(PAUSE):
        try:
            run_scheduled(installation)
        except Exception as fault:  # the next round retries; a message might contain a personal value
            log.error("tending was cut short and goes on in a minute: %s", type(fault).__name__)
