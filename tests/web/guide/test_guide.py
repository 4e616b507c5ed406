"""The guide on its pages: open to everybody, every way ends, and what it counts names nobody."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.editing import load
from tests.web.browsing import Browser
from tests.web.counting import Counted
from tests.world import CAMPAIGN, NAME, World
from web import create_app
from workflow.guide.counts import ENDING
from workflow.guide.tables import GuideCount

TOOL = "/guide/photo"
PARTS = {
    "the platform's address": "https://www.chsi.com.cn/",
    "the web path": "在首页找到“新生学籍”",
    "the WeChat path": "点屏幕下方“在线服务”，再点“学信档案”",
    "what to check, and the status": "学籍状态应为“在籍（注册学籍）”",
    "the phone is registered": "换一个手机号注册",
    "registered before and forgotten": "用注册时的手机号、邮箱或密保问题找回",
    "the ID number is duplicated": "解决身份证号码重复的问题",
    "the ID number is taken": "点“解绑身份证”",
    "and bound again": "在应用里做实人认证",
    "a classmate's help": "点“发送协助请求”",
    "a failed real-person check": "在认证没通过的页面选“人工审核”",
    "the photo's rules": "每张最大 300 KB",
    "the lock of 24 hours": "频繁申请验证码会锁定 24 小时",
    "no record at all": "告诉学籍科",
    "what the school cannot do": "学校不能替您解绑证件号码",
    "whom to call": "83863717",
}
"""What the school's notice tells of the platform, and words of ours that tell it."""


def row(world: World) -> set[tuple[str, str, int]]:
    """All that is counted."""
    with world.place.store.reading() as session:
        found = session.execute(select(GuideCount.situation, GuideCount.ending, GuideCount.count))
        return {(situation, ending, count) for situation, ending, count in found}


@pytest.mark.one_database
def test_every_part_of_the_notice_is_reached_from_the_front_page(stranger: Browser) -> None:
    """Who follows links from the front page reads each part, and every page leads on or ends."""
    waiting, read, said = ["/"], set[str](), ""
    while waiting:
        path = waiting.pop()
        if path not in read:
            read.add(path)
            page = stranger.get(path)
            assert page.status == 200, path
            said += page.html
            waiting += [link for link in page.links if link.startswith("/guide/")]
            if path.count("/") >= 2 and path != TOOL:
                assert any(form.action.startswith("/guide/") for form in page.forms), path
    assert [part for part, words in PARTS.items() if words not in said] == []
    assert TOOL in read and sum(path.count("/") == 3 for path in read) > 12


@pytest.mark.one_database
def test_from_the_front_page_to_the_sign_in(stranger: Browser) -> None:
    """A visitor finds their situation, goes step by step to the solution, and is led to check the record."""
    page = stranger.get("/")
    assert "/signin" in page.links and "无需登录本系统" in page.text and "不必提交更正申请" in page.text
    page = stranger.get("/guide/id_taken")
    assert "第 1 步" in page.text and "/guide/id_taken/bind" in page.links
    page = stranger.get("/guide/id_taken/bind")
    assert {name for form in page.forms for name, _, _ in form.buttons} >= {"ending"}
    page = stranger.post("/guide/id_taken/bind", csrf_token=stranger.token, ending="solved")
    assert (page.status, page.location) == (303, "/guide/id_taken/ends/solved")
    page = stranger.follow()
    assert "/signin" in page.links and "核对您的学籍信息" in page.text and "不必提交更正申请" in page.text
    page = stranger.post("/guide/no_record/ask_the_school", csrf_token=stranger.token, ending="registrar")
    assert "83863717" in stranger.follow().text


def test_what_is_counted_is_how_often_and_nothing_else(
    world: World, stranger: Browser, as_staff: Callable[[str], Browser]
) -> None:
    """A day, a situation, an ending, a number; the registrar reads them by week, in both databases."""
    for _ in range(3):
        stranger.get("/guide/phone_taken")
    for ending in ("solved", "stuck", "solved"):
        stranger.post("/guide/phone_taken/go_on", csrf_token=stranger.token, ending=ending)
    assert row(world) == {
        ("phone_taken", "opened", 3),
        ("phone_taken", "solved", 2),
        ("phone_taken", "stuck", 1),
    }
    assert {column.name for column in GuideCount.__table__.columns} == {"day", "situation", "ending", "count"}
    page = as_staff("registrar").get("/registrar/guide")
    assert "10月21日" in page.text
    (line,) = [line for line in page.html.split("<tr>") if "手机号已被注册" in line]
    assert re.findall(r">(\d+)</td>", line) == ["3", "2", "0", "1", "0", "0"]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_reading_the_guide_writes_nothing(world: World, stranger: Browser, statements: Counted) -> None:
    """However many read at once, no page waits for a writer, and each asks the database at most once."""
    for path in ("/", "/guide", "/guide/id_mine", "/guide/id_mine/anew", "/guide/id_mine/ends/solved"):
        statements.clear()
        assert stranger.get(path).status == 200
        assert len(statements) <= 1 and all(one.startswith("SELECT") for one in statements), statements
    assert row(world) == set()


@pytest.mark.one_database
def test_one_client_counts_for_only_so_much(world: World, app: Flask, stranger: Browser) -> None:
    """Who presses without end sees the page each time and is not counted; somebody else still is."""
    stranger.get("/guide/id_taken")
    free = ENDING.places.address.free
    for _ in range(free + 5):
        page = stranger.post("/guide/id_taken/bind", csrf_token=stranger.token, ending="solved")
        assert page.status == 303
    assert ("id_taken", "solved", free) in row(world)
    other = Browser(app)
    other.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    other.get("/guide/id_taken")
    other.post("/guide/id_taken/bind", csrf_token=other.token, ending="solved")
    assert ("id_taken", "solved", free + 1) in row(world)
    assert ("id_taken", "opened", 2) in row(world)


