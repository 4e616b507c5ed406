"""From "no record found" to "solved", in a real Chromium on a phone and at the registrar's desk."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser import DESK, PHONE
from tests.web.visiting import barriers, complaints, fits, sign_in
from tests.world import World

pytestmark = [pytest.mark.one_database, pytest.mark.parametrize("store", ["sqlite"], indirect=True)]


@pytest.fixture(params=[False, True], ids=["without_scripts", "with_scripts"])
def hand(request: pytest.FixtureRequest, new_context: CreateContextCallback) -> BrowserContext:
    """A phone without a sign-in, once with scripts disabled."""
    return new_context(**PHONE, java_script_enabled=request.param)


def is_well(page: Page, *, scripts: bool) -> bool:
    """The page fits the phone, and a machine finds no barrier on it."""
    return fits(page) and (not scripts or barriers(page) == [])


def test_from_no_record_to_solved(
    request: pytest.FixtureRequest,
    world: World,
    site: str,
    hand: BrowserContext,
    new_context: CreateContextCallback,
) -> None:
    """Three fields and a press; the office looks, at 320 px too, and answers; number and word show it solved."""
    scripts = "with_scripts" in request.node.name.split("-")
    phone = hand.new_page()
    said = complaints(phone)
    phone.goto(f"{site}/help/ask")
    phone.get_by_role("button", name="提交咨询").tap()
    expect(phone.get_by_role("alert")).to_contain_text("请选择遇到了什么问题")
    assert is_well(phone, scripts=scripts)
    phone.get_by_label("查不到学籍", exact=True).check()
    phone.get_by_label("姓名").fill("张三丰")
    phone.get_by_label("电话", exact=True).fill("13877421463")
    phone.get_by_role("button", name="提交咨询").tap()
    expect(phone.get_by_role("heading", name="咨询已提交")).to_be_visible()
    assert is_well(phone, scripts=scripts)
    shown = phone.get_by_role("status").inner_text()
    number, word = re.findall(r"\d{3} \d{3} \d{3}|\b\w{5}-\w{5}\b", shown)
    phone.get_by_role("link", name="查看答复").tap()
    sees(phone, number, word, "已提交")

    desk = sign_in(world, site, new_context(**DESK), world.staff["registrar"].person)
    desk.get_by_role("link", name="查看咨询事项").click()
    desk.get_by_role("link", name=number).click()
    expect(desk.get_by_text("13877421463")).to_be_visible()
    desk.get_by_role("button", name="English").click()
    expect(desk.get_by_text("Details", exact=True)).to_be_visible()
    desk.set_viewport_size({"width": 320, "height": 568})
    assert fits(desk)
    desk.set_viewport_size({"width": 1280, "height": 800})
    desk.get_by_role("button", name="中文").click()
    desk.get_by_role("button", name="开始查询").click()
    expect(desk.get_by_text("已开始查询。")).to_be_visible()
    desk.get_by_label("联系到本人").check()
    desk.get_by_role("button", name="登记电话联系").click()
    expect(desk.get_by_text("已登记电话联系。")).to_be_visible()
    desk.get_by_label("已解决").check()
    desk.get_by_label("写给咨询人的话").fill("学籍已补报。\n请明天再查。")
    desk.get_by_role("button", name="答复咨询人").click()
    expect(desk.get_by_text("已答复。")).to_be_visible()

    phone.goto(f"{site}/help/state")
    sees(phone, number, word, "已解决")
    expect(phone.get_by_text("请明天再查。")).to_be_visible()
    assert is_well(phone, scripts=scripts)
    assert word not in phone.url and number not in phone.url and said == []


def sees(phone: Page, number: str, word: str, state: str) -> None:
    """Type number and word, and read how the item stands."""
    phone.get_by_label("咨询编号").fill(number)
    phone.get_by_label("查询口令").fill(word.lower())
    phone.get_by_role("button", name="查看答复").tap()
    expect(phone.get_by_role("heading", name="咨询的答复")).to_be_visible()
    expect(phone.locator(".tag")).to_have_text(state)
