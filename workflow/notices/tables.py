"""The outbox: messages owed to people, the addresses at which they are reached, and what became of each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from workflow.store import Base, Instant

CHANNELS: dict[str, tuple[str, str]] = {
    "wecom": ("企业微信", "WeCom"),
    "email": ("电子邮件", "e-mail"),
}
"""The ways out of the house, in the order in which they are tried for a person."""

STATUSES: dict[str, tuple[str, str]] = {
    "owed": ("待发", "to be sent"),
    "leased": ("正在发", "being sent"),
    "failed": ("稍后再试", "to be tried again"),
    "sent": ("已发出", "sent"),
    "dead": ("发不出去", "given up"),
    "cancelled": ("不再需要", "not needed any more"),
}
"""What a delivery may be. It is no lifecycle of the engine's: nothing about a case follows from it."""

LIVE = ("owed", "leased", "failed", "sent")
_ALIVE = text(f"status IN ({', '.join(repr(name) for name in LIVE)})")
_UNROUTED = text("routed_at IS NULL AND cancelled_at IS NULL")
_PENDING = text("status IN ('owed', 'failed', 'leased')")


class Notice(Base):
    """A message owed to the student a record is about, or to one of the staff. It names the event, no values.

    ``due_at`` is when it may leave (a decision is held back while it can be undone); ``seen_at`` is when the
    student saw it on their page, ``cancelled_at`` when what it told was taken back; ``routed_at`` when it was
    decided by which channel it leaves the house, if by any. ``act_by`` is the last moment for what it asks.
    ``occasion`` tells two of one event apart (the version of the case, the day of a reminder); ``facts`` are
    what the words name besides, as JSON: counts, never a value of a person's.
    """

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint("(record_id = '') <> (person_id = '')", name="one_addressee"),
        UniqueConstraint("subject", "event", "occasion", "record_id", "person_id", name="uq_notice_once"),
        Index("ix_notice_record_due", "record_id", "due_at"),
        Index("ix_notice_to_route", "due_at", "id", sqlite_where=_UNROUTED, postgresql_where=_UNROUTED),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(32))
    person_id: Mapped[str] = mapped_column(String(32), server_default="")
    subject: Mapped[str] = mapped_column(String(32))
    event: Mapped[str] = mapped_column(String(32))
    occasion: Mapped[str] = mapped_column(String(32))
    owed_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    act_by: Mapped[datetime | None] = mapped_column(Instant)
    facts: Mapped[str] = mapped_column(Text, server_default="")
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    routed_at: Mapped[datetime | None] = mapped_column(Instant)


class Address(Base):
    """Where one person is reached by one channel. The address itself is sealed, bound to this row.

    ``vouched``: the file came from the office that gives the addresses out. ``refused_at``: the channel said
    that there is nobody of that address; a new address clears it.
    """

    __tablename__ = "address"
    __table_args__ = (
        CheckConstraint("(record_id = '') <> (person_id = '')", name="one_owner"),
        CheckConstraint(f"channel IN ({', '.join(repr(name) for name in CHANNELS)})", name="channel"),
        UniqueConstraint("record_id", "person_id", "channel"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(32), server_default="")
    person_id: Mapped[str] = mapped_column(String(32), server_default="")
    channel: Mapped[str] = mapped_column(String(8))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    mark: Mapped[bytes] = mapped_column(LargeBinary(16))
    vouched: Mapped[bool] = mapped_column(Boolean)
    given_by: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(Instant)
    refused_at: Mapped[datetime | None] = mapped_column(Instant)


class Delivery(Base):
    """One notice on its way by one channel, kept as proof of what was sent and when.

    A worker holds it until ``leased_until`` under its ``lease``; ``error`` is the code of the last fault and
    ``answer`` the number the other side gave with it. ``reference`` finds the message in the other side's
    own log; ``vouched`` says whether the address was, at the moment of sending.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(repr(name) for name in STATUSES)})", name="status"),
        CheckConstraint(f"channel IN ({', '.join(repr(name) for name in CHANNELS)})", name="channel"),
        CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_has_its_moment"),
        UniqueConstraint("notice_id", "channel"),
        Index("uq_delivery_one_live", "notice_id", unique=True, sqlite_where=_ALIVE, postgresql_where=_ALIVE),
        Index(
            "ix_delivery_pending",
            "channel",
            "status",
            "next_at",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
        Index("ix_delivery_status_sent_at", "status", "sent_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notice.id"))
    address_id: Mapped[str] = mapped_column(ForeignKey("address.id"))
    channel: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    next_at: Mapped[datetime] = mapped_column(Instant)
    lease: Mapped[str] = mapped_column(String(32), server_default="")
    leased_until: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str] = mapped_column(String(32), server_default="")
    answer: Mapped[int | None] = mapped_column(Integer)
    vouched: Mapped[bool] = mapped_column(Boolean)
    reference: Mapped[str] = mapped_column(String(128), server_default="")
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
