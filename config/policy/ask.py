"""Decide a question by a school's policy. Pure: the same question has the same answer.

Conditions that do not depend on time are evaluated once. The other rules turn on or off at known instants, so
the answer at any later instant and the next date need no second search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any, NamedTuple

from config.calendar import date_or_instant, first_moment, last_date_or_instant, last_moment
from config.policy.asked import PolicyContext, Unknown
from config.policy.effects import (
    ACCOMPANYING,
    IN_HAND,
    Accompanying,
    Assign,
    Lift,
    Lock,
    Reconfirm,
    Require,
    Route,
    Warn,
)
from config.policy.facts import facts_of, in_english
from config.policy.question import (
    Answer,
    ClaimAnswer,
    ClaimAsked,
    PolicyQuestion,
    PolicyReason,
    PolicyStep,
    QuestionFault,
)
from config.policy.school import Chosen, Rule, School
from config.policy.steps import StepFace, face_of, steps_of_claims
from config.policy.windows import SECOND, FinalCheck, Spans
from config.policy.words import ACTIONS, CALENDAR_UNKNOWN, CAMPAIGN_KINDS, COLUMNS, DUTIES, OUTCOMES

_ACCEPTED, _REFUSED = OUTCOMES.index("accept"), OUTCOMES.index("not_accepted")
_OUT_OF_HAND = OUTCOMES.index("route")
"""From this rank on, papers and steps do not apply."""


def ask(school: School, question: PolicyQuestion) -> Answer:
    """The answer of the school's policy. Raises QuestionFault if the question cannot be answered."""
    asked, live = _put(school, question)
    now = live.at(asked.at)
    return _answer(school, asked, now, live.ahead(asked.at, now))


def rules_of(school: School, question: PolicyQuestion) -> tuple[tuple[Rule, ...], ...]:
    """The rules that hold for each claim of a question, in the order of the claims.

    Raises QuestionFault if the question cannot be answered.
    """
    asked, live = _put(school, question)
    state = live.at(asked.at)
    return tuple(tuple(claim.rules) for claim in state.claims)


def warnings_of(school: School, question: PolicyQuestion) -> tuple[PolicyReason, ...]:
    """What the rules tell the reviewers about a question: each warning that holds, with its facts.

    Raises QuestionFault if the question cannot be answered.
    """
    asked, live = _put(school, question)
    now = live.at(asked.at)
    told: dict[tuple[str, str], PolicyReason] = {}
    for rules, claim in ((now.rules, None), *[(state.rules, state.claim) for state in now.claims]):
        for rule in rules:
            if isinstance(rule.effect, Warn):
                warning = _reason(school, asked, rule, claim)._replace(code=rule.effect.code)
                told.setdefault((rule.id, warning.says), warning)
    _claim_answers(school, asked, now)  # counts the deadlines, and so knows whether one was guessed
    return (*told.values(), *([_guess(school)] if asked.guessed else ()))


def _guess(school: School) -> PolicyReason:
    """That a day was counted in a year whose holidays are not entered."""
    words = school.policy.flag(CALENDAR_UNKNOWN)
    zh, en = (text.replace("{", "{{").replace("}", "}}") for text in (words.zh, words.en))
    return PolicyReason("", CALENDAR_UNKNOWN, zh, en, {}, "calendar.toml", "", "")


def last_day(school: School, question: PolicyQuestion) -> FinalCheck:
    """The end of the student's final check by the school's policy, and its derivation.

    Raises QuestionFault without an expected graduation date, or if the school has no final check.
    """
    try:
        return PolicyContext(question, school.terms).check
    except Unknown as missing:
        raise QuestionFault([_needs(missing, "last_day")]) from None


def _put(school: School, question: PolicyQuestion) -> tuple[PolicyContext, _Live]:
    """The question as rules are asked. Raises QuestionFault if it cannot be answered."""
    if faults := list(_faults(school, question)):
        raise QuestionFault(faults)
    asked = PolicyContext(question, school.terms)
    return asked, _Live(school, asked)


# -- validating the question ----------------------------------------------------------------------------


def _faults(school: School, question: PolicyQuestion) -> Iterator[str]:
    """Every name in the question that is not declared."""
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
    yield from _faults_of_claims(school, question)
    yield from _faults_around(question)


def _faults_of_claims(school: School, question: PolicyQuestion) -> Iterator[str]:
    policy = school.policy
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
        if claim.variant is not None and claim.variant not in policy.variants:
            yield _unknown(f"claims[{n}].variant", claim.variant, policy.variants)


def _faults_around(question: PolicyQuestion) -> Iterator[str]:
    if _naive(question.extended_until):
        yield "extended_until: 时刻没有时区 / has no zone"
    if _naive(question.opened_until):
        yield "opened_until: 时刻没有时区 / has no zone"
    if _naive(question.frozen_until):
        yield "frozen_until: 时刻没有时区 / has no zone"
    for column in question.blank:
        if column not in COLUMNS:
            yield _unknown("blank", column, COLUMNS)
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
    return f"{missing}: 规则 {rule} 需要这一项 / is needed by {rule}"


