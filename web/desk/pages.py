"""The reviewer's desk: one case with old and new values, and all decisions through the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from config.policy import items_for
from states.case import DECIDERS
from web.desk.case_view import read_case
from web.desk.last_act import last_act, last_case
from web.desk.letters import read_letter, with_addressee
from web.desk.offers import OF_A_VALUE, offers
from web.desk.preview import SHOWS, decision_in, rehearse
from web.desk.queue import bp, chosen_filter
from web.desk.sheet import read_sheet
from web.shared.act import Acting, Answer, Faults, No, Page, act, acting, press, show
from web.shared.downloads import attached
from web.shared.figures import pictures
from web.shared.forms import (
    Asking,
    Concluded,
    DayField,
    Decided,
    HandedOver,
    Settled,
    Stepped,
    Verified,
    WordsForm,
    faults_of,
    form_key,
    seen_version,
)
from web.shared.gate.limits import limited
from web.shared.numbers import ShownWhole, shown_of_claim
from web.shared.security import actor, fresh, fresh_for, looking, open_to, place, runs_scripts
from web.shared.standing import (
    CASE_AT_THE_DESK,
    LETTER_AT_THE_DESK,
    PAPER_AT_THE_DESK,
    PHOTO_AT_THE_DESK,
    about,
)
from workflow.cases.review.holds import take_hold
from workflow.cases.review.press import decide, take_next
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.views.just_done import last_action
from workflow.cases.views.queue.desk import TAKING
from workflow.engine import Ref
from workflow.letters.pdf import lacking, pdf_of
from workflow.people.access import note_access

DECISIONS = (
    "settle", "correct", "reject", "undo", "reopen", "end_flag", "pass_step", "fail_step", "receive",
    "object", "see",
)  # fmt: skip
"""Actions that find or decide something. The others take up, pass on, ask or put back."""


# -- one case -------------------------------------------------------------------------------------------


@bp.get("/<string(length=32):case>", endpoint="case")
@open_to(*DECIDERS)
@about(case=CASE_AT_THE_DESK)
@runs_scripts
def _case_page(
    case: str,
    tried: str = "",
    typed: FlaskForm | None = None,
    no: No | None = None,
    whole: ShownWhole | None = None,
) -> Page:
    """One case. The access is logged first. To whoever has nothing to do with it there is none."""
    chosen = chosen_filter()
    with looking() as session:
        it = read_case(session, case, chosen, whole)
        done = last_act(session, it.at)
    with place().store.writing() as session:
        note_access(session, actor(), "case", case, it.at)
    offered, told = offers(it, tried, typed), None
    if no is None and isinstance(typed, Concluded) and request.form.get("then") in SHOWS:
        found = rehearse(case, typed)
        told = None if isinstance(found, No) else found
        no = found if isinstance(found, No) and request.form.get("then") == "look" else None
    return show(
        "desk/case.html",
        no,
        it=it,
        case=it.case,
        at=it.at,
        way=chosen.said() | _kept_in_sight(last_case()),
        tried=tried,
        offers=offered,
        told=told,
        handed=HandedOver(formdata=None),
        items_for=items_for,
        **done,
    )


@bp.post("/<string(length=32):case>/decide")
@open_to(*DECIDERS)
@about(case=CASE_AT_THE_DESK)
@fresh
@runs_scripts
def conclude(case: str) -> Answer:
    """Complete all of this person's work on the claims, all or nothing. Then continue if asked.

    Where a kept sentence is to be filled in, or the decision to be looked at, the page comes back with it and
    nothing is decided.
    """
    form = Concluded()
    faults = [] if form.validate() else faults_of(form)
    if faults or request.form.get("then") in SHOWS:
        return _case_page(case, "decide", form, No(faults=faults) if faults else None)
    decision = decision_in(form)

    def decided(it: Acting) -> None:
        decide(it.place.engine, it.session, case, decision, by=it.by, expected=seen_version(), key=form_key())

    return act(
        decided, again=lambda no: _case_page(case, "decide", form, no), onward=lambda _done: _onward(case)
    )


@bp.post(
    "/<string(length=32):case>/<any(take_up, hold, release, hand_over, settle, correct, reject, undo, "
    "reopen, end_flag, take_over, pass_step, fail_step, send, receive, object, see, ask, drop_question, "
    "note, verify):action>",
    endpoint="act",
)
@open_to(*DECIDERS)
@about(case=CASE_AT_THE_DESK)
@fresh_for(*DECISIONS)
@runs_scripts
def do(case: str, action: str) -> Answer:
    """Perform one action on a case. All buttons use this view."""
    typed, details, faults = DETAILS.get(action, _nothing)()
    if action == "ask" and request.form.get("then") == "fill":
        return _case_page(case, action, typed)
    if faults:
        return _case_page(case, action, typed, No(faults=faults))
    if action == "send":
        details = with_addressee(case, details)

    def taken(it: Acting) -> object:
        """Whoever has the case already has it still, however often they press."""
        return take_hold(
            it.place.engine, it.session, case, action, by=it.by, expected=seen_version(), key=form_key()
        )

    return act(
        taken if action in TAKING.values() else press(Ref("case", case), action, **details),
        again=lambda no: _case_page(case, action, typed, no),
        onward=lambda _done: _onward(case, action),
    )


def _onward(case: str, action: str = "") -> str:
    """The page after an act, which says what was done: the next case if asked, the queue, or the same case.

    The next one is never the same. A form sent again after its decision was taken back leads nowhere new.
    """
    way = chosen_filter().said() | _kept_in_sight(last_case() if action in TAKING.values() else case)
    if action == "release":
        return url_for(".queue", **way)
    if request.form.get("then") != "next" or _taken_back(case):
        return url_for(".case", case=case, **way)
    key, installation = f"{form_key()}:next", place()
    taken = take_next(
        installation.engine, installation.store, chosen_filter(), by=actor(), key=key, after=case
    )
    return url_for(".case", case=taken, **way) if taken else url_for(".queue", **way)


def _kept_in_sight(done: str) -> dict[str, str]:
    """The part of an address by which its page says what was done last."""
    return {"done": done} if done else {}


def _taken_back(case: str) -> bool:
    """True when the person's last act on a case was to take back their decision."""
    with place().store.reading() as session:
        return last_action(session, case, actor().person) == "undo"


