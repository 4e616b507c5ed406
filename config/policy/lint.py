"""Consistency checks of a school's files: declared names, windows that can occur, complete texts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Generic, TypeVar

from config.calendar import Calendar, MonthDay, OwnDay, Registration, Year
from config.policy.asked import MOMENTS
from config.policy.effects import (
    SPEAKING,
    AddStep,
    Assign,
    Lift,
    Lock,
    Reconfirm,
    Require,
    Route,
    Warn,
)
from config.policy.facts import nameable
from config.policy.lines import Path as Where
from config.policy.predicates import (
    CorrectedTimes,
    EventReached,
    FinalCheckAhead,
    StudyYear,
    Turning,
    WithinWindows,
    Without,
    yearly_of,
)
from config.policy.school import Rule
from config.policy.templates import YEAR, named, plan_of
from config.policy.windows import graduates_of
from config.policy.words import (
    ACTIONS,
    CALENDAR_UNKNOWN,
    CAMPAIGN_KINDS,
    COLUMNS,
    DUTIES,
    EVERYDAY,
    PICTURES,
    REFUSAL_KINDS,
    STEP_KINDS,
    TOLD_BY,
    VOCABULARIES,
    VOID_BY,
    VOIDED_BY,
    CampaignPlan,
    FieldWords,
    FinalCheckDay,
    Intake,
    Periods,
    Refusal,
    Sending,
    Silence,
    Statuses,
    StudentAdvice,
    Template,
    Unsupported,
    Window,
    Words,
)

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Placed(Generic[T_co]):
    """A value and its place in the files."""

    file: str
    where: Where
    value: T_co


Written = Placed[Rule]
Finding = tuple[Placed[object], str, str]


@dataclass(frozen=True, slots=True)
class SchoolDraft:
    """A school's files as far as they were readable. Unreadable parts are empty texts and None."""

    slug: str
    title: str
    title_en: str
    offices: Sequence[Placed[Words]]
    fields: Sequence[Placed[FieldWords]]
    status_field: Placed[FieldWords] | None
    told: Sequence[Placed[StudentAdvice]]
    vocabulary: int
    valid_from: date
    default_office: Placed[str]
    statuses: Placed[Statuses] | None
    final_check: Placed[FinalCheckDay] | None
    silence: Placed[Silence] | None
    periods: Placed[Periods] | None
    intake: Placed[Intake] | None
    sending: Placed[Sending] | None
    codes: Sequence[Placed[Words]]
    causes: Sequence[Placed[Words]]
    evidence: Sequence[Placed[Words]]
    refusals: Sequence[Placed[Refusal]]
    variants: Sequence[Placed[Words]]
    windows: Sequence[Placed[Window]]
    rules: Sequence[Written]
    unsupported: Sequence[Placed[Unsupported]]
    campaigns: Sequence[Placed[CampaignPlan]]
    templates: Sequence[Placed[Template]]
    registrations: Sequence[Placed[Registration]]
    years: Sequence[Placed[Year]]
    days: Sequence[Placed[OwnDay]]


def lint(draft: SchoolDraft) -> Iterator[Finding]:
    """Every inconsistency, with its place and its Chinese and English text."""
    yield from _vocabulary(draft)
    yield from _lists(draft)
    yield from _fields(draft)
    yield from _numbers(draft)
    for window in draft.windows:
        yield from _window(window)
        if window.value.rolls and draft.vocabulary == 1:
            yield from _needs_2(_in(window, "rolls"), ["rolls"])
    for rule in draft.rules:
        yield from _rule(rule, draft)
    yield from _lifts(draft)
    for campaign in draft.campaigns:
        yield from _campaign(campaign, draft)
    yield from _overlaps(draft.campaigns)
    yield from _templates(draft)
    yield from _registrations(draft.registrations)
    yield from _holidays(draft)


def unsure(draft: SchoolDraft) -> Iterator[Finding]:
    """Warnings that are not faults: days in years whose holidays the calendar does not know."""
    yield from _unknown_years(draft)


