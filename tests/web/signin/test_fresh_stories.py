"""Nothing typed is lost to a timeout: a refusal typed too slowly, in a real Chromium, without scripts too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from states.case import REJECTED, REVIEW
from tests.browser import DESK
from tests.web.visiting import complaints, fits, sign_in
from tests.workflow.signin.doors import opened
from tests.world import World
from workflow.cases.claims import ClaimFiled
from workflow.engine import Ref

ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
PASSWORD = "vier Stare sassen auf dem Zaun"
WORDS = "身份证与户口簿上都写作“丰”，原记录无误"


@pytest.fixture
def taken_up(world: World) -> Ref:
    """A case that the reviewer, who has a password, has taken up."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    world.file(record, ClaimFiled("XM", "admission_error", "张三峯"))
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    opened(world, "reviewer", "T0001", PASSWORD)
    return case


def types_a_refusal(page: Page, site: str, case: Ref) -> None:
    """Fill in a refusal, without pressing yet."""
    page.goto(f"{site}/desk/{case.id}")
    form = page.locator("#decision")
    form.get_by_label("不予更正").first.check()
    form.get_by_label("理由类别").select_option("record_is_right")
    page.locator("#words").fill(WORDS)


@ON_SQLITE
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
def test_a_refusal_typed_too_slowly_goes_on_after_the_password(
    world: World, site: str, new_context: CreateContextCallback, taken_up: Ref, scripts: bool
) -> None:
    """Sixteen minutes of typing, the password, one look at the words, one press: decided, and every word there."""
    page = sign_in(
        world, site, new_context(**DESK, java_script_enabled=scripts), world.staff["reviewer"].person
    )
    said = complaints(page)
    types_a_refusal(page, site, taken_up)
    world.at(world.clock.moment + timedelta(minutes=16))
    page.get_by_role("button", name="办结并办理下一件").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("您填写的内容还在")
    expect(page.get_by_text(WORDS)).to_be_visible()
    assert world.case(taken_up).state == REVIEW and fits(page)
    page.get_by_label("您的密码").fill(PASSWORD)
    page.get_by_role("button", name="核实密码").click()
    expect(page.get_by_text(WORDS)).to_be_visible()
    page.get_by_role("button", name="提交以上内容").click()
    expect(page.get_by_role("status").first).to_contain_text("不予更正")
    assert world.case(taken_up).state == REJECTED
    assert said == []


@ON_SQLITE
def test_a_refusal_goes_on_after_the_session_has_ended(
    world: World, site: str, new_context: CreateContextCallback, taken_up: Ref
) -> None:
    """Five hours later the page says why and that the words are kept; the same person signs in and sends them on."""
    looks: dict[str, Any] = dict(DESK)
    context, person = new_context(**looks), world.staff["reviewer"].person
    page = sign_in(world, site, context, person)
    types_a_refusal(page, site, taken_up)
    world.at(world.clock.moment + timedelta(hours=5))
    page.get_by_role("button", name="办结并办理下一件").click()
    expect(page.get_by_text("太久没有操作")).to_be_visible()
    expect(page.get_by_text("您填写的内容还在")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="去登录").click()
    page.get_by_label("学号、考生号或工号").fill("T0001")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text(WORDS)).to_be_visible()
    page.get_by_role("button", name="提交以上内容").click()
    expect(page.get_by_role("status").first).to_contain_text("不予更正")
    assert world.case(taken_up).state == REJECTED
