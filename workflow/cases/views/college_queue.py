"""What waits for one college's check: its own students' cases, oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from states.case import RAISED, REVIEW
from workflow.cases.review.steps import COLLEGE, DECIDED
from workflow.cases.tables import Case, Claim, Step, StepClaim
from workflow.records.tables import Record

LIMIT = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """One case that waits for its college: no numbers of people."""

    case: str
    receipt: str
    name: str
    group: str
    fields: tuple[str, ...]
    filed_at: datetime
    due: date | None


def waiting_for_college(session: Session, college: str, *, limit: int = LIMIT) -> list[Waiting]:
    """The cases of a college's students with a check that its officer can take now."""
    named, earlier, of_claim = aliased(StepClaim), aliased(Step), aliased(StepClaim)
    ahead = exists().where(
        of_claim.claim_id == named.claim_id,
        earlier.id == of_claim.step_id,
        earlier.position < Step.position,
        earlier.outcome.in_(("", "failed")),
    )
    rows: Any = session.execute(
        select(
            Case.id,
            Case.receipt,
            Record.xm,
            Record.bh,
            func.aggregate_strings(Claim.field, ","),
            Case.filed_at,
            func.min(Step.due),
        )
        .select_from(Step)
        .join(named, named.step_id == Step.id)
        .join(Claim, Claim.id == named.claim_id)
        .join(Case, Case.id == Step.case_id)
        .join(Record, Record.id == Case.record_id)
        .where(
            Record.fy == college,
            Case.state.in_((RAISED, REVIEW)),
            Step.office == COLLEGE,
            Step.kind.in_(DECIDED),
            Step.ended_at.is_(None),
            Claim.outcome == "",
            ~ahead,
        )
        .group_by(Case.id, Case.receipt, Record.xm, Record.bh, Case.filed_at)
        .order_by(Case.filed_at, Case.id)
        .limit(limit)
    )
    return [
        Waiting(case, receipt or "", name, group or "", tuple(sorted(set(fields.split(",")))), filed_at, due)
        for case, receipt, name, group, fields, filed_at, due in rows
    ]


def is_theirs(session: Session, case: str, college: str) -> bool:
    """Whether a case is of a college's student and has, or had, a step of the college's."""
    asked = (
        select(Step.id)
        .join(Case, Case.id == Step.case_id)
        .join(Record, Record.id == Case.record_id)
        .where(Case.id == case, Record.fy == college, Step.office == COLLEGE)
        .limit(1)
    )
    return session.scalar(asked) is not None
