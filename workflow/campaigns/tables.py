"""Tables of campaigns beside cases: classes, bulletins, chases, signed lists, platform data."""

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
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from states.attestation import ATTESTATION
from states.chase import CHASE
from states.graduation import GRADUATION
from workflow.store import Base, Day, Instant

SILENCES: dict[str, tuple[str, str]] = {
    "on_leave": ("休学", "on leave"),
    "retained": ("保留学籍", "status retained"),
    "left_school": ("已退学或转学", "left the school"),
    "unreachable": ("联系不上", "cannot be reached"),
    "no_account": ("学信网账号有问题", "trouble with the platform account"),
    "promised": ("已联系，答应核对", "reached, and promised to check"),
    "declines": ("已联系，不愿核对", "reached, and declines"),
    "other": ("其他", "other"),
}
"""Why a student has not answered, as the college knows it. An uncounted case is excluded instead."""

WAYS: dict[str, tuple[str, str]] = {
    "phone": ("电话", "by phone"),
    "message": ("微信、QQ 或短信", "by message"),
    "in_person": ("当面", "in person"),
    "classmate": ("请同学转告", "through a classmate"),
    "family": ("联系家长", "through the family"),
}
"""How a student was contacted."""

RESULTS: dict[str, tuple[str, str]] = {
    "reached": ("联系到本人", "reached the student"),
    "passed_on": ("已请人转告", "passed on"),
    "no_answer": ("没有应答", "no answer"),
    "wrong_number": ("号码不对", "wrong number"),
}
"""The result of a contact. There is no free text: the content of a conversation is private."""


class GraduatingClass(Base):
    """All records of one expected graduation date. The registrar registers their degrees together."""

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


def _among(column: str, words: dict[str, tuple[str, str]]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(word) for word in ('', *words))})", name=column)


class Chase(Base):
    """A college's work on one case: why the student has not answered, contacts, a paper signature.

    Each contact is an entry of the history. This row holds their number and the last one.
    """

    __tablename__ = "chase"
    __table_args__ = (
        CheckConstraint("state IN ('chased')", name="state"),
        _among("reason", SILENCES),
        _among("last_how", WAYS),
        _among("last_result", RESULTS),
    )
    lifecycle: ClassVar[str] = CHASE.name

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(16), server_default="")
    contacts: Mapped[int] = mapped_column(Integer, server_default="0")
    last_on: Mapped[date | None] = mapped_column(Day)
    last_how: Mapped[str] = mapped_column(String(16), server_default="")
    last_result: Mapped[str] = mapped_column(String(16), server_default="")
    signed_on: Mapped[date | None] = mapped_column(Day)


class Attestation(Base):
    """A college's statement on its list in a campaign, or a deemed one. The list is in the entry's Opening.

    ``since`` is when it was signed or deemed. A list that stands without objection has no signer.
    """

    __tablename__ = "attestation"
    __table_args__ = (
        CheckConstraint("state IN ('signed', 'deemed', 'withdrawn')", name="state"),
        CheckConstraint("state = 'withdrawn' OR (state = 'signed') = (signed_by <> '')", name="signer"),
        Index(
            "uq_attestation_one_standing",
            "campaign_id",
            "college",
            unique=True,
            sqlite_where=text("state IN ('signed', 'deemed')"),
            postgresql_where=text("state IN ('signed', 'deemed')"),
        ),
    )
    lifecycle: ClassVar[str] = ATTESTATION.name

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaign.id"))
    college: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer)
    signed_by: Mapped[str] = mapped_column(String(32), server_default="")
    since: Mapped[datetime] = mapped_column(Instant)
