"""An officer's actions for their students: notes, reminders, class and person pages, sheets to sign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session

from states.chase import CHASE
from web.audit.codes import code_words
from web.college.board import SilentList, entered, named, silence, silent_page, told_by
from web.shared.act import Acting, Answer, No, Page, Stop, act, acting, faults_in, show
from web.shared.forms import ForAReason, Noted, WordsForm, form_key, seen_version
from web.shared.labels import action_words
from web.shared.numbers import NO_NUMBER, reveal
from web.shared.security import actor, fresh, looking, my_students, not_found_for, open_to, place
from web.shared.standing import CASE_IN_CAMPAIGN, about
from workflow.campaigns.attempt import Reminding
from workflow.campaigns.colleges.chase import Chased, chase
from workflow.campaigns.colleges.reminders import remind, to_remind
from workflow.campaigns.colleges.roll import Entrant, one_of_the_roll, only_here, only_there, roll
from workflow.campaigns.progress.board import Known
from workflow.campaigns.tables import Chase
from workflow.cases.checking.confirm import shown
from workflow.cases.load import look_at_case
from workflow.cases.views.desk_case import read_filed
from workflow.cases.views.lookup import names_of
from workflow.engine import Ref
from workflow.history.codes import REMINDED, Code, find
from workflow.history.timeline import timeline
from workflow.records.student_contacts import OpenedContact, contact_of, masked
from workflow.store import from_text
from workflow.verdict import Reason, Verdict

bp = Blueprint("chasing", __name__, url_prefix="/college/<plan>")

LIST_CHANGED = Reason(
    "list_changed",
    "您查看之后，名单有变化，本次未办理。",
    remedy="请核对新的名单，再按一次。",
    rule="list",
)
NOBODY_TICKED = Reason(
    "nobody_ticked", "没有勾选任何学生。", remedy="请先在名单里勾选，或勾选“名单上的所有人”。", rule="list"
)


@dataclass(frozen=True, slots=True)
class ChaseLine:
    """One line of a college's work on a student: when, who, what, in words."""

    at: datetime
    by: str
    what: str
    more: str


# -- notes about the silent -----------------------------------------------------------------------------


@bp.post("/silent")
@open_to("officer")
def note(plan: str) -> Answer:
    """Note a reason or a contact for the selected students of a list."""
    found, form, key = silence(plan, "note"), Noted(), form_key()
    here = {one.case for one in found.entrants}
    everybody = "everybody" in request.form
    ticked = [one.case for one in found.entrants] if everybody else request.form.getlist("case")
    action, details = _noting(form, found.at.date())
    if no := faults_in(form):
        return silent_page(found, no, form=form, ticked=ticked)
    cases = [case for case in ticked if case in here]
    if not cases:
        return silent_page(found, No((LIST_CHANGED if ticked else NOBODY_TICKED,)), form=form)
    return act(
        lambda it: _chased(it, cases, action, key, details),
        again=lambda no: silent_page(found, no, form=form, ticked=ticked),
        onward=url_for("college.silent_list", plan=plan, **found.chosen),
        told=lambda done: _said_of(done, len(ticked) - len(cases)),
    )


def _noting(form: Noted, today: date) -> tuple[str, dict[str, Any]]:
    """The action and details for the pressed button."""
    if request.form.get("do") == "contact":
        on = form.on.data or today
        return "contact", {"how": form.how.data or "", "result": form.result.data or "", "on": on}
    if request.form.get("do") == "tell":
        return "tell", {"how": form.told_how.data or "", "on": form.told_on.data or today}
    chosen = form.reason.data or "-"
    return "give_reason", {"reason": "" if chosen == "none" else chosen}


def _chased(it: Acting, cases: Sequence[str], action: str, key: str, details: dict[str, Any]) -> Chased:
    return chase(it.place.engine, it.session, cases, action, it.by, key=key, **details)


def _said_of(done: Chased, gone: int) -> str:
    said = str(ngettext("已为 %(num)d 人登记。", "已为 %(num)d 人登记。", done.done))
    if left := len(done.answered) + gone:
        said += str(ngettext("%(num)d 人刚刚已作答，没有登记。", "%(num)d 人刚刚已作答，没有登记。", left))
    return said


# -- reminding ------------------------------------------------------------------------------------------


@bp.get("/remind")
@open_to("officer")
def reminding(plan: str) -> Page:
    """The recipients of a reminder to exactly this list. GET sends nothing."""
    return _remind_page(silence(plan, "remind"))


@bp.post("/remind")
@open_to("officer")
def send_reminder(plan: str) -> Answer:
    """Put the reminder into the outbox if the list is still the reviewed one."""
    found, key = silence(plan, "remind"), form_key()

    def as_it_was_seen(it: Acting) -> int:
        if request.form.get("seen") != _digest(found):
            raise Stop(LIST_CHANGED, 409)
        entry = remind(it.place.engine, it.session, found.campaign.id, _cases(found), it.by, key=key)
        return find(entry.codes, REMINDED).number or 0

    return act(
        as_it_was_seen,
        again=lambda no: _remind_page(found, no),
        onward=url_for("college.silent_list", plan=plan, **found.chosen),
        told=lambda n: str(ngettext("已提醒 %(num)d 人。", "已提醒 %(num)d 人。", n)),
    )


