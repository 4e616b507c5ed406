"""In a real browser: a batch there and back, the server killed between the steps and in the middle of some.

With ``--every-database`` it is killed in the middle of each, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import dbfread
import openpyxl
import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser import DESK, PHONE
from tests.web.browsing import signed_in
from tests.web.mortal import MortalServer
from tests.web.visiting import sign_in
from tests.workflow.outgoing.answers.test_answers import MORE_WORDS, NO, case_of_claim, row, workbook
from tests.workflow.outgoing.batches.waiting import proves, waits, world_with_a_province
from tests.world import World
from workflow.clock import SetClock
from workflow.people.cipher import Cipher
from workflow.store import Store
from workflow.upkeep.installation import Installation

pytestmark = [pytest.mark.one_database]

Act = Callable[[Page], object]
ALL = "/registrar/batches"
NUMBER = "测学籍〔2024〕7号"


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school that sends names to the province after its own check, and numbers its letters by hand."""
    return world_with_a_province(store, cipher, clock, entropy, tmp_path, word="")


@dataclass(frozen=True)
class Story:
    """The school, its server, and whether that is killed in the middle of each step."""

    world: World
    server: MortalServer
    each: bool

    def staff(self, context: BrowserContext, role: str) -> Told:
        """The window of a member of staff."""
        return Told(self, context, self.world.staff[role].person)


@pytest.fixture
def story(
    world: World, pages: Callable[[Installation], Flask], pytestconfig: pytest.Config
) -> Iterator[Story]:
    """A server that has not come up yet."""
    app = pages(world.place)
    signed_in(world, app, world.staff["registrar"].person).get(ALL)  # a server is born knowing the templates
    server = MortalServer(world, app)
    yield Story(world, server, bool(pytestconfig.getoption("every_database")))
    server.kill()


class Told:
    """One person's window. The server behind it lives for one step at most."""

    def __init__(self, story: Story, context: BrowserContext, person: str) -> None:
        self._server, self._context, self._each = story.server, context, story.each
        self._server.rise()
        self.page = sign_in(story.world, self._server.site, context, person)
        self._server.kill()

    def look(self, path: str) -> None:
        """Open a page."""
        self._server.rise()
        self.page.goto(self._server.site + path)
        self._server.kill()

    def press(self, act: Act, then: str, path: str, *, again: Act | None = None, vital: bool = False) -> None:
        """A press on the page that is shown. If it is killed it comes to nothing, and is done on a page at a path."""
        killed = self._each or vital
        if killed:
            self._killed(act)
        self._server.rise()
        if killed:
            self.page.goto(self._server.site + path)
        (again if again and killed else act)(self.page)
        expect(self.page.locator("main")).to_contain_text(then)
        self._server.kill()

    def take(self, name: str, path: str) -> bytes:
        """A file by a button of the page that is shown, or by that of the page at a path."""
        if self._each:
            self._killed(button(name))
        self._server.rise()
        if self._each:
            self.page.goto(self._server.site + path)
        with self.page.expect_download() as waiting:
            button(name)(self.page)
        data = Path(waiting.value.path()).read_bytes()
        self._server.kill()
        return data

    def _killed(self, act: Act) -> None:
        before = self._server.written()
        self._server.rise(dies=True)
        act(self.page)
        self._server.fallen()
        assert self._server.written() == before
        self.page.close()  # it says that nobody answers
        self.page = self._context.new_page()


def button(name: str) -> Act:
    """Press a button."""
    return lambda page: page.get_by_role("button", name=name, exact=True).click()


def opens(page: Page) -> None:
    """Open a batch to the province."""
    page.get_by_label("报送单位").select_option("province")
    page.get_by_label("受理月份").select_option("2024-12")
    button("新建批次")(page)


def sends(page: Page) -> None:
    """Enter the batch as sent, by its number and day."""
    page.get_by_label("文号").fill(NUMBER)
    page.get_by_label("报送日期").fill("2024-10-25")
    button("登记已报送")(page)


