"""The registrar's page of the platform's self-check export: upload, dry run, taking in, and what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from web.college.board import begun, named
from web.shared.downloads import csv_file, harmless, xlsx_file
from web.shared.forms import RosterHandedIn, faults_of, status_of
from web.shared.security import actor, open_to, place, takes_upload
from web.shared.words import case_state, in_one, manner_words
from workflow.campaigns.colleges.roll import Entrant, only_here, only_there, roll
from workflow.campaigns.platform_export import ExportPlan, plan_export, read_export, take_in_export
from workflow.campaigns.progress.board import DEEMED, PROXY, Known
from workflow.campaigns.tables import PlatformExport
from workflow.engine import Ref
from workflow.people.access import note_access
from workflow.people.tables import Person
from workflow.records.findings import Finding
from workflow.records.formats import FormatFault
from workflow.records.upload import LIMIT, Incoming, NotHere
from workflow.verdict import Reason, Refused

bp = Blueprint("exports", __name__, url_prefix="/registrar/<plan>/platform")

PAGE = 200

RESULT_CHANGED = Reason(
    "result_changed",
    "您看试导入结果之后，个案或已有的平台情况变了，结果已与您看到的不同；什么也没有写入。",
    remedy="请核对下面新的结果，再按一次。",
    rule="export",
)
FILE_GONE = Reason(
    "file_gone",
    "这个文件已不在这里：已经导入、已经丢弃，或放了超过一小时。",
    remedy="请先看下面的导入记录；没有导入的，请再上传一次。",
    rule="export",
)


@dataclass(frozen=True, slots=True)
class Taken:
    """One export that was taken in."""

    at: datetime
    name: str
    as_of: date
    rows: int
    taken: int
    looked: int
    flagged: int
    digest: str
    taken_by: str


@dataclass(frozen=True, slots=True)
class Beside:
    """One college's two witnesses side by side, in numbers.

    Each counted record stands in one of ``both`` to ``unnamed``; ``proxy`` are those for whom somebody else
    answered here, wherever they stand.
    """

    college: str
    counted: int
    both: int
    there: int
    here: int
    neither: int
    deemed: int
    unnamed: int
    proxy: int


@dataclass(frozen=True, slots=True)
class Said:
    """One finding in the page's language."""

    row: int
    code: str
    says: str
    taken: bool


class _Changed(Exception):
    """Taking it in would do something else than what was looked at; raised to undo it."""


@bp.get("")
@open_to("registrar")
def compared(plan: str) -> tuple[str, int]:
    """What the platform says beside what is said here, by college; past exports; the form for another."""
    return _compared_page(plan)


@bp.post("")
@open_to("registrar")
@takes_upload("export", lambda: LIMIT)
def hand_in(plan: str) -> tuple[str, int] | Response:
    """Take a file for a dry run; nothing is written."""
    form, now = RosterHandedIn(), place().clock.now()
    faults = [] if form.validate() else faults_of(form)
    as_of = form.as_of.data or now.date()
    if as_of > now.date():
        faults.append((form.as_of.id, _("数据截至的日期还没有到。")))
    handed = form.file.data
    data = handed.read() if handed else b""
    name = "".join(sign for sign in (handed.filename or "" if handed else "") if sign.isprintable())[-120:]
    if not name:
        faults.append((form.file.id, _("请选择平台导出的文件。")))
    else:
        faults += [(form.file.id, says) for says in _unreadable(name, data)]
    if faults:
        return _compared_page(plan, faults=faults, status=422, form=form)
    return redirect(url_for(".dry_run", plan=plan, digest=_incoming().keep(name, as_of, data, now)), 303)


