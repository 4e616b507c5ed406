"""A forecast of a campaign's last day from its last days.

Two simple projections: at the pace of the last days (the same number a day), and at their rate (the same
share of those left). The result is usually between them, because the last students are the slowest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from workflow.campaigns.progress.numbers import DayNumbers

LOOK_BACK = 7


@dataclass(frozen=True, slots=True)
class Forecast:
    """The projection from the last whole days.

    In the last ``days`` days ``answered`` students answered. ``left`` days remain, the last one included.
    ``best`` and ``worst`` are how many will then still not have answered. ``needed`` is how many a day would
    leave none.
    """

    silent: int
    days: int
    answered: int
    left: int
    best: int
    worst: int
    needed: int


def forecast(days: Sequence[DayNumbers], now: datetime, closes: datetime) -> Forecast | None:
    """The forecast of a running campaign. None before the first whole day and after the end."""
    whole = [day for day in days if day.day < now.date() and day.counted]
    if not days or not whole or now > closes:
        return None
    silent = days[-1].silent
    looked = whole[-LOOK_BACK - 1 :]
    n = len(looked) - 1 or 1
    before = looked[0].silent if len(looked) > 1 else looked[0].counted
    answered = max(0, before - looked[-1].silent)
    left = (closes.date() - now.date()).days + 1
    best = max(0, silent - answered * left // n)
    share = answered / before if before else 0.0
    worst = round(silent * (1 - share) ** (left / n))
    return Forecast(silent, n, answered, left, best, max(best, worst), ceil(silent / left))
