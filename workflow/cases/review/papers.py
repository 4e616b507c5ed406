"""Who may open the papers, the photo and the full numbers of a case: at once, for a reason, or why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from states.case import RAISED, REVIEW
from workflow.cases.attempt import Attempt
from workflow.cases.common import holds_the_role, not_own_case, own_record
from workflow.cases.facts import CaseFacts, StepFacts, is_held
from workflow.cases.review.conflicts import not_prepared_by_you, not_related
from workflow.cases.review.steps import not_theirs, of_their_college, ready, turn_is_theirs
from workflow.evidence.tables import Evidence
from workflow.people.access import people_at_the_door
from workflow.verdict import Reason, named

FOR_A_REASON = ("second_reviewer", "auditor")
"""The roles that may open what they do not handle, if they say why."""
NOT_YOURS = Reason(
    "papers_not_yours",
    "材料只给正在办理、轮到办理、办过其中环节或作过决定的人看。",
    remedy="请在轮到您时查看，或先领办；需要了解情况的，请联系经办人。",
)


@dataclass(frozen=True, slots=True)
class PaperOpening:
    """Whether somebody may open the papers of a case, and whether they say a reason first; or why not."""

    barred: tuple[Reason, ...] = ()
    for_a_reason: bool = False

    @property
    def at_once(self) -> bool:
        """True when the papers stand open: no reason is asked for."""
        return not self.barred and not self.for_a_reason


def opening(attempt: Attempt) -> PaperOpening:
    """What somebody may see of the papers of a case.

    They stand open to their student, to who holds the case, to whose turn it is, and to who took a step or
    made the decision. A second reviewer and an auditor open them for a reason. Nobody does who declared a
    relation to the student, or who is the student and comes in another role.
    """
    if barred := tuple(named("papers", _against(attempt))):
        return PaperOpening(barred)
    if attempt.by.role == "student" or _handles(attempt):
        return PaperOpening()
    if attempt.by.role in FOR_A_REASON:
        return PaperOpening(for_a_reason=True)
    if turn := tuple(_not_their_turn(attempt)):
        return PaperOpening(tuple(named("papers", (NOT_YOURS, *turn))))
    return PaperOpening()


def is_open_in_draft(paper: Evidence, record: str, person: str) -> bool:
    """Whether a paper of a record is of the draft of who files: of ``person``, '' for the student.

    What is filed is in no draft any more: of its record's papers the student sees it, and no proxy.
    """
    if paper.record_id != record:
        return False
    return not person if paper.case_id is not None else (paper.added_by or "") == person


def _against(attempt: Attempt) -> Iterator[Reason]:
    """Why somebody must not see the papers, whatever they do in the case."""
    of_staff = (holds_the_role, of_their_college, not_own_case, not_related)
    for guard in (own_record,) if attempt.by.role == "student" else of_staff:
        if (reason := guard(attempt)) is not None:
            yield reason


def _handles(attempt: Attempt) -> bool:
    """Whether somebody holds the case, took one of its steps, decided it, or is called to second it."""
    case, here = attempt.subject, people_at_the_door(attempt.by)
    if case.holder in here and is_held(case.holder, case.held_until, attempt.at):
        return True
    if case.decided_by in here or any(step.taken_by & here for step in _taken(case)):
        return True
    return attempt.by.role == "second_reviewer" and any(
        one.step.duty == "second_reviewer" and not list(not_theirs(attempt, one.step)) for one in ready(case)
    )


def _taken(case: CaseFacts) -> Iterator[StepFacts]:
    return (step for step in case.every_step if step.outcome in ("passed", "failed"))


def _not_their_turn(attempt: Attempt) -> Iterator[Reason]:
    """Why the case does not wait for an officer or a reviewer; nothing if it does."""
    if attempt.subject.state not in (RAISED, REVIEW):
        yield Reason(
            "nothing_waits",
            "这个个案目前没有待办事项。",
            remedy="已经办结的，由办理的人、复核人或审计人员查看。",
        )
        return
    if (prepared := not_prepared_by_you(attempt)) is not None:
        yield prepared
    yield from turn_is_theirs(attempt)