def _vocabulary(draft: SchoolDraft) -> Iterator[Finding]:
    """The vocabulary is known, and no rule uses an action that its vocabulary does not have."""
    if draft.vocabulary not in VOCABULARIES:
        known = "、".join(map(str, VOCABULARIES))
        place = Placed("policy.toml", ("vocabulary",), draft.vocabulary)
        yield place, f"不认识的词汇版本 {draft.vocabulary}，可用的有 {known}", "unknown vocabulary"
    for rule in draft.rules if draft.vocabulary == 1 else ():
        for action in rule.value.actions:
            if action in ACTIONS and action not in EVERYDAY:
                yield from _needs_2(_in(rule, "actions"), [action])


# -- lists ----------------------------------------------------------------------------------------------


def _lists(draft: SchoolDraft) -> Iterator[Finding]:
    named = (draft.offices, draft.codes, draft.causes, draft.variants, draft.evidence, draft.refusals)
    for placed in (*named, draft.fields):
        yield from _twice([(one, one.value.code) for one in placed])
    yield from _twice([(one, one.value.id) for one in draft.windows])
    yield from _twice([(one, one.value.id) for one in draft.rules])
    yield from _twice([(one, one.value.id) for one in draft.campaigns])
    yield from _twice([(one, one.value.id) for one in draft.templates])
    yield from _undeclared(draft.default_office, [draft.default_office.value], _codes(draft.offices))
    for refusal in draft.refusals:
        yield from _undeclared(_in(refusal, "kind"), [refusal.value.kind], REFUSAL_KINDS)
    if draft.silence:
        yield from _undeclared(_in(draft.silence, "deems"), draft.silence.value.deems, CAMPAIGN_KINDS)
        yield from _undeclared(
            _in(draft.silence, "deems_colleges"), draft.silence.value.deems_colleges, CAMPAIGN_KINDS
        )
        yield from _undeclared(_in(draft.silence, "told_by"), draft.silence.value.told_by, TOLD_BY)
    if draft.statuses:
        lists = draft.statuses.value
        yield from _twice([(draft.statuses, one) for one in (*lists.enrolled, *lists.retained, *lists.left)])


def _sending(placed: Placed[Sending]) -> Iterator[Finding]:
    it = placed.value
    if not it.quiet_until <= it.remind_at < it.quiet_from:
        yield (
            _in(placed, "remind_at"),
            "应在早上静默结束之后、晚上静默开始之前",
            "must lie between the end of the quiet hours and their beginning",
        )
    if any(days < 0 for days in it.remind_days):
        yield _in(placed, "remind_days"), "不能小于 0", "must not be negative"


def _fields(draft: SchoolDraft) -> Iterator[Finding]:
    for field in (*draft.fields, *([draft.status_field] if draft.status_field else [])):
        yield from _undeclared(_in(field, "code"), [field.value.code], COLUMNS)
        yield from _undeclared(_in(field, "causes"), field.value.causes, _codes(draft.causes))
        if field.value.claimable != bool(field.value.causes):
            yield field, "可提出更正的项目要有原因，其他项目没有", "only a field with causes can be claimed"


def _numbers(draft: SchoolDraft) -> Iterator[Finding]:
    if draft.periods:
        periods = draft.periods.value
        for name in ("hold_minutes", "undo_minutes", "dispute_days", "supplement_working_days"):
            if getattr(periods, name) < 0:
                yield _in(draft.periods, name), "不能小于 0", "must not be negative"
    if draft.sending:
        yield from _sending(draft.sending)
    if draft.final_check and draft.final_check.value.grace_minutes < 0:
        yield _in(draft.final_check, "grace_minutes"), "不能小于 0", "must not be negative"
    if draft.intake:
        for name in ("max_bytes", "max_pixels"):
            if getattr(draft.intake.value, name) < 1:
                yield _in(draft.intake, name), "应大于 0", "must be positive"
        yield from _undeclared(_in(draft.intake, "kinds"), draft.intake.value.kinds, PICTURES)
        if not draft.intake.value.kinds:
            yield _in(draft.intake, "kinds"), "至少要有一种图片", "must name a kind of picture"


# -- rules ----------------------------------------------------------------------------------------------


