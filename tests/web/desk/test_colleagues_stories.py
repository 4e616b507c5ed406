"""In a real browser: a colleague is ill in the middle, comes back to an old page, and has the dispute."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser import DESK
from tests.web.visiting import complaints, fits, sign_in
from tests.world import NAME, World
from workflow.engine import Ref

pytestmark = pytest.mark.one_database


def test_a_colleague_is_ill_in_the_middle(
    world: World, site: str, desk: BrowserContext, new_context: CreateContextCallback
) -> None:
    """A late decision is told who took the case and keeps what was typed; the dispute of theirs is not theirs to take."""
    record = world.record(xm="张翠山")
    world.open_campaign()
    case = Ref("case", world.file(record, NAME).subject)
    world.do(case, "take_up", world.staff["reviewer"])
    late = sign_in(world, site, desk, world.staff["reviewer"].person)
    late.goto(f"{site}/desk/{case.id}")
    page = sign_in(world, site, new_context(**DESK), world.staff["second_reviewer"].person)
    said = complaints(page)
    page.goto(f"{site}/desk/{case.id}")
    expect(page.get_by_role("main")).to_contain_text("测试审核人经办至")
    page.locator("summary", has_text="接办").click()
    page.get_by_label("为什么接办").fill("她今天病了，明天到期")
    page.get_by_role("button", name="接办", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("您经办至")
    assert said == [] and fits(page)
    late.get_by_role("radio", name="不予更正").check()
    late.locator("#refusal").select_option(index=1)
    late.locator("#words").fill("慢慢写的理由")
    late.locator("#go-on").click()
    told = late.get_by_role("alert")
    expect(told).to_contain_text("测试复核人 · 复核人 · 接办")
    expect(told).to_contain_text("您填写的内容没有提交")
    expect(late.get_by_role("main")).to_contain_text("慢慢写的理由")
    assert fits(late)

    by = world.staff["second_reviewer"]
    world.settle_all(case, "corrected", by)
    world.do(case, "correct", by, words="已更正")
    world.at(world.clock.moment + timedelta(minutes=11))
    world.do(case, "dispute", world.student(record), words="平台上还是旧的")
    page.goto(f"{site}/desk/{case.id}")
    expect(page.get_by_role("button", name="领办")).to_be_disabled()
    expect(page.get_by_role("main")).to_contain_text("平台上还是旧的")
    late.goto(f"{site}/desk/{case.id}")
    late.get_by_role("button", name="领办").click()
    expect(late.get_by_role("main")).to_contain_text("您经办至")
    assert world.row(case).holder == world.staff["reviewer"].person and fits(late)
