"""Which claims wait for a body outside, and which of them may go into a batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from states.case import REVIEW
from workflow.cases.batches import BatchLine
from workflow.cases.review.conflicts import related_rows
from workflow.cases.review.steps import BODIES, ready_claims
from workflow.cases.tables import ActedFor, Case, Claim, Step
from workflow.outgoing.batches.facts import in_live_batch
from workflow.people.tables import Grant
from workflow.records.tables import Record

SHOWN = 500
"""So many waiting claims a page shows at once, as many as a batch may have."""


@dataclass(frozen=True, slots=True)
class WaitingClaim:
    """A claim that waits for a body, with what a list shows of it."""

    claim: str
    case: str
    record: str
    step: str
    receipt: str
    name: str
    number: str
    college: str
    field: str
    cause: str
    due: date | None
    filed_at: datetime


_COLUMNS: tuple[Any, ...] = (
    Claim.id,
    Case.id,
    Record.id,
    Step.id,
    func.coalesce(Case.receipt, ""),
    Record.xm,
    func.coalesce(Record.xh, ""),
    func.coalesce(Record.fy, ""),
    Claim.field,
    Claim.cause,
    Step.due,
    Claim.filed_at,
)


def too_near(people: Iterable[str]) -> ColumnElement[bool]:
    """The cases that these people have nothing to send of: their own, of relatives, or prepared by them."""
    near = sorted(people)
    own = exists().where(Grant.scope == Case.record_id, Grant.role == "student", Grant.person_id.in_(near))
    prepared = exists().where(ActedFor.case_id == Case.id, ActedFor.person_id.in_(near))
    return or_(own, prepared, related_rows(near))


def waiting_claims(
    session: Session,
    office: str,
    people: Collection[str],
    *,
    college: str = "",
    only: Sequence[str] | None = None,
    limit: int = SHOWN,
) -> list[WaitingClaim]:
    """The claims that wait for a body and are in no live batch, the first due first.

    Claims that one of ``people`` is too near to are left out. ``only`` limits it to some claims.
    """
    asked = _waiting(*_COLUMNS).where(Step.office == office, ~too_near(people))
    if college:
        asked = asked.where(Record.fy == college)
    if only is not None:
        asked = asked.where(Claim.id.in_(only))
    order = (Step.due.is_(None), Step.due, Case.filed_at, Record.xh, Claim.id)
    return [WaitingClaim(*row) for row in session.execute(asked.order_by(*order).limit(limit))]


def colleges_that_wait(session: Session, office: str, people: Collection[str]) -> list[tuple[str, int]]:
    """The colleges whose students' claims wait for a body, with how many."""
    counted = _waiting(func.coalesce(Record.fy, ""), func.count(Claim.id.distinct()))
    counted = counted.where(Step.office == office, ~too_near(people))
    rows = session.execute(counted.group_by(Record.fy))
    return sorted((college, number) for college, number in rows)


def bodies_that_wait(session: Session) -> dict[str, int]:
    """Each body that some claim outside of a live batch waits for, with how many do."""
    asked = _waiting(Step.office, func.count(Claim.id.distinct())).group_by(Step.office)
    return {office: number for office, number in session.execute(asked.order_by(Step.office))}


def near_lines(session: Session, batch: str, people: Collection[str]) -> list[int]:
    """The numbers of the lines that one of these people is too near to."""
    asked = (
        select(BatchLine.number)
        .join(Case, Case.id == BatchLine.case_id)
        .where(BatchLine.batch_id == batch, BatchLine.out_at.is_(None), too_near(people))
        .order_by(BatchLine.number)
    )
    return list(session.scalars(asked))


def _waiting(*columns: Any) -> Select[*tuple[Any, ...]]:
    """What waits for a body outside, was not sent, and is in no live batch."""
    return ready_claims(*columns).where(
        Step.kind.in_(BODIES), Step.sent_on.is_(None), Case.state == REVIEW, ~in_live_batch()
    )
