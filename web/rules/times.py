"""The times of a school's rules in words: windows, campaigns, and the dates that a notice may name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from babel.dates import get_month_names

from config.calendar import MonthDay, start_of
from config.policy import School
from config.policy.words import CampaignPlan, Cohort, Template, Window, YearlyCohort
from web.rules.phrases import MOMENT, Pair, all_of, day, month_day


def window_said(window: Window) -> Pair:
    """The time span of a window."""
    zh, en = _span(window)
    if window.rolls:
        return (
            f"{zh}；末日不办公的，顺延到下一个办公日",
            f"{en}; an end on a day off moves to the next working day",
        )
    return zh, en


def _span(window: Window) -> Pair:
    if window.months:
        names = get_month_names(locale="en_GB")
        said = all_of((f"{month}月", names[month]) for month in window.months)
        return f"每年{said[0]}", f"{said[1]} of every year"
    if window.first is not None and window.last is not None:
        zh, en = yearly_said(window.first, window.last)
        at = f" {window.last_at:%H:%M}" if window.last_at else ""
        return f"{zh}{at}", f"{en}{at}"
    if window.opens is not None or window.closes is not None:
        return between(window.opens, window.closes)
    return _by_moments(window)


def _by_moments(window: Window) -> Pair:
    after, until = MOMENT.get(window.after or ""), MOMENT.get(window.until or "")
    length = _length(window)
    if after and length[0]:
        return f"{after[0]}后{length[0]}内", f"{length[1]} from {after[1]}"
    if until and length[0]:
        return f"{until[0]}前{length[0]}内", f"{length[1]} up to {until[1]}"
    if after and until:
        return f"从{after[0]}到{until[0]}", f"from {after[1]} to {until[1]}"
    if after:
        return f"从{after[0]}起", f"from {after[1]} on"
    return (f"到{until[0]}为止", f"until {until[1]}") if until else ("", "")


def _length(window: Window) -> Pair:
    zh, en = [], []
    if window.for_months:
        zh.append(f" {window.for_months} 个月")
        en.append(f"{window.for_months} months")
    if window.for_days:
        zh.append(f" {window.for_days} 天")
        en.append(f"{window.for_days} days")
    return "零".join(zh), " and ".join(en)


def yearly_said(first: MonthDay, last: MonthDay) -> Pair:
    """From one day of every year to another."""
    (zh, en), (until, until_en) = month_day(first), month_day(last)
    return f"每年{zh}—{until}", f"{en} to {until_en} of every year"


def between(opens: datetime | None, closes: datetime | None) -> Pair:
    """From one moment to another. Either may be missing."""
    if opens is None:
        zh, en = moment(closes)
        return f"到{zh}为止", f"until {en}"
    if closes is None:
        zh, en = moment(opens)
        return f"从{zh}起", f"from {en} on"
    (zh, en), (until, until_en) = moment(opens), moment(closes)
    return f"{zh}—{until}", f"{en} to {until_en}"


def moment(when: datetime | None) -> Pair:
    """A moment in words: the day alone where the whole day belongs to the span."""
    if when is None:
        return "", ""
    zh, en = day(when.date())
    if when == start_of(when.date()) or f"{when:%H%M%S}" == "235959":
        return zh, en
    return f"{zh} {when:%H:%M}", f"{en} {when:%H:%M}"


def days_said(days: Iterable[date]) -> Pair:
    """Several days."""
    return all_of(day(one) for one in days)


def campaign_said(school: School, plan: CampaignPlan | Template) -> Pair:
    """When a campaign is, announced or of every year."""
    if isinstance(plan, CampaignPlan):
        return between(plan.opens, plan.closes)
    last = plan.last or school.terms.last_day
    return yearly_said(plan.first, last) if last else ("", "")


def cohort_said(cohort: Cohort | YearlyCohort) -> Pair:
    """Whom a campaign is about. The enrolment statuses are those of students with a status."""
    zh, en = [], []
    if isinstance(cohort, Cohort) and cohort.entry_years:
        zh.append("、".join(map(str, cohort.entry_years)) + " 年入学")
        en.append("entered in " + ", ".join(map(str, cohort.entry_years)))
    if isinstance(cohort, YearlyCohort) and cohort.entered_years_ago == (0,):
        zh.append("当年入学")
        en.append("entered in that year")
    elif isinstance(cohort, YearlyCohort) and cohort.entered_years_ago:
        ago = cohort.entered_years_ago
        zh.append(f"{min(ago)}—{max(ago)} 年前入学")
        en.append(f"entered {min(ago)} to {max(ago)} years before")
    if cohort.last_check:
        zh.append("末次自查在当年截止的学生")
        en.append("students whose final check ends then")
    if cohort.levels:
        zh.append("、".join(cohort.levels))
        en.append(", ".join(cohort.levels))
    return "，".join(zh), "; ".join(en)
