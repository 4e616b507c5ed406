"""Locked out of the platform, in a real Chromium on a phone: the guide leads to the solution."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser import PHONE
from tests.web.visiting import complaints, fits
from tests.world import World

pytestmark = [pytest.mark.one_database, pytest.mark.parametrize("store", ["sqlite"], indirect=True)]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
def test_locked_out_of_the_platform_to_solved(
    world: World, site: str, new_context: CreateContextCallback, scripts: bool
) -> None:
    """The ID number is taken, the check fails, the photos come back once; then it works, and the record waits here."""
    page = new_context(**PHONE, java_script_enabled=scripts).new_page()
    said = complaints(page)
    page.goto(site)
    assert fits(page)
    for words, heading in (
        ("证件号码已被注册（本人未注册过）", "解绑证件号码"),
        ("解绑了", "用手机应用重新绑定"),
        ("实人认证没通过", "拍好照片"),
        ("照片准备好了", "提交人工审核"),
        ("退回了：照片不合格", "看清原因，重拍"),
        ("重拍好了", "提交人工审核"),
    ):
        page.get_by_role("link", name=words).tap()
        expect(page.get_by_role("heading", level=2, name=heading)).to_be_visible()
        assert fits(page)
    page.get_by_role("button", name="审核通过，能登录了").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("账号的问题解决了")
    page.get_by_role("link", name="登录并核对").tap()
    expect(page.get_by_label("学号、考生号或工号")).to_be_visible()
    assert said == []
