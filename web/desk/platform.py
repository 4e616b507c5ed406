"""The worksheet of the platform: what is to be entered there, copied, ticked, dated once and pressed once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from states.case import DECIDERS
from web.shared.act import CONFLICTS, Answer, No, Page, acting, show
from web.shared.cases.compare import Glyph, code_points, compared
from web.shared.forms import EntriesTicked, faults_of, form_key, seen_cases
from web.shared.numbers import NUMBERS, ShownWhole, ends_compared, shown_whole
from web.shared.security import actor, fresh, looking, open_to, place, runs_scripts
from web.shared.standing import CASE_AT_THE_DESK, about
from workflow.cases.review.entering import NOTHING_TICKED, Entered, Ticked, enter_all
from workflow.cases.views.queue.desk import desk_of
from workflow.cases.views.to_enter import (
    PAGE,
    ChangeToEnter,
    EnteredCase,
    EntryCounts,
    RowToEnter,
    ShownByImport,
    Sifted,
    count_to_enter,
    entered_lately,
    named_rows,
    shown_lately,
    to_enter,
)
from workflow.cases.views.whose_turn import Turn, turns_in_review
from workflow.people.access import people_at_the_door
from workflow.verdict import Reason

bp = Blueprint("entering", __name__, url_prefix="/desk/platform")

ALL = "all"
"""The word in an address for every row ticked."""


@dataclass(frozen=True, slots=True)
class ValueToEnter:
    """One value as the worksheet shows it: to be copied, unless it is a full number and masked.

    ``points`` are the code points of characters that may be taken for others.
    """

    text: str
    masked: bool
    points: tuple[Glyph, ...]


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """One change of a row, old beside new; ``whole`` where its full number is shown this once."""

    facts: ChangeToEnter
    old: ValueToEnter
    new: ValueToEnter
    whole: bool


@dataclass(frozen=True, slots=True)
class LineToEnter:
    """One row of the worksheet: until when it is due, whether it is ticked, and why a press left it.

    ``theirs``: somebody else works on it now.
    """

    row: RowToEnter
    changes: tuple[ChangeShown, ...]
    turn: Turn
    theirs: bool
    ticked: bool
    left: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A page of the worksheet, with what the person entered last and what a press left undone.

    ``gone`` are rows that a press left and that stand on this page no more, each with its reasons;
    ``strange`` counts those of which the person may know nothing.
    """

    at: datetime
    lines: tuple[LineToEnter, ...]
    counts: EntryCounts
    more: str
    shown: ShownByImport | None
    lately: tuple[EnteredCase, ...]
    undo_until: datetime | None
    gone: tuple[tuple[RowToEnter, tuple[Reason, ...]], ...]
    strange: int

    @property
    def numbers(self) -> bool:
        """Whether a value of the page is masked."""
        return any(change.new.masked for line in self.lines for change in line.changes)

    @property
    def left(self) -> tuple[LineToEnter, ...]:
        """The rows of this page that a press left."""
        return tuple(line for line in self.lines if line.left)


@bp.get("", endpoint="sheet")
@open_to(*DECIDERS)
@runs_scripts
def _worksheet_page(
    form: EntriesTicked | None = None,
    no: No | None = None,
    entered: Entered | None = None,
    whole: ShownWhole | None = None,
) -> Page:
    """A page of the worksheet. The list of names is logged as one access first."""
    chosen, after = _sifted(), request.args.get("after", "")
    with acting() as it:
        it.note("platform")
    with looking() as session:
        sheet = _read(session, chosen, after, form, entered, whole)
    return show(
        "desk/platform.html",
        no,
        it=sheet,
        form=form or EntriesTicked(formdata=None),
        entered=entered,
        said=told(entered) if entered and entered.cases else "",
        whole=whole,
        chosen=chosen,
        after=after,
        claimable=[field.code for field in place().school.fields if field.claimable],
        asks_words=place().school.policy.decisions.words_on_approval,
    )


@bp.get("/paper", endpoint="paper")
@open_to(*DECIDERS)
def _paper_page() -> Page:
    """The same page of the worksheet to be printed, without any full number. The access is logged first."""
    chosen, after = _sifted(), request.args.get("after", "")
    with acting() as it:
        it.note("platform:paper")
    with looking() as session:
        at = place().clock.now(session)
        desk = desk_of(place().engine, session, actor(), at)
        rows = to_enter(session, desk, place().cipher, chosen, after=after)
    lines = [(row, tuple(_changes(row, None))) for row in rows]
    return show("desk/platform_paper.html", lines=lines, at=at, chosen=chosen, after=after)


