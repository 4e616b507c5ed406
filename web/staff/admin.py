"""The administrator's pages: staff accounts and roles, sessions, settings. No student data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from web.shared.act import Acting, Answer, No, Page, Stop, act, acting, show
from web.shared.forms import Hired, Sought
from web.shared.security import EVERYBODY_SIGNED_IN, STAFF, lives, open_to, place
from workflow.people.accounts import add_person, end_role, give_role, student_of
from workflow.people.links import link_of, make_link
from workflow.people.presences import Alive, end_presences, signed_in_now
from workflow.people.tables import Grant, Person
from workflow.records.tables import Record
from workflow.records.values import find_record, numbered
from workflow.simulation.staffing import unmet
from workflow.upkeep.seen import settings_seen
from workflow.verdict import Reason

bp = Blueprint("admin", __name__, url_prefix="/admin")

NO_NAME = Reason("name_missing", "请填写姓名。", remedy="写这位工作人员的姓名。", rule="people")
NO_ROLE = Reason("role_missing", "请选择身份。", remedy="从列表中选择一种。", rule="people")
NO_COLLEGE = Reason(
    "college_missing",
    "学院经办人（且只有他们）须写明学院。",
    remedy="学院的写法与学籍名册中一致。",
    rule="people",
)
ALREADY = Reason(
    "already_there",
    "已有同名、同身份的工作人员。",
    rule="people",
    remedy="请在名单中给这个人新的链接；如确是另一个人，请在姓名后加以区分，例如“张三（教务处）”。",
)
LAST_ONE = Reason(
    "last_administrator", "这是最后一位系统管理员，不能收回。", remedy="请先授予另一个人。", rule="people"
)
NO_STUDENT = Reason(
    "no_such_student",
    "没有这个学号或考生号的学籍记录。",
    remedy="请核对号码，或先导入学籍名册。",
    rule="people",
)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of staff with their roles, each with its scope."""

    id: str
    name: str
    roles: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Here:
    """One signed-in member of staff, with their sessions."""

    person: str
    name: str
    browsers: tuple[Alive, ...]


@bp.get("")
@open_to("administrator")
def people(no: No | None = None, form: Hired | None = None) -> Page:
    """All members of staff with their roles."""
    with place().store.reading() as session:
        rows = session.execute(
            select(Person.id, Person.name, Grant.role, Grant.scope)
            .join(Grant, Grant.person_id == Person.id)
            .where(Grant.role != "student", Grant.ended_at.is_(None))
            .order_by(Person.made_at, Person.id, Grant.given_at, Grant.id)
        ).all()
        steps_unmet = unmet(session, place().school)
    names = {row.id: row.name for row in rows}
    roles: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        roles.setdefault(row.id, []).append((row.role, row.scope))
    return show(
        "staff/people.html",
        no,
        staff=[Member(id, names[id], tuple(held)) for id, held in roles.items()],
        roles=STAFF,
        unmet=steps_unmet,
        form=form or Hired(formdata=None),
    )


@bp.post("/people")
@open_to("administrator")
def add() -> Page:
    """Add a member of staff. Shows their link once."""
    form = Hired()
    name, role, college = form.name.data or "", form.role.data or "", form.college.data or ""
    if reasons := list(_faults(name, role, college)):
        return people(No(reasons), form)
    with acting() as it:
        known = it.session.scalar(
            select(Person.id)
            .join(Grant)
            .where(Person.name == name, Grant.role == role, Grant.ended_at.is_(None))
        )
        if known is None:
            at, entropy = it.now, it.place.entropy
            person = add_person(it.session, name, role, college, it.by.person, at, entropy)
            token = make_link(it.session, person.id, it.by.person, at, entropy)
    return _link_page(name, token) if known is None else people(No([ALREADY]), form)


@bp.post("/people/<string(length=32):person>/link")
@open_to("administrator")
def link(person: str) -> Page:
    """Make a new link for a member of staff, shown once. Their older unused links end."""
    with acting() as it:
        name = _staff_member(it.session, person).name
        token = make_link(it.session, person, it.by.person, it.note("link", person), it.place.entropy)
    return _link_page(name, token)