# -- the answer at any instant --------------------------------------------------------------------------

YEARS_ALIKE = 40
"""Within so many years, each pair of a weekday for 1 January and a length of the year occurs."""

_NOTHING: frozenset[str] = frozenset()
_Turns = Sequence[tuple[datetime, bool]]
_Held = tuple[Rule, _Turns, Sequence[Spans]]
"""A rule that can hold, the instants it waits for (True) or ends at (False), and its time spans."""


class _ClaimState(NamedTuple):
    """What holds for one claim at an instant. ``rank``: how bad the outcome is."""

    claim: ClaimAsked
    rank: int
    rules: Sequence[Rule]


class _State(NamedTuple):
    """What holds at an instant: the rank of the worst outcome, and the rules behind it."""

    rank: int
    rules: Sequence[Rule]
    claims: Sequence[_ClaimState]

    def differs(self, other: _State) -> bool:
        """True if the answers differ in outcome, codes or required papers."""
        return self.rank != other.rank or self._face() != other._face()

    def _face(self) -> tuple[list[str], set[str]]:
        codes, papers = [], set()
        for rules in (self.rules, *[claim.rules for claim in self.claims]):
            for rule in rules:
                if rule.code:
                    codes.append(rule.code)
                    if isinstance(rule.effect, Require):
                        papers.add(rule.effect.require)
        codes.sort()
        return codes, papers


class _Ahead(NamedTuple):
    """When the question is accepted, when its answer changes, and the last moment before it is refused."""

    accepted_from: date | datetime | None
    next_date: date | datetime | None
    due: date | datetime | None


class _Live:
    """The rules that can ever apply to one question."""

    def __init__(self, school: School, asked: PolicyContext) -> None:
        question, policy = asked.question, school.policy
        missing: list[str] = []
        self._lifts = policy.lifts
        self._general = _held(policy.general(asked), asked, None, missing)
        self._claims = [
            (claim, _held(policy.particular(claim, asked), asked, claim, missing))
            for claim in question.claims
        ]
        if missing:
            raise QuestionFault(dict.fromkeys(missing))

    def at(self, at: datetime) -> _State:
        """What holds at that instant."""
        rules, lifted = _on(self._general, at), _NOTHING
        if self._lifts:
            lifted = _lifted(rules)
            rules = _standing(rules, lifted)
        rank = _rank(0, rules)
        claims = [self._claim(claim, held, rank, lifted, at) for claim, held in self._claims]
        return _State(max([rank, *[claim.rank for claim in claims]]), rules, claims)

    def _claim(
        self, claim: ClaimAsked, held: Sequence[_Held], rank: int, lifted: frozenset[str], at: datetime
    ) -> _ClaimState:
        rules = _on(held, at)
        if self._lifts:
            rules = _standing(rules, lifted | _lifted(rules))
        rank = _rank(rank, rules)
        if rank >= _OUT_OF_HAND:
            rules = [rule for rule in rules if not isinstance(rule.effect, IN_HAND)]
        return _ClaimState(claim, rank, rules)

    def ahead(self, at: datetime, now: _State) -> _Ahead:
        """What the answer will be later, without asking again."""
        accepted: date | datetime | None = at if now.rank == _ACCEPTED else None
        next_date, due = None, None
        for turn in self._turns_after(at):
            then = self.at(turn)
            if next_date is None and then.differs(now):
                next_date = date_or_instant(turn)
            if accepted is None and then.rank == _ACCEPTED:
                accepted = date_or_instant(turn)
            if due is None and then.rank == _REFUSED != now.rank:
                due = last_date_or_instant(turn - SECOND)
            if next_date and accepted and (due or now.rank == _REFUSED):
                break
        return _Ahead(accepted, next_date, due)

    def _turns_after(self, at: datetime) -> list[datetime]:
        """Every later instant at which a rule turns on or off."""
        return _turns_after(at, [*self._general, *[one for _, held in self._claims for one in held]])


def _turns_after(at: datetime, held: Iterable[_Held]) -> list[datetime]:
    """Every later instant at which one of these rules turns on or off.

    After the last instant of the student's own record, all years are alike. So a change that does not occur
    in the first whole year after it never occurs. Where the end of a yearly time span moves with the days of
    the week, years are alike again after YEARS_ALIKE.
    """
    found: set[datetime] = set()
    yearly: list[Spans] = []
    for _, turns, spans in held:
        for turn, _ in turns:
            found.add(turn)
        for one in spans:
            found.update(one.turns())
            if one.yearly:
                yearly.append(one)
    if yearly:
        first, last = at.year, max([at.year, *[turn.year for turn in found]])
        moving = [known for one in yearly if (known := one.known_until) is not None]
        if moving:
            first -= 1
        if moving and sum([len(one.yearly) for one in yearly]) > 1:
            last = max(last, *moving) + YEARS_ALIKE
        for year in range(first, last + 2):
            found.update([turn for one in yearly for turn in one.turns_of(year)])
    return sorted([turn for turn in found if turn > at])


