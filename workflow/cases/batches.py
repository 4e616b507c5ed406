"""Batches to a body outside: their tables, and what cases and pages read of them.

They stand here, below the room that acts on them, because guards of a case ask whether it is in one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    Update,
    and_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from states.batch import ANSWERED, BATCH, SENT
from workflow.cases.tables import StepClaim
from workflow.store import Base, Day, Instant, table_of

AGREED, REFUSED, MORE = "agreed", "refused", "more"
VERDICTS: dict[str, tuple[str, str]] = {
    AGREED: ("同意", "agreed"),
    REFUSED: ("不同意", "refused"),
    MORE: ("需补充", "more wanted"),
}
"""What a body says to a line."""

_LIVE = text("over_at IS NULL")
_NUMBERED = text("number <> ''")


class Batch(Base):
    """Claims that go to one body together. ``month`` is its intake, 2026-12, '' where the school names none.

    ``number`` is the number of the letter that it leaves with, never that of another batch. ``frozen_for``
    and ``agreed_for`` are whom a stand-in stood in for.
    """

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(one.name) for one in BATCH.states)})", name="state"),
        Index("uq_batch_number", "number", unique=True, sqlite_where=_NUMBERED, postgresql_where=_NUMBERED),
    )
    lifecycle: ClassVar[str] = BATCH.name

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    version: Mapped[int] = mapped_column(Integer)
    office: Mapped[str] = mapped_column(String(32))
    month: Mapped[str] = mapped_column(String(7))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_by: Mapped[str] = mapped_column(String(32))
    frozen_at: Mapped[datetime | None] = mapped_column(Instant)
    frozen_by: Mapped[str | None] = mapped_column(String(32))
    frozen_for: Mapped[str | None] = mapped_column(String(32))
    agreed_at: Mapped[datetime | None] = mapped_column(Instant)
    agreed_by: Mapped[str | None] = mapped_column(String(32))
    agreed_for: Mapped[str | None] = mapped_column(String(32))
    number: Mapped[str] = mapped_column(String(64), server_default="")
    sent_on: Mapped[date | None] = mapped_column(Day)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class BatchLine(Base):
    """One claim in a batch, under a number that no other line of it ever has.

    ``step_id`` is the step that it waited in when it was put in. ``asked_*``: who asked when that it leaves a
    frozen batch, for whom they stood in, and the entry with the reason. ``out_*``: when it left, and by whom.
    ``over_at``: when it left or was answered, the batch ended, or what was sent was made void. ``verdict`` is
    what the body said, ``answered_on`` when.
    """

    __tablename__ = "batch_line"
    __table_args__ = (
        CheckConstraint(f"verdict IN ('', {', '.join(map(repr, VERDICTS))})", name="verdict"),
        CheckConstraint("(verdict = '') = (answered_on IS NULL)", name="answered_with_its_verdict"),
        CheckConstraint("out_at IS NULL OR over_at IS NOT NULL", name="over_when_out"),
        UniqueConstraint("batch_id", "number"),
        Index("uq_batch_line_live", "claim_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id"))
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"), index=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), index=True)
    step_id: Mapped[str] = mapped_column(ForeignKey("step.id"))
    number: Mapped[int] = mapped_column(Integer)
    put_at: Mapped[datetime] = mapped_column(Instant)
    put_by: Mapped[str] = mapped_column(String(32))
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    asked_by: Mapped[str | None] = mapped_column(String(32))
    asked_for: Mapped[str | None] = mapped_column(String(32))
    asked_entry: Mapped[int | None] = mapped_column(Integer)
    out_at: Mapped[datetime | None] = mapped_column(Instant)
    out_by: Mapped[str | None] = mapped_column(String(32))
    out_for: Mapped[str | None] = mapped_column(String(32))
    over_at: Mapped[datetime | None] = mapped_column(Instant)
    verdict: Mapped[str] = mapped_column(String(8), server_default="")
    answered_on: Mapped[date | None] = mapped_column(Day)


def live_line_of(session: Session, claims: Collection[str]) -> dict[str, BatchLine]:
    """The line in which each of these claims now is, if it waits in a batch."""
    asked = select(BatchLine).where(BatchLine.claim_id.in_(sorted(claims)), BatchLine.over_at.is_(None))
    return {one.claim_id: one for one in session.scalars(asked)} if claims else {}


def live_batch_of(session: Session, claims: Collection[str]) -> dict[str, Batch]:
    """The batch in which each of these claims now waits, if it does."""
    asked = select(BatchLine.claim_id, Batch).join(Batch, Batch.id == BatchLine.batch_id)
    live = asked.where(BatchLine.claim_id.in_(sorted(claims)), BatchLine.over_at.is_(None))
    return {claim: batch for claim, batch in session.execute(live)} if claims else {}


def end_sent_lines(session: Session, step: str, at: datetime) -> None:
    """What was sent with a batch in this step is void: its lines are over, though the batch is not."""
    claims = select(StepClaim.claim_id).where(StepClaim.step_id == step)
    session.execute(_of_sent_batches(claims).where(BatchLine.over_at.is_(None)).values(over_at=at))


def wait_again(session: Session, claims: Collection[str], decided_at: datetime) -> None:
    """A decision of that moment is taken back: its lines wait for an answer, unless their batch has ended."""
    refused = and_(BatchLine.over_at >= decided_at, BatchLine.verdict == REFUSED)
    voided = and_(BatchLine.over_at == decided_at, BatchLine.verdict == "")
    these = _of_sent_batches(sorted(claims)).where(or_(refused, voided))
    session.execute(these.values(verdict="", answered_on=None, over_at=None))


def _of_sent_batches(claims: Any) -> Update:
    sent = select(Batch.id).where(Batch.state.in_((SENT, ANSWERED)))
    return update(table_of(BatchLine)).where(BatchLine.claim_id.in_(claims), BatchLine.batch_id.in_(sent))


def lines_of(session: Session, batch: str) -> list[BatchLine]:
    """Every line that a batch ever had, in their order."""
    asked = select(BatchLine).where(BatchLine.batch_id == batch).order_by(BatchLine.number)
    return list(session.scalars(asked))
