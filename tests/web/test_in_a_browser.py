"""Stories in a real Chromium: the reviewer's desk, and what every page owes to its readers."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from states.case import CORRECTED
from tests.browser import DESK
from tests.web.visiting import complaints, fits, sign_in
from tests.world import World, number_of
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_in_light_and_in_dark(
    world: World, site: str, new_context: CreateContextCallback, scheme: str
) -> None:
    """Every visible word has a contrast of at least 4.5 to what lies behind it (3 for large ones)."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    world.file(record, ClaimFiled("XM", "admission_error", "张三峯"))
    context = new_context(**DESK, color_scheme=scheme)
    page = sign_in(world, site, context, world.student(record).person)
    case = world.case_of(record).id
    weak = _weak_words(page)
    for path in ("/my/wrong/XH/value", f"/my/cases/{case}"):
        page.goto(site + path)
        weak += _weak_words(page)
    page = sign_in(world, site, new_context(**DESK, color_scheme=scheme), world.staff["reviewer"].person)
    weak += _weak_words(page)
    page.goto(f"{site}/desk/{case}")
    weak += _weak_words(page)
    assert weak == []


def _weak_words(page: Page) -> list[str]:
    return list(page.evaluate((Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_fits_a_phone(world: World, site: str, phone: BrowserContext, language: str) -> None:
    """On a screen of 375 points no page of any role has to be pushed sideways, long values included."""
    record = world.record(xm="买买提吐尔逊·阿卜杜热合曼·测试")
    world.open_campaign()
    world.file(record, ClaimFiled("SFZH", "admission_error", number_of(date(2005, 1, 2), 888)))
    case = world.case_of(record).id
    ways = {
        world.student(record).person: (
            "/my",
            "/my/wrong/XM/cause",
            f"/my/cases/{case}",
            f"/my/receipts/{case}",
        ),
        world.staff["reviewer"].person: ("/desk", f"/desk/{case}"),
        world.staff["auditor"].person: ("/audit", f"/audit/{case}"),
        world.staff["registrar"].person: ("/registrar",),
        world.staff["administrator"].person: ("/admin",),
        world.staff["officer"].person: ("/college",),
    }
    wide = []
    for person, paths in ways.items():
        phone.clear_cookies()
        page = sign_in(world, site, phone, person)
        phone.add_cookies([{"name": "lang", "value": language, "url": site}])
        for path in paths:
            page.goto(site + path)
            wide += [] if fits(page) else [path]
        page.close()
    assert wide == []