@bp.get("/letters/<string(length=32):letter>", endpoint="letter")
@open_to(*DECIDERS)
@about(letter=LETTER_AT_THE_DESK)
def _letter_page(letter: str) -> Page:
    """One letter as it was given, to be printed, signed and sealed. The access is logged first."""
    with acting() as it:
        it.note("letter", letter)
    with looking() as session:
        read = read_letter(session, letter)
    return show(
        "desk/letter.html",
        case=read.case,
        kind=read.kind,
        letter=read.document,
        masked=read.masked,
        pdf="" if lacking() else url_for(".letter_pdf", letter=letter),
    )


@bp.get("/letters/<string(length=32):letter>/pdf")
@open_to(*DECIDERS)
@about(letter=LETTER_AT_THE_DESK)
@limited("exports")
def letter_pdf(letter: str) -> Response:
    """The same letter as a PDF. Not there where the installation cannot set one. The access is logged."""
    if lacking():
        abort(404)
    with acting() as it:
        it.note("letter", letter)
    with looking() as session:
        read = read_letter(session, letter)
    return attached("letter.pdf", pdf_of(read.document), "application/pdf")


@bp.get("/<string(length=32):case>/sheet")
@open_to(*DECIDERS)
@about(case=CASE_AT_THE_DESK)
def sheet(case: str) -> Page:
    """The verification sheet of a case, to be printed and signed. The access is logged first."""
    with acting() as it:
        it.note("case", case)
    with looking() as session:
        read = read_sheet(session, case)
    return show("desk/sheet.html", case=case, it=read)


