"""Which of somebody's grants are for a case: the student is in their scope, and a step of their office."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, exists, false, or_, true

from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.facts import ClaimFacts
from workflow.cases.tables import Case, Claim, Step
from workflow.people.access import held_here
from workflow.people.scopes import Held
from workflow.records.reach import covered_rows, covers
from workflow.records.tables import Record
from workflow.verdict import Reason


def held_for(attempt: Attempt) -> tuple[Held, ...]:
    """Of the grants that the actor uses, those in whose scope the student of the case is."""
    return tuple(one for one in held_here(attempt) if covers(one, attempt.subject.record))


def students_of(grants: Iterable[Held]) -> ColumnElement[bool]:
    """The cases whose student is in the scope of at least one grant."""
    rows = covered_rows(grants)
    if rows.compare(true()):
        return rows
    return exists().where(Record.id == Case.record_id, rows).correlate(Case)


def is_home(attempt: Attempt, held: Held) -> bool:
    """Whether a reviewer's grant is for the default office, which answers for what no other office does."""
    return office_of(attempt, held) == rules.default_office(attempt.policy)


def answers_for(attempt: Attempt, claim: ClaimFacts) -> bool:
    """Whether a reviewer's grant is for the office that answers for a claim."""
    office = claim.office or rules.default_office(attempt.policy)
    return any(office_of(attempt, one) == office for one in held_for(attempt))


def office_of(attempt: Attempt, held: Held) -> str:
    """The office that a reviewer's grant is for."""
    return held.scope.office or rules.default_office(attempt.policy)


def concerns_reviewer(attempt: Attempt) -> bool:
    """Whether a case is in a reviewer's scope: the student, and for another office a step or a claim."""
    case = attempt.subject
    offices = {step.office for step in case.every_step} | {claim.office for claim in case.claims}
    return any(is_home(attempt, one) or one.scope.office in offices for one in held_for(attempt))


def concerns_reviewer_rows(attempt: Attempt) -> ColumnElement[bool]:
    """The same of the table of cases."""
    grants = held_here(attempt)
    home = [one for one in grants if is_home(attempt, one)]
    elsewhere = [
        and_(
            students_of([one]),
            or_(
                exists().where(Step.case_id == Case.id, Step.office == one.scope.office).correlate(Case),
                exists().where(Claim.case_id == Case.id, Claim.office == one.scope.office).correlate(Case),
            ),
        )
        for one in grants
        if one not in home
    ]
    whole = students_of(home) if home else false()
    return whole if not elsewhere else or_(whole, *elsewhere)


def out_of_scope() -> Reason:
    """Why somebody has nothing to do with a student."""
    return Reason(
        "out_of_scope",
        "这名学生不在您的职责范围内。",
        remedy="请由负责这名学生的工作人员办理。",
        stranger=True,
    )
