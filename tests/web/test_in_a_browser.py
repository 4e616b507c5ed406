"""Stories in a real Chromium: a student's phone, with scripts switched off and on."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from playwright.sync_api import BrowserContext, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from states.case import CHECKED_OK, RAISED
from tests.browser import PHONE
from tests.web.visiting import complaints, fits, sign_in
from tests.world import World, number_of, picture


def test_a_student_files_on_a_phone_without_scripts(
    world: World, site: str, new_context: CreateContextCallback, tmp_path: Path
) -> None:
    """Mark, upload, check, file and withdraw with a thumb, with no line of script running."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    photo = tmp_path / "IMG_1.jpg"
    photo.write_bytes(picture())
    page = sign_in(world, site, new_context(**PHONE, java_script_enabled=False), world.student(record).person)
    expect(page.get_by_role("heading", name="核对我的学籍信息")).to_be_visible()
    page.get_by_role("link", name=re.compile("^有误.*姓名$")).tap()
    page.get_by_label("录取时就填错了").check()
    page.get_by_role("button", name="下一步").tap()
    page.get_by_label("正确的姓名").fill("张三峯")
    page.get_by_role("button", name="记下，下一步").tap()
    page.get_by_label("这是哪一种材料").select_option("id_card")
    page.get_by_label("照片", exact=True).set_input_files(photo)
    page.get_by_role("button", name="上传").tap()
    page.get_by_role("link", name="下一步：核对并提交").tap()
    page.get_by_role("button", name="确认提交").tap()
    expect(page.get_by_role("heading", name="已提交")).to_be_visible()
    case = world.case_of(record)
    assert world.case(case).state == RAISED
    page.get_by_role("link", name="看办到哪里了").tap()
    page.get_by_role("button", name="撤回申请").tap()
    expect(page.get_by_text("您：已撤回，可以重新核对或提出")).to_be_visible()


def test_a_student_confirms_on_a_phone(world: World, site: str, phone: BrowserContext) -> None:
    """The first screen holds what is due and the button, and every control is large enough to touch."""
    record = world.record(xm="买买提·测试艾力")
    world.open_campaign()
    page = sign_in(world, site, phone, world.student(record).person)
    said = complaints(page)
    page.reload()
    assert fits(page)
    heights = page.locator("main .action, main .btn, main summary, header button").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert heights and min(heights) >= 44
    confirm = page.get_by_role("button", name="全部无误，确认")
    box = confirm.bounding_box()
    assert box is not None and box["y"] + box["height"] <= 812
    page.get_by_text("显示全部数字").tap()
    expect(page.get_by_text(number_of(date(2006, 5, 4), 3))).to_be_visible()
    confirm.tap()
    expect(page.get_by_text("核对无误")).to_be_visible()
    assert world.case(world.case_of(record)).state == CHECKED_OK
    assert said == []
