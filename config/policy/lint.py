"""What a school's files say must fit together: declared names, windows that can be met, words that fill."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from config.calendar import Registration
from config.policy.facts import nameable
from config.policy.lines import Path as Where
from config.policy.words import (
    ACTIONS,
    CAMPAIGN_KINDS,
    COLUMNS,
    PICTURES,
    REFUSAL_KINDS,
    STEP_KINDS,
    AddStep,
    CampaignPlan,
    Defer,
    FieldWords,
    FinalCheckDay,
    Intake,
    Periods,
    Refusal,
    Refuse,
    Require,
    Route,
    Rule,
    Silence,
    Statuses,
    Told,
    Unsupported,
    Words,
)

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Placed(Generic[T_co]):
    """A value and where it is written."""

    file: str
    where: Where
    value: T_co


Written = Placed[Rule]
Finding = tuple[Placed[object], str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A school's files as far as they could be read; empty texts and None stand for what could not."""

    slug: str
    title: str
    title_en: str
    offices: Sequence[Placed[Words]]
    fields: Sequence[Placed[FieldWords]]
    status_field: Placed[FieldWords] | None
    told: Sequence[Placed[Told]]
    valid_from: date
    default_office: Placed[str]
    statuses: Placed[Statuses] | None
    final_check: Placed[FinalCheckDay] | None
    silence: Placed[Silence] | None
    periods: Placed[Periods] | None
    intake: Placed[Intake] | None
    codes: Sequence[Placed[Words]]
    causes: Sequence[Placed[Words]]
    evidence: Sequence[Placed[Words]]
    refusals: Sequence[Placed[Refusal]]
    rules: Sequence[Written]
    unsupported: Sequence[Placed[Unsupported]]
    campaigns: Sequence[Placed[CampaignPlan]]
    registrations: Sequence[Placed[Registration]]


def lint(draft: Draft) -> Iterator[Finding]:
    """Everything that does not fit together, with its place and its Chinese and English words."""
    yield from _lists(draft)
    yield from _fields(draft)
    yield from _numbers(draft)
    for rule in draft.rules:
        yield from _rule(rule, draft)
    for campaign in draft.campaigns:
        yield from _campaign(campaign, draft)
    yield from _overlaps(draft.campaigns)
    yield from _calendar(draft.registrations)


# -- lists ----------------------------------------------------------------------------------------------


def _lists(draft: Draft) -> Iterator[Finding]:
    for placed in (draft.offices, draft.codes, draft.causes, draft.evidence, draft.refusals, draft.fields):
        yield from _twice([(one, one.value.code) for one in placed])
    yield from _twice([(one, one.value.id) for one in draft.rules])
    yield from _twice([(one, one.value.id) for one in draft.campaigns])
    yield from _undeclared(draft.default_office, [draft.default_office.value], _codes(draft.offices))
    for refusal in draft.refusals:
        yield from _undeclared(_in(refusal, "kind"), [refusal.value.kind], REFUSAL_KINDS)
    if draft.silence:
        yield from _undeclared(_in(draft.silence, "deems"), draft.silence.value.deems, CAMPAIGN_KINDS)
    if draft.statuses:
        lists = draft.statuses.value
        yield from _twice([(draft.statuses, one) for one in (*lists.enrolled, *lists.retained, *lists.left)])


def _fields(draft: Draft) -> Iterator[Finding]:
    for field in (*draft.fields, *([draft.status_field] if draft.status_field else [])):
        yield from _undeclared(_in(field, "code"), [field.value.code], COLUMNS)
        yield from _undeclared(_in(field, "causes"), field.value.causes, _codes(draft.causes))
        if field.value.claimable != bool(field.value.causes):
            yield field, "可提出更正的项目要有原因，其他项目没有", "only a field with causes can be claimed"


def _numbers(draft: Draft) -> Iterator[Finding]:
    if draft.periods:
        periods = draft.periods.value
        for name in ("hold_minutes", "undo_minutes", "dispute_days"):
            if getattr(periods, name) < 0:
                yield _in(draft.periods, name), "不能小于 0", "must not be negative"
    if draft.intake:
        for name in ("max_bytes", "max_pixels"):
            if getattr(draft.intake.value, name) < 1:
                yield _in(draft.intake, name), "应大于 0", "must be positive"
        yield from _undeclared(_in(draft.intake, "kinds"), draft.intake.value.kinds, PICTURES)
        if not draft.intake.value.kinds:
            yield _in(draft.intake, "kinds"), "至少要有一种图片", "must name a kind of picture"


# -- rules ----------------------------------------------------------------------------------------------


