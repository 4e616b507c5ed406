"""What is handed on of the guide: a sheet to print for a class, and a text for its group."""

from __future__ import annotations

from flask import Blueprint, abort, request

from web.college.board import named
from web.guide.pages import address
from web.shared.act import Page, show
from web.shared.security import looking, my_students, not_found_for, open_to, place
from workflow.campaigns.progress.board import takes_part

bp = Blueprint("guide_sheet", __name__)


@bp.get("/college/<plan>/guide", endpoint="college")
@open_to("officer")
def of_college(plan: str) -> Page:
    """The sheet for an officer's students, or for one of their classes. No student is read."""
    group = request.args.get("class")
    with looking() as session:
        campaign = named(session, plan)
        ours = takes_part(session, campaign.id, my_students(), group)
    if not ours:
        not_found_for("guide", campaign.id)
    return _sheet(group or "")


@bp.get("/registrar/guide/sheet", endpoint="registrar")
@open_to("registrar")
def of_school() -> Page:
    """The sheet for everybody."""
    return _sheet("")


def _sheet(group: str) -> Page:
    guide = place().rules.guide
    if guide is None:
        abort(404)
    return show("guide/sheet.html", guide=guide, group=group, address=address())
