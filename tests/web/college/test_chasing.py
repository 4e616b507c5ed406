"""A college's chase on its pages: the platform's export, signing, sheets, poster."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import func, select

from config.policy import School
from tests.conftest import on
from tests.editing import edited, load
from tests.web.browsing import Browser, Page
from tests.web.counting import Counted
from tests.workflow.campaigns.test_platform_export import workbook
from tests.world import CAMPAIGN, World
from workflow.campaigns.colleges.roll import Entrant, roll
from workflow.campaigns.tables import Attestation
from workflow.cases.tables import Case, PlatformExport
from workflow.notices.tables import Notice
from workflow.people.scopes import Scope
from workflow.people.tables import Access
from workflow.records.reach import of_college
from workflow.upkeep.installation import Installation

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
OURS = f"/college/{CAMPAIGN}"


def count(world: World, table: type, *where: Any) -> int:
    """How many rows a table has."""
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def everybody(world: World, college: str = "测试学院") -> tuple[Entrant, ...]:
    """The present roll of a college."""
    with world.place.store.reading() as session:
        campaign = session.scalar(select(Case.campaign_id).where(Case.campaign_id.is_not(None)).limit(1))
        return roll(session, str(campaign), of_college(college))


def three(world: World, **more: Any) -> list[str]:
    """A campaign with three silent students of two classes, and one elsewhere. Returns their cases."""
    for name, group in (("张三丰", "240101"), ("李四光", "240101"), ("王五常", "240102")):
        world.record(xm=name, bh=group, **more)
    world.record(xm="外院学生", fy="另一学院", bh="250101")
    world.open_campaign()
    return [one.case for one in everybody(world)]


def cells(page: Page) -> list[list[list[str]]]:
    """Every sheet of a downloaded workbook, as rows of texts."""
    book = openpyxl.load_workbook(io.BytesIO(page.response.data))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.value is None or cell.data_type == "s", (sheet.title, cell.coordinate)
                assert cell.number_format == "@"
    return [[[cell.value or "" for cell in row] for row in sheet.iter_rows()] for sheet in book]


# -- notes ----------------------------------------------------------------------------------------------


def test_an_officer_notes_a_reason_for_the_ticked_and_a_contact_for_everybody(
    world: World, as_staff: Staff
) -> None:
    """What was noted stands in the list, and the list can be narrowed by it; the same form sent twice is one."""
    cases = three(world)
    officer = as_staff("officer")
    form = officer.get(f"{OURS}/silent").form("/silent")
    assert officer.send_form(form, case=cases[0], do="reason", reason="on_leave").status == 303
    assert "已为 1 人登记" in officer.follow().text
    form = officer.page.form("/silent")
    for _ in range(2):
        sent = officer.send_form(
            form, everybody="1", do="contact", how="phone", result="no_answer", on="2024-10-24"
        )
        assert sent.status == 303
    page = officer.follow()
    assert "已为 3 人登记" in page.text and "2024年10月24日 电话 · 没有应答" in page.text
    assert [one.contacts for one in everybody(world)] == [1, 1, 1]
    assert "张三丰" in officer.get(f"{OURS}/silent?why=on_leave").text
    page = officer.get(f"{OURS}/silent?why=none")
    assert "张三丰" not in page.text and "李四光" in page.text
    assert officer.get(f"{OURS}/silent?why=懒").status == 404


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"do": "reason"}, "nobody_ticked"),
        ({"do": "reason", "everybody": "1"}, "reason_missing"),
        ({"do": "reason", "everybody": "1", "reason": "懒"}, "reason_missing"),
        ({"do": "contact", "everybody": "1", "how": "phone"}, "contact_not_whole"),
        (
            {"do": "contact", "everybody": "1", "how": "phone", "result": "reached", "on": "2024-10-26"},
            "day_ahead",
        ),
    ],
)
def test_a_note_that_says_nothing_is_refused_in_words(
    world: World, as_staff: Staff, typed: dict[str, str], code: str
) -> None:
    """Nobody is ticked, no reason is chosen, half a contact, a day ahead: nothing is noted of anybody."""
    three(world)
    officer = as_staff("officer")
    form = officer.get(f"{OURS}/silent").form("/silent")
    page = officer.send_form(form, **typed)
    assert (page.status, page.codes) == (422, [code])
    assert not any(one.contacts or one.reason for one in everybody(world))


def test_another_colleges_students_do_not_exist_for_an_officer(world: World, as_staff: Staff) -> None:
    """Neither their page, nor their class, nor a note about them; every try is remembered."""
    three(world)
    (theirs,) = [one.case for one in everybody(world, "另一学院")]
    officer = as_staff("officer")
    form = officer.get(f"{OURS}/silent").form("/silent")
    page = officer.send_form(form, case=theirs, do="reason", reason="on_leave")
    assert (page.status, page.codes) == (422, ["list_changed"])
    for path in (f"students/{theirs}", "class?class=250101", "sheet?class=250101", f"students/{'0' * 32}"):
        assert officer.get(f"{OURS}/{path}").status == 404, path
    assert count(world, Access, Access.allowed.is_(False)) == 4
    assert not everybody(world, "另一学院")[0].reason


def test_a_workbook_of_the_silent_is_text_to_its_last_cell(world: World, as_staff: Staff) -> None:
    """Opened again, numbers keep their zeros, no cell is a formula, and taking it away is written down."""
    three(world)
    world.record(xm="=1+1", xh="0012345678901234567", bh="240103")
    world.open_campaign()
    officer = as_staff("officer")
    page = officer.get(f"{OURS}/silent.xlsx")
    ((head, *rows),) = cells(page)
    assert head[:3] == ["班级", "学号", "姓名"]
    assert ["240103", "0012345678901234567", "=1+1"] in [row[:3] for row in rows] and len(rows) == 4
    assert "attachment" in page.response.headers["Content-Disposition"]
    assert count(world, Access, Access.what == "list.xlsx") == 1


# -- reminders ------------------------------------------------------------------------------------------


def test_a_reminder_says_whom_it_reaches_before_it_is_sent(world: World, as_staff: Staff) -> None:
    """The dry count is what is owed, once a day, to exactly the class on screen; looking sends nothing."""
    three(world)
    officer = as_staff("officer")
    page = officer.get(f"{OURS}/remind?class=240101")
    assert "这次会提醒 2 人" in page.text and count(world, Notice, Notice.event == "reminder") == 0
    assert officer.send("/remind?class=240101").status == 303
    assert "已提醒 2 人" in officer.follow().text
    page = officer.get(f"{OURS}/remind")
    assert "今天已提醒 2 人" in page.text and "这次会提醒 1 人" in page.text
    assert officer.send("/remind").status == 303
    page = officer.get(f"{OURS}/remind")
    assert page.codes == ["nobody_to_remind"] and not page.form("/remind").open
    assert count(world, Notice, Notice.event == "reminder") == 3


def test_a_list_that_changed_is_looked_at_again_before_anybody_is_reminded(
    world: World, as_staff: Staff
) -> None:
    """Somebody answered while the page was open: nothing is sent, and the new number is shown."""
    three(world)
    officer = as_staff("officer")
    form = officer.get(f"{OURS}/remind").form("/remind")
    world.do(world.case_of("1".zfill(32)), "confirm", world.student("1".zfill(32)))
    page = officer.send_form(form)
    assert (page.status, page.codes) == (409, ["list_changed"]) and "这次会提醒 2 人" in page.text
    assert count(world, Notice, Notice.event == "reminder") == 0


def test_the_student_reads_the_reminder_on_their_page(
    world: World, as_staff: Staff, as_student: Callable[[str], Browser]
) -> None:
    """What the officer's page says they will see is what they see."""
    three(world)
    officer = as_staff("officer")
    officer.get(f"{OURS}/remind")
    officer.send("/remind")
    assert "请在截止前核对您的学籍信息" in as_student("1".zfill(32)).get("/my").text


