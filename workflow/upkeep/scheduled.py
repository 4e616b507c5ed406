"""The scheduled job: everything that follows from time alone, run beside the served pages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from workflow.campaigns import scheduled as campaigns
from workflow.cases import scheduled as cases
from workflow.help import scheduled as helping
from workflow.outgoing.jobs import scheduled as outgoing
from workflow.people.presences import LIVES
from workflow.permissions import scheduled as permissions
from workflow.records.upload import Incoming
from workflow.signin import scheduled as signin
from workflow.signin.strips import carry_out
from workflow.upkeep.installation import Installation
from workflow.upkeep.leaving import channel_names, outgoing_files

PAUSE = 60
"""Seconds between two rounds. A late round never allows an action: deadlines are computed from dates."""

LOOK = 2
"""Seconds after which this process sees that a run of sign-in codes waits. Each is one small reading."""

log = logging.getLogger("kanwu.tending")


def run_scheduled(
    installation: Installation,
) -> tuple[signin.SweptSignIns, cases.ScheduledCaseWork, campaigns.ScheduledCampaignWork]:
    """One round: what is over, warnings, bulletins, campaigns' ends, and runs of codes."""
    engine, store = installation.engine, installation.store
    permissions.run_scheduled(engine, store)
    done = sweep(installation), cases.run_scheduled(engine, store), campaigns.run_scheduled(engine, store)
    helping.run_scheduled(engine, store)
    end_exports(installation)
    sweep_uploads(installation)
    carry_out_runs(installation)
    return done


def end_exports(installation: Installation) -> outgoing.SweptExports:
    """Let export jobs that nobody approved lapse, and destroy the files that had their day."""
    return outgoing.run_scheduled(installation.store, installation.clock, outgoing_files(installation))


def sweep_uploads(installation: Installation) -> None:
    """Remove the uploaded tables of every kind that waited for an hour, whether or not a page is opened."""
    now = installation.clock.now()
    for folder in installation.settings.home.glob("incoming*"):
        Incoming(folder, installation.cipher).sweep(now)


def sweep(installation: Installation) -> signin.SweptSignIns:
    """End expired sign-ins by this installation's setting, and delete what is past its time."""
    lives = LIVES[installation.settings.sessions]
    return signin.run_scheduled(installation.store, installation.clock, installation.entropy, lives)


def carry_out_runs(installation: Installation, stop: threading.Event | None = None) -> None:
    """Carry out all unfinished runs of sign-in codes, piece by piece, or until told to stop."""
    while carry_out_a_piece(installation):
        if stop is not None and stop.is_set():
            return


def carry_out_a_piece(installation: Installation, run: str = "") -> int:
    """The next piece of a run of sign-in codes, by default of the oldest. Returns 0 when there is none."""
    at, channels = installation.clock.now(), channel_names(installation)
    return carry_out(installation.store, installation.entropy, at, run, channels)


@contextmanager
def tending(installation: Installation) -> Iterator[bool]:
    """Run a round every minute in a thread of this process while the block runs, on SQLite.

    A second thread carries out runs of sign-in codes within seconds. On PostgreSQL, where several processes
    may serve, a timer runs ``run_scheduled``. Yields whether there is a thread.
    """
    if installation.store.dialect != "sqlite":
        yield False
        return
    with (
        beside("kanwu-tending", partial(_rounds, installation)),
        beside("kanwu-codes", partial(_runs_of_codes, installation)),
    ):
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


def _runs_of_codes(installation: Installation, stop: threading.Event) -> None:
    while not stop.wait(LOOK):
        try:
            carry_out_runs(installation, stop)
        except Exception as fault:
            log.error("a run of codes was cut short and goes on in a minute: %s", type(fault).__name__)
            stop.wait(PAUSE)