@bp.post("/people/<string(length=32):person>/role")
@open_to("administrator")
def give(person: str) -> Answer:
    """Grant a further role to a member of staff."""
    form = Hired()
    role, college = form.role.data or "", form.college.data or ""
    if reasons := list(_faults("-", role, college)):
        return people(No(reasons))

    def given(it: Acting) -> None:
        _staff_member(it.session, person)
        held = it.session.scalar(
            select(Grant.id).where(
                Grant.person_id == person,
                Grant.role == role,
                Grant.scope == college,
                Grant.ended_at.is_(None),
            )
        )
        if held is None:
            give_role(it.session, person, role, college, it.by.person, it.now, it.place.entropy)

    return act(given, again=people, onward=url_for(".people"))


@bp.post("/people/<string(length=32):person>/end")
@open_to("administrator")
def end(person: str) -> Answer:
    """Revoke a role. Sessions that use it end."""
    role = request.form.get("role", "")
    if role not in STAFF:
        abort(400)

    def taken_back(it: Acting) -> None:
        _staff_member(it.session, person)
        others = it.session.scalar(
            select(func.count())
            .select_from(Grant)
            .where(Grant.role == "administrator", Grant.ended_at.is_(None), Grant.person_id != person)
        )
        if role == "administrator" and not others:
            raise Stop(LAST_ONE)
        end_role(it.session, person, role, it.now, request.form.get("scope", ""))

    return act(taken_back, again=people, onward=url_for(".people"))


@bp.post("/students")
@open_to("administrator")
def student_link() -> Page:
    """Make a new link for the student with a number, shown once. No student data is shown."""
    said, token = Sought().said.data or "", ""
    with acting() as it:
        record = it.session.scalar(select(Record).where(numbered(said)))
        if said and record is not None:
            at, entropy = it.note("link", record.id), it.place.entropy
            person = student_of(it.session, record.id, record.xm, it.by.person, at, entropy)
            token = make_link(it.session, person.id, it.by.person, at, entropy)
    return _link_page("", token) if token else people(No([NO_STUDENT]))


# -- sessions -------------------------------------------------------------------------------------------


@bp.get("/presences")
@open_to("administrator")
def presences(no: No | None = None) -> Page:
    """The staff who are signed in, and the number of sessions by role. Students are only counted."""
    installation = place()
    with installation.store.reading() as session:
        counts, alive = signed_in_now(session, installation.clock.now(session), lives())
    people: dict[str, list[Alive]] = {}
    for one in alive:
        people.setdefault(one.person, []).append(one)
    return show(
        "staff/presences.html",
        no,
        counts=[(role, counts.get(role, 0)) for role in EVERYBODY_SIGNED_IN],
        people=[Here(person, ones[0].name, tuple(ones)) for person, ones in people.items()],
    )


@bp.post("/people/<string(length=32):person>/out")
@open_to("administrator")
def sign_out(person: str) -> Response:
    """End all sessions of a member of staff."""
    if "end" not in request.form:
        abort(400)
    with acting() as it:
        _staff_member(it.session, person)
        end_presences(it.session, person, it.note("signed_out", person), "by_administrator")
    return redirect(url_for(".presences"), 303)


@bp.post("/students/out")
@open_to("administrator")
def student_out() -> Answer:
    """End all sessions of the student with a number (e.g. lost phone). Shows no student data."""
    said = Sought().said.data or ""

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


def _faults(name: str, role: str, college: str) -> Iterable[Reason]:
    if not name or len(name) > 64:
        yield NO_NAME
    if role not in STAFF:
        yield NO_ROLE
    if (role == "officer") != bool(college) or len(college) > 64:
        yield NO_COLLEGE


def _staff_member(session: Session, person: str) -> Person:
    found = session.get(Person, person)
    staff = session.scalar(
        select(Grant.id).where(Grant.person_id == person, Grant.role != "student").limit(1)
    )
    if found is None or staff is None:
        abort(404)
    return found


def _link_page(name: str, token: str) -> Page:
    address = place().settings.address or request.host_url.rstrip("/")
    return render_template("staff/link.html", name=name, link=link_of(address, token)), 200