# -- classes, sheets, persons ---------------------------------------------------------------------------


def test_a_sheet_has_a_row_to_sign_for_each_and_only_what_it_needs(world: World, as_staff: Staff) -> None:
    """Number, name and state of everybody who is counted, cells to sign, a place for the seal; no ID number."""
    three(world, number="990000200605040014")
    world.do(
        world.case_of("2".zfill(32)), "exclude", world.staff["registrar"], code="on_leave", words="休学一年"
    )
    page = as_staff("officer").get(f"{OURS}/sheet?class=240101")
    for words in ("学籍信息核对表", "张三丰", "240100001", "本人签名", "（盖章处）", "应核对 1 人", "休学"):
        assert words in page.text, words
    assert "990000200605040014" not in page.html and "王五常" not in page.html
    assert count(world, Access, Access.what == "sheet:240101") == 1


def test_signatures_are_noted_from_a_sheet_and_struck_one_by_one(world: World, as_staff: Staff) -> None:
    """A signature on paper changes no answer here; noted for the wrong one it is struck, and both stay on record."""
    cases = three(world)
    officer = as_staff("officer")
    officer.get(f"{OURS}/class?class=240101")
    assert officer.send("/class?class=240101", everybody="1", on="2024-10-24").status == 303
    officer.follow()
    assert [one.signed_on for one in everybody(world)] == [date(2024, 10, 24)] * 2 + [None]
    assert {one.state for one in everybody(world)} == {"not_checked"}
    page = officer.get(f"{OURS}/students/{cases[0]}")
    assert "2024年10月24日 签名" in page.text
    assert officer.send("/strike").status == 303
    page = officer.follow()
    assert "未登记" in page.text and "撤销纸质签名" in page.text and "登记纸质签名" in page.text