@bp.get("/both.xlsx")
@open_to("registrar")
def both(plan: str) -> Response:
    """Who is done there and not here, and the reverse, as a workbook; taking it away is written down."""
    with place().store.writing() as session:
        campaign = named(begun(session), plan)
        at = place().clock.now(session)
        note_access(session, actor(), "platform.xlsx", campaign.id, at)
    with place().store.reading() as session:
        everybody = roll(session, campaign.id, None)
    header = (_("学院"), _("班级"), _("学号"), _("姓名"), _("本系统"), _("平台"))
    sheets = [
        (title, header, [_cells(one) for one in some])
        for title, some in (
            (_("平台已看，本系统未核对"), only_there(everybody)),
            (_("本系统已核对，平台未看"), only_here(everybody)),
        )
    ]
    return xlsx_file(f"platform-{campaign.plan}-{at:%Y%m%d-%H%M}", sheets)


@bp.get("/<string(length=64):digest>")
@open_to("registrar")
def dry_run(plan: str, digest: str) -> tuple[str, int]:
    """What taking the waiting file in would do: counts, and every row that is left out or worth a look."""
    return _dry_run_page(plan, digest)


@bp.get("/<string(length=64):digest>/findings.csv")
@open_to("registrar")
def findings(plan: str, digest: str) -> Response:
    """Every finding as a file."""
    found = _said_of(_planned(plan, digest)[1])
    return csv_file(
        f"findings-{digest[:12]}",
        (_("行"), _("代码"), _("结果"), _("说明")),
        (
            (str(one.row), one.code, _("导入") if one.taken else _("不导入"), harmless(one.says))
            for one in found
        ),
    )


@bp.post("/<string(length=64):digest>/take")
@open_to("registrar")
def take(plan: str, digest: str) -> tuple[str, int] | Response:
    """Keep what exactly this file says."""
    installation, seen = place(), request.form.get("seen", "")
    campaign = _campaign(plan)
    try:
        with _incoming().taking(digest, installation.clock.now()) as waiting:
            export = read_export(waiting.name, waiting.data)
            with installation.store.writing() as session:
                done = take_in_export(
                    installation.engine,
                    session,
                    installation.cipher,
                    campaign.id,
                    export,
                    waiting.as_of,
                    actor(),
                )
                if _expected(done) != seen:
                    raise _Changed
    except Refused as no:
        return _dry_run_page(plan, digest, no.verdict.reasons, status_of(no))
    except _Changed:
        return _dry_run_page(plan, digest, [RESULT_CHANGED], 409)
    flash(
        _(
            "已导入：%(taken)d 人，其中平台已看 %(looked)d 人；不导入 %(out)d 行。",
            taken=len(done.looks),
            looked=done.looked,
            out=len(done.left_out),
        )
    )
    return redirect(url_for(".compared", plan=plan), 303)


@bp.post("/<string(length=64):digest>/drop")
@open_to("registrar")
def drop(plan: str, digest: str) -> Response:
    """Throw a waiting file away."""
    _incoming().throw_away(digest)
    return redirect(url_for(".compared", plan=plan), 303)


@bp.errorhandler(NotHere)
def file_gone(fault: NotHere) -> tuple[str, int]:
    """Say what became of a file that is gone, beside the list that shows whether it was taken in."""
    return _compared_page((request.view_args or {}).get("plan", ""), [FILE_GONE], 404)


# -- reading --------------------------------------------------------------------------------------------


def _incoming() -> Incoming:
    return Incoming(place().settings.home / "incoming-exports", place().cipher)


def _campaign(plan: str) -> Known:
    with place().store.reading() as session:
        return named(begun(session), plan)


def _unreadable(name: str, data: bytes) -> Iterable[str]:
    try:
        read_export(name, data)
    except FormatFault as fault:
        yield in_one(str(fault))


def _compared_page(
    plan: str,
    reasons: Sequence[Reason] = (),
    status: int = 200,
    *,
    faults: Sequence[tuple[str, str]] = (),
    form: RosterHandedIn | None = None,
) -> tuple[str, int]:
    _incoming().sweep(place().clock.now())
    campaign = _campaign(plan)
    with place().store.reading() as session:
        taken = _taken(session, campaign.id)
        everybody = roll(session, campaign.id, None) if taken else ()
    page = render_template(
        "registrar/platform.html",
        campaign=campaign,
        taken=taken,
        beside=_beside(everybody),
        total=_one_beside("", [one for one in everybody if not one.excluded]),
        form=form or RosterHandedIn(formdata=None),
        today=place().clock.now().date(),
        limit=LIMIT // 1_000_000,
        reasons=list(reasons),
        faults=list(faults),
    )
    return page, status


