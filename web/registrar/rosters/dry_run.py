"""Tables that a registrar uploads: dry run, findings, and import of exactly the reviewed file.

All kinds of table share this flow. Each kind provides its reader and its texts (``UploadedTable``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from flask import Blueprint, Response, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from werkzeug.exceptions import NotFound

from web.shared.act import Acting, Answer, No, Page, Stop, acting, attempt, show
from web.shared.downloads import csv_file, harmless
from web.shared.forms import RosterHandedIn, faults_of
from web.shared.gate.limits import limited
from web.shared.security import add_views, fresh, place, takes_upload
from web.shared.standing import Standing
from web.shared.words import in_one
from workflow.cases.tables import PlatformExport
from workflow.people.tables import Person
from workflow.records.formats import FormatFault
from workflow.records.tables import RosterImport
from workflow.records.upload import LIMIT, Incoming, NotHere, WaitingUpload
from workflow.verdict import Reason

PAGE = 200
FILE_GONE = Reason(
    "file_gone",
    "这个文件已不在这里：已经导入、已经取消，或存放超过一小时。",
    remedy="请先看下面的导入记录；没有导入的，请再上传一次。",
    rule="upload",
)

Read = TypeVar("Read")
Of = dict[str, Any]
"""The context from the address: empty, or the campaign's plan."""


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding in the page's language: where, what and why. It never contains a document number."""

    row: int
    code: str
    says: str
    taken: bool
    column: str = ""
    column_words: str = ""


@dataclass(frozen=True, slots=True)
class DryRun:
    """The result of importing a waiting file now, in the page's language.

    ``expected`` identifies exactly this result. ``numbers`` are labelled counts; ``out`` is the count of
    rejected rows. ``notes`` are texts, each with a part of the file itself. ``barred`` says why no one may
    import it now, ``shut`` that the file itself forbids it. ``verdicts`` are the words for an imported row
    and for a rejected row. ``as_of`` is None where the file is of no day. ``every_row``: the findings are of
    all rows, and not only of those that need attention.
    """

    name: str
    as_of: date | None
    digest: str
    expected: str
    advice: str
    numbers: tuple[tuple[str, int], ...]
    out: tuple[str, int]
    verdicts: tuple[str, str]
    findings: tuple[FindingView, ...]
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    barred: tuple[Reason, ...] = ()
    shut: bool = False
    foot: str = ""
    example: str = ""
    every_row: bool = False

    @property
    def by_code(self) -> list[tuple[str, int, str]]:
        """(code, count, example text) of each finding code, rejected rows first."""
        counts = Counter((one.taken, one.code) for one in self.findings)
        says = {(one.taken, one.code): one.says for one in reversed(self.findings)}
        ranked = sorted(counts.items(), key=lambda item: (item[0][0], -item[1]))
        return [(code, n, says[taken, code]) for (taken, code), n in ranked]


@dataclass(frozen=True, slots=True)
class UploadedTable(Generic[Read]):
    """A kind of table: the folder of waiting files, its reader, its import, and its texts.

    ``home`` is the endpoint of the page that lists the imports, ``listed`` renders it. ``check`` reads an
    uploaded file. ``read`` reads a waiting file before the write transaction. ``take`` returns the identifier
    of the result and the messages; ``changed`` is the reason if the reviewed result was different.
    """

    folder: str
    home: str
    title: Callable[[], str]
    choose: Callable[[], str]
    by_column: bool
    changed: Reason
    check: Callable[[str, bytes], object]
    read: Callable[[WaitingUpload], Read]
    plan: Callable[[Session, Read, WaitingUpload, Of], DryRun]
    take: Callable[[Acting, Read, WaitingUpload, Of], tuple[str, Iterable[str]]]
    listed: Callable[[Of, No | None, RosterHandedIn | None], Page]

    def incoming(self) -> Incoming:
        """The store of its waiting files."""
        return Incoming(place().settings.home / self.folder, place().cipher)

    def run(self, digest: str, of: Of) -> DryRun:
        """The dry run of a waiting file. Raises NotHere."""
        waiting = self.incoming().read(digest, place().clock.now())
        read = self.read(waiting)
        with place().store.reading() as session:
            return self.plan(session, read, waiting, of)

    def home_page(self, of: Of, no: No | None = None, form: RosterHandedIn | None = None) -> Page:
        """The list of imports. Expired waiting files are removed."""
        self.incoming().sweep(place().clock.now())
        return self.listed(of, no, form)


def taken(
    kept: type[RosterImport] | type[PlatformExport], *numbers: InstrumentedAttribute[Any]
) -> Select[*tuple[Any, ...]]:
    """The files of a kind that were imported, latest first: with these numbers, and who took each in."""
    return (
        select(
            kept.at, kept.name, kept.as_of, kept.rows, kept.flagged, kept.digest, *numbers,
            func.coalesce(Person.name, "").label("taken_by"),
        )
        .outerjoin(Person, Person.id == kept.taken_by)
        .order_by(kept.at.desc(), kept.id)
    )  # fmt: skip


