"""Papers: the description of each file. The sealed bytes are in the evidence store."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from workflow.store import Base, Instant


class Evidence(Base):
    """One file. ``digest`` is the SHA-256 of the sealed bytes as stored; the history names it.

    While ``case_id`` is empty the paper belongs to a Draft: the student's own, or that of ``added_by``, who
    files for the student. ``notice`` is the version of the privacy notice under which it was given, '' for a
    paper of before versions were kept.
    """

    __tablename__ = "evidence"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"), index=True)
    case_id: Mapped[str | None] = mapped_column(String(32), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    media: Mapped[str] = mapped_column(String(32))
    size: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(Instant)
    added_by: Mapped[str | None] = mapped_column(String(32))
    notice: Mapped[str] = mapped_column(String(64), server_default="")


class EvidenceKey(Base):
    """One student's evidence key, sealed under the school's. Destroying it erases all their papers."""

    __tablename__ = "evidence_key"

    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
