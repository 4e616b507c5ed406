"""Check the calendar: registrations, holidays, and years whose holidays are not entered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from config.calendar import Calendar, Registration
from config.policy.lint.draft import Finding, Placed, SchoolDraft, inside, named_twice


def check_registrations(registrations: Sequence[Placed[Registration]]) -> Iterator[Finding]:
    yield from named_twice([(one, str(one.value.entry_year)) for one in registrations])
    for one in registrations:
        if one.value.registered_on.year not in (one.value.entry_year, one.value.entry_year + 1):
            yield (
                inside(one, "registered_on"),
                f"{one.value.entry_year} 年入学的注册日期应在当年或次年",
                "must lie in the entry year or the next",
            )


def check_holidays(draft: SchoolDraft) -> Iterator[Finding]:
    """A day off is a weekday, a make-up day is at a weekend, and each day is listed once."""
    for year in draft.years:
        table = year.value
        for key, weekend in (("off", False), ("work", True)):
            for month, day in getattr(table, key):
                if (date(table.year, month, day).weekday() > 4) != weekend:
                    kind = "星期六、星期日" if weekend else "星期一至星期五"
                    yield (
                        inside(year, key),
                        f"{month:02}-{day:02} 不是{kind}",
                        "is not such a day of the week",
                    )
    for file in dict.fromkeys(year.file for year in draft.years):
        yield from named_twice([(one, str(one.value.year)) for one in draft.years if one.file == file])
    yield from named_twice([(one, one.value.day.isoformat()) for one in draft.days])
    known = {one.value.year for one in draft.years}
    for own in draft.days:
        if own.value.day.year not in known:
            yield (
                inside(own, "day"),
                f"{own.value.day.year} 年没有节假日表（[[year]]），单独一天无从说起",
                "belongs to a year without a table of holidays",
            )


def unknown_years(draft: SchoolDraft) -> Iterator[Finding]:
    """Campaigns and windows in years whose holidays are not entered."""
    calendar = Calendar(years=tuple(one.value for one in draft.years))
    for campaign in draft.campaigns:
        yield from _unknown_among(inside(campaign, "closes"), campaign.value.years, calendar)
    for window in draft.windows:
        ends = (window.value.opens, window.value.closes)
        yield from _unknown_among(
            inside(window, "closes"), {end.year for end in ends if end is not None}, calendar
        )


def _unknown_among(placed: Placed[object], years: Iterable[int], calendar: Calendar) -> Iterator[Finding]:
    for year in sorted(years):
        if not calendar.knows(year):
            yield (
                placed,
                f"日历里没有 {year} 年的节假日，请在 calendar.toml 写明 [[year]]",
                f"the calendar does not know the holidays of {year}",
            )
