"""The facts that a rule's texts may name in braces: dates and names, never a personal value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from config.policy.asked import PolicyContext, supplement_over
from config.policy.effects import AddStep, Assign, Effect, Require, Route
from config.policy.predicates import WithinWindows, stretches_of, yearly_of
from config.policy.question import ClaimAsked
from config.policy.school import Rule, School
from config.policy.windows import SECOND
from config.policy.words import BASES, COLUMNS, DUTIES, Window, Words


class Spoken(NamedTuple):
    """The sources of a fact: school, question, rule, and the claim, if any."""

    school: School
    asked: PolicyContext
    rule: Rule
    claim: ClaimAsked | None


Fact = Callable[[Spoken], str]

OF_QUESTION: Mapping[str, Fact] = MappingProxyType(
    {
        "enrolment_status": lambda spoken: spoken.asked.student.enrolment_status or "—",
        "category": lambda spoken: spoken.asked.student.category or "—",
        "entry_date": lambda spoken: _day(spoken.asked.student.entry_date),
        "origin_province": lambda spoken: spoken.asked.student.origin_province or "—",
        "registered_on": lambda spoken: _day(spoken.asked.student.registered_on),
        "degree_registered_on": lambda spoken: _day(spoken.asked.student.degree_registered_on),
        "expected_graduation": lambda spoken: _day(spoken.asked.day("expected_graduation")),
        "class_year": lambda spoken: str(spoken.asked.check.class_year),
        "last_day": lambda spoken: said(spoken.asked.check.closes),
        "basis": lambda spoken: BASES[spoken.asked.check.basis][0],
        "basis_en": lambda spoken: BASES[spoken.asked.check.basis][1],
        "pending": lambda spoken: _pending(spoken, 0),
        "pending_en": lambda spoken: _pending(spoken, 1),
        "supplement_until": lambda spoken: _supplement(spoken.asked),
        "filed_by": lambda spoken: DUTIES[spoken.asked.question.filed_by][0],
        "filed_by_en": lambda spoken: DUTIES[spoken.asked.question.filed_by][1],
    }
)
"""Facts that every rule may name."""

OF_CLAIM: Mapping[str, Fact] = MappingProxyType(
    {
        "field": lambda spoken: COLUMNS[_column(spoken)][0],
        "field_en": lambda spoken: COLUMNS[_column(spoken)][1],
        "cause": lambda spoken: _cause(spoken).zh,
        "cause_en": lambda spoken: _cause(spoken).en,
        "event_date": lambda spoken: _day(_claim(spoken).event_date),
        "variant": lambda spoken: _variant(spoken).zh,
        "variant_en": lambda spoken: _variant(spoken).en,
    }
)
"""Facts of rules that apply to each claim."""

OF_PAPER: Mapping[str, Fact] = MappingProxyType(
    {
        "paper": lambda spoken: "或".join(words.zh for words in _papers(spoken)),
        "paper_en": lambda spoken: " or ".join(words.en for words in _papers(spoken)),
    }
)
"""Facts of rules that require a paper."""

OF_OFFICE: Mapping[str, Fact] = MappingProxyType(
    {
        "office": lambda spoken: spoken.school.offices[_office(spoken.rule.effect)].zh,
        "office_en": lambda spoken: spoken.school.offices[_office(spoken.rule.effect)].en,
    }
)
"""Facts of rules that name an office."""

OF_WINDOW: Mapping[str, Fact] = MappingProxyType(
    {
        "window": lambda spoken: "、".join(window.zh for window in _windows(spoken.rule)),
        "window_en": lambda spoken: " and ".join(window.en for window in _windows(spoken.rule)),
        "opens": lambda spoken: _next(spoken, 0),
        "closes": lambda spoken: _next(spoken, 1),
    }
)
"""Facts of rules about windows: their names, the next opening, and the end of the present or next one."""

ALL: Mapping[str, Fact] = MappingProxyType({**OF_QUESTION, **OF_CLAIM, **OF_PAPER, **OF_OFFICE, **OF_WINDOW})


def nameable(rule: Rule) -> set[str]:
    """The facts that the texts of this rule may name."""
    names, effect = set(OF_QUESTION), rule.effect
    if _windows(rule):
        names |= OF_WINDOW.keys()
    if rule.per_claim:
        names |= OF_CLAIM.keys()
    if isinstance(effect, Require):
        names |= OF_PAPER.keys()
    if isinstance(effect, Route | AddStep | Assign):
        names |= OF_OFFICE.keys()
    return names


def facts_of(school: School, asked: PolicyContext, rule: Rule, claim: ClaimAsked | None) -> dict[str, str]:
    """The facts that the rule's texts name, and the claim's column."""
    spoken = Spoken(school, asked, rule, claim)
    facts = {name: ALL[name](spoken) for name in rule.facts}
    if claim is not None:
        facts["column"] = claim.field
    return facts


def said(moment: datetime) -> str:
    """An instant of Asia/Shanghai as text for people."""
    return moment.isoformat(" ")[:19]


def _day(day: date | None) -> str:
    return "—" if day is None else day.isoformat()


def _claim(spoken: Spoken) -> ClaimAsked:
    assert spoken.claim is not None
    return spoken.claim


def _column(spoken: Spoken) -> str:
    return _claim(spoken).field


def _cause(spoken: Spoken) -> Words:
    return spoken.school.policy.causes[_claim(spoken).cause]


def _variant(spoken: Spoken) -> Words:
    name = _claim(spoken).variant
    return Words("", "—", "—") if name is None else spoken.school.policy.variants[name]


def _papers(spoken: Spoken) -> list[Words]:
    effect = spoken.rule.effect
    assert isinstance(effect, Require)
    return [spoken.school.policy.evidence_kinds[kind] for kind in (effect.require, *effect.instead)]


def _office(effect: Effect) -> str:
    assert isinstance(effect, Route | AddStep | Assign)
    if isinstance(effect, AddStep):
        return effect.office
    return effect.route if isinstance(effect, Route) else effect.assign


def _pending(spoken: Spoken, language: int) -> str:
    """The person's other open requests: the day of filing and the fields of each."""
    between = ("、", ", ")[language]
    return ("；", "; ")[language].join(
        f"{one.filed_on.isoformat()} {between.join(COLUMNS[field][language] for field in one.fields)}"
        for one in spoken.asked.question.open_requests
    ) or ("没有", "none")[language]


def _supplement(asked: PolicyContext) -> str:
    over = supplement_over(asked)
    return "—" if over is None else said(over - SECOND)


def _windows(rule: Rule) -> tuple[Window, ...]:
    return tuple(
        window for during in rule.during if isinstance(during, WithinWindows) for window in during.windows
    )


def _next(spoken: Spoken, end: int) -> str:
    """The next instant at which a window of the rule opens (0) or ends (1)."""
    at = spoken.asked.at
    turns = [turn for turn in _edges(spoken, at, end) if turn > at]
    return said(min(turns) - end * SECOND) if turns else "—"


def _edges(spoken: Spoken, at: datetime, end: int) -> Iterator[datetime]:
    for window in _windows(spoken.rule):
        for stretch in stretches_of(window, spoken.asked):
            if (turn := stretch[end]) is not None:
                yield turn
        for yearly in yearly_of(window, spoken.asked):
            yield from (yearly.of(at.year + more)[end] for more in (-1, 0, 1))
