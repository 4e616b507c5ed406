"""A student's own case for its page: events, present state, whose turn it is, and the decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from flask import abort
from sqlalchemy.orm import Session

from config.policy import AddStep, FinalCheck, QuestionFault, Require, Rule, rules_of
from states.case import RAISED, REJECTED, REVIEW
from web.shared.claims import STEPPING
from web.shared.endings import Ending, ending_of
from web.shared.labels import school_spoken, speak_by
from web.shared.questions import QuestionView, question_views
from web.shared.security import looking, place
from web.shared.steps import StepShown, shown
from web.student.view import against_filing, last_filing_day, offers, read_mine
from workflow.cases import rules
from workflow.cases.claims import as_filed, opened
from workflow.cases.facts import ClaimFacts
from workflow.cases.filing.withdraw import SETTLED
from workflow.cases.views.belongings import belongings
from workflow.cases.views.student_sheet import CaseSheet, RecordSheet
from workflow.cases.views.whose_turn import Turn, standing_of, turn_of
from workflow.evidence.papers import Paper
from workflow.history.entry import Entry
from workflow.store import from_text
from workflow.verdict import Reason, Verdict

DECISIONS = ("correct", "reject")
TOLD = ("raise", "take_up", "withdraw", "lapse", "dispute", "reopen", "resume", *DECISIONS)
"""The moves that a student sees. An undone decision that was never announced stays hidden."""


@dataclass(frozen=True, slots=True)
class Station:
    """One stage of a case: the move to it, when, and whether it is the present one."""

    move: str
    at: datetime | None = None
    here: bool = False


@dataclass(frozen=True, slots=True)
class Matter:
    """One claim as its student may see it. Outcome and words are empty until the decision is announced."""

    claim: ClaimFacts
    old: str
    new: str
    words: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """All content of a case's page."""

    mine: RecordSheet
    case: CaseSheet
    steps: tuple[Station, ...]
    matters: tuple[Matter, ...]
    words: str
    policy: str
    papers: tuple[Paper, ...]
    questions: tuple[QuestionView, ...]
    turn: Turn
    ending: Ending | None
    disagreement: str
    how: str
    may: Mapping[str, Verdict]
    dispute_until: datetime | None
    way: tuple[StepShown, ...]
    last: FinalCheck | None
    rules: tuple[Rule, ...]
    barred: tuple[Reason, ...]
    """The reasons why nothing can be filed now, again or for another field."""

    @property
    def open_questions(self) -> tuple[QuestionView, ...]:
        """The questions that wait for the student."""
        return tuple(question for question in self.questions if question.facts.open)

    @property
    def taken_up_at(self) -> datetime | None:
        """When the school took up the case."""
        return next((step.at for step in self.steps if step.move == "take_up" and step.at), None)


def story_of(case: str) -> Story:
    """One of the student's own cases, as of now."""
    with looking() as session:
        return read_story(session, case)


def read_story(session: Session, id: str) -> Story:
    """One of the student's own cases, in two statements beside the record's."""
    mine = read_mine(session)
    case = mine.case(id) or abort(404)
    there = belongings(session, place().cipher, case.facts)
    entries, since = there.entries, case.facts.filed_at
    questions = tuple(one for one in there.questions if since is not None and one.asked_at >= since)
    policy = speak_by(place().rules.judging(session, case.facts, mine.at))
    of_case, of_claim = _words(entries, case)
    claims = _in_order(case.claims)
    matters = tuple(_matter(claim, case, of_claim.get(claim.id, "")) for claim in claims)
    rules_said = _rules(session, mine, case, matters)
    decided = case.facts.decided_at
    SETTLED.keep(session, case.id, _settled(entries))
    return Story(
        mine=mine,
        case=case,
        steps=_steps([entry for entry, _ in entries], case),
        matters=tuple(
            replace(matter, rules=_with(Require, said))
            for matter, said in zip(matters, rules_said, strict=True)
        ),
        words=of_case,
        policy=entries[-1][0].policy if entries else "",
        papers=there.papers,
        questions=question_views(questions, case.claims),
        turn=turn_of(
            standing_of(
                case.facts,
                questions,
                at=mine.at,
                state=case.state,
                reconfirm_until=case.reconfirm_until,
            ),
            policy.school.calendar,
        ),
        ending=ending_of(case.facts.ruling, policy.school.policy) if case.state == REJECTED else None,
        disagreement=_disagreement(entries),
        how=_how(entries) if case.proxy else "",
        may=offers(session, mine, case),
        dispute_until=decided + timedelta(days=policy.periods.dispute_days)
        if case.told and decided
        else None,
        way=_way(case, entries, mine.at.date()),
        last=last_filing_day(session, mine),
        rules=tuple(dict.fromkeys(rule for said in rules_said for rule in _with(AddStep, said))),
        barred=against_filing(session, mine),
    )


