"""The registrar's file of phones and dormitories: seen first, taken in whole, and shown masked."""

from __future__ import annotations

import io
from collections.abc import Callable

from sqlalchemy import select

from tests.web.browsing import Browser, Page
from tests.world import CAMPAIGN, World
from workflow.people.tables import Access
from workflow.records.student_contacts import contact_of
from workflow.records.tables import StudentContact

Staff = Callable[[str], Browser]
PHONE, DORM = "13877776666", "西区 9 号楼 101"


def hand_in(browser: Browser, text: str) -> Page:
    """Choose a file, press the button, and look at the result."""
    browser.get("/registrar/contacts")
    page = browser.send("/registrar/contacts", file=(io.BytesIO(text.encode()), "宿管.csv"))
    return browser.follow() if page.status == 303 else page


def kept(world: World) -> int:
    """How many values are kept."""
    with world.place.store.reading() as session:
        return len(session.scalars(select(StudentContact)).all())


def test_a_file_is_seen_then_taken_in_and_its_values_are_masked(world: World, as_staff: Staff) -> None:
    """The dry run shows counts only; afterwards the officer's page of this student shows the ends of the phone."""
    record = world.record(xh="240188001")
    world.open_campaign()
    registrar = as_staff("registrar")
    page = hand_in(registrar, f"学号,手机,宿舍\n240188001,{PHONE},{DORM}\n")
    assert page.status == 200 and PHONE not in page.html and DORM not in page.html and kept(world) == 0
    assert registrar.send("/take").status == 303
    page = registrar.follow()
    assert "新增 2 项" in page.text and "宿管.csv" in page.text and PHONE not in page.html
    with world.place.store.reading() as session:
        assert contact_of(session, world.place.cipher, record).phone == PHONE
        assert session.scalars(select(Access.what).where(Access.role == "registrar")).all() == ["contacts"]
    officer, case = as_staff("officer"), world.case_of(record).id
    shown = officer.get(f"/college/{CAMPAIGN}/students/{case}")
    assert "138******66" in shown.text and DORM in shown.text and PHONE not in shown.html
    for path in ("silent", "silent.csv", "class?class=240101", "sheet?class=240101"):
        answer = officer.client.get(f"/college/{CAMPAIGN}/{path}")
        assert answer.status_code == 200 and "138******66" not in answer.text and DORM not in answer.text


def test_a_phone_is_shown_once_for_a_reason_that_is_written_down_before_it(
    world: World, as_staff: Staff
) -> None:
    """Without a reason nothing is shown; the next look at the page shows the ends again."""
    record = world.record(xh="240188001")
    world.open_campaign()
    registrar = as_staff("registrar")
    hand_in(registrar, f"学号,手机,宿舍\n240188001,{PHONE},{DORM}\n")
    registrar.send("/take")
    officer, case = as_staff("officer"), world.case_of(record).id
    officer.get(f"/college/{CAMPAIGN}/students/{case}")
    refused = officer.send("/phone")
    assert refused.status == 422 and "look_without_reason" in refused.codes and PHONE not in refused.html
    assert PHONE in officer.send("/phone", why="contact").text
    assert PHONE not in officer.get(f"/college/{CAMPAIGN}/students/{case}").html
    with world.place.store.reading() as session:
        lines = session.execute(
            select(Access.subject, Access.why, Access.allowed).where(Access.what == "reveal:phone")
        ).all()
    assert [tuple(line) for line in lines] == [(case, "", False), (case, "contact", True)]


def test_a_faulty_row_keeps_the_whole_file_out(world: World, as_staff: Staff) -> None:
    """Row, column and reason are shown without the value, and a forged press writes nothing either."""
    world.record(xh="240188001")
    registrar = as_staff("registrar")
    page = hand_in(registrar, f"学号,手机\n240188001,{PHONE}\n240199999,{PHONE}\n240188001,1387777\n")
    assert "3 学号 拒绝 没有这名学生" in page.text and "4 学号 拒绝 同一名学生写了两次" in page.text
    assert PHONE not in page.html and "1387777" not in page.html
    form = page.form("/take")
    assert not form.open
    answer = registrar.post(form.action, **form.fields)
    assert (answer.status, answer.codes) == (422, ["rows_refused"]) and kept(world) == 0
    page = hand_in(registrar, "姓名,班级\n张三丰,240101\n")
    assert page.status == 422 and "没有找到表头" in page.text
