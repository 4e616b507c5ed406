"""The registrar's roster files: upload, dry run, and the import of exactly the file that was looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from web.shared.downloads import csv_file, harmless
from web.shared.forms import RosterHandedIn, faults_of
from web.shared.security import actor, open_to, place, takes_upload
from web.shared.words import in_one, pick
from workflow.campaigns.roster_effects import take_in_roster
from workflow.people.tables import Person
from workflow.records.fields import COLUMNS, IDENTITY
from workflow.records.findings import Finding
from workflow.records.formats import FormatFault, read_roster
from workflow.records.judge import judge
from workflow.records.roster import Plan, RosterRefused, plan
from workflow.records.tables import RosterImport
from workflow.records.upload import LIMIT, Incoming, NotHere, Waiting
from workflow.verdict import Reason

bp = Blueprint("rosters", __name__, url_prefix="/registrar/rosters")

PAGE = 200
LATEST = 100

RESULT_CHANGED = Reason(
    "result_changed",
    "您看试导入结果之后，学籍记录变了，结果已与您看到的不同；什么也没有写入。",
    remedy="请核对下面新的结果，再按一次。",
    rule="roster",
)
ROWS_REFUSED = Reason(
    "rows_refused",
    "有被拒绝的行，整个文件都没有写入。",
    remedy="请在名册中改正这些行，再上传一次。",
    rule="roster",
)
FILE_GONE = Reason(
    "file_gone",
    "这个文件已不在这里：已经导入、已经丢弃，或放了超过一小时。",
    remedy="请先看下面的导入记录；没有导入的，请再上传一次。",
    rule="roster",
)


@dataclass(frozen=True, slots=True)
class Imported:
    """One line of the list of imports."""

    at: datetime
    name: str
    as_of: date
    rows: int
    new: int
    changed: int
    flagged: int
    digest: str
    taken_by: str


@dataclass(frozen=True, slots=True)
class Found:
    """One finding in the page's language: where, what, and why. Never a number of a document."""

    row: int
    column: str
    words: str
    code: str
    says: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """What importing a waiting file would do now."""

    id: str
    name: str
    as_of: date
    digest: str
    rows: int
    new: int
    changed: int
    unchanged: int
    absent: int
    deleted: int
    unknown: tuple[tuple[str, int], ...]
    missing: tuple[str, ...]
    refused: tuple[Found, ...]
    flagged: tuple[Found, ...]
    expected: str

    @property
    def by_code(self) -> list[tuple[str, int, str]]:
        """How often each code was found, refusals first, with an example of its words."""
        return [
            (code, n, next(one.says for one in findings if one.code == code))
            for findings in (self.refused, self.flagged)
            for code, n in Counter(one.code for one in findings).most_common()
        ]

    @property
    def findings(self) -> tuple[Found, ...]:
        """Every finding, refusals first."""
        return self.refused + self.flagged


class _Changed(Exception):
    """The import would do something else than what was looked at; raised to undo it."""


# -- pages ----------------------------------------------------------------------------------------------


@bp.get("")
@open_to("registrar")
def imports() -> tuple[str, int]:
    """Every roster that was taken in, latest first, and the form for the next."""
    return _imports_page()


@bp.post("")
@open_to("registrar")
@takes_upload("roster", lambda: LIMIT)
def hand_in() -> tuple[str, int] | Response:
    """Take a file for a dry run. It is read, sealed and kept for an hour; no record is touched."""
    form, now = RosterHandedIn(), place().clock.now()
    faults = [] if form.validate() else faults_of(form)
    as_of = form.as_of.data or now.date()
    if as_of > now.date():
        faults.append((form.as_of.id, _("数据截至的日期还没有到。")))
    handed = form.file.data
    data = handed.read() if handed else b""
    name = "".join(sign for sign in (handed.filename or "" if handed else "") if sign.isprintable())[-120:]
    if not name:
        faults.append((form.file.id, _("请选择名册文件。")))
    else:
        faults += [(form.file.id, says) for says in _unreadable(name, data)]
    if faults:
        return _imports_page(faults=faults, status=422, form=form)
    id = _incoming().keep(name, as_of, data, now)
    return redirect(url_for(".dry_run", digest=id), 303)


@bp.get("/<string(length=64):digest>")
@open_to("registrar")
def dry_run(digest: str) -> tuple[str, int]:
    """What importing the waiting file would do: counts, and every refused or flagged row."""
    return _dry_run_page(digest)


@bp.get("/<string(length=64):digest>/findings.csv")
@open_to("registrar")
def findings(digest: str) -> Response:
    """Every finding as a file, for whoever mends the roster."""
    found = _dry_run(digest)
    return csv_file(
        f"findings-{found.digest[:12]}",
        (_("行"), _("列"), _("代码"), _("结果"), _("说明")),
        (
            (str(one.row), one.column, one.code, verdict, harmless(one.says))
            for verdict, ones in ((_("拒绝"), found.refused), (_("提示"), found.flagged))
            for one in ones
        ),
    )


