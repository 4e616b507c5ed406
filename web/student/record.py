"""The student's pages: check the record, confirm it, and follow a case to its end."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask_babel import gettext

from web.shared.act import Acting, Answer, No, Page, act, faults_in, press, show
from web.shared.cases.letters import document_of
from web.shared.downloads import attached
from web.shared.forms import Decided, Looked, form_key, seen_version
from web.shared.gate.limits import limited
from web.shared.security import looking, open_to, place, record_of_mine
from web.shared.standing import OWN_CASE, about
from web.shared.words import day, in_english, written
from web.student.filing import stand_at
from web.student.letters import without_a_letter
from web.student.marking import MarksKept, keep_marks, marks_sent
from web.student.story import Story, story_of, unless_held_back
from web.student.view import at_fault, read_sheet, unless_telling
from workflow.cases.checking.confirm import VALUES_CHANGED
from workflow.cases.filing.drafts import drop_marks
from workflow.cases.filing.target import current_case
from workflow.engine import Ref
from workflow.history.entry import Entry
from workflow.letters.document import LetterDocument
from workflow.letters.pdf import lacking, pdf_of
from workflow.notices.outbox import mark_seen
from workflow.records.values import masked

bp = Blueprint("student", __name__, url_prefix="/my")
stand_at(bp, "student")

HAN = "零一二三四五六七八九十"
"""The small numbers in words."""


# -- the record -----------------------------------------------------------------------------------------


@bp.get("")
@open_to("student")
def record(no: No | None = None, said: Mapping[str, str] | None = None) -> Page:
    """What is due, the record field by field with its marks, and open cases."""
    installation = place()
    with looking() as session:
        sheet = read_sheet(session)
    page = show("student/record.html", unless_telling(no, sheet.mine), sheet=sheet, said=said or {})
    if not all(notice.seen for notice in sheet.notices):
        with installation.store.writing() as session:
            mark_seen(session, record_of_mine(), sheet.mine.at)
    return page


@bp.post("/marks")
@open_to("student")
def marks() -> Answer:
    """Keep the marks at the items; then ask what is missing, or for the confirmation.

    Once values have changed, what was sent is about other values: only the kept marks that hold are shown.
    """
    kept = MarksKept()

    def keep(it: Acting) -> None:
        nonlocal kept
        kept = keep_marks(it)

    def again(no: No) -> Page:
        return record(no, {} if VALUES_CHANGED in no.reasons else marks_sent())

    answer = act(keep, again, onward=lambda _: kept.to, told=lambda _: kept.told)
    return again(kept.no) if kept.no else answer


@bp.get("/confirm")
@open_to("student")
def sure() -> Answer:
    """Show in full what is about to be confirmed, so that an accidental tap confirms nothing."""
    with looking() as session:
        sheet = read_sheet(session)
    if sheet.mine.draft.claims or sheet.confirm is None or not sheet.confirm.allowed:
        return redirect(url_for(".record"), 303)
    return show("student/sure.html", sheet=sheet)


@bp.post("/confirm")
@open_to("student")
def confirm() -> Answer:
    """Confirm that the record is right. The marks 无误 have served and go."""
    expected, key, seen = seen_version(), form_key(), request.form.get("seen", "-")

    def all_right(it: Acting) -> Entry:
        case = current_case(it.session, record_of_mine(), it.now) or abort(404)
        done = it.perform(Ref("case", case.id), "confirm", expected=expected, key=key, seen=seen)
        drop_marks(it.session, place().cipher, record_of_mine(), it.now)
        return done

    return act(all_right, again=record, onward=url_for(".record"))


# -- looked at on the platform --------------------------------------------------------------------------


@bp.get("/looked")
@open_to("student")
def looked(form: Looked | None = None, no: No | None = None) -> Answer:
    """How to look at the record on the platform, and the day on which the student says they did."""
    with looking() as session:
        sheet = read_sheet(session)
    if sheet.case is None or sheet.ticks is None:
        return redirect(url_for(".record"), 303)
    if form is None:
        form = Looked(formdata=None)
        form.looked_on.data = sheet.mine.at.date()
    at_fault(form.looked_on, no.reasons if no else ())
    return show(
        "student/looked.html",
        no,
        case=sheet.case,
        tick=sheet.ticks.there,
        form=form,
        today=sheet.mine.at.date(),
    )


@bp.post("/looked")
@open_to("student")
def say_looked() -> Answer:
    """Say on which day one looked on the platform."""
    form, expected, key = Looked(), seen_version(), form_key()
    if no := faults_in(form):
        return looked(form, no)

    def say(it: Acting) -> Entry:
        case = current_case(it.session, record_of_mine(), it.now) or abort(404)
        return it.perform(
            Ref("case", case.id), "say_looked", expected=expected, key=key, looked_on=form.looked_on.data
        )

    told = gettext("已登记：%(day)s 在学信网查看", day=day(form.looked_on.data))
    return act(say, again=lambda no: looked(form, no), onward=url_for(".record"), told=told)


# -- wrong, and to be filed later -----------------------------------------------------------------------


@bp.get("/deferred")
@open_to("student")
def deferring(no: No | None = None) -> Answer:
    """Which items are wrong, where the rules take a change only later."""
    with looking() as session:
        sheet = read_sheet(session)
    if sheet.case is None or sheet.defers is None:
        return redirect(url_for(".record"), 303)
    asked = sheet.case.facts.campaign.fields if sheet.case.facts.campaign else ()
    return show(
        "student/deferred.html",
        no,
        sheet=sheet,
        rows=[row for row in sheet.rows if row.words.claimable and row.words.code in asked],
        ticked=request.form.getlist("field") or sheet.case.facts.deferred_items,
    )


@bp.post("/deferred")
@open_to("student")
def defer() -> Answer:
    """Note which items are wrong: the student has checked, and files once the rules take it."""
    expected, key, seen = seen_version(), form_key(), request.form.get("seen", "-")
    fields = tuple(dict.fromkeys(request.form.getlist("field")))

    def note(it: Acting) -> Entry:
        case = current_case(it.session, record_of_mine(), it.now) or abort(404)
        return it.perform(Ref("case", case.id), "defer", expected=expected, key=key, seen=seen, fields=fields)

    told = gettext("已登记有误的项目；到受理时会提醒您。")
    return act(note, again=deferring, onward=url_for(".record"), told=told)


# -- one case -------------------------------------------------------------------------------------------


@bp.get("/receipts/<string(length=32):case>")
@open_to("student")
@about(case=OWN_CASE)
def receipt(case: str) -> Page:
    """The receipt: the number, what happens next, and by when."""
    story = story_of(case)
    return show("student/receipt.html", story=story, case=story.case)


@bp.get("/cases/<string(length=32):case>")
@open_to("student")
@about(case=OWN_CASE)
def follow(case: str, tried: str = "", form: Decided | None = None, no: No | None = None) -> Page:
    """The case's present state, whose turn it is, the deadline, and the decision."""
    story = story_of(case)
    return show(
        "student/case.html",
        unless_held_back(no, story.case),
        story=story,
        case=story.case,
        tried=tried,
        typed=form,
        empty=Decided(formdata=None),
    )