def _rule(rule: Written, draft: SchoolDraft) -> Iterator[Finding]:
    effect, then = rule.value.effect, _in(rule, "then")
    yield from _undeclared(_in(rule, "actions"), rule.value.actions, ACTIONS)
    if isinstance(effect, (*SPEAKING, Warn)):
        yield from _undeclared(then, [effect.code], _codes(draft.codes))
    if isinstance(effect, SPEAKING) and not (rule.value.remedy and rule.value.remedy_en):
        yield rule, "不予接受的规则要说明怎么办（remedy、remedy_en）", "must say what to do instead"
    yield from _effect(rule, draft)
    yield from _times(rule, draft)
    for name in sorted(set(rule.value.facts) - nameable(rule.value)):
        yield rule, f"文字中的 {{{name}}} 在这条规则里没有内容", "names a fact that this rule does not have"


def _effect(rule: Written, draft: SchoolDraft) -> Iterator[Finding]:
    effect, then = rule.value.effect, _in(rule, "then")
    if isinstance(effect, AddStep):
        yield from _step(effect, then, draft)
    elif isinstance(effect, Assign):
        yield from _undeclared(then, [effect.assign], _codes(draft.offices))
    elif isinstance(effect, Route):
        yield from _undeclared(then, [effect.route], _codes(draft.offices))
    elif isinstance(effect, Require):
        yield from _undeclared(then, [effect.require, *effect.instead], _codes(draft.evidence))
        if effect.require in effect.instead:
            yield then, "替代材料与所需材料相同", "a paper stands in for itself"
    elif isinstance(effect, Lock):
        yield from _undeclared(then, effect.lock, COLUMNS)
    elif isinstance(effect, Reconfirm) and effect.reconfirm < 1:
        yield then, "天数应大于 0", "must be a number of days"


def _step(step: AddStep, then: Placed[Rule], draft: SchoolDraft) -> Iterator[Finding]:
    yield from _undeclared(then, [step.add_step], STEP_KINDS)
    yield from _undeclared(then, [step.office], _codes(draft.offices))
    yield from _undeclared(then, [step.duty], DUTIES)
    if step.working_days < 0:
        yield then, "工作日天数不能小于 0", "must not be negative"
    if step.days < 0 or step.months < 0:
        yield then, "天数、月数不能小于 0", "must not be negative"
    if sum(map(bool, (step.working_days, step.days, step.months, step.by))) > 1:
        yield then, "期限只能写一种：working_days、days、months 或 by", "has two deadlines"
    if step.rolls and not (step.days or step.months):
        yield then, "rolls 只与 days 或 months 一起写", "rolls needs days or months"
    yield from _undeclared(then, step.void_by, VOIDED_BY)
    if draft.vocabulary == 1 and (keys := _keys_since_2(step)):
        yield from _needs_2(then, keys)
    if step.working_days and CALENDAR_UNKNOWN not in _codes(draft.codes):
        yield (
            then,
            f"按工作日计算期限，要在 [[code]] 中列出 {CALENDAR_UNKNOWN}",
            f"counts working days without a [[code]] {CALENDAR_UNKNOWN}",
        )
    if step.by:
        found = [one.value for one in draft.windows if one.value.id == step.by]
        if not found:
            yield then, f"不认识时间段 {step.by}", "unknown window"
        elif found[0].closes is None and not yearly_of(found[0]):
            yield then, f"时间段 {step.by} 因人而异，不能作期限", "its window is not the same for everybody"


def _keys_since_2(step: AddStep) -> list[str]:
    """The keys of a step that vocabulary 1 does not have."""
    keys = ("once", "days", "months", "rolls")
    return [key for key in keys if getattr(step, key)] + (["void_by"] if step.void_by != VOID_BY else [])


def _needs_2(placed: Placed[object], keys: Iterable[str]) -> Iterator[Finding]:
    for key in keys:
        yield placed, f"{key} 要在文件开头写明 vocabulary = 2", f"{key} needs vocabulary = 2"


