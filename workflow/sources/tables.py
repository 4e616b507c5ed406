"""Which columns stand for which, the comparisons of two sources, their differences and what was done."""

from __future__ import annotations

from datetime import date, datetime

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
)
from sqlalchemy.orm import Mapped, mapped_column

from workflow.store import Base, Day, Instant

PLATFORM, SCHOOL = "platform", "school"
SIDES: dict[str, tuple[str, str]] = {
    PLATFORM: ("学信网平台", "the platform"),
    SCHOOL: ("教务系统", "the school's own system"),
}
"""The two sources, in Chinese and English."""

TO_POST, TO_MEND, TO_ASK, SAME = "to_post", "to_mend", "to_ask", "same_rendering"
EXPLAINED = "explained"
KINDS: dict[str, tuple[str, str]] = {
    TO_POST: ("要在学信网更正", "to be posted to the platform"),
    TO_MEND: ("要在本校更正", "to be mended in the school's own system"),
    TO_ASK: ("要问学生", "to be asked of the student"),
    SAME: ("写法不同", "only written differently"),
}
"""What somebody decides a difference to be, in Chinese and English."""

SHOWN_KINDS: dict[str, tuple[str, str]] = {**KINDS, EXPLAINED: ("由申请说明", "explained by a request")}
"""The same, and what a request of the student explains, which nobody decides."""

DEEDS: dict[str, tuple[str, str]] = {
    **KINDS,
    "done": ("已办", "done"),
    "again": ("重新打开", "opened again"),
}
"""What is done of a difference."""

BECAUSE: dict[str, tuple[str, str]] = {
    "open_claim": ("学生的申请写的就是其中一个值", "a request of the student claims one of the two values"),
    "correction_under_way": ("更正已同意，平台数据还早于更正", "corrected; the platform's data are older"),
    "corrected_here": (
        "学信网已更正，教务系统还是原值",
        "corrected on the platform, not yet in the school's system",
    ),
    "corrected_there": ("更正后的值在教务系统，不在平台", "the corrected value is not on the platform"),
    "rendering": ("两个值只是写法不同", "the two values differ in writing only"),
    "kept_by_school": ("学校规定这一项以教务系统为准", "the school says that its own system keeps this item"),
    "kept_by_platform": ("学校规定这一项以学信网为准", "the school says that the platform keeps this item"),
}
"""Why a kind is proposed, in Chinese and English."""

WHOLE = "*"
"""In place of a field: the whole student is in one of the two sources alone."""


def _one_of(column: str, *words: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(word) for word in words)})", name=column)


class SourceColumn(Base):
    """What a heading of a source's files stands for: a platform's column, or '' for what is not compared."""

    __tablename__ = "source_column"
    __table_args__ = (_one_of("side", *SIDES),)

    side: Mapped[str] = mapped_column(String(16), primary_key=True)
    heading: Mapped[str] = mapped_column(String(64), primary_key=True)
    field: Mapped[str] = mapped_column(String(16))
    said_by: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(Instant)


class SourceComparison(Base):
    """Two sources beside each other: a file of the 教务系统, and a file of the platform or our records.

    ``platform_name`` and ``platform_digest`` are '' where our records were compared; ``platform_as_of`` is
    then the day of the comparison. ``fields`` are the columns compared, comma-separated. ``rows`` counts the
    students of the school's file, ``both`` those found in the two sources.
    """

    __tablename__ = "comparison"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    made_by: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime] = mapped_column(Instant, index=True)
    name: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    as_of: Mapped[date] = mapped_column(Day)
    platform_name: Mapped[str] = mapped_column(Text)
    platform_digest: Mapped[str] = mapped_column(String(64))
    platform_as_of: Mapped[date] = mapped_column(Day)
    fields: Mapped[str] = mapped_column(Text)
    rows: Mapped[int] = mapped_column(Integer)
    both: Mapped[int] = mapped_column(Integer)


class Difference(Base):
    """One field of one student in which two sources differ, or a student who is in one of them alone.

    ``place`` is its line on the worksheet. ``platform`` and ``school`` are the two values, sealed; of a
    whole student they are who it is in that source, empty in the other. ``mark`` is the keyed digest of
    student, field and both values, by which a later comparison finds it again; ``since`` is when it was
    first seen. ``kind`` is what somebody decided, ``proposed`` what is known to suggest, ``because`` why.
    ``claim_id`` is the claim that explains it while it is open or corrected; ``case_id`` the case to look at.
    ``whose`` is the student's number and name, sealed, where neither a record nor the values say them.
    """

    __tablename__ = "difference"
    __table_args__ = (
        _one_of("kind", "", *KINDS),
        CheckConstraint("done_at IS NULL OR kind <> ''", name="done_has_a_kind"),
        UniqueConstraint("comparison_id", "place"),
        Index("ix_difference_mark", "mark"),
        Index("ix_difference_record", "record_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    comparison_id: Mapped[str] = mapped_column(ForeignKey("comparison.id"))
    place: Mapped[int] = mapped_column(Integer)
    record_id: Mapped[str | None] = mapped_column(ForeignKey("record.id"))
    college: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(String(16))
    platform: Mapped[bytes] = mapped_column(LargeBinary)
    school: Mapped[bytes] = mapped_column(LargeBinary)
    whose: Mapped[bytes | None] = mapped_column(LargeBinary)
    on_platform: Mapped[bool] = mapped_column(Boolean)
    in_school: Mapped[bool] = mapped_column(Boolean)
    mark: Mapped[str] = mapped_column(String(64))
    since: Mapped[datetime] = mapped_column(Instant)
    proposed: Mapped[str] = mapped_column(String(16))
    because: Mapped[str] = mapped_column(String(32))
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"))
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(String(16))
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer)


class DifferenceDeed(Base):
    """What somebody did of a difference: said of which kind it is, that it is done, or opened it again.

    ``mark`` is that of the difference, so that the same one in a later comparison has the same history.
    """

    __tablename__ = "difference_deed"
    __table_args__ = (_one_of("what", *DEEDS), Index("ix_difference_deed_mark", "mark"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    difference_id: Mapped[str] = mapped_column(ForeignKey("difference.id"))
    mark: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(Instant)
