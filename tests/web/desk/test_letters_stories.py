"""In a real browser: a letter to the police is written at the desk, and its answer is entered there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.schools import world_with_steps
from tests.web.browsing import Browser
from tests.web.visiting import complaints, fits, on_paper, sign_in
from tests.world import World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.clock import SetClock
from workflow.engine import Ref
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


def test_a_letter_to_the_police_and_its_answer(
    world: World, site: str, desk: BrowserContext, as_student: Callable[[str], Browser]
) -> None:
    """Its number is the register's, it prints with its reply slip, the answer ends the step and the student reads it; an original goes back."""
    record = world.record(xm="张三丰", number=OLD)
    world.open_campaign()
    number = ClaimFiled("SFZH", "admission_error", NEW)
    case, reviewer = Ref("case", world.file(record, number).subject), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    world.do(case, "pass_step", reviewer, step=world.case(case).steps[0].id)
    page = sign_in(world, site, desk, reviewer.person)
    said = complaints(page)
    page.goto(f"{site}/desk/{case.id}")
    page.get_by_label(re.compile("^公函发给")).select_option("police")
    page.get_by_label("收函单位全称").fill("测试市公安局测试派出所")
    expect(page.get_by_label("请对方核实的内容")).to_have_value(re.compile("证件号码"))
    page.get_by_label("要求答复的日期").fill("2024-11-15")
    page.get_by_role("button", name="登记发出").click()
    way = page.get_by_role("region", name="办理环节")
    expect(way).to_contain_text("航大教学籍〔2024〕2号")
    page.get_by_role("link", name="公函 航大教学籍〔2024〕2号").click()
    letter = page.get_by_role("article")
    expect(letter).to_contain_text("测试市公安局测试派出所：")
    expect(letter.get_by_role("heading")).to_have_text(["关于协助核实学生学籍信息的函", "回　执"])
    expect(letter).to_contain_text(f"证件号码 {OLD}")
    expect(letter).to_contain_text("请于2024年11月15日前函复")
    assert fits(page) and "张三丰" not in page.title()
    assert on_paper(page).startswith(b"%PDF")
    student, mine = as_student(record), f"/my/cases/{case.id}"
    assert "发函核实 当前环节 2024年10月25日 已发出，等答复；期限 2024年11月15日" in student.get(mine).text
    page.get_by_role("link", name="返回").click()
    answer = way.locator("form", has=page.get_by_role("button", name="登记答复"))
    answer.get_by_label("同意", exact=True).check()
    answer.get_by_label("回函文号").fill("测公函〔2024〕9号")
    answer.get_by_label("对方经办人").fill("李四光")
    answer.get_by_role("button", name="登记答复").click()
    expect(way).to_contain_text("回函 测公函〔2024〕9号 · 李四光")
    (passed,) = [one for one in world.case(case).steps if one.kind == "letter"]
    assert passed.outcome == "passed"
    told = student.get(mine).text
    assert "发函核实 （已完成） 2024年10月25日 对方已确认 省级审核 当前环节" in told and "李四光" not in told
    page.get_by_text("登记核验", exact=True).first.click()
    verified = page.get_by_role("region", name=re.compile("核验"))
    verified.get_by_label("核验的材料").select_option(index=1)
    verified.get_by_label("怎样核验").select_option("original")
    verified.get_by_role("button", name="登记核验").click()
    expect(verified).to_contain_text("原件还未退还")
    verified.get_by_role("button", name=re.compile("登记今天已退还原件")).click()
    expect(verified).to_contain_text("已退还")
    page.get_by_role("link", name="打印核查表").click()
    expect(page.get_by_role("article")).to_contain_text("查看原件")
    expect(page.get_by_role("article")).to_contain_text("分管校领导（签字）")
    assert fits(page) and said == []