def _remind_page(found: SilentList, no: No | None = None) -> Page:
    with place().store.reading() as session:
        dry: Reminding = to_remind(session, found.campaign.id, _cases(found), found.at)
        verdict: Verdict = place().engine.check_action(
            session, Ref("campaign", found.campaign.id), "remind", actor(), cases=_cases(found)
        )
    return show(
        "college/remind.html",
        no,
        it=found,
        reached=len(dry.reached),
        today=dry.today,
        barred=verdict.reasons,
        seen=_digest(found),
    )


def _cases(found: SilentList) -> tuple[str, ...]:
    return tuple(one.case for one in found.entrants)


def _digest(found: SilentList) -> str:
    return place().cipher.digest("list", ",".join(_cases(found)).encode())


# -- class by class, person by person -------------------------------------------------------------------


@bp.get("/class")
@open_to("officer")
def one_class(plan: str) -> Page:
    """All students of a class with the answers here and on the platform, and the form for a signed sheet."""
    return _class_page(*_of_class(plan, "class"))


@bp.post("/class")
@open_to("officer")
def note_signatures(plan: str) -> Answer:
    """Note which students signed on paper."""
    campaign, group, everybody = _of_class(plan, "signatures")
    form, key = Noted(), form_key()
    here = {one.case for one in everybody if one.signed_on is None}
    cases = [case for case in request.form.getlist("case") if case in here]
    if "everybody" in request.form:
        cases = [one.case for one in everybody if one.case in here]
    if no := faults_in(form):
        return _class_page(campaign, group, everybody, no)
    if not cases:
        return _class_page(campaign, group, everybody, No((NOBODY_TICKED,)))
    on = form.on.data or place().clock.now().date()
    this: dict[str, Any] = {"class": group}  # a reserved word in Python
    return act(
        lambda it: _chased(it, cases, "note_signature", key, {"on": on}),
        again=lambda no: _class_page(campaign, group, everybody, no),
        onward=url_for(".one_class", plan=plan, **this),
        told=lambda done: _said_of(done, 0),
    )


@bp.get("/sheet")
@open_to("officer")
def sheet(plan: str) -> str:
    """A class's check sheet to print: one row for each person, cells to sign, space for the seal."""
    campaign, group, everybody = _of_class(plan, "sheet")
    return render_template(
        "college/sheet.html",
        campaign=campaign,
        group=group,
        entrants=[one for one in everybody if not one.excluded],
        left_out=[one for one in everybody if one.excluded],
        at=place().clock.now(),
    )


@bp.get("/platform")
@open_to("officer")
def platform(plan: str) -> str:
    """Students done on the platform and not here, and the reverse."""
    campaign, _group, _at = entered(plan, "platform")
    with place().store.reading() as session:
        everybody = roll(session, campaign.id, my_students())
    return render_template(
        "college/platform.html",
        campaign=campaign,
        there=only_there(everybody),
        here_only=only_here(everybody),
        unnamed=sum(one.looked is None and not one.excluded for one in everybody),
        named=sum(one.looked is not None for one in everybody),
    )


def _of_class(plan: str, what: str) -> tuple[Known, str, tuple[Entrant, ...]]:
    campaign, group, _at = entered(plan, what)
    if group is None:
        abort(404)
    with place().store.reading() as session:
        return campaign, group, roll(session, campaign.id, my_students(), group)


def _class_page(campaign: Known, group: str, everybody: Sequence[Entrant], no: No | None = None) -> Page:
    return show(
        "college/class.html",
        no,
        campaign=campaign,
        group=group,
        entrants=everybody,
        form=Noted(formdata=None),
        today=place().clock.now().date(),
    )


# -- one person -----------------------------------------------------------------------------------------


@bp.get("/students/<string(length=32):case>")
@open_to("officer")
@about(case=CASE_IN_CAMPAIGN)
def student(plan: str, case: str) -> Page:
    """One student: answers here and on the platform, past work, and filing for them if the rules allow it."""
    return _student_page(*_of_student(plan, case))


@bp.post("/students/<string(length=32):case>/note")
@open_to("officer")
@about(case=CASE_IN_CAMPAIGN)
def note_one(plan: str, case: str) -> Answer:
    """Note a reason or a contact for one student."""
    campaign, one = _of_student(plan, case)
    form = Noted()
    action, details = _noting(form, place().clock.now().date())
    return _did(
        campaign, one, form, lambda it: _chased(it, [case], action, form_key(), details), _("已登记。")
    )


