"""The review steps of a question's claims: which are one, until when, and which rules ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from config.policy.asked import PolicyContext
from config.policy.effects import AddStep
from config.policy.predicates import stretches_of, yearly_of
from config.policy.question import PolicyStep
from config.policy.school import Policy, Rule
from config.policy.windows import SECOND, months_after
from config.policy.words import Window


def steps_of_claims(
    asked: PolicyContext, policy: Policy, columns: Sequence[str], rules: Sequence[Sequence[Rule]]
) -> list[tuple[PolicyStep, ...]]:
    """The steps that the rules which hold for each claim ask for, in the order of the claims."""
    wanted = [_steps(asked, policy.windows, column, own) for column, own in zip(columns, rules, strict=True)]
    if not policy.repeats_steps:
        return [tuple([step for step, _ in steps]) for steps in wanted]
    return _named([_joined(steps, asked.terms.vocabulary) for steps in wanted])


StepFace = tuple[object, ...]


class _Wanted(NamedTuple):
    """A step that rules ask for. ``rule``: the first of them. ``once``: one of them says so."""

    step: PolicyStep
    rule: str
    once: bool


def _steps(
    asked: PolicyContext, windows: Mapping[str, Window], column: str, rules: Sequence[Rule]
) -> list[tuple[PolicyStep, Rule]]:
    """The steps of one claim, each with the rule that asks for it."""
    found = []
    columns = (column,)
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
            found.append((step, rule))
    return found


def _joined(steps: Sequence[tuple[PolicyStep, Rule]], vocabulary: int) -> list[_Wanted]:
    """The steps of one claim. Equal steps are one if a rule says ``once``, and always in vocabulary 1."""
    found = [
        _Wanted(step, rule.id, vocabulary == 1 or (isinstance(rule.effect, AddStep) and rule.effect.once))
        for step, rule in steps
    ]
    once = {one.step for one in found if one.once}
    if not once:
        return found
    first: dict[PolicyStep | _Wanted, _Wanted] = {}
    for one in found:
        alike = one.step in once
        first.setdefault(one.step if alike else one, one._replace(once=alike))
    return list(first.values())


def _named(claims: Sequence[list[_Wanted]]) -> list[tuple[PolicyStep, ...]]:
    """The steps of all claims. They bear their rules where equal steps of two rules are two.

    Equal steps of different claims are one if they are of one rule or if one of their rules says ``once``,
    unless a claim has two of them itself.
    """
    rules: dict[StepFace, set[str]] = {}
    apart: set[StepFace] = set()
    joined: set[StepFace] = set()
    for wanted in claims:
        seen: set[StepFace] = set()
        for one in wanted:
            face = face_of(one.step)
            rules.setdefault(face, set()).add(one.rule)
            if one.once:
                joined.add(face)
            if face in seen:
                apart.add(face)
            seen.add(face)
    two = {face for face, of in rules.items() if face in apart or (len(of) > 1 and face not in joined)}
    if not two:
        return [tuple([one.step for one in wanted]) for wanted in claims]
    return [
        tuple([one.step._replace(rule=one.rule if face_of(one.step) in two else "") for one in wanted])
        for wanted in claims
    ]


def face_of(step: PolicyStep) -> StepFace:
    """What makes steps equal: all of it but its claims."""
    return step[:2] + step[3:]


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
