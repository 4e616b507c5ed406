"""In a real browser: a batch there and back, the server killed between the steps and in the middle of each.

It runs on SQLite, and on PostgreSQL too with ``--every-database``.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
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


@pytest.fixture
def server(world: World, pages: Callable[[Installation], Flask]) -> Iterator[MortalServer]:
    """A server that has not come up yet."""
    app = pages(world.place)
    signed_in(world, app, world.staff["registrar"].person).get(ALL)  # a server is born knowing the templates
    made = MortalServer(world, app)
    yield made
    made.kill()


class Told:
    """One person's window. Each press is done twice: the first time the server is killed over it."""

    def __init__(self, world: World, server: MortalServer, context: BrowserContext, person: str) -> None:
        self._server, self._context = server, context
        server.rise()
        self.page = sign_in(world, server.site, context, person)
        server.kill()

    def look(self, path: str) -> None:
        """Open a page, and kill the server that gave it."""
        self._server.rise()
        self._open(path)
        self._server.kill()

    def press(self, path: str, act: Act, then: str, again: Act | None = None) -> None:
        """A press on the page that is shown, which comes to nothing, then on the page at a path."""
        self._killed(act)
        self._server.rise()
        self._open(path)
        (again or act)(self.page)
        expect(self.page.locator("main")).to_contain_text(then)
        self._server.kill()

    def take(self, path: str, name: str) -> bytes:
        """A file by a button of the page that is shown, and again by that of the page at a path."""
        act = button(name)
        self._killed(act)
        self._server.rise()
        self._open(path)
        with self.page.expect_download() as waiting:
            act(self.page)
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

    def _open(self, path: str) -> None:
        self.page.goto(self._server.site + path)


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
    world: World, server: MortalServer, new_context: CreateContextCallback, tmp_path: Path
) -> None:
    """What a killed press left is nothing; in the end the student reads the body's words and the lane has what it agreed to."""
    claims = waits(world, 4)
    cases = [case_of_claim(world, claim) for claim in claims]
    registrar = Told(world, server, new_context(**DESK), world.staff["registrar"].person)
    second = Told(world, server, new_context(**DESK), world.staff["second_reviewer"].person)

    registrar.look(ALL)
    registrar.press(ALL, opens, "加入勾选的事项")
    one = registrar.page.url.removeprefix(server.site).removesuffix("/choose")
    registrar.press(f"{one}/choose", button("加入勾选的事项"), "已加入批次。")
    registrar.press(one, button("定稿这个批次"), "已定稿。")
    second.look(one)
    second.press(one, button("同意这个批次"), "已同意。")

    files, answers = f"{one}/files", f"{one}/answers"
    registrar.look(files)
    book = openpyxl.load_workbook(io.BytesIO(registrar.take(files, "下载登记表（Excel）")))
    lines = [(f"测试00{n}", "姓名", f"测试00{n}", "测试甲") for n in range(1, 5)]
    assert [line[3:7] for line in book.active.values][1:] == lines
    table = tmp_path / "register.dbf"
    table.write_bytes(registrar.take(files, "下载登记表（DBF）"))
    rows = dbfread.DBF(table, encoding="gbk", char_decode_errors="strict")
    assert [(line["XH"], line["YUANZHI"], line["XINZHI"]) for line in rows] == [
        (f"24010000{n}", f"测试00{n}", "测试甲") for n in range(1, 5)
    ]
    with zipfile.ZipFile(io.BytesIO(registrar.take(files, "下载学生文件夹（ZIP）"))) as packed:
        assert packed.testzip() is None
        inside = {name.partition("/")[0] for name in packed.namelist() if "/" in name}
        assert inside == {f"24010000{n}测试00{n}" for n in range(1, 5)}

    registrar.look(one)
    registrar.press(one, sends, "已登记报送")
    assert {world.case(case).state for case in cases} == {"under_review"}
    registrar.look(answers)
    part = workbook(row(1), row(2, "不同意", words=NO), row(3, "需补充", words=MORE_WORDS))
    rest = workbook(row(4))
    for data, told in ((part, "已登记 3 行答复。还有 1 行等待答复。"), (rest, "这个批次已全部答复。")):
        registrar.press(answers, hands_in(data), "还没有写入任何内容")
        registrar.press(answers, button("确认导入"), told, again=takes(data))
    states = [world.case(case).state for case in cases]
    assert states == ["under_review", "rejected", "under_review", "under_review"]
    registrar.look(one)
    registrar.press(one, button("办结这个批次"), "已办结批次。")

    world.at(world.clock.moment + timedelta(minutes=11))
    theirs = world.student(world.case(cases[1]).record.id).person
    student = Told(world, server, new_context(**PHONE), theirs)
    student.look(f"/my/cases/{cases[1].id}")
    expect(student.page.locator("main")).to_contain_text(re.compile(f"省级教育行政部门于.*答复：.*{NO}"))
    reviewer = Told(world, server, new_context(**DESK), world.staff["reviewer"].person)
    reviewer.look("/desk/platform")
    expect(reviewer.page.locator("input[name=row]")).to_have_count(2)
    proves(world)
