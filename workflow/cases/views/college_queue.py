"""What waits for an officer's check: the cases of some students of their college, oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import Session

from workflow.cases.tables import UNDECIDED, Case, Claim, Step
from workflow.cases.views.queue.desk import OTHERS, Desk
from workflow.cases.views.queue.lines import Line, columns_of_lines, line_values
from workflow.records.tables import Record

LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Line):
    """One case that waits for its college; ``waits`` names the list in which it stands."""

    group: str
    due: date | None
    waits: str


def waiting_for_college(
    session: Session, desk: Desk, whom: ColumnElement[bool], *, limit: int = LIMIT
) -> list[Waiting]:
    """Some students' cases of an officer's lists, with the fields that their check is about and its day."""
    lines = columns_of_lines(
        Case.holder,
        desk.of_college(func.aggregate_strings(Claim.field, ",")),
        Record.xm.label("name"),
        func.coalesce(Record.bh, "").label("group"),
        desk.of_college(func.min(Step.due)).scalar_subquery().label("due"),
        desk.which.label("waits"),
    )
    theirs = (Case.state.in_(UNDECIDED), desk.which != OTHERS, whom)
    shown = lines.where(*theirs).order_by(Case.filed_at, Case.id)
    return [Waiting(**line_values(row)) for row in session.execute(shown.limit(limit))]