@bp.post("", endpoint="enter")
@open_to(*DECIDERS)
@fresh
@runs_scripts
def _enter() -> Answer:
    """Enter every case that is ticked, on one day, each in a unit of work of its own."""
    form = EntriesTicked()
    faults = [] if form.validate() else faults_of(form)
    today = place().clock.now().date()
    day: date | None = form.seen_on.data
    if not faults and day is None:
        faults = [("seen_on", _("请填写在学信网看到正确信息的日期。"))]
    elif day is not None and day > today:
        faults = [("seen_on", _("看到的日期还没有到。请填写实际看到的日期。"))]
    ticked = _ticked(form)
    reasons = () if ticked else (NOTHING_TICKED,)
    if faults or reasons:
        return _worksheet_page(form, No(reasons, faults))
    installation = place()
    done = enter_all(
        installation.engine,
        installation.store,
        ticked,
        day,
        form.words.data or "",
        by=actor(),
        key=form_key(),
    )
    if done.left:
        codes = {code for one in done.left for code in one.verdict.codes}
        return _worksheet_page(form, No(status=409 if codes & CONFLICTS else 422), done)
    flash(told(done))
    return redirect(url_for(".sheet", **_sifted().said()), 303)


@bp.post("/<string(length=32):case>/number", endpoint="number")
@open_to(*DECIDERS)
@about(case=CASE_AT_THE_DESK)
@fresh
@runs_scripts
def _show_number(case: str) -> Answer:
    """The worksheet with the one full number that is to be entered; the reason is logged first."""
    form = EntriesTicked()
    said = shown_whole(case, ShownWhole(form.claim.data or "", "new"), form.why.data or "")
    if isinstance(said, No):
        return _worksheet_page(form, said)
    return _worksheet_page(form, whole=said)


def told(done: Entered) -> str:
    """What a press did, in one sentence."""
    words: str = ngettext("已登记录入 %(num)d 件", "已登记录入 %(num)d 件", len(done.cases))
    if len(done.closed) == len(done.cases):
        return words + str(_("，均已办结。"))
    return words + str(_("，其中办结 %(n)d 件，其余还有别的事项。", n=len(done.closed)))


def _sifted() -> Sifted:
    """The part of the worksheet that the address asks for, without unknown values."""
    field, college = request.args.get("field", ""), request.args.get("college", "")
    known = {words.code for words in place().school.fields if words.claimable}
    return Sifted(field if field in known else "", college[:64])


def _ticked(form: EntriesTicked) -> list[Ticked]:
    """The ticks of a form: each names a case and the version at which it was looked at."""
    return [Ticked(*seen) for seen in seen_cases(form.row.data or (), PAGE)]


def _read(
    session: Session,
    chosen: Sifted,
    after: str,
    form: EntriesTicked | None = None,
    entered: Entered | None = None,
    whole: ShownWhole | None = None,
) -> Worksheet:
    me, at = actor(), place().clock.now(session)
    desk = desk_of(place().engine, session, me, at)
    rows = to_enter(session, desk, place().cipher, chosen, after=after)
    turns = turns_in_review(session, {row.case: row.state for row in rows}, place().school.calendar)
    left = {one.case: one.verdict for one in entered.left} if entered else {}
    every = form is None and request.args.get("ticked") == ALL
    ticked = {row.case for row in rows} if every else {one.case for one in _ticked(form)} if form else set()
    us = people_at_the_door(me)
    lines = tuple(
        LineToEnter(
            row,
            tuple(_changes(row, whole)),
            turns[row.case],
            theirs=row.held(at) and row.by not in us,
            ticked=row.case in ticked,
            left=left[row.case].reasons if row.case in left else (),
        )
        for row in rows
    )
    gone = named_rows(session, desk, left.keys() - {row.case for row in rows})
    undo = timedelta(minutes=place().school.policy.periods.undo_minutes)
    lately = entered_lately(session, desk, us, at - undo)
    return Worksheet(
        at=at,
        lines=lines,
        counts=count_to_enter(session, desk),
        more=rows[-1].case if len(rows) == PAGE else "",
        shown=shown_lately(session),
        lately=tuple(lately),
        undo_until=lately[0].decided_at + undo if lately else None,
        gone=tuple((row, left[row.case].reasons) for row in gone),
        strange=len(left) - sum(1 for line in lines if line.left) - len(gone),
    )


def _changes(row: RowToEnter, whole: ShownWhole | None) -> Iterator[ChangeShown]:
    for change in row.changes:
        before, after = compared(change.old, change.new)
        shown = whole is not None and whole.claim == change.claim
        if change.field in NUMBERS:
            masked = ends_compared(change.old, change.new)
            old = ValueToEnter("".join(text for text, _differs in masked[0]), bool(change.old), ())
            hidden = ValueToEnter("".join(text for text, _differs in masked[1]), True, ())
            yield ChangeShown(change, old, ValueToEnter(change.new, False, ()) if shown else hidden, shown)
            continue
        named = change.field == "XM"
        yield ChangeShown(
            change,
            ValueToEnter(change.old, False, tuple(code_points(before)) if named else ()),
            ValueToEnter(change.new, False, tuple(code_points(after)) if named else ()),
            False,
        )
