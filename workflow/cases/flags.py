"""What an import showed of decided cases: a value that was refused, or another than the corrected one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from workflow.cases.tables import UNDECIDED, Case, Flag
from workflow.records.tables import RosterImport
from workflow.store import InHand, Prepared


@dataclass(frozen=True, slots=True)
class FlagRaised:
    """What an import shows of a claim: the field, of which kind it is, and the value's keyed digest."""

    claim: str
    field: str
    kind: str
    shown: str


@dataclass(frozen=True, slots=True)
class FlagFacts:
    """One flag of a case: what the data of a day showed, in which file, and when somebody looked at it."""

    id: str
    kind: str
    field: str
    made_at: datetime
    data_of: date
    roster: str
    ended_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether nobody has looked at it yet."""
        return self.ended_at is None


COLUMNS: tuple[Any, ...] = (
    Flag.id,
    Flag.kind,
    Flag.field,
    Flag.made_at,
    RosterImport.as_of,
    RosterImport.name,
    Flag.ended_at,
)
"""The columns of ``FlagFacts``, in its order."""
FLAGS: InHand[tuple[FlagFacts, ...]] = InHand(Flag.__tablename__)
_OF_CASE = Prepared(
    select(*COLUMNS)
    .join(RosterImport, RosterImport.id == Flag.import_id)
    .where(Flag.case_id == bindparam("case"))
)


def flags_of(session: Session, case: str) -> tuple[FlagFacts, ...]:
    """Everything that imports showed of a case, latest first."""
    return FLAGS.once(
        session, case, lambda: in_order(FlagFacts(*row) for row in _OF_CASE.rows(session, {"case": case}))
    )


def in_order(flags: Iterable[FlagFacts]) -> tuple[FlagFacts, ...]:
    """Flags of a case, latest first."""
    return tuple(sorted(flags, key=lambda one: (one.made_at, one.field, one.id), reverse=True))


EVER_FLAGGED = select(Flag.case_id)
"""The cases of which an import ever showed something: of those that are decided anew, the flagged ones."""


def flagged_rows() -> ColumnElement[bool]:
    """The cases of which an import showed something that waits for an answer, or that are decided anew."""
    waits = exists().where(Flag.case_id == Case.id, Flag.ended_at.is_(None))
    return or_(waits, and_(Case.state.in_(UNDECIDED), Case.id.in_(EVER_FLAGGED)))
