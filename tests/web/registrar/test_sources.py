"""The registrar sets the platform and the 教务系统 side by side, from two files to a worksheet that is done."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from tests.web.browsing import Browser, Page
from tests.workflow.records.rosters import Row, as_csv, as_excel, excel_of, number, student
from tests.world import World
from workflow.people.tables import Access
from workflow.records.formats import read_roster
from workflow.records.judge import judge
from workflow.records.roster import take_in
from workflow.sources.tables import Difference, DifferenceDeed

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


def test_from_two_systems_to_a_worksheet_that_is_done(world: World, registrar: Browser) -> None:
    """Upload, columns, dry run, worksheet: one press for rows alike, one number for a reason, all done in the end."""
    changed = [
        student(1, BH="240177", SFZH=number(serial=99)),
        student(2, BH="240177"),
        student(3, BH="240177"),
        student(4, XM="测试•甲"),
    ]
    assert hand_in(registrar, excel_of(changed)).status == 303
    page = registrar.follow()
    assert "教务导出.xlsx" in page.text
    assert registrar.send("/columns").status == 303
    page = registrar.follow()
    assert "还没有写入任何内容" in page.text and "4 两处都有" in page.text and "5 不同的项目" in page.text
    assert registrar.send("/take").status == 303
    page = registrar.follow()
    sheet = next(link for link in page.links if link.startswith(f"{LIST}/") and "columns" not in link)
    assert registrar.get(f"{sheet}?after={10**30}").status == 200
    page = registrar.get(sheet)
    assert "共 5 行，不必再办的 0 行" in page.text and "测试学籍管理员" in page.text
    for whole in (number(serial=99), number(serial=3)):
        assert whole not in page.html
    both = f"{sheet}?college=测试学院&field=BH"
    page = registrar.get(both)
    forms = [form for form in page.forms if "alike" in form.fields]
    assert registrar.send_form(forms[0], press="to_post").status == 303
    assert "已办理 3 行：要在学信网更正" in registrar.follow().text
    stale = registrar.send_form(forms[0], press="to_ask")
    assert (stale.status, stale.codes) == (409, ["rows_changed"])
    page = registrar.get(f"{sheet}?field=SFZH")
    form = page.form("/press")
    with world.place.store.reading() as session:
        row = session.scalars(select(Difference.id).where(Difference.field == "SFZH")).one()
    shown = registrar.post(form.action.replace("/press", "/number"), **form.fields, shown=f"{row}:school")
    assert shown.codes == ["look_without_reason"] and number(serial=99) not in shown.html
    asked = {**form.fields, "shown": f"{row}:school", "why": "platform"}
    shown = registrar.post(form.action.replace("/press", "/number"), **asked)
    assert number(serial=99) in shown.html and number(serial=3) not in shown.html
    answer = registrar.post(form.action, **form.fields, press="done")
    assert (answer.status, answer.codes) == (422, ["nothing_ticked"])
    page = registrar.get(sheet)
    form = page.form("/press")
    with world.place.store.reading() as session:
        rows = list(session.execute(select(Difference.id, Difference.version, Difference.field)))
    ticks = {
        field: [f"{r.id}:{r.version}" for r in rows if r.field == field] for field in ("BH", "SFZH", "XM")
    }
    assert registrar.post(form.action, **form.fields, row=ticks["SFZH"], press="done").codes == [
        "row_without_kind"
    ]
    for press, field in (("to_ask", "SFZH"), ("to_mend", "XM"), ("done", "BH")):
        assert registrar.post(form.action, **form.fields, row=ticks[field], press=press).status == 303
    later = [f"{tick[:-1]}1" for tick in (*ticks["SFZH"], *ticks["XM"])]
    assert registrar.post(form.action, **form.fields, row=later, press="done").status == 303
    assert "不必再办的 5 行" in registrar.get(sheet).text
    file = registrar.client.get(f"{sheet}/list.xlsx?kind=to_post&stand=all").data
    sheets = load_workbook(io.BytesIO(file), read_only=True).worksheets
    posted = [row for row in sheets[0].iter_rows(min_row=2, values_only=True)]
    assert [row[4:8] for row in posted] == [("班号", "240101", "240177", "要在学信网更正")] * 3
    with world.place.store.reading() as session:
        who = world.staff["registrar"].person
        deeds = session.execute(select(DifferenceDeed.what, DifferenceDeed.by)).all()
        assert {deed.by for deed in deeds} == {who} and len(deeds) == 10
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
