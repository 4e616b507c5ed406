"""The facts that a rule's words may name in braces: dates and names, never a person's values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from string import Formatter
from types import MappingProxyType

from config.policy.question import ClaimAsked
from config.policy.words import (
    BASES,
    COLUMNS,
    DUTIES,
    AddStep,
    Asked,
    Effect,
    Require,
    Route,
    Rule,
    School,
    Words,
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a fact is taken from: school, question, rule, and the claim it speaks about, if any."""

    school: School
    asked: Asked
    rule: Rule
    claim: ClaimAsked | None


Fact = Callable[[Spoken], str]

OF_QUESTION: Mapping[str, Fact] = MappingProxyType(
    {
        "enrolment_status": lambda spoken: spoken.asked.student.enrolment_status or "",
        "category": lambda spoken: spoken.asked.student.category or "",
        "registered_on": lambda spoken: _day(spoken.asked.student.registered_on),
        "degree_registered_on": lambda spoken: _day(spoken.asked.student.degree_registered_on),
        "expected_graduation": lambda spoken: spoken.asked.check.expected_graduation.isoformat(),
        "class_year": lambda spoken: str(spoken.asked.check.class_year),
        "last_day": lambda spoken: said(spoken.asked.check.closes),
        "basis": lambda spoken: BASES[spoken.asked.check.basis][0],
        "basis_en": lambda spoken: BASES[spoken.asked.check.basis][1],
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
    }
)
"""Facts of rules that are asked of each claim."""

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

ALL: Mapping[str, Fact] = MappingProxyType({**OF_QUESTION, **OF_CLAIM, **OF_PAPER, **OF_OFFICE})


def nameable(per_claim: bool, effect: Effect) -> set[str]:
    """The facts that the words of such a rule may name."""
    names = set(OF_QUESTION)
    if per_claim:
        names |= OF_CLAIM.keys()
    if isinstance(effect, Require):
        names |= OF_PAPER.keys()
    if isinstance(effect, Route | AddStep):
        names |= OF_OFFICE.keys()
    return names


def named(*templates: str) -> tuple[str, ...]:
    """The facts that templates name, in their order. Raises ValueError for braces that do not fit."""
    names: dict[str, None] = {}
    for template in templates:
        for _, name, format_spec, conversion in Formatter().parse(template):
            if name is None:
                continue
            if not name.isidentifier() or format_spec or conversion:
                raise ValueError(name)
            names[name] = None
    return tuple(names)


def facts_of(school: School, asked: Asked, rule: Rule, claim: ClaimAsked | None) -> dict[str, str]:
    """The facts that the rule's words name; a claim's column beside them."""
    spoken = Spoken(school, asked, rule, claim)
    facts = {name: ALL[name](spoken) for name in rule.facts}
    if claim is not None:
        facts["column"] = claim.field
    return facts


def said(moment: datetime) -> str:
    """A moment of Asia/Shanghai as people read it."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _day(day: date | None) -> str:
    return "—" if day is None else day.isoformat()


def _column(spoken: Spoken) -> str:
    assert spoken.claim is not None
    return spoken.claim.field


def _cause(spoken: Spoken) -> Words:
    assert spoken.claim is not None
    return spoken.school.policy.causes[spoken.claim.cause]


def _papers(spoken: Spoken) -> list[Words]:
    effect = spoken.rule.effect
    assert isinstance(effect, Require)
    return [spoken.school.policy.evidence_kinds[kind] for kind in (effect.require, *effect.instead)]


def _office(effect: Effect) -> str:
    assert isinstance(effect, Route | AddStep)
    return effect.route if isinstance(effect, Route) else effect.office
