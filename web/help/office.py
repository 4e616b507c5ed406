"""Help items at the registrar's office: what waits, one item opened, telephoned and answered."""

from __future__ import annotations

from flask import Blueprint, abort, url_for
from flask_babel import gettext as _

from states.help import HELP, NOT_OURS, RECORD_MISSING, SOLVED
from web.help.visitors import answer_by, is_late
from web.shared.act import Answer, No, Page, act, acting, press, show
from web.shared.forms import HelpTold
from web.shared.labels import state_of
from web.shared.security import actor, open_to, place
from web.shared.standing import HELP_ITEM, about
from web.shared.words import pick
from workflow.engine import Ref
from workflow.help.items import ended_items, help_line, said_in, waiting_items
from workflow.help.tables import CALLS
from workflow.verdict import Reason

bp = Blueprint("help_office", __name__, url_prefix="/registrar/help")

ANSWERS = {"solve": SOLVED, "miss": RECORD_MISSING, "decline": NOT_OURS}
"""The three ways to answer, and the state that each leads to."""
NO_ANSWER = Reason(
    "answer_missing",
    "请选择答复的结果。",
    remedy="已解决、未查到学籍或不属本校办理，选其中一项。",
    rule="help",
)


@bp.get("")
@open_to("registrar")
def listed() -> Page:
    """What waits, oldest first, and what ended lately. Nothing personal."""
    with place().store.reading() as session:
        now = place().clock.now(session)
        waiting, ended = waiting_items(session), ended_items(session)
    return show("help/list.html", waiting=waiting, ended=ended, now=now, is_late=is_late)


@bp.get("/<item>")
@open_to("registrar")
@about(item=HELP_ITEM)
def one(item: str, no: No | None = None, form: HelpTold | None = None) -> Page:
    """One item with what the asker said. The look is logged before it is opened."""
    with acting() as it:
        now = it.note("help", item)
        line = help_line(it.session, item) or abort(404)
        given = said_in(it.session, place().cipher, item)
        can = {
            one.action
            for one in place().engine.available(it.session, Ref(HELP.name, item), actor())
            if one.allowed
        }
    return show(
        "help/item.html",
        no,
        it=line,
        given=given,
        can=can,
        now=now,
        by=answer_by(line.asked_at),
        form=form or HelpTold(formdata=None),
        answers=[(name, state_of(HELP, state)) for name, state in ANSWERS.items()],
        calls=[(name, pick(*words)) for name, words in CALLS.items()],
    )


@bp.post("/<item>/take_up")
@open_to("registrar")
@about(item=HELP_ITEM)
def take_up(item: str) -> Answer:
    """Begin to look into an item."""
    return _done(item, "take_up", HelpTold(), _("已开始查询。"))


@bp.post("/<item>/call")
@open_to("registrar")
@about(item=HELP_ITEM)
def call(item: str) -> Answer:
    """Note a telephone call."""
    form = HelpTold()
    return _done(item, "call", form, _("已登记电话联系。"), result=form.result.data or "")


@bp.post("/<item>/answer")
@open_to("registrar")
@about(item=HELP_ITEM)
def answer(item: str) -> Answer:
    """Answer an item in one of three ways, with words to the asker."""
    form = HelpTold()
    if form.answer.data not in ANSWERS:
        return one(item, No((NO_ANSWER,)), form)
    told = _("已答复。咨询人凭编号和口令可以看到。")
    return _done(item, form.answer.data, form, told, words=form.words.data or "")


def _done(item: str, action: str, form: HelpTold, told: str, **details: str) -> Answer:
    return act(
        press(Ref(HELP.name, item), action, **details),
        again=lambda no: one(item, no, form),
        onward=url_for(".one", item=item),
        told=told,
    )
