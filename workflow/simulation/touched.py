"""How many students of the roster each rule touches at a moment, by the groups that no rule can tell apart.

What the student would say (field, cause, papers, old and new value) and who files is left open: a rule is
said to touch a student if all its conditions on the record and on the time hold. Rules about papers, steps
and the like touch only students who may file at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from config.policy import ClaimAsked, PolicyQuestion, QuestionFault, Rule, School, ask
from config.policy.asked import PolicyContext, Unknown
from config.policy.effects import IN_HAND
from config.policy.predicates import (
    BY_NAMES,
    Changed,
    ClaimedAll,
    ClaimedAny,
    ClaimedOver,
    FieldIn,
    FiledBy,
    OfClaim,
)
from workflow.simulation.groups import Alike, Sample, alike

OF_FILING = (FiledBy, ClaimedAny, ClaimedAll, ClaimedOver)
"""Conditions on what is filed, and by whom."""
ANY_DAY = (date(1900, 1, 1), date(2199, 12, 31))
"""The day on the papers may be before or after any moment of a student."""


@dataclass(frozen=True, slots=True)
class TouchedStudents:
    """The groups of records that each rule touches, by the rule's place in the text.

    ``unknown``: the groups whose record lacks a fact that the rule needs.
    """

    at: datetime
    kinds: tuple[Alike, ...]
    touched: Mapping[int, tuple[int, ...]]
    unknown: Mapping[int, tuple[int, ...]]

    @property
    def records(self) -> int:
        """All records of the roster."""
        return sum(len(kind.members) for kind in self.kinds)

    def count(self, place: int) -> int:
        """How many records the rule at that place touches."""
        return sum(len(self.kinds[n].members) for n in self.touched[place])

    def lacking(self, place: int) -> int:
        """How many records lack a fact that it needs."""
        return sum(len(self.kinds[n].members) for n in self.unknown[place])

    def members(self, place: int) -> list[str]:
        """The records that it touches."""
        return [record for n in self.touched[place] for record in self.kinds[n].members]


def about_students(rule: Rule) -> bool:
    """True if the rule has a condition on the record or the time, or is for those who may file."""
    of_record = [one for one in rule.of_question if not isinstance(one, OF_FILING)]
    claimed = [one for one in rule.of_claim if not isinstance(one, (*BY_NAMES, Changed))]
    timed = rule.of_time or rule.during
    return bool(of_record or timed or claimed) or isinstance(rule.effect, IN_HAND)


def touched_students(session: Session, school: School, at: datetime) -> TouchedStudents:
    """Which records of the roster each rule touches at a moment. As many statements as ``alike``."""
    kinds = tuple(alike(session, [school], Sample()))
    questions = [kind.question(session, school, at) for kind in kinds]
    held: dict[int, list[int]] = {place: [] for place in range(len(school.policy.rules))}
    lacks: dict[int, list[int]] = {place: [] for place in range(len(school.policy.rules))}
    for n, question in enumerate(questions):
        asked, may = PolicyContext(question, school.terms), _may(school, question)
        for place, rule in enumerate(school.policy.rules):
            if isinstance(rule.effect, IN_HAND) and "raise" in rule.actions and not may:
                continue
            try:
                if _touches(rule, school, asked):
                    held[place].append(n)
            except Unknown:
                lacks[place].append(n)
    return TouchedStudents(at, kinds, _frozen(held), _frozen(lacks))


def _frozen(groups: Mapping[int, list[int]]) -> Mapping[int, tuple[int, ...]]:
    return MappingProxyType({place: tuple(ones) for place, ones in groups.items()})


def _may(school: School, question: PolicyQuestion) -> bool:
    """True if the student may file at all."""
    try:
        return ask(school, question).may
    except QuestionFault:
        return False


def _touches(rule: Rule, school: School, asked: PolicyContext) -> bool:
    """True if all conditions on record and time hold. Raises Unknown only if no known fact excludes it."""
    lacks: list[Unknown] = []
    for holds in _conditions(rule, school, asked, lacks):
        if not holds:
            return False
    if lacks:
        raise lacks[0]
    return True


def _conditions(rule: Rule, school: School, asked: PolicyContext, lacks: list[Unknown]) -> Iterator[bool]:
    for one in rule.of_question:
        if not isinstance(one, OF_FILING):
            try:
                yield one.holds(asked)
            except Unknown as unknown:
                lacks.append(unknown)
    for turning in rule.of_time:
        try:
            turn = turning.turn(asked)
            yield turn is not None and (asked.at >= turn) == turning.come
        except Unknown as unknown:
            lacks.append(unknown)
    for during in rule.during:
        try:
            yield during.spans(asked).on(asked.at)
        except Unknown as unknown:
            lacks.append(unknown)
    yield _may_be_claimed(rule, school, asked)


def _may_be_claimed(rule: Rule, school: School, asked: PolicyContext) -> bool:
    """True if some claim could meet the rule's conditions on claims."""
    rest = [one for one in rule.of_claim if not isinstance(one, BY_NAMES)]
    if not rest:
        return True
    named = [one for one in rule.of_claim if isinstance(one, FieldIn)]
    claims = [ClaimAsked(one.code, "", event_date=day) for one in school.fields for day in ANY_DAY]
    return any(
        all(_could_hold(one, claim, asked) for one in rest)
        for claim in claims
        if all(one.holds(claim, asked) for one in named)
    )


def _could_hold(one: OfClaim, claim: ClaimAsked, asked: PolicyContext) -> bool:
    """True if the condition holds, or depends on a value that only a claim has."""
    claiming = PolicyContext(replace(asked.question, claims=(claim,)), asked.terms)
    try:
        return one.holds(claim, claiming)
    except Unknown:
        return True
