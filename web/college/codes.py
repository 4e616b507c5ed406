"""First codes for many students: runs by an officer or the registrar, strips to print, lists for counsellors.

The officer has the pages under /college, the registrar under /registrar. Each opening of a page with codes is
a line of the access log, written before the codes are sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import segno
from flask import Blueprint, abort, make_response, request, url_for
from flask_babel import gettext as _

from web.college import counter
from web.shared.act import Acting, Answer, No, Page, Stop, act, acting, show
from web.shared.downloads import xlsx_file
from web.shared.forms import RunWanted, form_key
from web.shared.gate.limits import limited
from web.shared.labels import narrowed_words
from web.shared.security import add_views, fresh, me, not_found_for, place
from web.shared.standing import RUN_OF_CODES, about
from web.shared.words import moment, pick
from workflow.records.reach import reaches
from workflow.signin.codes import shown
from workflow.signin.strips import (
    HANDS,
    PIECE,
    STANDINGS,
    CodeStrip,
    RunLine,
    Whom,
    begin_run,
    by_class,
    run_of,
    runs,
    sheets,
    strips_of,
    waiting_classes,
)
from workflow.upkeep.leaving import why_nothing_leaves
from workflow.upkeep.scheduled import carry_out_a_piece
from workflow.verdict import Reason

LOOK_AGAIN = 3
"""Seconds after which a browser asks again how far a run is."""
QR_MASK = 3
"""Any mask can be read. One that is given saves trying all eight for each of some hundred codes."""

NOBODY_WAITS = Reason(
    "nobody_waits",
    "所选范围里，没有还没有开通账号的在籍学生，没有生成登录码。",
    remedy="已开通的学生忘了密码，请到柜台办理；名册里没有的学生，请先导入名册。",
    rule="codes",
)
NO_SUCH_CHOICE = Reason(
    "no_such_choice", "没有选好为谁生成、怎样发放。", remedy="请在两处各选一项，再按一次。", rule="codes"
)


@dataclass(frozen=True, slots=True)
class PrintedStrip:
    """A strip with its code in two groups and its QR code; both '' where the code opens nothing any more."""

    strip: CodeStrip
    code: str
    picture: str


# -- runs -----------------------------------------------------------------------------------------------


def all_runs(no: No | None = None, form: RunWanted | None = None) -> Page:
    """The runs so far, and the form for another. Numbers only: no student is named."""
    college = request.args.get("college") if _college() is None else _college()
    whom, reached = Whom(_enrolled(), college, within=me().narrowed_to), _reaches_anybody()
    with place().store.reading() as session:
        at = place().clock.now(session)
        classes = waiting_classes(session, whom) if reached else ()
        found = runs(session, me().used, at)
    by_college = dict[str, int]()
    for one in classes:
        by_college[one.college] = by_college.get(one.college, 0) + one.n
    return show(
        "codes/runs.html",
        no,
        form=form or RunWanted(formdata=None),
        college=college,
        classes=classes if college is not None else (),
        colleges=by_college if college is None else {},
        total=sum(by_college.values()),
        reached=reached,
        runs=found,
        at=at,
        hands=[(code, hand_words(code)) for code in HANDS],
        whom_words=whom_words,
        hand_words=hand_words,
    )


@fresh
def make_run() -> Answer:
    """Note a run. A small one is carried out at once, a larger one beside the served pages."""
    form, key = RunWanted(), form_key()
    form.validate()
    whom = _left_out_by(form.beside.data) if form.beside.data else _whom(form.whom.data or "")
    if whom is None or form.hand.data not in HANDS:
        return all_runs(No((NO_SUCH_CHOICE,)), form)
    if form.hand.data == "message" and (bars := why_nothing_leaves(place())):
        return all_runs(No(bars), form)
    hand = str(form.hand.data)

    def noted(it: Acting) -> tuple[str, int]:
        id = it.place.cipher.digest("strip_run", f"{it.by.person} {key}".encode())[:32]
        run = begin_run(it.session, it.by, hand, whom, it.now, it.place.entropy, key=id)
        if run is None:
            raise Stop(NOBODY_WAITS)
        return run.id, run.total

    def onward(done: tuple[str, int]) -> str:
        run, total = done
        if total <= PIECE:
            carry_out_a_piece(place(), run)
        return url_for(".one_run", run=run)

    return act(noted, again=lambda no: all_runs(no, form), onward=onward)


@about(run=RUN_OF_CODES)
def one_run(run: str) -> Answer:
    """How far a run is, and what it gives. Numbers only."""
    with place().store.reading() as session:
        found = run_of(session, run, me().used)
        printed = found is not None and found.finished and found.hand != "message"
        parts = sheets(session, run, me().used) if printed else []
        at = place().clock.now(session)
    if found is None:
        not_found_for("codes:run", run)
    html, status = show(
        "codes/run.html", run=found, sheets=parts, at=at, whom_words=whom_words, hand_words=hand_words
    )
    answer = make_response(html, status)
    if not found.finished:
        answer.headers["Refresh"] = str(LOOK_AGAIN)
    return answer


# -- what a run gives -----------------------------------------------------------------------------------


@about(run=RUN_OF_CODES)
@fresh
def strips(run: str, sheet: int) -> Answer:
    """One print page of strips. The access is logged first."""
    return _print_page(run, "strips", sheet, "codes/strips.html")


@about(run=RUN_OF_CODES)
@fresh
def names(run: str, sheet: int) -> Answer:
    """One print page of a counsellor's list. The access is logged first."""
    return _print_page(run, "list", sheet, "codes/list.html")


