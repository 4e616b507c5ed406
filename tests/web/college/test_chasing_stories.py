"""A college's last days in a real browser: chasing by phone, signing at a desk, the platform's export."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.conftest import on
from tests.web.visiting import complaints, fits, on_paper, sign_in
from tests.workflow.campaigns.test_platform_export import workbook
from tests.world import CAMPAIGN, World

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
def college(world: World) -> World:
    """Three silent students of one class, with ordinary names."""
    for name in ("张三丰", "买买提吐尔逊·阿卜杜热合曼·测试", "王五常"):
        world.record(xm=name)
    world.open_campaign()
    return world


def test_an_officer_chases_a_class_on_a_phone(college: World, site: str, phone: BrowserContext) -> None:
    """From the board to the class, a call noted, everybody reminded, all by thumb and without a script."""
    page = sign_in(college, site, phone, college.staff["officer"].person)
    said = complaints(page)
    page.get_by_role("link", name="全院未核对名单").click()
    page.get_by_role("checkbox", name="张三丰").check()
    page.get_by_label("方式").select_option(label="电话")
    page.get_by_label("结果").select_option(label="没有应答")
    page.get_by_role("button", name="登记联系").click()
    assert page.get_by_role("status").inner_text() == "已为 1 人登记。"
    page.get_by_role("checkbox", name="张三丰").check()
    page.get_by_label("原因", exact=True).select_option(label="联系不上")
    page.get_by_role("button", name="登记原因").click()
    assert fits(page)
    page.get_by_role("link", name="未登记原因 2").click()
    page.get_by_role("link", name="提醒名单上的 2 人").click()
    assert fits(page)
    page.get_by_role("button", name="提醒这 2 人").click()
    assert page.get_by_role("status").inner_text() == "已提醒 2 人。"
    page.get_by_role("link", name="全部 3").click()
    page.get_by_role("link", name="张三丰").click()
    expect(page.get_by_text("电话 · 没有应答")).to_be_visible()
    assert fits(page)
    assert said == []


def test_an_officer_prints_a_sheet_notes_who_signed_and_signs_the_list(
    college: World, site: str, desk: BrowserContext
) -> None:
    """The sheet fits on paper without the page around it; after the close the list is signed for what it is."""
    college.at(on(2024, 11, 8))
    page = sign_in(college, site, desk, college.staff["officer"].person)
    said = complaints(page)
    page.get_by_role("rowheader", name="240101").get_by_role("link").click()
    page.get_by_role("link", name="打印核对表").click()
    expect(page.get_by_text("（盖章处）")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="退出")).to_be_hidden()
    expect(page.get_by_text("（盖章处）")).to_be_visible()
    assert len(on_paper(page)) > 1000
    page.emulate_media(media="screen")
    page.go_back()
    page.get_by_role("checkbox", name="王五常").check()
    page.get_by_role("button", name="登记签名").click()
    assert page.get_by_role("status").inner_text() == "已为 1 人登记。"
    page.get_by_role("link", name="本学院进度").click()
    with page.expect_download() as coming:
        page.get_by_role("link", name="全院未核对名单").click()
        page.get_by_role("link", name="下载名单（Excel）").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(coming.value.path()).read_bytes()))
    assert all(cell.data_type == "s" for row in book.active.iter_rows() for cell in row if cell.value)
    page.get_by_role("link", name="本学院进度").click()
    page.get_by_role("link", name="签认名单").click()
    page.get_by_role("button", name="签认这份名单").click()
    expect(page.get_by_text("签认之后，名单没有变化。")).to_be_visible()
    assert said == []


def test_the_registrar_takes_in_the_platforms_export_and_makes_the_poster(
    college: World, site: str, desk: BrowserContext, tmp_path: Path
) -> None:
    """Upload, dry run, one press, numbers side by side; and a code to hang up."""
    file = tmp_path / "自查情况.xlsx"
    rows = (
        ("240100001", "张三丰", "", "", "已自查", "2024-10-24 16:24:00"),
        ("240100009", "无", "", "", "已自查", ""),
    )
    file.write_bytes(workbook(*rows))
    page = sign_in(college, site, desk, college.staff["registrar"].person)
    said = complaints(page)
    page.goto(f"{site}/registrar/{CAMPAIGN}")
    page.get_by_role("link", name="与平台对照").click()
    page.get_by_label("平台导出的自查情况").set_input_files(file)
    page.get_by_role("button", name="上传并查看试导入结果").click()
    expect(page.get_by_text("学校没有这个号码的学籍记录").first).to_be_visible()
    page.get_by_role("button", name="确认导入").click()
    assert "已导入：1 人" in page.get_by_role("status").inner_text()
    assert page.get_by_role("row", name="测试学院").get_by_role("cell").nth(2).inner_text() == "1"
    page.goto(f"{site}/posters/{CAMPAIGN}")
    picture = page.get_by_role("img", name="二维码")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 100")
    assert said == []
