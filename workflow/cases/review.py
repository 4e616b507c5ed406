"""What a reviewer does in one press: settle every open claim alike and close the case; take the next one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.facts import CaseFacts, look_at_case
from workflow.cases.waiting import Filter, next_in_line
from workflow.engine import Actor, Engine, NoSuchSubject, Ref
from workflow.history.entry import Entry
from workflow.people.tables import Person
from workflow.store import Store
from workflow.verdict import Reason, Refused, Verdict


@dataclass(frozen=True, slots=True)
class Decision:
    """One outcome for the claims named (all that are open), and how the case is closed."""

    claims: tuple[str, ...]
    outcome: str
    seen_on: date | None
    refusal: str
    words: str


@dataclass(frozen=True, slots=True)
class _Deed:
    action: str
    key: str
    details: dict[str, Any]


def decide(
    engine: Engine, session: Session, case: str, decision: Decision, *, by: Actor, expected: int, key: str
) -> Entry:
    """Settle the claims and close the case, all of it or nothing; returns the entry of the close.

    Each deed has a key of its own, made from the form's, so that a form sent twice is one decision.
    Raises Refused with the reasons of every deed at once, before the first is done.
    """
    facts = look_at_case(session, case)
    if facts is None:
        raise NoSuchSubject(case)
    deeds = _deeds(facts, decision, key)
    if engine.history.subject_of(session, by.person, deeds[-1].key) is None:
        _refuse_all_at_once(engine, session, facts, decision, deeds, by, expected)
    for number, deed in enumerate(deeds):
        seen = expected if number == 0 else None
        entry = _perform(engine, session, case, deed, by, seen)
    return entry


def _deeds(facts: CaseFacts, decision: Decision, key: str) -> list[_Deed]:
    settled = {"outcome": decision.outcome, "seen_on": decision.seen_on}
    words = decision.words if decision.outcome == "refused" else ""
    deeds = [
        _Deed("settle", f"{key}:{claim}", {"claim": claim, **settled, "words": words})
        for claim in decision.claims
    ]
    corrected = any(c.outcome == "corrected" and c.id not in decision.claims for c in facts.claims)
    if corrected or decision.outcome == "corrected":
        close = _Deed("correct", f"{key}:close", {"words": decision.words})
    else:
        close = _Deed("reject", f"{key}:close", {"words": decision.words, "refusal": decision.refusal})
    return [*deeds, close]


def _refuse_all_at_once(
    engine: Engine,
    session: Session,
    facts: CaseFacts,
    decision: Decision,
    deeds: list[_Deed],
    by: Actor,
    expected: int,
) -> None:
    """Ask about every deed before one is done; the refused attempt is kept as of the version it met."""
    subject = Ref("case", facts.id)
    verdicts = [engine.may(session, subject, deed.action, by, **deed.details) for deed in deeds]
    ahead = _ahead(facts, decision)
    barred = [
        (
            deed,
            [reason for reason in verdict.reasons if verdict.action == "settle" or reason.code not in ahead],
        )
        for deed, verdict in zip(deeds, verdicts, strict=True)
    ]
    first = next((deed for deed, reasons in barred if reasons), None)
    if first is None:
        return
    try:
        _perform(engine, session, facts.id, first, by, expected)
    except Refused as no:
        met = [
            reason for reason in no.verdict.reasons if first.action == "settle" or reason.code not in ahead
        ]
        every = [*met, *(reason for _, reasons in barred for reason in reasons)]
        raise Refused(Verdict(first.action, _once(every)), no.keep) from no


def _ahead(facts: CaseFacts, decision: Decision) -> set[str]:
    """What bars the close only because the claims are still to be settled, or nobody said how."""
    ahead = set()
    if {claim.id for claim in facts.claims if not claim.outcome} <= set(decision.claims):
        ahead.add("claims_unsettled")
    if decision.claims and decision.outcome == "corrected":
        ahead.add("nothing_corrected")
    if decision.claims and not decision.outcome:
        ahead.add("refusal_code_missing")
    return ahead


def _once(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    kept: dict[str, Reason] = {}
    for reason in reasons:
        kept.setdefault(reason.code, reason)
    return tuple(kept.values())


def _perform(
    engine: Engine, session: Session, case: str, deed: _Deed, by: Actor, expected: int | None
) -> Entry:
    entry: Entry = engine.perform(
        session, Ref("case", case), deed.action, by=by, expected=expected, key=deed.key, **deed.details
    )
    return entry


def take_next(engine: Engine, store: Store, chosen: Filter, *, by: Actor, key: str, after: str = "") -> str:
    """Make the next free case the person's and return it; '' if there is none. Sent twice, it is one case."""
    with store.reading() as session:
        if (taken := engine.history.subject_of(session, by.person, key)) is not None:
            return taken
        found = next_in_line(session, by.person, engine.clock.now(session), chosen, after=after)
    for candidate in found:
        taken = _take(engine, store, candidate.case, candidate.action, by, key)
        if taken:
            return taken
    return ""


def _take(engine: Engine, store: Store, case: str, action: str, by: Actor, key: str) -> str:
    """The case that is the person's now; '' if somebody was quicker, or it is a case of their own.

    The same press sent twice at once meets here: the later one is given what the first one took.
    """
    try:
        with store.writing() as session:
            session.execute(select(Person.id).where(Person.id == by.person).with_for_update())
            if (taken := engine.history.subject_of(session, by.person, key)) is not None:
                return taken
            if not action:
                return case
            if not engine.may(session, Ref("case", case), action, by).allowed:
                return ""
            engine.perform(session, Ref("case", case), action, by=by, key=key)
    except Refused:
        return ""
    return case
