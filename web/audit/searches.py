"""The auditor's question who looked for a number: answered by its mark, because the log holds no number."""

from __future__ import annotations

from flask import Blueprint, render_template

from web.shared.act import looked_for
from web.shared.forms import Sought
from web.shared.gate.limits import limited
from web.shared.security import actor, open_to, place
from workflow.cases.views.lookup import numbers_beside
from workflow.people.access import people_at_the_door
from workflow.people.searching import searches_for

bp = Blueprint("searches", __name__, url_prefix="/audit/searches")

SHOWN = 200


@bp.get("")
@open_to("auditor")
def asking() -> str:
    """The form for a number, which is not in the address."""
    return render_template("audit/searches.html", said="", lines=[], count=0, shown=SHOWN, asked=False)


@bp.post("")
@open_to("auditor")
@limited("searches")
def who_searched() -> str:
    """Who looked for a number, or for another number of the same student: when, in which role, and where.

    This question is a search too, and logged as one before it is answered. Whoever declared a relation to the
    student reads their own searches alone.
    """
    said = Sought().said.data or ""
    looked_for("who", said)
    with place().store.reading() as session:
        numbers, related = numbers_beside(session, place().cipher, said, people_at_the_door(actor()))
        by = actor().person if related else ""
        count, lines = searches_for(session, place().cipher, numbers, SHOWN, by)
    return render_template(
        "audit/searches.html", said=said, lines=lines, count=count, shown=SHOWN, asked=True
    )
