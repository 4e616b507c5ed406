"""A student's way in, in a real Chromium on a phone: a strip, a password, and coming back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser import PHONE
from tests.web.visiting import complaints, fits
from tests.workflow.signin.doors import WORDS, code_for, xh_of
from tests.world import World
from workflow.people.accounts import OPERATOR
from workflow.people.links import link_of, make_link
from workflow.signin.codes import shown

pytestmark = [pytest.mark.one_database, pytest.mark.parametrize("store", ["sqlite"], indirect=True)]

HOME = re.compile("/my$")


@pytest.fixture(params=[False, True], ids=["without_scripts", "with_scripts"])
def hand(request: pytest.FixtureRequest, new_context: CreateContextCallback) -> BrowserContext:
    """A student's phone, once with scripts disabled."""
    return new_context(**PHONE, java_script_enabled=request.param)


def sets_a_password(page: Page) -> None:
    """Type the new password twice, and send it."""
    page.get_by_label("新密码", exact=True).fill(WORDS)
    page.get_by_label("再填一次新密码").fill(WORDS)
    page.get_by_role("button", name="设置密码并登录").tap()
    page.wait_for_url(HOME)


def test_from_the_strip_to_the_record_and_back_the_next_day(
    world: World, site: str, hand: BrowserContext
) -> None:
    """The sign-in page leads to the code, the code to a password, the password home; tomorrow it leads home again."""
    record = world.record()
    code = shown(code_for(world, world.student(record).person, "strip"))
    page = hand.new_page()
    said = complaints(page)
    page.goto(site)
    page.get_by_role("link", name="登录", exact=True).tap()
    expect(page.get_by_label("密码", exact=True)).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="第一次登录").tap()
    page.get_by_label("学号、考生号或工号").fill(xh_of(record))
    page.get_by_label("登录码").fill(code.lower())
    assert fits(page)
    page.get_by_role("button", name="下一步：设置密码").tap()
    expect(page.get_by_text("至少 12 个字符")).to_be_visible()
    assert fits(page)
    sets_a_password(page)
    page.get_by_role("button", name="退出").tap()
    expect(page.get_by_role("heading", name="已退出")).to_be_visible()
    world.at(world.clock.moment + timedelta(days=1))
    page.goto(f"{site}/my")
    page.goto(f"{site}/signin")
    page.get_by_label("学号、考生号或工号").fill(xh_of(record))
    page.get_by_label("密码", exact=True).fill(WORDS)
    page.get_by_role("button", name="登录", exact=True).tap()
    page.wait_for_url(HOME)
    assert [one for one in said if "401" not in one and "Clear-Site-Data" not in one] == []


def test_the_code_of_the_qr_is_filled_in_and_leaves_the_address(
    world: World, site: str, new_context: CreateContextCallback
) -> None:
    """Whoever scans a strip types only the number; no request and no history entry holds the code."""
    record = world.record()
    code = code_for(world, world.student(record).person, "strip")
    page = new_context(**PHONE).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    said = complaints(page)
    page.goto(f"{site}/activate#{code}")
    expect(page.get_by_label("登录码")).to_have_value(code)
    assert page.url == f"{site}/activate"
    expect(page.get_by_label("学号、考生号或工号")).to_be_focused()
    page.keyboard.type(xh_of(record))
    page.keyboard.press("Enter")
    sets_a_password(page)
    assert said == [] and [one for one in asked if code in one or xh_of(record) in one] == []


def test_the_token_of_a_link_leaves_the_address(
    world: World, site: str, new_context: CreateContextCallback
) -> None:
    """Opening a link fills its field in; one press signs in, and the server saw the token in no address."""
    person = world.staff["reviewer"].person
    with world.place.store.writing() as session:
        token = make_link(session, person, OPERATOR, world.clock.moment, world.place.entropy)
    page = new_context(**PHONE).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(link_of(site, token))
    expect(page.get_by_label("登录链接")).to_have_value(token)
    assert page.url == f"{site}/in"
    page.get_by_role("button", name="登录", exact=True).tap()
    page.wait_for_url(re.compile("/desk$"))
    assert [one for one in asked if token in one.split("#")[0]] == []


def test_a_jump_on_the_page_is_not_taken_for_a_code(
    world: World, site: str, new_context: CreateContextCallback
) -> None:
    """The link to the main part, and the links of reasons to their fields, leave the field of the code alone."""
    page = new_context(**PHONE).new_page()
    page.goto(f"{site}/activate#main")
    expect(page.get_by_label("登录码")).to_have_value("")
    page.get_by_role("button", name="下一步：设置密码").tap()
    page.get_by_role("link", name="请填写登录码").tap()
    expect(page.get_by_label("登录码")).to_have_value("")


def test_the_strip_of_another_in_the_same_window_takes_its_place(
    world: World, site: str, new_context: CreateContextCallback
) -> None:
    """A second scan in the same window brings the second code, though the page is not loaded again."""
    page = new_context(**PHONE).new_page()
    page.goto(f"{site}/activate#ABCDEFGH23")
    expect(page.get_by_label("登录码")).to_have_value("ABCDEFGH23")
    page.evaluate("location.hash = '23456-789AB'")
    expect(page.get_by_label("登录码")).to_have_value("23456-789AB")
    assert page.url == f"{site}/activate"
