"""Export jobs: what leaves for which purpose, who made and approved it, and until when its file is there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from workflow.store import Base, Instant

PURPOSES: dict[str, tuple[str, str]] = {
    "authority": ("向主管部门上报或核对", "report to the authority in charge"),
    "legal": ("司法、公安机关依法调取", "lawful demand of a court or the police"),
    "emergency": ("紧急情况下联系学生", "emergency contact"),
    "contact": ("学院联系学生办理学籍事务", "contact about student records"),
    "dispute": ("申诉、复核举证", "evidence in a dispute"),
    "archive": ("学籍档案移交", "transfer to the archive"),
    "hand_over": ("转学移交", "hand-over to another school"),
    "handling": ("办理和统计勘误", "handling and counting corrections"),
}
"""What full numbers and papers may leave for, in Chinese and English."""

CONTENTS: dict[str, tuple[str, str]] = {
    "id_number": ("证件号码", "ID number"),
    "phone": ("联系电话", "phone"),
    "dormitory": ("宿舍", "dormitory"),
    "papers": ("证明材料", "papers"),
}
"""What leaves only by an export job. Names and student numbers are always beside it."""

PAPERS = "papers"

APART: dict[str, tuple[str, str]] = {
    "claims": ("更正事项清单", "list of claims"),
    "archive": ("自查活动归档", "archive of a campaign"),
    "hand_over": ("转学移交材料", "file that goes with a student"),
    "cards": ("学籍卡", "students' cards"),
    "differences": ("平台与教务系统的差异", "differences of platform and own system"),
}
"""What else an export job takes out: a file of its own, made by the maker of that name."""

OF_A_CAMPAIGN = ("archive",)
"""Of these the campaign alone says whom they are about."""

ENDINGS: dict[str, tuple[str, str]] = {
    "taken_back": ("已撤回", "taken back"),
    "declined": ("已退回", "declined"),
    "lapsed": ("无人批准，已失效", "lapsed without approval"),
    "destroyed": ("文件已销毁", "file destroyed"),
}
"""How a job ends."""

_OPEN = text("ended_at IS NULL")


class ExportJob(Base):
    """One export. Its file is made when it is approved, and sealed under a key of its own.

    ``what`` are contents, comma-separated, or one word of ``APART``; ``asked`` is the question of its maker,
    sealed. ``campaign_id`` and ``college`` limit whom it is about; both
    empty: the whole school. ``made_for`` and ``approved_for`` are the absent persons for whom somebody stood
    in. ``sealed`` is the words about the purpose. ``rows``, ``papers`` and ``digest`` (SHA-256) are of the
    file as it is downloaded; ``stored`` is its name on disk. ``key`` is the sealed key of the file: the end
    of the job destroys it. While the file is being made, ``done`` rows of ``whole`` are, as of ``moved_at``.
    """

    __tablename__ = "export_job"
    __table_args__ = (
        CheckConstraint("(approved_at IS NULL) = (digest = '')", name="approved_has_a_file"),
        CheckConstraint("(ended_at IS NULL) = (ended_because = '')", name="an_end_has_its_cause"),
        CheckConstraint("ended_at IS NULL OR key IS NULL", name="the_end_destroys_the_key"),
        Index("ix_export_job_open", "made_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    made_by: Mapped[str] = mapped_column(ForeignKey("person.id"))
    made_for: Mapped[str | None] = mapped_column(String(32))
    role: Mapped[str] = mapped_column(String(32))
    purpose: Mapped[str] = mapped_column(String(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    what: Mapped[str] = mapped_column(String(64))
    asked: Mapped[bytes | None] = mapped_column(LargeBinary)
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaign.id"))
    college: Mapped[str] = mapped_column(Text, server_default="")
    made_at: Mapped[datetime] = mapped_column(Instant)
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    approved_for: Mapped[str | None] = mapped_column(String(32))
    approved_role: Mapped[str] = mapped_column(String(32), server_default="")
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    rows: Mapped[int] = mapped_column(Integer, server_default="0")
    papers: Mapped[int] = mapped_column(Integer, server_default="0")
    digest: Mapped[str] = mapped_column(String(64), server_default="")
    stored: Mapped[str] = mapped_column(String(32), server_default="")
    key: Mapped[bytes | None] = mapped_column(LargeBinary)
    ended_by: Mapped[str] = mapped_column(String(32), server_default="")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_because: Mapped[str] = mapped_column(String(16), server_default="")
    done: Mapped[int] = mapped_column(Integer, server_default="0")
    whole: Mapped[int] = mapped_column(Integer, server_default="0")
    moved_at: Mapped[datetime | None] = mapped_column(Instant)


class ExportAbout(Base):
    """A student is in the file of an export job, where the job's limits alone do not say so."""

    __tablename__ = "export_about"

    job_id: Mapped[str] = mapped_column(ForeignKey("export_job.id"), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"), primary_key=True, index=True)
