"""From the first way in to the work, in a real Chromium with a real mail server: students, counter, staff."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback
from werkzeug.serving import make_server

from states.case import REJECTED
from tests.browser import DESK, PHONE
from tests.mailbox import Mailbox
from tests.web.visiting import complaints, sign_in, source
from tests.workflow.notices.conftest import mailbox, reach, work
from tests.workflow.signin.doors import OTHER, WORDS, code_for, xh_of
from tests.world import NAME, World
from web import create_app
from workflow.cases.review.questions import QuestionAsked
from workflow.signin.codes import shown

__all__ = ["mailbox"]
pytestmark = [pytest.mark.one_database, pytest.mark.parametrize("store", ["sqlite"], indirect=True)]

CODE = re.compile(r"\b[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}\b")
MAIL = "someone@students.school.example"
REASON = "身份证与户口簿上都写作“丰”，\n原记录无误"


@pytest.fixture
def site(world: World, mailbox: Mailbox) -> Iterator[str]:
    """The pages at the address that the letters bear."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = f"http://127.0.0.1:{door.getsockname()[1]}"
        settings = replace(world.place.settings, address=address, smtp=mailbox.settings())
        world.place = replace(world.place, settings=settings)
        server = make_server(
            "127.0.0.1", door.getsockname()[1], create_app(world.place), threaded=True, fd=door.fileno()
        )
        serving = threading.Thread(target=server.serve_forever, args=[0.01])
        serving.start()
        yield address
        server.shutdown()
        serving.join()
        server.server_close()


def signs_in(page: Page, number: str, password: str) -> None:
    """Number and password at the door."""
    page.get_by_label("学号、考生号或工号").fill(number)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


def activates(page: Page, site: str, number: str, code: str, password: str) -> None:
    """Number and code, then a password."""
    page.goto(f"{site}/activate")
    page.get_by_label("学号、考生号或工号").fill(number)
    page.get_by_label("登录码").fill(code)
    page.get_by_role("button", name="下一步：设置密码").click()
    page.get_by_label("新密码", exact=True).fill(password)
    page.get_by_label("再填一次新密码").fill(password)
    page.get_by_role("button", name="设置密码并登录").click()
    page.wait_for_url(re.compile("/(my|desk)$"))


def unexpected(said: list[str]) -> list[str]:
    """What the browser complained of, beside sign-ins that have ended and their cleared pages."""
    return [one for one in said if "401" not in one and "Clear-Site-Data" not in one]


def test_from_the_strip_and_back_the_next_day_by_the_address_in_a_letter(
    world: World, site: str, mailbox: Mailbox, phone: BrowserContext
) -> None:
    """A strip, a password, out; tomorrow a letter says that a paper is missing, and leads to that very question."""
    record = world.record()
    reach(world, record, vouched=True, email=MAIL)
    world.open_campaign()
    world.file(record, NAME)
    case = world.case_of(record)
    page = phone.new_page()
    said = complaints(page)
    code = shown(code_for(world, world.student(record).person, "strip"))
    activates(page, site, xh_of(record), code, WORDS)
    page.get_by_role("button", name="退出").tap()
    expect(page.get_by_role("heading", name="已退出")).to_be_visible()
    work(world)
    mailbox.letters.clear()
    world.at(world.clock.moment + timedelta(days=1))
    world.do(case, "take_up", world.staff["reviewer"])
    asked = (QuestionAsked("paper", "household_book", "请拍清楚写有变更前后内容的那一页"),)
    world.do(case, "ask", world.staff["reviewer"], questions=asked)
    work(world)
    letters = [str(letter.get_content()) for to, letter in mailbox.letters if to == MAIL]
    page.goto(re.findall(rf"{site}/n/\w+", letters[-1])[0])
    signs_in(page, xh_of(record), WORDS)
    page.wait_for_url(re.compile(f"/my/cases/{case.id}"))
    expect(page.get_by_text("请拍清楚写有变更前后内容的那一页").first).to_be_visible()
    assert unexpected(said) == []


