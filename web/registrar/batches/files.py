"""What a batch hands over: its register, folders of papers, tables as DBF and its letter.

Files are taken by a fresh proof while a second person's agreement holds; each is logged before a byte leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_babel import gettext as _

from web.registrar.batches.letter import submission_letter
from web.shared.act import Answer, No, Page, acting, show
from web.shared.downloads import WORKBOOK, attached
from web.shared.forms import FilePicked
from web.shared.gate.limits import limited
from web.shared.security import actor, fresh, open_to, place, takes_upload
from web.shared.standing import BATCH, about
from web.shared.words import in_one
from workflow.engine import Actor
from workflow.evidence.store import EvidenceDamaged
from workflow.letters.pdf import lacking, pdf_of
from workflow.outgoing.batches.facts import AGREEMENT, BatchFacts, look_at_batch
from workflow.outgoing.files.as_dbf import (
    NO_COLUMN,
    NO_ROW,
    OTHER_VALUE,
    TWO_ROWS,
    LeftOut,
    TableOut,
    platform_table,
    register_dbf,
)
from workflow.outgoing.files.bundle import BundleDone, PaperOut, bundle
from workflow.outgoing.files.letter import SubmissionFacts, letter_facts
from workflow.outgoing.files.register import papers_of, read_register
from workflow.outgoing.files.rows import COLUMNS_OUT, Register
from workflow.outgoing.files.tables import FOLDERS, LETTER, PLATFORM, REGISTER, REGISTER_DBF
from workflow.outgoing.files.taking import keep_file, kept_files, note_taking, why_not_take
from workflow.outgoing.files.workbook import register_workbook
from workflow.records.fields import COLUMNS
from workflow.records.formats import FormatFault
from workflow.records.formats.foxpro import looks_like_dbf
from workflow.records.upload import LIMIT, Incoming, NotHere
from workflow.upkeep.installation import Installation
from workflow.verdict import Reason, Refused

bp = Blueprint("batch_files", __name__, url_prefix="/registrar/batches/<string(length=32):batch>/files")

SHOWN = 200
"""So many of the rows that are left out are listed; the count is of all."""
DBF, ZIP = "application/octet-stream", "application/zip"
NO_DBF = Reason(
    "not_a_dbf",
    "这不是 DBF 文件。",
    remedy="请上传平台导出的 DBF 文件，不要改名，也不要另存。",
    rule="upload",
)
GONE = Reason(
    "file_gone",
    "这个文件已不在这里：存放超过一小时。",
    remedy="请再上传一次平台导出的文件。",
    rule="upload",
)
OTHERWISE = Reason(
    "dbf_left_out_otherwise",
    "不能写入的行与您看到的不同，没有下载。",
    remedy="请核对下面列出的行，再按一次。",
    rule="batch_files",
)


@dataclass(frozen=True, slots=True)
class LeftOutView:
    """One value that a table does not take, in the page's language. It never shows the value."""

    number: int
    row: int
    column: str
    code: str
    says: str


@bp.get("")
@open_to("registrar", "second_reviewer")
@about(batch=BATCH)
def listed(batch: str, no: No | None = None, asks: TableOut | None = None) -> Page:
    """The files of a batch, what bars them now, and the digests of those that left."""
    _incoming().sweep(place().clock.now())
    with place().store.reading() as session:
        at = place().clock.now(session)
        facts = look_at_batch(session, batch) or abort(404)
        barred = why_not_take(session, facts, actor(), at)
        kept = kept_files(session, batch)
    return show(
        "registrar/batches/files.html",
        no,
        it=facts,
        takes=actor().role == "registrar",
        barred=barred,
        kept=kept,
        until=facts.agreed_at + AGREEMENT if facts.agreed_at else None,
        made=asks,
        out=_views(asks.left_out) if asks else (),
        known=_known(asks) if asks else "",
        limit=LIMIT // 1_000_000,
        pdf=not lacking(),
    )


@bp.post("/register.xlsx")
@open_to("registrar")
@about(batch=BATCH)
@fresh
@limited("exports")
def register_xlsx(batch: str) -> Answer:
    """The register as a workbook."""
    facts = _taken(batch, REGISTER)
    if not isinstance(facts, BatchFacts):
        return facts
    register = _register(facts)
    data = register_workbook(register)
    _keep(facts, REGISTER, data, lines=len(register.rows))
    return attached(f"{_name(register)}-register.xlsx", data, WORKBOOK)


