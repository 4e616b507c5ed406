"""The outbox: notices owed to people, their addresses, and the deliveries."""

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
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from workflow.store import Base, Instant

CHANNELS: dict[str, tuple[str, str]] = {
    "wecom": ("企业微信", "WeCom"),
    "email": ("电子邮件", "e-mail"),
}
"""The delivery channels, in the order in which they are tried for a person."""

STATUSES: dict[str, tuple[str, str]] = {
    "owed": ("待发", "to be sent"),
    "leased": ("正在发", "being sent"),
    "failed": ("稍后再试", "to be tried again"),
    "sent": ("已发出", "sent"),
    "dead": ("发不出去", "given up"),
    "cancelled": ("不再需要", "not needed any more"),
}
"""The statuses of a delivery. This is not a lifecycle of the engine: no case depends on it."""

LIVE = ("owed", "leased", "failed", "sent")
_ALIVE = text(f"status IN ({', '.join(repr(name) for name in LIVE)})")
_UNROUTED = text("routed_at IS NULL AND cancelled_at IS NULL")
_PENDING = text("status IN ('owed', 'failed', 'leased')")


class Notice(Base):
    """A message owed to a record's student or to a member of staff. It names the event and no values.

    ``due_at`` is when it may be sent (a decision is held back while it can be undone). ``seen_at`` is when
    the student saw it on their page, ``cancelled_at`` when its event was taken back, ``routed_at`` when its
    channel, if any, was chosen. ``act_by`` is the deadline for what it asks. ``occasion`` distinguishes two
    notices of one event (the version of the case, the day of a reminder). ``facts`` is JSON with further
    facts for the text: counts, never a personal value.
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
    """The address of one person on one channel, sealed and bound to this row.

    ``vouched``: the file came from the office that assigns the addresses. ``refused_at``: the channel
    reported that the address does not exist; a new address clears it. ``proved``: the person gave it
    themselves and typed a code that was sent there. ``opens_from`` is when codes to sign in may be sent there
    (empty: from the beginning). ``former`` holds, sealed, what lies beside the address: earlier ones, which
    are told of a change, and one that waits for its proof. ``sealed`` is empty where there is none now.
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
    proved: Mapped[bool] = mapped_column(Boolean, server_default=false())
    opens_from: Mapped[datetime | None] = mapped_column(Instant)
    former: Mapped[bytes | None] = mapped_column(LargeBinary)
    refused_at: Mapped[datetime | None] = mapped_column(Instant)


class Delivery(Base):
    """The delivery of one notice by one channel, kept as proof of what was sent and when.

    A worker holds it until ``leased_until`` under its ``lease``. ``error`` is the code of the last fault and
    ``answer`` the number that the server returned with it. ``reference`` finds the message in the server's
    log. ``vouched`` says whether the address was vouched for when it was sent.
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
