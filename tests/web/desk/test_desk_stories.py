"""Stories at the desk in a real Chromium: by mouse, by keyboard, without scripts, and two at one case."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from bench.evening import KINDS, evening
from states.case import CORRECTED, RAISED, REJECTED, REVIEW
from tests.browser import DESK
from tests.web.visiting import complaints, fits, sign_in
from tests.world import World
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.receipts import spoken
from workflow.engine import Ref

ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
SEEN_ON = "学信网更正完成日期（待录入的不填）"
WORDS = "学生可见"


@pytest.fixture
def queue(world: World) -> list[Ref]:
    """Four cases about a name, oldest first."""
    records = [world.record(xm="张三丰") for _ in range(4)]
    world.open_campaign()
    for record in records:
        world.file(record, ClaimFiled("XM", "admission_error", "张三峯"))
        world.at(world.clock.moment + timedelta(minutes=1))
    return [world.case_of(record) for record in records]


def receipt(world: World, case: Ref) -> str:
    """A receipt number as people say it."""
    return spoken(world.row(case).receipt or "")


def here(page: Page, world: World, case: Ref) -> None:
    """Assert that the page is about this case."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(receipt(world, case))


def in_view(one: Locator) -> bool:
    """True when an element is fully visible without scrolling at 1366 by 768."""
    box = one.bounding_box()
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= 768


def test_two_in_a_row_by_mouse(world: World, site: str, desk: BrowserContext, queue: list[Ref]) -> None:
    """Take one, decide and go on: the page never scrolls, the last one is undone, and a note beside loses no word."""
    page = sign_in(world, site, desk, world.staff["reviewer"].person)
    said = complaints(page)
    page.get_by_role("button", name="领办最先到期的申请").click()
    for n, case in enumerate(queue[:2]):
        here(page, world, case)
        onward = page.get_by_role("button", name="办结并办理下一件")
        assert in_view(onward) and in_view(page.get_by_role("radio", name="同意更正")) and fits(page)
        assert page.evaluate("document.documentElement.scrollHeight") == 768
        expect(page.locator("figure img").first).to_be_in_viewport()
        if n == 0:
            onward.click()
            alert = page.get_by_role("alert")
            expect(alert).to_be_focused()
            expect(alert).to_contain_text("请选择审核决定")
        form = page.locator("#decision")
        form.get_by_role("radio", name="同意更正").check()
        form.get_by_label(SEEN_ON).fill("2024-10-25")
        form.get_by_label(WORDS).fill("已在平台更正")
        form.get_by_role("button", name="办结并办理下一件").click()
        expect(page.get_by_role("status")).to_contain_text(receipt(world, case))
    here(page, world, queue[2])
    assert [world.case(case).state for case in queue] == [CORRECTED] * 2 + [REVIEW, RAISED]
    page.get_by_role("button", name="撤销 这个决定").click()
    here(page, world, queue[1])
    assert world.case(queue[1]).state == REVIEW
    page.goto(f"{site}/desk/{queue[2].id}")
    page.locator("#decision").get_by_role("radio", name="不予更正").check()
    page.locator("#decision").get_by_label(WORDS).fill("写到一半的理由")
    page.get_by_label("给同事的备注").fill("原件已看过")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#notes .said")).to_have_text("原件已看过")
    expect(page.locator("#decision").get_by_label(WORDS)).to_have_value("写到一半的理由")
    expect(page.locator("#decision").get_by_role("radio", name="不予更正")).to_be_checked()
    assert world.case(queue[2]).state == REVIEW, "the note was saved, and nothing decided"
    assert page.evaluate("sessionStorage.length") == 0 and said == []


@ON_SQLITE
def test_an_evening_by_keyboard_only(world: World, site: str, desk: BrowserContext) -> None:
    """A plain approval takes four keys at most, a refusal with a kept sentence six; no case comes twice."""
    records = {world.record(): kind for kind in KINDS}
    world.open_campaign()
    kinds = {world.file(record, *KINDS[kind].claims).subject: kind for record, kind in records.items()}
    page = sign_in(world, site, desk, world.staff["reviewer"].person)
    said = complaints(page)
    decided = list(evening(page, kinds.__getitem__, len(kinds)))
    keys = {one.kind: one.keys for one in decided}
    assert {one.case for one in decided} == kinds.keys()
    assert keys["approved"] <= 4 and keys["two claims approved at once"] <= 4 and keys["already right"] <= 4
    assert keys["refused with a kept sentence"] <= 6 and keys["asked back for a paper"] <= 6
    outcomes = {kind: {claim.outcome for claim in world.case(case).claims} for case, kind in kinds.items()}
    assert outcomes == {
        "approved": {""},
        "refused with a kept sentence": {"refused"},
        "already right": {"already_right"},
        "asked back for a paper": {""},
        "two claims approved at once": {""},
        "one claim refused, one approved": {"refused", ""},
    }
    (refused,) = (case for case, kind in kinds.items() if kind == "refused with a kept sentence")
    assert "不能证明所申请的内容，学号维持原记录" in world.words(refused)[-1][1]
    assert said == []


