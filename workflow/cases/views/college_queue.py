"""What waits for one college's check: its own students' cases, oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow.cases.review.steps import COLLEGE
from workflow.cases.tables import Case, Claim, Step
from workflow.cases.views.queue import OTHERS, UNDECIDED, Desk
from workflow.people.tables import Person
from workflow.records.tables import Record

LIMIT = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """One case that waits for its college: no numbers of people.

    ``waits`` names the list in which it stands; ``by`` holds it until ``held_until``.
    """

    case: str
    receipt: str
    name: str
    group: str
    fields: tuple[str, ...]
    filed_at: datetime
    due: date | None
    waits: str
    by: str
    by_name: str
    held_until: datetime | None

    def held(self, at: datetime) -> bool:
        """Whether somebody works on it at a moment."""
        return bool(self.by) and self.held_until is not None and self.held_until > at


def waiting_for_college(session: Session, desk: Desk, *, limit: int = LIMIT) -> list[Waiting]:
    """The cases of an officer's lists, with the fields that their check is about and its day."""
    which = desk.which
    rows = session.execute(
        select(
            Case.id,
            Case.receipt,
            Record.xm,
            Record.bh,
            desk.of_college(func.aggregate_strings(Claim.field, ",")).scalar_subquery(),
            Case.filed_at,
            desk.of_college(func.min(Step.due)).scalar_subquery(),
            which,
            Case.holder,
            Person.name,
            Case.held_until,
        )
        .join(Record, Record.id == Case.record_id)
        .outerjoin(Person, Person.id == Case.holder)
        .where(Case.state.in_(UNDECIDED), which != OTHERS)
        .order_by(Case.filed_at, Case.id)
        .limit(limit)
    )
    return [
        Waiting(
            case=case,
            receipt=receipt or "",
            name=name,
            group=group or "",
            fields=tuple(sorted(set((fields or "").split(",")))),
            filed_at=filed_at,
            due=due,
            waits=waits,
            by=by or "",
            by_name=by_name or "",
            held_until=held_until,
        )
        for case, receipt, name, group, fields, filed_at, due, waits, by, by_name, held_until in rows
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
