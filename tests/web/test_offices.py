"""The pages of registrar, administrator and college officer."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import func, insert, select

from states.case import CASE
from tests.conftest import ON_BOTH, on
from tests.web.browsing import Browser, Page
from tests.web.counting import Counted
from tests.web.shared.test_words import chinese, in_english
from tests.workflow.records.rosters import as_csv, student
from tests.world import CAMPAIGN, NAME, World
from web.shared.downloads import as_text, harmless
from workflow.cases.tables import Campaign, Case
from workflow.people.tables import Access, Grant, Person

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]


def count(world: World, table: type) -> int:
    """How many rows a table has."""
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def looks(world: World) -> list[tuple[str, str, bool]]:
    """The access log: what, whom, and whether it was allowed."""
    with world.place.store.reading() as session:
        rows = session.execute(select(Access.what, Access.subject, Access.allowed).order_by(Access.id))
        return [tuple(one) for one in rows]  # type: ignore[misc]


def grant_of(world: World, person: str) -> str:
    """The id of the one present grant of a person."""
    theirs = Grant.person_id == person, Grant.ended_at.is_(None)
    with world.place.store.reading() as session:
        return session.scalars(select(Grant.id).where(*theirs)).one()


# -- registrar ------------------------------------------------------------------------------------------


def test_the_registrar_opens_the_campaign_for_the_whole_cohort(world: World, as_staff: Staff) -> None:
    """Dates, bulletins and cohort are read before; one press gives every record its case; twice adds none."""
    for _ in range(3):
        world.record()
    world.record(cc="硕士")
    browser = as_staff("registrar")
    assert "现有 3 条记录" in browser.get("/registrar").text
    page = browser.get(f"/registrar/{CAMPAIGN}")
    for words in (
        "2024年10月23日 00:00",
        "2024年11月7日 23:59:59",
        "2024年10月30日 · 2024年11月6日",
        "范围内 3 条，其中还没有个案的 3 条",
    ):
        assert words in page.text or words in " · ".join(page.text.split(" · ")), words
    form = page.form(f"/registrar/{CAMPAIGN}/open")
    assert browser.send_form(form).status == 303
    assert "范围内的记录都已有个案" in browser.follow().text
    assert browser.send_form(form).status == 409
    assert count(world, Case) == 3 and count(world, Campaign) == 1
    assert "已建个案 3 个" in browser.get("/registrar").text


def test_what_is_opened_is_what_was_looked_at(world: World, as_staff: Staff) -> None:
    """A record that came after the page was shown is no part of what its button says; nothing is done."""
    world.record()
    browser = as_staff("registrar")
    form = browser.get(f"/registrar/{CAMPAIGN}").form("/open")
    world.record()
    page = browser.send_form(form)
    assert (page.status, page.codes) == (409, ["cohort_changed"]) and "范围内 2 条" in page.text
    assert count(world, Campaign) == 0
    assert browser.send("/open").status == 303
    assert count(world, Case) == 2


def test_late_arrivals_get_their_case_by_the_same_button(world: World, as_staff: Staff) -> None:
    """A running campaign offers to add exactly the records that have no case yet."""
    world.record()
    world.open_campaign()
    world.record()
    browser = as_staff("registrar")
    page = browser.get(f"/registrar/{CAMPAIGN}")
    assert "为 1 条新增的记录补建个案" in " ".join(word for word, _ in page.words)
    assert browser.send("/open").status == 303
    assert count(world, Case) == 2


def test_before_its_day_the_button_is_shut_with_the_doors_own_reasons(world: World, as_staff: Staff) -> None:
    """What bars the button bars the door: the same codes before and on the answer to a forged press."""
    world.at(on(2024, 10, 22, 23, 59, 59))
    browser = as_staff("registrar")
    page = browser.get(f"/registrar/{CAMPAIGN}")
    assert not page.form("/open").open
    assert page.codes == ["opening_day_ahead", "cohort_empty"]
    answer = browser.post(f"/registrar/{CAMPAIGN}/open", csrf_token=browser.token, reached="0")
    assert answer.status == 422 and answer.codes[:2] == page.codes
    assert count(world, Campaign) == 0


@ON_BOTH
def test_what_comes_next_is_opened_without_editing_a_file(world: World, as_staff: Staff) -> None:
    """The final check of the next April stands on the list with its days and its records, and is opened there."""
    world.record(yjbyrq=date(2025, 7, 1))
    world.record(yjbyrq=date(2028, 7, 1))
    listed = as_staff("registrar").get("/registrar").text
    assert "2025年毕业离校前最后一次学籍信息自查" in listed and "现有 1 条记录" in listed
    world.at(on(2025, 4, 1, 9))
    browser = as_staff("registrar")
    assert browser.send_form(browser.get("/registrar/final-2025").form("/open")).status == 303
    with world.place.store.reading() as session:
        assert session.scalars(select(Campaign.plan)).all() == ["final-2025"]
    assert "已建个案 1 个" in browser.get("/registrar").text


def test_a_plan_says_whom_it_takes_and_what_the_calendar_lacks(world: World, as_staff: Staff) -> None:
    """A final check names days of graduation and no empty list; a year without holidays is said once, before opening."""
    browser = as_staff("registrar")
    page = browser.get("/registrar/final-2025").text
    assert "预计毕业日期 2025年5月1日 — 2026年4月30日 · 不论层次" in page
    assert "年的节假日" not in page
    assert "校历中还没有 2030 年的节假日" in browser.get("/registrar/final-2030").text
    world.at(on(2026, 11, 26, 9))
    listed = as_staff("registrar").get("/registrar").text
    assert listed.count("校历中还没有 2027 年的节假日") == 1 and "姓名" in listed


def test_a_campaign_nobody_planned_does_not_exist(as_staff: Staff) -> None:
    """Only what campaigns.toml lists can be looked at or opened."""
    browser = as_staff("registrar")
    for path in ("/registrar/nothing", "/registrar/nothing/board", f"/registrar/{CAMPAIGN}/board"):
        assert browser.get(path).status == 404
    answer = browser.post(f"/registrar/{CAMPAIGN}/open", csrf_token=browser.token, reached="9" * 5000)
    assert answer.status == 400
    assert browser.post("/registrar/nothing/open", csrf_token=browser.token, reached="0").status == 404


def test_the_school_is_read_college_by_college(world: World, as_staff: Staff) -> None:
    """The one furthest behind first, a link to each one's classes, the sum below, and nobody named."""
    quick, slow = world.record(xm="张三丰"), world.record(fy="别的学院", bh="1班")
    world.record(fy="别的学院", bh="2班")
    world.open_campaign()
    world.file(quick, NAME)
    browser = as_staff("registrar")
    page = browser.get(f"/registrar/{CAMPAIGN}/board")
    assert row(page, "别的学院")[:4] == ["2", "0.0%", "2", "0"] and row(page, "测试学院")[1] == "100.0%"
    assert row(page, "合计")[:3] == ["2", "33.3%", "3"]
    assert page.text.index("别的学院") < page.text.index("测试学院")
    page = browser.get(next(link for link in page.links if "college=" in link and "%E5%88%AB" in link))
    assert row(page, "1班")[0] == "1" and row(page, "合计")[0] == "2" and "240101" not in page.text
    assert "张三丰" not in page.html and slow
    assert browser.get(f"/registrar/{CAMPAIGN}/classes?college=没有的学院").status == 404


