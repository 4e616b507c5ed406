"""In a real Chromium: a person with several capacities finds the other ones on a phone, and goes on in one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser import DESK, PHONE
from tests.web.visiting import complaints, fits, sign_in
from tests.world import World
from workflow.people.accounts import give_role
from workflow.people.scopes import Scope, held

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
def test_one_of_five_capacities_is_chosen_from_one_list(
    world: World, site: str, new_context: CreateContextCallback, screen: dict[str, object]
) -> None:
    """Shut at first, each line large enough for a thumb, nothing wider than the screen; the press leads there."""
    officer, at = world.staff["officer"].person, world.clock.moment + timedelta(seconds=1)
    with world.place.store.writing() as session:
        for what in (
            held("officer", Scope("测试学院", class_name="240101"), "counsellor"),
            held("officer", Scope("历史文化与信息工程联合培养学院"), "teaching_secretary"),
            held("reviewer", Scope(entry_year="2024", office="registrar")),
            held("second_reviewer"), held("registrar"),
        ):  # fmt: skip
            give_role(session, officer, what, "test", at, world.place.entropy)
    page = sign_in(world, site, new_context(**screen), officer)
    said = complaints(page)
    chosen = page.get_by_role("button", name="改用“教学秘书 历史文化与信息工程联合培养学院”身份")
    expect(chosen).to_be_hidden()
    page.locator("summary", has_text="改用另一个身份（5）").click()
    heights = page.locator(".capacities button").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert len(heights) == 5 and min(heights) >= 44 and fits(page)
    chosen.click()
    expect(page.locator("footer")).to_contain_text("（教学秘书 历史文化与信息工程联合培养学院）")
    assert fits(page) and said == []