def _times(rule: Written, draft: SchoolDraft) -> Iterator[Finding]:
    """Check that the moments and numbers in a rule's ``when`` can occur."""
    when = _in(rule, "when")
    windows = [
        window for one in rule.value.during if isinstance(one, WithinWindows) for window in one.windows
    ]
    yield from _moments_had(when, _moments_named(rule.value, windows), draft)
    if any(min(one.years, default=1) < 1 for one in rule.value.during if isinstance(one, StudyYear)):
        yield when, "学年从 1 数起", "years of study begin with 1"
    if any(one.times < 1 for one in rule.value.of_claim if isinstance(one, CorrectedTimes)):
        yield when, "次数应大于 0", "must be a number of times"
    for one, other in combinations(windows, 2):
        if _meet(one, other):
            yield when, f"时间段 {one.id} 和 {other.id} 重叠", f"windows {one.id} and {other.id} overlap"


def _moments_named(rule: Rule, windows: Iterable[Window]) -> set[str]:
    """The moments on which a rule depends, directly or through its windows."""
    predicates = (*rule.of_question, *rule.of_claim, *rule.of_time)
    moments = {one.moment for one in predicates if isinstance(one, Turning | Without | EventReached)}
    moments |= {"final_check_over"} if any(isinstance(one, FinalCheckAhead) for one in predicates) else set()
    return moments | {name for window in windows for name in (window.after, window.until) if name}


def _moments_had(when: Placed[Rule], moments: Collection[str], draft: SchoolDraft) -> Iterator[Finding]:
    """The school must define the moments that depend on its settings."""
    if "final_check_over" in moments and draft.final_check is None:
        yield when, "用到最后一次自查，但缺少 [final_check]", "needs [final_check]"
    if "supplement_over" in moments and draft.periods and not draft.periods.value.supplement_working_days:
        yield (
            when,
            "用到补正期限，但 [periods] 没有 supplement_working_days",
            "needs supplement_working_days in [periods]",
        )


def _lifts(draft: SchoolDraft) -> Iterator[Finding]:
    """A lifted code must be given by some rule."""
    given = {rule.value.effect.code for rule in draft.rules if isinstance(rule.value.effect, SPEAKING)}
    for rule in draft.rules:
        if isinstance(rule.value.effect, Lift):
            for code in rule.value.effect.lift:
                if code not in given:
                    yield _in(rule, "then"), f"没有规则给出 {code}", f"no rule gives {code}"


# -- windows --------------------------------------------------------------------------------------------


def _window(placed: Placed[Window]) -> Iterator[Finding]:
    if _ways_written(placed.value) != 1:
        yield placed, "时间段应恰以一种方式写明", "must be written in exactly one of the four ways"
        return
    yield from _days_in_order(placed)
    if any(not 1 <= month <= 12 for month in placed.value.months):
        yield _in(placed, "months"), "月份应在 1 至 12 之间", "a month is 1 to 12"
    for key in ("after", "until"):
        yield from _undeclared(_in(placed, key), [getattr(placed.value, key) or ""], MOMENTS)
    yield from _length(placed)
    if placed.value.rolls and not placed.value.may_roll:
        yield _in(placed, "rolls"), "这个时间段没有可以顺延的截止日", "has no last day that could move"


def _ways_written(window: Window) -> int:
    """The number of notations a window uses: dates, days of every year, months, moments."""
    ways = (
        window.opens is not None or window.closes is not None,
        window.first is not None or window.last is not None or window.last_at is not None,
        bool(window.months),
        window.after is not None or window.until is not None,
    )
    return sum(ways)


def _days_in_order(placed: Placed[Window]) -> Iterator[Finding]:
    window = placed.value
    if window.opens is not None and window.closes is not None and window.opens > window.closes:
        yield _in(placed, "closes"), "截止早于开始", "closes before it opens"
    if (window.first is None) != (window.last is None) or (window.last_at and not window.last):
        yield placed, "first 和 last 都要写明", "needs both first and last"
    elif window.first is not None and window.last is not None and window.first > window.last:
        yield _in(placed, "last"), "截止早于开始；跨年的请写成两段", "closes before it opens"


