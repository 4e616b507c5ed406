"""The lines of a batch as somebody who enters an answer knows them: number, student and field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.batches import BatchLine
from workflow.cases.tables import Case, Claim
from workflow.outgoing.batches.choosing import too_near
from workflow.outgoing.batches.facts import LineFacts
from workflow.records.tables import Record


@dataclass(frozen=True, slots=True)
class LineNamed:
    """One line of a batch, and whose it is."""

    line: str
    number: int
    name: str
    student: str
    field: str


def lines_named(session: Session, lines: Iterable[LineFacts], people: Iterable[str]) -> list[LineNamed]:
    """Some lines of a batch with the names and student numbers of their students, in their order.

    Those that one of ``people`` is too near to are for somebody else to enter.
    """
    asked = (
        select(BatchLine.id, BatchLine.number, Record.xm, Record.xh, Claim.field)
        .join(Record, Record.id == BatchLine.record_id)
        .join(Claim, Claim.id == BatchLine.claim_id)
        .join(Case, Case.id == BatchLine.case_id)
        .where(BatchLine.id.in_([one.id for one in lines]), ~too_near(people))
        .order_by(BatchLine.number)
    )
    rows = session.execute(asked)
    return [LineNamed(id, number, name, student or "", field) for id, number, name, student, field in rows]
