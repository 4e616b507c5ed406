"""Dates and instants in Asia/Shanghai to the second, working days, and the days a school has set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
MonthDay = tuple[int, int]

_FIRST = time(0, 0, 0)
_LAST = time(23, 59, 59)
_DAY = timedelta(days=1)
_SATURDAY = 5


# -- contents of calendar.toml and holidays.toml --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Registration:
    """The day on which a school registered all students of one entry year."""

    entry_year: int
    registered_on: date
    source: str


@dataclass(frozen=True, slots=True)
class Year:
    """A year's holidays: weekdays off, and weekend days worked instead (调休)."""

    year: int
    off: tuple[MonthDay, ...]
    work: tuple[MonthDay, ...]
    source: str


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A working day or day off of one school, whatever the national table says."""

    day: date
    works: bool
    source: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Days that do not count, both ends included. ``last`` is None if the pause has no end yet."""

    first: date
    last: date | None


@dataclass(frozen=True)
class Calendar:
    """The days a school has set: registrations, and its own days on top of the known years' holidays.

    In a year whose holidays are not entered, Monday to Friday are working days.
    """

    registrations: tuple[Registration, ...] = ()
    years: tuple[Year, ...] = ()
    days: tuple[OwnDay, ...] = ()

    def registered_on(self, entry_date: date) -> date | None:
        """The registration day of an entry year, or None: an unknown day is not guessed."""
        for one in self.registrations:
            if one.entry_year == entry_date.year:
                return one.registered_on
        return None

    def knows(self, year: int) -> bool:
        """True if the holidays of that year are entered."""
        return year in self._years

    def is_working_day(self, day: date) -> bool:
        """True if offices work on that day."""
        works = self._exceptions.get(day)
        return day.weekday() < _SATURDAY if works is None else works

    def working_days_after(self, day: date, count: int, pauses: Iterable[Pause] = ()) -> date | None:
        """The last day of a term of ``count`` working days. The first day does not count.

        Days within a pause do not count either. None while a pause has no end.
        """
        known = tuple(pauses)
        while count > 0:
            day += _DAY
            if any(pause.last is None and pause.first <= day for pause in known):
                return None
            if self.is_working_day(day) and not _paused(day, known):
                count -= 1
        return day

    def working_days_between(self, first: date, last: date, pauses: Iterable[Pause] = ()) -> int:
        """How many working days of a term that began on the first day are over at the end of the last.

        The counterpart of ``working_days_after``. 0 if the last day is not after the first.
        """
        known = tuple(pauses)
        return sum(
            1 for day in _days(first + _DAY, last) if self.is_working_day(day) and not _paused(day, known)
        )

    def next_working_day(self, day: date) -> date:
        """The day itself if offices work on it, else the next one on which they do."""
        while not self.is_working_day(day):
            day += _DAY
        return day

    def unknown_between(self, first: date, last: date) -> bool:
        """True if some day from the first to the last is in a year whose holidays are not entered."""
        return any(not self.knows(year) for year in range(first.year, last.year + 1))

    @cached_property
    def last_known(self) -> int:
        """The last year whose holidays are entered. 0 if there is none."""
        return max(self._years, default=0)

    @cached_property
    def _years(self) -> frozenset[int]:
        return frozenset(one.year for one in self.years)

    @cached_property
    def _exceptions(self) -> Mapping[date, bool]:
        """The days whose weekday does not decide. The school's own come last and win."""
        found: dict[date, bool] = {}
        for year in self.years:
            found |= {date(year.year, *day): False for day in year.off}
            found |= {date(year.year, *day): True for day in year.work}
        return found | {one.day: one.works for one in self.days}


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


def _paused(day: date, pauses: Iterable[Pause]) -> bool:
    return any(pause.first <= day and (pause.last is None or day <= pause.last) for pause in pauses)


# -- days and instants ----------------------------------------------------------------------------------
def start_of(day: date) -> datetime:
    """The first second of a day."""
    return datetime.combine(day, _FIRST, SHANGHAI)


def end_of(day: date) -> datetime:
    """The last second of a day. It belongs to the day, as both ends belong to a window."""
    return datetime.combine(day, _LAST, SHANGHAI)


def month_day(said: str) -> MonthDay | None:
    """The day of every year that ``04-30`` names. None if there is no such day in a common year."""
    if re.fullmatch(r"\d\d-\d\d", said, re.ASCII):
        with suppress(ValueError):
            day = date.fromisoformat(f"2001-{said}")
            return day.month, day.day
    return None


def to_second(moment: datetime) -> datetime:
    """An aware instant in Asia/Shanghai, truncated to the second."""
    return moment.astimezone(SHANGHAI).replace(microsecond=0)


def first_moment(when: date | datetime) -> datetime:
    """The first second of a day, or the instant itself."""
    return to_second(when) if isinstance(when, datetime) else start_of(when)


def last_moment(when: date | datetime) -> datetime:
    """The last second of a day, or the instant itself."""
    return to_second(when) if isinstance(when, datetime) else end_of(when)


def date_or_instant(moment: datetime) -> date | datetime:
    """The date if the instant is the first second of its day, else the instant."""
    return moment.date() if moment.time() == _FIRST else moment


def last_date_or_instant(moment: datetime) -> date | datetime:
    """The date if the instant is the last second of its day, else the instant."""
    return moment.date() if moment.time() == _LAST else moment
