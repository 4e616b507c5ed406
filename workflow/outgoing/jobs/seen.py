"""Export jobs as pages show them: what is asked, by whom, where it stands, and who took the file when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from workflow.cases.tables import Campaign, Case
from workflow.evidence.tables import Evidence
from workflow.outgoing.jobs.files import LIFE
from workflow.outgoing.jobs.scope import ExportScope
from workflow.outgoing.jobs.tables import APART, OF_A_CAMPAIGN, PAPERS, ExportAbout, ExportJob
from workflow.people.cipher import Cipher
from workflow.people.tables import Access, Person, Relation
from workflow.records.tables import Record

TAKEN = "export:file"
"""In the access log: a download. The rows that it had follow."""

MOVES = timedelta(minutes=1)
"""Who heard nothing of a file for so long takes it that nobody makes it any more."""


@dataclass(frozen=True, slots=True)
class ExportSeen:
    """One job with the names of its people. ``title`` is the campaign's in both languages."""

    id: str
    made_by: str
    made_for: str | None
    maker: str
    made_at: datetime
    purpose: str
    words: str = field(repr=False)
    what: tuple[str, ...]
    campaign: str
    title: tuple[str, str]
    college: str
    approver: str
    approved_at: datetime | None
    rows: int
    papers: int
    digest: str
    stored: str
    key: bytes | None = field(repr=False)
    ender: str
    ended_at: datetime | None
    ended_because: str
    asked: Mapping[str, Any] = field(repr=False)
    done: int
    whole: int
    moved_at: datetime | None

    @property
    def makers(self) -> frozenset[str]:
        """Who made it, and for whom they stood in."""
        return frozenset(filter(None, (self.made_by, self.made_for)))

    @property
    def scope(self) -> ExportScope:
        """Whom it is about. Relatives of whoever made it are left out."""
        return ExportScope(self.campaign, self.college, self.makers, self.what, self.asked)

    @property
    def until(self) -> datetime:
        """Until when it waits, or until when its file is there."""
        return (self.approved_at or self.made_at) + LIFE

    def standing(self, at: datetime) -> str:
        """``waiting``, ``ready``, or how it ended, also if no round has come by since."""
        if self.ended_because:
            return self.ended_because
        if self.approved_at is None:
            return "lapsed" if at >= self.until else "waiting"
        return "destroyed" if at >= self.until else "ready"

    def being_made(self, at: datetime) -> bool:
        """True while somebody makes the file, as far as is known."""
        return self.standing(at) == "waiting" and self.moved_at is not None and at < self.moved_at + MOVES


@dataclass(frozen=True, slots=True)
class ExportTaken:
    """One download: when, and by whom."""

    at: datetime
    name: str


def job_of(session: Session, cipher: Cipher, id: str) -> ExportSeen | None:
    """One job, whatever became of it."""
    return next(iter(_seen(session, cipher, id=id)), None)


def jobs(session: Session, cipher: Cipher, *, skip: int, limit: int) -> tuple[int, list[ExportSeen]]:
    """All jobs, latest first: their number, and one page of them."""
    number = session.scalar(select(func.count()).select_from(ExportJob)) or 0
    return number, _seen(session, cipher, skip=skip, limit=limit)


def jobs_about(record: str) -> Select[str]:
    """The jobs whose file has a student in it, by what is known of the student today.

    It selects their ids. Which students such a file had is not kept: only its scope is. Of a file that was
    made apart, each student is. Relatives of whoever makes a file are left out of it, but not of an archive.
    """
    college = select(Record.fy).where(Record.id == record).scalar_subquery()
    campaigns = select(Case.campaign_id).where(Case.record_id == record, Case.campaign_id.is_not(None))
    filed = exists().where(Evidence.record_id == record, Evidence.case_id.is_not(None))
    related = select(Relation.person_id).where(Relation.record_id == record)
    apart = select(ExportAbout.job_id).where(ExportAbout.record_id == record)
    by_scope = and_(
        ExportJob.what.not_in([name for name in APART if name not in OF_A_CAMPAIGN]),
        or_(ExportJob.college == "", ExportJob.college == college),
        or_(ExportJob.campaign_id.is_(None), ExportJob.campaign_id.in_(campaigns)),
        or_(ExportJob.what != PAPERS, filed),
        or_(
            ExportJob.what.in_(OF_A_CAMPAIGN),
            and_(
                ExportJob.made_by.not_in(related),
                or_(ExportJob.made_for.is_(None), ExportJob.made_for.not_in(related)),
            ),
        ),
    )
    return select(ExportJob.id).where(
        ExportJob.approved_at.is_not(None), or_(by_scope, ExportJob.id.in_(apart))
    )


def downloads(session: Session, ids: Iterable[str]) -> dict[str, list[ExportTaken]]:
    """Every download of some jobs, oldest first."""
    found: dict[str, list[ExportTaken]] = {}
    rows = session.execute(
        select(Access.subject, Access.at, func.coalesce(Person.name, ""))
        .outerjoin(Person, Person.id == Access.person_id)
        .where(Access.subject.in_(list(ids)), Access.what.startswith(TAKEN), Access.allowed)
        .order_by(Access.id)
    )
    for subject, at, name in rows:
        found.setdefault(subject, []).append(ExportTaken(at, name))
    return found


def _seen(
    session: Session, cipher: Cipher, *, id: str = "", skip: int = 0, limit: int = 1
) -> list[ExportSeen]:
    maker, approver, ender = aliased(Person), aliased(Person), aliased(Person)
    asked = (
        select(
            ExportJob,
            maker.name,
            func.coalesce(approver.name, ""),
            func.coalesce(ender.name, ""),
            func.coalesce(Campaign.title, ""),
            func.coalesce(Campaign.title_en, ""),
        )
        .join(maker, maker.id == ExportJob.made_by)
        .outerjoin(approver, approver.id == ExportJob.approved_by)
        .outerjoin(ender, ender.id == ExportJob.ended_by)
        .outerjoin(Campaign, Campaign.id == ExportJob.campaign_id)
        .order_by(ExportJob.made_at.desc(), ExportJob.id)
        .offset(skip)
        .limit(limit)
    )
    rows = session.execute(asked.where(ExportJob.id == id) if id else asked)
    return [_as_seen(cipher, row[0], (row[1], row[2], row[3]), (row[4], row[5])) for row in rows]


def _as_seen(
    cipher: Cipher, row: ExportJob, names: tuple[str, str, str], title: tuple[str, str]
) -> ExportSeen:
    maker, approver, ender = names
    return ExportSeen(
        id=row.id,
        made_by=row.made_by,
        made_for=row.made_for,
        maker=maker,
        made_at=row.made_at,
        purpose=row.purpose,
        words=cipher.open(row.sealed, table="export_job", column="sealed", row=row.id),
        what=tuple(row.what.split(",")),
        campaign=row.campaign_id or "",
        title=title,
        college=row.college,
        approver=approver,
        approved_at=row.approved_at,
        rows=row.rows,
        papers=row.papers,
        digest=row.digest,
        stored=row.stored,
        key=row.key,
        ender=ender,
        ended_at=row.ended_at,
        ended_because=row.ended_because,
        asked=_asked(cipher, row),
        done=row.done,
        whole=row.whole,
        moved_at=row.moved_at,
    )


def _asked(cipher: Cipher, row: ExportJob) -> Mapping[str, Any]:
    """The question of a job's maker."""
    if row.asked is None:
        return {}
    told: Mapping[str, Any] = json.loads(
        cipher.open(row.asked, table="export_job", column="asked", row=row.id)
    )
    return told
