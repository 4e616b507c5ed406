"""A student's own case as a story: what happened when, where it is now, who must act, what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from config.policy import ClaimAsked, FinalCheck
from config.policy.effects import AddStep, Require
from config.policy.school import Rule
from states.case import RAISED, REVIEW
from web.security import place, record_of_mine
from web.sheet import advice, last_filing_day
from workflow.cases.checks import following
from workflow.cases.filing import ClaimFiled
from workflow.cases.sheets import CaseSheet, Paper, RecordSheet, SealedClaim, papers_of
from workflow.history.entry import Entry
from workflow.history.telling import told
from workflow.store import from_text
from workflow.verdict import Verdict

DECISIONS = ("correct", "reject")
TOLD = ("raise", "take_up", "withdraw", "lapse", "dispute", "reopen", *DECISIONS)
"""The moves a student reads of; who undoes a decision that was never told has told nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One station of a case: the move that led there, when, and whether the case stands there now."""

    move: str
    at: datetime | None = None
    here: bool = False


@dataclass(frozen=True, slots=True)
class Matter:
    """One claim as its student may see it; outcome and words only once the decision is told."""

    field: str
    cause: str
    event_date: date | None
    old: str
    new: str
    follows: tuple[tuple[str, str], ...]
    outcome: str
    words: str
    seen_on: date | None
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """Everything the page of a case says."""

    at: datetime
    name: str
    number: str
    case: CaseSheet
    steps: tuple[Step, ...]
    matters: tuple[Matter, ...]
    words: str
    policy: str
    papers: tuple[Paper, ...]
    withdraw: Verdict
    dispute: Verdict
    dispute_until: datetime | None
    last: FinalCheck | None
    rules: tuple[Rule, ...]

    @property
    def taken_up_at(self) -> datetime | None:
        """When the school took it up."""
        return next((step.at for step in self.steps if step.move == "take_up" and step.at), None)


def read_story(session: Session, mine: RecordSheet, case: CaseSheet) -> Story:
    """One of the student's own cases, in two statements beside the record's."""
    entries = told(session, place().cipher, case.id)
    policy = place().engine.policies.in_force(case.facts.filed_at or mine.at)
    of_case, of_claim = _words(entries, case)
    decided = case.facts.decided_at
    return Story(
        at=mine.at,
        name=mine.name,
        number=mine.number,
        case=case,
        steps=_steps([entry for entry, _ in entries], case),
        matters=tuple(_matter(claim, case, of_claim.get(claim.id, "")) for claim in _in_order(case.claims)),
        words=of_case,
        policy=_policy(entries),
        papers=papers_of(session, record_of_mine(), case.id),
        withdraw=advice(session, mine, case, "withdraw", settled=_settled(entries)),
        dispute=advice(session, mine, case, "dispute"),
        dispute_until=decided + timedelta(days=policy.dispute_days) if case.told and decided else None,
        last=last_filing_day(session, mine),
        rules=_rules(AddStep, [_asked(claim) for claim in case.claims]),
    )


def _steps(entries: Iterable[Entry], case: CaseSheet) -> tuple[Step, ...]:
    """The stations since the last filing, those that are still ahead at the end without a time."""
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
    steps = [Step(entry.action, from_text(entry.at), n == last) for n, entry in enumerate(told)]
    ahead = {RAISED: ("take_up", "decide"), REVIEW: ("decide",)}.get(case.state, ()) if told else ()
    return (*steps, *(Step(move) for move in ahead))


def _settled(entries: Iterable[tuple[Entry, str]]) -> bool:
    """Whether something was settled after the last filing."""
    settled = False
    for entry, _ in entries:
        settled = entry.action == "settle" or (settled and entry.action != "raise")
    return settled


def _words(entries: Iterable[tuple[Entry, str]], case: CaseSheet) -> tuple[str, dict[str, str]]:
    """What was said of the whole case and of each claim, once it is told."""
    of_case, of_claim = "", dict[str, str]()
    if case.told:
        for entry, words in entries:
            if entry.action == "settle":
                of_claim |= dict.fromkeys(entry.claims, words)
            elif entry.action in DECISIONS:
                of_case = words
    return of_case, of_claim


def _policy(entries: Sequence[tuple[Entry, str]]) -> str:
    """The digest of the policy that the last step was taken under."""
    return entries[-1][0].policy if entries else ""


def _in_order(claims: Iterable[SealedClaim]) -> list[SealedClaim]:
    """By the filing they came with, and within it as the school lists its fields."""
    place_of = {words.code: n for n, words in enumerate(place().school.fields)}
    return sorted(claims, key=lambda claim: (claim.filed_at, place_of.get(claim.field, len(place_of))))


def _matter(claim: SealedClaim, case: CaseSheet, words: str) -> Matter:
    cipher = place().cipher
    new = cipher.open(claim.new, table="claim", column="new", row=claim.id)
    follows = following(ClaimFiled(claim.field, claim.cause, new))
    shown = case.told or claim.outcome in ("withdrawn", "lapsed")
    return Matter(
        field=claim.field,
        cause=claim.cause,
        event_date=claim.event_date,
        old=cipher.open(claim.old, table="claim", column="old", row=claim.id),
        new=new,
        follows=tuple((field, value) for field, value in follows.items() if field != claim.field),
        outcome=claim.outcome if shown else "",
        words=words,
        seen_on=claim.seen_on if case.told else None,
        rules=_rules(Require, [_asked(claim)]),
    )


def _asked(claim: SealedClaim) -> ClaimAsked:
    return ClaimAsked(claim.field, claim.cause, claim.event_date)


def _rules(effect: type[Require] | type[AddStep], claims: Sequence[ClaimAsked]) -> tuple[Rule, ...]:
    """The school's rules by which such claims are handled: the papers they need, or the steps they pass."""
    return tuple(rule for rule in place().school.about("raise", claims) if isinstance(rule.effect, effect))
