"""The auditor's list of roles: who holds which, who gave it, who confirmed it, and what clashes."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from web.shared.security import open_to, place
from workflow.people.clashes import clashing
from workflow.signin.staff.listing import account_acts, grant_lines

bp = Blueprint("grants", __name__, url_prefix="/audit/grants")

PAGE = 100


@bp.get("")
@open_to("auditor")
def grants() -> str:
    """The roles of staff, present ones or with ``?ended=1`` those that have ended, latest first."""
    page, ended = _page(), bool(request.args.get("ended"))
    with place().store.reading() as session:
        count, lines = grant_lines(session, ended=ended, skip=page * PAGE, limit=PAGE)
        clash = clashing(session)
    return render_template(
        "audit/grants.html",
        lines=lines,
        count=count,
        ended=ended,
        clashes=clash,
        page=page,
        last=max(count - 1, 0) // PAGE,
    )


@bp.get("/acts")
@open_to("auditor")
def acts() -> str:
    """What was done about accounts and the school's profile, and by whom. No student is named."""
    page = _page()
    with place().store.reading() as session:
        count, lines = account_acts(session, skip=page * PAGE, limit=PAGE)
    return render_template(
        "audit/account_acts.html", lines=lines, count=count, page=page, last=max(count - 1, 0) // PAGE
    )


def _page() -> int:
    return min(max(request.args.get("page", 0, int), 0), 1_000_000)
