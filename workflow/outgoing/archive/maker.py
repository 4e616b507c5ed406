"""The makers of export jobs for what is kept and passed on."""

from __future__ import annotations

import io

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow.cases.tables import Case
from workflow.evidence.tables import Evidence
from workflow.outgoing.archive.campaign import ArchiveMaking, why_no_archive, write_archive
from workflow.outgoing.archive.handing_over import HandOver, why_no_hand_over, write_hand_over
from workflow.outgoing.archive.wording import Wording
from workflow.outgoing.jobs.making import ExportDesk, ExportFile, Maker, Progress
from workflow.outgoing.jobs.scope import ExportScope, InScope
from workflow.outgoing.jobs.seen import ExportSeen
from workflow.outgoing.jobs.watermark import Mark
from workflow.verdict import Reason

HANDED_OVER = "handed_over"
"""The event of which the student is notified."""


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
    cards = bool(job.asked.get("cards"))
    made = write_archive(session, making, job.campaign, out, progress, cards=cards)
    return ExportFile(out.getvalue(), made.students)


def _asked(scope: ExportScope) -> HandOver:
    return HandOver(str(scope.asked.get("record", "")), bool(scope.asked.get("anyway")))


def _count_one(session: Session, scope: ExportScope) -> InScope:
    asked = _asked(scope)
    papers = select(func.count()).where(Evidence.record_id == asked.record, Evidence.case_id.is_not(None))
    barred = tuple(why_no_hand_over(session, asked, scope.people))
    return InScope(1, session.scalar(papers) or 0, 1, barred)


def _hand_over(
    session: Session, desk: ExportDesk, job: ExportSeen, mark: Mark, progress: Progress
) -> ExportFile:
    record, out = _asked(job.scope).record, io.BytesIO()
    making = ArchiveMaking(desk.cipher, words_of(desk), mark.at, mark.words)
    made = write_hand_over(session, making, desk.evidence, desk.school, record, out)
    progress(1)
    return ExportFile(out.getvalue(), 1, made.papers, frozenset({record}), HANDED_OVER)


HAND_OVER = Maker("hand_over", _count_one, _barred, _hand_over, _zip, leaves_out=False)
ARCHIVE = Maker("archive", _count, _barred, _archive, _zip, leaves_out=False)
