"""How many touches a student's way takes, counted in a real Chromium on a phone, with and without scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from states.case import RAISED
from tests.browser import PHONE
from tests.web.visiting import complaints, fits, sign_in
from tests.world import World, picture

pytestmark = pytest.mark.one_database

AT_MOST = 12


class Finger:
    """A student's finger. What it touches on the page, and each photo in the phone's album, counts."""

    def __init__(self) -> None:
        self.touches = 0

    def tap(self, what: Locator) -> None:
        """Touch something."""
        what.tap()
        self.touches += 1

    def write(self, field: Locator, text: str) -> None:
        """Touch a field and write in it."""
        field.tap()
        field.fill(text)
        self.touches += 1

    def choose(self, field: Locator, photos: list[Path]) -> None:
        """Open the album and touch each photo."""
        field.set_input_files(photos)
        self.touches += 1 + len(photos)


@pytest.mark.parametrize("scripts", [False, True], ids=["without_scripts", "with_scripts"])
def test_a_name_change_with_two_photos_takes_twelve_touches(
    world: World, site: str, new_context: CreateContextCallback, tmp_path: Path, scripts: bool
) -> None:
    """From the first page to the receipt, the name and the day written, both photos chosen in one go."""
    photos = [tmp_path / f"IMG_{n}.jpg" for n in range(2)]
    for n, photo in enumerate(photos):
        photo.write_bytes(picture(400 + n, 300))
    record = world.record(xm="张三丰")
    world.open_campaign()
    context = new_context(**PHONE, java_script_enabled=scripts)
    page, finger = sign_in(world, site, context, world.student(record).person), Finger()
    said = complaints(page)
    finger.tap(page.get_by_role("group", name="姓名").get_by_text("有误"))
    finger.tap(page.get_by_role("button", name="提交核对结果"))
    finger.tap(page.get_by_label("入学后在公安机关依法变更"))
    finger.write(page.get_by_label("正确的姓名"), "张三峯")
    finger.write(page.get_by_label("公安机关变更的日期"), "2024-10-01")
    finger.tap(page.get_by_role("button", name="保存并继续"))
    hand_in(page, finger, photos)
    finger.tap(page.get_by_role("link", name="下一步：核对并提交"))
    finger.tap(page.get_by_role("button", name="提交更正申请"))
    expect(page.get_by_role("heading", name="已提交更正申请")).to_be_visible()
    assert finger.touches <= AT_MOST
    assert world.case(world.case_of(record)).state == RAISED
    assert fits(page) and said == []


def hand_in(page: Page, finger: Finger, photos: list[Path]) -> None:
    """Choose photos of the household book, and send them where the page does not by itself."""
    field = page.get_by_label(re.compile("^附上照片：户口簿$")).first
    finger.choose(field, photos)
    button = page.locator("form", has=field).get_by_role("button", name="上传", exact=True)
    if button.is_visible():
        finger.tap(button)
    expect(page.get_by_role("heading", name="已保存 2 张照片")).to_be_visible()


COVERED = """() => {
    const at = document.activeElement, bar = document.querySelector(".sure");
    if (bar.contains(at)) return "";
    const box = (at.type === "radio" ? at.labels[0] : at).getBoundingClientRect();
    const under = Math.min(box.bottom, innerHeight) - bar.getBoundingClientRect().top;
    return under > 1 ? `${at.id || at.textContent.trim()}: ${under}` : "";
}"""
"""The control with the focus, if the bar at the foot covers a part of it."""


@pytest.mark.parametrize("size", [(320, 568), (375, 700), (640, 320)], ids=["small", "phone", "flat"])
def test_no_control_has_the_focus_under_the_bar(
    world: World, site: str, new_context: CreateContextCallback, size: tuple[int, int]
) -> None:
    """Whoever goes through the first page by keyboard sees each control in full, before and after a choice."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    context = new_context(viewport={"width": size[0], "height": size[1]})
    page = sign_in(world, site, context, world.student(record).person)
    seen: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type === 'radio'"):
            page.keyboard.press("Space")
        seen.append(page.evaluate(COVERED))
        if page.evaluate("!!document.activeElement.closest('.sure')"):
            break
    assert page.evaluate("!!document.activeElement.closest('.sure')") and len(seen) > 10
    assert [one for one in seen if one] == []
