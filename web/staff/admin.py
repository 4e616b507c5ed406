"""The administrator's pages: members of staff and their roles, sessions, settings. No student data.

No page shows a link or a code: whoever gives somebody a way in never holds it.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from config.policy.words import COLLEGE
from web.shared.act import Acting, Answer, No, Page, Stop, act, acting, faults_in, looked_for, show
from web.shared.forms import Hired, LookedFor, Sought
from web.shared.security import EVERYBODY_SIGNED_IN, STAFF, actor, fresh, lives, open_to, place
from web.shared.standing import MEMBER_OF_STAFF, about
from workflow.notices.tables import CHANNELS
from workflow.people.clashes import grant_held
from workflow.people.granting import NOT_HELD
from workflow.people.presences import Alive, end_presences, signed_in_now
from workflow.people.scopes import STAFF_DUTIES, Held
from workflow.people.tables import Grant, Person
from workflow.records.values import find_record
from workflow.signin.staff.acts import close, end_office
from workflow.signin.staff.enrolled import Enrolments, enrolled
from workflow.signin.staff.listing import grant_lines, soon_over, sought, staff_members
from workflow.signin.staff.proposals import StaffPlan, Submitted, submit, waiting, waits_for_a_second
from workflow.signin.staff.telling import send_opening_code, vouched_contact
from workflow.signin.staff.wanted import Wanted, WantedGrant, grants_said
from workflow.simulation.staffing import unmet
from workflow.upkeep.seen import settings_seen
from workflow.verdict import Reason

bp = Blueprint("admin", __name__, url_prefix="/admin")

PAGE = 50
GIVEN = tuple(one for role in STAFF for one in ((role, *STAFF_DUTIES) if role == "officer" else (role,)))
"""What can be given, in the order of the lists: a duty is its own line under the officer's role."""
ALREADY = Reason(
    "already_there",
    "已有这个工号的账号。",
    rule="people",
    remedy="请在名单中找到这个人，再授予身份。",
)
HAS_A_WAY_IN = Reason(
    "has_a_way_in",
    "这个人已经能自己登录，不用再发登录码。",
    rule="people",
    remedy="忘记密码的，请本人在登录页面索取登录码。",
)
NO_ADDRESS = Reason(
    "no_vouched_address",
    "这个人没有学校提供的、现在可以用的地址，登录码没有地方发。",
    rule="people",
    remedy="请先补上邮箱或企业微信账号；或者请运维人员用 people link 给出一次性链接。",
)
NO_STUDENT = Reason(
    "no_such_student",
    "没有这个学号或考生号的学籍记录。",
    remedy="请核对号码，或先导入学籍名册。",
    rule="people",
)


@dataclass(frozen=True, slots=True)
class GrantChoices:
    """What a form for a grant offers. Without a roster nothing is offered and names are typed."""

    roles: tuple[str, ...]
    colleges: list[tuple[str, str]]
    years: list[tuple[str, str]]
    levels: list[tuple[str, str]]
    offices: list[str]


@dataclass(frozen=True, slots=True)
class Here:
    """One signed-in member of staff, with their sessions."""

    person: str
    name: str
    browsers: tuple[Alive, ...]


# -- members of staff -----------------------------------------------------------------------------------


@bp.get("")
@open_to("administrator")
def people(no: No | None = None, form: Hired | None = None, look: LookedFor | None = None) -> Page:
    """Members of staff with their roles, what waits for a second administrator, and a form for a new one."""
    look = look or LookedFor(formdata=None)
    said, role = look.said.data or "", look.role.data or ""
    with place().store.reading() as session:
        at = place().clock.now(session)
        members, known = staff_members(session, at), enrolled(session)
        steps_unmet = unmet(session, place().school, known, at)
        waits = waiting(session, place().cipher)
        administrators = sum(Held("administrator") in one.roles for one in members)
        second = administrators > 1 or waits_for_a_second(session, actor())
    searched = bool(said or role)
    found = sought(members, said, role)
    last = 0 if searched else max(len(found) - 1, 0) // PAGE
    page = max(min(request.args.get("page", 0, int), last), 0)
    return show(
        "staff/people.html",
        no,
        staff=found if searched else found[page * PAGE : (page + 1) * PAGE],
        count=len(found),
        searched=searched,
        page=page,
        last=last,
        look=look,
        clashing=[one for one in members if one.clashes],
        soon=soon_over(members, at.date()),
        alone=administrators < 2,
        second=second,
        choices=_choices(known),
        waits=waits,
        unmet=steps_unmet,
        form=form or Hired(formdata=None),
    )


