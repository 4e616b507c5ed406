"""Chart geometry: bars and burn-downs. The page shows the numbers in a table beside each chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.calendar import start_of
from states.case import CHECKED_OK, CORRECTED, DEFERRED, RAISED, REJECTED, REVIEW
from workflow.campaigns.progress.board import DEEMED, PROXY, BoardLine
from workflow.campaigns.progress.forecast import Forecast
from workflow.campaigns.progress.numbers import DayNumbers

WIDTH = 1000
PIECES = (
    ("good", (CHECKED_OK,)),
    ("proxy", (PROXY,)),
    ("now", (DEFERRED, RAISED, REVIEW)),
    ("done", (CORRECTED, REJECTED)),
    ("deemed", (DEEMED,)),
)
"""The kinds of piece of a bar, from the left. The rest of the bar is unchecked."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a bar of total width ``WIDTH``."""

    kind: str
    x: int
    width: int


def pieces(line: BoardLine) -> list[Piece]:
    """The bar for one line of a board. Rounding never makes the pieces exceed the whole."""
    found, before = [], 0
    for kind, names in PIECES:
        after = before + sum(line.numbers[name] for name in names)
        start, end = (WIDTH * n // line.counted if line.counted else 0 for n in (before, after))
        if end > start:
            found.append(Piece(kind, start, end - start))
        before = after
    return found


def percent(line: BoardLine) -> str:
    """The checked share, rounded down to a tenth of a percent."""
    return f"{line.per_mille // 10}.{line.per_mille % 10}%"


# -- burn-down ------------------------------------------------------------------------------------------

LEFT, TOP, ACROSS, DOWN = 46, 10, 338, 150
"""Position and size of the plot area of a burn-down, in SVG units."""


@dataclass(frozen=True, slots=True)
class BurnDown:
    """A burn-down: the silent per day and the projections (as polyline points), with axis labels.

    ``steady`` is the straight line to zero at the end. ``best`` and ``worst`` are '' without a forecast.
    ``days`` and ``numbers`` are the labels of the two axes, each with its position.
    """

    line: str
    steady: str
    best: str
    worst: str
    days: tuple[tuple[int, date], ...]
    numbers: tuple[tuple[int, int], ...]


def burn_down(
    days: Sequence[DayNumbers], opens: datetime, closes: datetime, now: datetime, ahead: Forecast | None
) -> BurnDown:
    """The chart of a campaign from its first to its last day. The table beside it has the same numbers."""
    most = max((day.counted for day in days), default=0) or 1
    last = max(1, (closes.date() - opens.date()).days + 1)

    def at(n: float, silent: int) -> str:
        return f"{LEFT + ACROSS * n / last:.1f},{TOP + DOWN - DOWN * silent / most:.1f}"

    begun = [(n, day) for n, day in enumerate(days) if day.counted]
    passed = min(last, (now - start_of(opens.date())) / timedelta(days=1))
    line = [at(min(n + 1, passed), day.silent) for n, day in begun]
    here = line[-1] if line else ""
    if begun:  # on the first day all are silent
        line.insert(0, at(min(begun[0][0], passed), begun[0][1].counted))
    first, middle = opens.date(), opens.date() + timedelta(days=last // 2)
    return BurnDown(
        line=" ".join(line),
        steady=f"{at(0, most)} {at(last, 0)}",
        best=f"{here} {at(last, ahead.best)}" if ahead and here else "",
        worst=f"{here} {at(last, ahead.worst)}" if ahead and here else "",
        days=((LEFT, first), (LEFT + ACROSS // 2, middle), (LEFT + ACROSS, closes.date())),
        numbers=((TOP, most), (TOP + DOWN // 2, most // 2), (TOP + DOWN, 0)),
    )