def _length(placed: Placed[Window]) -> Iterator[Finding]:
    """A window may have one length, with exactly one moment to count from."""
    window = placed.value
    lengths = [length for length in (window.for_months, window.for_days) if length]
    if min(lengths, default=1) < 1:
        yield placed, "长度应大于 0", "must have a length"
    if len(lengths) > 1 or (lengths and (window.after is None) == (window.until is None)):
        yield placed, "长度只能写一种，且只配 after 或 until 之一", "has a length too many"


def _meet(one: Window, other: Window) -> bool:
    """True if two windows on fixed days share a second."""
    if (one.opens or one.closes) and (other.opens or other.closes):
        return not (
            (one.closes and other.opens and one.closes < other.opens)
            or (other.closes and one.opens and other.closes < one.opens)
        )
    return any(
        mine.first <= theirs.last and theirs.first <= mine.last
        for mine in yearly_of(one)
        for theirs in yearly_of(other)
    )


# -- campaigns and calendar -----------------------------------------------------------------------------


def _campaign(campaign: Placed[CampaignPlan], draft: SchoolDraft) -> Iterator[Finding]:
    yield from _plan(campaign, draft)
    years = [one.value.entry_year for one in draft.registrations]
    for year in campaign.value.cohort.entry_years if years else ():
        if year not in years:
            yield (
                _in(campaign, "cohort"),
                f"calendar.toml 中没有 {year} 年入学的注册日期",
                f"calendar.toml has no registration for entry year {year}",
            )


SOME_YEAR = 2026
MOST_YEARS = 20


def _templates(draft: SchoolDraft) -> Iterator[Finding]:
    """Each template is complete, and its campaigns do not conflict with each other or with announced ones."""
    last_day = draft.final_check.value.last_day if draft.final_check else None
    whole = []
    for template in draft.templates:
        said = template.value
        for key in ("title", "title_en"):
            if YEAR not in getattr(said, key):
                yield _in(template, key), "标题中要有 {year}", "the title must name the {year}"
        if said.last_at is not None and said.last is None:
            yield _in(template, "last_at"), "要与 last 一起写", "needs last beside it"
        if said.last is None and last_day is None:
            yield (
                template,
                "缺少 last，policy.toml 也没有 [final_check]",
                "last is missing, and policy.toml has no [final_check]",
            )
            continue
        if said.kind == "final" and said.last and last_day and said.last != last_day:
            yield (
                _in(template, "last"),
                f"与 [final_check] 的截止日 {last_day[0]:02}-{last_day[1]:02} 不一致；不写，即以它为准",
                "[final_check] says another last day",
            )
        if any(not 0 <= ago <= MOST_YEARS for ago in said.cohort.entered_years_ago):
            yield (
                Placed(template.file, (*template.where, "cohort", "entered_years_ago"), said),
                f"应在 0 至 {MOST_YEARS} 之间",
                f"years ago are 0 to {MOST_YEARS}",
            )
            continue
        yield from _plan(Placed(template.file, template.where, plan_of(said, SOME_YEAR, last_day)), draft)
        whole.append(template)
    yield from _templates_meet(whole, last_day)
    yield from _beside_announced(whole, draft.campaigns, last_day)


def _templates_meet(templates: Sequence[Placed[Template]], last_day: MonthDay | None) -> Iterator[Finding]:
    """Templates with a campaign that overlaps another's in the same, the previous or the next year."""
    for n, later in enumerate(templates):
        mine = plan_of(later.value, SOME_YEAR, last_day)
        for earlier in templates[:n]:
            theirs = (plan_of(earlier.value, SOME_YEAR + years, last_day) for years in (0, -1, 1))
            met = next((other for other in theirs if _overlap(other, mine)), None)
            if met is not None:
                yield later, f"与同类活动 {met.id} 的时间和范围重叠", f"overlaps {met.id} in time and cohort"


