"""The table of permissions. The registrar's reasons stand in the openings of the history alone, sealed."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from states.permission import PERMISSION
from workflow.store import Base, Instant

EXTEND, OPEN, FREEZE = "extend", "open", "freeze"
KINDS: dict[str, tuple[str, str]] = {
    EXTEND: ("延长提出时间", "longer time to file"),
    OPEN: ("重新开放核对", "check opened again"),
    FREEZE: ("冻结更正事项", "corrections frozen"),
}
"""What the registrar may grant, or impose on, one student."""


class Permission(Base):
    """An act of the registrar on one record, until its end. ``campaign_id`` is of a check opened again."""

    __tablename__ = "permission"
    __table_args__ = (
        CheckConstraint("state IN ('granted', 'used_up', 'ended', 'taken_back')", name="state"),
        CheckConstraint("kind IN ('extend', 'open', 'freeze')", name="kind"),
        CheckConstraint("(kind = 'open') = (campaign_id IS NOT NULL)", name="campaign"),
        Index(
            "uq_permission_one_live",
            "record_id",
            "kind",
            unique=True,
            sqlite_where=text("state = 'granted'"),
            postgresql_where=text("state = 'granted'"),
        ),
    )
    lifecycle: ClassVar[str] = PERMISSION.name

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    version: Mapped[int] = mapped_column(Integer)
    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    until: Mapped[datetime] = mapped_column(Instant)
    granted_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
