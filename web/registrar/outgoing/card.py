"""A student's card to print, and handing their file over when they change schools. Every look is logged."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from web.registrar.outgoing.page_words import card_said
from web.shared.act import Acting, Answer, No, Page, act, acting, looked_for, show
from web.shared.forms import CardsWanted, ExportWanted, ForAReason, Sought
from web.shared.numbers import NO_NUMBER, NUMBERS, reveal, why_too_near
from web.shared.security import actor, fresh, my_students, not_found_for, note_try, open_to, place
from web.shared.standing import RECORD_OF_A_CARD, about
from web.shared.words import pick
from workflow.outgoing.archive.card import card_of
from workflow.outgoing.archive.cards import CARDS, pictures_of
from workflow.outgoing.archive.handing_over import why_not_yet
from workflow.outgoing.jobs.job import ExportWish, make, why_not_make
from workflow.outgoing.jobs.tables import PURPOSES
from workflow.signin.counter import find_student, student_at
from workflow.verdict import Reason, Refused, Verdict

bp = Blueprint("cards", __name__, url_prefix="/registrar/cards")

ONE = "/<string(length=32):record>"
HAND_OVER = "hand_over"
UNSAID = ("export_no_words", "hand_over_not_transferred")
"""What the page does not say before somebody has typed and ticked."""
NO_SUCH_CARD = Reason("no_such_student", "没有找到这名学生。", remedy="请核对学号或考生号。", rule="card")


@bp.get("")
@open_to("registrar")
def search(no: No | None = None, said: str = "", wanted: CardsWanted | None = None) -> Page:
    """The box for a number, and the form for the cards of a class."""
    form = Sought(formdata=None)
    form.said.data = said
    return show(
        "registrar/outgoing/cards.html",
        no,
        form=form,
        wanted=wanted or CardsWanted(formdata=None),
        asked=wanted is not None,
        purposes=[(name, pick(*words)) for name, words in PURPOSES.items()],
    )


@bp.post("")
@open_to("registrar")
def find() -> Answer:
    """Find one student by a number, which is not in the address. The search is logged."""
    said = Sought().said.data or ""
    looked_for("card", said)
    with place().store.reading() as session:
        found = find_student(session, said, my_students())
    if found is None or not found.ours:
        note_try("card", "")
        return search(No((NO_SUCH_CARD,), status=404), said)
    return redirect(url_for(".card", record=found.record), 303)


@bp.post("/class")
@open_to("registrar")
@fresh
def print_class() -> Answer:
    """Ask for the cards of a class as one document. It is made when a second person approves the job."""
    form = CardsWanted()
    asked = {"class": form.class_name.data or ""}
    wish = ExportWish(form.purpose.data or "", form.words.data or "", (CARDS.name,), asked=asked)
    return act(
        lambda it: make(it.session, it.place.cipher, it.place.entropy, wish, it.by, it.now),
        again=lambda no: search(no, wanted=form),
        onward=lambda job: url_for("outgoing.one", job=job),
        told=_("已提出。可以批准的人会收到通知；24 小时内没有人批准，任务失效。"),
    )


@bp.get(ONE)
@open_to("registrar")
@about(record=RECORD_OF_A_CARD)
def card(
    record: str, no: No | None = None, form: ExportWanted | None = None, whole: Sequence[str] = ()
) -> Page:
    """The card of one student, its ID numbers masked but for those that were asked for, and the hand-over."""
    with acting() as it:
        now = it.note("card", record)
        _student(it, record)
        kept = card_of(it.session, it.place.cipher, record)
        barred = why_not_make(it.session, _wish(record, ""), actor(), now)
        barred += why_not_yet(it.session, it.place.cipher, record, now)
        picture = pictures_of(it.session, it.place.evidence, (kept,)).get(record, "")
        hidden = [name for name in NUMBERS if name in kept.told and name not in whole]
        said = card_said(it.session, kept, now, hidden=hidden, picture=picture)
    return show(
        "registrar/outgoing/card.html",
        no,
        hidden=hidden,
        barred=[reason for reason in barred if reason.code not in UNSAID],
        form=form or ExportWanted(formdata=None),
        **said,
    )


@bp.post(f"{ONE}/number")
@open_to("registrar")
@about(record=RECORD_OF_A_CARD)
@fresh
def show_number(record: str) -> Page:
    """The same with the full ID numbers, for a reason of the list. The reason is logged first."""

    def against(session: Session) -> Sequence[Reason]:
        if "SFZH" not in card_of(session, place().cipher, record).told:
            return (NO_NUMBER,)
        return why_too_near(session, record)

    no = reveal("SFZH", record, ForAReason().why.data or "", against)
    return card(record, no, whole=() if no else NUMBERS)


@bp.post(f"{ONE}/hand-over")
@open_to("registrar")
@about(record=RECORD_OF_A_CARD)
@fresh
def hand_over(record: str) -> Answer:
    """Ask for the file that goes with a student. It is made when a second person approves the job."""
    form = ExportWanted()
    wish = _wish(record, form.words.data or "", anyway="anyway" in (form.what.data or ()))

    def asked(it: Acting) -> str:
        if reasons := why_not_yet(it.session, it.place.cipher, record, it.now):
            raise Refused(Verdict("make_export", tuple(reasons)))
        return make(it.session, it.place.cipher, it.place.entropy, wish, it.by, it.now)

    return act(
        asked,
        again=lambda no: card(record, no, form),
        onward=lambda job: url_for("outgoing.one", job=job),
        told=_("已提出。可以批准的人会收到通知；24 小时内没有人批准，任务失效。"),
    )


def _wish(record: str, words: str, *, anyway: bool = False) -> ExportWish:
    asked = {"record": record, "anyway": anyway}
    return ExportWish(HAND_OVER, words, (HAND_OVER,), asked=asked)


def _student(it: Acting, record: str) -> None:
    """Nothing, if the student is one of the reader's; the try is logged."""
    if student_at(it.session, record, my_students()) is None:
        not_found_for("card", record)
