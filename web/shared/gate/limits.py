"""How often one person may ask for an expensive page. The counts are those of this process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request
from flask_login import current_user
from werkzeug.exceptions import TooManyRequests

from web.shared.security import me, place

View = TypeVar("View", bound=Callable[..., Any])
A_MINUTE = timedelta(minutes=1)
MOST = {"exports": 20, "openings": 30, "reports": 60, "searches": 60, "trials": 20, "uploads": 20}
"""The kinds of expensive pages, and how often a minute one person may ask for them."""

KEPT = 10_000
"""How many people and addresses are remembered before those of earlier minutes are dropped."""


class TooOften(TooManyRequests):
    """Too many requests of a kind in a minute. ``seconds`` says when the next one is answered."""

    def __init__(self, kind: str, seconds: int) -> None:
        super().__init__(retry_after=seconds)
        self.kind, self.seconds = kind, seconds


class RecentRequests:
    """The moments of the last minute, by kind and by person or address."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], deque[datetime]] = {}
        self._lock = Lock()

    @property
    def remembered(self) -> int:
        """How many counts are held at present."""
        return len(self._seen)

    def take(self, kind: str, who: str, at: datetime) -> int:
        """Count a request and return 0, or return in how many seconds the next one is answered.

        A request that is not answered is not counted. Moments after ``at`` are those of a clock set back.
        """
        with self._lock:
            if len(self._seen) > KEPT:
                self._seen = {key: said for key, said in self._seen.items() if _left(said, at)}
            said = self._seen.setdefault((kind, who), deque(maxlen=MOST[kind]))
            left = _left(said, at)
            if left == MOST[kind]:
                return max(int((said[0] + A_MINUTE - at).total_seconds()), 1)
            said.append(at)
            return 0


def limited(kind: str) -> Callable[[View], View]:
    """Declare that a view is expensive, and of which kind. All views of a kind are counted together."""
    if kind not in MOST:
        raise ValueError(f"no such kind of expensive page: {kind}")

    def declare(view: View) -> View:
        view.limited = kind  # type: ignore[attr-defined]
        return view

    return declare


def guard_limits(app: Flask) -> None:
    """Count requests for expensive pages, after it is known who asks and that they may."""
    app.extensions["limits"] = RecentRequests()
    app.before_request(_count)


def _count() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    kind = getattr(view, "limited", "")
    if not kind:
        return
    who = me().actor.person if current_user.is_authenticated else request.remote_addr or ""
    seconds = cast(RecentRequests, current_app.extensions["limits"]).take(kind, who, place().clock.now())
    if seconds:
        raise TooOften(kind, seconds)


def _left(said: deque[datetime], at: datetime) -> int:
    """Drop the moments that are not of the minute before ``at``. Returns how many are left."""
    while said and not at - A_MINUTE < said[0] <= at:
        said.popleft()
    return len(said)