@bp.post("/register.dbf")
@open_to("registrar")
@about(batch=BATCH)
@fresh
@limited("exports")
def register_as_dbf(batch: str) -> Answer:
    """The register as DBF. Rows that it cannot hold are listed first, and only knowingly left out."""
    facts = _taken(batch, REGISTER_DBF)
    if not isinstance(facts, BatchFacts):
        return facts
    register = _register(facts)
    made = register_dbf(register)
    if made.left_out and not _is_known(made):
        return listed(batch, _otherwise(), made)
    _keep(facts, REGISTER_DBF, made.data, lines=made.taken, left_out=len(made.numbers_left_out))
    return attached(f"{_name(register)}-register.dbf", made.data, DBF)


@bp.post("/folders.zip")
@open_to("registrar")
@about(batch=BATCH)
@fresh
@limited("exports")
def folders(batch: str) -> Answer:
    """A folder of each student's papers, as one zip that is made while it is sent."""
    facts = _taken(batch, FOLDERS)
    if not isinstance(facts, BatchFacts):
        return facts
    register = _register(facts)
    headers = {"Content-Disposition": f'attachment; filename="{_name(register)}-folders.zip"'}
    return Response(_zip(place(), facts, register, actor()), content_type=ZIP, headers=headers)


@bp.post("/platform")
@open_to("registrar")
@about(batch=BATCH)
@limited("uploads")
@takes_upload("table", lambda: LIMIT)
def hand_in(batch: str) -> Answer:
    """Take the platform's own table, sealed and for an hour, to write the right values into it."""
    form, now = FilePicked(), place().clock.now()
    data = form.file.data.read() if form.file.data else b""
    if not data:
        return listed(batch, No(faults=[(form.file.id, _("请选择平台导出的 DBF 文件。"))]))
    if not looks_like_dbf(data):
        return listed(batch, No((NO_DBF,)))
    try:
        platform_table(data, ())
    except FormatFault as fault:
        return listed(batch, No(faults=[(form.file.id, in_one(str(fault)))]))
    kept = _incoming().keep("platform.dbf", now.date(), data, now)
    return redirect(url_for(".platform", batch=batch, digest=kept), 303)


@bp.get("/platform/<string(length=64):digest>")
@open_to("registrar")
@about(batch=BATCH)
@limited("reports")
def platform(batch: str, digest: str, no: No | None = None) -> Page:
    """What would be written into the table, and every row that it cannot take, by row and column."""
    with place().store.reading() as session:
        at = place().clock.now(session)
        facts = look_at_batch(session, batch) or abort(404)
        barred = why_not_take(session, facts, actor(), at)
    try:
        data = _incoming().read(digest, at).data
    except NotHere:
        return listed(batch, No((GONE,), status=404))
    if barred:
        return listed(batch, No(tuple(barred)))
    made = platform_table(data, _register(facts).rows)
    return show(
        "registrar/batches/platform.html",
        no,
        it=facts,
        id=digest,
        made=made,
        out=_views(made.left_out),
        known=_known(made),
    )


@bp.post("/platform/<string(length=64):digest>")
@open_to("registrar")
@about(batch=BATCH)
@fresh
@limited("exports")
def platform_dbf(batch: str, digest: str) -> Answer:
    """The platform's own table with the right values in it; all else is as it came."""
    try:
        data = _incoming().read(digest, place().clock.now()).data
    except NotHere:
        return listed(batch, No((GONE,), status=404))
    facts = _taken(batch, PLATFORM)
    if not isinstance(facts, BatchFacts):
        return facts
    register = _register(facts)
    made = platform_table(data, register.rows)
    if made.left_out and not _is_known(made):
        return platform(batch, digest, No((OTHERWISE,), status=409))
    _keep(facts, PLATFORM, made.data, lines=made.taken, left_out=len(made.numbers_left_out))
    return attached(f"{_name(register)}-platform.dbf", made.data, DBF)


# -- the letter -----------------------------------------------------------------------------------------


@bp.get("/letter")
@open_to("registrar", "second_reviewer")
@about(batch=BATCH)
def letter(batch: str) -> Answer:
    """The letter with counts alone: it names no student."""
    facts = _frozen(batch)
    return _letter_page(batch, _letter(facts), whole=False)


@bp.get("/letter.pdf")
@open_to("registrar", "second_reviewer")
@about(batch=BATCH)
def letter_pdf(batch: str) -> Answer:
    """The same as PDF."""
    if lacking():
        abort(404)
    said = submission_letter(_letter(_frozen(batch)), whole=False)
    return attached(f"batch-{batch[:12]}-letter.pdf", pdf_of(said), "application/pdf")


@bp.post("/letter")
@open_to("registrar")
@about(batch=BATCH)
@fresh
@limited("exports")
def whole_letter(batch: str) -> Answer:
    """The letter with its items in full, for printing."""
    facts = _taken(batch, LETTER)
    if not isinstance(facts, BatchFacts):
        return facts
    said = _letter(facts)
    return _letter_page(batch, said, whole=said.fits)


