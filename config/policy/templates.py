"""Yearly campaigns: the plan that a template makes for one year."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from config.calendar import SHANGHAI, MonthDay, end_of, start_of
from config.policy.windows import graduates_of
from config.policy.words import CampaignPlan, Cohort, CohortPair, Template, YearlyCohort

NAMED = re.compile(r"(?P<template>.+)-(?P<year>20\d\d)", re.ASCII)
YEAR = "{year}"


def plan_of(template: Template, year: int, last_day: MonthDay | None) -> CampaignPlan:
    """The campaign of a year. ``last_day`` is that of the school's final check, or None without one.

    Raises ValueError for a template without an end if there is no final check to end with.
    """
    last = template.last or last_day
    if last is None:
        raise ValueError(template.id)

    def day(said: MonthDay) -> date:
        return date(year - (said > last), *said)

    at = template.last_at
    closes = end_of(day(last)) if at is None else datetime.combine(day(last), at, SHANGHAI)
    return CampaignPlan(
        id=f"{template.id}-{year}",
        kind=template.kind,
        title=template.title.replace(YEAR, str(year)),
        title_en=template.title_en.replace(YEAR, str(year)),
        opens=start_of(day(template.first)),
        closes=closes,
        bulletins=tuple(sorted(day(one) for one in template.bulletins)),
        fields=template.fields,
        cohort=_cohort(template.cohort, year, last_day),
        source=template.source,
        colleges_close=_colleges(template.colleges_last, last, year),
    )


def named(templates: Sequence[Template], id: str) -> tuple[Template, int] | None:
    """The template and the year in a campaign's id, or None."""
    found = NAMED.fullmatch(id)
    if found is None:
        return None
    of = (one for one in templates if one.id == found["template"])
    return next(((one, int(found["year"])) for one in of), None)


def plan_named(
    campaigns: Iterable[CampaignPlan], templates: Sequence[Template], last_day: MonthDay | None, id: str
) -> CampaignPlan | None:
    """The campaign with that id: an announced one, else one made by a template, else None."""
    announced = next((one for one in campaigns if one.id == id), None)
    if announced is not None or (made := named(templates, id)) is None:
        return announced
    template, year = made
    return plan_of(template, year, last_day) if template.last or last_day else None


def _colleges(said: MonthDay | None, last: MonthDay, year: int) -> datetime | None:
    """The colleges' deadline is never before the students': an earlier month and day is in the next year."""
    return None if said is None else end_of(date(year + (said < last), *said))


def _cohort(said: YearlyCohort, year: int, last_day: MonthDay | None) -> Cohort:
    since, until = graduates_of(year, last_day) if said.last_check and last_day else (None, None)
    return Cohort(
        entry_years=tuple(sorted(year - ago for ago in said.entered_years_ago)),
        levels=said.levels,
        statuses=said.statuses,
        graduates_since=since,
        graduates_until=until,
        last_check=said.last_check,
        pairs=tuple(CohortPair(one.level, year - one.entered_years_ago) for one in said.pairs),
    )
