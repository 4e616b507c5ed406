"""Records, the roster files they came from, and every later change of a value."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
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

AsBytes = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that both databases sort and compare by its bytes."""


class RosterImport(Base):
    """One imported roster file: a source of values, dated ``as_of``.

    ``seen`` counts the claims whose values it showed, so that they were entered. ``taken_by`` is the
    registrar who imported it, or the system for an import on the command line.
    """

    __tablename__ = "roster_import"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    as_of: Mapped[date] = mapped_column(Day)
    at: Mapped[datetime] = mapped_column(Instant)
    rows: Mapped[int] = mapped_column(Integer, default=0)
    new: Mapped[int] = mapped_column(Integer, default=0)
    changed: Mapped[int] = mapped_column(Integer, default=0)
    flagged: Mapped[int] = mapped_column(Integer, default=0)
    seen: Mapped[int] = mapped_column(Integer, server_default="0")
    taken_by: Mapped[str] = mapped_column(String(32), server_default="system")


class Record(Base):
    """The values the school holds about one student, by the platform's columns.

    The ID number is sealed and bound to this row; ``sfzh_index`` finds it. So are postal address and
    postcode, which nothing looks for. The source of a value is that of its latest RecordChange, else the file
    that created the record (``source_id``).
    """

    __tablename__ = "record"
    __table_args__ = (
        CheckConstraint("ksh IS NOT NULL OR xh IS NOT NULL", name="has_key"),
        CheckConstraint("xm <> ''", name="has_name"),
        CheckConstraint("(sfzh IS NULL) = (sfzh_index IS NULL)", name="number_and_index"),
        Index("ix_record_cohort", "rxrq", "cc"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    ksh: Mapped[str | None] = mapped_column(Text, unique=True)
    xh: Mapped[str | None] = mapped_column(Text, unique=True)
    xm: Mapped[str] = mapped_column(Text)
    xmpy: Mapped[str | None] = mapped_column(Text)
    xb: Mapped[str | None] = mapped_column(Text)
    csrq: Mapped[date | None] = mapped_column(Day)
    sfzh: Mapped[bytes | None] = mapped_column(LargeBinary)
    sfzh_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    doc_type: Mapped[str | None] = mapped_column(Text)
    mz: Mapped[str | None] = mapped_column(Text)
    zzmm: Mapped[str | None] = mapped_column(Text)
    yxdm: Mapped[str | None] = mapped_column(Text)
    yxmc: Mapped[str | None] = mapped_column(Text)
    zydm: Mapped[str | None] = mapped_column(Text)
    zymc: Mapped[str | None] = mapped_column(Text)
    fy: Mapped[str | None] = mapped_column(Text)
    xsh: Mapped[str | None] = mapped_column(Text)
    bh: Mapped[str | None] = mapped_column(Text)
    cc: Mapped[str | None] = mapped_column(Text)
    xxxs: Mapped[str | None] = mapped_column(Text)
    xz: Mapped[str | None] = mapped_column(Text)
    rxrq: Mapped[date | None] = mapped_column(Day)
    yjbyrq: Mapped[date | None] = mapped_column(Day)
    xjzt: Mapped[str] = mapped_column(Text)
    txdz: Mapped[bytes | None] = mapped_column(LargeBinary)
    yzbm: Mapped[bytes | None] = mapped_column(LargeBinary)
    registered_on: Mapped[date | None] = mapped_column(Day)
    degree_registered_on: Mapped[date | None] = mapped_column(Day)
    source_id: Mapped[str] = mapped_column(ForeignKey("roster_import.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)


class RecordChange(Base):
    """One change of a value: the ``number``-th change of this field of this record.

    The source of the new value is an import or a case; the same holds for the old value. A value that the
    record seals is stored only in the sealed pair, bound to this row.
    """

    __tablename__ = "record_change"
    __table_args__ = (
        UniqueConstraint("record_id", "field", "number"),
        CheckConstraint("(import_id IS NULL) <> (case_id IS NULL)", name="one_source"),
        CheckConstraint("(old_import_id IS NULL) <> (old_case_id IS NULL)", name="one_old_source"),
        CheckConstraint(
            "field NOT IN ('SFZH', 'TXDZ', 'YZBM') OR (old IS NULL AND new IS NULL)", name="numbers_sealed"
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"))
    field: Mapped[str] = mapped_column(String(16))
    number: Mapped[int] = mapped_column(Integer)
    old: Mapped[str | None] = mapped_column(Text)
    new: Mapped[str | None] = mapped_column(Text)
    old_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    new_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    import_id: Mapped[str | None] = mapped_column(ForeignKey("roster_import.id"))
    case_id: Mapped[str | None] = mapped_column(String(32), index=True)
    old_import_id: Mapped[str | None] = mapped_column(ForeignKey("roster_import.id"))
    old_case_id: Mapped[str | None] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(Instant)


class NameReading(Base):
    """The ``number``-th reading of a record's name in pinyin. Number 0 also has the name, to be searched in.

    The texts are compared by their bytes in both databases.
    """

    __tablename__ = "name_reading"
    __table_args__ = (
        Index("ix_name_reading_name", "name", "record_id", "spelt"),
        Index("ix_name_reading_spelt", "spelt", "record_id"),
        Index("ix_name_reading_initials", "initials", "spelt", "record_id"),
    )

    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str | None] = mapped_column(AsBytes)
    spelt: Mapped[str] = mapped_column(AsBytes)
    initials: Mapped[str] = mapped_column(AsBytes)


class Photo(Base):
    """The ``number``-th photo of a record. The photo with the highest number is current.

    ``digest`` is the SHA-256 of its bytes, ``stored`` the name of the sealed file in the evidence store.
    """

    __tablename__ = "record_photo"
    __table_args__ = (UniqueConstraint("record_id", "number"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"))
    number: Mapped[int] = mapped_column(Integer)
    media: Mapped[str] = mapped_column(String(16))
    size: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    stored: Mapped[str] = mapped_column(String(64))
    as_of: Mapped[date] = mapped_column(Day)
    at: Mapped[datetime] = mapped_column(Instant)


class StudentContact(Base):
    """One way to reach a student: a phone number or a dormitory, sealed and bound to this row.

    ``source`` is the name of the file that it came from, ``as_of`` the day its data are of. ``given_by`` is
    who took the file in: a person or ``operator``.
    """

    __tablename__ = "student_contact"
    __table_args__ = (
        UniqueConstraint("record_id", "kind"),
        CheckConstraint("kind IN ('phone', 'dormitory')", name="kind"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"))
    kind: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    source: Mapped[str] = mapped_column(Text)
    as_of: Mapped[date] = mapped_column(Day)
    given_by: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(Instant)
