"""The school's checklist: what whoever approves a claim has to tick, and what they ticked."""

from __future__ import annotations

from collections.abc import Iterable

from config.policy import ChecklistItem, Words, items_for
from config.policy.words import DECIDED_STEPS
from workflow.cases.attempt import Attempt
from workflow.cases.facts import CaseFacts, ClaimFacts
from workflow.cases.review.steps import taken_claims, the_step
from workflow.engine import Change, by_name, in_words
from workflow.history.codes import TICKED, Code
from workflow.verdict import Reason


def items_of(attempt: Attempt) -> tuple[ChecklistItem, ...]:
    """What is to be looked at before this act, in the school's order; nothing if it approves nothing."""
    policy = attempt.policy.school.policy
    asked = {item.id for claim in _approved(attempt) for item in items_for(policy, claim.field, claim.cause)}
    return tuple(item for item in policy.checklist if item.id in asked)


def is_approved_by_a_step(case: CaseFacts, claim: str) -> bool:
    """Whether a step that the school decides stands between a claim and its correction."""
    return any(
        step.kind in DECIDED_STEPS and step.outcome != "void" for step in case.steps if claim in step.claims
    )


@in_words("核对要点已逐项勾选", "the checklist is done")
def checklist_is_done(attempt: Attempt) -> Reason | None:
    """Who approves a claim has ticked what the school requires for its field and cause."""
    ticked = attempt.details.get("ticked") or ()
    missing = [item for item in items_of(attempt) if item.required and item.id not in ticked]
    return not_done(missing) if missing else None


def not_done(missing: Iterable[ChecklistItem]) -> Reason:
    """Which required items were not ticked."""
    return Reason(
        "checklist_not_done",
        "还有没有勾选的核对要点：{items}。",
        {"items": tuple(Words(item.id, item.says, item.says_en) for item in missing)},
        remedy="请逐项核对后勾选。",
    )


def note_ticked(attempt: Attempt, change: Change) -> None:
    """What was ticked stands in the entry, by the ids of the school's list."""
    ticked = attempt.details.get("ticked") or ()
    change.codes += [Code(TICKED, item.id) for item in items_of(attempt) if item.id in ticked]


def _approved(attempt: Attempt) -> Iterable[ClaimFacts]:
    """The claims that an act approves.

    A step that the school decides approves its claims. A claim without such a step is approved by whoever
    enters it as corrected; what an import shows approves nothing.
    """
    case, details = attempt.subject, attempt.details
    if attempt.by.is_system:
        return ()
    if (step := the_step(attempt)) is not None:
        taken = set(taken_claims(attempt, step))
        claims = [claim for claim in case.claims if claim.id in taken]
        return claims if step.kind in DECIDED_STEPS else _without_a_step(case, claims)
    if details.get("outcome") != "corrected":
        return ()
    return _without_a_step(case, [one for one in case.claims if one.id == details.get("claim")])


def _without_a_step(case: CaseFacts, claims: Iterable[ClaimFacts]) -> list[ClaimFacts]:
    return [claim for claim in claims if not is_approved_by_a_step(case, claim.id)]


CHECKS = by_name(checklist_is_done)
EFFECTS = by_name(note_ticked)
