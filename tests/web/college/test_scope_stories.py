"""An officer with a duty in a real browser: a counsellor with two classes, a teaching secretary at the counter."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from states.case import RAISED
from tests.schools import world_with_proxies
from tests.web.visiting import complaints, fits, on_paper, sign_in, source
from tests.workflow.signin.doors import WORDS, opened
from tests.world import CAMPAIGN, World, picture
from workflow.clock import SetClock
from workflow.notices.tables import Notice
from workflow.people.cipher import Cipher
from workflow.people.scopes import Scope
from workflow.store import Store

pytestmark = [pytest.mark.one_database, pytest.mark.parametrize("store", ["sqlite"], indirect=True)]

HERE = "信息工程学院"
HOW = "10月25日本人到学院窗口，出示身份证和户口簿原件"


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """The small school, whose rules let a teaching secretary act for a student, and nobody else."""
    return world_with_proxies(store, cipher, clock, entropy, tmp_path, proxies=("teaching_secretary",))


@pytest.fixture
def classes(world: World) -> dict[str, str]:
    """Three classes of a college: two of the counsellor's, and one of somebody else's."""
    found = {
        name: world.record(xm=name, bh=group, fy=HERE)
        for name, group in (
            ("张三丰", "210511"),
            ("买买提吐尔逊·阿卜杜热合曼·测试", "210511"),
            ("王五常", "210512"),
            ("赵六合", "210513"),
        )
    }
    world.open_campaign()
    return found


def signs_in(page: Page, site: str, number: str) -> None:
    """Number and password at the front door."""
    page.goto(f"{site}/signin")
    page.get_by_label("学号、考生号或工号").fill(number)
    page.get_by_label("密码", exact=True).fill(WORDS)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(re.compile("/college$"))


def test_a_counsellor_goes_from_the_door_to_a_reminder_and_a_printed_strip(
    world: World, classes: dict[str, str], site: str, desk: BrowserContext
) -> None:
    """Nowhere on the way is anybody of a third class; the paper has the strips of two classes, each on its own sheet."""
    two = [Scope(HERE, name) for name in ("210511", "210512")]
    world.staff["counsellor"] = world.officer(*two, duty="counsellor")
    opened(world, "counsellor", "F2001")
    page = desk.new_page()
    said = complaints(page)
    signs_in(page, site, "F2001")
    seen = [source(page)]
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "所负责学生的进度 信息工程学院 · 210511、210512"
    )
    page.get_by_role("link", name="未核对名单（3 人）").click()
    seen.append(source(page))
    page.get_by_role("link", name="提醒名单上的 3 人").click()
    seen.append(source(page))
    page.get_by_role("button", name="提醒这 3 人").click()
    assert page.get_by_role("status").inner_text() == "已提醒 3 人。"
    page.get_by_role("link", name="所负责学生的进度").click()
    page.get_by_role("link", name="学生的登录码").click()
    page.get_by_label("为谁生成").select_option(label="我负责的全部学生（3 人）")
    page.get_by_label("打印成条").check()
    page.get_by_role("button", name="生成登录码").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("210511、210512")
    seen.append(source(page))
    page.get_by_role("link", name="打印第 1 份").click()
    seen.append(source(page))
    assert page.locator(".strip").count() == 3 and page.locator(".strip .qr svg").count() == 3
    paper = on_paper(page)
    assert len(re.findall(rb"/Type /Page\b", paper)) == 2
    assert not [html for html in seen if "赵六合" in html or "210513" in html]
    with world.place.store.reading() as session:
        told = set(session.scalars(select(Notice.record_id).where(Notice.event == "reminder")))
    assert told == {record for name, record in classes.items() if name != "赵六合"}
    assert said == []


def test_a_teaching_secretary_files_for_a_student_who_reads_who_it_was(
    world: World,
    classes: dict[str, str],
    site: str,
    desk: BrowserContext,
    phone: BrowserContext,
    tmp_path: Path,
) -> None:
    """From the list to the receipt at a desk; on the student's phone the duty and the name, and the way to withdraw."""
    photo = tmp_path / "IMG_2024.jpg"
    photo.write_bytes(picture())
    world.staff["secretary"] = world.officer(Scope(HERE), duty="teaching_secretary", name="测试秘书")
    opened(world, "secretary", "S3001")
    record = classes["张三丰"]
    page = desk.new_page()
    said = complaints(page)
    signs_in(page, site, "S3001")
    page.get_by_role("rowheader", name="210511").get_by_role("link").click()
    page.get_by_role("link", name="张三丰").click()
    page.get_by_role("link", name="代学生提交更正申请").click()
    page.get_by_role("listitem").filter(has_text="姓名").get_by_role("link").click()
    page.get_by_label("录取时就填错了").check()
    page.get_by_label("正确的姓名").fill("张三峰")
    page.get_by_role("button", name="保存并继续").click()
    page.get_by_label("附上照片：居民身份证", exact=True).set_input_files(photo)
    expect(page.get_by_role("heading", name="已保存 1 张照片")).to_be_visible()
    page.get_by_role("link", name="下一步：核对并提交").click()
    page.get_by_label("哪一天、用什么方式").fill(HOW)
    page.get_by_role("button", name="保存并继续").click()
    page.get_by_role("button", name="提交更正申请").click()
    expect(page.get_by_text("代为提出：教学秘书 测试秘书")).to_be_visible()
    assert fits(page) and world.row(world.case_of(record)).state == RAISED
    page.get_by_role("link", name="完成").click()
    page.wait_for_url(re.compile(f"/college/{CAMPAIGN}/students/"))
    assert said == []
    mine = sign_in(world, site, phone, world.student(record).person)
    said = complaints(mine)
    expect(mine.get_by_text("代您提出：教学秘书 测试秘书")).to_be_visible()
    assert fits(mine)
    mine.get_by_role("link", name="查看办理进度").click()
    expect(mine.get_by_text("代您提出：教学秘书 测试秘书")).to_be_visible()
    expect(mine.get_by_text(HOW)).to_be_visible()
    assert fits(mine) and said == []
