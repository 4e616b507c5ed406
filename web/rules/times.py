"""The times of a school's rules in words: windows, campaigns, and the dates that a notice may name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from babel.dates import get_month_names

from config.calendar import MonthDay, start_of
from config.policy import School
from config.policy.words import CampaignPlan, Cohort, Template, Window, YearlyCohort
from web.rules.phrases import MOMENT, Pair, all_of, day, level, many, month_day


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
        en.append(many(window.for_months, "month"))
    if window.for_days:
        zh.append(f" {window.for_days} 天")
        en.append(many(window.for_days, "day"))
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


def title_said(plan: CampaignPlan | Template) -> Pair:
    """The title of a campaign. That of a yearly one names no year: "every year", and in English its place."""
    return plan.title.replace("{year}", "每"), plan.title_en.replace("{year}", "[year]")


def campaign_said(school: School, plan: CampaignPlan | Template) -> Pair:
    """When a campaign is, announced or of every year."""
    if isinstance(plan, CampaignPlan):
        return between(plan.opens, plan.closes)
    last = plan.last or school.terms.last_day
    return yearly_said(plan.first, last) if last else ("", "")


def published_said(plan: CampaignPlan | Template) -> list[Pair]:
    """When progress is published, and until when colleges sign: nothing where the plan has no such day."""
    said = []
    if isinstance(plan, CampaignPlan):
        days = [day(one) for one in plan.bulletins]
        colleges = moment(plan.colleges_close) if plan.colleges_close else None
    else:
        days = [month_day(one) for one in plan.bulletins]
        colleges = month_day(plan.colleges_last) if plan.colleges_last else None
    if days:
        zh, en = all_of(days)
        said.append((f"公布进度：{zh}", f"Progress is published on {en}"))
    if colleges:
        said.append((f"学院签认截止：{colleges[0]}", f"Colleges sign by {colleges[1]}"))
    return said


def cohort_said(school: School, cohort: Cohort | YearlyCohort) -> Pair:
    """Whom a campaign is about: when they entered, their levels, their graduation, their statuses."""
    said = [*_entered(cohort), *_graduating(cohort)]
    if cohort.levels:
        said.append(_in_row(level(name) for name in cohort.levels))
    if set(cohort.statuses) == set(school.policy.statuses.enrolled):
        said.append(("在籍", "enrolled"))
    else:
        names = "、".join(cohort.statuses)
        said.append((f"学籍状态为{names}", f"status {names}"))
    return "；".join(zh for zh, _ in said), "; ".join(en for _, en in said)


def _entered(cohort: Cohort | YearlyCohort) -> Iterator[Pair]:
    if isinstance(cohort, Cohort):
        if cohort.entry_years:
            yield _in_years(cohort.entry_years)
        pairs = [(level(one.level), _in_years((one.entry_year,))) for one in cohort.pairs]
    else:
        if cohort.entered_years_ago:
            yield _years_ago(cohort.entered_years_ago)
        pairs = [(level(one.level), _years_ago((one.entered_years_ago,))) for one in cohort.pairs]
    if pairs:
        yield _in_row((f"{when[0]}的{who[0]}", f"{who[1]} who {when[1]}") for who, when in pairs)


def _in_years(years: tuple[int, ...]) -> Pair:
    zh, en = _in_row((str(year), str(year)) for year in years)
    return f"{zh} 年入学", f"entered in {en}"


def _years_ago(ago: tuple[int, ...]) -> Pair:
    if ago == (0,):
        return "当年入学", "entered in that year"
    first, last = min(ago), max(ago)
    if first == last:
        return f"{first} 年前入学", f"entered {many(first, 'year')} before"
    return f"{first}—{last} 年前入学", f"entered {first} to {last} years before"


def _graduating(cohort: Cohort | YearlyCohort) -> Iterator[Pair]:
    if cohort.last_check:
        yield "末次自查在当年截止的学生", "students whose final check ends then"
    if not isinstance(cohort, Cohort):
        return
    since, until = cohort.graduates_since, cohort.graduates_until
    if since and until:
        (zh, en), (to, to_en) = day(since), day(until)
        yield f"预计{zh}—{to}毕业", f"expected to graduate from {en} to {to_en}"
    elif since:
        yield f"预计{day(since)[0]}或以后毕业", f"expected to graduate on {day(since)[1]} or later"
    elif until:
        yield f"预计不晚于{day(until)[0]}毕业", f"expected to graduate by {day(until)[1]}"


def _in_row(names: Iterable[Pair]) -> Pair:
    zh, en = zip(*names, strict=True)
    return "、".join(zh), ", ".join(en)