def hands_in(data: bytes) -> Act:
    """Hand in an answer."""

    def act(page: Page) -> None:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        page.get_by_label("对方的答复文件").set_input_files(
            {"name": "省厅答复.xlsx", "mimeType": kind, "buffer": data}
        )
        button("上传并查看结果")(page)

    return act


def takes(data: bytes) -> Act:
    """Hand in an answer anew, and take it: what was being taken by a killed server is not taken by another."""

    def act(page: Page) -> None:
        hands_in(data)(page)
        button("确认导入")(page)

    return act


def test_a_batch_goes_there_and_back_though_the_server_is_killed(
    story: Story, new_context: CreateContextCallback, tmp_path: Path
) -> None:
    """A killed press leaves nothing; in the end the student reads the body's words and the lane has what it agreed to."""
    world = story.world
    claims = waits(world, 4)
    cases = [case_of_claim(world, claim) for claim in claims]
    registrar, second = (story.staff(new_context(**DESK), role) for role in ("registrar", "second_reviewer"))
    registrar.look(ALL)
    registrar.press(opens, "加入勾选的事项", ALL)
    one = registrar.page.url.removeprefix(story.server.site).removesuffix("/choose")
    registrar.press(button("加入勾选的事项"), "已加入批次。", f"{one}/choose")
    registrar.press(button("定稿这个批次"), "已定稿。", one)
    second.look(one)
    second.press(button("同意这个批次"), "已同意。", one)

    files, answers = f"{one}/files", f"{one}/answers"
    registrar.look(files)
    book = openpyxl.load_workbook(io.BytesIO(registrar.take("下载登记表（Excel）", files)))
    lines = [(f"24010000{n}", f"测试00{n}", "姓名", f"测试00{n}", "测试甲") for n in range(1, 5)]
    assert [line[2:7] for line in book.active.values][1:] == lines
    table = tmp_path / "register.dbf"
    table.write_bytes(registrar.take("下载登记表（DBF）", files))
    rows = dbfread.DBF(table, encoding="gbk", char_decode_errors="strict")
    assert [tuple(line.values())[2:7] for line in rows] == lines
    with zipfile.ZipFile(io.BytesIO(registrar.take("下载学生文件夹（ZIP）", files))) as packed:
        assert packed.testzip() is None
        inside = {name.partition("/")[0] for name in packed.namelist() if "/" in name}
        assert inside == {f"24010000{n}测试00{n}" for n in range(1, 5)}

    registrar.look(one)
    registrar.press(sends, "已登记报送", one, vital=True)
    assert {world.case(case).state for case in cases} == {"under_review"}
    registrar.look(answers)
    part = workbook(row(1), row(2, "不同意", words=NO), row(3, "需补充", words=MORE_WORDS))
    for data, told, vital in (
        (part, "已登记 3 行答复。还有 1 行等待答复。", True),
        (workbook(row(4)), "这个批次已全部答复。", False),
    ):
        registrar.press(hands_in(data), "还没有写入任何内容", answers)
        registrar.press(button("确认导入"), told, answers, again=takes(data), vital=vital)
    states = [world.case(case).state for case in cases]
    assert states == ["under_review", "rejected", "under_review", "under_review"]
    registrar.look(one)
    registrar.press(button("办结这个批次"), "已办结批次。", one)

    world.at(world.clock.moment + timedelta(minutes=11))
    theirs = world.student(world.case(cases[1]).record.id).person
    student = Told(story, new_context(**PHONE), theirs)
    student.look(f"/my/cases/{cases[1].id}")
    expect(student.page.locator("main")).to_contain_text(re.compile(f"省级教育行政部门于.*答复：.*{NO}"))
    reviewer = story.staff(new_context(**DESK), "reviewer")
    reviewer.look("/desk/platform")
    expect(reviewer.page.locator("input[name=row]")).to_have_count(2)
    proves(world)
