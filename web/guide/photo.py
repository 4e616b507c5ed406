"""The photo for the platform: chosen, looked at, made small enough and saved, all in the browser."""

from __future__ import annotations

from flask import Blueprint

from web.shared.act import Page, show
from web.shared.security import open_to_all, shrinks_photos

bp = Blueprint("photo_tool", __name__, url_prefix="/guide/photo")
PLATFORM_BYTES = 300_000
"""The platform says 300K. A little less than 300 × 1024, so that it holds whichever way it counts."""
FEW_PIXELS = 1000
"""Along the longer side. On a smaller photo of a person with a card its letters can hardly be read."""


@bp.get("")
@open_to_all
@shrinks_photos
def page() -> Page:
    """Show what the photo must be like, and the tool that makes it small enough."""
    return show("guide/photo.html", most=PLATFORM_BYTES, few=FEW_PIXELS)
