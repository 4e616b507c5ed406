"""The decision: a question put to a school's policy. Pure: the same question has the same answer.

What does not depend on the moment is judged once; the rest are rules that turn on or off at known moments.
So the answer at any later moment, and with it the next date, needs no second search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from config.calendar import date_or_instant, first_moment, last_date_or_instant, last_moment, to_second
from config.policy.facts import facts_of
from config.policy.question import Answer, ClaimAnswer, ClaimAsked, Question, QuestionFault, Reason, Step
from config.policy.windows import SECOND, FinalCheck
from config.policy.words import (
    ACTIONS,
    CAMPAIGN_KINDS,
    COLUMNS,
    DUTIES,
    OUTCOMES,
    AddStep,
    Asked,
    Require,
    Route,
    Rule,
    School,
    Unknown,
    Warn,
)

_RANK = {outcome: rank for rank, outcome in enumerate(OUTCOMES)}.__getitem__
_OUT_OF_HAND = ("route", "not_accepted")
"""Outcomes after which papers and steps are nobody's business here."""


def ask(school: School, question: Question) -> Answer:
    """What the school's policy says. Raises QuestionFault if the question cannot be answered."""
    if faults := list(_faults(school, question)):
        raise QuestionFault(faults)
    asked = Asked(question, school.policy.final_check.last_day)
    live = _Live(school, asked)
    at = to_second(question.at)
    now = live.at(at)
    next_date, due = live.ahead(at, now)
    return _answer(school, asked, now, next_date, due)


def last_day(school: School, question: Question) -> FinalCheck:
    """When the student's final check ends by the school's policy, and how that was derived.

    Raises QuestionFault without an expected graduation date.
    """
    try:
        return Asked(question, school.policy.final_check.last_day).check
    except Unknown as missing:
        raise QuestionFault([_needs(missing, "last_day")]) from None


# -- is it a question at all? ---------------------------------------------------------------------------


def _faults(school: School, question: Question) -> Iterator[str]:
    """Whatever the question names that nobody has declared."""
    policy = school.policy
    if question.action not in ACTIONS:
        yield _unknown("action", question.action, ACTIONS)
    if question.filed_by not in DUTIES:
        yield _unknown("filed_by", question.filed_by, DUTIES)
    for name in ("at", "begun_at"):
        moment = getattr(question, name)
        if moment is not None and moment.tzinfo is None:
            yield f"{name}: 时刻没有时区 / has no zone"
    for kind in question.evidence:
        if kind not in policy.evidence_kinds:
            yield _unknown("evidence", kind, policy.evidence_kinds)
    seen: set[str] = set()
    for n, claim in enumerate(question.claims):
        if claim.field not in COLUMNS:
            yield _unknown(f"claims[{n}].field", claim.field, COLUMNS)
        if claim.field in seen:
            yield f"claims[{n}].field: {claim.field} 出现了两次 / is named twice"
        seen.add(claim.field)
        if claim.cause not in policy.causes:
            yield _unknown(f"claims[{n}].cause", claim.cause, policy.causes)
        for kind in claim.evidence:
            if kind not in policy.evidence_kinds:
                yield _unknown(f"claims[{n}].evidence", kind, policy.evidence_kinds)
        if claim.variant is not None:
            yield _unknown(f"claims[{n}].variant", claim.variant, ())
    yield from _faults_around(question)


def _faults_around(question: Question) -> Iterator[str]:
    if _naive(question.extended_until):
        yield "extended_until: 时刻没有时区 / has no zone"
    for n, campaign in enumerate(question.campaigns):
        if campaign.kind not in CAMPAIGN_KINDS:
            yield _unknown(f"campaigns[{n}].kind", campaign.kind, CAMPAIGN_KINDS)
        if _naive(campaign.opens) or _naive(campaign.closes):
            yield f"campaigns[{n}]: 时刻没有时区 / has no zone"
        elif first_moment(campaign.opens) > last_moment(campaign.closes):
            yield f"campaigns[{n}]: 开始晚于截止 / opens after it closes"
    for name in ("open_requests", "done_requests"):
        for n, request in enumerate(getattr(question, name)):
            for column in request.fields:
                if column not in COLUMNS:
                    yield _unknown(f"{name}[{n}].fields", column, COLUMNS)