# -- administrator --------------------------------------------------------------------------------------


@ON_BOTH
def test_adding_somebody_twice_adds_one(world: World, as_staff: Staff) -> None:
    """A double click does not make two people of one."""
    browser = as_staff("administrator")
    form = browser.get("/admin").form("/admin/people")
    browser.send_form(form, number="S1", name="李审核", role="reviewer")
    page = browser.send_form(form, number="S1", name="李审核", role="reviewer")
    assert page.status == 422 and page.codes == ["already_there"]
    with world.place.store.reading() as session:
        assert len(session.scalars(select(Person).where(Person.name == "李审核")).all()) == 1


def test_every_fault_of_a_new_person_is_named(world: World, as_staff: Staff) -> None:
    """No number, no name, no role, a bad address, and a college for somebody who has none: all at once."""
    world.record()
    browser = as_staff("administrator")
    browser.get("/admin")
    page = browser.send("/admin/people", name=" ", role="", college="测试学院", email="nobody")
    assert page.status == 422
    assert page.codes == ["number_missing", "name_missing", "role_missing", "email_misfit"]
    page = browser.send("/admin/people", number="S1", name="王学生", role="student", college="", email="")
    assert page.codes == ["role_missing"]
    page = browser.send("/admin/people", number="S1", name="王五", role="auditor", college="测试学院")
    assert page.codes == ["scope_of_no_use"]
    page = browser.send("/admin/people", number="S1", name="王五", role="officer", college="测试学园")
    assert page.codes == ["college_misspelt"] and "相近的有：测试学院" in page.text