def _beside_announced(
    templates: Sequence[Placed[Template]],
    campaigns: Sequence[Placed[CampaignPlan]],
    last_day: MonthDay | None,
) -> Iterator[Finding]:
    """An announced campaign replaces the template's one of the same name and kind. It overlaps no other."""
    said = [template.value for template in templates]
    announced = {one.value.id for one in campaigns}
    for campaign in campaigns:
        plan = campaign.value
        namesake = named(said, plan.id)
        if namesake is not None and namesake[0].kind != plan.kind:
            yield (
                _in(campaign, "kind"),
                f"与同名样板的类别 {namesake[0].kind} 不一致",
                f"its template is of the kind {namesake[0].kind}",
            )
        years = range(plan.opens.year, plan.closes.year + 2)
        for made in (plan_of(one, year, last_day) for one in said for year in years):
            if made.id not in announced and _overlap(made, plan):
                yield (
                    campaign,
                    f"与样板的 {made.id} 时间和范围重叠；要代替它，请用它的名称",
                    f"overlaps {made.id} of a template in time and cohort; to replace it, take its name",
                )


def _plan(campaign: Placed[CampaignPlan], draft: SchoolDraft) -> Iterator[Finding]:
    plan = campaign.value
    yield from _undeclared(_in(campaign, "kind"), [plan.kind], CAMPAIGN_KINDS)
    if plan.opens > plan.closes:
        yield _in(campaign, "closes"), "截止早于开始", "closes before it opens"
    yield from _colleges_close(campaign, draft)
    for day in plan.bulletins:
        if not plan.opens.date() <= day <= plan.closes.date():
            yield (
                _in(campaign, "bulletins"),
                f"通报日 {day} 不在活动期间",
                "a bulletin falls outside the window",
            )
    cohort = plan.cohort
    if cohort.graduates_since and cohort.graduates_until and cohort.graduates_since > cohort.graduates_until:
        yield _in(campaign, "cohort"), "预计毕业日期的起止颠倒", "graduates since a day after the last"
    if cohort.last_check:
        yield from _last_check(campaign, draft)
    status = [draft.status_field.value.code] if draft.status_field else []
    yield from _undeclared(_in(campaign, "fields"), plan.fields, [*_codes(draft.fields), *status])
    if not plan.cohort.statuses:
        yield _in(campaign, "cohort"), "至少要有一种学籍状态", "must name an enrolment status"
    if draft.statuses:
        lists = draft.statuses.value
        known = (*lists.enrolled, *lists.retained, *lists.left)
        yield from _undeclared(_in(campaign, "cohort"), plan.cohort.statuses, known)


def _colleges_close(campaign: Placed[CampaignPlan], draft: SchoolDraft) -> Iterator[Finding]:
    """The colleges' deadline is after the students'. It is required where colleges' silence counts."""
    plan, silence = campaign.value, draft.silence.value if draft.silence else None
    if plan.colleges_close is not None and plan.colleges_close < plan.closes:
        yield (
            _in(campaign, "colleges_close"),
            "学院的截止早于学生的截止",
            "the colleges' deadline comes before the students'",
        )
    elif silence and plan.kind in silence.deems_colleges and plan.colleges_close in (None, plan.closes):
        yield (
            _in(campaign, "kind"),
            "按 [silence]，学院没有签认的视为无异议，要写明晚于学生截止的学院截止"
            "（colleges_close，样板写 colleges_last）",
            "a college's silence counts in it by [silence], so that it needs a deadline for the colleges "
            "behind the students' (colleges_close, in a template colleges_last)",
        )


def _last_check(campaign: Placed[CampaignPlan], draft: SchoolDraft) -> Iterator[Finding]:
    """A cohort with ``last_check`` needs a final campaign that contains the final check's last day."""
    plan, place = campaign.value, _in(campaign, "cohort")
    if plan.kind != "final":
        yield place, "last_check 只用于毕业前最后一次自查（final）", "last_check is for a final campaign"
    announced = plan in [one.value for one in draft.campaigns]
    if announced and (plan.cohort.graduates_since or plan.cohort.graduates_until):
        yield place, "last_check 与预计毕业日期的起止只能写一种", "either last_check or days of graduation"
    if draft.final_check is None:
        yield place, "policy.toml 没有 [final_check]", "policy.toml has no [final_check]"
        return
    last = graduates_of(plan.closes.year, draft.final_check.value.last_day)[0] - timedelta(days=1)
    if not plan.opens.date() <= last <= plan.closes.date():
        yield (
            place,
            f"活动期间不含最后一次自查的截止日 {last}",
            "the window does not hold the final check's last day",
        )


