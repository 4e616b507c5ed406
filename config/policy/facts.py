"""The facts that a rule's texts may name in braces: dates and names, never a personal value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from config.calendar import last_date_or_instant, last_moment
from config.policy.asked import PolicyContext, supplement_over
from config.policy.effects import AddStep, Assign, Effect, Require, Route
from config.policy.predicates import BlankAny, Finished, WithinWindows, stretches_of, yearly_of
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
        "confirmed_on": lambda spoken: _day(spoken.asked.question.confirmed_on),
        "frozen_on": lambda spoken: _day(spoken.asked.question.frozen_on),
        "frozen_until": lambda spoken: _until(spoken.asked.question.frozen_until),
        "extended_until": lambda spoken: _until(spoken.asked.question.extended_until),
        "opened_until": lambda spoken: _until(spoken.asked.question.opened_until),
        "filed_by": lambda spoken: DUTIES[spoken.asked.question.filed_by][0],
        "filed_by_en": lambda spoken: DUTIES[spoken.asked.question.filed_by][1],
    }
)
"""Facts that every rule may name."""

OF_BLANK: Mapping[str, Fact] = MappingProxyType(
    {
        "blank": lambda spoken: _named(_blank(spoken), 0),
        "blank_en": lambda spoken: _named(_blank(spoken), 1),
    }
)
"""Facts of rules about blank columns: those of the rule that are blank."""

OF_FINISHED: Mapping[str, Fact] = MappingProxyType(
    {
        "finished": lambda spoken: _finished(spoken, 0),
        "finished_en": lambda spoken: _finished(spoken, 1),
    }
)
"""Facts of rules about earlier requests: the day on which each was corrected, and its fields."""

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

ALL: Mapping[str, Fact] = MappingProxyType(
    {**OF_QUESTION, **OF_BLANK, **OF_FINISHED, **OF_CLAIM, **OF_PAPER, **OF_OFFICE, **OF_WINDOW}
)


def nameable(rule: Rule) -> set[str]:
    """The facts that the texts of this rule may name."""
    names, effect = set(OF_QUESTION), rule.effect
    if _windows(rule):
        names |= OF_WINDOW.keys()
    if any(isinstance(one, BlankAny) for one in rule.of_question):
        names |= OF_BLANK.keys()
    if any(isinstance(one, Finished) for one in rule.of_question):
        names |= OF_FINISHED.keys()
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


def _until(end: date | datetime | None) -> str:
    """The last day or second of a permission."""
    if end is None:
        return "—"
    last = last_date_or_instant(last_moment(end))
    return said(last) if isinstance(last, datetime) else last.isoformat()


def _blank(spoken: Spoken) -> list[str]:
    (rule,) = [one for one in spoken.rule.of_question if isinstance(one, BlankAny)]
    return rule.found(spoken.asked)


def _finished(spoken: Spoken, language: int) -> str:
    (rule,) = [one for one in spoken.rule.of_question if isinstance(one, Finished)]
    done = sorted((_day(one.done_on), one.fields) for one in rule.found(spoken.asked))
    return _listed(done, language)


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
    requests = spoken.asked.question.open_requests
    return _listed([(_day(one.filed_on), one.fields) for one in requests], language)


def _listed(requests: Iterable[tuple[str, tuple[str, ...]]], language: int) -> str:
    """Requests, each by its day and its fields."""
    told = [f"{day} {_named(fields, language)}" for day, fields in requests]
    return ("；", "; ")[language].join(told) or ("没有", "none")[language]


def _named(columns: Iterable[str], language: int) -> str:
    return ("、", ", ")[language].join(COLUMNS[column][language] for column in columns)


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
