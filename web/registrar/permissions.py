"""The registrar's acts on one student: longer time, a check opened again, corrections frozen."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, url_for
from flask_babel import gettext as _

from states.permission import PERMISSION
from web.shared.act import Acting, Answer, No, Page, act, acting, faults_in, looked_for, show
from web.shared.forms import Permitted, Sought, form_key, seen_version
from web.shared.security import fresh, my_students, not_found_for, note_try, open_to, place
from web.shared.standing import RECORD_TO_PERMIT, about
from web.shared.words import pick
from workflow.campaigns.progress.board import campaigns
from workflow.cases.checking.opened import openable_checks
from workflow.engine import Ref
from workflow.history.entry import Entry
from workflow.permissions.granting import grant, past_permissions, permissions_in_force, permissions_of
from workflow.permissions.tables import KINDS, OPEN, Permission
from workflow.signin.counter import AtTheCounter, find_student, student_at
from workflow.verdict import Reason

bp = Blueprint("permissions", __name__, url_prefix="/registrar/permissions")

NO_SUCH_STUDENT = Reason(
    "no_such_student", "没有找到这名学生。", remedy="请核对学号或考生号。", rule="permission"
)


@bp.get("")
@open_to("registrar")
def listed(no: No | None = None, said: str = "") -> Page:
    """Whom something is granted now, and what is over. Their reasons stand on each student's page."""
    form = Sought(formdata=None)
    form.said.data = said
    with place().store.reading() as session:
        now = place().clock.now(session)
        live, past = permissions_in_force(session), past_permissions(session)
        titles = {one.id: pick(one.title, one.title_en) for one in campaigns(session)}
    return show("registrar/permissions.html", no, form=form, live=live, past=past, now=now, titles=titles)


@bp.post("")
@open_to("registrar")
def find() -> Answer:
    """Find one student by a number, which is not in the address. The search is logged."""
    said = Sought().said.data or ""
    looked_for("permission", said)
    with place().store.reading() as session:
        found = find_student(session, said, my_students())
    if found is None or not found.ours:
        note_try("permission", "")
        return listed(No((NO_SUCH_STUDENT,), status=404), said)
    return redirect(url_for(".student", record=found.record), 303)


@bp.get("/<string(length=32):record>")
@open_to("registrar")
@about(record=RECORD_TO_PERMIT)
def student(record: str, no: No | None = None, form: Permitted | None = None, tried: str = "") -> Page:
    """One student: what is granted and was, with the reasons, and the form to grant. The look is logged."""
    with acting() as it:
        now = it.note("permission", record)
        found = _student(it, record)
        lines = permissions_of(it.session, it.place.cipher, record)
        known = {one.id: one for one in campaigns(it.session)}
        checks = [
            (case.campaign.id, pick(case.campaign.title, case.campaign.title_en))
            for case in openable_checks(it.session, record, now)
            if case.campaign is not None
        ]
    empty = Permitted(formdata=None)
    return show(
        "registrar/permission.html",
        no,
        it=found,
        live=[one for one in lines if one.state == "granted"],
        past=[one for one in lines if one.state != "granted"],
        titles=_titles({id: (one.title, one.title_en) for id, one in known.items()}),
        kinds=[
            (kind, pick(*words))
            for kind, words in KINDS.items()
            if (checks or kind != OPEN) and kind not in {one.kind for one in lines if one.stands(now)}
        ],
        checks=checks,
        form=form if form is not None and not tried else empty,
        taking=form,
        empty=empty,
        tried=tried,
        now=now,
    )


@bp.post("/<string(length=32):record>/grant")
@open_to("registrar")
@fresh
@about(record=RECORD_TO_PERMIT)
def give(record: str) -> Answer:
    """Grant something to one student, until an end and for a reason."""
    form, key = Permitted(), form_key()
    if no := faults_in(form):
        return student(record, no, form)

    def granted(it: Acting) -> Entry:
        return grant(
            it.place.engine,
            it.session,
            it.by,
            record=record,
            kind=form.kind.data or "",
            campaign=(form.campaign.data or "") if form.kind.data == "open" else "",
            until=form.until,
            words=form.words.data or "",
            key=key,
        )

    return act(
        granted,
        again=lambda no: student(record, no, form),
        onward=url_for(".student", record=record),
        told=_("已办理，并已通知学生。"),
    )


@bp.post("/<string(length=32):record>/take_back")
@open_to("registrar")
@fresh
@about(record=RECORD_TO_PERMIT)
def take_back(record: str) -> Answer:
    """Take something back before its end, for a reason."""
    form, key, expected = Permitted(), form_key(), seen_version()
    named = form.permission.data or ""

    def taken(it: Acting) -> Entry:
        kept = it.session.get(Permission, named)
        if kept is None or kept.record_id != record:
            abort(404)
        subject = Ref(PERMISSION.name, named)
        return it.perform(subject, "take_back", key=key, expected=expected, words=form.words.data or "")

    return act(
        taken,
        again=lambda no: student(record, no, form, named),
        onward=url_for(".student", record=record),
        told=_("已收回，并已通知学生。"),
    )


def _student(it: Acting, record: str) -> AtTheCounter:
    found = student_at(it.session, record, my_students())
    if found is None:
        not_found_for("permission", record)
    return found


def _titles(known: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {id: pick(*words) for id, words in known.items()}
