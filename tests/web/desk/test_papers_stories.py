"""In a real browser: a reviewer who declares a relation, and a second reviewer who opens what an auditor reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser import DESK
from tests.schools import world_with_steps
from tests.web.visiting import complaints, fits, sign_in
from tests.world import NAME, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.clock import SetClock
from workflow.engine import Ref
from workflow.evidence.papers import papers_in
from workflow.people.cipher import Cipher
from workflow.store import Store

pytestmark = pytest.mark.one_database

OLD, NEW = number_of(date(2006, 5, 4), 313), number_of(date(2006, 5, 6), 313)


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school that asks for every kind of step."""
    return world_with_steps(store, cipher, clock, entropy, tmp_path)


def filed(world: World, *claims: ClaimFiled, name: str) -> Ref:
    """A freshman's case with these claims and two papers."""
    record = world.record(xm=name, number=OLD)
    world.open_campaign()
    return Ref("case", world.file(record, *claims).subject)


def test_a_relative_is_shut_out_of_the_case_from_the_moment_they_say_so(
    world: World, site: str, desk: BrowserContext
) -> None:
    """The line, its number, the page and its papers are there; they declare the relation, and nothing is."""
    case, other = filed(world, NAME, name="张翠山"), filed(world, NAME, name="宋远桥")
    page = sign_in(world, site, desk, world.staff["reviewer"].person)
    said = complaints(page)
    queue = page.get_by_role("main")
    expect(queue).to_contain_text("张翠山")
    tabs = page.locator(".tabs").first.inner_text()
    assert "2" in tabs and "1" not in tabs
    page.goto(f"{site}/desk/{case.id}")
    expect(page.locator("figure img")).to_have_count(2)
    address = page.locator("figure img").first.get_attribute("src")
    page.get_by_role("link", name="利害关系申报").click()
    page.get_by_label("学号或考生号").fill("240100001")
    page.get_by_role("button", name=re.compile("申报")).click()
    expect(page.get_by_role("main")).to_contain_text("240100001")
    page.goto(f"{site}/desk")
    expect(queue).to_contain_text("宋远桥")
    expect(queue).not_to_contain_text("张翠山")
    tabs = page.locator(".tabs").first.inner_text()
    assert "1" in tabs and "2" not in tabs
    assert said == []
    for path in (f"/desk/{case.id}", address, f"/desk/{case.id}/photo"):
        answer = page.goto(f"{site}{path}")
        assert answer is not None and answer.status == 404
        expect(page.get_by_role("heading", name="没有这一页")).to_be_visible()
    answer = page.goto(f"{site}/desk/{other.id}")
    assert answer is not None and answer.status == 200


def test_what_a_second_reviewer_opens_for_a_reason_an_auditor_reads(
    world: World, site: str, new_context: CreateContextCallback
) -> None:
    """One paper in a window of its own, one number on the page; two lines say who, what and why."""
    case = filed(world, ClaimFiled("SFZH", "admission_error", NEW), name="张三丰")
    with world.place.store.reading() as session:
        assert len(papers_in(session, case.id)) == 2
    mine = new_context(**DESK)
    page = sign_in(world, site, mine, world.staff["second_reviewer"].person)
    said = complaints(page)
    page.goto(f"{site}/desk/{case.id}")
    expect(page.locator("figure img")).to_have_count(0)
    papers = page.get_by_role("region", name=re.compile("所附材料"))
    papers.get_by_label("查看的理由").select_option("second_review")
    with mine.expect_page() as opened:
        papers.get_by_role("button", name=re.compile("^打开：1")).click()
    opened.value.wait_for_load_state()
    assert opened.value.locator("img").count() == 1
    opened.value.close()
    page.get_by_text("显示完整号码", exact=True).click()
    claim = page.locator("details.shows")
    claim.get_by_role("button", name="显示提出时的号码").click()
    expect(page.get_by_role("main")).not_to_contain_text(OLD)  # the browser asks for a reason first
    claim.get_by_label("查看的理由").select_option("complaint")
    claim.get_by_role("button", name="显示提出时的号码").click()
    expect(page.get_by_role("main")).to_contain_text(OLD)
    expect(page.get_by_role("main")).not_to_contain_text(NEW)
    assert OLD not in page.url and fits(page) and said == []
    page.goto(f"{site}/desk/{case.id}")
    expect(page.get_by_role("main")).not_to_contain_text(OLD)

    page = sign_in(world, site, new_context(**DESK), world.staff["auditor"].person)
    page.goto(f"{site}/audit/{case.id}/looks")
    rows = page.get_by_role("row")
    expect(rows.filter(has_text="完整号码：证件号码").first).to_contain_text("处理投诉或申诉")
    expect(rows.filter(has_text="证明材料").first).to_contain_text("复核")
    expect(page.get_by_role("main")).not_to_contain_text(OLD)
    page.goto(f"{site}/audit/reveals")
    expect(page.get_by_role("main")).to_contain_text("测试复核人")
