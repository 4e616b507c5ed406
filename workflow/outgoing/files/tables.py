"""What a batch handed over: the digest of each file, so that whoever received it can be held to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflow.store import Base, Instant

REGISTER, REGISTER_DBF, FOLDERS, PLATFORM, LETTER = (
    "register",
    "register_dbf",
    "folders",
    "platform",
    "letter",
)
FILES: dict[str, tuple[str, str]] = {
    REGISTER: ("勘误登记表（XLSX）", "register (XLSX)"),
    REGISTER_DBF: ("勘误登记表（DBF）", "register (DBF)"),
    FOLDERS: ("学生文件夹（ZIP）", "folders of students (ZIP)"),
    PLATFORM: ("平台数据表（DBF）", "the platform's table (DBF)"),
}
"""The files that a batch hands over, in Chinese and English."""


class BatchFile(Base):
    """One file that left with a batch. The file itself is not kept: the batch makes the same bytes again.

    ``lines`` counts the claims in it, ``left_out`` those that were knowingly left out. ``papers`` and
    ``missing`` count the papers that were in it, and those whose stored file was damaged. ``digest`` is its
    SHA-256; ``made_by`` and ``made_at`` say who took it first.
    """

    __tablename__ = "batch_file"
    __table_args__ = (
        CheckConstraint(f"what IN ({', '.join(map(repr, FILES))})", name="what"),
        UniqueConstraint("batch_id", "what", "digest"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id"))
    what: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    lines: Mapped[int] = mapped_column(Integer)
    left_out: Mapped[int] = mapped_column(Integer)
    papers: Mapped[int] = mapped_column(Integer)
    missing: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
