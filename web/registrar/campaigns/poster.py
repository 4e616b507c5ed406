"""A campaign's poster and short address: a QR code, the subject, and where to continue."""

from __future__ import annotations

import io

import segno
from flask import Blueprint, Response, render_template

from web.college.board import campaign_of
from web.shared.security import PICTURE_CSP, full_address, open_to, open_to_all, place

bp = Blueprint("poster", __name__)


@bp.get("/c/<plan>")
@open_to_all
def landing(plan: str) -> str:
    """The page behind the QR code: the campaign, its end, and how to sign in. No personal data."""
    return render_template(
        "registrar/campaigns/poster_landing.html", campaign=campaign_of(plan), at=place().clock.now()
    )


@bp.get("/posters/<plan>")
@open_to("officer", "registrar")
def poster(plan: str) -> str:
    """The poster to print, and the short address to copy."""
    return render_template(
        "registrar/campaigns/poster.html", campaign=campaign_of(plan), address=address(plan)
    )


@bp.get("/posters/<plan>.svg")
@open_to("officer", "registrar")
def code(plan: str) -> Response:
    """The QR code alone, as a picture."""
    campaign_of(plan)
    answer = Response(drawn(address(plan)), mimetype="image/svg+xml")
    answer.headers["Content-Security-Policy"] = PICTURE_CSP
    return answer


def address(plan: str) -> str:
    """The full short address of a campaign, as people open it."""
    return full_address("poster.landing", plan=plan)


def drawn(said: str) -> bytes:
    """A QR code as SVG. It stays readable when up to a quarter of it is damaged."""
    written = io.BytesIO()
    segno.make(said, error="q", micro=False).save(
        written, kind="svg", scale=8, border=4, xmldecl=False, dark="#000", light="#fff"
    )
    return written.getvalue()
