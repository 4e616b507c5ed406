"""Help items as visitors see them, without sign-in: the form, the receipt with its word, the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from flask import Blueprint, make_response, request

from web.shared.act import Answer, No, Page, show
from web.shared.forms import HelpSought, HelpWanted, form_key
from web.shared.labels import said
from web.shared.security import never_kept, open_to_all, place
from web.shared.words import pick
from workflow.help.asking import HelpAnswer, HelpReceipt, HelpRequest, HelpWindow, SentTooOften
from workflow.help.binding import NOT_YOUR_ITEM
from workflow.help.tables import KINDS
from workflow.verdict import Reason, Refused

bp = Blueprint("help", __name__, url_prefix="/help")

FIELDS = {
    "kind_unknown": "kind",
    "asker_unnamed": "name",
    "name_too_long": "name",
    "number_too_long": "number",
    "phone_misfit": "phone",
    "words_too_long": "words",
}
"""The field of the form that a reason is about."""


@bp.get("/ask")
@open_to_all
def ask() -> Page:
    """The form."""
    return _asking(HelpWanted(formdata=None))


@bp.post("/ask")
@open_to_all
@never_kept
def hand_in() -> Answer:
    """Make an item of the form, and show its number and word, the word this once."""
    form = HelpWanted()
    wanted = HelpRequest(*(form[name].data or "" for name in ("kind", "name", "number", "phone", "words")))
    try:
        receipt = _window().ask(form_key(), wanted)
    except Refused as no:
        return _asking(form, _beside_fields(form, no.verdict.reasons))
    except SentTooOften as wait:
        return _later(wait, lambda no: _asking(form, no))
    return _receipt(receipt)


@bp.get("/state")
@open_to_all
def state() -> Page:
    """Ask for number and word."""
    return _seeking(HelpSought(formdata=None))


@bp.post("/state")
@open_to_all
@never_kept
def look() -> Answer:
    """The item of a number and its word. Whatever is wrong is answered alike."""
    return _with_the_word(lambda window, form: window.read(form.number.data or "", form.word.data or ""))


@bp.post("/withdraw")
@open_to_all
@never_kept
def withdraw() -> Answer:
    """Take the request back: what is personal in it is erased at once."""
    key = form_key()
    return _with_the_word(
        lambda window, form: window.withdraw(form.number.data or "", form.word.data or "", key)
    )


def answer_by(asked_at: datetime) -> date | None:
    """The day by which the office usually answers. None without a promise."""
    return place().profile.usually_by(asked_at.date(), place().school.calendar)


def is_late(asked_at: datetime, now: datetime) -> bool:
    """Whether the usual time is over without an answer."""
    by = answer_by(asked_at)
    return by is not None and by < now.date()


def _by(asked_at: datetime) -> dict[str, date | bool | None]:
    """The day by which the office usually answers, and whether it is past."""
    return {"by": answer_by(asked_at), "late": is_late(asked_at, place().clock.now())}


def _window() -> HelpWindow:
    here = place()
    return HelpWindow(here.store, here.cipher, here.engine, here.settings.campus, request.remote_addr or "")


def _with_the_word(do: Callable[[HelpWindow, HelpSought], HelpAnswer | None]) -> Answer:
    form = HelpSought()
    try:
        found = do(_window(), form)
    except Refused as no:
        return _seeking(form, No(no.verdict.reasons, status=409))
    except SentTooOften as wait:
        return _later(wait, lambda no: _seeking(form, no))
    if found is None:
        return _seeking(form, No((NOT_YOUR_ITEM,)))
    return show("help/state.html", it=found.line, given=found.said, **_by(found.line.asked_at))


def _beside_fields(form: HelpWanted, reasons: tuple[Reason, ...]) -> No:
    """Each reason beside the field that it is about; the others above the form."""
    faults = []
    for reason in reasons:
        if name := FIELDS.get(reason.code):
            it = said(reason)
            form[name].errors = [*form[name].errors, it.says + it.remedy]
            faults.append((form[name].id, it.says))
    return No([one for one in reasons if one.code not in FIELDS], faults)


def _later(wait: SentTooOften, again: Callable[[No], Page]) -> Answer:
    minutes = -(-wait.seconds // 60)
    reason = Reason(
        "sent_too_often",
        "这个页面短时间内用得太多，请在 {minutes} 分钟后再试。",
        {"minutes": minutes},
        remedy="填好的内容还在这一页。急用请打电话或到办公室。",
        rule="help",
    )
    response = make_response(again(No((reason,), status=429)))
    response.headers["Retry-After"] = str(wait.seconds)
    return response


def _asking(form: HelpWanted, no: No | None = None) -> Page:
    kinds = [(name, pick(*words)) for name, words in KINDS.items()]
    return show("help/ask.html", no, form=form, kinds=kinds, days=place().profile.working_days)


def _seeking(form: HelpSought, no: No | None = None) -> Page:
    return show("help/seek.html", no, form=form)


def _receipt(receipt: HelpReceipt) -> Page:
    return show("help/receipt.html", it=receipt, by=answer_by(receipt.asked_at))
