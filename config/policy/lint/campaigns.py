"""Check the announced campaigns: their windows, cohorts and deadlines, and that no two overlap."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta

from config.policy.lint.cohorts import check_pairs, meet
from config.policy.lint.draft import Finding, Placed, SchoolDraft, codes_of, inside, undeclared
from config.policy.windows import graduates_of
from config.policy.words import CAMPAIGN_KINDS, CampaignPlan


def check_campaign(campaign: Placed[CampaignPlan], draft: SchoolDraft) -> Iterator[Finding]:
    yield from check_pairs(campaign)
    yield from check_plan(campaign, draft)
    years = [one.value.entry_year for one in draft.registrations]
    for year in campaign.value.cohort.years if years else ():
        if year not in years:
            yield (
                inside(campaign, "cohort"),
                f"calendar.toml 中没有 {year} 年入学的注册日期",
                f"calendar.toml has no registration for entry year {year}",
            )


def check_plan(campaign: Placed[CampaignPlan], draft: SchoolDraft) -> Iterator[Finding]:
    plan = campaign.value
    yield from undeclared(inside(campaign, "kind"), [plan.kind], CAMPAIGN_KINDS)
    if plan.opens > plan.closes:
        yield inside(campaign, "closes"), "截止早于开始", "closes before it opens"
    yield from _colleges_close(campaign, draft)
    for day in plan.bulletins:
        if not plan.opens.date() <= day <= plan.closes.date():
            yield (
                inside(campaign, "bulletins"),
                f"通报日 {day} 不在活动期间",
                "a bulletin falls outside the window",
            )
    cohort = plan.cohort
    if cohort.graduates_since and cohort.graduates_until and cohort.graduates_since > cohort.graduates_until:
        yield inside(campaign, "cohort"), "预计毕业日期的起止颠倒", "graduates since a day after the last"
    if cohort.last_check:
        yield from _last_check(campaign, draft)
    status = [draft.status_field.value.code] if draft.status_field else []
    yield from undeclared(inside(campaign, "fields"), plan.fields, [*codes_of(draft.fields), *status])
    if not plan.cohort.statuses:
        yield inside(campaign, "cohort"), "至少要有一种学籍状态", "must name an enrolment status"
    if draft.statuses:
        lists = draft.statuses.value
        known = (*lists.enrolled, *lists.retained, *lists.left)
        yield from undeclared(inside(campaign, "cohort"), plan.cohort.statuses, known)


def _colleges_close(campaign: Placed[CampaignPlan], draft: SchoolDraft) -> Iterator[Finding]:
    """The colleges' deadline is after the students'. It is required where colleges' silence counts."""
    plan, silence = campaign.value, draft.silence.value if draft.silence else None
    if plan.colleges_close is not None and plan.colleges_close < plan.closes:
        yield (
            inside(campaign, "colleges_close"),
            "学院的截止早于学生的截止",
            "the colleges' deadline comes before the students'",
        )
    elif silence and plan.kind in silence.deems_colleges and plan.colleges_close in (None, plan.closes):
        yield (
            inside(campaign, "kind"),
            "按 [silence]，学院没有签认的视为无异议，要写明晚于学生截止的学院截止"
            "（colleges_close，样板写 colleges_last）",
            "a college's silence counts in it by [silence], so that it needs a deadline for the colleges "
            "behind the students' (colleges_close, in a template colleges_last)",
        )


def _last_check(campaign: Placed[CampaignPlan], draft: SchoolDraft) -> Iterator[Finding]:
    """A cohort with ``last_check`` needs a final campaign that contains the final check's last day."""
    plan, place = campaign.value, inside(campaign, "cohort")
    if plan.kind != "final":
        yield place, "last_check 只用于毕业前最后一次自查（final）", "last_check is for a final campaign"
    announced = plan in [one.value for one in draft.campaigns]
    if announced and (plan.cohort.graduates_since or plan.cohort.graduates_until):
        yield place, "last_check 与预计毕业日期的起止只能写一种", "either last_check or days of graduation"
    if not draft.has_final_check:
        yield place, "policy.toml 没有 [final_check]", "policy.toml has no [final_check]"
    if draft.final_check is None:
        return
    last = graduates_of(plan.closes.year, draft.final_check.value.last_day)[0] - timedelta(days=1)
    if not plan.opens.date() <= last <= plan.closes.date():
        yield (
            place,
            f"活动期间不含最后一次自查的截止日 {last}",
            "the window does not hold the final check's last day",
        )


def check_overlaps(campaigns: Sequence[Placed[CampaignPlan]]) -> Iterator[Finding]:
    for n, later in enumerate(campaigns):
        for earlier in campaigns[:n]:
            one = earlier.value
            if overlap(one, later.value):
                yield later, f"与同类活动 {one.id} 的时间和范围重叠", f"overlaps {one.id} in time and cohort"


def overlap(one: CampaignPlan, other: CampaignPlan) -> bool:
    """True if two campaigns of one kind could include the same student at the same time."""
    return (
        one.kind == other.kind
        and one.opens <= other.closes
        and other.opens <= one.closes
        and meet(one.cohort, other.cohort)
        and _share(one.cohort.statuses, other.cohort.statuses)
        and _graduate_together(one, other)
    )


def _share(one: Collection[object], other: Collection[object]) -> bool:
    """True if two lists share an element. An empty list contains everything."""
    return not one or not other or not set(one).isdisjoint(other)


def _graduate_together(one: CampaignPlan, other: CampaignPlan) -> bool:
    return (one.cohort.graduates_since or date.min) <= (other.cohort.graduates_until or date.max) and (
        other.cohort.graduates_since or date.min
    ) <= (one.cohort.graduates_until or date.max)