@bp.get("/cases/<string(length=32):case>/letter")
@open_to("student")
@about(case=OWN_CASE)
def letter(case: str) -> Page:
    """One letter of the case, by default the last. Before the first one, the receipt of the filing."""
    story = story_of(case)
    pdf = not lacking()
    return show("student/letter.html", story=story, case=story.case, letter=_letter(story), pdf=pdf)


@bp.get("/cases/<string(length=32):case>/letter.pdf")
@open_to("student")
@about(case=OWN_CASE)
@limited("exports")
def letter_pdf(case: str) -> Response:
    """The same letter as a PDF. Not there where the installation cannot set one."""
    if lacking():
        abort(404)
    return attached("letter.pdf", pdf_of(_letter(story_of(case))), "application/pdf")


def _letter(story: Story) -> LetterDocument:
    """The letter that the address asks for, or what a case without one has in its place."""
    named = request.args.get("of", "")
    given = story.letter(named)
    if given is not None:
        return document_of(given.facts(place().cipher), given.kind, given)
    if named or not story.case.facts.receipt:
        abort(404)
    return document_of(*without_a_letter(story, place().profile))


@bp.get("/cases/<string(length=32):case>/withdraw")
@open_to("student")
@about(case=OWN_CASE)
def withdrawing(case: str) -> Answer:
    """Ask for confirmation before a filing is withdrawn."""
    story = story_of(case)
    if not story.may["withdraw"].allowed:
        return redirect(url_for(".follow", case=case), 303)
    return show("student/withdraw.html", story=story, case=story.case)


@bp.post(
    "/cases/<string(length=32):case>/<any(withdraw, dispute, disagree, reconfirm):action>", endpoint="act"
)
@open_to("student")
@about(case=OWN_CASE)
def do(case: str, action: str) -> Answer:
    """Withdraw a filing, confirm a correction, dispute it, or disagree with a decision."""
    form = Decided()
    details = {"words": form.words.data or ""} if action in ("dispute", "disagree") else {}
    return act(
        press(Ref("case", case), action, **details),
        again=lambda no: follow(case, action, form, no),
        onward=url_for(".follow", case=case),
    )


# -- formats --------------------------------------------------------------------------------------------


bp.add_app_template_filter(written, "value")
bp.add_app_template_filter(masked, "masked")


@bp.app_template_filter("han")
def han(count: int) -> str:
    """A small number in words, to stand before what it counts."""
    return HAN[count] if count < len(HAN) and not in_english() else str(count)


@bp.app_template_filter("grouped")
def grouped(number: str) -> list[str]:
    """A resident's ID number in three parts (area, birth date, rest) for easy checking; others whole."""
    return [number[:6], number[6:14], number[14:]] if len(number) == 18 else [number]
