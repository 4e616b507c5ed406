"""A worksheet of twenty in a real Chromium: half without a script, half with copying and one key."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser import DESK
from tests.web.visiting import complaints, fits, sign_in
from tests.workflow.cases.review.test_entering import approved
from tests.world import NAME, World

pytestmark = [pytest.mark.one_database, pytest.mark.parametrize("store", ["sqlite"], indirect=True)]

SHEET = "/desk/platform"


def test_a_worksheet_of_twenty(
    world: World, site: str, desk: BrowserContext, new_context: CreateContextCallback
) -> None:
    """All ticked by a link, ten unticked and ten entered; then a value copied, and the rest by one key."""
    cases = [approved(world, NAME) for _ in range(20)]
    bare = new_context(java_script_enabled=False, **DESK)
    page = sign_in(world, site, bare, world.staff["reviewer"].person)
    page.goto(f"{site}{SHEET}")
    expect(page.get_by_role("button", name="复制")).to_have_count(0)
    page.get_by_label("姓名改为").first.focus()
    page.get_by_role("link", name="勾选这一页全部").click()
    ticks = page.locator("input[name=row]:checked")
    expect(ticks).to_have_count(20)
    for _ in range(10):
        ticks.last.uncheck()
    page.get_by_role("button", name="登记为已录入").click()
    expect(page.get_by_role("status").first).to_contain_text("已登记录入 10 件")
    assert [world.case(case).state for case in cases] == ["corrected"] * 10 + ["under_review"] * 10
    page = sign_in(world, site, desk, world.staff["reviewer"].person)
    said = complaints(page)
    page.goto(f"{site}{SHEET}")
    page.get_by_role("button", name=re.compile("^复制.*姓名改为$")).first.click()
    expect(page.locator("#copied-now")).to_have_text("已复制：测试甲")
    page.keyboard.press("j")
    expect(page.locator("input[name=row]").first).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_text("已勾选 1 件")).to_be_visible()
    page.get_by_role("link", name="勾选这一页全部").click()
    expect(page.get_by_text("已勾选 10 件")).to_be_visible()
    assert fits(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").first).to_contain_text("已登记录入 10 件")
    expect(page.locator("input[name=row]")).to_have_count(0)
    assert {world.case(case).state for case in cases} == {"corrected"} and said == []