@pytest.mark.one_database
def test_who_is_to_file_is_not_told_that_nothing_need_be_filed(world: World, stranger: Browser) -> None:
    """A wrong item ends in a request for correction, counted as that, and not as trouble that is solved."""
    stranger.get("/guide/record_wrong")
    stranger.post("/guide/record_wrong/sign_in", csrf_token=stranger.token, ending="file")
    page = stranger.follow()
    assert "登录并申请更正" in page.text and "/signin" in page.links
    assert "不必提交更正申请" not in page.text and "账号的问题解决了" not in page.text
    assert row(world) == {("record_wrong", "opened", 1), ("record_wrong", "file", 1)}


@pytest.mark.one_database
def test_an_end_is_reached_tomorrow_too(world: World, stranger: Browser, app: Flask) -> None:
    """A page that stood open until its cookie went, and a browser that keeps none, are led on and counted."""
    stranger.get("/guide/code_locked/wait")
    form = next(form for form in stranger.page.forms if form.action.startswith("/guide/"))
    tomorrow = Browser(app)
    page = tomorrow.post(form.action, **form.fields, ending="solved")
    assert (page.status, page.location) == (303, "/guide/code_locked/ends/solved")
    assert tomorrow.follow().status == 200 and ("code_locked", "solved", 1) in row(world)


@pytest.mark.one_database
def test_an_ending_that_the_step_does_not_offer_is_none(world: World, stranger: Browser) -> None:
    """Nothing can be counted of a situation, a step or an ending that nobody is shown."""
    stranger.get("/guide/id_taken/unbind")
    for path, ending in (
        ("/guide/id_taken/unbind", "solved"),
        ("/guide/id_taken/nowhere", "stuck"),
        ("/guide/nothing/unbind", "stuck"),
        ("/guide/id_taken/unbind", "opened"),
    ):
        assert stranger.post(path, csrf_token=stranger.token, ending=ending).status == 404
    assert row(world) == set()


@pytest.mark.one_database
def test_the_sheet_hands_the_guide_on(world: World, as_staff: Callable[[str], Browser]) -> None:
    """An officer copies a text with address and telephone, and prints a sheet with the code to scan."""
    world.record(bh="240101")
    world.open_campaign()
    page = as_staff("officer").get(f"/college/{CAMPAIGN}/guide?class=240101")
    assert page.status == 200 and "240101" in page.text
    assert "http://localhost/guide" in page.text and "83863717" in page.text
    assert "/guide/qr/guide.svg" in page.pictures
    picture = as_staff("officer").client.get("/guide/qr/guide.svg")
    assert picture.mimetype == "image/svg+xml" and b"<path" in picture.data


@pytest.mark.one_database
def test_a_photo_is_asked_for_as_the_school_says(world: World) -> None:
    """Rules, size and source stand in the guide alone; tool, steps and front page say what is written there."""
    guide = world.place.school.guide
    assert guide is not None and guide.photo is not None
    photo = replace(
        guide.photo, says=("戴上校徽。",), says_en=("Wear the badge.",), kilobytes=123, source="校内规定"
    )
    load(world, replace(world.place.school, guide=replace(guide, photo=photo)))
    browser = Browser(create_app(world.place))
    for path in (TOOL, "/guide/face_failed", "/guide/face_failed/retake", "/guide/service"):
        page = browser.get(path)
        assert "戴上校徽。" in page.text and "300" not in page.text and "手臂" not in page.text, path
    assert "123 KB" in browser.get("/").text
    page = browser.get(TOOL)
    assert 'data-most="123000"' in page.html and "校内规定" in page.text and "学校通知" not in page.text


@pytest.mark.one_database
def test_a_school_without_a_guide_has_a_front_page(world: World) -> None:
    """It leads to the sign-in; the guide's addresses are not there."""
    load(world, replace(world.place.school, guide=None))
    browser = Browser(create_app(world.place))
    assert "/signin" in browser.get("/").links
    assert [browser.get(path).status for path in ("/guide/id_mine", TOOL, "/guide/qr/guide.svg")] == [
        404,
        404,
        200,
    ]


@pytest.mark.one_database
def test_trouble_with_the_account_leads_to_the_guide(
    world: World, as_student: Callable[[str], Browser], as_staff: Callable[[str], Browser]
) -> None:
    """A request refused as no matter of the record, and a student whose college knows it, are handed the steps."""
    refused, silent = world.record(bh="240101"), world.record(bh="240101")
    world.open_campaign()
    world.file(refused, NAME)
    case, reviewer = world.case_of(refused), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    world.settle_all(case, "refused", refusal="account_trouble")
    world.do(case, "reject", reviewer, refusal="account_trouble", words="请先解决账号问题")
    world.at(world.clock.moment + timedelta(days=1))
    assert "/guide" in as_student(refused).get(f"/my/cases/{case.id}").links
    officer, path = as_staff("officer"), f"/college/{CAMPAIGN}/students/{world.case_of(silent).id}"
    officer.get(path)
    officer.send(f"{path}/note", reason="no_account", do="reason")
    page = officer.get(path)
    assert "http://localhost/guide" in page.html and "不必提交更正申请" in page.html