@bp.post("/students/<string(length=32):case>/strike")
@open_to("officer")
@about(case=CASE_IN_CAMPAIGN)
def strike(plan: str, case: str) -> Answer:
    """Remove a paper signature noted for the wrong student."""
    campaign, one = _of_student(plan, case)
    return _struck(campaign, one, "strike_signature")


@bp.post("/students/<string(length=32):case>/untell")
@open_to("officer")
@about(case=CASE_IN_CAMPAIGN)
def strike_telling(plan: str, case: str) -> Answer:
    """Remove that the wrong student was told."""
    campaign, one = _of_student(plan, case)
    return _struck(campaign, one, "strike_telling")


def _struck(campaign: Known, one: Entrant, action: str) -> Answer:
    key = form_key()
    return _did(
        campaign, one, WordsForm(), lambda it: _chased(it, [one.case], action, key, {}), _("已撤销。")
    )


@bp.post("/students/<string(length=32):case>/phone")
@open_to("officer")
@about(case=CASE_IN_CAMPAIGN)
@fresh
def show_phone(plan: str, case: str) -> Page:
    """The page with the student's full phone number, for a reason of the list. The reason is logged first."""
    campaign, one = _of_student(plan, case)
    with looking() as session:
        contact = contact_of(session, place().cipher, one.record)
    absent = () if contact.phone else (NO_NUMBER,)
    no = reveal("phone", case, ForAReason().why.data or "", lambda session: absent)
    return _student_page(campaign, one, no, contact, whole=no is None)


@bp.post("/students/<string(length=32):case>/confirm")
@open_to("officer")
@about(case=CASE_IN_CAMPAIGN)
@fresh
def confirm_for(plan: str, case: str) -> Answer:
    """Confirm for a student if the school's rules allow it."""
    campaign, one = _of_student(plan, case)
    form, expected, key = WordsForm(), seen_version(), form_key()

    def confirm(it: Acting) -> object:
        return it.place.engine.perform(
            it.session,
            Ref("case", case),
            "confirm",
            by=it.by,
            words=form.words.data or "",
            seen=request.form.get("seen", "-"),
            expected=expected,
            key=key,
        )

    return _did(campaign, one, form, confirm, _("已代为确认，并通知学生本人。"))


def _did(campaign: Known, one: Entrant, form: FlaskForm, do: Callable[[Acting], object], done: str) -> Answer:
    """Perform one action for a student, and show the result."""
    if no := faults_in(form):
        return _student_page(campaign, one, no)
    return act(
        do,
        again=lambda no: _student_page(campaign, one, no),
        onward=url_for(".student", plan=campaign.plan, case=one.case),
        told=done,
    )


def _of_student(plan: str, case: str) -> tuple[Known, Entrant]:
    """The student of a case in the officer's scope. Raises 404 for any other case."""
    with acting() as it:
        campaign = named(it.session, plan)
        one = one_of_the_roll(it.session, campaign.id, case, my_students())
        if one is not None:
            it.note("student", case)
    if one is None:
        not_found_for("student", case)
    return campaign, one


def _student_page(
    campaign: Known,
    one: Entrant,
    no: No | None = None,
    contact: OpenedContact | None = None,
    *,
    whole: bool = False,
) -> Page:
    """The page of one student, with the full phone number only where ``whole`` says so.

    ``contact`` is read here unless the view has read it.
    """
    installation = place()
    with looking() as session:
        case = look_at_case(session, one.case) or abort(404)
        proxy = installation.engine.check_action(session, Ref("case", one.case), "confirm", actor())
        seen = shown(session, installation.cipher, case)[1]
        steps = _steps(session, one.case)
        filed = read_filed(session, one.case)
        contact = contact or contact_of(session, installation.cipher, case.record.id)
    return show(
        "college/student.html",
        no,
        campaign=campaign,
        one=one,
        version=case.version,
        proxy=proxy,
        phone=contact.phone if whole else masked(contact.phone),
        whole=whole,
        phone_as_of=contact.phone_as_of,
        dormitory=contact.dormitory,
        dormitory_as_of=contact.dormitory_as_of,
        filed=filed,
        seen=seen,
        steps=steps,
        form=Noted(formdata=None),
        words=WordsForm(formdata=None),
        today=installation.clock.now().date(),
        told_by=told_by(campaign),
    )


def _steps(session: Session, case: str) -> list[ChaseLine]:
    """The college's work on a case, latest first."""
    found = session.scalar(select(Chase.id).where(Chase.case_id == case))
    if found is None:
        return []
    lines = [line.entry for line in timeline(session, found) if line.entry is not None]
    done = [entry for entry in lines if entry.kind == "done" and entry.action != "begin"]
    names = names_of(session, [entry.actor for entry in done])
    return [
        ChaseLine(
            from_text(entry.at),
            names.get(entry.actor, ""),
            action_words(CHASE, entry.action),
            " · ".join(code_words(Code.parse(code)) for code in entry.codes),
        )
        for entry in reversed(done)
    ]
