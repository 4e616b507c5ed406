"""The registrar sets the platform and the 教务系统 side by side, from two files to a worksheet that is done."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select

from tests.web.browsing import Browser, Page
from tests.web.visiting import complaints, fits, sign_in
from tests.workflow.records.rosters import Row, as_csv, as_excel, excel_of, number, student
from tests.world import World
from workflow.people.tables import Access
from workflow.records.formats import read_roster
from workflow.records.judge import judge
from workflow.records.roster import take_in
from workflow.sources.tables import Difference, DifferenceDeed
from workflow.upkeep.scheduled import run_scheduled

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
LIST = "/registrar/sources"


@pytest.fixture
def registrar(world: World, as_staff: Staff) -> Browser:
    """The registrar's browser, where four students are on the platform."""
    place = world.place
    with place.store.writing() as session:
        rows = as_csv([student(n) for n in range(1, 5)])
        judged = judge(read_roster("平台名册.csv", rows), as_of=world.clock.moment.date())
        take_in(session, judged, place.cipher, now=world.clock.moment, entropy=place.entropy)
    return as_staff("registrar")


def hand_in(browser: Browser, data: bytes, name: str = "教务导出.xlsx", **more: object) -> Page:
    """Choose a file of the 教务系统, and press the button."""
    browser.get(LIST)
    return browser.send(LIST, file=(io.BytesIO(data), name), **more)


CHANGED = (
    student(1, BH="240177", SFZH=number(serial=99)),
    student(2, BH="240177"),
    student(3, BH="240177"),
    student(4, XM="测试•甲"),
)
"""Four students as the 教务系统 has them: another class three times, another number, another sign in a name."""


def test_from_two_systems_to_a_worksheet_that_is_done(
    world: World, registrar: Browser, site: str, desk: BrowserContext, tmp_path: Path
) -> None:
    """In a browser: upload, columns, dry run, worksheet; one press for rows alike, the others by their ticks, all done in the end."""
    file = tmp_path / "教务导出.xlsx"
    file.write_bytes(excel_of(CHANGED))
    page = sign_in(world, site, desk, world.staff["registrar"].person)
    said = complaints(page)
    page.get_by_text("名册与对照", exact=True).click()
    page.get_by_role("link", name="平台与教务系统对照").click()
    page.get_by_label("教务系统导出的文件").set_input_files(file)
    page.get_by_role("button", name="上传并对应各列").click()
    expect(page.get_by_label("BH")).to_have_value("BH")
    page.get_by_role("button", name="按此对应，查看结果").click()
    expect(page.locator("main")).to_contain_text("还没有写入任何内容")
    expect(page.locator(".numbers")).to_contain_text(re.compile("4\\s*两处都有"))
    page.get_by_role("button", name="确认导入").click()
    page.get_by_role("link", name=re.compile("^2024年10月25日")).click()
    expect(page.locator("main")).to_contain_text("共 5 行，不必再办的 0 行")
    page.get_by_text("同一学院、同一项目的行，可以一次办理").click()
    page.get_by_role("link", name=re.compile("测试学院 · 班号 3")).click()
    page.get_by_role("button", name=re.compile("^要在学信网更正.*符合筛选的全部$")).click()
    expect(page.get_by_role("status")).to_contain_text("已办理 3 行：要在学信网更正")
    page.get_by_label("项目", exact=True).select_option("")
    page.get_by_role("button", name="筛选", exact=True).click()
    expect(page.locator("input[name=row]")).to_have_count(5)
    for kind, item in (("要问学生", "证件号码"), ("要在本校更正", "姓名")):
        page.get_by_label(re.compile(f"^勾选：.*{item}$")).check()
        page.get_by_role("button", name=re.compile(f"^{kind}.*勾选的行$")).click()
        expect(page.get_by_role("status")).to_contain_text(f"已办理 1 行：{kind}")
    for tick in page.locator("input[name=row]").all():
        tick.check()
    assert fits(page)
    page.get_by_role("button", name=re.compile("^已办.*勾选的行$")).click()
    expect(page.locator("main")).to_contain_text("共 5 行，不必再办的 5 行")
    assert said == []
    sheet = page.url.removeprefix(site).partition("?")[0]
    file = registrar.client.get(f"{sheet}/list.xlsx?kind=to_post&stand=all").data
    sheets = load_workbook(io.BytesIO(file), read_only=True).worksheets
    posted = [row for row in sheets[0].iter_rows(min_row=2, values_only=True)]
    assert [row[4:8] for row in posted] == [("班号", "240101", "240177", "要在学信网更正")] * 3
    with world.place.store.reading() as session:
        deeds = session.execute(select(DifferenceDeed.what, DifferenceDeed.by)).all()
        assert {deed.by for deed in deeds} == {world.staff["registrar"].person} and len(deeds) == 10


