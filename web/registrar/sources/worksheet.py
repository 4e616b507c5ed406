"""The worksheet of a comparison: what differs, of which kind it is, who did what, one press for rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from web.registrar.sources.words import because_words, item_words, kind_words, press_words
from web.shared.act import Acting, Answer, No, Page, Stop, act, acting, show
from web.shared.cases.compare import Piece, compared
from web.shared.downloads import xlsx_file
from web.shared.forms import DifferencesPressed, ExportWanted, seen_cases
from web.shared.gate.limits import limited
from web.shared.numbers import NO_NUMBER, NUMBERS, ends_compared, ends_of, reveal, why_too_near
from web.shared.security import fresh, looking, open_to, place
from web.shared.standing import COMPARISON, about
from web.shared.words import pick
from workflow.outgoing.differences.maker import DIFFERENCES, asked_of
from workflow.outgoing.jobs.job import ExportWish, make
from workflow.outgoing.jobs.tables import PURPOSES
from workflow.sources.deciding import (
    CHANGED_MEANWHILE,
    NOTHING_TICKED,
    PRESSES,
    RowsAlike,
    RowsRefused,
    RowsTicked,
    alike,
    press_rows,
)
from workflow.sources.tables import PLATFORM, SCHOOL, SHOWN_KINDS, Difference
from workflow.sources.worksheet import (
    DONE,
    OPEN,
    PAGE,
    UNDECIDED,
    ComparisonFacts,
    DifferenceSeen,
    RowsWanted,
    comparisons,
    counts_of,
    rows_of,
)
from workflow.verdict import Reason

bp = Blueprint("differences", __name__, url_prefix="/registrar/sources")

SHEET = "/<string(length=32):comparison>"
MOST = 100_000
"""So many rows a workbook has at most, and so far a page goes."""
STANDS = (OPEN, DONE, "all")


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One row as the page shows it: both values with what differs, numbers masked unless shown this once."""

    row: DifferenceSeen
    platform: list[Piece]
    school: list[Piece]
    masked: bool
    whole: str
    ticked: bool


@bp.get(SHEET)
@open_to("registrar")
@about(comparison=COMPARISON)
def sheet(comparison: str) -> Page:
    """A page of the worksheet. The list of names is logged as one access first."""
    with acting() as it:
        it.note("sources", comparison)
    return _sheet(comparison)


@bp.get(f"{SHEET}/list.xlsx")
@open_to("registrar")
@about(comparison=COMPARISON)
@fresh
@limited("exports")
def book(comparison: str) -> Response:
    """The rows that the page is filtered by as a workbook, such as what is to be posted; numbers masked."""
    with acting() as it:
        at = it.note("sources.xlsx", comparison)
    with looking() as session:
        (facts,) = comparisons(session, 1, comparison) or abort(404)
        rows = rows_of(session, place().cipher, facts, _wanted(), limit=MOST)
    header = (
        _("学号"), _("姓名"), _("学院"), _("班级"), _("项目"), *_sides(facts), _("怎样处理"), _("进度"),
    )  # fmt: skip
    return xlsx_file(f"differences-{at:%Y%m%d-%H%M}", [(_("差异处理表"), header, map(_cells, rows))])


def _cells(row: DifferenceSeen) -> tuple[str, ...]:
    values = (row.platform, row.school)
    shown = map(ends_of, values) if row.field in NUMBERS else values
    done = ""
    if row.deeds:
        last = row.deeds[-1]
        done = f"{last.at:%Y-%m-%d %H:%M} {last.name} {press_words(last.what)}"
    return (
        row.number, row.name, row.college, row.class_name, item_words(row.field), *shown,
        kind_words(row.kind), done,
    )  # fmt: skip


@bp.post(f"{SHEET}/press")
@open_to("registrar")
@about(comparison=COMPARISON)
def press(comparison: str) -> Answer:
    """Say of rows of which kind they are, that they are done, or open them again: all of them, or none."""
    form = DifferencesPressed()
    wanted = _wanted()
    said = form.press.data or ""

    def pressed(it: Acting) -> int:
        it.note("sources:press", comparison)
        try:
            return press_rows(it.session, comparison, _which(form, wanted), said, by=it.by.person, at=it.now)
        except RowsRefused as no:
            raise Stop(no.reason, 409 if no.reason is CHANGED_MEANWHILE else 422) from None

    return act(
        pressed,
        again=lambda no: _sheet(comparison, no, form),
        onward=_address(comparison),
        told=lambda n: _("已办理 %(n)d 行：%(what)s。", n=n, what=press_words(said)),
    )


@bp.post(f"{SHEET}/export")
@open_to("registrar")
@about(comparison=COMPARISON)
@fresh
def export(comparison: str) -> Answer:
    """Ask for these rows with numbers whole, such as what is to be posted; a second person approves it."""
    form = ExportWanted()
    asked = asked_of(comparison, _wanted())
    wish = ExportWish(form.purpose.data or "", form.words.data or "", (DIFFERENCES.name,), asked=asked)
    return act(
        lambda it: make(it.session, it.place.cipher, it.place.entropy, wish, it.by, it.now),
        again=lambda no: _sheet(comparison, no, wish=form),
        onward=lambda job: url_for("outgoing.one", job=job),
        told=_("已提出。可以批准的人会收到通知；24 小时内没有人批准，任务失效。"),
    )