def test_a_code_at_the_counter_a_new_password_and_what_was_open_is_dead(
    world: World, site: str, mailbox: Mailbox, new_context: CreateContextCallback
) -> None:
    """The lost phone says why it is out; the new password opens, the old one does not; a letter tells the student."""
    record = world.record(xm="张三丰")
    reach(world, record, vouched=True, email=MAIL)
    lost = new_context(**PHONE).new_page()
    code = shown(code_for(world, world.student(record).person, "strip"))
    activates(lost, site, xh_of(record), code, OTHER)
    counter = sign_in(world, site, new_context(**DESK), world.staff["officer"].person)
    said = complaints(counter)
    counter.get_by_role("link", name="学生的登录码").click()
    counter.get_by_role("link", name="在柜台给出登录码").click()
    counter.get_by_label("学号或考生号").fill(xh_of(record))
    counter.get_by_role("button", name="查找学生").click()
    expect(counter.get_by_text("张三丰")).to_be_visible()
    counter.get_by_label(re.compile("^查看了证件")).check()
    counter.get_by_role("button", name="给出登录码").click()
    code = counter.locator(".letters").inner_text()
    assert CODE.fullmatch(code)
    lost.reload()
    expect(lost.get_by_text("在柜台给出了新的登录码")).to_be_visible()
    page = new_context(**PHONE).new_page()
    activates(page, site, xh_of(record), code, WORDS)
    lost.goto(f"{site}/signin")
    signs_in(lost, xh_of(record), OTHER)
    expect(lost.get_by_text("没有登录，请看原因")).to_be_visible()
    signs_in(lost, xh_of(record), WORDS)
    lost.wait_for_url(re.compile("/my$"))
    work(world)
    letters = [letter.get_content() for to, letter in mailbox.letters if to == MAIL]
    assert any("柜台" in one for one in letters) and not any(code in one for one in letters)
    assert said == []


def test_from_the_staff_file_to_a_decision_after_an_idle_hour(
    world: World, site: str, mailbox: Mailbox, new_context: CreateContextCallback
) -> None:
    """A line of a file, the code in its letter, a password, a case; an hour's pause costs a password and no word."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    case = world.case_of(record)
    administrator = sign_in(world, site, new_context(**DESK), world.staff["administrator"].person)
    administrator.goto(f"{site}/admin/staff-file")
    lines = "工号,姓名,身份,学院,邮箱\nT0008,李审核,审核人,,li@school.example\n"
    file = {"name": "名单.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    administrator.get_by_label("名单文件").set_input_files(files=[file])
    administrator.get_by_role("button", name="上传名单，看结果").click()
    administrator.get_by_role("button", name="提出这份名单").click()
    expect(administrator.get_by_text("李审核")).to_be_visible()
    work(world)
    letters = [letter.get_content() for to, letter in mailbox.letters if to == "li@school.example"]
    (code,) = set(CODE.findall("".join(letters)))
    assert code not in source(administrator)
    page = new_context(**DESK).new_page()
    said = complaints(page)
    activates(page, site, "T0008", code, WORDS)
    page.get_by_role("button", name=re.compile("^领办最先到期的申请")).click()
    page.wait_for_url(re.compile(f"/desk/{case.id}"))
    form = page.locator("#decision")
    form.get_by_label("不予更正").first.check()
    form.get_by_label("理由类别").select_option("record_is_right")
    page.locator("#words").fill(REASON)
    world.at(world.clock.moment + timedelta(hours=1))
    page.get_by_role("button", name="办结并办理下一件").click()
    page.get_by_label("您的密码").fill(WORDS)
    page.get_by_role("button", name="核实密码").click()
    page.get_by_role("button", name="提交以上内容").click()
    expect(page.get_by_role("status").first).to_contain_text("不予更正")
    assert world.case(case).state == REJECTED
    assert [words.replace("\r\n", "\n") for _, words in world.words(case)][-1] == REASON
    assert said == []