def test_a_role_that_is_taken_back_is_gone_at_once(world: World, as_staff: Staff) -> None:
    """Whoever is signed in with it is signed out by the same press."""
    reviewer, browser = as_staff("reviewer"), as_staff("administrator")
    assert reviewer.get("/desk").status == 200
    person = world.staff["reviewer"].person
    browser.get(f"/admin/people/{person}")
    assert browser.send(f"/people/{person}/end", grant=grant_of(world, person)).status == 303
    assert reviewer.get("/desk").status == 401


@ON_BOTH
def test_a_second_role_is_given_once(world: World, as_staff: Staff) -> None:
    """A double click gives one grant."""
    browser, person = as_staff("administrator"), world.staff["reviewer"].person
    form = browser.get(f"/admin/people/{person}").form(f"/people/{person}/role")
    assert browser.send_form(form, role="registrar").status == 303
    assert browser.send_form(form, role="registrar").codes == ["nothing_to_do"]
    with world.place.store.reading() as session:
        held = session.scalars(select(Grant.role).where(Grant.person_id == person).order_by(Grant.role)).all()
    assert held == ["registrar", "reviewer"]


def test_the_last_administrator_stays(world: World, as_staff: Staff) -> None:
    """Nobody can lock everybody out."""
    browser, person = as_staff("administrator"), world.staff["administrator"].person
    browser.get(f"/admin/people/{person}")
    page = browser.send(f"/people/{person}/end", grant=grant_of(world, person))
    assert page.status == 422 and page.codes == ["last_administrator"]
    page = browser.send(f"/people/{person}/close", close="1")
    assert page.status == 422 and page.codes == ["last_administrator"]
    assert browser.get("/admin").status == 200


def test_students_are_not_among_the_people_of_the_list(world: World, as_staff: Staff) -> None:
    """The list is of staff; a student's account can be neither seen nor touched there."""
    student = world.student(world.record(xm="张三丰")).person
    browser = as_staff("administrator")
    page = browser.get("/admin")
    assert student not in page.html and "测试学生" not in page.text
    assert browser.get(f"/admin/people/{student}").status == 404
    for what in ("role", "change", "end", "close", "code"):
        answer = browser.post(
            f"/admin/people/{student}/{what}", csrf_token=browser.token, role="auditor", close="1"
        )
        assert answer.status == 404, what


# -- officer --------------------------------------------------------------------------------------------


def row(page: Page, name: str) -> list[str]:
    """The numbers of one line of a board, from the left."""
    line, *_reasons = [
        line
        for line in re.findall(r"<tr><th scope=\"row\">.*?</tr>", page.html, re.DOTALL)
        if f">{name}<" in line
    ]
    cells = (re.sub(r"<span.*?</span>|<[^>]+>", "", cell).strip() for cell in line.split("<td")[1:])
    return [text for text in (cell.split(">")[-1].strip() for cell in cells) if text]


def test_an_officer_reads_the_numbers_of_their_own_college(world: World, as_staff: Staff) -> None:
    """Two of three records are of the officer's college: those are counted, and nobody is named."""
    world.record(xm="张三丰")
    world.record(bh="240102")
    world.record(fy="别的学院")
    world.open_campaign()
    page = as_staff("officer").get("/college")
    assert "测试学院" in page.text
    assert row(page, "240101")[0] == row(page, "240102")[0] == "1" and row(page, "合计")[0] == "2"
    assert "张三丰" not in page.html and "别的学院" not in page.html


def test_the_bar_says_what_the_numbers_say(world: World, as_staff: Staff) -> None:
    """Drawn on the server by attributes alone: one of four raised covers a quarter."""
    records = [world.record() for _ in range(4)]
    world.open_campaign()
    world.file(records[0], NAME)
    page = as_staff("officer").get("/college")
    assert page.html.count('<rect class="share-now" x="0" y="0" width="250" height="12"/>') == 2
    assert row(page, "240101")[:8] == ["3", "25.0%", "4", "0", "0", "0", "1", "0"]


def test_who_said_nothing_is_one_click_away(world: World, as_staff: Staff) -> None:
    """Name, student number and class, of the class that was clicked; no other number; one line in the log."""
    record = world.record(xm="张三丰", xh="001", number="990000200605040014")
    world.record(xm="李四", bh="240102")
    campaign = world.open_campaign()
    officer = as_staff("officer")
    page = officer.get("/college")
    page = officer.get(next(link for link in page.links if "/silent?class=240101" in link))
    assert "张三丰" in page.text and "001" in page.text and "李四" not in page.html
    assert "990000200605040014" not in page.html and "24360000000001" not in page.html and record
    assert looks(world) == [("list:240101", campaign, True)]
    page = officer.get(f"/college/{CAMPAIGN}/silent")
    assert "张三丰" in page.text and "李四" in page.text
    assert looks(world)[1:] == [("list", campaign, True)]


