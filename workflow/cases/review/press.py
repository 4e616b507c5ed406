"""What a reviewer does in one press: approve or refuse the claims, close what is done, take the next case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.facts import CaseFacts, StepFacts
from workflow.cases.load import read_case
from workflow.cases.review import steps
from workflow.cases.review.deeds import Deed, Deeds
from workflow.cases.views.queue.desk import desk_of
from workflow.cases.views.queue.filter import Filter
from workflow.cases.views.queue.lists import next_in_line
from workflow.engine import Actor, Engine, Ref, is_id
from workflow.history.entry import Entry
from workflow.people.tables import Person
from workflow.store import Store
from workflow.verdict import Refused

APPROVED, REFUSED, ALREADY_RIGHT = "approved", "refused", "already_right"
RECORD_IS_RIGHT = "record_is_right"
"""The ground of the school's list on which a case is closed whose record was right all along."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What one press says of the claims named: approved, refused or already right.

    ``seen_on``: since when the platform shows the claimed values, where it does. ``base`` is the digest of
    the values that moved since the filing, as they were looked at. ``ticked`` are items of the checklist.
    """

    claims: tuple[str, ...]
    outcome: str
    seen_on: date | None
    refusal: str
    words: str
    base: str = ""
    ticked: tuple[str, ...] = ()


def decide(
    engine: Engine, session: Session, case: str, decision: Decision, *, by: Actor, expected: int, key: str
) -> Entry:
    """Do all that one press may do, all of it or nothing; returns the last entry.

    What is approved passes every step that is this person's to pass, and is corrected where it was seen; what
    is not is settled. When every claim has its outcome the case is closed. Each deed has a key of its own,
    made from the form's, so that a form sent twice is one decision. Raises Refused with the reasons of every
    deed that can be foreseen, before the first is done.
    """
    facts = read_case(session, case) if is_id(case) else None
    if facts is None:
        raise engine.not_there(session, Ref("case", case), "settle", by)
    press = _Press(engine, session, case, decision, by, key)
    if (again := press.again(lambda entry: _as_before(entry, decision))) is not None:
        return again
    deeds, closing = press.first(facts), _closing_ahead(facts, decision)
    press.refuse_all_at_once([*deeds, *([closing] if closing is not None else ())], expected)
    for deed in deeds:
        press.do(deed, None if press.done else expected)
    press.go_on()
    press.close()
    assert press.last is not None
    return press.last


class _Press(Deeds):
    """One press while it is carried out."""

    def __init__(
        self, engine: Engine, session: Session, case: str, decision: Decision, by: Actor, key: str
    ) -> None:
        super().__init__(engine, session, case, by, key)
        self._decision = decision
        if not decision.outcome:
            self.unsaid = frozenset(("refusal_code_missing",))

    def first(self, facts: CaseFacts) -> list[Deed]:
        """What the press does first. Steps of other people are left to them if any is for this person."""
        deeds = _first(facts, self._decision)
        others = [deed for deed in deeds if set(self.verdict(deed).codes) & ANOTHERS]
        return [deed for deed in deeds if deed not in others] or deeds

    def go_on(self) -> None:
        """Take whatever else of the approved claims has become this person's to take."""
        if self._decision.outcome != APPROVED:
            return
        while deed := next(self._allowed(_next_steps(self.facts(), self._decision)), None):
            self.do(deed)
        facts = self.facts()
        if self._decision.seen_on is not None and any(
            claim.id in self._decision.claims for claim in steps.unsettled(facts)
        ):
            # Where somebody else's turn comes first, the engine says whose.
            for deed in _seeing(facts, self._decision):
                self.do(deed)

    def _allowed(self, deeds: Iterable[Deed]) -> Iterator[Deed]:
        return (deed for deed in deeds if self.verdict(deed).allowed)

    def close(self) -> None:
        """Close the case when every claim has its outcome. An office that settles nothing leaves it open."""
        facts = self.facts()
        if steps.unsettled(facts):
            return
        deed = _close(facts, self._decision)
        if not (self.done and "not_the_desk" in self.verdict(deed).codes):
            self.do(deed)


ANOTHERS = frozenset(("not_your_step", "not_your_duty", "four_eyes", "not_the_desk"))
"""What bars a deed because somebody else does it."""


