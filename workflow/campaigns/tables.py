"""Graduating classes, whose records expect to graduate on the same day; and what campaigns published."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from states.graduation import GRADUATION
from workflow.store import Base, Day, Instant


class GraduatingClass(Base):
    """All records of one expected graduation date; the registrar registers their degrees together."""

    __tablename__ = "graduating_class"
    __table_args__ = (CheckConstraint("state IN ('studying', 'degrees_registered')", name="state"),)
    lifecycle: ClassVar[str] = GRADUATION.name

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    expected_on: Mapped[date] = mapped_column(Day, unique=True)
    state: Mapped[str] = mapped_column(String(24))
    version: Mapped[int] = mapped_column(Integer)


class BulletinRow(Base):
    """Frozen, dated statistics of a campaign. ``body`` is what was published, ``digest`` its SHA-256.

    ``day`` is the day it is named after, ``as_of`` the moment of its numbers, that second included.
    """

    __tablename__ = "bulletin"
    __table_args__ = (UniqueConstraint("campaign_id", "as_of"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaign.id"))
    day: Mapped[date] = mapped_column(Day)
    as_of: Mapped[datetime] = mapped_column(Instant)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary)
