"""The cohort of a campaign's plan: the same rule for one record and as a condition on all records."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, or_, true

from config.policy import CampaignPlan, Cohort, CohortPair, School
from workflow.cases.facts import RecordFacts
from workflow.cases.rules.versions import Rules
from workflow.records.tables import Record


def plan_of(rules: Rules, plan: str) -> CampaignPlan:
    """A campaign of campaigns.toml, listed or made by a template. Raises KeyError if there is neither."""
    found = rules.school.campaign(plan)
    if found is None:
        raise KeyError(plan)
    return found


def cohort_names(rules: Rules, plan: str, record: RecordFacts) -> bool:
    """True if the plan's cohort contains this record."""
    return _names(plan_of(rules, plan).cohort, record)


NOT_THE_SCHOOLS = "本系统默认"
"""What the source of a template says whose days no notice of the school has set."""


def next_plan(school: School, record: RecordFacts, after: datetime) -> CampaignPlan | None:
    """The first campaign after a moment that would ask the record's student, as the record is now.

    It is one that the school lists, or of a template whose days are the school's own.
    """
    own = (
        plan
        for plan in school.beginning_after(after)
        if plan in school.campaigns or NOT_THE_SCHOOLS not in plan.source
    )
    return next((plan for plan in own if _names(plan.cohort, record)), None)


def cohort_rows(cohort: Cohort) -> ColumnElement[bool]:
    """The same as a condition on records."""
    return and_(
        Record.rxrq.between(*entry_days(cohort)) if cohort.entry_years else true(),
        Record.yjbyrq.between(*graduation_days(cohort)) if _by_graduation(cohort) else true(),
        Record.cc.in_(cohort.levels) if cohort.levels else true(),
        or_(*(_pair_rows(pair) for pair in cohort.pairs)) if cohort.pairs else true(),
        Record.xjzt.in_(cohort.statuses),
    )


def entry_days(cohort: Cohort) -> tuple[date, date]:
    """First and last entry day of a cohort (its years are contiguous)."""
    return date(min(cohort.entry_years, default=1900), 1, 1), date(
        max(cohort.entry_years, default=9999), 12, 31
    )


def graduation_days(cohort: Cohort) -> tuple[date, date]:
    """First and last expected graduation day of a cohort."""
    return cohort.graduates_since or date(1900, 1, 1), cohort.graduates_until or date(9999, 12, 31)


def _pair_rows(pair: CohortPair) -> ColumnElement[bool]:
    return and_(Record.cc == pair.level, Record.rxrq.between(*_days_of(pair.entry_year)))


def _days_of(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def _is_of(pair: CohortPair, record: RecordFacts) -> bool:
    return record.cc == pair.level and record.rxrq is not None and record.rxrq.year == pair.entry_year


def _by_graduation(cohort: Cohort) -> bool:
    return cohort.graduates_since is not None or cohort.graduates_until is not None


def _names(cohort: Cohort, record: RecordFacts) -> bool:
    first, last = entry_days(cohort)
    since, until = graduation_days(cohort)
    return (
        (not cohort.entry_years or (record.rxrq is not None and first <= record.rxrq <= last))
        and (not _by_graduation(cohort) or (record.yjbyrq is not None and since <= record.yjbyrq <= until))
        and (not cohort.levels or record.cc in cohort.levels)
        and (not cohort.pairs or any(_is_of(pair, record) for pair in cohort.pairs))
        and record.xjzt in cohort.statuses
    )
