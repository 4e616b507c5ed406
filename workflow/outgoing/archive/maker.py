"""The makers of export jobs for what is kept and passed on."""

from __future__ import annotations

import io

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow.cases.tables import Case
from workflow.outgoing.archive.campaign import ArchiveMaking, why_no_archive, write_archive
from workflow.outgoing.archive.wording import Wording
from workflow.outgoing.jobs.making import ExportDesk, ExportFile, Maker, Progress
from workflow.outgoing.jobs.scope import ExportScope, InScope
from workflow.outgoing.jobs.seen import ExportSeen
from workflow.outgoing.jobs.watermark import Mark
from workflow.verdict import Reason


def _count(session: Session, scope: ExportScope) -> InScope:
    asked = select(func.count()).where(Case.campaign_id == scope.campaign)
    students = session.scalar(asked) or 0
    barred = tuple(why_no_archive(session, scope.campaign, scope.people))
    return InScope(students, 0, students, barred)


def _barred(_scope: ExportScope, found: InScope) -> list[Reason]:
    return list(found.barred)


def _zip(_scope: ExportScope) -> str:
    return "zip"


def words_of(desk: ExportDesk) -> Wording:
    """The wording of the pages. What people read is made where there are pages."""
    assert desk.wording is not None
    return desk.wording


def _archive(
    session: Session, desk: ExportDesk, job: ExportSeen, mark: Mark, progress: Progress
) -> ExportFile:
    out = io.BytesIO()
    making = ArchiveMaking(desk.cipher, words_of(desk), mark.at, mark.words)
    made = write_archive(session, making, job.campaign, out, progress)
    return ExportFile(out.getvalue(), made.students)


ARCHIVE = Maker("archive", _count, _barred, _archive, _zip)
