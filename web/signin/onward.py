"""The way back from a notice: its short address leads to the page that it speaks of, after sign-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask_login import current_user
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from config.policy.words import COLLEGE
from web.shared.act import Answer, No, show
from web.shared.security import come_back_to, me, open_to_all, place
from workflow.cases.tables import Campaign, Step
from workflow.notices.short import NoSuchNotice, NoticeFound, own_notice

bp = Blueprint("notice", __name__, url_prefix="/n")

Where = tuple[str, dict[str, Any]]
"""An endpoint and its values."""


def _page(endpoint: str) -> Callable[[Session, str], Where]:
    return lambda session, subject: (endpoint, {})


def _case(endpoint: str) -> Callable[[Session, str], Where]:
    return lambda session, subject: (endpoint, {"case": subject})


def _campaign(endpoint: str) -> Callable[[Session, str], Where]:
    def of_campaign(session: Session, subject: str) -> Where:
        plan = session.scalar(select(Campaign.plan).where(Campaign.id == subject))
        return (endpoint, {"plan": plan}) if plan else ("signin.start", {})

    return of_campaign


def _job(session: Session, subject: str) -> Where:
    return "outgoing.one", {"job": subject}


def _batch(session: Session, subject: str) -> Where:
    return "batches.one", {"batch": subject}


def _overdue(session: Session, case: str) -> Where:
    """Lead each role that is told of an overdue step to a page that is open to it.

    An officer whose college has no step in it comes to the college's list, the registrar to all that is late.
    """
    role = me().actor.role
    if role == "registrar":
        return "team.page", {}
    if role != "officer":
        return "desk.case", {"case": case}
    of_college = exists().where(Step.case_id == case, Step.office == COLLEGE)
    return ("checks.case", {"case": case}) if session.scalar(select(of_college)) else ("checks.queue", {})


_RECORD, _FOLLOW = _page("student.record"), _case("student.follow")
_HOME, _ACCOUNT, _ADDRESS = _page("signin.start"), _page("account.page"), _page("address.page")

ONWARD: Mapping[str, Callable[[Session, str], Where]] = {
    "campaign_opened": _RECORD,
    "check_again": _RECORD,
    "reminder": _RECORD,
    "campaign_extended": _RECORD,
    "confirmed_for_you": _RECORD,
    "deemed": _RECORD,
    "last_day_earlier": _RECORD,
    **dict.fromkeys(("time_extended", "time_taken_back", "check_opened", "check_shut"), _RECORD),
    "may_file_now": _RECORD,
    "handed_over": _page("own_looks.looks"),
    **dict.fromkeys(("claims_frozen", "claims_unfrozen"), _RECORD),
    "filed": _case("student.receipt"),
    "filed_for_you": _FOLLOW,
    "withdrawn": _FOLLOW,
    "taken_up": _FOLLOW,
    "asked": _FOLLOW,
    "question_dropped": _FOLLOW,
    "papers_due": _FOLLOW,
    "lapsed": _FOLLOW,
    "resumed": _FOLLOW,
    "decided_corrected": _FOLLOW,
    "decided_rejected": _FOLLOW,
    "reconfirm_due": _FOLLOW,
    "disputed": _FOLLOW,
    "reopened": _FOLLOW,
    "flagged": _FOLLOW,
    "flag_answered": _FOLLOW,
    "taken_over": _case("desk.case"),
    "step_overdue": _overdue,
    "digest": _campaign("college.progress"),
    "list_due": _campaign("signing.signing"),
    "list_reminder": _campaign("signing.signing"),
    "export_waits": _job,
    "export_settled": _job,
    **dict.fromkeys(("batch_waits", "batch_line_waits", "batch_agreed"), _batch),
    "test": _page("deliveries.page"),
    "code_return": _HOME,
    "code_message": _HOME,
    "code_address": _ADDRESS,
    "code_given": _ACCOUNT,
    "password_set": _ACCOUNT,
    "address_changed": _ADDRESS,
    "address_added": _ADDRESS,
    "role_given": _HOME,
    "role_renewed": _HOME,
    "role_ended": _HOME,
    "role_over": _HOME,
    "account_closed": _HOME,
    "link_made": _ACCOUNT,
}
"""The page that each event speaks of."""


@bp.get("/<short>", endpoint="open")
@open_to_all
def onward(short: str) -> Answer:
    """Lead the addressee of a notice to its page; let a stranger sign in first; tell others it is not theirs.

    A stranger is answered the same for every address, and nothing is looked up for them.
    """
    if not current_user.is_authenticated:
        come_back_to(request.path)
        return redirect(url_for("signin.form"), 303)
    here = me()
    records = {one.held.record for one in here.grants if one.role == "student" and not one.absent}
    with place().store.reading() as session_:
        try:
            notice = own_notice(session_, short, records, here.actor.person)
        except NoSuchNotice:
            abort(404)
        if notice is None:
            return show("signin/not_yours.html", No(status=403), other_role=False)
        endpoint, values = ONWARD[notice.event](session_, notice.subject)
    if not _is_open_here(notice, endpoint):
        return show("signin/not_yours.html", No(status=403), other_role=True)
    return redirect(url_for(endpoint, **values), 303)


def _is_open_here(notice: NoticeFound, endpoint: str) -> bool:
    """Whether the role in which the reader has signed in may see the page."""
    here = me()
    if notice.record and (here.actor.role, here.scope) != ("student", notice.record):
        return False
    roles = getattr(current_app.view_functions[endpoint], "open_to", ())
    return here.actor.role in roles or endpoint == "signin.start"