@ON_SQLITE
def test_a_case_is_decided_without_a_script(
    world: World, site: str, new_context: CreateContextCallback, queue: list[Ref]
) -> None:
    """With scripts switched off a sentence is filled in and decides nothing, no key is promised, and papers are enlarged and changed."""
    context = new_context(**DESK, java_script_enabled=False)
    page = sign_in(world, site, context, world.staff["reviewer"].person)
    page.get_by_role("button", name="领办最先到期的申请").click()
    here(page, world, queue[0])
    form = page.locator("#decision")
    form.get_by_label("不予更正").first.check()
    form.get_by_label("理由类别").select_option("record_is_right")
    form.get_by_label("常用语").select_option(index=1)
    form.get_by_role("button", name="填入并预览").click()
    expect(page.locator("#told")).to_contain_text("不予更正")
    expect(page.locator("#words")).to_have_value(re.compile("姓名"))
    assert world.case(queue[0]).claims[0].outcome == ""
    form.get_by_role("button", name="办结并办理下一件").click()
    expect(page.get_by_role("status")).to_contain_text(receipt(world, queue[0]))
    here(page, world, queue[1])
    assert world.case(queue[0]).state == REJECTED
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator("kbd:visible")).to_have_count(0)
    paper = page.locator("figure img").first
    narrow = paper.bounding_box()
    page.locator("label[for=zoom]").click()
    wide = paper.bounding_box()
    assert narrow is not None and wide is not None and wide["width"] > 1.5 * narrow["width"]
    assert fits(page)
    page.locator("label[for=zoom]").click()
    page.locator("label[for=show-2]").click()
    expect(page.locator("#paper-2 img")).to_be_in_viewport()
    page.locator("label[for=turn-90]").click()
    expect(page.locator("label[for=turn-180]")).to_be_visible()
    expect(page.locator("#paper-1")).to_be_hidden()


@ON_SQLITE
def test_keys_can_be_switched_off_and_stay_off(
    world: World, site: str, desk: BrowserContext, queue: list[Ref]
) -> None:
    """Single keys do nothing while somebody types, nor once they are switched off; the choice outlives the page."""
    page = sign_in(world, site, desk, world.staff["reviewer"].person)
    page.keyboard.press("t")
    here(page, world, queue[0])
    page.locator("#decision").get_by_label(WORDS).focus()
    page.keyboard.type("a?j")
    here(page, world, queue[0])
    assert page.locator("#outcome-approved").is_checked() is False
    page.keyboard.press("Escape")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    lever = page.get_by_role("button", name="使用单键快捷键")
    expect(lever).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("选“不予更正”")).to_be_visible()
    lever.click()
    page.keyboard.press("j")
    page.reload()
    here(page, world, queue[0])
    expect(page.locator("kbd.key:visible")).to_have_count(0)
    page.keyboard.press("a")
    assert page.locator("#outcome-approved").is_checked() is False
    page.locator("#keys summary").click()
    page.get_by_role("button", name="使用单键快捷键").click()
    page.keyboard.press("j")
    here(page, world, queue[1])
    page.keyboard.press("k")
    here(page, world, queue[0])


@ON_SQLITE
def test_two_reviewers_on_one_case(
    world: World, site: str, new_context: CreateContextCallback, queue: list[Ref]
) -> None:
    """The first decides; the second reads who was quicker and what was decided, beside their own words."""
    world.do(queue[0], "take_up", world.staff["reviewer"])
    world.do(queue[0], "release", world.staff["reviewer"])
    pages = [
        sign_in(world, site, new_context(**DESK), world.staff[who].person)
        for who in ("reviewer", "other_reviewer")
    ]
    for page, words in zip(pages, ("先办的", "后办的，写了很久"), strict=True):
        page.goto(f"{site}/desk/{queue[0].id}")
        form = page.locator("#decision")
        form.get_by_role("radio", name="同意更正").check()
        form.get_by_label(SEEN_ON).fill("2024-10-25")
        form.get_by_label(WORDS).fill(words)
    first, second = pages
    first.get_by_role("button", name="办结并办理下一件").click()
    here(first, world, queue[1])
    second.get_by_role("button", name="办结并办理下一件").click()
    here(second, world, queue[0])
    expect(second.get_by_role("alert")).to_contain_text(re.compile("测试审核人.*更正办结"))
    expect(second.get_by_role("main")).to_contain_text("测试审核人")
    kept = second.get_by_role("region", name="您刚才填写的内容（未提交）")
    expect(kept).to_contain_text("后办的，写了很久")
    expect(kept).to_contain_text("2024-10-25")
    assert world.case(queue[0]).decided_by == world.staff["reviewer"].person