def test_where_only_the_student_may_answer_the_officer_reads_why(world: World, as_staff: Staff) -> None:
    """The school's own rule and source stand where the form would be."""
    cases = three(world)
    page = as_staff("officer").get(f"{OURS}/students/{cases[0]}")
    assert page.codes == ["PROXY_NOT_ALLOWED"]
    assert not [form for form in page.forms if form.action.endswith("/confirm")]


# -- signing --------------------------------------------------------------------------------------------


def test_a_college_signs_what_it_saw_and_the_registrar_reads_it(world: World, as_staff: Staff) -> None:
    """Barred until the students' time is over; signed once; a change afterwards shows; taken back with words."""
    three(world)
    page = as_staff("officer").get(f"{OURS}/sign")
    assert page.codes == ["students_not_done"] and not page.form("/sign").open
    world.at(on(2024, 11, 8))
    officer, registrar = as_staff("officer"), as_staff("registrar")
    form = officer.get(f"{OURS}/sign").form("/sign")
    world.do(world.case_of("1".zfill(32)), "exclude", world.staff["registrar"], code="on_leave", words="休学")
    page = officer.send_form(form)
    assert "list_changed" in page.codes and count(world, Attestation) == 0
    assert officer.send("/sign").status == 303
    assert "签认之后，名单没有变化" in officer.follow().text
    assert "测试学院经办人" in registrar.get(f"/registrar/{CAMPAIGN}/signatures").text
    assert "未签认" in registrar.page.text  # the other college
    world.do(world.case_of("1".zfill(32)), "include", world.staff["registrar"], words="已复学")
    assert "有 1 行变了" in officer.get(f"{OURS}/sign").text
    assert officer.send("/take-back", words=" ").codes == ["words_missing"]
    officer.get(f"{OURS}/sign")
    assert officer.send("/take-back", words="重新核对").status == 303
    assert officer.follow().form("/sign").open


# -- the platform's export ------------------------------------------------------------------------------


def test_an_export_is_looked_at_before_it_is_taken_in(world: World, as_staff: Staff) -> None:
    """The dry run writes nothing; what was looked at is taken in, once; both lists follow from it."""
    three(world)
    world.do(world.case_of("2".zfill(32)), "confirm", world.student("2".zfill(32)))
    data = workbook(
        ("240100001", "张三丰", "", "测试学院", "已自查", "2024-10-24 16:24:00"),
        ("240100002", "李四光", "", "测试学院", "未自查", None),
        ("240100003", "别人", "", "测试学院", "已自查", ""),
    )
    registrar = as_staff("registrar")
    address = f"/registrar/{CAMPAIGN}/platform"
    registrar.get(address)
    assert registrar.send(address, file=(io.BytesIO(data), "自查.xlsx"), as_of="2024-10-25").status == 303
    page = registrar.follow()
    assert 'data-finding="name_differs"' in page.html and count(world, PlatformExport) == 0
    form = page.form("/take")
    assert registrar.send_form(form).status == 303
    page = registrar.follow()
    assert "已导入：2 人，其中平台已看 1 人；不导入 1 行" in page.text
    assert registrar.send_form(form).status == 404  # it was taken at most once
    assert count(world, PlatformExport) == 1
    assert [one.looked for one in everybody(world)] == [True, False, None]
    there, here = cells(registrar.get(f"{address}/both.xlsx"))
    assert [row[3] for row in there[1:]] == ["张三丰"] and [row[3] for row in here[1:]] == ["李四光"]
    page = as_staff("officer").get(f"{OURS}/platform")
    assert "张三丰" in page.text and "李四光" in page.text and "王五常" not in page.text