def _naive(when: date | datetime | None) -> bool:
    return isinstance(when, datetime) and when.tzinfo is None


def _unknown(where: str, value: str, known: Iterable[str]) -> str:
    listed = ", ".join(known)
    return f"{where}: 不认识 {value!r} / unknown" + (
        f"; known: {listed}" if listed else "; this policy names none"
    )


def _needs(missing: Unknown, rule: str) -> str:
    return f"student.{missing}: 规则 {rule} 需要这一项 / is needed by {rule}"


# -- the answer at any moment ---------------------------------------------------------------------------

_Turns = Sequence[tuple[datetime, bool]]
_Held = tuple[Rule, _Turns]
"""A rule whose timeless predicates hold, with the moments that the rest wait for (True) or end at (False)."""


class _ClaimState(NamedTuple):
    """What holds for one claim at a moment."""

    claim: ClaimAsked
    outcome: str
    rules: list[Rule]


class _State(NamedTuple):
    """What holds at a moment: the worst outcome, and the rules that say so."""

    outcome: str
    rules: list[Rule]
    claims: list[_ClaimState]

    def face(self) -> tuple[str, list[str], set[str]]:
        """What the asker sees of it: when this changes, the answer does."""
        codes, papers = [], set()
        for rules in (self.rules, *[claim.rules for claim in self.claims]):
            for rule in rules:
                effect = rule.effect
                if isinstance(effect, AddStep | Warn):
                    continue
                codes.append(effect.code)
                if isinstance(effect, Require):
                    papers.add(effect.require)
        codes.sort()
        return self.outcome, codes, papers


class _Live:
    """The rules that can ever speak to one question."""

    def __init__(self, school: School, asked: Asked) -> None:
        question = asked.question
        general, particular = school.policy.by_action[question.action]
        missing: list[str] = []
        self._general = _held(general, asked, None, missing)
        self._claims = [(claim, _held(particular, asked, claim, missing)) for claim in question.claims]
        if missing:
            raise QuestionFault(dict.fromkeys(missing))

    def at(self, at: datetime) -> _State:
        """What holds at that moment."""
        rules = _on(self._general, at)
        general = _worst("accept", rules)
        claims = [_claim_state(claim, held, general, at) for claim, held in self._claims]
        worst = max([general, *[claim.outcome for claim in claims]], key=_RANK) if claims else general
        return _State(worst, rules, claims)

    def ahead(self, at: datetime, now: _State) -> tuple[date | datetime | None, date | datetime | None]:
        """When the answer changes first, and the last moment before it is refused."""
        face, next_date = now.face(), None
        for turn in self._turns_after(at):
            then = self.at(turn)
            if next_date is None and then.face() != face:
                next_date = date_or_instant(turn)
            if now.outcome == "not_accepted":
                if next_date is not None:
                    break
            elif then.outcome == "not_accepted":
                return next_date, last_date_or_instant(turn - SECOND)
        return next_date, None

    def _turns_after(self, at: datetime) -> list[datetime]:
        found = {turn for _, turns in self._general for turn, _ in turns if turn > at}
        for _, held in self._claims:
            found.update([turn for _, turns in held for turn, _ in turns if turn > at])
        return sorted(found)


def _held(rules: Sequence[Rule], asked: Asked, claim: ClaimAsked | None, missing: list[str]) -> list[_Held]:
    found = []
    for rule in rules:
        try:
            turns = _turns(rule, asked, claim)
        except Unknown as lacks:
            missing.append(_needs(lacks, rule.id))
        else:
            if turns is not None:
                found.append((rule, turns))
    return found


def _turns(rule: Rule, asked: Asked, claim: ClaimAsked | None) -> _Turns | None:
    """The moments that a rule waits for or ends at; None if it never holds, whatever the moment."""
    if claim is not None:
        for of_claim in rule.of_claim:
            if not of_claim.holds(claim):
                return None
        if isinstance(rule.effect, Require) and _has_paper(rule.effect, claim, asked.question):
            return None
    for of_question in rule.of_question:
        if not of_question.holds(asked):
            return None
    turns = []
    for of_time in rule.of_time:
        if (turn := of_time.turn(asked)) is None:
            return None
        turns.append((turn, of_time.come))
    return turns


