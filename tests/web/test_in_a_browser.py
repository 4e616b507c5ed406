"""Stories in a real Chromium: the reviewer's desk, and what every page owes to its readers."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, expect

from states.case import CORRECTED
from tests.web.visiting import complaints, fits, sign_in
from tests.world import World
from workflow.cases.filing import ClaimFiled


def test_a_reviewer_decides_at_the_desk(world: World, site: str, desk: BrowserContext) -> None:
    """Old beside new, the paper beside it, a refused form with the focus on its reasons, then a decision."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    world.file(record, ClaimFiled("XM", "admission_error", "张三峯"))
    case = world.case_of(record)
    page = sign_in(world, site, desk, world.staff["reviewer"].person)
    said = complaints(page)
    page.get_by_role("link", name=re.compile(r"^\d{3} \d{3} \d{4}$")).click()
    page.get_by_role("button", name="受理").click()
    page.get_by_label("已更正", exact=True).check()
    page.get_by_role("button", name="记下认定").click()
    alert = page.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("须写明在学信网平台看到正确信息的日期")
    expect(page.get_by_label("已更正", exact=True)).to_be_checked()
    page.get_by_label("在学信网平台看到正确信息的日期").fill("2024-10-25")
    page.get_by_role("button", name="记下认定").click()
    expect(page.get_by_text("改认定")).to_be_visible()
    page.wait_for_load_state()
    loaded = page.locator("figure img").evaluate_all(
        "all => all.map(one => one.complete && one.naturalWidth)"
    )
    assert loaded == [320, 320]
    page.get_by_label("办理说明").fill("已在平台更正")
    page.get_by_role("button", name="更正办结").click()
    expect(page.get_by_role("button", name="撤销刚才的决定")).to_be_visible()
    assert world.case(case).state == CORRECTED
    assert fits(page) and said == []
