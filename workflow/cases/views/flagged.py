"""What imports showed of decided cases, for whoever looks after it: one line a flag, and no names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from workflow.cases.tables import Case, Flag
from workflow.records.tables import Record, RosterImport


@dataclass(frozen=True, slots=True)
class FlagLine:
    """One flag: the case and the field, what the data of which day showed, and when it was answered."""

    case: str
    receipt: str
    state: str
    college: str
    field: str
    kind: str
    roster: str
    data_of: date
    made_at: datetime
    ended_at: datetime | None


def flagged(session: Session, theirs: ColumnElement[bool], *, limit: int) -> tuple[list[FlagLine], int]:
    """The flags of somebody's cases, open ones first, latest first; and how many are open."""
    asked = (
        select(Case.id, Case.receipt, Case.state, Record.fy, Flag, RosterImport.name, RosterImport.as_of)
        .join(Case, Case.id == Flag.case_id)
        .join(Record, Record.id == Case.record_id)
        .join(RosterImport, RosterImport.id == Flag.import_id)
        .where(theirs)
        .order_by(Flag.ended_at.is_not(None), Flag.made_at.desc(), Flag.id)
        .limit(limit)
    )
    lines = [
        FlagLine(
            case=row.id,
            receipt=row.receipt or "",
            state=row.state,
            college=row.fy or "",
            field=row.Flag.field,
            kind=row.Flag.kind,
            roster=row.name,
            data_of=row.as_of,
            made_at=row.Flag.made_at,
            ended_at=row.Flag.ended_at,
        )
        for row in session.execute(asked)
    ]
    waiting = select(func.count()).select_from(Flag).join(Case, Case.id == Flag.case_id)
    waiting = waiting.join(Record, Record.id == Case.record_id).where(theirs, Flag.ended_at.is_(None))
    return lines, session.scalar(waiting) or 0
