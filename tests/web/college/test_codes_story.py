"""Strips in a real browser: chosen, made, and printed on paper as they are cut."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext

from tests.web.visiting import complaints, on_paper, sign_in
from tests.world import World

pytestmark = [pytest.mark.one_database]


def test_strips_are_printed_ten_to_a_sheet_and_each_class_from_a_new_one(
    world: World, site: str, desk: BrowserContext
) -> None:
    """Eleven students of one class fill two sheets of A4, one of another begins a third."""
    for _ in range(11):
        world.record(bh="240101", xm="买买提吐尔逊·阿卜杜热合曼·测试")
    world.record(bh="240102")
    page = sign_in(world, site, desk, world.staff["officer"].person)
    said = complaints(page)
    page.get_by_role("link", name="学生的登录码").click()
    page.get_by_label("为谁生成").select_option(label="全院（12 人）")
    page.get_by_label("打印成条").check()
    page.get_by_role("button", name="生成登录码").click()
    page.get_by_role("link", name="打印第 1 份").click()
    paper = on_paper(page)
    assert len(re.findall(rb"/Type /Page\b", paper)) == 3
    strips = page.locator(".strip")
    assert strips.count() == 12 and page.locator(".strip .qr svg").count() == 12
    page.emulate_media(media="print")
    cut_off = "strip => [...strip.children].some(part => part.scrollHeight > strip.clientHeight)"
    assert [n for n in range(12) if strips.nth(n).evaluate(cut_off)] == []
    assert said == []
