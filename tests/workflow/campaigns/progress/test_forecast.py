"""The forecast: what the last days let expect, never better than the pace and never surer than the days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import on
from workflow.campaigns.progress.board import COLUMNS
from workflow.campaigns.progress.forecast import forecast
from workflow.campaigns.progress.numbers import DayNumbers

CLOSES = on(2024, 11, 7, 23, 59, 59)


def days(*silent: int, counted: int = 100, first: date = date(2024, 10, 23)) -> list[DayNumbers]:
    """The evenings of a campaign with these numbers of silent students."""
    return [
        DayNumbers(
            first + timedelta(days=n),
            dict.fromkeys(COLUMNS, 0) | {"not_checked": left, "checked_ok": counted - left},
        )
        for n, left in enumerate(silent)
    ]


def test_a_steady_pace_goes_on() -> None:
    """Ten a day in the last days, thirty left and two days with today: ten will be left."""
    found = forecast(days(70, 60, 50, 40, 30, 30), on(2024, 10, 28), on(2024, 10, 29, 23, 59, 59))
    assert found is not None
    assert (found.silent, found.days, found.answered, found.left) == (30, 4, 40, 2)
    assert (found.best, found.needed) == (10, 15)
    assert 10 <= found.worst <= 30


def test_a_standstill_leaves_everybody() -> None:
    """Who did not answer in a week will not by themselves."""
    found = forecast(days(40, 40, 40, 40), on(2024, 10, 26), CLOSES)
    assert found is not None
    assert (found.answered, found.best, found.worst) == (0, 40, 40)


def test_nobody_silent_stays_nobody() -> None:
    """A hundred per cent is a hundred per cent."""
    found = forecast(days(10, 0, 0), on(2024, 10, 25), CLOSES)
    assert found is not None
    assert (found.best, found.worst, found.needed) == (0, 0, 0)


@pytest.mark.parametrize(
    ("at", "silent"),
    [
        (on(2024, 10, 23, 20), (90,)),
        (CLOSES + timedelta(seconds=1), (90, 80, 70)),
        (on(2024, 10, 23, 20), ()),
    ],
)
def test_without_a_whole_day_or_after_the_end_nothing_is_foretold(
    at: object, silent: tuple[int, ...]
) -> None:
    """The first day is no pace, and the past needs no forecast."""
    assert forecast(days(*silent), at, CLOSES) is None  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 500), min_size=2, max_size=16))
def test_a_forecast_stays_within_what_there_is(silent: list[int]) -> None:
    """Never fewer than nobody, never more than are silent now, and the cautious one never the lower."""
    found = forecast(
        days(*silent, counted=500), on(2024, 10, 22) + timedelta(days=len(silent)), CLOSES + timedelta(days=9)
    )
    assert found is not None
    assert 0 <= found.best <= found.worst <= found.silent
    assert found.needed * found.left >= found.silent
