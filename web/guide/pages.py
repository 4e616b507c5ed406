"""The guide to the platform, open to everybody: its list, a situation step by step, and where it ends.

Where somebody is stands in the address alone. Nothing is kept of who reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Blueprint, Response, abort, redirect, request, url_for
from markupsafe import Markup, escape

from config.guide.words import ABLE, ENDS, Guide, GuideLink, GuideStep, Situation
from web.guide.tally import note_ending, note_opening
from web.registrar.campaigns.poster import drawn
from web.shared.act import Answer, Page, show
from web.shared.security import PICTURE_CSP, full_address, needs_no_token, open_to_all, place
from web.shared.words import in_english, pick

bp = Blueprint("guide", __name__, url_prefix="/guide")

STUCK = "stuck"
"""What every step offers beside its own ways on."""
HAN = re.compile("[\u3400-\u9fff][\u3400-\u9fff（）·-]*")
"""A term of the platform in an English text. Screen readers must know that it is Chinese."""


@bp.app_template_filter("with_terms")
def with_terms(said: tuple[str, str]) -> str:
    """The text of this page's language, with the platform's own terms marked as Chinese."""
    text = pick(*said)
    if not in_english():
        return text
    return Markup(HAN.sub(lambda term: f'<span lang="zh-CN">{term[0]}</span>', escape(text)))


def front() -> Page:
    """The front page of a visitor: all situations, and the way to the sign-in."""
    return show("guide/front.html", guide=place().rules.guide)


@bp.get("")
@open_to_all
def listed() -> Page:
    """The same list, also for who is signed in."""
    return front()


@bp.get("/<situation>")
@open_to_all
def begin(situation: str) -> Page:
    """The first step of a situation."""
    guide, found = _found(situation)
    if request.method == "GET":
        note_opening(found.id)
    return _step_page(guide, found, found.step[0])


@bp.get("/<situation>/<step>")
@open_to_all
def step(situation: str, step: str) -> Page:
    """One step of a situation."""
    guide, found = _found(situation)
    return _step_page(guide, found, found.at(step) or abort(404))


@bp.post("/<situation>/<step>")
@open_to_all
@needs_no_token
def end(situation: str, step: str) -> Answer:
    """Count how the situation ended at this step, and say what comes now."""
    _, found = _found(situation)
    at, ending = found.at(step) or abort(404), request.form.get("ending", "")
    if ending != STUCK and ending not in [way.end for way in at.then if way.end]:
        abort(404)
    note_ending(found.id, ending)
    return redirect(url_for(".ended", situation=found.id, ending=ending), 303)


@bp.get("/<situation>/ends/<ending>")
@open_to_all
def ended(situation: str, ending: str) -> Page:
    """What comes after an end: sign in and check or file, wait for the platform, or ask the school."""
    guide, found = _found(situation)
    if ending not in (*ENDS, STUCK):
        abort(404)
    return show("guide/end.html", guide=guide, it=found, ending=ending)


@bp.get("/qr/<link>.svg")
@open_to_all
def code(link: str) -> Response:
    """The QR code of one of the guide's links, or of the guide itself."""
    found = links().get(link)
    if found is None and link != "guide":
        abort(404)
    answer = Response(drawn(found.address if found else address()), mimetype="image/svg+xml")
    answer.headers["Content-Security-Policy"] = PICTURE_CSP
    return answer


@bp.app_template_global("guide_address")
def address() -> str:
    """The full address of the guide, as people open it."""
    return full_address("guide.listed")


def links() -> Mapping[str, GuideLink]:
    """The links of the guide by their ids: the platform's pages. Empty without a guide."""
    guide = place().rules.guide
    return guide.links_by_id if guide else {}


def _found(id: str) -> tuple[Guide, Situation]:
    guide = place().rules.guide
    found = guide.by_id.get(id) if guide else None
    if guide is None or found is None:
        abort(404)
    return guide, found


def _step_page(guide: Guide, situation: Situation, at: GuideStep) -> Page:
    return show(
        "guide/step.html", guide=guide, it=situation, at=at, number=situation.step.index(at) + 1, able=ABLE
    )