def _taken(session: Session, campaign: str) -> list[Taken]:
    kept = PlatformExport
    rows = session.execute(
        select(
            kept.at, kept.name, kept.as_of, kept.rows, kept.taken, kept.looked, kept.flagged, kept.digest,
            func.coalesce(Person.name, ""),
        )
        .outerjoin(Person, Person.id == kept.taken_by)
        .where(kept.campaign_id == campaign)
        .order_by(kept.at.desc(), kept.id)
    )  # fmt: skip
    return [Taken(*row) for row in rows]


def _beside(everybody: Iterable[Entrant]) -> list[Beside]:
    colleges: dict[str, list[Entrant]] = {}
    for one in everybody:
        if not one.excluded:
            colleges.setdefault(one.college, []).append(one)
    return [_one_beside(college, colleges[college]) for college in sorted(colleges)]


def _one_beside(college: str, some: Sequence[Entrant]) -> Beside:
    unnamed = [one for one in some if one.looked is None]
    named = [one for one in some if one.looked is not None]
    kinds = Counter((one.looked, one.answered) for one in named if one.manner != DEEMED)
    return Beside(
        college=college,
        counted=len(some),
        both=kinds[True, True],
        there=kinds[True, False],
        here=kinds[False, True],
        neither=kinds[False, False],
        deemed=len(named) - kinds.total(),
        unnamed=len(unnamed),
        proxy=sum(one.manner == PROXY for one in some),
    )


def _cells(one: Entrant) -> tuple[str, ...]:
    there = f"{one.looked_at:%Y-%m-%d %H:%M}" if one.looked_at else (_("已看") if one.looked else _("未看"))
    return (
        one.college,
        one.group,
        one.number,
        one.name,
        manner_words(one.manner) or case_state(one.state),
        there,
    )


def _planned(plan: str, digest: str) -> tuple[str, ExportPlan]:
    installation = place()
    waiting = _incoming().read(digest, installation.clock.now())
    export = read_export(waiting.name, waiting.data)
    with installation.store.reading() as session:
        campaign = named(begun(session), plan)
        return waiting.name, plan_export(session, installation.cipher, campaign.id, export, waiting.as_of)


def _dry_run_page(
    plan: str, digest: str, reasons: Sequence[Reason] = (), status: int = 200
) -> tuple[str, int]:
    campaign = _campaign(plan)
    name, planned = _planned(plan, digest)
    found = _said_of(planned)
    with place().store.reading() as session:
        barred = place().engine.may(session, Ref("campaign", campaign.id), "take_in_export", actor()).reasons
    page = render_template(
        "registrar/platform_run.html",
        campaign=campaign,
        id=digest,
        name=name,
        run=planned,
        codes=_by_code(found),
        shown=found[:PAGE],
        found=len(found),
        expected=_expected(planned),
        barred=barred,
        reasons=list(reasons),
        faults=[],
    )
    return page, status


def _by_code(found: Sequence[Said]) -> list[tuple[str, int, str]]:
    """How often each code was found, with its words."""
    says = {one.code: one.says for one in found}
    return [(code, n, says[code]) for code, n in Counter(one.code for one in found).most_common()]


def _said_of(planned: ExportPlan) -> list[Said]:
    def said(one: Finding, taken: bool) -> Said:
        return Said(one.row, one.code, in_one(one.says), taken)

    return [
        *(said(one, False) for one in planned.left_out),
        *(said(one, True) for one in planned.noted),
    ]


def _expected(planned: ExportPlan) -> str:
    """What stands for exactly this result."""
    said = repr((planned.looks, planned.left_out, planned.noted))
    return place().cipher.digest("export", said.encode())
