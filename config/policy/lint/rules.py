"""Check each rule: its words are known, its effect is complete, its moments and numbers can occur."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from config.policy.effects import SPEAKING, AddStep, Assign, Lift, Lock, Reconfirm, Require, Route, Warn
from config.policy.facts import nameable
from config.policy.lint.draft import Finding, Placed, SchoolDraft, Written, codes_of, inside, undeclared
from config.policy.lint.windows import moments_had, windows_meet
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
from config.policy.words import (
    ACTIONS,
    CALENDAR_UNKNOWN,
    COLLEGE,
    COLLEGE_DUTIES,
    COLUMNS,
    DECIDED_STEPS,
    OFFICE_DUTIES,
    STEP_KINDS,
    VOIDED_BY,
)


def check_rule(rule: Written, draft: SchoolDraft) -> Iterator[Finding]:
    effect, then = rule.value.effect, inside(rule, "then")
    yield from undeclared(inside(rule, "actions"), rule.value.actions, ACTIONS)
    if isinstance(effect, (*SPEAKING, Warn)):
        yield from undeclared(then, [effect.code], codes_of(draft.codes))
    if isinstance(effect, SPEAKING) and not (rule.value.remedy and rule.value.remedy_en):
        yield rule, "不予接受的规则要说明怎么办（remedy、remedy_en）", "must say what to do instead"
    yield from _effect(rule, draft)
    yield from _times(rule, draft)
    for name in sorted(set(rule.value.facts) - nameable(rule.value)):
        yield rule, f"文字中的 {{{name}}} 在这条规则里没有内容", "names a fact that this rule does not have"


def _effect(rule: Written, draft: SchoolDraft) -> Iterator[Finding]:
    effect, then = rule.value.effect, inside(rule, "then")
    if isinstance(effect, AddStep):
        yield from _step(effect, then, draft)
    elif isinstance(effect, Assign):
        yield from undeclared(then, [effect.assign], codes_of(draft.offices))
        if effect.assign == COLLEGE:
            yield then, "学院不认定更正事项，请写承办的部门", "a college settles no claim"
    elif isinstance(effect, Route):
        yield from undeclared(then, [effect.route], codes_of(draft.offices))
    elif isinstance(effect, Require):
        yield from undeclared(then, [effect.require, *effect.instead], codes_of(draft.evidence))
        if effect.require in effect.instead:
            yield then, "替代材料与所需材料相同", "a paper stands in for itself"
    elif isinstance(effect, Lock):
        yield from undeclared(then, effect.lock, COLUMNS)
    elif isinstance(effect, Reconfirm) and effect.reconfirm < 1:
        yield then, "天数应大于 0", "must be a number of days"


def _step(step: AddStep, then: Placed[Rule], draft: SchoolDraft) -> Iterator[Finding]:
    yield from undeclared(then, [step.add_step], STEP_KINDS)
    yield from undeclared(then, [step.office], codes_of(draft.offices))
    able = COLLEGE_DUTIES if step.office == COLLEGE and step.add_step in DECIDED_STEPS else OFFICE_DUTIES
    if step.duty and step.duty not in able:
        zh = f"办这个环节的人没有 {step.duty} 这个职责，可用的有 {'、'.join(able)}"
        yield then, zh, f"who takes this step is one of {', '.join(able)}"
    if step.working_days < 0:
        yield then, "工作日天数不能小于 0", "must not be negative"
    if step.days < 0 or step.months < 0:
        yield then, "天数、月数不能小于 0", "must not be negative"
    if sum(map(bool, (step.working_days, step.days, step.months, step.by))) > 1:
        yield then, "期限只能写一种：working_days、days、months 或 by", "has two deadlines"
    if step.rolls and not (step.days or step.months):
        yield then, "rolls 只与 days 或 months 一起写", "rolls needs days or months"
    yield from undeclared(then, step.void_by, VOIDED_BY)
    if step.working_days and CALENDAR_UNKNOWN not in codes_of(draft.codes):
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


def _times(rule: Written, draft: SchoolDraft) -> Iterator[Finding]:
    """Check that the moments and numbers in a rule's ``when`` can occur."""
    when = inside(rule, "when")
    windows = [
        window for one in rule.value.during if isinstance(one, WithinWindows) for window in one.windows
    ]
    yield from moments_had(when, _moments_named(rule.value), draft)
    if any(min(one.years, default=1) < 1 for one in rule.value.during if isinstance(one, StudyYear)):
        yield when, "学年从 1 数起", "years of study begin with 1"
    if any(one.times < 1 for one in rule.value.of_claim if isinstance(one, CorrectedTimes)):
        yield when, "次数应大于 0", "must be a number of times"
    for one, other in combinations(windows, 2):
        if windows_meet(one, other):
            yield when, f"时间段 {one.id} 和 {other.id} 重叠", f"windows {one.id} and {other.id} overlap"


def _moments_named(rule: Rule) -> set[str]:
    """The moments on which a rule itself depends. Its windows are checked where they stand."""
    predicates = (*rule.of_question, *rule.of_claim, *rule.of_time)
    moments = {one.moment for one in predicates if isinstance(one, Turning | Without | EventReached)}
    return moments | {"final_check_over" for one in predicates if isinstance(one, FinalCheckAhead)}


def check_lifts(draft: SchoolDraft) -> Iterator[Finding]:
    """A lifted code must be given by some rule."""
    given = {rule.value.effect.code for rule in draft.rules if isinstance(rule.value.effect, SPEAKING)}
    for rule in draft.rules:
        if isinstance(rule.value.effect, Lift):
            for code in rule.value.effect.lift:
                if code not in given:
                    yield inside(rule, "then"), f"没有规则给出 {code}", f"no rule gives {code}"