def test_what_is_taken_in_is_what_was_looked_at(world: World, as_staff: Staff) -> None:
    """A case that came after the dry run changes the result: nothing is written, and the new one is shown."""
    three(world)
    data = workbook(("240100005", "", "", "", "已自查", ""), ("240100001", "", "", "", "已自查", ""))
    registrar = as_staff("registrar")
    registrar.get(f"/registrar/{CAMPAIGN}/platform")
    registrar.send("/platform", file=(io.BytesIO(data), "自查.xlsx"))
    form = registrar.follow().form("/take")
    world.record()
    world.open_campaign()
    page = registrar.send_form(form)
    assert (page.status, page.codes) == (409, ["result_changed"]) and count(world, PlatformExport) == 0
    assert registrar.send("/take").status == 303 and count(world, PlatformExport) == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "请选择平台导出的文件"),
        ({"file": (b"1,2,3\n", "a.csv")}, "没有找到含“学号”或“考生号”和“自查状态”的表头"),
        ({"file": (b"", "a.csv")}, "文件是空的"),
        ({"as_of": "2024-10-26"}, "数据截至的日期还没有到"),
    ],
)
def test_what_is_no_export_is_named_beside_its_field(
    world: World, as_staff: Staff, typed: dict[str, Any], words: str
) -> None:
    """No file, another table, an empty one, a day ahead: nothing waits, nothing is written."""
    three(world)
    registrar = as_staff("registrar")
    registrar.get(f"/registrar/{CAMPAIGN}/platform")
    sent = {
        name: (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value
        for name, value in typed.items()
    }
    page = registrar.send("/platform", **sent)
    assert page.status == 422 and words in page.text


# -- poster and short link ------------------------------------------------------------------------------


def test_a_poster_leads_to_a_page_that_everybody_may_read(
    world: World, as_staff: Staff, stranger: Browser
) -> None:
    """The code is drawn here and holds the campaign's address alone; behind it stands nothing personal."""
    three(world)
    officer = as_staff("officer")
    page = officer.get(f"/posters/{CAMPAIGN}")
    assert f"http://localhost/c/{CAMPAIGN}" in page.html
    code = officer.get(page.pictures[0])
    assert code.response.mimetype == "image/svg+xml" and b"<path" in code.response.data
    assert b"script" not in code.response.data
    page = stranger.get(f"/c/{CAMPAIGN}")
    assert page.status == 200 and "请在 2024年11月7日 23:59:59 之前核对" in page.text
    assert "测试学院" not in page.html and "张三丰" not in page.html
    assert stranger.get("/c/no-such-plan").status == 404
    assert stranger.get(f"/posters/{CAMPAIGN}").status == 401


def test_inside_wechat_a_list_says_how_to_download_it(world: World, as_staff: Staff) -> None:
    """WeChat drops files without a word, so the page says it where one is offered; elsewhere it does not."""
    three(world)
    officer = as_staff("officer")
    assert "微信里不能下载文件" not in officer.get(f"{OURS}/silent").text
    officer.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 MicroMessenger/8.0.49"
    assert "微信里不能下载文件" in officer.get(f"{OURS}/silent").text


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_list_costs_the_same_for_two_and_for_twelve(
    world: World, as_staff: Staff, app: Flask, statements: Counted
) -> None:
    """The roll is one statement, however many are on it."""
    three(world)
    officer = as_staff("officer")

    def cost() -> int:
        before = len(statements)
        officer.get(f"{OURS}/silent")
        return len(statements) - before

    few = cost()
    for _ in range(10):
        world.record()
    world.open_campaign()
    assert cost() == few and app


def test_whether_a_telling_counts_is_said_by_the_campaigns_own_rules(
    world: World, nchu: School, pages: Callable[[Installation], Flask]
) -> None:
    """Rules loaded after the start neither take the campaign's notice away on the page nor give it one."""
    counts, warned = 'told_by = ["page", "counsellor"]', "这不作为“视为无误”的依据"
    load(world, edited(nchu, ("policy.toml", "[silence]", f"[silence]\n{counts}")))
    three(world)
    load(world, nchu)
    browser = Browser(pages(world.place))
    browser.sit_down(world, world.officer(Scope(college="测试学院"), duty="counsellor").person)
    page = browser.get(f"{OURS}/silent")
    assert "登记已告知本人" in page.text and warned not in page.text
    student = next(link for link in page.links if f"{OURS}/students/" in link)
    assert "告知本人 还没有登记告知" in browser.get(student).text
