"""Finding at the desk: by number, name, pinyin or initials. What is typed is in no address and no log."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _

from states.case import DECIDERS
from web.shared.act import Answer, No, Page, looked_for, show
from web.shared.forms import Sought
from web.shared.gate.limits import limited
from web.shared.security import actor, looking, open_to, place, runs_scripts
from web.shared.standing import concerns_me
from workflow.cases.rules import may_act_for_students
from workflow.cases.tables import Case
from workflow.cases.views.found import SAID_LIMIT, SHOWN, Found, find_at_desk

bp = Blueprint("find", __name__, url_prefix="/desk/find")

OPENING = {"case": "desk.case", "file": "proxy.record"}
"""What one wants of a student, and the page for it: their case, or to act for them."""


@bp.get("")
@open_to(*DECIDERS)
@runs_scripts
def asking() -> Page:
    """The page with the box alone."""
    return _page()


@bp.post("")
@open_to(*DECIDERS)
@limited("searches")
@runs_scripts
def find() -> Answer:
    """The case of the student that was found, or the list of those who may be meant. The search is logged.

    Whom the rules let act for students also finds the student who has filed nothing.
    """
    said = Sought().said.data or ""
    if fault := _fault(said):
        return _page(said[:SAID_LIMIT], no=No(faults=(("said", fault),)))
    looked_for("desk", said)
    what = "file" if request.form.get("what") == "file" and acts_for_students() else "case"
    wanted = Case.campaign_id.is_not(None) if what == "file" else Case.filed_at.is_not(None)
    with looking() as session:
        found = find_at_desk(session, place().cipher, said, wanted, concerns_me(session))
    if found.only:
        return redirect(url_for(OPENING[what], case=found.only.case), 303)
    return _page(said, found, what, No(status=200 if found.hits else 404))


def _page(said: str = "", found: Found | None = None, what: str = "case", no: No | None = None) -> Page:
    return show(
        "desk/find.html",
        no,
        said=said,
        found=found,
        missed=found is not None and not found.hits,
        opening=OPENING[what],
        most=SHOWN,
        acts_for_students=acts_for_students(),
    )


def _fault(said: str) -> str:
    """What is wrong with what was typed, if it cannot be searched for at all."""
    if not said:
        return str(_("请填写要查找的号码或姓名。"))
    if len(said) > SAID_LIMIT:
        return str(_("最多填写 %(most)d 个字符。", most=SAID_LIMIT))
    return ""


def acts_for_students() -> bool:
    """True if the rules name the role among those that may act for a student."""
    policy = place().engine.policies.in_force(place().clock.now())
    return any(may_act_for_students(policy, actor().role, action) for action in ("raise", "confirm"))
