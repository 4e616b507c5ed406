"""A person's own part of the access log: staff read what they looked at, a student who opened their file."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from web.shared.security import me, open_to_signed_in, place, record_of_mine
from workflow.cases.views.own_looks import looks_at, looks_by
from workflow.outgoing.files.taking import files_about

bp = Blueprint("own_looks", __name__, url_prefix="/account/looks")

PAGE = 50


@bp.get("")
@open_to_signed_in
def looks() -> str:
    """One page of lines, latest first. Nobody is named."""
    here, page = me(), min(max(request.args.get("page", 0, int), 0), 1_000_000)
    student = here.actor.role == "student"
    with place().store.reading() as session:
        if student:
            record = record_of_mine()
            count, lines = looks_at(session, record, files_about(record), skip=page * PAGE, limit=PAGE)
        else:
            count, lines = looks_by(session, here.actor.person, skip=page * PAGE, limit=PAGE)
    return render_template(
        "signin/own_looks.html",
        student=student,
        lines=lines,
        count=count,
        page=page,
        last=max(count - 1, 0) // PAGE,
    )