def _first(facts: CaseFacts, decision: Decision) -> list[Deed]:
    """What the press does first: steps to pass for what is approved, outcomes for what is not."""
    chosen = [claim for claim in facts.claims if claim.id in decision.claims]
    if decision.outcome != APPROVED:
        return [_settle(claim.id, decision) for claim in chosen] or [_settle("", decision)]
    deeds = _next_steps(facts, decision)
    deeds += [
        _settle(claim.id, decision)
        for claim in chosen
        if claim.outcome != "corrected" and not steps.unfinished(facts, claim.id)
    ]
    return deeds or _seeing(facts, decision) or [_settle("", decision)]


def _next_steps(facts: CaseFacts, decision: Decision) -> list[Deed]:
    """The steps that can be taken now for the claims chosen; a platform entry only where it was seen."""
    return [
        _step(one.step, decision)
        for one in steps.ready(facts, decision.claims)
        if set(one.claims) & set(decision.claims)
        if one.step.kind != steps.PLATFORM or decision.seen_on is not None
    ]


def _seeing(facts: CaseFacts, decision: Decision) -> list[Deed]:
    chosen = {claim.id for claim in steps.unsettled(facts)} & set(decision.claims)
    return [
        _step(step, decision)
        for step in facts.steps
        if step.kind == steps.PLATFORM and not step.outcome and step.claims & chosen
    ]


def _step(step: StepFacts, decision: Decision) -> Deed:
    return _of_step("see" if step.kind == steps.PLATFORM else "pass_step", step.id, decision)


def _of_step(action: str, step: str, decision: Decision) -> Deed:
    said: dict[str, Any] = {"seen_on": decision.seen_on} if action == "see" else {"words": decision.words}
    said |= {"base": decision.base, "ticked": decision.ticked}
    return Deed(action, {"step": step, "only": decision.claims, **said})


def _settle(claim: str, decision: Decision) -> Deed:
    outcome = "corrected" if decision.outcome == APPROVED else decision.outcome
    said = {"words": decision.words, "refusal": decision.refusal} if outcome == REFUSED else {}
    details = {
        "claim": claim,
        "outcome": outcome,
        "seen_on": decision.seen_on,
        "base": decision.base,
        "ticked": decision.ticked,
    }
    return Deed("settle", details | said)


def _close(facts: CaseFacts, decision: Decision) -> Deed:
    corrected = any(claim.outcome == "corrected" for claim in facts.claims)
    return _end("correct" if corrected else "reject", decision)


def _end(action: str, decision: Decision) -> Deed:
    ground = decision.refusal or (RECORD_IS_RIGHT if decision.outcome == ALREADY_RIGHT else "")
    said = {} if action == "correct" else {"refusal": ground}
    return Deed(action, {"words": decision.words, **said})


def _closing_ahead(facts: CaseFacts, decision: Decision) -> Deed | None:
    """How the case would be closed by this press, if nothing of it would be left open."""
    if not {claim.id for claim in steps.unsettled(facts)} <= set(decision.claims):
        return None
    if decision.outcome == APPROVED:
        return _end("correct", decision) if decision.seen_on else None
    return _close(facts, decision)


def _as_before(entry: Entry, decision: Decision) -> Deed:
    """The deed of this decision that would have led to an entry, or to another one under its key."""
    if entry.action == "settle":
        return _settle(entry.claims[0], decision)
    if entry.action in ("see", "pass_step"):
        return _of_step(entry.action, entry.steps[0], decision)
    return _end("correct" if entry.action == "correct" else "reject", decision)


def take_next(
    engine: Engine, store: Store, chosen: Filter, *, by: Actor, key: str, after: str = "", but: str = ""
) -> str:
    """Make the next free case the person's and return it; '' if there is none. Sent twice, it is one case.

    Those behind ``after`` come first, then the others; ``but`` is left out, and so is ``after``.
    """
    tried = {but}
    while True:
        with store.reading() as session:
            if (taken := engine.history.subject_of(session, by.person, key)) is not None:
                return taken
            desk = desk_of(engine, session, by, engine.clock.now(session))
            found = next_in_line(session, desk, chosen, after=after, tried=tried)
        for candidate in found:
            if taken := _take(engine, store, candidate.case, candidate.action, by, key):
                return taken
        if not found:
            return ""
        tried |= {candidate.case for candidate in found}


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
            if not engine.check_action(session, Ref("case", case), action, by).allowed:
                return ""
            engine.perform(session, Ref("case", case), action, by=by, key=key)
    except Refused:
        return ""
    return case