@bp.post("/find")
@open_to("administrator")
def find() -> Page:
    """Members of staff by name, number, college or role. What is looked for is logged, and in no address."""
    look = LookedFor()
    if look.said.data:
        looked_for("staff", look.said.data)
    return people(look=look)


@bp.post("/people")
@open_to("administrator")
@fresh
def add() -> Answer:
    """Propose a new member of staff with one role."""
    form = Hired()
    if no := faults_in(form):
        return people(no, form)
    wanted = Wanted(form.number.data or "", form.name.data or "", _grants(form), _addresses(form))

    def added(it: Acting) -> Submitted:
        if wanted.number and it.session.scalar(select(Person.id).where(Person.number == wanted.number)):
            raise Stop(ALREADY)
        return _submitted(it, wanted)

    return act(added, again=lambda no: people(no, form), onward=lambda done: _onward(done), told=what_became)


@bp.get("/people/<string(length=32):person>")
@open_to("administrator")
@about(person=MEMBER_OF_STAFF)
def member(person: str, no: No | None = None, form: Hired | None = None) -> Page:
    """One member of staff: their roles with who gave them, and all that can be done."""
    with place().store.reading() as session:
        at = place().clock.now(session)
        found = next(iter(staff_members(session, at, person)), None)
        if found is None:
            abort(404)
        contact = vouched_contact(session, person, at)
        return show(
            "staff/member.html",
            no,
            it=found,
            held=grant_lines(session, ended=False, person=person)[1],
            former=grant_lines(session, ended=True, person=person)[1],
            reached_by=contact.channel if contact else "",
            choices=_choices(enrolled(session)),
            second=waits_for_a_second(session, actor()),
            form=form or Hired(formdata=None),
        )


@bp.post("/people/<string(length=32):person>/role")
@open_to("administrator")
@about(person=MEMBER_OF_STAFF)
@fresh
def give(person: str) -> Answer:
    """Propose a further role for a member of staff."""
    form = Hired()
    if no := faults_in(form):
        return member(person, no, form)
    return _proposed(person, Wanted("", "", _grants(form), person=person), form)


@bp.post("/people/<string(length=32):person>/change")
@open_to("administrator")
@about(person=MEMBER_OF_STAFF)
@fresh
def change(person: str) -> Answer:
    """Propose another name, number or address for a member of staff. What is blank stays."""
    form = Hired()
    wanted = Wanted(form.number.data or "", form.name.data or "", (), _addresses(form), person=person)
    return _proposed(person, wanted, form)


@bp.post("/people/<string(length=32):person>/end")
@open_to("administrator")
@about(person=MEMBER_OF_STAFF)
@fresh
def end(person: str) -> Answer:
    """Take a grant back at once. Sessions that use it alone end."""
    grant = request.form.get("grant", "")

    def taken_back(it: Acting) -> None:
        what = grant_held(it.session, person, grant)
        if what is None:
            raise Stop(NOT_HELD, 409)
        end_office(it.session, it.place.entropy, it.by, person, what.role, it.now, what)

    return act(
        taken_back,
        again=lambda no: member(person, no),
        onward=url_for(".member", person=person),
        told=_("身份已收回，用它的登录已经结束；本人会收到通知。"),
    )


@bp.post("/people/<string(length=32):person>/close")
@open_to("administrator")
@about(person=MEMBER_OF_STAFF)
@fresh
def close_account(person: str) -> Answer:
    """Close an account at once: its roles and sessions end."""
    if "close" not in request.form:
        abort(400)

    return act(
        lambda it: close(it.session, it.place.entropy, it.by, person, it.now),
        again=lambda no: member(person, no),
        onward=url_for(".member", person=person),
        told=_("账号已停用，身份和登录都已结束；本人会收到通知。"),
    )


@bp.post("/people/<string(length=32):person>/code")
@open_to("administrator")
@about(person=MEMBER_OF_STAFF)
@fresh
def code(person: str) -> Answer:
    """Send the code for the first sign-in to the person's vouched address. It is not shown here."""

    def sent(it: Acting) -> None:
        if it.session.get_one(Person, person).opened_at is not None:
            raise Stop(HAS_A_WAY_IN)
        if not send_opening_code(it.session, it.place.entropy, person, it.by, it.now):
            raise Stop(NO_ADDRESS)

    return act(
        sent,
        again=lambda no: member(person, no),
        onward=url_for(".member", person=person),
        told=_("登录码将发到本人的地址，14 天内有效；以前发的已失效。"),
    )


