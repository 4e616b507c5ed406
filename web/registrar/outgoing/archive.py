"""The archive of a campaign that is over: what it holds, why it cannot be made yet, and asking for it."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask_babel import gettext as _

from web.college.board import of_plan
from web.shared.act import Answer, No, Page, act, show
from web.shared.forms import ExportWanted
from web.shared.security import actor, fresh, open_to, place
from workflow.campaigns.progress.board import campaigns
from workflow.outgoing.jobs.job import ExportWish, make, why_not_make

bp = Blueprint("archive", __name__, url_prefix="/registrar/<plan>/archive")

ARCHIVE, CARDS, LAYOUT = "archive", "cards", {"layout": 1}
UNSAID = ("export_no_words",)
"""What the page does not say before somebody has typed."""


@bp.get("")
@open_to("registrar")
def page(plan: str, no: No | None = None, form: ExportWanted | None = None) -> Page:
    """What an archive of this campaign holds, and the form to ask for it."""
    with place().store.reading() as session:
        campaign = of_plan(campaigns(session), plan)
        wish = _wish(campaign.id, "")
        barred = why_not_make(session, wish, actor(), place().clock.now(session))
    return show(
        "registrar/outgoing/archive.html",
        no,
        campaign=campaign,
        barred=[reason for reason in barred if reason.code not in UNSAID],
        form=form or ExportWanted(formdata=None),
    )


@bp.post("")
@open_to("registrar")
@fresh
def ask(plan: str) -> Answer:
    """Ask for the archive. It is made when a second person approves the job."""
    form = ExportWanted()
    with place().store.reading() as session:
        campaign = of_plan(campaigns(session), plan)
    wish = _wish(campaign.id, form.words.data or "", cards=CARDS in (form.what.data or ()))
    return act(
        lambda it: make(it.session, it.place.cipher, it.place.entropy, wish, it.by, it.now),
        again=lambda no: page(plan, no, form),
        onward=lambda job: url_for("outgoing.one", job=job),
        told=_("已提出。可以批准的人会收到通知；24 小时内没有人批准，任务失效。"),
    )


def _wish(campaign: str, words: str, *, cards: bool = False) -> ExportWish:
    asked = {**LAYOUT, CARDS: True} if cards else LAYOUT
    return ExportWish(ARCHIVE, words, (ARCHIVE,), campaign=campaign, asked=asked)
