"""Campaigns and cases, claims and drafts. States are written by the engine only."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from states import Lifecycle
from states.campaign import CAMPAIGN
from states.case import CASE, RAISED, REVIEW
from workflow.store import Base, Day, Instant

OUTCOMES: dict[str, tuple[str, str]] = {
    "corrected": ("已更正", "corrected"),
    "refused": ("未予更正", "refused"),
    "already_right": ("本来就对", "already right"),
    "lapsed": ("已终止", "lapsed"),
    "withdrawn": ("已撤回", "withdrawn"),
}
"""What can become of a claim, in Chinese and English."""

MANNERS: dict[str, tuple[str, str]] = {
    "confirmed": ("核对无误", "confirmed"),
    "proxy": ("核对无误（代为确认）", "confirmed by proxy"),
    "deemed": ("视为无误", "deemed correct"),
}
"""How a case came to rest at checked_ok: saying so and saying nothing are never the same."""


EXCLUSIONS: dict[str, tuple[str, str]] = {
    "left_school": ("已离校", "left the school"),
    "on_leave": ("休学", "on leave"),
    "retained": ("保留学籍", "status retained"),
    "transferred": ("转学", "transferred"),
    "not_in_cohort": ("不属于本次范围", "not of this cohort"),
    "other": ("其他", "other"),
}
"""Why a case is not counted, in Chinese and English."""


def _states(life: Lifecycle) -> CheckConstraint:
    names = ", ".join(f"'{state.name}'" for state in life.states)
    return CheckConstraint(f"state IN ({names})", name="state")


class Campaign(Base):
    """A check of a cohort in a window, drafted from a plan of campaigns.toml; ``fields`` asked, by comma."""

    __tablename__ = "campaign"
    __table_args__ = (_states(CAMPAIGN),)
    lifecycle: ClassVar[str] = CAMPAIGN.name

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    plan: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer)
    fields: Mapped[str] = mapped_column(String(255))
    opens_at: Mapped[datetime] = mapped_column(Instant)
    closes_at: Mapped[datetime] = mapped_column(Instant)


class Case(Base):
    """One record in one campaign (or a filing of its own), and all that follows."""

    __tablename__ = "cases"
    __table_args__ = (
        _states(CASE),
        CheckConstraint("manner IN ('', 'confirmed', 'proxy', 'deemed')", name="manner"),
        CheckConstraint("(state = 'checked_ok') = (manner <> '')", name="manner_belongs_to_checked_ok"),
        UniqueConstraint("record_id", "campaign_id"),
        Index(
            "ix_cases_open",
            "filed_at",
            "id",
            sqlite_where=text(f"state IN ('{RAISED}', '{REVIEW}')"),
            postgresql_where=text(f"state IN ('{RAISED}', '{REVIEW}')"),
        ),
    )
    lifecycle: ClassVar[str] = CASE.name

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"))
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    previous_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    state: Mapped[str] = mapped_column(String(24))
    version: Mapped[int] = mapped_column(Integer)
    manner: Mapped[str] = mapped_column(String(16), server_default="")
    excluded: Mapped[str] = mapped_column(String(64), server_default="")
    receipt: Mapped[str | None] = mapped_column(String(16), unique=True)
    filed_at: Mapped[datetime | None] = mapped_column(Instant)
    holder: Mapped[str | None] = mapped_column(String(32))
    held_until: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(32))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    ruling: Mapped[str] = mapped_column(String(64), server_default="")


class Claim(Base):
    """One disputed field of a case. Values are sealed; ``field_group`` makes document, birth and sex one."""

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint(f"outcome IN ('', {', '.join(repr(name) for name in OUTCOMES)})", name="outcome"),
        Index(
            "uq_claim_one_open",
            "record_id",
            "field_group",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"), index=True)
    field: Mapped[str] = mapped_column(String(16))
    field_group: Mapped[str] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(24))
    event_date: Mapped[date | None] = mapped_column(Day)
    old: Mapped[bytes] = mapped_column(LargeBinary)
    new: Mapped[bytes] = mapped_column(LargeBinary)
    outcome: Mapped[str] = mapped_column(String(16), server_default="")
    seen_on: Mapped[date | None] = mapped_column(Day)
    filed_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Draft(Base):
    """Unfiled answers of one student, sealed as a whole; no state, no history."""

    __tablename__ = "draft"

    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"), primary_key=True)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    body: Mapped[bytes] = mapped_column(LargeBinary)