@about(run=RUN_OF_CODES)
@fresh
@limited("exports")
def book(run: str) -> Answer:
    """The counsellor's list as a workbook. The download is logged first."""
    line, at = _opened(run, "list", "list.xlsx")
    with place().store.reading() as session:
        found = strips_of(session, line.id, me().used, at)
    head = (_("学院"), _("班级"), _("姓名"), _("学号或考生号"), _("登录码"), _("有效期至"))
    rows = ((one.college, one.group, one.name, one.number, _code(one), moment(one.ends_at)) for one in found)
    return xlsx_file(f"codes-{at:%Y%m%d-%H%M}", [(_("登录码"), head, rows)])


def _print_page(run: str, hand: str, number: int, template: str) -> Answer:
    line, at = _opened(run, hand, f"{hand}:{number}"[:20])
    used = me().used
    with place().store.reading() as session:
        parts = sheets(session, line.id, used)
        if not 1 <= number <= len(parts):
            abort(404)
        found = strips_of(session, line.id, used, at, parts[number - 1])
    address = counter.activation()
    drawn: Callable[[CodeStrip], PrintedStrip] = (
        (lambda one: _drawn(one, address))
        if hand == "strips"
        else (lambda one: PrintedStrip(one, _code(one), ""))
    )
    return show(
        template,
        run=line,
        sheet=parts[number - 1],
        sheets=parts,
        classes=[(name, group, [drawn(one) for one in some]) for name, group, some in by_class(found)],
        address=address,
        at=at,
    )


def _opened(run: str, hand: str, what: str) -> tuple[RunLine, datetime]:
    """A finished run that travels like this. The opening is logged; a stranger's is refused and logged."""
    with acting() as it:
        found = run_of(it.session, run, me().used)
        if found is not None:
            if not found.finished or found.hand != hand:
                abort(404)
            at = it.note(f"codes:{what}", run)
    if found is None:
        not_found_for("codes:run", run)
    return found, at


def _drawn(one: CodeStrip, address: str) -> PrintedStrip:
    if one.standing != "live":
        return PrintedStrip(one, "", "")
    code = place().cipher.code(one.id)
    made = segno.make(f"{address}#{code}", error="m", micro=False, mask=QR_MASK)
    picture = made.svg_inline(
        border=4, omitsize=True, svgclass=None, lineclass=None, dark="#000", light="#fff"
    )
    return PrintedStrip(one, shown(code), picture)


def _code(one: CodeStrip) -> str:
    """A code in a list, or why there is none any more."""
    if one.standing != "live":
        return pick(*STANDINGS[one.standing])
    return shown(place().cipher.code(one.id))


# -- scope ----------------------------------------------------------------------------------------------


def _college() -> str | None:
    """The officer's own college, '' if their grant names none; None for the registrar, who has all."""
    return None if me().actor.role == "registrar" else me().college


def _reaches_anybody() -> bool:
    """Whether any student is in the scope of the capacity: an officer without a college has none."""
    return any(map(reaches, me().used))


def _enrolled() -> tuple[str, ...]:
    return tuple(place().school.policy.statuses.enrolled)


def _whom(said: str) -> Whom | None:
    """What was chosen: ``all``; a college and a tab; a college, a tab, ``=`` and a class. None: not own."""
    own = _college()
    college, tab, group = said.partition("\t")
    if not _reaches_anybody():
        return None
    if said == "all" and own is None:
        return Whom(_enrolled(), within=me().narrowed_to)
    if not tab or own not in (None, college):
        return None
    return Whom(_enrolled(), college, group[1:] if group else None, within=me().narrowed_to)


def _left_out_by(run: str) -> Whom | None:
    """Those to whom a finished run of messages sent no code. None: the run is not theirs, or no such run."""
    with place().store.reading() as session:
        found = run_of(session, run, me().used)
    if found is None or not found.finished or found.hand != "message":
        return None
    return replace(found.whom, beside=run)


def whom_words(whom: Whom) -> str:
    """For whom a run is, in words."""
    said = str(_("全校")) if whom.college is None else whom.college or str(_("未分学院"))
    if whom.group is not None:
        said += f" · {whom.group or _('未编班')}"
    elif whom.within:
        said += f" · {narrowed_words(whom.within).striptags()}"
    return said + str(_("（没有地址的）")) if whom.beside else said


def hand_words(hand: str) -> str:
    """How codes travel, in words."""
    return pick(*HANDS[hand])


VIEWS: list[tuple[str, str, Any]] = [
    ("GET", "/codes", all_runs),
    ("POST", "/codes", make_run),
    ("GET", "/codes/<string(length=32):run>", one_run),
    ("GET", "/codes/<string(length=32):run>/strips/<int(max=99999):sheet>", strips),
    ("GET", "/codes/<string(length=32):run>/list/<int(max=99999):sheet>", names),
    ("GET", "/codes/<string(length=32):run>/list.xlsx", book),
    *counter.VIEWS,
]

bp = Blueprint("codes", __name__)
for _role, _desk in (("officer", "college"), ("registrar", "registrar")):
    _pages = Blueprint(_desk, __name__, url_prefix=f"/{_desk}")
    add_views(_pages, VIEWS, _role)
    bp.register_blueprint(_pages)
