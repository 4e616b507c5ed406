"""The outbox: messages owed to students."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from workflow.store import Base, Instant


class Notice(Base):
    """A message owed to the student a record is about. It names the event and the subject, no values.

    ``due_at`` is when it may leave (a decision is held back while it can be undone); ``seen_at`` is when the
    student saw it on their page, ``cancelled_at`` when what it told was taken back.
    """

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_record_due", "record_id", "due_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(32), index=True)
    event: Mapped[str] = mapped_column(String(32))
    owed_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
