"""Check whether a school's staff can take the steps of its rules, with four-eyes steps by other people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from config.calendar import SHANGHAI
from config.policy.asked import PolicyContext
from config.policy.effects import AddStep, Assign
from config.policy.predicates import BY_NAMES, CategoryIn, FiledBy, OriginIn
from config.policy.question import ClaimAsked, PolicyQuestion, Student
from config.policy.reading.lines import Fault, Lines
from config.policy.school import Rule, School
from config.policy.words import COLLEGE, COLLEGE_DUTIES, DECIDED_STEPS, DUTIES, PROVINCES

SOME_DAY = datetime(2000, 1, 1, tzinfo=SHANGHAI)
"""An instant for questions that do not depend on time."""

Chain = tuple[int, ...]
"""The rules (by position in the policy) whose steps one claim may have to pass."""


@dataclass(frozen=True, slots=True)
class Staff:
    """A person who decides in an office, with their duties there."""

    person: str
    office: str
    duties: frozenset[str] = frozenset()


def unmeetable(school: School, staff: Sequence[Staff]) -> tuple[Fault, ...]:
    """The steps that none of these people can take, four-eyes steps without a further person, and offices
    that answer for a claim without anybody.

    Conditions on dates, values or other requests count as possible: every chain that can occur must be met.
    For ``college`` pass the staff of one college at a time, because others work elsewhere.
    """
    rules = school.policy.rules
    found: dict[int, str] = {}
    for chain in sorted(set(_chains(school))):
        nobody = [place for place in chain if not _able(rules[place], staff)]
        for place in nobody:
            found[place] = "名单里没有人能办这一步 / nobody on the list can take this step"
        if not nobody and (stuck := _stuck(chain, rules, staff)) is not None:
            found[stuck] = "除经办其他环节的人以外，没有人能办这一步 / four eyes, and nobody left"
    offices = {one.office for one in staff}
    for place, rule in enumerate(rules):
        if isinstance(rule.effect, Assign) and rule.effect.assign not in offices:
            found[place] = "名单里没有人能认定 / nobody on the list answers for it"
    shown, lines = f"{school.slug}/policy.toml", Lines(school.texts["policy.toml"])
    return tuple(
        Fault(shown, lines.at(("rule", place)), f"{rules[place].id}：{says}")
        for place, says in sorted(found.items())
    )


def unheld(school: School, staff: Iterable[Staff]) -> tuple[Fault, ...]:
    """The duties in a college that rules speak of, for who files, and that none of these people has."""
    held = {duty for one in staff if one.office == COLLEGE for duty in (*one.duties, "officer")}
    shown, lines = f"{school.slug}/policy.toml", Lines(school.texts["policy.toml"])
    return tuple(
        Fault(
            shown,
            lines.at(("rule", place, "when")),
            f"{rule.id}：名单里没有人是{DUTIES[duty][0]} / nobody on the list is a {DUTIES[duty][1]}",
        )
        for place, rule in enumerate(school.policy.rules)
        for duty in sorted(_duties(rule) - held)
    )


def _duties(rule: Rule) -> set[str]:
    """The duties in a college that a rule names for the person who files."""
    named = [one.duties for one in rule.of_question if isinstance(one, FiledBy)]
    return {duty for duties in named for duty in duties} & set(COLLEGE_DUTIES)


def _chains(school: School) -> Iterator[Chain]:
    """The school's own steps for each claim and kind of student that the rules distinguish."""
    steps = [
        (place, rule)
        for place, rule in enumerate(school.policy.rules)
        if isinstance(rule.effect, AddStep) and rule.effect.add_step in DECIDED_STEPS
    ]
    for claim, student in _told_apart(school):
        asked = PolicyContext(PolicyQuestion(SOME_DAY, "raise", student, (claim,)), school.terms)
        yield tuple(place for place, rule in steps if _possible(rule, claim, asked))


def _told_apart(school: School) -> Iterator[tuple[ClaimAsked, Student]]:
    """Each claim with each kind of student that the rules distinguish by names."""
    conditions = [one for rule in school.policy.rules for one in rule.of_question]
    levels = {level for one in conditions if isinstance(one, CategoryIn) for level in one.levels}
    provinces = {name for one in conditions if isinstance(one, OriginIn) for name in one.provinces}
    others = [name for name in PROVINCES if name not in provinces][:1]
    claims = [(field.code, cause) for field in school.fields for cause in field.causes]
    variants = (None, *school.policy.variants)
    for (field, cause), variant, level, province in product(
        claims, variants, (*sorted(levels), "其他"), (*sorted(provinces), *others)
    ):
        yield (
            ClaimAsked(field, cause, variant=variant),
            Student(category=level, origin_province=province),
        )


def _possible(rule: Rule, claim: ClaimAsked, asked: PolicyContext) -> bool:
    return all(one.holds(claim, asked) for one in rule.of_claim if isinstance(one, BY_NAMES)) and all(
        one.holds(asked) for one in rule.of_question if isinstance(one, CategoryIn | OriginIn)
    )


def _able(rule: Rule, staff: Iterable[Staff]) -> list[str]:
    """The people who can take the step of a rule."""
    step = rule.effect
    assert isinstance(step, AddStep)
    return [
        one.person
        for one in staff
        if one.office == step.office and (not step.duty or step.duty in one.duties)
    ]


def _stuck(chain: Sequence[int], rules: Sequence[Rule], staff: Sequence[Staff]) -> int | None:
    """The first four-eyes step without any possible choice of people. None if the chain can be met."""
    deepest = 0

    def meet(taken: list[str]) -> bool:
        nonlocal deepest
        deepest = max(deepest, len(taken))
        if len(taken) == len(chain):
            return True
        rule = rules[chain[len(taken)]]
        return any(
            meet([*taken, person])
            for person in _able(rule, staff)
            if not any(person == other and _apart(rule, rules[chain[n]]) for n, other in enumerate(taken))
        )

    return None if meet([]) else chain[deepest]


def _apart(one: Rule, other: Rule) -> bool:
    """True if two steps must be taken by different people."""
    return any(isinstance(rule.effect, AddStep) and rule.effect.four_eyes for rule in (one, other))
