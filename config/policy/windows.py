"""The beginning and end of a student's time for filing: instants derived from their record."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from config.calendar import SHANGHAI, Calendar, MonthDay, end_of, last_moment, start_of, to_second

APRIL_30: MonthDay = (4, 30)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class CampaignWindow:
    """A campaign that includes the student in question. A date as an end means the whole day."""

    kind: str
    opens: date | datetime
    closes: date | datetime


@dataclass(frozen=True, slots=True)
class FinalCheck:
    """The end of a student's final check, and its derivation.

    ``class_year`` is the year of the final check for the current expected graduation date. ``basis`` is
    ``rule`` (the school's day of that year), ``campaign`` (one published for the class) or ``extension``.
    """

    closes: datetime
    expected_graduation: date
    class_year: int
    basis: str

    @property
    def over(self) -> datetime:
        """The first second after it."""
        return self.closes + SECOND


# -- time spans -----------------------------------------------------------------------------------------

Stretch = tuple[datetime | None, datetime | None]
"""From the first second to the second after the last. None means no beginning or no end."""


@dataclass(frozen=True, slots=True)
class Yearly:
    """The same days of every year, from the first second of the first to a time of day on the last.

    With a calendar, a last day on which offices do not work moves to the next one on which they do.
    """

    first: MonthDay
    last: MonthDay
    last_at: time = time(23, 59, 59)
    calendar: Calendar | None = None

    def of(self, year: int) -> tuple[datetime, datetime]:
        """The time span in one year."""
        last = _clipped(year, *self.last)
        if self.calendar is not None:
            last = self.calendar.next_working_day(last)
        closes = datetime.combine(last, self.last_at, SHANGHAI)
        return start_of(_clipped(year, *self.first)), closes + SECOND


@dataclass(frozen=True, slots=True)
class Spans:
    """All the time inside some time spans or, with ``inside`` False, all other time."""

    stretches: tuple[Stretch, ...]
    yearly: tuple[Yearly, ...] = ()
    inside: bool = True

    def on(self, at: datetime) -> bool:
        """True if it contains that instant."""
        for opens, over in self.stretches:
            if (opens is None or opens <= at) and (over is None or at < over):
                return self.inside
        for yearly in self.yearly:
            for year in (at.year,) if yearly.calendar is None else (at.year, at.year - 1):
                opens, over = yearly.of(year)
                if opens <= at < over:
                    return self.inside
        return not self.inside

    @property
    def known_until(self) -> int | None:
        """The last year with holidays of its own by which a yearly end moves. None if none moves."""
        moving = [one.calendar.last_known for one in self.yearly if one.calendar is not None]
        return max(moving, default=None)

    def turns(self) -> Iterator[datetime]:
        """The instants at which a time span begins or ends, without the yearly ones."""
        for stretch in self.stretches:
            yield from (turn for turn in stretch if turn is not None)

    def turns_of(self, year: int) -> Iterator[datetime]:
        """The instants of one year at which a yearly time span begins or ends."""
        for yearly in self.yearly:
            yield from yearly.of(year)


def spans_of_months(months: Iterable[int]) -> tuple[Yearly, ...]:
    """Whole months of every year."""
    return tuple(Yearly((month, 1), (month, 31)) for month in months)


def _clipped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


# -- the final check ------------------------------------------------------------------------------------


def graduating_year(expected_graduation: date, last_day: MonthDay = APRIL_30) -> int:
    """The year of a student's final check. A graduate by its last day belongs to the year before."""
    later = (expected_graduation.month, expected_graduation.day) > last_day
    return expected_graduation.year if later else expected_graduation.year - 1


def graduates_of(year: int, last_day: MonthDay = APRIL_30) -> tuple[date, date]:
    """First and last expected graduation day of students whose final check ends in that year."""
    return _clipped(year, *last_day) + timedelta(days=1), _clipped(year + 1, *last_day)


def final_check(
    expected_graduation: date,
    campaigns: Iterable[CampaignWindow] = (),
    extended_until: date | datetime | None = None,
    *,
    opened_until: date | datetime | None = None,
    last_day: MonthDay = APRIL_30,
) -> FinalCheck:
    """The end of a student's final check.

    A final campaign in the year before graduation overrides the school's day; of several, the latest counts.
    One that belonged to an earlier expected graduation date does not count any more. An extension overrides
    both, but never moves the end earlier. ``opened_until``: the end of a campaign that is opened again for
    the student.
    """
    year = graduating_year(expected_graduation, last_day)
    closes, basis = end_of(date(year, *last_day)), "rule"
    published = [last_moment(one.closes) for one in campaigns if _is_for(one, expected_graduation)]
    if published:
        closes, basis = max(published), "campaign"
        if opened_until is not None and closes == last_moment(opened_until):
            basis = "opened"
    if extended_until is not None and (extended := last_moment(extended_until)) > closes:
        closes, basis = extended, "extension"
    return FinalCheck(closes, expected_graduation, year, basis)


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day if it is shorter."""
    count = day.year * 12 + day.month - 1 - months
    return _clipped(count // 12, count % 12 + 1, day.day)


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day if it is shorter."""
    return months_before(day, -months)


def _is_for(campaign: CampaignWindow, expected_graduation: date) -> bool:
    if campaign.kind != "final" or _day(campaign.opens) > expected_graduation:
        return False
    return _day(campaign.closes) > months_before(expected_graduation, 12)


def _day(when: date | datetime) -> date:
    return to_second(when).date() if isinstance(when, datetime) else when