def _rule(rule: Written, draft: Draft) -> Iterator[Finding]:
    effect, then = rule.value.effect, _in(rule, "then")
    yield from _undeclared(_in(rule, "actions"), rule.value.actions, ACTIONS)
    if isinstance(effect, AddStep):
        yield from _undeclared(then, [effect.add_step], STEP_KINDS)
        yield from _undeclared(then, [effect.office], _codes(draft.offices))
    else:
        yield from _undeclared(then, [effect.code], _codes(draft.codes))
    if isinstance(effect, Route):
        yield from _undeclared(then, [effect.route], _codes(draft.offices))
    if isinstance(effect, Require):
        yield from _undeclared(then, [effect.require, *effect.instead], _codes(draft.evidence))
        if effect.require in effect.instead:
            yield then, "替代材料与所需材料相同", "a paper stands in for itself"
    if isinstance(effect, Refuse | Route | Defer | Require) and not (
        rule.value.remedy and rule.value.remedy_en
    ):
        yield rule, "不予接受的规则要说明怎么办（remedy、remedy_en）", "must say what to do instead"
    if not isinstance(effect, AddStep) and not _narrows(rule.value):
        yield rule, "没有条件：对所有人都成立", "has no condition: it would hold for everybody"
    for name in sorted(set(rule.value.facts) - nameable(rule.value.per_claim, effect)):
        yield rule, f"文字中的 {{{name}}} 在这条规则里没有内容", "names a fact that this rule does not have"


def _narrows(rule: Rule) -> bool:
    return bool(rule.of_question or rule.of_claim or rule.of_time)


# -- campaigns and calendar -----------------------------------------------------------------------------


def _campaign(campaign: Placed[CampaignPlan], draft: Draft) -> Iterator[Finding]:
    plan = campaign.value
    yield from _undeclared(_in(campaign, "kind"), [plan.kind], CAMPAIGN_KINDS)
    if plan.opens > plan.closes:
        yield _in(campaign, "closes"), "截止早于开始", "closes before it opens"
    for day in plan.bulletins:
        if not plan.opens.date() <= day <= plan.closes.date():
            yield (
                _in(campaign, "bulletins"),
                f"通报日 {day} 不在活动期间",
                "a bulletin falls outside the window",
            )
    status = [draft.status_field.value.code] if draft.status_field else []
    yield from _undeclared(_in(campaign, "fields"), plan.fields, [*_codes(draft.fields), *status])
    if not plan.cohort.statuses:
        yield _in(campaign, "cohort"), "至少要有一种学籍状态", "must name an enrolment status"
    if draft.statuses:
        lists = draft.statuses.value
        known = (*lists.enrolled, *lists.retained, *lists.left)
        yield from _undeclared(_in(campaign, "cohort"), plan.cohort.statuses, known)
    years = [one.value.entry_year for one in draft.registrations]
    for year in plan.cohort.entry_years if years else ():
        if year not in years:
            yield (
                _in(campaign, "cohort"),
                f"calendar.toml 中没有 {year} 年入学的注册日期",
                f"calendar.toml has no registration for entry year {year}",
            )


def _overlaps(campaigns: Sequence[Placed[CampaignPlan]]) -> Iterator[Finding]:
    for n, later in enumerate(campaigns):
        for earlier in campaigns[:n]:
            one, other = earlier.value, later.value
            if (
                one.kind == other.kind
                and one.opens <= other.closes
                and other.opens <= one.closes
                and _share(one.cohort.entry_years, other.cohort.entry_years)
                and _share(one.cohort.levels, other.cohort.levels)
                and _share(one.cohort.statuses, other.cohort.statuses)
            ):
                yield later, f"与同类活动 {one.id} 的时间和范围重叠", f"overlaps {one.id} in time and cohort"


def _share(one: Collection[object], other: Collection[object]) -> bool:
    """Whether two lists name something in common; an empty list names everything."""
    return not one or not other or not set(one).isdisjoint(other)


def _calendar(registrations: Sequence[Placed[Registration]]) -> Iterator[Finding]:
    yield from _twice([(one, str(one.value.entry_year)) for one in registrations])
    for one in registrations:
        if one.value.registered_on.year not in (one.value.entry_year, one.value.entry_year + 1):
            yield (
                _in(one, "registered_on"),
                f"{one.value.entry_year} 年入学的注册日期应在当年或次年",
                "must lie in the entry year or the next",
            )


# -- small helps ----------------------------------------------------------------------------------------


def _in(placed: Placed[T_co], key: str) -> Placed[T_co]:
    return Placed(placed.file, (*placed.where, key), placed.value)


def _codes(words: Iterable[Placed[Words]] | Iterable[Placed[FieldWords]]) -> list[str]:
    return [one.value.code for one in words]


def _undeclared(placed: Placed[object], names: Iterable[str], known: Collection[str]) -> Iterator[Finding]:
    """Names that no list declares. A list that could not be read is its own fault and declares everything."""
    for name in names:
        if name and known and name not in known:
            yield placed, f"不认识 {name}，可用的有 {'、'.join(known)}", "unknown"


def _twice(named: Iterable[tuple[Placed[object], str]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for placed, name in named:
        if name and name in seen:
            yield placed, f"{name} 出现了两次", "named twice"
        seen.add(name)
