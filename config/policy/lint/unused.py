"""Warn of what a school's lists name and nothing uses: codes, causes, circumstances, offices, windows.

Papers and grounds of refusal are for people to choose, whether or not a rule names them.
"""

from __future__ import annotations

from collections.abc import Iterator

from config.policy.effects import SPEAKING, AddStep, Assign, Route, Warn
from config.policy.lint.draft import Finding, Placed, SchoolDraft
from config.policy.predicates import CauseIn, VariantIn, WithinWindows
from config.policy.school import Rule
from config.policy.words import CALENDAR_UNKNOWN, COLLEGE


def unused(draft: SchoolDraft) -> Iterator[Finding]:
    """Every entry of a list that no rule, and nothing else in the school's files, names.

    The colleges' officers have work to do whatever the rules say.
    """
    rules = [one.value for one in draft.rules]
    for code in draft.codes:
        if code.value.code not in {CALENDAR_UNKNOWN, *_codes(rules)}:
            yield _idle(code, code.value.code, "没有规则给出", "no rule gives it")
    fields = {cause for one in draft.fields for cause in one.value.causes}
    for cause in draft.causes:
        if cause.value.code not in {*fields, *_causes(rules)}:
            yield _idle(cause, cause.value.code, "没有项目或规则写到", "no field and no rule names it")
    for variant in draft.variants:
        if variant.value.code not in set(_variants(rules)):
            yield _idle(variant, variant.value.code, "没有规则用到这种情形", "no rule names it")
    for office in draft.offices:
        if office.value.code not in {COLLEGE, draft.default_office.value, *_offices(rules)}:
            yield _idle(office, office.value.code, "没有规则交给这个部门", "no rule names it")
    for window in draft.windows:
        if window.value.id not in set(_windows(rules)):
            yield _idle(window, window.value.id, "没有规则用到这个时间段", "no rule names it")


def _idle(placed: Placed[object], name: str, zh: str, en: str) -> Finding:
    return placed, f"{name} 没有用到：{zh}", f"{name} is not used: {en}"


def _codes(rules: list[Rule]) -> Iterator[str]:
    for rule in rules:
        if isinstance(rule.effect, (*SPEAKING, Warn)):
            yield rule.effect.code


def _causes(rules: list[Rule]) -> Iterator[str]:
    for rule in rules:
        for one in rule.of_claim:
            if isinstance(one, CauseIn):
                yield from one.causes


def _variants(rules: list[Rule]) -> Iterator[str]:
    for rule in rules:
        for one in rule.of_claim:
            if isinstance(one, VariantIn):
                yield from one.variants


def _offices(rules: list[Rule]) -> Iterator[str]:
    for rule in rules:
        effect = rule.effect
        if isinstance(effect, AddStep):
            yield effect.office
        elif isinstance(effect, Assign):
            yield effect.assign
        elif isinstance(effect, Route):
            yield effect.route


def _windows(rules: list[Rule]) -> Iterator[str]:
    for rule in rules:
        if isinstance(rule.effect, AddStep):
            yield rule.effect.by
        for one in rule.during:
            if isinstance(one, WithinWindows):
                yield from (window.id for window in one.windows)
