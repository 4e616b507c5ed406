"""What rosters showed of decided cases: a refused value, or another than the corrected one."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy import true

from states.case import DECIDERS
from web.shared.security import actor, looking, open_to
from web.shared.standing import concerns_me
from workflow.cases.views.flagged import flagged

bp = Blueprint("flags", __name__)

SHOWN = 200
"""So many lines are shown at most: those that wait for an answer come first."""


@bp.get("/flags")
@open_to(*DECIDERS, "registrar", "auditor")
def listed() -> str:
    """One line a flag, those that wait first; a reviewer's are of their own cases. No names."""
    with looking() as session:
        theirs = concerns_me(session) if actor().role in DECIDERS else true()
        lines, waiting = flagged(session, theirs, limit=SHOWN)
    return render_template(
        "registrar/rosters/flags.html", lines=lines, waiting=waiting, full=len(lines) == SHOWN
    )