def _held(
    rules: Sequence[Chosen], asked: PolicyContext, claim: ClaimAsked | None, missing: list[str]
) -> list[_Held]:
    found: list[_Held] = []
    for chosen in rules:
        if chosen.settled:
            found.append((chosen.rule, (), ()))
            continue
        try:
            held = _ever(chosen, asked, claim)
        except Unknown as lacks:
            missing.append(_needs(lacks, chosen.rule.id))
        else:
            if held is not None:
                found.append(held)
    return found


def _ever(chosen: Chosen, asked: PolicyContext, claim: ClaimAsked | None) -> _Held | None:
    """The instants and time spans on which a rule depends. None if it can never hold.

    Raises Unknown only if no known fact already excludes the rule.
    """
    rule = chosen.rule
    lacks: list[Unknown] = []
    if _is_excluded(chosen, asked, claim, lacks):
        return None
    turns: list[tuple[datetime, bool]] = []
    for of_time in rule.of_time:
        try:
            if (turn := of_time.turn(asked)) is None:
                return None
            turns.append((turn, of_time.come))
        except Unknown as unknown:
            lacks.append(unknown)
    if not lacks:
        try:
            return rule, turns, [during.spans(asked) for during in rule.during] if rule.during else ()
        except Unknown as unknown:
            lacks.append(unknown)
    if _is_over((rule, turns, list(_known_spans(rule, asked))), asked.at):
        return None
    raise lacks[-1]


def _known_spans(rule: Rule, asked: PolicyContext) -> Iterator[Spans]:
    """The time spans of a rule as far as the facts are there."""
    for during in rule.during:
        with suppress(Unknown):
            yield during.spans(asked)


def _is_over(held: _Held, at: datetime) -> bool:
    """True if a rule holds neither at that instant nor later, whatever else it depends on."""
    return not any(_on([held], then) for then in (at, *_turns_after(at, [held])))


def _is_excluded(
    chosen: Chosen, asked: PolicyContext, claim: ClaimAsked | None, lacks: list[Unknown]
) -> bool:
    """True if a known fact other than time excludes the rule. Adds missing facts to ``lacks``."""
    rule, rest_of_claim, rest_of_question, _ = chosen
    if claim is not None:
        for of_claim in rest_of_claim:
            try:
                if not of_claim.holds(claim, asked):
                    return True
            except Unknown as unknown:
                lacks.append(unknown)
        if isinstance(rule.effect, Require) and _has_paper(rule.effect, claim, asked.question):
            return True
    for of_question in rest_of_question:
        try:
            if not of_question.holds(asked):
                return True
        except Unknown as unknown:
            lacks.append(unknown)
    return False


def _has_paper(effect: Require, claim: ClaimAsked, question: PolicyQuestion) -> bool:
    brought = (*question.evidence, *claim.evidence)
    return bool(brought) and not {effect.require, *effect.instead}.isdisjoint(brought)


def _on(held: Sequence[_Held], at: datetime) -> list[Rule]:
    """The rules that hold at that instant."""
    found = []
    for rule, turns, spans in held:
        for turn, come in turns:
            if (at >= turn) != come:
                break
        else:
            if not spans or all([one.on(at) for one in spans]):
                found.append(rule)
    return found


def _lifted(rules: Sequence[Rule]) -> frozenset[str]:
    """The codes that are lifted and so do not bar."""
    return frozenset([code for rule in rules if isinstance(rule.effect, Lift) for code in rule.effect.lift])


def _standing(rules: list[Rule], lifted: frozenset[str]) -> list[Rule]:
    """The rules whose code is not lifted."""
    if not lifted:
        return rules
    return [rule for rule in rules if rule.code not in lifted]


def _rank(rank: int, rules: Sequence[Rule]) -> int:
    """The worst rank."""
    for rule in rules:
        if rule.rank > rank:
            rank = rule.rank
    return rank


# -- wording the answer ---------------------------------------------------------------------------------


