"""The review steps of a question's claims: which are one, until when, and which rules ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from config.calendar import start_of
from config.policy.asked import PolicyContext
from config.policy.effects import AddStep
from config.policy.predicates import stretches_of, yearly_of
from config.policy.question import PolicyQuestion, PolicyStep, Student
from config.policy.school import Policy, Rule, School
from config.policy.windows import SECOND, months_after
from config.policy.words import AFTER_DECISION, Window


def steps_of_claims(
    asked: PolicyContext, policy: Policy, columns: Sequence[str], rules: Sequence[Sequence[Rule]]
) -> list[tuple[PolicyStep, ...]]:
    """The steps that the rules which hold for each claim ask for, in the order of the claims."""
    wanted = [_steps(asked, policy.windows, column, own) for column, own in zip(columns, rules, strict=True)]
    if not policy.repeats_steps:
        return [
            tuple([step._replace(rule=rule.id) if bears else step for step, rule, bears in steps])
            for steps in wanted
        ]
    return _named([_joined(steps, asked.terms.vocabulary) for steps in wanted])


StepFace = tuple[object, ...]


class _Wanted(NamedTuple):
    """A step that rules ask for. ``rule``: the first of them. ``once``: one of them says so.

    ``bears``: the step keeps its rule, because what the rule says is needed once more after the filing.
    """

    step: PolicyStep
    rule: str
    once: bool
    bears: bool = False


def _steps(
    asked: PolicyContext, windows: Mapping[str, Window], column: str, rules: Sequence[Rule]
) -> list[tuple[PolicyStep, Rule, bool]]:
    """The steps of one claim, each with the rule that asks for it, and whether it bears that rule."""
    found = []
    columns, first = (column,), asked.terms.vocabulary == 1
    for rule in rules:
        if isinstance(effect := rule.effect, AddStep):
            due = _due(asked, windows, effect) if effect.is_timed else None
            step = PolicyStep(
                effect.add_step,
                effect.office,
                columns,
                due,
                effect.duty,
                effect.four_eyes,
                "",
                effect.void_by,
            )
            found.append((step, rule, not first and _is_needed(rule, effect)))
    return found


def _joined(steps: Sequence[tuple[PolicyStep, Rule, bool]], vocabulary: int) -> list[_Wanted]:
    """The steps of one claim. Equal steps are one if a rule says ``once``, and always in vocabulary 1."""
    found = []
    for step, rule, bears in steps:
        says = isinstance(rule.effect, AddStep) and rule.effect.once
        found.append(_Wanted(step, rule.id, says or vocabulary == 1, bears))
    once = {one.step for one in found if one.once}
    if not once:
        return found
    first: dict[PolicyStep | _Wanted, _Wanted] = {}
    for one in found:
        alike = one.step in once
        key = one.step if alike else one
        kept = first.setdefault(key, one._replace(once=alike))
        if one.bears and not kept.bears:
            first[key] = kept._replace(rule=one.rule, bears=True)
    return list(first.values())


def _is_needed(rule: Rule, effect: AddStep) -> bool:
    """Whether a step is told from others after a decision, or its time is not in working days."""
    return bool(effect.days or effect.months or effect.by) or not set(AFTER_DECISION).isdisjoint(rule.actions)


def _named(claims: Sequence[list[_Wanted]]) -> list[tuple[PolicyStep, ...]]:
    """The steps of all claims. They bear their rules where equal steps of two rules are two, or it is needed.

    Equal steps of different claims are one if they are of one rule or if one of their rules says ``once``,
    unless a claim has two of them itself.
    """
    rules: dict[StepFace, set[str]] = {}
    apart: set[StepFace] = set()
    joined: set[StepFace] = set()
    needed: dict[StepFace, str] = {}
    for wanted in claims:
        seen: set[StepFace] = set()
        for one in wanted:
            face = face_of(one.step)
            rules.setdefault(face, set()).add(one.rule)
            if one.once:
                joined.add(face)
            if one.bears:
                needed.setdefault(face, one.rule)
            if face in seen:
                apart.add(face)
            seen.add(face)
    two = {face for face, of in rules.items() if face in apart or (len(of) > 1 and face not in joined)}
    if not two and not needed:
        return [tuple([one.step for one in wanted]) for wanted in claims]

    def named(one: _Wanted) -> PolicyStep:
        face = face_of(one.step)
        return one.step._replace(rule=one.rule if face in two else needed.get(face, ""))

    return [tuple([named(one) for one in wanted]) for wanted in claims]


def face_of(step: PolicyStep) -> StepFace:
    """What makes steps equal: all of it but its claims."""
    return step[:2] + step[3:]


def due_anew(school: School, rule: str, begins: date) -> date | None:
    """The due date of the step that a rule asks for, if its time begins on that day. None if it has none."""
    effects = [one.effect for one in school.policy.rules if one.id == rule]
    for effect in effects:
        if isinstance(effect, AddStep) and effect.is_timed:
            asked = PolicyContext(PolicyQuestion(start_of(begins), "raise", Student()), school.terms)
            return _due(asked, school.policy.windows, effect)
    return None


def _due(asked: PolicyContext, windows: Mapping[str, Window], effect: AddStep) -> date | None:
    """The due date of a step with a deadline if filed now."""
    filed = asked.at.date()
    if effect.by:
        return _end_of_window(asked, windows[effect.by])
    if effect.working_days:
        return asked.working_days_after(filed, effect.working_days)
    due = months_after(filed, effect.months) + timedelta(days=effect.days)
    return asked.rolled(due) if effect.rolls else due


def _end_of_window(asked: PolicyContext, window: Window) -> date:
    """The last day of a window. For a yearly window, the first end that is not over."""
    at = asked.at
    if window.closes is not None:
        ends = [over for _, over in stretches_of(window, asked) if over is not None]
        return (ends[0] - SECOND).date()
    ends = [one.of(at.year + more)[1] for one in yearly_of(window, asked) for more in (-1, 0, 1)]
    return (min(over for over in ends if over > at) - SECOND).date()