def _letter_page(batch: str, said: SubmissionFacts, *, whole: bool) -> Page:
    return show(
        "registrar/batches/letter.html",
        None,
        batch=batch,
        letter=submission_letter(said, whole=whole),
        whole=whole,
        fits=said.fits,
        takes=actor().role == "registrar",
        pdf=not lacking(),
    )


def _letter(facts: BatchFacts) -> SubmissionFacts:
    register = _register(facts)
    with place().store.reading() as session:
        return letter_facts(session, place().cipher, facts, register, place().profile)


def _frozen(batch: str) -> BatchFacts:
    """A batch that was frozen. Another has no letter."""
    with place().store.reading() as session:
        facts = look_at_batch(session, batch)
    if facts is None or facts.frozen_at is None:
        abort(404)
    return facts


# -- what the files share -------------------------------------------------------------------------------


def _taken(batch: str, what: str) -> BatchFacts | Page:
    """Log that a file is taken; the page with every reason where it may not be."""
    try:
        with acting() as it:
            return note_taking(it.session, batch, what, it.by, it.now)
    except Refused as no:
        return listed(batch, No(no.verdict.reasons))


def _register(facts: BatchFacts) -> Register:
    with place().store.reading() as session:
        return read_register(session, place().cipher, place().rules, facts)


def _keep(facts: BatchFacts, what: str, data: bytes, **counts: int) -> None:
    digest = hashlib.sha256(data).hexdigest()
    with acting() as it:
        keep_file(it.session, it.place.entropy, facts.id, what, digest, it.by, it.now, **counts)


def _zip(here: Installation, facts: BatchFacts, register: Register, by: Actor) -> Iterator[bytes]:
    """The zip piece by piece, outside of any request; its digest is kept when all of it has left."""
    with here.store.reading() as session:
        papers = papers_of(session, here.rules, facts).of_record

    def read(paper: PaperOut) -> bytes | None:
        with here.store.reading() as session:
            try:
                return here.evidence.get(session, paper.record, paper.id, paper.digest)
            except EvidenceDamaged:
                return None

    done = BundleDone()
    yield from bundle(register, papers, read, done)
    with here.store.writing() as session:
        keep_file(
            session,
            here.entropy,
            facts.id,
            FOLDERS,
            done.digest,
            by,
            here.clock.now(session),
            lines=len(register.rows),
            papers=done.papers,
            missing=done.missing,
        )


def _name(register: Register) -> str:
    """The beginning of a file's name: nothing personal, ASCII alone."""
    return f"batch-{register.batch[:12]}-{register.day}"


def _incoming() -> Incoming:
    return Incoming(place().settings.home / "incoming-platform-tables", place().cipher)


def _known(made: TableOut) -> str:
    """What a page says back, so that exactly the rows that it showed are left out."""
    return place().cipher.digest("left_out", repr(made.left_out).encode()) if made.left_out else ""


def _is_known(made: TableOut) -> bool:
    return request.form.get("left_out", "") == _known(made)


def _otherwise() -> No | None:
    """The first time the rows are only shown."""
    return No((OTHERWISE,), status=409) if request.form.get("left_out") else No(status=200)


def _views(out: Iterable[LeftOut]) -> list[LeftOutView]:
    return [
        LeftOutView(one.number, one.row, _column(one.column), one.why, _why(one)) for one in list(out)[:SHOWN]
    ]


def _column(name: str) -> str:
    """A column by its name in the table, and what it is in Chinese."""
    known = COLUMNS_OUT[name][0] if name in COLUMNS_OUT else COLUMNS[name].zh if name in COLUMNS else ""
    return f"{name} {known}".strip()


def _why(one: LeftOut) -> str:
    said: dict[str, str] = {
        "not_gbk": _("“%(sign)s”（%(point)s）不在 GBK 字符集内", sign=one.sign, point=_point(one.sign)),
        "too_long": _("要 %(needs)d 个字节，这一列只有 %(holds)d 个", needs=one.needs, holds=one.holds),
        "control": _("有换行等控制字符"),
        "type": _("这一列的类型是 %(type)s，不能写入文字", type=one.sign),
        OTHER_VALUE: _("表里现在的值与申请时的原值不同"),
        NO_COLUMN: _("表里没有这一列"),
        NO_ROW: _("表里没有这名学生"),
        TWO_ROWS: _("表里有这名学生的两行"),
    }
    return said[one.why]


def _point(sign: str) -> str:
    return f"U+{ord(sign):04X}" if len(sign) == 1 else ""