def _answer(
    school: School,
    asked: PolicyContext,
    now: _State,
    ahead: _Ahead,
) -> Answer:
    flags: dict[str, None] = {}
    reasons: list[PolicyReason] = []
    effects: dict[tuple[str, str], dict[str, Any]] = {}
    for rules, claim in ((now.rules, None), *[(state.rules, state.claim) for state in now.claims]):
        for rule in rules:
            effect = rule.effect
            if rule.code:
                reasons.append(_reason(school, asked, rule, claim))
            elif isinstance(effect, Warn):
                flags[effect.warn] = None
            elif isinstance(effect, ACCOMPANYING):
                _add_effect(effects, school, asked, rule, effect, claim)
    claims = _claim_answers(school, asked, now)
    if asked.guessed:
        flags[CALENDAR_UNKNOWN] = None
    return Answer(
        outcome=OUTCOMES[now.rank],
        reasons=tuple(reasons),
        missing=tuple(dict.fromkeys([kind for claim in claims for kind in claim.missing])),
        office=_office(school, [*now.rules, *[rule for state in now.claims for rule in state.rules]]),
        steps=_merged(claims),
        claims=claims,
        flags=tuple(flags),
        effects=tuple(effects.values()),
        accepted_from=ahead.accepted_from,
        next_date=ahead.next_date,
        due=ahead.due,
        unsupported=school.policy.unsupported_json,
        policy_school=school.slug,
        policy_version=school.version,
    )


def _claim_answers(school: School, asked: PolicyContext, now: _State) -> tuple[ClaimAnswer, ...]:
    """The answers to the claims, each with its steps."""
    if not now.claims:
        return ()
    found = []
    rules_of_claims = [[*now.rules, *state.rules] for state in now.claims]
    fields = [state.claim.field for state in now.claims]
    all_steps = steps_of_claims(asked, school.policy, fields, rules_of_claims)
    for state, rules, steps in zip(now.claims, rules_of_claims, all_steps, strict=True):
        missing = _papers(rules) if state.rank != _ACCEPTED else []
        found.append(
            ClaimAnswer(
                field=state.claim.field,
                outcome=OUTCOMES[state.rank],
                missing=tuple(dict.fromkeys(missing)),
                office=_office(school, rules),
                steps=steps,
            )
        )
    return tuple(found)


def _papers(rules: Sequence[Rule]) -> list[str]:
    """The papers that these rules require."""
    return [rule.effect.require for rule in rules if isinstance(rule.effect, Require)]


def _office(school: School, rules: Sequence[Rule]) -> str:
    """The office that the first rule routes to, else the first one assigned, else the school's default."""
    assigned = ""
    for rule in rules:
        effect = rule.effect
        if isinstance(effect, Route):
            return effect.route
        if not assigned and isinstance(effect, Assign):
            assigned = effect.assign
    return assigned or school.policy.default_office


def _merged(answers: Sequence[ClaimAnswer]) -> tuple[PolicyStep, ...]:
    """Merge the same step of several claims into one."""
    if len(answers) == 1:
        return answers[0].steps
    found: dict[StepFace, tuple[PolicyStep, list[str]]] = {}
    for answer in answers:
        for step in answer.steps:
            found.setdefault(face_of(step), (step, []))[1].extend(step.claims)
    return tuple([step._replace(claims=tuple(fields)) for step, fields in found.values()])


def _add_effect(
    effects: dict[tuple[str, str], dict[str, Any]],
    school: School,
    asked: PolicyContext,
    rule: Rule,
    effect: Accompanying,
    claim: ClaimAsked | None,
) -> None:
    """Add a further effect. An effect worded alike for several claims is listed once, with their columns."""
    facts = _facts(school, asked, rule, claim)
    says, says_en = rule.says.format_map(facts), in_english(rule.says_en, facts).format_map(facts)
    told = {**_told(effect), "rule": rule.id, "says": says, "says_en": says_en, "source": rule.source}
    one = effects.setdefault((rule.id, says), {**told, "claims": []})
    if claim is not None:
        one["claims"].append(claim.field)


def _told(effect: Accompanying) -> dict[str, Any]:
    """An accompanying effect as plain values."""
    if isinstance(effect, Lock):
        return {"effect": "lock", "fields": list(effect.lock)}
    if isinstance(effect, Reconfirm):
        return {"effect": "reconfirm", "within_days": effect.reconfirm}
    return {"effect": "lift", "codes": list(effect.lift)}


def _facts(school: School, asked: PolicyContext, rule: Rule, claim: ClaimAsked | None) -> dict[str, str]:
    try:
        return facts_of(school, asked, rule, claim)
    except Unknown as lacks:
        raise QuestionFault([_needs(lacks, rule.id)]) from None


def _reason(school: School, asked: PolicyContext, rule: Rule, claim: ClaimAsked | None) -> PolicyReason:
    facts = _facts(school, asked, rule, claim)
    return PolicyReason(
        rule=rule.id,
        code=rule.code,
        template=rule.says,
        template_en=in_english(rule.says_en, facts),
        facts=facts,
        source=rule.source,
        remedy=rule.remedy.format_map(facts),
        remedy_en=in_english(rule.remedy_en, facts).format_map(facts),
    )
