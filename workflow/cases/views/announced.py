"""A case as its student was told of it: a decision that can still be undone has not been made.

Everything that pages for the student ask is asked of this, so that no half of a decision shows through.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from states.case import REVIEW
from workflow.cases.facts import Afterwards, CaseFacts, ClaimFacts, RecordFacts, StepFacts, WholeRecord
from workflow.cases.letters import DECISIONS
from workflow.cases.review.steps import BY_BATCH
from workflow.cases.tables import Case
from workflow.history.entry import Entry
from workflow.letters.register import DECIDING, LetterGiven
from workflow.letters.tables import OUTWARD
from workflow.people.cipher import Cipher
from workflow.records.corrections import value_before
from workflow.records.fields import COLUMNS
from workflow.records.identity import document_type
from workflow.records.tables import RecordChange
from workflow.store import as_text

DEEDS = (
    "settle", "see", "send", "receive", "pass_step", "fail_step", "lapse_rest", *BY_BATCH, *DECISIONS,
)  # fmt: skip
"""What a decision is made of. Those of its own moment are not told before it is."""


@dataclass(frozen=True, slots=True)
class Untold:
    """What decisions that are held back changed in a record: the values of before, as text, by field.

    ``lines`` are the lines that they wrote, each by its field and number.
    """

    before: Mapping[str, str] = field(default_factory=dict)
    lines: frozenset[tuple[str, int]] = frozenset()


def untold_changes(session: Session, cipher: Cipher, record: str, held_back: Collection[str]) -> Untold:
    """What the decisions of these cases changed. A value that an import has brought since is told.

    A decision that takes an earlier correction back restores a value with its old source, so its line names
    the case only as the source of what it replaced.
    """
    if not held_back:
        return Untold()
    later = aliased(RecordChange)
    newer = exists().where(
        later.record_id == RecordChange.record_id,
        later.field == RecordChange.field,
        later.number > RecordChange.number,
    )
    of_case = or_(Case.id == RecordChange.case_id, Case.id == RecordChange.old_case_id)
    found = session.execute(
        select(RecordChange, newer)
        .join(Case, and_(of_case, Case.decided_at == RecordChange.at))
        .where(RecordChange.record_id == record, Case.id.in_(held_back))
    ).all()
    before = {line.field: value_before(cipher, line) or "" for line, since in found if not since}
    if "SFZH" in before:
        before["ZJLX"] = (before["SFZH"] and document_type(before["SFZH"])) or ""
    return Untold(before, frozenset((line.field, line.number) for line, _ in found))


def whole_as_announced(
    whole: WholeRecord, held_back: Collection[str], before: Mapping[str, str]
) -> WholeRecord:
    """A record whose decisions that are held back have not been made. ``before`` are its values of before."""
    if not held_back:
        return whole
    facts = _facts_before(whole.facts, before)
    claims = {
        id: claim
        for case in whole.cases
        if case.id in held_back
        for id, claim in _claims_before(case).items()
    }
    told = tuple(claims.get(claim.id, claim) for claim in whole.claims)
    cases = tuple(
        replace(_before(case) if case.id in held_back else case, claims_of_record=told, record=facts)
        for case in whole.cases
    )
    return replace(whole, facts=facts, values={**whole.values, **before}, claims=told, cases=cases)


def entries_as_announced(entries: Iterable[tuple[Entry, str]], held_back: bool) -> list[tuple[Entry, str]]:
    """The entries of a case without a decision that was undone or is held back, and without its deeds."""
    told: list[tuple[Entry, str]] = []
    for entry, words in entries:
        told = without_the_last_decision(told) if entry.action == "undo" else [*told, (entry, words)]
    return without_the_last_decision(told) if held_back else told


def without_the_last_decision(told: list[tuple[Entry, str]]) -> list[tuple[Entry, str]]:
    """The entries but for the last decision, the deeds of its moment and what speaks of it since."""
    last = max((n for n, (entry, _) in enumerate(told) if entry.action in DECISIONS), default=None)
    if last is None:
        return told
    first = last
    while first and told[first - 1][0].action in DEEDS and told[first - 1][0].at == told[last][0].at:
        first -= 1
    return told[:first] + [one for one in told[last + 1 :] if one[0].action != "flag"]


def letters_as_announced(
    letters: Iterable[LetterGiven], entries: Iterable[tuple[Entry, str]], held_back: bool
) -> tuple[LetterGiven, ...]:
    """The letters that a student was given: none that was undone, none of a decision held back."""
    decided = [entry.at for entry, _ in entries if entry.action in DECISIONS]
    hidden = decided[-1:] if held_back else []
    return tuple(
        one
        for one in letters
        if one.kind not in OUTWARD
        and one.ended != "undone"
        and not (one.kind in DECIDING and not one.ended and as_text(one.given_at) in hidden)
    )


def _facts_before(facts: RecordFacts, before: Mapping[str, str]) -> RecordFacts:
    columns = {COLUMNS[name].attribute: (COLUMNS[name].kind, value) for name, value in before.items()}
    changed: dict[str, Any] = {
        attribute: None if not value else date.fromisoformat(value) if kind == "date" else value
        for attribute, (kind, value) in columns.items()
        if attribute in RecordFacts.__slots__
    }
    still = [name for name in facts.blank if name not in before]
    return replace(facts, **changed, blank=(*still, *(name for name, value in before.items() if not value)))


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
