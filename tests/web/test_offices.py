"""The pages of registrar, administrator and college officer."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask
from sqlalchemy import func, select

from tests.conftest import on
from tests.web.browsing import Browser
from tests.world import CAMPAIGN, World
from workflow.cases.tables import Campaign, Case
from workflow.people.tables import Access, Grant, Person

Staff = Callable[[str], Browser]


def count(world: World, table: type) -> int:
    """How many rows a table has."""
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# -- registrar ------------------------------------------------------------------------------------------


def test_the_registrar_opens_the_campaign_for_the_whole_cohort(world: World, as_staff: Staff) -> None:
    """Dates, bulletins and cohort are read before; one press gives every record its case; twice adds none."""
    for _ in range(3):
        world.record()
    world.record(cc="硕士")
    browser = as_staff("registrar")
    page = browser.get("/registrar")
    for words in (
        "2024年10月23日 00:00",
        "2024年11月7日 23:59:59",
        "2024年10月30日 · 2024年11月6日",
        "现有 3 条记录",
    ):
        assert words in page.text or words in " · ".join(page.text.split(" · ")), words
    form = page.form(f"/registrar/{CAMPAIGN}/open")
    assert [browser.send_form(form).status, browser.send_form(form).status] == [303, 303]
    assert count(world, Case) == 3 and count(world, Campaign) == 1
    assert "已建个案 3 个" in browser.get("/registrar").text


def test_before_its_day_the_button_is_shut_with_the_doors_own_reasons(world: World, as_staff: Staff) -> None:
    """What bars the button bars the door: the same codes before and on the answer to a forged press."""
    world.at(on(2024, 10, 22, 23, 59, 59))
    browser = as_staff("registrar")
    page = browser.get("/registrar")
    assert not page.form("/open").open
    assert page.codes == ["opening_day_ahead", "cohort_empty"]
    answer = browser.post(f"/registrar/{CAMPAIGN}/open", csrf_token=browser.token)
    assert answer.status == 422 and answer.codes[:2] == page.codes
    assert count(world, Campaign) == 0


def test_a_campaign_nobody_planned_does_not_exist(as_staff: Staff) -> None:
    """Only what campaigns.toml lists can be opened."""
    browser = as_staff("registrar")
    assert browser.post("/registrar/nothing/open", csrf_token=browser.token).status == 404


# -- administrator --------------------------------------------------------------------------------------


def link_on(text: str) -> str:
    """The path of the one-time link on a page."""
    found = re.search(r"http://localhost(/in/[\w-]{43})", text)
    assert found is not None, text
    return found.group(1)


def test_the_administrator_adds_a_reviewer_who_signs_in(world: World, app: Flask, as_staff: Staff) -> None:
    """The link is shown once, is the new person's alone, and opens the desk."""
    browser = as_staff("administrator")
    browser.get("/admin")
    page = browser.send("/admin/people", name="李审核", role="reviewer")
    link = link_on(page.text)
    assert "只显示这一次" in page.text and "李审核" in browser.get("/admin").text
    newcomer = Browser(app)
    newcomer.get(link)
    newcomer.send(link)
    newcomer.follow()
    assert newcomer.follow().path == "/desk"


def test_adding_somebody_twice_adds_one(world: World, as_staff: Staff) -> None:
    """A double click does not make two people of one."""
    browser = as_staff("administrator")
    form = browser.get("/admin").form("/admin/people")
    browser.send_form(form, name="李审核", role="reviewer")
    page = browser.send_form(form, name="李审核", role="reviewer")
    assert page.status == 422 and page.codes == ["already_there"]
    with world.place.store.reading() as session:
        assert len(session.scalars(select(Person).where(Person.name == "李审核")).all()) == 1


def test_every_fault_of_a_new_person_is_named(as_staff: Staff) -> None:
    """No name, no role, and a college for somebody who has none: all at once."""
    browser = as_staff("administrator")
    browser.get("/admin")
    page = browser.send("/admin/people", name=" ", role="", college="测试学院")
    assert page.status == 422 and page.codes == ["name_missing", "role_missing", "college_missing"]
    assert browser.send("/admin/people", name="王学生", role="student", college="").codes == ["role_missing"]


def test_a_link_for_a_student_shows_nothing_of_the_student(world: World, app: Flask, as_staff: Staff) -> None:
    """The administrator types a number and gets a link: no name; the making is written down."""
    record = world.record(xm="张三丰")
    browser = as_staff("administrator")
    browser.get("/admin")
    page = browser.send("/admin/students", said="240100001")
    assert "张三丰" not in page.html and "240100001" not in page.html
    link = link_on(page.text)
    student = Browser(app)
    student.get(link)
    student.send(link)
    student.follow()
    assert "张三丰" in student.follow().text
    with world.place.store.reading() as session:
        assert session.execute(select(Access.what, Access.subject)).all() == [("link", record)]
    browser.get("/admin")
    page = browser.send("/admin/students", said="999")
    assert page.status == 422 and page.codes == ["no_such_student"]


def test_a_role_that_is_taken_back_is_gone_at_once(world: World, as_staff: Staff) -> None:
    """Whoever is signed in with it is signed out by the same press."""
    reviewer, browser = as_staff("reviewer"), as_staff("administrator")
    assert reviewer.get("/desk").status == 200
    person = world.staff["reviewer"].person
    browser.get("/admin")
    assert browser.send(f"/people/{person}/end", role="reviewer").status == 303
    assert reviewer.get("/desk").status == 401


def test_a_second_role_is_given_once(world: World, as_staff: Staff) -> None:
    """A double click gives one grant."""
    browser, person = as_staff("administrator"), world.staff["reviewer"].person
    form = browser.get("/admin").form(f"/people/{person}/role")
    for _ in range(2):
        assert browser.send_form(form, role="auditor").status == 303
    with world.place.store.reading() as session:
        held = session.scalars(select(Grant.role).where(Grant.person_id == person).order_by(Grant.role)).all()
    assert held == ["auditor", "reviewer"]


def test_the_last_administrator_stays(world: World, as_staff: Staff) -> None:
    """Nobody can lock everybody out."""
    browser, person = as_staff("administrator"), world.staff["administrator"].person
    browser.get("/admin")
    page = browser.send(f"/people/{person}/end", role="administrator")
    assert page.status == 422 and page.codes == ["last_administrator"]
    assert browser.get("/admin").status == 200


def test_students_are_not_among_the_people_of_the_list(world: World, as_staff: Staff) -> None:
    """The list is of staff; a student's account can be neither seen nor touched there."""
    student = world.student(world.record(xm="张三丰")).person
    browser = as_staff("administrator")
    page = browser.get("/admin")
    assert student not in page.html and "测试学生" not in page.text
    for what in ("link", "role", "end"):
        answer = browser.post(f"/admin/people/{student}/{what}", csrf_token=browser.token, role="auditor")
        assert answer.status == 404


# -- officer --------------------------------------------------------------------------------------------


def test_an_officer_reads_the_numbers_of_their_own_college(world: World, as_staff: Staff) -> None:
    """Two of three records are of the officer's college: those are counted, and nobody is named."""
    world.record(xm="张三丰")
    world.record()
    world.record(fy="别的学院")
    world.open_campaign()
    page = as_staff("officer").get("/college")
    assert "测试学院" in page.text and "未核对 2" in page.text and "合计 2" in page.text
    assert "张三丰" not in page.html and "别的学院" not in page.html