def form_page(template: str, no: No | None, form: RosterHandedIn | None, **shown: Any) -> Page:
    """A page with the upload form."""
    today, limit = place().clock.now().date(), LIMIT // 1_000_000
    return show(template, no, form=form or RosterHandedIn(formdata=None), today=today, limit=limit, **shown)


@limited("uploads")
@takes_upload("table", lambda: LIMIT)
def hand_in(table: UploadedTable[Any], **of: Any) -> Answer:
    """Accept a file for a dry run. It is parsed, sealed and kept for an hour. Nothing else is written."""
    form, now = RosterHandedIn(), place().clock.now()
    faults = [] if form.validate() else faults_of(form)
    as_of = form.as_of.data or now.date()
    if as_of > now.date():
        faults.append((form.as_of.id, _("数据截至的日期还没有到。")))
    handed = form.file.data
    data = handed.read() if handed else b""
    name = "".join(sign for sign in (handed.filename or "" if handed else "") if sign.isprintable())[-120:]
    if not name:
        faults.append((form.file.id, table.choose()))
    else:
        try:
            table.check(name, data)
        except FormatFault as fault:
            faults.append((form.file.id, in_one(str(fault))))
    if faults:
        return table.home_page(of, No(faults=faults), form)
    return redirect(url_for(".dry_run", digest=table.incoming().keep(name, as_of, data, now), **of), 303)


@limited("reports")
def dry_run(table: UploadedTable[Any], digest: str, **of: Any) -> Page:
    """The result of importing the waiting file: counts, and every rejected or flagged row."""
    return _dry_run_page(table, digest, of)


@fresh
@limited("exports")
def findings(table: UploadedTable[Any], digest: str, **of: Any) -> Response:
    """All findings as a CSV file, for the person who corrects the table."""
    found = table.run(digest, of)
    header = [_("行"), *([_("列")] if table.by_column else []), _("代码"), _("结果"), _("说明")]
    return csv_file(
        f"findings-{found.digest[:12]}",
        header,
        (
            (
                str(one.row),
                *((one.column,) if table.by_column else ()),
                one.code,
                found.verdicts[0] if one.taken else found.verdicts[1],
                harmless(one.says),
            )
            for one in found.findings
        ),
    )


@fresh
def take(table: UploadedTable[Any], digest: str, **of: Any) -> Answer:
    """Import exactly the reviewed file, all of it or nothing."""

    def as_it_was_seen() -> None:
        with table.incoming().taking(digest, place().clock.now()) as waiting:
            read = table.read(waiting)
            with acting() as it:
                done, said = table.take(it, read, waiting, of)
                if done != request.form.get("seen", ""):
                    raise Stop(table.changed, 409)
        for words in said:
            flash(words)

    return attempt(
        as_it_was_seen,
        again=lambda no: _dry_run_page(table, digest, of, no),
        onward=url_for(table.home, **of),
    )


def drop(table: UploadedTable[Any], digest: str, **of: Any) -> Answer:
    """Discard a waiting file."""
    table.incoming().throw_away(digest)
    return redirect(url_for(table.home, **of), 303)


def _dry_run_page(table: UploadedTable[Any], digest: str, of: Of, no: No | None = None) -> Page:
    found = table.run(digest, of)
    last = max((len(found.findings) - 1) // PAGE, 0)
    page = max(min(request.args.get("page", 0, int), last), 0) if request.method == "GET" else 0
    start = page * PAGE
    return show(
        "registrar/rosters/dry_run.html",
        no,
        table=table,
        of=of,
        id=digest,
        run=found,
        shown=found.findings[start : start + PAGE],
        page=page,
        last=last,
    )


# -- routes ---------------------------------------------------------------------------------------------

FILE = "/<string(length=64):digest>"
VIEWS: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("POST", "", hand_in),
    ("GET", FILE, dry_run),
    ("GET", f"{FILE}/findings.csv", findings),
    ("POST", f"{FILE}/take", take),
    ("POST", f"{FILE}/drop", drop),
)


def stand_at(
    bp: Blueprint, table: UploadedTable[Any], *, takes_files: bool = True, **named: Standing
) -> None:
    """Add a kind of table's views to a blueprint, which defines the page at ``table.home`` itself.

    One that takes other files than one at a time (``takes_files`` is False) takes them in itself. ``named``
    are the things that the blueprint's own address names.
    """
    add_views(bp, VIEWS if takes_files else VIEWS[1:], "registrar", first=(table,), about=named)

    @bp.errorhandler(NotHere)
    def file_gone(fault: NotHere) -> ResponseReturnValue:
        """Explain that the file is gone, above the list of imports, which shows whether it was imported."""
        of = {name: said for name, said in (request.view_args or {}).items() if name != "digest"}
        try:
            return table.home_page(of, No((FILE_GONE,), status=404))
        except NotFound as nowhere:  # what is raised while a fault is handled has no handler of its own
            return current_app.handle_http_exception(nowhere)