def _has_paper(effect: Require, claim: ClaimAsked, question: Question) -> bool:
    return any(
        kind in question.evidence or kind in claim.evidence for kind in (effect.require, *effect.instead)
    )


def _on(held: Sequence[_Held], at: datetime) -> list[Rule]:
    """The rules that hold at that moment."""
    return [rule for rule, turns in held if not turns or all([(at >= turn) == come for turn, come in turns])]


def _claim_state(claim: ClaimAsked, held: Sequence[_Held], general: str, at: datetime) -> _ClaimState:
    rules = _on(held, at)
    outcome = _worst(general, rules)
    if outcome in _OUT_OF_HAND:
        rules = [rule for rule in rules if not isinstance(rule.effect, Require | AddStep)]
    return _ClaimState(claim, outcome, rules)


def _worst(outcome: str, rules: Sequence[Rule]) -> str:
    for rule in rules:
        if _RANK(rule.effect.outcome) > _RANK(outcome):
            outcome = rule.effect.outcome
    return outcome


# -- the answer in words --------------------------------------------------------------------------------


def _answer(
    school: School,
    asked: Asked,
    now: _State,
    next_date: date | datetime | None,
    due: date | datetime | None,
) -> Answer:
    spoken: list[tuple[Rule, ClaimAsked | None]] = [(rule, None) for rule in now.rules]
    spoken += [(rule, state.claim) for state in now.claims for rule in state.rules]
    claims = tuple([_claim_answer(school, state, now.rules) for state in now.claims])
    return Answer(
        outcome=now.outcome,
        reasons=tuple(
            [
                _reason(school, asked, rule, claim)
                for rule, claim in spoken
                if not isinstance(rule.effect, AddStep | Warn)
            ]
        ),
        missing=tuple(dict.fromkeys([kind for claim in claims for kind in claim.missing])),
        office=_office(school, [rule for rule, _ in spoken]),
        steps=_merged(claims),
        claims=claims,
        flags=tuple(dict.fromkeys([rule.effect.warn for rule, _ in spoken if isinstance(rule.effect, Warn)])),
        effects=(),
        next_date=next_date,
        due=due,
        unsupported=school.policy.unsupported_json,
        policy_school=school.slug,
        policy_version=school.version,
    )


def _claim_answer(school: School, state: _ClaimState, general: Sequence[Rule]) -> ClaimAnswer:
    steps: list[Step] = []
    missing: list[str] = []
    for rule in state.rules:
        if isinstance(rule.effect, AddStep):
            step = Step(rule.effect.add_step, rule.effect.office, (state.claim.field,))
            if step not in steps:
                steps.append(step)
        elif isinstance(rule.effect, Require):
            missing.append(rule.effect.require)
    return ClaimAnswer(
        field=state.claim.field,
        outcome=state.outcome,
        missing=tuple(dict.fromkeys(missing)),
        office=_office(school, (*general, *state.rules)),
        steps=tuple(steps),
    )


def _merged(answers: Sequence[ClaimAnswer]) -> tuple[Step, ...]:
    """The same step of several claims is one step for them all."""
    if len(answers) == 1:
        return answers[0].steps
    claims: dict[tuple[str, str], list[str]] = {}
    for answer in answers:
        for step in answer.steps:
            claims.setdefault((step.kind, step.office), []).extend(step.claims)
    return tuple([Step(kind, office, tuple(fields)) for (kind, office), fields in claims.items()])


def _office(school: School, rules: Iterable[Rule]) -> str:
    """The office that takes it: the first to which a rule sends it, else the one that takes everything."""
    for rule in rules:
        if isinstance(rule.effect, Route):
            return rule.effect.route
    return school.policy.default_office


def _reason(school: School, asked: Asked, rule: Rule, claim: ClaimAsked | None) -> Reason:
    effect = rule.effect
    try:
        facts = facts_of(school, asked, rule, claim)
    except Unknown as lacks:
        raise QuestionFault([_needs(lacks, rule.id)]) from None
    assert not isinstance(effect, AddStep)
    return Reason(
        rule=rule.id,
        code=effect.code,
        template=rule.says,
        template_en=rule.says_en,
        facts=facts,
        source=rule.source,
        remedy=rule.remedy.format_map(facts),
        remedy_en=rule.remedy_en.format_map(facts),
    )
