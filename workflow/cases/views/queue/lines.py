"""The lines of a list of cases, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    SQLColumnExpression,
    and_,
    false,
    func,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from workflow.cases.facts import is_held
from workflow.cases.flags import flagged_rows
from workflow.cases.tables import LAST, Case, Claim
from workflow.cases.views.outcomes import outcomes_from, outcomes_of_case
from workflow.cases.views.queue.desk import mark
from workflow.people.tables import Person
from workflow.records.tables import Record
from workflow.store import as_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a list of cases: no numbers of people. ``by`` holds it, or decided it."""

    case: str
    receipt: str
    name: str
    fields: tuple[str, ...]
    filed_at: datetime
    by: str
    by_name: str
    held_until: datetime | None

    def held(self, at: datetime) -> bool:
        """Whether somebody works on it at a moment."""
        return is_held(self.by, self.held_until, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Line):
    """One case of a reviewer's list.

    ``free``: the engine lets the person take it now, and nobody works on it. ``flagged``: an import showed
    something of it.
    """

    college: str
    state: str
    decided_at: datetime | None
    outcomes: tuple[str, ...] = ()
    free: bool = False
    due: date | None = None
    flagged: bool = False

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it stands in its list."""
        return self.due.isoformat() if self.due else LAST, as_text(self.filed_at), self.case

    def late(self, at: datetime) -> bool:
        """Whether its day is over."""
        return self.due is not None and self.due < at.date()


def lines_of(by: InstrumentedAttribute[str | None], at: datetime | None = None) -> Select[*tuple[Any, ...]]:
    """The columns of a list of cases with who holds or decided each; whether anybody does at a moment."""
    held = false() if at is None else and_(Case.holder.is_not(None), Case.held_until > at)
    fields = select(func.aggregate_strings(Claim.field, ",")).where(
        Claim.case_id == Case.id, Claim.outcome != "withdrawn"
    )
    return columns_of_lines(
        by,
        fields,
        Record.xm.label("name"),
        _text(Record.fy).label("college"),
        Case.state,
        Case.decided_at,
        outcomes_of_case().label("outcomes"),
        mark(false() if at is None else ~held, "free"),
        mark(flagged_rows(), "flagged"),
    )


def columns_of_lines(
    by: InstrumentedAttribute[str | None], fields: Select[*tuple[Any, ...]], *more: SQLColumnExpression[Any]
) -> Select[*tuple[Any, ...]]:
    """What every list of cases shows, by the names of a line, and what one list shows beside it."""
    return (
        select(
            Case.id.label("case"),
            _text(Case.receipt).label("receipt"),
            fields.scalar_subquery().label("fields"),
            Case.filed_at,
            _text(by).label("by"),
            _text(Person.name).label("by_name"),
            Case.held_until,
            *more,
        )
        .join(Record, Record.id == Case.record_id)
        .outerjoin(Person, Person.id == by)
    )


def line_values(row: Any) -> dict[str, Any]:
    """The values of a line by their names: its fields each once, in order."""
    return {**row._mapping, "fields": tuple(sorted(set((row.fields or "").split(","))))}


def _text(column: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    return func.coalesce(column, "")


def listed(
    session: Session, asked: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]], theirs: bool = True
) -> list[Listed]:
    """Read lines. ``theirs``: the engine lets the person take those that nobody holds."""
    rows = session.execute(asked)
    return [
        Listed(
            **line_values(row)
            | {"outcomes": outcomes_from(row.outcomes), "free": bool(row.free) and theirs}
            | {"due": day(row.due), "flagged": bool(row.flagged)}
        )
        for row in rows
    ]


def day(stored: str | None) -> date | None:
    """A due day as lines keep it; None if there is none."""
    return date.fromisoformat(stored) if stored and stored != LAST else None
