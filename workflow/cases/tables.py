"""Campaigns and cases, claims and drafts. States are written by the engine only."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    Boolean,
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

STEP_OUTCOMES: dict[str, tuple[str, str]] = {
    "passed": ("通过", "passed"),
    "failed": ("未通过", "failed"),
    "void": ("作废", "void"),
}
"""How a step ended; void: the claim or its papers changed after it, or the claim ended before it."""

QUESTION_KINDS: dict[str, tuple[str, str]] = {
    "paper": ("补交材料", "a paper"),
    "value": ("改正填写的内容", "another value"),
    "explanation": ("说明情况", "an explanation"),
}
"""What can be asked of a student."""

QUESTION_OUTCOMES: dict[str, tuple[str, str]] = {
    "answered": ("已答复", "answered"),
    "dropped": ("不再需要", "not needed any more"),
    "lapsed": ("逾期未答复", "not answered in time"),
}
"""How a question ended."""


def _one_of(column: str, *words: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(word) for word in words)})", name=column)


def _states(life: Lifecycle) -> CheckConstraint:
    return _one_of("state", *(state.name for state in life.states))


class Campaign(Base):
    """A check of a cohort in a window, drafted from a plan of campaigns.toml; ``fields`` asked, by comma.

    ``policy`` is the digest of the text it was started under.
    """

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
    policy: Mapped[str] = mapped_column(String(64), server_default="")


class Case(Base):
    """One record in one campaign (or a filing of its own), and all that follows.

    ``policy`` is the digest of the text that judged its filing. ``proxy`` is who filed it for the student, if
    somebody did, in which role, and in whose place if not in their own. ``reconfirm_until`` is the day until
    which the student is to say that the correction is right, where policy asks it.
    """

    __tablename__ = "cases"
    __table_args__ = (
        _states(CASE),
        _one_of("manner", "", *MANNERS),
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
    proxy: Mapped[str | None] = mapped_column(String(32))
    proxy_role: Mapped[str] = mapped_column(String(16), server_default="")
    proxy_for: Mapped[str | None] = mapped_column(String(32))
    holder: Mapped[str | None] = mapped_column(String(32))
    held_until: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(32))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    ruling: Mapped[str] = mapped_column(String(64), server_default="")
    policy: Mapped[str] = mapped_column(String(64), server_default="")
    reconfirm_until: Mapped[date | None] = mapped_column(Day)
    reconfirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    disagreed_at: Mapped[datetime | None] = mapped_column(Instant)


class ActedFor(Base):
    """That a person did something in the student's name in a case: filed, answered, handed a paper in.

    Made of the entries when they are written, because no statement can look into their bytes. The student is
    among them, and so is the absent person for whom somebody stood in.
    """

    __tablename__ = "acted_for"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(32), primary_key=True)


class Claim(Base):
    """One disputed field of a case. Values are sealed; ``field_group`` makes document, birth and sex one.

    ``ruling`` is the code with which it was refused.
    """

    __tablename__ = "claim"
    __table_args__ = (
        _one_of("outcome", "", *OUTCOMES),
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
    ruling: Mapped[str] = mapped_column(String(64), server_default="")
    seen_on: Mapped[date | None] = mapped_column(Day)
    filed_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Step(Base):
    """One stage of a case's review, made by policy for the claims that ``step_claim`` names.

    ``position`` is the order in which a case's steps are taken. ``number`` is the school's own number of a
    letter or a batch; ``due`` the day by which it should be done, before any pause; ``objections`` how many
    were made to a public notice; ``ended_for`` the absent person for whom a stand-in ended it.
    """

    __tablename__ = "step"
    __table_args__ = (
        _one_of("outcome", "", *STEP_OUTCOMES),
        CheckConstraint("(outcome = '') = (ended_at IS NULL)", name="ended_with_its_outcome"),
        Index(
            "ix_step_open",
            "office",
            "due",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    office: Mapped[str] = mapped_column(String(32))
    duty: Mapped[str] = mapped_column(String(32), server_default="")
    four_eyes: Mapped[bool] = mapped_column(Boolean)
    due: Mapped[date | None] = mapped_column(Day)
    made_at: Mapped[datetime] = mapped_column(Instant)
    sent_on: Mapped[date | None] = mapped_column(Day)
    number: Mapped[str] = mapped_column(String(64), server_default="")
    objections: Mapped[int] = mapped_column(Integer, server_default="0")
    outcome: Mapped[str] = mapped_column(String(16), server_default="")
    ended_by: Mapped[str | None] = mapped_column(String(32))
    ended_for: Mapped[str | None] = mapped_column(String(32))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class StepClaim(Base):
    """That a step was made for a claim."""

    __tablename__ = "step_claim"

    step_id: Mapped[str] = mapped_column(ForeignKey("step.id"), primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), primary_key=True, index=True)


class Question(Base):
    """One thing asked of the student, answered on its own; what was asked and answered is sealed.

    ``kind`` says what is wanted: a paper, another value, an explanation; ``about`` the kind of paper or the
    claim. While any is open, the case's clock stands. ``warned`` counts the warnings sent about it,
    the last of them on ``warned_on``.
    """

    __tablename__ = "question"
    __table_args__ = (
        _one_of("kind", *QUESTION_KINDS),
        _one_of("outcome", "", *QUESTION_OUTCOMES),
        CheckConstraint("(outcome = '') = (ended_at IS NULL)", name="ended_with_its_outcome"),
        Index(
            "ix_question_open",
            "due",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    about: Mapped[str] = mapped_column(String(32), server_default="")
    asked: Mapped[bytes] = mapped_column(LargeBinary)
    asked_by: Mapped[str] = mapped_column(String(32))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    due: Mapped[date | None] = mapped_column(Day)
    warned: Mapped[int] = mapped_column(Integer, server_default="0")
    warned_on: Mapped[date | None] = mapped_column(Day)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    outcome: Mapped[str] = mapped_column(String(16), server_default="")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Draft(Base):
    """Unfiled answers about one student, sealed as a whole; no state, no history.

    ``person`` is who keeps them to file for the student; empty for the student's own.
    """

    __tablename__ = "draft"

    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(32), primary_key=True, server_default="")
    begun_at: Mapped[datetime] = mapped_column(Instant)
    body: Mapped[bytes] = mapped_column(LargeBinary)
