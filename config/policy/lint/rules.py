"""Check each rule: its words are known, its effect is complete, its moments and numbers can occur."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import combinations

from config.policy.effects import SPEAKING, AddStep, Assign, Lift, Lock, Reconfirm, Require, Route, Warn
from config.policy.facts import nameable
from config.policy.lint.draft import Finding, Placed, SchoolDraft, Written, codes_of, inside, undeclared
from config.policy.lint.windows import windows_meet
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
    COLUMNS,
    DUTIES,
    EVERYDAY,
    STEP_KINDS,
    VOCABULARIES,
    VOID_BY,
    VOIDED_BY,
    Window,
)


def check_vocabulary(draft: SchoolDraft) -> Iterator[Finding]:
    """The vocabulary is known, and no rule or window uses a word that its vocabulary does not have."""
    if draft.vocabulary not in VOCABULARIES:
        known = "、".join(map(str, VOCABULARIES))
        place = Placed("policy.toml", ("vocabulary",), draft.vocabulary)
        yield place, f"不认识的词汇版本 {draft.vocabulary}，可用的有 {known}", "unknown vocabulary"
    for said, word in _words_since_2(draft) if draft.vocabulary == 1 else ():
        yield said, f"{word} 要在文件开头写明 vocabulary = 2", f"{word} needs vocabulary = 2"


def _words_since_2(draft: SchoolDraft) -> Iterator[tuple[Placed[object], str]]:
    """The words in the text that the first vocabulary does not have."""
    for rule in draft.rules:
        for action in rule.value.actions:
            if action in ACTIONS and action not in EVERYDAY:
                yield inside(rule, "actions"), action
        if isinstance(step := rule.value.effect, AddStep):
            said = {key: getattr(step, key) for key in ("once", "days", "months", "rolls")}
            for key, value in {**said, "void_by": step.void_by != VOID_BY}.items():
                if value:
                    yield inside(rule, "then"), key
    for window in draft.windows:
        if window.value.rolls:
            yield inside(window, "rolls"), "rolls"


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
    yield from undeclared(then, [step.duty], DUTIES)
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
    yield from _moments_had(when, _moments_named(rule.value, windows), draft)
    if any(min(one.years, default=1) < 1 for one in rule.value.during if isinstance(one, StudyYear)):
        yield when, "学年从 1 数起", "years of study begin with 1"
    if any(one.times < 1 for one in rule.value.of_claim if isinstance(one, CorrectedTimes)):
        yield when, "次数应大于 0", "must be a number of times"
    for one, other in combinations(windows, 2):
        if windows_meet(one, other):
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


def check_lifts(draft: SchoolDraft) -> Iterator[Finding]:
    """A lifted code must be given by some rule."""
    given = {rule.value.effect.code for rule in draft.rules if isinstance(rule.value.effect, SPEAKING)}
    for rule in draft.rules:
        if isinstance(rule.value.effect, Lift):
            for code in rule.value.effect.lift:
                if code not in given:
                    yield inside(rule, "then"), f"没有规则给出 {code}", f"no rule gives {code}"
