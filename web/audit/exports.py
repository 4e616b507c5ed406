"""The auditor's list of export jobs: what left, for what, who made and approved it, who took it and when."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from web.shared.security import open_to, place
from workflow.outgoing.jobs.seen import downloads, jobs

bp = Blueprint("exported", __name__, url_prefix="/audit/exports")

PAGE = 50


@bp.get("")
@open_to("auditor")
def listed() -> str:
    """All export jobs, latest first, with every download. No student is named."""
    page = min(max(request.args.get("page", 0, int), 0), 10_000)
    with place().store.reading() as session:
        at = place().clock.now(session)
        number, found = jobs(session, place().cipher, skip=page * PAGE, limit=PAGE)
        taken = downloads(session, [one.id for one in found])
    return render_template(
        "audit/exports.html",
        jobs=found,
        taken=taken,
        at=at,
        count=number,
        page=page,
        last=max(number - 1, 0) // PAGE,
    )
