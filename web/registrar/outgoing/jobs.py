"""Export jobs: a registrar asks, a second person approves, the maker downloads within a day.

They are the one way by which full ID numbers, phones and papers leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, Response, abort, make_response, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from web.registrar.outgoing.claims import asked_in_words
from web.registrar.outgoing.page_words import PageWords
from web.registrar.sources.words import item_words, kind_words
from web.shared.act import Answer, No, Page, act, acting, attempt, show
from web.shared.downloads import attached, media_of
from web.shared.forms import ExportWanted
from web.shared.gate.limits import limited
from web.shared.security import actor, fresh, open_to, place
from web.shared.standing import EXPORT_JOB, about
from web.shared.words import pick
from workflow.campaigns.progress.board import campaigns
from workflow.outgoing.differences.maker import DIFFERENCES, wanted_of
from workflow.outgoing.jobs.job import (
    ALONE,
    APPROVE,
    MAKES,
    ExportWish,
    approve,
    approvers,
    count,
    decline,
    make,
    note_download,
    opened_file,
    why_not_approve,
)
from workflow.outgoing.jobs.makers import maker_of
from workflow.outgoing.jobs.making import ExportDesk
from workflow.outgoing.jobs.scope import InScope
from workflow.outgoing.jobs.seen import ExportSeen, downloads, job_of, jobs
from workflow.outgoing.jobs.students import MOST_PAPERS
from workflow.outgoing.jobs.tables import APART, CONTENTS, PAPERS, PURPOSES
from workflow.people.access import people_at_the_door
from workflow.signin.staff.enrolled import enrolled
from workflow.sources.worksheet import OPEN, comparisons
from workflow.upkeep.leaving import export_desk
from workflow.verdict import Refused

bp = Blueprint("outgoing", __name__, url_prefix="/registrar/exports")

PAGE = 50
LOOK_AGAIN = 2
"""After so many seconds the page of a job whose file is being made loads itself again."""
JOB = "/<string(length=32):job>"


@bp.get("")
@open_to(*APPROVE)
def listed(no: No | None = None, form: ExportWanted | None = None) -> Page:
    """All jobs, latest first, and a registrar's form for another one."""
    page = max(request.args.get("page", 0, int), 0) if request.method == "GET" else 0
    makes = actor().role == MAKES
    with place().store.reading() as session:
        at = place().clock.now(session)
        number, found = jobs(session, place().cipher, skip=min(page, 10_000) * PAGE, limit=PAGE)
        known = campaigns(session) if makes else ()
        colleges = enrolled(session).colleges if makes else []
        alone = makes and not approvers(session, people_at_the_door(actor()), at)
    return show(
        "registrar/outgoing/exports.html",
        no,
        jobs=found,
        at=at,
        page=page,
        last=max(number - 1, 0) // PAGE,
        form=form or ExportWanted(formdata=None),
        makes=makes,
        alone=(ALONE,) if alone else (),
        purposes=[(name, pick(*words)) for name, words in PURPOSES.items()],
        contents=list(CONTENTS),
        campaigns=known,
        colleges=[(one, one) for one in colleges],
        most=MOST_PAPERS,
    )


@bp.post("")
@open_to(MAKES)
@fresh
def make_job() -> Answer:
    """Ask for an export. Nothing leaves before a second person approves it."""
    form = ExportWanted()
    wish = ExportWish(
        form.purpose.data or "",
        form.words.data or "",
        tuple(form.what.data or ()),
        form.campaign.data or "",
        form.college.data or "",
    )
    return act(
        lambda it: make(it.session, it.place.cipher, it.place.entropy, wish, it.by, it.now),
        again=lambda no: listed(no, form),
        onward=lambda job: url_for(".one", job=job),
        told=_("已提出。可以批准的人会收到通知；24 小时内没有人批准，任务失效。"),
    )


