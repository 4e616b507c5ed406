"""What students struggle with: how often each situation of the guide was opened and how it ended."""

from __future__ import annotations

from flask import Blueprint

from web.shared.act import Page, show
from web.shared.security import looking, open_to, place
from workflow.guide.counts import weeks
from workflow.guide.tables import ENDINGS

bp = Blueprint("guide_usage", __name__, url_prefix="/registrar/guide")


@bp.get("")
@open_to("registrar")
def page() -> Page:
    """The counts of each situation and week. They name nobody."""
    with looking() as session:
        found = weeks(session, place().clock.now(session).date())
    return show("guide/usage.html", guide=place().rules.guide, weeks=found, endings=ENDINGS)
