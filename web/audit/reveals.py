"""The auditor's list of frequent looks: who opened how many full numbers and papers, and who very many."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

from flask import Blueprint, render_template

from config.calendar import start_of
from web.shared.security import open_to, place
from workflow.people.looking import MANY, MOST_OF_A_DAY, SHORT_TIME, bursts, most_opened

bp = Blueprint("reveals", __name__, url_prefix="/audit/reveals")

DAYS = 30
"""How far back the list goes, today included."""


@bp.get("")
@open_to("auditor")
def reveals() -> str:
    """Who opened very many in a short time, and day by day who opened the most. No student is named."""
    with place().store.reading() as session:
        at = place().clock.now(session)
        since = start_of(at.date() - timedelta(days=DAYS - 1))
        many, most = bursts(session, since), most_opened(session, since)
    return render_template(
        "audit/reveals.html",
        many=many,
        days=[(day, list(lines)) for day, lines in groupby(most, key=lambda one: one.day)],
        threshold=MANY,
        minutes=int(SHORT_TIME.total_seconds() // 60),
        span=DAYS,
        top=MOST_OF_A_DAY,
    )