def _overlaps(campaigns: Sequence[Placed[CampaignPlan]]) -> Iterator[Finding]:
    for n, later in enumerate(campaigns):
        for earlier in campaigns[:n]:
            one = earlier.value
            if _overlap(one, later.value):
                yield later, f"与同类活动 {one.id} 的时间和范围重叠", f"overlaps {one.id} in time and cohort"


def _overlap(one: CampaignPlan, other: CampaignPlan) -> bool:
    """True if two campaigns of one kind could include the same student at the same time."""
    return (
        one.kind == other.kind
        and one.opens <= other.closes
        and other.opens <= one.closes
        and _share(one.cohort.entry_years, other.cohort.entry_years)
        and _share(one.cohort.levels, other.cohort.levels)
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


def _registrations(registrations: Sequence[Placed[Registration]]) -> Iterator[Finding]:
    yield from _twice([(one, str(one.value.entry_year)) for one in registrations])
    for one in registrations:
        if one.value.registered_on.year not in (one.value.entry_year, one.value.entry_year + 1):
            yield (
                _in(one, "registered_on"),
                f"{one.value.entry_year} 年入学的注册日期应在当年或次年",
                "must lie in the entry year or the next",
            )


def _holidays(draft: SchoolDraft) -> Iterator[Finding]:
    """A day off is a weekday, a make-up day is at a weekend, and each day is listed once."""
    for year in draft.years:
        table = year.value
        for key, weekend in (("off", False), ("work", True)):
            for month, day in getattr(table, key):
                if (date(table.year, month, day).weekday() > 4) != weekend:
                    kind = "星期六、星期日" if weekend else "星期一至星期五"
                    yield _in(year, key), f"{month:02}-{day:02} 不是{kind}", "is not such a day of the week"
    for file in dict.fromkeys(year.file for year in draft.years):
        yield from _twice([(one, str(one.value.year)) for one in draft.years if one.file == file])
    yield from _twice([(one, one.value.day.isoformat()) for one in draft.days])
    known = {one.value.year for one in draft.years}
    for own in draft.days:
        if own.value.day.year not in known:
            yield (
                _in(own, "day"),
                f"{own.value.day.year} 年没有节假日表（[[year]]），单独一天无从说起",
                "belongs to a year without a table of holidays",
            )


def _unknown_years(draft: SchoolDraft) -> Iterator[Finding]:
    """Campaigns and windows in years whose holidays are not entered."""
    calendar = Calendar(years=tuple(one.value for one in draft.years))
    for campaign in draft.campaigns:
        yield from _unknown_among(_in(campaign, "closes"), campaign.value.years, calendar)
    for window in draft.windows:
        ends = (window.value.opens, window.value.closes)
        yield from _unknown_among(
            _in(window, "closes"), {end.year for end in ends if end is not None}, calendar
        )


def _unknown_among(placed: Placed[object], years: Iterable[int], calendar: Calendar) -> Iterator[Finding]:
    for year in sorted(years):
        if not calendar.knows(year):
            yield (
                placed,
                f"日历里没有 {year} 年的节假日，请在 calendar.toml 写明 [[year]]",
                f"the calendar does not know the holidays of {year}",
            )


# -- helpers --------------------------------------------------------------------------------------------


def _in(placed: Placed[T_co], key: str) -> Placed[T_co]:
    return Placed(placed.file, (*placed.where, key), placed.value)


def _codes(words: Iterable[Placed[Words]] | Iterable[Placed[FieldWords]]) -> list[str]:
    return [one.value.code for one in words]


def _undeclared(placed: Placed[object], names: Iterable[str], known: Collection[str]) -> Iterator[Finding]:
    """Names that are not in ``known``. An empty list counts as unreadable, which is reported separately."""
    for name in names:
        if name and known and name not in known:
            yield placed, f"不认识 {name}，可用的有 {'、'.join(known)}", "unknown"


def _twice(named: Iterable[tuple[Placed[object], str]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for placed, name in named:
        if name and name in seen:
            yield placed, f"{name} 出现了两次", "named twice"
        seen.add(name)
