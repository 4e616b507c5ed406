"""Where a campaign will stand on its last day, if it goes on as in the last days.

Two simple projections, both to be seen as such: at the pace of the last days (as many a day), and with their
share (the same part of those who are left, day by day). What really comes mostly lies between, for the last
ones are the slowest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

from workflow.campaigns.progress.numbers import Day

LOOK_BACK = 7


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the last whole days let expect.

    ``days`` were looked at, ``answered`` fell silent no more in them; ``left`` days remain, the last one
    included. ``best`` and ``worst`` are how many will then still be silent; ``needed`` how many a day would
    leave nobody.
    """

    silent: int
    days: int
    answered: int
    left: int
    best: int
    worst: int
    needed: int

    @property
    def reaches(self) -> bool:
        """Whether even the cautious projection leaves nobody silent."""
        return self.worst == 0


def forecast(days: Sequence[Day], now: datetime, closes: datetime) -> Forecast | None:
    """The forecast of a running campaign from its days; None before the first whole day and after the end."""
    whole = [day for day in days if day.day < now.date() and day.counted]
    if not days or not whole or now > closes:
        return None
    silent = days[-1].silent
    looked = whole[-LOOK_BACK - 1 :]
    n = len(looked) - 1 or 1
    before = looked[0].silent if len(looked) > 1 else looked[0].counted
    answered = max(0, before - looked[-1].silent)
    left = _days_left(now.date(), closes.date())
    best = max(0, silent - answered * left // n)
    share = answered / before if before else 0.0
    worst = round(silent * (1 - share) ** (left / n))
    return Forecast(silent, n, answered, left, best, max(best, worst), ceil(silent / left))


def _days_left(today: date, last: date) -> int:
    return (last - today).days + 1