def test_who_answered_or_is_excluded_is_not_on_the_list(world: World, as_staff: Staff) -> None:
    """Neither those who raised something, nor those on leave, who are named as a number below the board."""
    raised, away, _silent = world.record(xm="甲某"), world.record(xm="乙某"), world.record(xm="丙某")
    world.open_campaign()
    world.file(raised, NAME)
    world.do(world.case_of(away), "exclude", world.staff["registrar"], code="on_leave", words="休学")
    officer = as_staff("officer")
    page = officer.get(f"/college/{CAMPAIGN}/silent")
    assert "丙某" in page.text and "甲某" not in page.html and "乙某" not in page.html
    page = officer.get("/college")
    assert "不计入 1 个" in page.text and "休学 1" in page.text and row(page, "合计")[2] == "2"


def test_the_list_can_be_pasted_into_a_chat(world: World, as_staff: Staff) -> None:
    """A line a class, names only; two of one name in a class are told apart by the end of their numbers."""
    for xm, bh in (("张三丰", "240101"), ("张三丰", "240101"), ("李四", "240102")):
        world.record(xm=xm, bh=bh)
    world.open_campaign()
    page = as_staff("officer").get(f"/college/{CAMPAIGN}/silent")
    text = page.html.split("<textarea")[1].split(">", 1)[1].split("</textarea>")[0]
    assert text.splitlines() == [
        "2024年入学本科和专升本学生学籍信息自查：截至10月25日 10:00，还有 3 人未核对，11月7日 23:59 截止。",
        "240101（2 人）：张三丰（尾号 001）、张三丰（尾号 002）",
        "240102（1 人）：李四",
    ]


def test_the_downloaded_list_opens_in_a_spreadsheet_as_it_was_meant(world: World, as_staff: Staff) -> None:
    """UTF-8 that Excel knows by its mark, numbers as text, nothing that could be taken for a formula."""
    world.record(xm="张三丰", xh="0001")
    world.record(xm="=1+1", xh="+2", bh="@班")
    campaign = world.open_campaign()
    answer = as_staff("officer").client.get(f"/college/{CAMPAIGN}/silent.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf") and answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="unchecked-freshman-2024-20241025-1000.csv"'
    )
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows == [
        ["班级", "学号", "姓名"],
        ["240101\t", "0001\t", "张三丰"],
        ["'@班\t", "'+2\t", "'=1+1"],
    ]
    assert looks(world) == [("list.csv", campaign, True)]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", " =", "\u200b@", "\t", "\r", "\n"])
def test_no_cell_begins_as_a_formula_does(sign: str) -> None:
    """Whatever stands in a name, a spreadsheet reads it as a text."""
    assert harmless(f"{sign}cmd|' /C calc'!A0").startswith("'")
    assert harmless(f"张{sign}") == f"张{sign}" and as_text("") == ""


def test_no_address_leads_an_officer_to_another_college(world: World, as_staff: Staff) -> None:
    """A class of another college, a class of nobody, a college named in the address: 404, and remembered."""
    world.record()
    world.record(fy="别的学院", bh="249901", xm="李四")
    campaign = world.open_campaign()
    officer = as_staff("officer")
    for what in ("silent", "silent.csv"):
        for group in ("249901", "249999", ""):
            answer = officer.client.get(f"/college/{CAMPAIGN}/{what}?class={group}")
            assert answer.status_code == 404 and "李四" not in answer.text
    page = officer.get(f"/college/{CAMPAIGN}/silent?college=别的学院")
    assert page.status == 200 and "李四" not in page.html and "别的学院" not in page.html
    assert officer.get("/college/nothing/silent").status == 404
    assert officer.get(f"/registrar/{CAMPAIGN}/classes?college=别的学院").status == 403
    refused = [(what, subject) for what, subject, allowed in looks(world) if not allowed]
    assert refused == [
        *[("try:list", campaign)] * 3, *[("try:list.csv", campaign)] * 3, ("page:registrar.classes", ""),
    ]  # fmt: skip