def test_what_a_worksheet_shows_and_takes(world: World, registrar: Browser, as_staff: Staff) -> None:
    """A number is masked, shown for a reason, whole in an agreed file; what another pressed meanwhile is not pressed over."""
    hand_in(registrar, excel_of(CHANGED))
    registrar.follow()
    registrar.send("/columns")
    registrar.follow()
    registrar.send("/take")
    page = registrar.follow()
    sheet = next(link for link in page.links if link.startswith(f"{LIST}/") and "columns" not in link)
    page = registrar.get(sheet)
    assert "测试学籍管理员" in page.text
    for whole in (number(serial=99), number(serial=3)):
        assert whole not in page.html
    page = registrar.get(f"{sheet}?college=测试学院&field=BH")
    forms = [form for form in page.forms if "alike" in form.fields]
    assert registrar.send_form(forms[0], press="to_post").status == 303
    stale = registrar.send_form(forms[0], press="to_ask")
    assert (stale.status, stale.codes) == (409, ["rows_changed"])
    page = registrar.get(f"{sheet}?field=SFZH")
    form = page.form("/press")
    with world.place.store.reading() as session:
        row = session.execute(select(Difference.id, Difference.version).filter_by(field="SFZH")).one()
    shown = registrar.post(form.action.replace("/press", "/number"), **form.fields, shown=f"{row.id}:school")
    assert shown.codes == ["look_without_reason"] and number(serial=99) not in shown.html
    asked = {**form.fields, "shown": f"{row.id}:school", "why": "platform"}
    shown = registrar.post(form.action.replace("/press", "/number"), **asked)
    assert number(serial=99) in shown.html and number(serial=3) not in shown.html
    for ticks, code in (([], "nothing_ticked"), ([f"{row.id}:{row.version}"], "row_without_kind")):
        answer = registrar.post(form.action, **form.fields, row=ticks, press="done")
        assert (answer.status, answer.codes) == (422, [code])
    second, said = as_staff("second_reviewer"), {"purpose": "authority", "words": "按平台要求录入"}
    registrar.get(f"{sheet}?field=SFZH&stand=all")
    assert registrar.send("/export", purpose="authority").codes == ["export_no_words"]
    job = registrar.send("/export", **said).location
    second.get(job)
    assert "教务导出.xlsx" in second.page.text and "证件号码" in second.page.text
    assert second.send("/approve").status == 303, second.page.codes
    registrar.get(job)
    taken = load_workbook(io.BytesIO(registrar.send("/file").response.data)).worksheets[0]
    ((_, _, _, _, field, *values, _, _),) = taken.iter_rows(min_row=2, values_only=True)
    assert values == [number(serial=3), number(serial=99)], field
    with world.place.store.reading() as session:
        who = world.staff["registrar"].person
        looked = session.scalars(select(Access.what).where(Access.person_id == who)).all()
    assert {"sources", "sources:press", "reveal:SFZH"} <= set(looked)


def test_a_column_that_goes_missing_is_named_before_anything_is_compared(registrar: Browser) -> None:
    """The headings of a file are corrected once; a file that lacks one is refused until it is given up in so many words."""
    head, cells = ["学号", "学生", "行政班"], ["240100001", student(1)["XM"], "240177"]
    hand_in(registrar, as_excel(head, cells))
    registrar.follow()
    form = registrar.page.form("/columns")
    page = registrar.send_form(form, **{"school.2": "BH", "school.3": "BH"})
    assert (page.status, page.codes) == (422, ["mapping_two_to_one", "mapping_no_name"])
    assert "“学生”“行政班”都对应“班号”" in page.text
    assert registrar.send_form(form, **{"school.2": "XM", "school.3": "BH"}).status == 303
    assert "1 不同的项目" in registrar.follow().text
    hand_in(registrar, as_excel(head[:2], cells[:2]))
    registrar.follow()
    assert (page := registrar.send("/columns")).codes == ["mapping_column_lost"] and "班号（BH）" in page.text
    assert registrar.send("/columns", **{"school.lost.BH": "1"}).status == 303


def test_files_that_nobody_took_are_gone_after_an_hour(world: World, registrar: Browser) -> None:
    """A round of the scheduled job removes them, also if no page of theirs is opened again."""
    assert hand_in(registrar, excel_of([student(1)])).status == 303
    folder = world.place.settings.home / "incoming-sources"
    run_scheduled(world.place)
    assert len(list(folder.iterdir())) == 1
    world.at(world.clock.moment + timedelta(hours=1))
    run_scheduled(world.place)
    assert list(folder.iterdir()) == []


def test_a_bad_file_is_named_and_nothing_is_taken(world: World, registrar: Browser) -> None:
    """A cut workbook is refused by its name at once; a float or a doubled student shuts the button, and a forged press."""
    rows: list[Row] = [student(1), student(2, KSH=student(1)["KSH"])]
    page = hand_in(registrar, excel_of(rows)[:-30], f"{number()}.xlsx")
    assert page.status == 422 and "…" in page.text and number() not in page.html
    hand_in(registrar, as_csv(rows), "教务.csv")
    registrar.follow()
    registrar.send("/columns")
    page = registrar.follow()
    assert not page.form("/take").open and "2 教务系统 · 考生号 拒绝" in page.text
    form = page.form("/take")
    answer = registrar.post(form.action, **form.fields)
    assert (answer.status, answer.codes) == (422, ["rows_refused"])
    with world.place.store.reading() as session:
        assert session.scalars(select(Difference)).all() == []
