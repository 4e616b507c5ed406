"""A case as its student was told of it: a decision that can still be undone has not been made.

Everything that pages for the student ask is asked of this, so that no half of a decision shows through.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from states.case import REVIEW
from workflow.cases.facts import Afterwards, CaseFacts, ClaimFacts, StepFacts, WholeRecord
from workflow.cases.letters import DECISIONS
from workflow.history.entry import Entry

DEEDS = ("settle", "see", "send", "receive", "pass_step", "fail_step", "lapse_rest", *DECISIONS)
"""What a decision is made of. Those of its own moment are not told before it is."""


def whole_as_announced(whole: WholeRecord, held_back: Collection[str]) -> WholeRecord:
    """A record whose decisions that are held back have not been made."""
    if not held_back:
        return whole
    claims = {
        id: claim
        for case in whole.cases
        if case.id in held_back
        for id, claim in _claims_before(case).items()
    }
    told = tuple(claims.get(claim.id, claim) for claim in whole.claims)
    cases = tuple(
        replace(_before(case) if case.id in held_back else case, claims_of_record=told)
        for case in whole.cases
    )
    return replace(whole, claims=told, cases=cases)


def entries_as_announced(entries: Iterable[tuple[Entry, str]], held_back: bool) -> list[tuple[Entry, str]]:
    """The entries of a case without a decision that was undone or is held back, and without its deeds."""
    told: list[tuple[Entry, str]] = []
    for entry, words in entries:
        told = without_the_last_decision(told) if entry.action == "undo" else [*told, (entry, words)]
    return without_the_last_decision(told) if held_back else told


def without_the_last_decision(told: list[tuple[Entry, str]]) -> list[tuple[Entry, str]]:
    """The entries before the last decision and the deeds of the same moment."""
    last = max((n for n, (entry, _) in enumerate(told) if entry.action in DECISIONS), default=None)
    if last is None:
        return told
    first = last
    while first and told[first - 1][0].action in DEEDS and told[first - 1][0].at == told[last][0].at:
        first -= 1
    return told[:first] + told[last + 1 :]


def _before(case: CaseFacts) -> CaseFacts:
    return replace(
        case,
        state=REVIEW,
        decided_by="",
        decided_at=None,
        ruling="",
        afterwards=Afterwards(),
        every_step=tuple(_open_again(step, case) for step in case.every_step),
    )


def _open_again(step: StepFacts, case: CaseFacts) -> StepFacts:
    if step.ended_at is None or step.ended_at != case.decided_at:
        return step
    return replace(step, outcome="", ended_by="", ended_for="", ended_at=None)


def _claims_before(case: CaseFacts) -> dict[str, ClaimFacts]:
    return {
        claim.id: replace(claim, outcome="", ruling="", seen_on=None, ended_at=None) for claim in case.claims
    }
