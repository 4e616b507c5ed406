"""The forms that colleges print, seal and return: the college's own page, and the registrar's register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.forms import FORMS, CollegeForm
from web.college.board import entered, named
from web.college.lists import CollegeListView, listed
from web.shared.act import Answer, No, Page, act, acting, show
from web.shared.downloads import xlsx_file
from web.shared.forms import PaperReturned
from web.shared.gate.limits import limited
from web.shared.security import fresh, me, not_found_for, open_to, place
from web.shared.words import pick
from workflow.campaigns.progress.board import Known, board
from workflow.cases.rules.names import SchoolNames
from workflow.outgoing.forms.content import FilledForm, Forms, sheets_of
from workflow.outgoing.forms.returns import NOTHING_RETURNED, Returned, note_return, returns_of
from workflow.outgoing.forms.tables import RETURNS

bp = Blueprint("forms", __name__)


@dataclass(frozen=True, slots=True)
class PaperView:
    """The paper of one form of one college: where it is, and by how many minutes it came late."""

    form: CollegeForm
    returned: Returned
    late: int


@dataclass(frozen=True, slots=True)
class ReturnsView:
    """One college: its list as signed in the system, and beside it the papers that it returned."""

    list: CollegeListView
    papers: tuple[PaperView, ...]


def return_words(state: str) -> str:
    """Where a paper is, in words."""
    return pick(*RETURNS[state])


bp.add_app_template_filter(return_words, "return_words")


# -- the registrar --------------------------------------------------------------------------------------


@bp.get("/registrar/<plan>/forms")
@open_to("registrar")
def returns(plan: str, no: No | None = None, form: PaperReturned | None = None) -> Page:
    """Each college: its signature in the system, and its papers."""
    with place().store.reading() as session:
        campaign = named(session, plan)
        found = _returns(session, campaign, _colleges(session, campaign))
    return show(
        "forms/returns.html",
        no,
        campaign=campaign,
        due=found[0].list.due if found else None,
        lines=found,
        colleges=[(one.list.college, one.list.college or "—") for one in found],
        form=form or PaperReturned(formdata=None),
        kinds=[(one.kind, one.title) for one in place().rules.forms],
        states=[(code, return_words(code)) for code in RETURNS],
    )


@bp.post("/registrar/<plan>/forms")
@open_to("registrar")
def note(plan: str) -> Answer:
    """Note where a paper is now."""
    form = PaperReturned()
    with place().store.reading() as session:
        campaign = named(session, plan)
        colleges = _colleges(session, campaign)
    said = form.college.data or "", form.paper.data or "", form.state.data or ""
    return act(
        lambda it: note_return(it.session, it.place.entropy, it.by, it.now, campaign.id, colleges, *said),
        again=lambda no: returns(plan, no, form),
        onward=url_for(".returns", plan=plan),
        told=_("已登记。"),
    )


@bp.get("/registrar/<plan>/forms/<form>")
@open_to("registrar")
def printed(plan: str, form: str) -> Page:
    """One form of one college to print. The access to the students' names is logged first."""
    campaign, college, at = _asked(plan, form, "forms")
    return _paper(campaign, form, college, at, url_for(".returns", plan=plan))


@bp.get("/registrar/<plan>/forms/<form>.xlsx")
@open_to("registrar")
@fresh
@limited("exports")
def book(plan: str, form: str) -> Response:
    """The same as a workbook."""
    campaign, college, at = _asked(plan, form, "forms.xlsx")
    return _book(campaign, form, college, at)


# -- the college ----------------------------------------------------------------------------------------


@bp.get("/college/<plan>/forms")
@open_to("officer")
def ours(plan: str) -> Page:
    """The forms of one's own college, and where their papers are."""
    campaign = _entered(plan, "forms")[0]
    with place().store.reading() as session:
        (found,) = _returns(session, campaign, [me().college])
    return show("forms/ours.html", campaign=campaign, it=found)


@bp.get("/college/<plan>/forms/<form>")
@open_to("officer")
def our_paper(plan: str, form: str) -> Page:
    """One form of one's own college to print."""
    _of_kind(form)
    campaign, at = _entered(plan, "forms")
    return _paper(campaign, form, me().college, at, url_for(".ours", plan=plan))


@bp.get("/college/<plan>/forms/<form>.xlsx")
@open_to("officer")
@fresh
@limited("exports")
def our_book(plan: str, form: str) -> Response:
    """The same as a workbook."""
    _of_kind(form)
    campaign, at = _entered(plan, "forms.xlsx")
    return _book(campaign, form, me().college, at)


# -- what both are made of ------------------------------------------------------------------------------


def _entered(plan: str, what: str) -> tuple[Known, datetime]:
    """The campaign, for an officer of the whole college. Raises 404 otherwise. The access is logged."""
    if not me().of_whole_college:
        with place().store.reading() as session:
            not_found_for(what, named(session, plan).id)
    campaign, _class, at = entered(plan, what)
    return campaign, at


def _asked(plan: str, kind: str, what: str) -> tuple[Known, str, datetime]:
    """The campaign, a college of it (the first where none is named) and the moment. Logs the access."""
    _of_kind(kind)
    with acting() as it:
        campaign = named(it.session, plan)
        colleges = _colleges(it.session, campaign)
        college = request.args.get("college", colleges[0] if colleges else "")
        if college not in colleges:
            abort(404)
        at = it.note(what, campaign.id)
    return campaign, college, at


def _of_kind(kind: str) -> CollegeForm:
    if kind not in FORMS:
        abort(404)
    return next(one for one in place().rules.forms if one.kind == kind)


def _colleges(session: Session, campaign: Known) -> list[str]:
    """The colleges that have students in a campaign."""
    lines = board(session, campaign.id, "fy").lines
    return [line.name for line in lines if line.counted + line.left_out]


def _returns(session: Session, campaign: Known, colleges: Sequence[str]) -> tuple[ReturnsView, ...]:
    """What is known of some colleges' lists and papers. A paper is late by the deadline of the lists."""
    kept, lists = returns_of(session, campaign.id), listed(session, campaign.id, list(colleges))
    return tuple(
        ReturnsView(
            one,
            tuple(
                PaperView(form, said, said.late(one.due.at if one.due else None))
                for form in place().rules.forms
                for said in [kept.get((one.college, form.kind), NOTHING_RETURNED)]
            ),
        )
        for one in lists
    )


def _filled(campaign: Known, kind: str, college: str) -> FilledForm:
    installation = place()
    names = SchoolNames(one.school for one in installation.rules.latest_first())
    with installation.store.reading() as session:
        (view,) = listed(session, campaign.id, [college])
        due = view.due
        head = {
            "school": installation.school.title,
            "campaign": campaign.title,
            "due": f"{due.at.year}年{due.at.month}月{due.at.day}日 {due.at:%H:%M}" if due else "",
        }
        forms = Forms(names, installation.school.calendar, installation.cipher, campaign.id, head)
        return forms.filled(session, _of_kind(kind), college)


def _paper(campaign: Known, kind: str, college: str, at: datetime, back: str) -> Page:
    return show("forms/paper.html", campaign=campaign, it=_filled(campaign, kind, college), at=at, back=back)


def _book(campaign: Known, kind: str, college: str, at: datetime) -> Response:
    return xlsx_file(f"{kind}-{campaign.plan}", sheets_of(_filled(campaign, kind, college), at))
