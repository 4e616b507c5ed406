"""A campaign's poster and short address: a code to scan, what it is about, and where to go on."""

from __future__ import annotations

import io

import segno
from flask import Blueprint, Response, abort, render_template, request, url_for

from states.campaign import DRAFT
from web.shared.security import PICTURE_CSP, open_to, open_to_all, place
from workflow.campaigns.progress.board import Known, campaigns

bp = Blueprint("poster", __name__)


@bp.get("/c/<plan>")
@open_to_all
def landing(plan: str) -> str:
    """What a scanned code leads to: the campaign, its last moment, and how to sign in; nothing personal."""
    return render_template("registrar/poster_landing.html", campaign=_campaign(plan), at=place().clock.now())


@bp.get("/posters/<plan>")
@open_to("officer", "registrar")
def poster(plan: str) -> str:
    """A sheet to print and hang up, and the short address to paste."""
    return render_template("registrar/poster.html", campaign=_campaign(plan), address=address(plan))


@bp.get("/posters/<plan>.svg")
@open_to("officer", "registrar")
def code(plan: str) -> Response:
    """The code alone, as a picture."""
    _campaign(plan)
    answer = Response(drawn(address(plan)), mimetype="image/svg+xml")
    answer.headers["Content-Security-Policy"] = PICTURE_CSP
    return answer


def address(plan: str) -> str:
    """The short address of a campaign, as people reach it."""
    known = place().settings.address.rstrip("/")
    return f"{known or request.host_url.rstrip('/')}{url_for('poster.landing', plan=plan)}"


def drawn(said: str) -> bytes:
    """A code for an address as SVG; a quarter of it may be dirty and it is still read."""
    written = io.BytesIO()
    segno.make(said, error="q", micro=False).save(
        written, kind="svg", scale=8, border=4, xmldecl=False, dark="#000", light="#fff"
    )
    return written.getvalue()


def _campaign(plan: str) -> Known:
    with place().store.reading() as session:
        known = [one for one in campaigns(session) if one.state != DRAFT]
    return next((one for one in known if one.plan == plan), None) or abort(404)