@bp.get(JOB)
@open_to(*APPROVE)
@about(job=EXPORT_JOB)
def one(job: str, no: No | None = None) -> Answer:
    """One job: purpose, contents, whom it is about, who did what, and what can be done now.

    While somebody makes its file, the page loads itself again and says how far it is.
    """
    with place().store.reading() as session:
        at = place().clock.now(session)
        found = job_of(session, place().cipher, job) or abort(404)
        standing = found.standing(at)
        waits = standing == "waiting"
        size = count(session, found.scope) if waits else InScope(found.rows, found.papers, found.rows)
        barred = why_not_approve(session, found, actor(), at, size) if waits else []
        taken = downloads(session, [job]).get(job, [])
        asked = _asked(session, found)
    mine = bool(found.makers & people_at_the_door(actor()))
    page = show(
        "registrar/outgoing/export.html",
        no,
        it=found,
        standing=standing,
        size=size,
        papers=PAPERS in found.what,
        apart=found.what[0] in APART,
        making=found.being_made(at),
        asked=asked,
        barred=barred,
        mine=mine,
        taken=taken,
    )
    if not found.being_made(at):
        return page
    answer = make_response(*page)
    answer.headers["Refresh"] = str(LOOK_AGAIN)
    return answer


def _asked(session: Session, job: ExportSeen) -> Sequence[tuple[str, str]]:
    """What the maker of a job was asked, in words."""
    if job.what == ("claims",):
        return asked_in_words(session, job.asked)
    if job.what == ("archive",):
        return [(_("学籍卡"), _("连同每名学生的学籍卡"))] if job.asked.get("cards") else []
    if job.what == (DIFFERENCES.name,):
        return _rows_asked(session, job)
    return [(_("班级"), job.asked["class"])] if job.what == ("cards",) else []


def _rows_asked(session: Session, job: ExportSeen) -> Sequence[tuple[str, str]]:
    """Which rows of which worksheet."""
    found, wanted = comparisons(session, 1, job.asked["comparison"]), wanted_of(job.asked)
    return [
        *((_("平台与教务系统对照"), f"{one.name} {one.made_at:%Y-%m-%d %H:%M}") for one in found),
        *([(_("学院"), wanted.college or "—")] if wanted.college is not None else []),
        *([(_("项目"), item_words(wanted.field))] if wanted.field else []),
        *([(_("怎样处理"), kind_words(wanted.kind))] if wanted.kind else []),
        *([(_("进度"), _("待办") if wanted.stand == OPEN else _("不必再办"))] if wanted.stand else []),
    ]


@bp.post(f"{JOB}/approve")
@open_to(*APPROVE)
@about(job=EXPORT_JOB)
@fresh
@limited("exports")
def approve_job(job: str) -> Answer:
    """Approve somebody else's job: its file is made now, and kept for a day."""
    return attempt(
        lambda: approve(place().store, _desk(), job, actor(), place().clock.now()),
        again=lambda no: one(job, no),
        onward=url_for(".one", job=job),
        told=_("已批准。提出的人会收到通知，24 小时内可以下载；之后文件销毁。"),
    )


def _desk() -> ExportDesk:
    return replace(export_desk(place()), wording=PageWords(), school=place().school.title)


@bp.post(f"{JOB}/decline")
@open_to(*APPROVE)
@about(job=EXPORT_JOB)
def decline_job(job: str) -> Answer:
    """Decline somebody else's job, or take back one's own."""
    return act(
        lambda it: decline(it.session, it.place.cipher, it.place.entropy, job, it.by, it.now),
        again=lambda no: one(job, no),
        onward=url_for(".one", job=job),
        told=_("已退回或撤回，什么也没有导出。"),
    )


@bp.post(f"{JOB}/file")
@open_to(MAKES)
@about(job=EXPORT_JOB)
@fresh
@limited("exports")
def download(job: str) -> Response | Answer:
    """The file of one's own approved job. The download is logged before a byte is read."""
    try:
        with acting() as it:
            found = note_download(it.session, it.place.cipher, job, it.by, it.now)
        data = opened_file(export_desk(place()).files, found)
    except Refused as no:
        return one(job, No(no.verdict.reasons))
    maker = maker_of(found.what) or abort(404)
    ending = maker.ending(found.scope)
    return attached(f"export-{job[:12]}.{ending}", data, media_of(ending))
