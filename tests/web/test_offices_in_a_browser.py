"""One story in a real Chromium: the registrar brings a roster in and opens the campaign, the officer looks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser import DESK, PHONE
from tests.conftest import on
from tests.web.visiting import complaints, fits, sign_in
from tests.workflow.records.rosters import as_csv, student
from tests.world import CAMPAIGN, NAME, World

pytestmark = pytest.mark.one_database


def test_from_a_roster_to_the_list_of_who_is_silent(
    world: World, site: str, new_context: CreateContextCallback, tmp_path: Path
) -> None:
    """A small file with a flagged row, looked at, imported, opened; then a college's board and its download."""
    file = tmp_path / "roster.csv"
    file.write_bytes(as_csv([student(1), student(2, XM="黄?"), student(3, BH="240102")]))
    page = sign_in(world, site, new_context(**DESK), world.staff["registrar"].person)
    said = complaints(page)
    page.get_by_text("名册与对照").click()
    page.get_by_role("link", name="学籍名册").click()
    page.get_by_label("名册文件").set_input_files(file)
    page.get_by_role("button", name="上传并查看试导入结果").click()
    expect(page.get_by_role("row", name=re.compile("^3 姓名 提示 有字已变成"))).to_be_visible()
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_role("status")).to_contain_text("新增 3 条")
    page.get_by_text("自查与进度").click()
    page.get_by_role("link", name="各次自查").click()
    page.locator(f'a[href="/registrar/{CAMPAIGN}"]', has_text="核对后开始活动").click()
    page.get_by_role("button", name="开始活动，为 3 条记录建立个案").click()
    page.get_by_role("link", name="各学院进度").click()
    expect(page.get_by_role("row", name=re.compile("^测试学院 3 0.0% 3"))).to_be_visible()
    assert fits(page) and said == []

    page = sign_in(world, site, new_context(**DESK, accept_downloads=True), world.staff["officer"].person)
    said = complaints(page)
    bars = page.locator("svg.share").evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
    assert bars and min(bars) > 90
    page.get_by_role("link", name=re.compile("^2 人")).click()
    expect(page.get_by_label("群通知文本（可复制）")).to_have_value(re.compile("240101（2 人）：.*黄"))
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载名单（CSV").click()
    taken = waiting.value
    assert taken.suggested_filename == f"unchecked-{CAMPAIGN}-20241025-1000.csv"
    assert Path(taken.path()).read_bytes().decode("utf-8-sig").count("\r\n") == 3
    assert fits(page) and said == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_offices_pages_fit_a_phone(
    world: World, site: str, new_context: CreateContextCallback, tmp_path: Path, language: str
) -> None:
    """Tables scroll inside themselves; what can be touched is large enough for a thumb."""
    record = world.record(bh="很长的班级名称2024级飞行器制造工程01班", fy="测试学院")
    world.open_campaign()
    world.file(record, NAME)
    world.refused(world.case_of(record), "correct", world.staff["reviewer"], words="太早")
    case = world.case_of(record).id
    world.record()
    world.open_campaign()
    file = tmp_path / "roster.csv"
    file.write_bytes(as_csv([student(1), student(2, XM="黄?", XJZT="不知道")]))
    ways = {
        "officer": ("/college", f"/college/{CAMPAIGN}/silent"),
        "registrar": (
            f"/registrar/{CAMPAIGN}",
            f"/registrar/{CAMPAIGN}/board",
            f"/registrar/{CAMPAIGN}/classes?college=测试学院",
            "/registrar/rosters",
        ),
        "auditor": (
            "/audit/refusals",
            f"/audit/{case}",
            f"/audit/{case}/looks",
            f"/audit/rules/{world.place.school.digest}",
        ),
        "administrator": ("/admin", "/admin/presences"),
    }
    wide, small = [], []
    context = new_context(**PHONE)
    for role, paths in ways.items():
        context.clear_cookies()
        page = sign_in(world, site, context, world.staff[role].person)
        context.add_cookies([{"name": "lang", "value": language, "url": site}])
        for path in paths:
            page.goto(site + path)
            if path.endswith("/rosters"):
                page.locator("input[type=file]").set_input_files(file)
                page.locator("main form button").first.click()
                expect(page.locator("table").first).to_be_visible()
            wide += [] if fits(page) else [path]
            small += page.locator(
                "main .action:visible, main .btn:visible, main summary:visible"
            ).evaluate_all(
                "all => all.map(one => one.getBoundingClientRect().height).filter(height => height < 44)"
            )
        page.close()
    assert (wide, small) == ([], [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_offices_words_can_be_read(
    world: World, site: str, new_context: CreateContextCallback, scheme: str
) -> None:
    """In light and in dark every word of a board, a timeline and the sign-ins has enough contrast."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    case = world.case_of(record)
    world.refused(case, "correct", world.staff["reviewer"], words="太早")
    contrast = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
    context: BrowserContext = new_context(**DESK, color_scheme=scheme)
    weak: list[str] = []
    for role, paths in {
        "officer": ("/college", f"/college/{CAMPAIGN}/silent"),
        "registrar": (f"/registrar/{CAMPAIGN}", "/registrar/rosters"),
        "auditor": ("/audit/refusals", f"/audit/{case.id}"),
        "administrator": ("/admin/presences", "/admin/settings"),
    }.items():
        context.clear_cookies()
        page = sign_in(world, site, context, world.staff[role].person)
        for path in paths:
            page.goto(site + path)
            weak += page.evaluate(contrast)
        page.close()
    assert weak == []


def test_the_registrar_on_the_last_evening(
    world: World, site: str, new_context: CreateContextCallback
) -> None:
    """On a phone at 23:40: the way down, a bulletin held against the history, and more time in one press."""
    records = [world.record() for _ in range(12)]
    world.open_campaign()
    for record in records[:7]:
        world.do(world.case_of(record), "confirm", world.student(record))
    world.at(on(2024, 11, 7, 23, 40))
    page = sign_in(world, site, new_context(**PHONE), world.staff["registrar"].person)
    said = complaints(page)
    page.get_by_role("link", name="各学院进度").first.click()
    page.get_by_role("link", name="趋势与预测").click()
    expect(page.get_by_role("img", name=re.compile("^未核对人数"))).to_be_visible()
    expect(page.get_by_text("现在未核对 5 人，还剩 1 天")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="通报", exact=True).click()
    page.get_by_role("button", name="发布通报").click()
    expect(page.get_by_text("刚才由流转记录重新计算，结果相同。")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="打印、盖章的一份").click()
    expect(page.get_by_role("heading", name=re.compile("进度的通报"))).to_be_visible()
    page.emulate_media(media="print")
    assert page.locator("body > header").is_hidden() and page.locator(".no-print").first.is_hidden()
    page.emulate_media(media="screen")
    page.goto(f"{site}/registrar/{CAMPAIGN}/end")
    page.get_by_label("延到哪一天").fill("2024-11-10")
    page.get_by_label("理由").fill("学信网维护")
    page.get_by_role("button", name="延期并通知").click()
    expect(page.get_by_text(re.compile("— 2024年11月10日 23:59:59"))).to_be_visible()
    assert fits(page) and said == []