@bp.post(f"{SHEET}/number")
@open_to("registrar")
@about(comparison=COMPARISON)
@fresh
def number(comparison: str) -> Page:
    """The same page with one number whole, for a reason of the list. The reason is logged first."""
    form = DifferencesPressed()
    id, _colon, side = (form.shown.data or "").partition(":")

    def against(session: Session) -> Sequence[Reason]:
        found = session.execute(
            select(Difference.record_id, Difference.field).where(
                Difference.id == id, Difference.comparison_id == comparison
            )
        ).one_or_none()
        if found is None or found.field not in NUMBERS or side not in (PLATFORM, SCHOOL):
            return (NO_NUMBER,)
        return why_too_near(session, found.record_id)

    no = reveal("SFZH", _record_of(comparison, id), form.why.data or "", against)
    return _sheet(comparison, no, form, "" if no else f"{id}:{side}")


def _record_of(comparison: str, id: str) -> str:
    """Whose number it is, as the access log names it."""
    asked = select(Difference.record_id).where(Difference.id == id, Difference.comparison_id == comparison)
    with looking() as session:
        return session.scalar(asked) or comparison


def _which(form: DifferencesPressed, wanted: RowsWanted) -> RowsTicked | RowsAlike:
    """The rows that are meant: all that are alike, as they were counted, or those that are ticked."""
    if form.alike.data:
        number, _dot, presses = form.alike.data.partition(".")
        if not (number.isdecimal() and presses.isdecimal()):
            raise RowsRefused(NOTHING_TICKED)
        return RowsAlike(wanted, int(number), int(presses))
    return RowsTicked(dict(seen_cases(form.row.data or [], PAGE)))


def _limits() -> dict[str, Any]:
    """The filters of this address, as far as they are known."""
    said = {name: request.args.get(name, "")[:100] for name in ("field", "kind", "stand")}
    college = {"college": request.args["college"][:100]} if "college" in request.args else {}
    return college | {name: value for name, value in said.items() if value}


def _wanted() -> RowsWanted:
    """Which rows this address asks for: those that are open, unless it says otherwise."""
    said = _limits()
    stand = said.get("stand", OPEN)
    if stand not in STANDS or said.get("kind", UNDECIDED) not in (*SHOWN_KINDS, UNDECIDED):
        abort(404)
    college = said.get("college")
    return RowsWanted(
        None if college is None or college == "all" else college,
        said.get("field", ""),
        said.get("kind", ""),
        "" if stand == "all" else stand,
    )


def _address(comparison: str) -> str:
    """The page that was pressed, with its filters."""
    where: dict[str, Any] = {**_limits(), "comparison": comparison, "after": _after() or None}
    return url_for(".sheet", **where)


def _after() -> int:
    return min(max(request.args.get("after", 0, int), 0), MOST)


def _sheet(
    comparison: str,
    no: No | None = None,
    form: DifferencesPressed | None = None,
    whole: str = "",
    wish: ExportWanted | None = None,
) -> Page:
    wanted, after, cipher = _wanted(), _after(), place().cipher
    with looking() as session:
        (facts,) = comparisons(session, 1, comparison) or abort(404)
        counts = counts_of(session, comparison)
        rows = rows_of(session, cipher, facts, wanted, after=after, limit=PAGE + 1)
        together = alike(session, comparison, wanted) if wanted.college is not None and wanted.field else None
    ticked = {said.partition(":")[0] for said in (form.row.data or [])} if form else set()
    lines = [_line(row, whole, row.id in ticked) for row in rows[:PAGE]]
    total = RowsWanted()
    return show(
        "registrar/sources/worksheet.html",
        no,
        it=facts,
        lines=lines,
        wanted=wanted,
        limits=_limits(),
        stand=wanted.stand or "all",
        after=after,
        more=rows[PAGE - 1].place if len(rows) > PAGE else 0,
        number=counts.number(wanted),
        counts=counts.by(total, 2),
        all=counts.number(total),
        done=counts.number(RowsWanted(stand=DONE)),
        colleges=sorted(counts.by(RowsWanted(stand=wanted.stand), 0).items()),
        fields=sorted(counts.by(RowsWanted(stand=wanted.stand), 1).items()),
        alike=[one for one in counts.alike(wanted) if one[1] > 1][:12],
        together=together,
        form=form or DifferencesPressed(formdata=None),
        whole=whole,
        wish=wish or ExportWanted(formdata=None),
        purposes=[(name, pick(*words)) for name, words in PURPOSES.items()],
        kinds=list(SHOWN_KINDS),
        undecided=UNDECIDED,
        sides=_sides(facts),
        item_words=item_words,
        kind_of_difference=kind_words,
        because_words=because_words,
        press_words=press_words,
        presses=PRESSES,
    )


def _sides(facts: ComparisonFacts) -> tuple[str, str]:
    """What each column is called: the two sources."""
    return (_("学信网平台") if facts.platform_name else _("学籍记录（学信网）"), _("教务系统"))


def _line(row: DifferenceSeen, whole: str, ticked: bool) -> DifferenceLine:
    masked = row.field in NUMBERS
    if not masked:
        before, after = compared(row.platform, row.school)
        return DifferenceLine(row, before, after, False, "", ticked)
    before, after = ends_compared(row.platform, row.school)
    id, _colon, side = whole.partition(":")
    shown = side if id == row.id else ""
    if shown:
        before = [(row.platform if shown == PLATFORM else ends_of(row.platform), False)]
        after = [(row.school if shown == SCHOOL else ends_of(row.school), False)]
    return DifferenceLine(row, before, after, True, shown, ticked)
