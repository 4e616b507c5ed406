"""The photo for the platform: chosen, looked at, made small enough and saved, all in the browser."""

from __future__ import annotations

from flask import Blueprint, abort

from web.shared.act import Page, show
from web.shared.security import open_to_all, place, shrinks_photos

bp = Blueprint("photo_tool", __name__, url_prefix="/guide/photo")
FEW_PIXELS = 1000
"""Along the longer side. On a smaller photo of a person with a card its letters can hardly be read."""


@bp.get("")
@open_to_all
@shrinks_photos
def page() -> Page:
    """Show what the photo must be like by the school's guide, and the tool that makes it small enough.

    A kilobyte is a thousand bytes here: then it holds whichever way the platform counts.
    """
    guide = place().rules.guide
    photo = guide.photo if guide else None
    if photo is None:
        abort(404)
    return show("guide/photo.html", photo=photo, few=FEW_PIXELS)
