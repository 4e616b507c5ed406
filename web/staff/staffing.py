"""The staff file, and proposals about staff that a second administrator confirms as a whole."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from web.shared.act import Acting, Answer, No, Page, act, show
from web.shared.forms import StaffFile, faults_of
from web.shared.security import actor, fresh, open_to, place, takes_upload
from web.shared.standing import PROPOSAL, about
from web.shared.words import in_one
from web.staff.admin import what_became
from workflow.records.formats import FormatFault
from workflow.records.formats.grid import read_cells
from workflow.records.upload import Incoming, NotHere, WaitingUpload
from workflow.signin.staff.carry_out import CarriedOut
from workflow.signin.staff.proposals import (
    Proposed,
    StaffPlan,
    Submitted,
    confirm,
    decline,
    submit,
    waiting,
    waits_for_a_second,
    why_not_confirm,
)
from workflow.signin.staff.proposals import proposal as proposal_of
from workflow.signin.staff.wanted import HEADINGS, StaffTable, read_staff
from workflow.verdict import Reason

bp = Blueprint("staffing", __name__, url_prefix="/admin")

LIMIT = 2_000_000
"""Maximum size of a staff file in bytes: some ten thousand rows."""
FILE_GONE = Reason(
    "file_gone",
    "这个文件已不在这里：已经提出，或放了超过一小时。",
    remedy="请先看等待确认的提议；没有提出的，请再上传一次。",
    rule="upload",
)


# -- the file -------------------------------------------------------------------------------------------


@bp.get("/staff-file")
@open_to("administrator")
def file(no: No | None = None, form: StaffFile | None = None) -> Page:
    """The form for a staff file, and the proposals that wait."""
    with place().store.reading() as session:
        waits = waiting(session, place().cipher)
        second = waits_for_a_second(session, actor())
    form = form or StaffFile(formdata=None)
    return show("staff/staff_file.html", no, form=form, waits=waits, second=second)


@bp.post("/staff-file")
@open_to("administrator")
@takes_upload("table", lambda: LIMIT)
def hand_in() -> Answer:
    """Accept a staff file for a dry run. It is sealed and kept for an hour. Nothing else is written."""
    form, now = StaffFile(), place().clock.now()
    faults = [] if form.validate() else faults_of(form)
    handed = form.file.data
    data = handed.read() if handed else b""
    name = "".join(sign for sign in (handed.filename or "" if handed else "") if sign.isprintable())[-120:]
    if not name:
        faults.append((form.file.id, _("请选择一个文件。")))
    else:
        try:
            read_cells(data, HEADINGS)
        except FormatFault as fault:
            faults.append((form.file.id, in_one(str(fault))))
    if faults:
        return file(No(faults=faults), form)
    kept = _incoming().keep(name, now.date(), data, now)
    return redirect(url_for(".dry_run", digest=kept, end="1" if form.end.data else None), 303)


@bp.get("/staff-file/<string(length=64):digest>")
@open_to("administrator")
def dry_run(digest: str, no: No | None = None) -> Page:
    """What a waiting staff file would change, row by row."""
    try:
        plan, table = _waiting(digest)
    except NotHere:
        return file(No((FILE_GONE,), status=404))
    with place().store.reading() as session:
        at = place().clock.now(session)
        outlook = plan.outlook(session, place().cipher, at, place().school.offices, table.faults)
        second = waits_for_a_second(session, actor())
    return show(
        "staff/staff_dry_run.html",
        no,
        id=digest,
        plan=plan,
        outlook=outlook,
        unused=table.unused,
        seen=outlook.digest(place().cipher),
        second=second,
    )


@bp.post("/staff-file/<string(length=64):digest>/propose")
@open_to("administrator")
@fresh
def propose(digest: str) -> Answer:
    """Propose exactly what was seen to the other administrators."""
    try:
        plan, table = _waiting(digest)
    except NotHere:
        return file(No((FILE_GONE,), status=404))
    seen = request.form.get("seen", "")

    def proposed(it: Acting) -> Submitted:
        return submit(
            it.session,
            it.place.cipher,
            it.place.entropy,
            plan,
            it.by,
            it.now,
            it.place.school.offices,
            seen=seen,
            faults=table.faults,
        )

    def onward(done: Submitted) -> str:
        _incoming().throw_away(digest)
        return url_for(".proposed", proposal=done.proposal) if done.proposal else url_for("admin.people")

    return act(proposed, again=lambda no: dry_run(digest, no), onward=onward, told=what_became)


def _incoming() -> Incoming:
    return Incoming(place().settings.home / "incoming-staff", place().cipher)


def _waiting(digest: str) -> tuple[StaffPlan, StaffTable]:
    """The plan of a waiting file. Raises NotHere."""
    found: WaitingUpload = _incoming().read(digest, place().clock.now())
    table = read_staff(read_cells(found.data, HEADINGS), place().school.offices)
    ends_gone = bool(request.args.get("end"))
    return StaffPlan(table.wanted, whole=True, ends_gone=ends_gone, source=found.name), table


# -- proposals ------------------------------------------------------------------------------------------


@bp.get("/proposals/<string(length=32):proposal>", endpoint="proposed")
@open_to("administrator")
@about(proposal=PROPOSAL)
def one_proposal(proposal: str, no: No | None = None) -> Page:
    """One proposal: exactly what would happen if it were confirmed now."""
    with place().store.reading() as session:
        found = _found(session, proposal)
        at, offices = place().clock.now(session), place().school.offices
        outlook = found.plan.outlook(session, place().cipher, at, offices)
        barred = why_not_confirm(session, place().cipher, found, outlook, actor(), at)
    return show(
        "staff/proposal.html",
        no,
        it=found,
        outlook=outlook,
        barred=barred,
        own=found.made_by == actor().person,
    )


@bp.post("/proposals/<string(length=32):proposal>/confirm", endpoint="confirm")
@open_to("administrator")
@about(proposal=PROPOSAL)
@fresh
def confirmed(proposal: str) -> Answer:
    """Carry out another administrator's proposal, exactly as it was seen."""
    seen = request.form.get("seen", "")

    def carried_out(it: Acting) -> CarriedOut:
        cipher, entropy, offices = it.place.cipher, it.place.entropy, it.place.school.offices
        return confirm(it.session, cipher, entropy, proposal, it.by, it.now, offices, seen)

    return act(
        carried_out,
        again=lambda no: one_proposal(proposal, no),
        onward=url_for("admin.people"),
        told=_in_words,
    )


@bp.post("/proposals/<string(length=32):proposal>/decline", endpoint="decline")
@open_to("administrator")
@about(proposal=PROPOSAL)
def declined(proposal: str) -> Answer:
    """Send another administrator's proposal back, or withdraw one's own."""

    return act(
        lambda it: decline(it.session, proposal, it.by, it.now),
        again=lambda no: one_proposal(proposal, no),
        onward=url_for("admin.people"),
        told=_("提议已退回，没有任何改动。"),
    )


def _found(session: Session, id: str) -> Proposed:
    found = proposal_of(session, place().cipher, id)
    if found is None:
        abort(404)
    return found


def _in_words(done: CarriedOut) -> str:
    words: str = _(
        "已确认：新账号 %(people)d，授予 %(given)d，收回 %(ended)d，发出登录码 %(codes)d。",
        people=len(done.people),
        given=done.given,
        ended=done.ended,
        codes=done.codes,
    )
    if nobody := len(done.unreached):
        words += _("有 %(n)d 人没有可用的地址，登录码没有发出。", n=nobody)
    return words
