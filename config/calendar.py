"""Days and moments in Asia/Shanghai, to the second, and the days a school has set for its years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_FIRST = time(0, 0, 0)
_LAST = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Registration:
    """The day on which a school registered everybody who entered in one year."""

    entry_year: int
    registered_on: date
    source: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a school's ``calendar.toml`` says."""

    registrations: tuple[Registration, ...]

    def registered_on(self, entry_date: date) -> date | None:
        """The registration day of those who entered in that year, or None: unknown is not guessed."""
        for one in self.registrations:
            if one.entry_year == entry_date.year:
                return one.registered_on
        return None


def start_of(day: date) -> datetime:
    """The first second of a day."""
    return datetime.combine(day, _FIRST, SHANGHAI)


def end_of(day: date) -> datetime:
    """The last second of a day: it still belongs to the day, as both ends belong to a window."""
    return datetime.combine(day, _LAST, SHANGHAI)


def to_second(moment: datetime) -> datetime:
    """An aware moment in Asia/Shanghai, what is finer than a second cut off."""
    return moment.astimezone(SHANGHAI).replace(microsecond=0)


def first_moment(when: date | datetime) -> datetime:
    """The first second of a day, or the moment itself."""
    return to_second(when) if isinstance(when, datetime) else start_of(when)


def last_moment(when: date | datetime) -> datetime:
    """The last second of a day, or the moment itself."""
    return to_second(when) if isinstance(when, datetime) else end_of(when)


def date_or_instant(moment: datetime) -> date | datetime:
    """The date where a day begins with the moment, the moment itself where its time of day matters."""
    return moment.date() if moment.time() == _FIRST else moment


def last_date_or_instant(moment: datetime) -> date | datetime:
    """The date where a day ends with the moment, the moment itself where its time of day matters."""
    return moment.date() if moment.time() == _LAST else moment
