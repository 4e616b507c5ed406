"""Scheduled job of ways in: what has expired ends for good, and what nobody needs any more goes.

It can run at any moment and any number of times. What has expired opens nothing before that either.
Presences, codes, links and runs stay: they say who could get in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workflow.clock import Clock
from workflow.engine import Entropy
from workflow.people.presences import Lives, end_expired
from workflow.signin.kept import forget_kept
from workflow.signin.staff.acts import end_passed_offices
from workflow.signin.throttle import forget_marks, forget_old_browsers
from workflow.store import Store

CHUNK = 5_000
"""Marks deleted in one unit of work, so that nobody waits long for it after an attack."""


@dataclass(frozen=True, slots=True)
class SweptSignIns:
    """What a round did: presences and grants that ended; presses, browsers and throttle marks deleted."""

    ended: int = 0
    presses: int = 0
    browsers: int = 0
    marks: int = 0
    grants: int = 0


def run_scheduled(
    store: Store, clock: Clock, entropy: Entropy, lives: Lives, *, at_most: int = CHUNK
) -> SweptSignIns:
    """End grants whose last day is over and expired presences; delete what is past its time.

    A second run at the same moment finds nothing.
    """
    with store.writing() as session:
        at = clock.now(session)
        grants = end_passed_offices(session, entropy, at)
        ended = end_expired(session, at, lives)
        presses = forget_kept(session, at)
        browsers = forget_old_browsers(session, at)
    marks = gone = _forget_marks(store, at, at_most)
    while gone == at_most:
        gone = _forget_marks(store, at, at_most)
        marks += gone
    return SweptSignIns(ended, presses, browsers, marks, grants)


def _forget_marks(store: Store, at: datetime, at_most: int) -> int:
    with store.writing() as session:
        return forget_marks(session, at, at_most)
