"""Tables of official letters and of the numbers given in each year."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflow.store import Base, Instant

KINDS: dict[str, tuple[str, str]] = {
    "acceptance": ("受理通知书", "notice of acceptance"),
    "supplement": ("补正通知书", "request for more"),
    "decision": ("决定书", "decision"),
    "termination": ("终止通知书", "notice of termination"),
    "inquiry": ("公函", "official letter"),
}
"""The kinds of letter, in Chinese and English."""

OUTWARD = ("inquiry",)
"""The kinds that go to another body, and not to the student."""

ADDRESSEES: dict[str, tuple[str, str]] = {
    "police": ("公安机关", "the police"),
    "school": ("其他学校", "another school"),
    "exam_authority": ("生源地招生考试机构", "the exam authority of the province of origin"),
}
"""To whom an official letter goes, in Chinese and English."""

ENDS: dict[str, tuple[str, str]] = {
    "undone": ("已撤销，没有送达", "undone before it was sent"),
    "reopened": ("已重新审核，不再有效", "reopened, no longer in force"),
    "withdrawn": ("申请已撤回，不再有效", "the request was withdrawn, no longer in force"),
}
"""Why a letter no longer holds, in Chinese and English. It keeps its number."""


class LetterRow(Base):
    """One official letter, as it was given. ``facts`` are sealed: what it says does not change later.

    ``version`` is the number of the entry that made it. ``word`` and ``number`` are never given twice in a
    year; a letter that no longer holds keeps them and bears ``ended``. ``step_id`` is the step whose answer
    an official letter asks for.
    """

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
        CheckConstraint(f"ended IN ('', {', '.join(repr(end) for end in ENDS)})", name="ended"),
        UniqueConstraint("year", "number"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    step_id: Mapped[str | None] = mapped_column(String(32), index=True)
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    word: Mapped[str] = mapped_column(String(120))
    year: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    given_at: Mapped[datetime] = mapped_column(Instant)
    ended: Mapped[str] = mapped_column(String(16), server_default="")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    facts: Mapped[bytes] = mapped_column(LargeBinary)


class LetterYear(Base):
    """The last number given in a year. Its row is locked until the letter is committed."""

    __tablename__ = "letter_year"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)
