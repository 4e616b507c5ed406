"""The table of help items. What an asker says stands in the openings of the history alone, sealed."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from states.help import HELP
from workflow.store import Base, Instant

NO_RECORD, CANNOT_LINK, OTHER = "no_record", "cannot_link", "other"
KINDS: dict[str, tuple[str, str]] = {
    NO_RECORD: ("查不到学籍", "no record is found"),
    CANNOT_LINK: ("账号绑定不了学籍", "the account cannot be linked to the record"),
    OTHER: ("其他账号或学籍查询问题", "other trouble with the account or with finding the record"),
}
"""What somebody asks about."""

CALLS: dict[str, tuple[str, str]] = {
    "reached": ("联系到本人", "reached the asker"),
    "no_answer": ("没有应答", "no answer"),
    "wrong_number": ("号码不对", "wrong number"),
}
"""What came of a telephone call. What was said is not kept."""


class HelpItem(Base):
    """A request from somebody who need not have an account. No personal value stands in this row.

    ``number`` is said on the phone. ``visitor`` is the asker's random id, ``word`` the keyed mark of their
    one-time word; it goes with the personal data at ``erased_at``. ``called_at`` and ``call_result`` are of
    the last telephone call.
    """

    __tablename__ = "help_item"
    __table_args__ = (
        CheckConstraint(
            "state IN ('asked', 'looking', 'solved', 'record_missing', 'not_ours', 'withdrawn', 'lapsed')",
            name="state",
        ),
        CheckConstraint("kind IN ('no_record', 'cannot_link', 'other')", name="kind"),
        CheckConstraint("call_result IN ('', 'reached', 'no_answer', 'wrong_number')", name="call_result"),
    )
    lifecycle: ClassVar[str] = HELP.name

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    version: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    visitor: Mapped[str] = mapped_column(String(32), unique=True)
    word: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    called_at: Mapped[datetime | None] = mapped_column(Instant)
    call_result: Mapped[str] = mapped_column(String(16), server_default="")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)
