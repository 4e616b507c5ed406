"""Who corrects what students do not have corrected here."""

from __future__ import annotations

from flask import Blueprint, abort

from web.shared.act import Page, show
from web.shared.security import looking, open_to, place
from web.student.view import read_mine
from workflow.cases.views.elsewhere import who_corrects

bp = Blueprint("elsewhere", __name__, url_prefix="/my/elsewhere")


@bp.get("/<column>")
@open_to("student")
def page(column: str) -> Page:
    """The office that corrects a field of the record, by which rule, and how to reach it."""
    installation = place()
    shown = (*installation.school.fields, installation.school.status_field)
    if column not in {words.code for words in shown if not words.claimable}:
        abort(404)
    with looking() as session:
        mine = read_mine(session)
        value = mine.values(installation.cipher, (column,))[column]
        policy = installation.engine.policies.in_force(mine.at)
        told = who_corrects(session, policy, mine.filing_subject, mine.at, column, value)
    return show("student/elsewhere.html", field=column, value=value, told=told)