@bp.post("/<string(length=64):digest>/take")
@open_to("registrar")
def take(digest: str) -> tuple[str, int] | Response:
    """Import exactly the file that was looked at: all of it, or nothing."""
    installation, seen = place(), request.form.get("seen", "")
    try:
        with _incoming().taking(digest, installation.clock.now()) as waiting:
            judgement = judge(waiting.table(), as_of=waiting.as_of)  # long, so before others have to wait
            with installation.store.writing() as session:
                done = take_in_roster(
                    installation.engine, session, judgement, installation.cipher, by=actor()
                )
                if _expected(done.outcome.plan) != seen:
                    raise _Changed
    except RosterRefused:
        return _dry_run_page(digest, [ROWS_REFUSED], 422)
    except _Changed:
        return _dry_run_page(digest, [RESULT_CHANGED], 409)
    flash(
        _(
            "已导入：新增 %(new)d 条，变更 %(changed)d 条；重新核对的个案 %(again)d 个，终止 %(lapsed)d 个。",
            new=len(done.outcome.plan.new),
            changed=len(done.outcome.plan.updates),
            again=done.rechecked,
            lapsed=done.lapsed,
        )
    )
    if done.resumed or done.excluded or done.included:
        flash(
            _(
                "随学籍变化：恢复办理 %(resumed)d 个，不再计入 %(excluded)d 个，重新计入 %(included)d 个。",
                resumed=done.resumed,
                excluded=done.excluded,
                included=done.included,
            )
        )
    return redirect(url_for(".imports"), 303)


@bp.post("/<string(length=64):digest>/drop")
@open_to("registrar")
def drop(digest: str) -> Response:
    """Throw a waiting file away."""
    _incoming().throw_away(digest)
    return redirect(url_for(".imports"), 303)


@bp.errorhandler(NotHere)
def file_gone(fault: NotHere) -> tuple[str, int]:
    """Say what became of a file that is gone, beside the list that shows whether it was imported."""
    return _imports_page([FILE_GONE], 404)


# -- reading --------------------------------------------------------------------------------------------


def _incoming() -> Incoming:
    return Incoming(place().settings.home / "incoming", place().cipher)


def _unreadable(name: str, data: bytes) -> Iterable[str]:
    try:
        read_roster(name, data)
    except FormatFault as fault:
        yield in_one(str(fault))


def _imports_page(
    reasons: Sequence[Reason] = (),
    status: int = 200,
    *,
    faults: Sequence[tuple[str, str]] = (),
    form: RosterHandedIn | None = None,
) -> tuple[str, int]:
    _incoming().sweep(place().clock.now())
    kept = RosterImport
    with place().store.reading() as session:
        rows = session.execute(
            select(
                kept.at, kept.name, kept.as_of, kept.rows, kept.new, kept.changed, kept.flagged, kept.digest,
                func.coalesce(Person.name, ""),
            )
            .outerjoin(Person, Person.id == kept.taken_by)
            .order_by(kept.at.desc(), kept.id)
            .limit(LATEST)
        )  # fmt: skip
        done = [Imported(*row) for row in rows]
    page = render_template(
        "registrar/rosters.html",
        imports=done,
        form=form or RosterHandedIn(formdata=None),
        today=place().clock.now().date(),
        limit=LIMIT // 1_000_000,
        reasons=list(reasons),
        faults=list(faults),
    )
    return page, status


def _dry_run_page(digest: str, reasons: Sequence[Reason] = (), status: int = 200) -> tuple[str, int]:
    found = _dry_run(digest)
    last = max((len(found.findings) - 1) // PAGE, 0)
    page = min(request.args.get("page", 0, int), last) if request.method == "GET" else 0
    start = max(page, 0) * PAGE
    html = render_template(
        "registrar/dry_run.html",
        run=found,
        shown=found.findings[start : start + PAGE],
        start=start,
        page=max(page, 0),
        last=last,
        reasons=list(reasons),
        faults=[],
    )
    return html, status


def _dry_run(digest: str) -> DryRun:
    installation = place()
    waiting = _incoming().read(digest, installation.clock.now())
    judgement = judge(waiting.table(), as_of=waiting.as_of)
    with installation.store.reading() as session:
        planned = plan(session, judgement, installation.cipher)
    return _told(waiting, planned)


def _told(waiting: Waiting, planned: Plan) -> DryRun:
    judgement, facts = planned.judgement, planned.judgement.facts
    return DryRun(
        id=waiting.id,
        name=facts.name,
        as_of=judgement.as_of,
        digest=facts.digest,
        rows=len(judgement),
        new=len(planned.new),
        changed=len(planned.updates),
        unchanged=planned.unchanged,
        absent=planned.absent,
        deleted=facts.deleted,
        unknown=facts.unknown,
        missing=tuple(_column(name) for name in IDENTITY if name not in judgement.columns),
        refused=tuple(_found(one) for one in planned.refused),
        flagged=tuple(_found(one) for one in planned.flagged),
        expected=_expected(planned),
    )


def _expected(planned: Plan) -> str:
    """What stands for exactly this result: which rows are new, and every old value beside its new one."""
    said = repr((planned.new, planned.updates, planned.unchanged, planned.absent))
    return place().cipher.digest("roster", said.encode())


def _found(finding: Finding) -> Found:
    return Found(finding.row, finding.column, _column(finding.column), finding.code, in_one(finding.says))


def _column(name: str) -> str:
    known = COLUMNS.get(name)
    return pick(known.zh, known.en) if known else _("整行")