def _disagreement(entries: Iterable[tuple[Entry, str]]) -> str:
    """The student's statement against the present decision."""
    words = ""
    for entry, said in entries:
        if entry.action in DECISIONS:
            words = ""
        elif entry.action == "disagree":
            words = said
    return words


def _how(entries: Iterable[tuple[Entry, str]]) -> str:
    """How a proxy was asked to file, in the proxy's words."""
    filed = [said for entry, said in entries if entry.action == "raise"]
    return filed[-1] if filed else ""


def _steps(entries: Iterable[Entry], case: CaseSheet) -> tuple[Station, ...]:
    """The stages since the last filing. Future stages come last, without a time."""
    told: list[Entry] = []
    for entry in entries:
        if entry.action == "raise":
            told = [entry]
        elif entry.action == "undo" and told:
            told.pop()
        elif entry.action in TOLD and told:
            told.append(entry)
    if told and told[-1].action in DECISIONS and not case.told:
        told.pop()
    last = len(told) - 1
    steps = [Station(_move(entry), from_text(entry.at), n == last) for n, entry in enumerate(told)]
    ahead = {RAISED: ("take_up", "decide"), REVIEW: ("decide",)}.get(case.state, ()) if told else ()
    return (*steps, *(Station(move) for move in ahead))


def _move(entry: Entry) -> str:
    """The move as a student sees it. A proxy's filing differs from the student's own."""
    return "raise_for" if entry.action == "raise" and entry.role != "student" else entry.action


def _way(case: CaseSheet, entries: Iterable[tuple[Entry, str]], today: date) -> tuple[StepShown, ...]:
    """The review steps in order. Empty while a decision is not announced yet."""
    if case.held_back:
        return ()
    words: dict[str, str] = {}
    for entry, said in entries:
        if entry.action in STEPPING:
            words |= dict.fromkeys(entry.steps, said)
    fields = {claim.id: claim.field for claim in case.claims if claim.outcome != "withdrawn"}
    way = shown(case.facts, case.facts.every_step, fields, today, words=words)
    return tuple(step for step in way if step.fields)


def _settled(entries: Iterable[tuple[Entry, str]]) -> bool:
    """True when something was settled after the last filing."""
    settled = False
    for entry, _ in entries:
        settled = entry.action in ("settle", "see") or (settled and entry.action != "raise")
    return settled


def _words(entries: Iterable[tuple[Entry, str]], case: CaseSheet) -> tuple[str, dict[str, str]]:
    """The words about the whole case and about each claim, once announced."""
    of_case, of_claim = "", dict[str, str]()
    if case.told:
        for entry, words in entries:
            if entry.action == "settle":
                of_claim |= dict.fromkeys(entry.claims, words)
            elif entry.action in DECISIONS:
                of_case = words
    return of_case, of_claim


def _in_order(claims: Iterable[ClaimFacts]) -> list[ClaimFacts]:
    """Sorted by filing, then by the school's order of fields."""
    place_of = {words.code: n for n, words in enumerate(school_spoken().fields)}
    return sorted(claims, key=lambda claim: (claim.filed_at, place_of.get(claim.field, len(place_of))))


def _matter(claim: ClaimFacts, case: CaseSheet, words: str) -> Matter:
    old, new = opened(place().cipher, claim)
    if not case.told:
        known = claim.outcome in ("withdrawn", "lapsed")
        claim = replace(claim, outcome=claim.outcome if known else "", seen_on=None, ruling="")
    return Matter(claim, old, new, words)


def _rules(
    session: Session, mine: RecordSheet, case: CaseSheet, matters: Sequence[Matter]
) -> Sequence[tuple[Rule, ...]]:
    """The rules for each claim, as in force when it was filed."""
    filed_at = case.facts.filed_at or mine.at
    policy = place().rules.judging(session, case.facts, mine.at)
    standing = [it for it in matters if it.claim.outcome != "withdrawn"]
    question = rules.question(
        session,
        policy,
        case.facts,
        filed_at,
        claims=[as_filed(it.claim, it.new) for it in standing],
        olds={it.claim.field: it.old for it in standing},
        finals=mine.whole.finals,
    )
    try:
        said = iter(rules_of(policy.school, question))
    except QuestionFault:  # the record has lost a needed fact
        return [()] * len(matters)
    return [next(said) if it in standing else () for it in matters]


def _with(effect: type[Require] | type[AddStep], said: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules with an effect of this type: papers, or an additional step."""
    return tuple(rule for rule in said if isinstance(rule.effect, effect))
