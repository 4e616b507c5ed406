"""The administrator's pages of sign-ins and settings: enough to act on, nothing that could be stolen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select

from tests.web.browsing import Browser, signed_in
from tests.web.counting import Counted
from tests.world import World
from web import create_app
from workflow.people.accounts import give_role
from workflow.people.presences import LIVES, signed_in_now, who_is
from workflow.people.scopes import held
from workflow.people.tables import Access, Grant
from workflow.people.tokens import digest
from workflow.upkeep.tables import InstallationRow

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]


@pytest.fixture(autouse=True)
def installed(world: World) -> None:
    """Add the row that an installation stores about itself."""
    with world.place.store.writing() as session:
        session.execute(
            insert(InstallationRow).values(
                id=1, school="nchu", keys=world.place.cipher.id, practice=False, demonstration=False, behind=0,
                made_at=world.clock.moment,
            )
        )  # fmt: skip


def test_who_is_signed_in_is_counted_by_role(world: World, as_staff: Staff, as_student: Staff) -> None:
    """Staff by name, students as a number alone; who idled out is not there any more."""
    as_student(world.record(xm="张三丰"))
    as_staff("reviewer")
    world.at(world.clock.moment + timedelta(minutes=10))
    browser = as_staff("administrator")
    page = browser.get("/admin/presences")
    words = [word for word, _ in page.words]
    assert [words[words.index(role) - 1] for role in ("学生", "审核人", "系统管理员", "审计员")] == list(
        "1110"
    )
    assert "测试审核人" in page.text and "测试学生" not in page.html and "张三丰" not in page.html
    world.at(world.clock.moment + LIVES["workday"].staff_idle - timedelta(minutes=10))
    page = browser.get("/admin/presences")
    assert "测试审核人" not in page.text


def test_counting_and_knowing_agree(world: World, as_staff: Staff, as_student: Staff) -> None:
    """Whoever the door still knows is counted, and nobody else, minute by minute."""
    tokens = [
        browser.client.get_cookie("sid") for browser in (as_student(world.record()), as_staff("reviewer"))
    ]
    begun, found = world.clock.moment, []
    staff, second = LIVES["workday"].staff_idle, timedelta(seconds=1)
    student = LIVES["workday"].student_idle
    for later in (timedelta(0), staff - second, staff, student - second, student):
        world.at(begun + later)
        with world.place.store.reading() as session:
            counts, _ = signed_in_now(session, world.clock.moment)
            known = [who_is(session, digest(one.value), world.clock.moment) for one in tokens if one]
        assert sum(counts.values()) == sum(one is not None for one in known), later
        found.append(counts)
    assert found == [{"student": 1, "reviewer": 1}] * 2 + [{"student": 1}] * 2 + [{}]


def test_a_person_is_signed_out_everywhere_by_one_press(world: World, app: Flask, as_staff: Staff) -> None:
    """Every browser of theirs, whatever the role; others stay; the deed is in the access log."""
    one, two, other = as_staff("reviewer"), as_staff("reviewer"), as_staff("auditor")
    browser, person = as_staff("administrator"), world.staff["reviewer"].person
    browser.get("/admin/presences")
    assert browser.send(f"/people/{person}/out", end="all").status == 303
    assert (one.get("/desk").status, two.get("/desk").status, other.get("/audit").status) == (401, 401, 200)
    assert "测试审核人" not in browser.get("/admin/presences").text
    with world.place.store.reading() as session:
        deeds = select(Access.what, Access.subject).where(Access.role == "administrator")
        assert session.execute(deeds).all() == [("signed_out", person)]
    assert signed_in(world, app, person).get("/desk").status == 200


def test_a_lost_phone_is_signed_out_by_the_students_number(
    world: World, as_staff: Staff, as_student: Staff
) -> None:
    """The number stays out of the address, nothing of the student is shown, and a wrong one is told."""
    record = world.record(xm="张三丰")
    student, browser = as_student(record), as_staff("administrator")
    browser.get("/admin/presences")
    page = browser.send("/students/out", said="999")
    assert (page.status, page.codes) == (422, ["no_such_student"])
    assert browser.send("/students/out", said="240100001").location == "/admin/presences"
    page = browser.follow()
    assert "已结束这名学生" in page.text and "张三丰" not in page.html and "240100001" not in page.html
    assert student.get("/my").status == 401


def test_a_students_account_is_not_reached_by_its_id(world: World, as_staff: Staff) -> None:
    """The button is for staff; a student's id answers 404."""
    student, browser = world.student(world.record()).person, as_staff("administrator")
    answer = browser.post(f"/admin/people/{student}/out", csrf_token=browser.token, end="all")
    assert answer.status == 404


def test_the_settings_show_what_runs_and_no_secret(world: World, as_staff: Staff) -> None:
    """Kind of database, schema, rules, versions, id of the keys: no password, no URL, no key."""
    page = as_staff("administrator").get("/admin/settings")
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[world.place.store.dialect]
    place = world.place
    for words in (
        kind,
        place.cipher.id,
        place.school.digest,
        "南昌航空大学",
        "正式",
        "0.1.0",
        "保管密钥的副本",
        "不要备份 outgoing 文件夹",
    ):
        assert words in page.text, words
    assert place.settings.database not in page.html and "postgresql+psycopg" not in page.html
    assert place.cipher._keys.seal.hex() not in page.html and place.cipher._keys.index.hex() not in page.html


def test_a_practice_installation_says_so_in_its_settings(world: World, app: Flask) -> None:
    """An administrator who wonders whether this is in earnest reads it there."""
    app = create_app(replace(world.place, practice=True))
    page = signed_in(world, app, world.staff["administrator"].person).get("/admin/settings")
    assert "永远不能改为正式" in page.text


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_many_people_cost_no_more_statements_than_few(
    world: World, app: Flask, as_staff: Staff, statements: Counted
) -> None:
    """Each page asks a handful of times, whoever is there."""
    browser = as_staff("administrator")
    paths = ("/admin", "/admin/presences", "/admin/settings")

    def costs() -> list[int]:
        found = []
        for path in paths:
            statements.clear()
            assert browser.client.get(path).status_code == 200
            found.append(len(statements))
        return found

    few = costs()
    for role in ("reviewer", "other_reviewer", "auditor", "registrar", "officer"):
        as_staff(role)
    assert costs() == few and max(few) <= 7


def test_one_college_can_be_taken_back_without_the_others(world: World, app: Flask, as_staff: Staff) -> None:
    """An officer of two colleges stays signed in for the one that was not taken back."""
    officer, at = world.staff["officer"].person, world.clock.moment + timedelta(seconds=1)
    with world.place.store.writing() as session:
        give_role(session, officer, held("officer", "另一学院"), "test", at, world.place.entropy)
    sitting = signed_in(world, app, officer)
    browser = as_staff("administrator")
    browser.get(f"/admin/people/{officer}")
    theirs = Grant.person_id == officer, Grant.ended_at.is_(None)
    with world.place.store.reading() as session:
        other = session.scalars(select(Grant.id).where(*theirs, Grant.college == "另一学院")).one()
    form = next(form for form in browser.page.forms if form.action.endswith(f"/people/{officer}/end"))
    assert browser.send_form(form, grant=other).status == 303
    with world.place.store.reading() as session:
        left = session.scalars(select(Grant.college).where(*theirs))
        assert left.all() == ["测试学院"]
    assert sitting.get("/college").status == 200
