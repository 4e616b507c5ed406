"""Whom a campaign's plan names: the same of one record and of the table of records."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, true

from config.policy import CampaignPlan, Cohort
from workflow.cases.facts import RecordFacts
from workflow.cases.rules.versions import Rules
from workflow.records.tables import Record


def plan_of(rules: Rules, plan: str) -> CampaignPlan:
    """A campaign as campaigns.toml has it, itself or by a template; KeyError if it has neither."""
    found = rules.school.campaign(plan)
    if found is None:
        raise KeyError(plan)
    return found


def cohort_names(rules: Rules, plan: str, record: RecordFacts) -> bool:
    """Whether a campaign's cohort names this record."""
    cohort = plan_of(rules, plan).cohort
    first, last = entry_days(cohort)
    since, until = graduation_days(cohort)
    return (
        (not cohort.entry_years or (record.rxrq is not None and first <= record.rxrq <= last))
        and (not _by_graduation(cohort) or (record.yjbyrq is not None and since <= record.yjbyrq <= until))
        and (not cohort.levels or record.cc in cohort.levels)
        and record.xjzt in cohort.statuses
    )


def cohort_rows(cohort: Cohort) -> ColumnElement[bool]:
    """The same of the table of records."""
    return and_(
        Record.rxrq.between(*entry_days(cohort)) if cohort.entry_years else true(),
        Record.yjbyrq.between(*graduation_days(cohort)) if _by_graduation(cohort) else true(),
        Record.cc.in_(cohort.levels) if cohort.levels else true(),
        Record.xjzt.in_(cohort.statuses),
    )


def entry_days(cohort: Cohort) -> tuple[date, date]:
    """First and last day of entry of a cohort (its years are contiguous)."""
    return date(min(cohort.entry_years, default=1900), 1, 1), date(
        max(cohort.entry_years, default=9999), 12, 31
    )


def graduation_days(cohort: Cohort) -> tuple[date, date]:
    """First and last expected day of graduation of a cohort."""
    return cohort.graduates_since or date(1900, 1, 1), cohort.graduates_until or date(9999, 12, 31)


def _by_graduation(cohort: Cohort) -> bool:
    return cohort.graduates_since is not None or cohort.graduates_until is not None
