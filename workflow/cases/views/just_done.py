"""What a person did last to a case: enough to say it, to say what follows, and to take it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from config.calendar import Calendar
from workflow.cases.review.conflicts import related_rows
from workflow.cases.tables import DECIDED, SETTLED, Case, Claim
from workflow.cases.views.outcomes import outcomes_from, outcomes_of_case
from workflow.cases.views.whose_turn import NOBODY, Turn, turns_in_review
from workflow.engine import SYSTEM
from workflow.history.codes import Code
from workflow.history.entry import Entry
from workflow.history.tables import EntryRow
from workflow.records.tables import Record
from workflow.store import from_text


@dataclass(frozen=True, slots=True)
class JustDone:
    """The last entry that a person made on a case, and the case as it stands since.

    ``fields`` are those it was about, ``outcome`` is what it said of a claim. ``decided_at`` is None unless
    that person closed the case and it is closed still.
    """

    case: str
    version: int
    receipt: str
    name: str
    action: str
    at: datetime
    fields: tuple[str, ...]
    outcome: str
    state: str
    outcomes: tuple[str, ...]
    decided_at: datetime | None
    turn: Turn


def last_action(session: Session, case: str, person: str) -> str:
    """What a person did last to a case; '' if they did nothing."""
    return session.scalars(_entries_of(person).where(EntryRow.subject == case)).first() or ""


def just_done(session: Session, case: str, person: str, calendar: Calendar) -> JustDone | None:
    """What this person did last to a case; None to whoever did nothing to it, or is near to its student."""
    asked = (
        _entries_of(
            person,
            EntryRow.body,
            EntryRow.at,
            Case.version,
            Case.receipt,
            Case.state,
            Case.decided_at,
            Case.decided_by,
            Record.xm,
            outcomes_of_case().label("outcomes"),
        )
        .join(Case, Case.id == EntryRow.subject)
        .join(Record, Record.id == Case.record_id)
        .where(Case.id == case, Case.filed_at.is_not(None), ~related_rows((person,)))
    )
    row = session.execute(asked).first()
    if row is None:
        return None
    entry = Entry.from_body(bytes(row.body))
    closed = row.state in DECIDED
    turns = {} if closed else turns_in_review(session, {case: row.state}, calendar)
    return JustDone(
        case=case,
        version=row.version,
        receipt=row.receipt or "",
        name=row.xm,
        action=row.action,
        at=from_text(row.at),
        fields=_fields(session, case, entry),
        outcome=next((code.value for code in map(Code.parse, entry.codes) if code.value in SETTLED), ""),
        state=row.state,
        outcomes=outcomes_from(row.outcomes),
        decided_at=row.decided_at if closed and _closed_it(row, person) else None,
        turn=turns.get(case, NOBODY),
    )


def _closed_it(row: Any, person: str) -> bool:
    """Whether a case was closed by somebody, or by the system at the moment of what they did."""
    by_the_system = row.decided_by == SYSTEM.person and from_text(row.at) == row.decided_at
    return by_the_system or bool(row.decided_by == person)


def _entries_of(person: str, *more: Any) -> Select[*tuple[Any, ...]]:
    """What a person did, latest first; no attempt that was refused."""
    return (
        select(EntryRow.action, *more)
        .where(EntryRow.actor == person, EntryRow.number.is_not(None))
        .order_by(EntryRow.number.desc())
        .limit(1)
    )


def _fields(session: Session, case: str, entry: Entry) -> tuple[str, ...]:
    """The fields of the claims that an entry is about; of all that are not withdrawn, if it names none."""
    asked = select(Claim.id, Claim.field).where(Claim.case_id == case, Claim.outcome != "withdrawn")
    rows = session.execute(asked.order_by(Claim.field)).all()
    return tuple(row.field for row in rows if row.id in entry.claims or not entry.claims)
