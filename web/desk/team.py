"""The team's page: what the offices decided, how fast, what was overturned and what is overdue."""

from __future__ import annotations

from flask import Blueprint

from web.shared.act import Page, show
from web.shared.security import looking, open_to, place, runs_scripts
from workflow.cases.views.team import MONTHS, MOST_OVERDUE, team

bp = Blueprint("team", __name__, url_prefix="/desk/team")


@bp.get("")
@open_to("reviewer", "second_reviewer", "registrar")
@runs_scripts
def page() -> Page:
    """The last twelve months by office, and what is overdue now, of the whole school."""
    school = place().school
    with looking() as session:
        shown = team(session, school.calendar, school.policy.default_office, place().clock.now(session))
    return show("desk/team.html", team=shown, months=MONTHS, most=MOST_OVERDUE)
