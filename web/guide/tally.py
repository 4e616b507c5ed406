"""Counting how the guide's situations end, without names, cookies or addresses.

Openings are counted in this process and written with the next ending, so that no page that is only read
writes. What was opened since the last ending is lost when the process ends: the number is a lower bound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from threading import Lock
from typing import cast

from flask import Flask, current_app, request

from web.shared.gate.limits import RecentRequests
from web.shared.security import place
from workflow.guide.counts import GuideCounter


class Openings:
    """The openings that are not written yet, by situation."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._lock = Lock()

    def add(self, situation: str) -> None:
        """One more."""
        with self._lock:
            self._seen[situation] += 1

    def put_back(self, taken: Mapping[str, int]) -> None:
        """Some were not written: they are here again."""
        with self._lock:
            self._seen.update(taken)

    def take(self) -> dict[str, int]:
        """All of them. They are not here any more."""
        with self._lock:
            taken, self._seen = dict(self._seen), Counter()
        return taken


def count_openings(app: Flask) -> None:
    """Begin to count in an app."""
    app.extensions["guide_openings"] = Openings()


def note_opening(situation: str) -> None:
    """A situation was opened, unless this client opens too many."""
    if not _too_often():
        _openings().add(situation)


def note_ending(situation: str, ending: str) -> None:
    """A situation ended. Nothing is counted of a client who ends too many; they still see the page."""
    here, openings = place(), _openings()
    opened = openings.take()
    counted = {(one, "opened"): n for one, n in opened.items()} | {(situation, ending): 1}
    counter = GuideCounter(here.store, here.cipher, here.clock, here.settings.campus)
    if not counter.add(request.remote_addr or "", counted):
        openings.put_back(opened)


def _openings() -> Openings:
    return cast(Openings, current_app.extensions["guide_openings"])


def _too_often() -> bool:
    requests = cast(RecentRequests, current_app.extensions["limits"])
    return requests.take("openings", request.remote_addr or "", place().clock.now()) > 0