def what_became(done: Submitted) -> str:
    """What became of a proposal, in a sentence for the next page."""
    if done.done is None:
        words: str = _("已提出。要等另一位系统管理员确认，现在还没有任何改动。")
        return words
    words = _("已办理，记作由一人授予；审计员会看到。本人会收到通知。")
    if nobody := len(done.done.unreached):
        words += _("有 %(n)d 人没有可用的地址，登录码没有发出。", n=nobody)
    return words


def _proposed(person: str, wanted: Wanted, form: Hired) -> Answer:
    return act(
        lambda it: _submitted(it, wanted),
        again=lambda no: member(person, no, form),
        onward=lambda done: _onward(done, person),
        told=what_became,
    )


def _submitted(it: Acting, wanted: Wanted) -> Submitted:
    plan, offices = StaffPlan((wanted,)), it.place.school.offices
    return submit(it.session, it.place.cipher, it.place.entropy, plan, it.by, it.now, offices)


def _onward(done: Submitted, person: str = "") -> str:
    """The page of the proposal that waits, or of the person."""
    if done.proposal:
        return url_for("staffing.proposed", proposal=done.proposal)
    new = done.done.people[0] if done.done and done.done.people else ""
    return url_for(".member", person=person or new)


def _choices(known: Enrolments) -> GrantChoices:
    offices = [one for one in place().school.offices if one != COLLEGE]
    colleges, years, levels = (
        [(one, one) for one in names] for names in (known.colleges, known.years, known.levels)
    )
    return GrantChoices(GIVEN, colleges, years, levels, offices)


def _grants(form: Hired) -> tuple[WantedGrant, ...]:
    columns = ("role", "college", "classes", "entry_year", "level", "office")
    said = {name: form[name].data or "" for name in columns}
    return grants_said(said, place().school.offices, last_on=form.until.data)


def _addresses(form: Hired) -> tuple[tuple[str, str], ...]:
    said = {"email": form.email.data or "", "wecom": form.wecom.data or ""}
    return tuple((channel, said[channel]) for channel in CHANNELS if said[channel])


# -- sessions -------------------------------------------------------------------------------------------


@bp.get("/presences")
@open_to("administrator")
def presences(no: No | None = None) -> Page:
    """The staff who are signed in, and the number of sessions by role. Students are only counted."""
    installation = place()
    with installation.store.reading() as session:
        at = installation.clock.now(session)
        counts, alive = signed_in_now(session, at, lives())
    people: dict[str, list[Alive]] = {}
    for one in alive:
        people.setdefault(one.person, []).append(one)
    return show(
        "staff/presences.html",
        no,
        counts=[(role, counts.get(role, 0)) for role in EVERYBODY_SIGNED_IN],
        people=[Here(person, ones[0].name, tuple(ones)) for person, ones in people.items()],
        at=at,
        lives=lives(),
    )


@bp.post("/people/<string(length=32):person>/out")
@open_to("administrator")
@about(person=MEMBER_OF_STAFF)
@fresh
def sign_out(person: str) -> Response:
    """End all sessions of a member of staff."""
    if "end" not in request.form:
        abort(400)
    with acting() as it:
        end_presences(it.session, person, it.note("signed_out", person), "by_administrator")
    return redirect(url_for(".presences"), 303)


@bp.post("/students/out")
@open_to("administrator")
@fresh
def student_out() -> Answer:
    """End all sessions of the student with a number (e.g. lost phone). Shows no student data."""
    said = Sought().said.data or ""
    looked_for("sign_out", said)

    def signed_out(it: Acting) -> None:
        record = find_record(it.session, said)
        if record is None:
            raise Stop(NO_STUDENT)
        at = it.note("signed_out", record)
        for person in it.session.scalars(
            select(Grant.person_id).where(Grant.role == "student", Grant.scope == record)
        ).all():
            end_presences(it.session, person, at, "by_administrator")

    return act(
        signed_out,
        again=presences,
        onward=url_for(".presences"),
        told=_("已结束这名学生在所有设备上的登录。"),
    )


@bp.get("/settings")
@open_to("administrator")
def settings() -> str:
    """Database, rules, keys and versions in use. No password, no key, no database address."""
    installation = place()
    with installation.store.reading() as session:
        seen = settings_seen(session, installation)
    return render_template("staff/settings.html", seen=seen)