def test_an_officer_whose_college_has_nobody_is_told_so(world: World, as_staff: Staff) -> None:
    """No campaign, and a campaign without this college: each says what it is, and what to do."""
    officer = as_staff("officer")
    assert "还没有开始过自查活动" in officer.get("/college").text
    world.record(fy="别的学院")
    world.open_campaign()
    page = officer.get("/college")
    assert "没有本学院的学生" in page.text and "学院的写法" in page.text
    assert officer.get(f"/college/{CAMPAIGN}/silent").status == 404


def test_a_past_campaign_is_read_by_its_link(world: World, as_staff: Staff) -> None:
    """The running one is shown first, and the one of last year is a press away."""
    world.record()
    world.open_campaign()
    with world.place.store.writing() as session:
        session.execute(
            insert(Campaign).values(
                id="a" * 32, plan="freshman-2023", kind="freshman", title="2023年自查", title_en="2023",
                state="closed", version=3, fields="XM", opens_at=on(2023, 10, 20), closes_at=on(2023, 11, 5),
            )
        )  # fmt: skip
    officer = as_staff("officer")
    page = officer.get("/college")
    assert row(page, "合计")[0] == "1"
    page = officer.get(next(link for link in page.links if link.endswith("/freshman-2023")))
    assert "2023年自查" in page.text and "没有本学院的学生" in page.text


# -- in English -----------------------------------------------------------------------------------------


def test_the_offices_pages_are_english_too(world: World, as_staff: Staff) -> None:
    """Boards, lists, dry runs, timelines, sign-ins and settings: what is Chinese there is a value, and marked."""
    record = world.record(xm="张三丰")
    world.record(bh=None)
    world.record(fy=None)
    world.open_campaign()
    world.file(record, NAME)
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    world.refused(case, "correct", world.staff["reviewer"], words="太早")
    world.settle_all(case, "corrected")
    world.do(world.case_of(f"{2:032x}"), "exclude", world.staff["registrar"], code="on_leave", words="休学")
    pages = []
    ways = {
        "officer": ("/college", f"/college/{CAMPAIGN}/silent", "/college/x"),
        "registrar": (
            f"/registrar/{CAMPAIGN}",
            f"/registrar/{CAMPAIGN}/board",
            f"/registrar/{CAMPAIGN}/classes",
        ),
        "auditor": (
            "/audit", "/audit/refusals", f"/audit/{case.id}", f"/audit/{case.id}/looks",
            f"/audit/rules/{world.place.school.digest}", f"/audit/rules/{CASE.digest}",
        ),
        "administrator": ("/admin/presences", "/admin/settings"),
    }  # fmt: skip
    for role, paths in ways.items():
        browser = in_english(as_staff(role))
        pages += [browser.get(path) for path in paths]
        if role == "auditor":
            pages.append(browser.post("/audit", csrf_token=browser.token, said="x"))
    browser = in_english(as_staff("registrar"))
    bad, good = [student(1, CSRQ="x", XJZT="")], [student(700), student(701, XM="黄?")]
    for data in (b"", as_csv(bad), as_csv(good)):
        browser.get("/registrar/rosters")
        pages.append(browser.send("/registrar/rosters", file=(io.BytesIO(data), "名册.csv")))
        if browser.page.status == 303:
            pages.append(browser.follow())
    pages += [browser.send("/take"), browser.follow()]
    assert (
        len(pages) > 20
        and [(page.path, words) for page in pages if page.status != 303 for words in chinese(page)] == []
    )


# -- what pages cost ------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_page_of_many_costs_as_much_as_a_page_of_few(
    world: World, as_staff: Staff, statements: Counted
) -> None:
    """The number of statements is small and does not grow with students, classes or colleges."""
    paths = {
        "officer": ("/college", f"/college/{CAMPAIGN}/silent", f"/college/{CAMPAIGN}/silent.csv?class=240101"),
        "registrar": ("/registrar", f"/registrar/{CAMPAIGN}/board", f"/registrar/{CAMPAIGN}/classes?college=测试学院"),
    }  # fmt: skip
    world.record()
    world.open_campaign()
    browsers = {role: as_staff(role) for role in paths}

    def costs() -> dict[str, int]:
        found = {}
        for role, of_role in paths.items():
            for path in of_role:
                statements.clear()
                assert browsers[role].client.get(path).status_code == 200
                found[path] = len(statements)
        return found

    few = costs()
    for n in range(40):
        world.record(bh=f"24{n:04d}", fy="测试学院" if n % 2 else f"学院{n}")
    world.open_campaign()
    assert costs() == few
    assert max(few.values()) <= 6