@bp.get("/papers/<string(length=32):paper>")
@open_to(*DECIDERS)
@about(paper=PAPER_AT_THE_DESK)
def paper(paper: str) -> Response:
    """One filed paper, to whom it stands open; else the page that says why not."""
    return pictures.filed_paper(paper)


@bp.get("/<string(length=32):case>/photo")
@open_to(*DECIDERS)
@about(case=PHOTO_AT_THE_DESK)
def photo(case: str) -> Response:
    """The present photo of a case's record, likewise."""
    return pictures.filed_photo(case)


@bp.post("/<string(length=32):case>/papers")
@open_to(*DECIDERS)
@about(case=CASE_AT_THE_DESK)
@fresh
@runs_scripts
def open_paper(case: str) -> Answer:
    """One paper or the photo, for a reason of the list. The reason is logged before it is sent."""
    answer = pictures.opened_for_a_reason(case)
    return _case_page(case, "papers", no=answer) if isinstance(answer, No) else answer


@bp.post("/<string(length=32):case>/number")
@open_to(*DECIDERS)
@about(case=CASE_AT_THE_DESK)
@fresh
@runs_scripts
def show_number(case: str) -> Answer:
    """The page with one full number of a claim, for a reason of the list. The reason is logged first."""
    said = shown_of_claim(case)
    if isinstance(said, No):
        return _case_page(case, "number", no=said)
    return _case_page(case, "number", whole=said)


Typed = tuple[FlaskForm | None, dict[str, Any], Faults]


def _nothing() -> Typed:
    return None, {}, []


def _reading(form_of: type[FlaskForm], *names: str) -> Callable[[], Typed]:
    """A reader of some fields of a form, and of the claims to which it is limited, if any."""

    def read() -> Typed:
        form = form_of()
        faults = [] if form.validate() else faults_of(form)
        details = {
            name: form[name].data if isinstance(form[name], DayField) else form[name].data or ""
            for name in names
        }
        if "claims" in form and form.claims.data:
            details["only"] = tuple(filter(None, form.claims.data.split(",")))
        return form, details, faults

    return read


def _asked() -> Typed:
    form = Asking()
    papers = [QuestionAsked("paper", kind, form.paper_words.data or "") for kind in form.paper.data or ()]
    values = [
        QuestionAsked("value", name.removeprefix(OF_A_VALUE), words)
        for name, words in request.form.items()
        if name.startswith(OF_A_VALUE) and words.strip()
    ]
    explained = (form.explanation.data or "").strip()
    more = [QuestionAsked("explanation", "", explained)] if explained else []
    return form, {"questions": (*papers, *values, *more)}, []


def _dropped() -> Typed:
    return None, {"question": request.form.get("question", "")}, []


DETAILS: dict[str, Callable[[], Typed]] = {
    "hand_over": _reading(HandedOver, "to"),
    "settle": _reading(Settled, "claim", "outcome", "seen_on", "refusal", "words", "base"),
    "correct": _reading(Decided, "words"),
    "reject": _reading(Decided, "words", "refusal"),
    "reopen": _reading(Decided, "words"),
    "end_flag": _reading(Decided, "words"),
    "take_over": _reading(Decided, "words"),
    "ask": _asked,
    "drop_question": _dropped,
    "note": _reading(WordsForm, "words"),
    "pass_step": _reading(Stepped, "step", "words", "base"),
    "fail_step": _reading(Stepped, "step", "words"),
    "send": _reading(Stepped, "step", "sent_on", "number", "due", "whom", "addressee", "asks"),
    "receive": _reading(Stepped, "step", "outcome", "received_on", "words", "number", "person"),
    "verify": _reading(Verified, "claim", "paper", "how", "number", "seen_on", "returned_on", "words"),
    "object": _reading(Stepped, "step", "words"),
    "see": _reading(Stepped, "step", "seen_on", "base"),
}
"""The form reader of each action. The other actions have no form."""
