"""The forms that a college prints and returns: their numbers are the board's, their claims the list's."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from config.policy import School
from states.case import CHECKED_OK
from tests.silence import DUE, OTHER, PLAN, TOLD, begin, school_in_april, sign
from tests.web.browsing import Browser
from tests.world import NAME, World, number_of
from workflow.campaigns.progress.board import board
from workflow.cases.claims import ClaimFiled
from workflow.clock import SetClock
from workflow.outgoing.forms.content import NUMBERS
from workflow.people.cipher import Cipher
from workflow.people.scopes import Scope
from workflow.records.reach import of_college
from workflow.store import Store

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
OURS, THEIRS = f"/college/{PLAN}/forms", f"/registrar/{PLAN}/forms"
NUMBER = "990000200502020082"


@pytest.fixture
def world(
    store: Store,
    cipher: Cipher,
    nchu: School,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
) -> World:
    """The small school in April, with a final check begun; two students of one college and one of another filed."""
    world = school_in_april(store, cipher, nchu, clock, entropy, tmp_path)
    first, second, gone = (world.record(fy=TOLD, bh=f"24010{n}") for n in range(3))
    other = world.record(fy=OTHER, xm="另院学生")
    begin(world)
    claim = ClaimFiled(
        "SFZH", "admission_error", number_of(SetClock(DUE).moment.date().replace(year=2005), 8)
    )
    world.file(first, claim)
    for record in (second, other):
        world.file(record, NAME)
    world.file(gone, NAME)
    world.do(world.case_of(gone), "withdraw", world.student(gone))
    return world


def rows(browser: Browser, path: str, sheet: int = 1) -> list[list[str]]:
    """A sheet of a workbook as it opens elsewhere; every cell is text."""
    book = openpyxl.load_workbook(io.BytesIO(browser.get(path).response.data))
    found = list(book.worksheets[sheet].iter_rows())
    assert all(
        cell.data_type in ("s", "n") and not str(cell.value).startswith("=") for row in found for cell in row
    )
    return [[cell.value or "" for cell in row] for row in found]


def test_the_statistics_are_the_numbers_of_the_board(world: World, as_staff: Staff) -> None:
    """Each class and the sum stand on the printed form and in its workbook as the board of the college has them."""
    form = next(one for one in world.place.rules.forms if one.kind == "statistics")
    with world.place.store.reading() as session:
        campaign = world.case(world.case_of(f"{1:032x}")).campaign.id
        found = board(session, campaign, "bh", of_college(TOLD))
    counted = [column.fact for column in form.columns if column.fact in NUMBERS]
    lines = [[NUMBERS[fact](line) for fact in counted] for line in (*found.lines, found.total)]
    officer = as_staff("officer")
    heads, *book = rows(officer, f"{OURS}/statistics.xlsx")
    places = [place for place, column in enumerate(form.columns) if column.fact in NUMBERS]
    assert heads == [column.head for column in form.columns]
    assert [[row[place] for place in places] for row in book] == lines
    assert found.total.counted == 5 and found.total.numbers[CHECKED_OK] == 0
    words = " ".join(word for word, _ in officer.get(f"{OURS}/statistics").words)
    for line in book:
        assert " ".join(filter(None, line)) in words
    assert as_staff("registrar").get(f"{THEIRS}/statistics?college={TOLD}").text.count("合计") == 1


def test_the_errata_hold_a_colleges_own_claims_with_id_numbers_masked(world: World, as_staff: Staff) -> None:
    """One row a claim that was not withdrawn, with number and name; another college's student is nowhere."""
    officer = as_staff("officer")
    page, book = officer.get(f"{OURS}/errata"), rows(officer, f"{OURS}/errata.xlsx")
    cover = [row[0] for row in rows(officer, f"{OURS}/errata.xlsx", 0)]
    assert [row[4] for row in book] == ["勘误项目", "证件号码", "姓名"] and len(book) == 3
    assert "另院学生" not in page.text and "另院学生" not in str(book)
    assert all("*" in row[place] or "•" in row[place] for row in book[1:2] for place in (5, 6))
    assert {TOLD, "（学院公章）"} <= set(cover) and "2028年5月10日 23:59" in page.text
    theirs = as_staff("registrar").get(f"{THEIRS}/errata?college={OTHER}")
    assert "另院学生" in theirs.text and "测试001" not in theirs.text


def test_the_paper_stands_beside_what_the_college_signed_in_the_system(world: World, as_staff: Staff) -> None:
    """Not returned, received unsealed, received; late by minutes; by whom: for the registrar and for the college alike."""
    registrar, officer = as_staff("registrar"), as_staff("officer")
    registrar.get(THEIRS)
    assert registrar.page.text.count("未交回") == 7  # two forms of three colleges, and one of the choices
    for moment, state, said in (
        (DUE, "unsealed", "已收（未盖章）"),
        (DUE + timedelta(minutes=90, seconds=1), "received", "逾期 91 分钟"),
    ):
        world.at(moment)
        registrar, officer = as_staff("registrar"), as_staff("officer")
        registrar.get(THEIRS)
        registrar.send("/forms", college=TOLD, paper="errata", state=state)
        assert said in registrar.follow().text and said in officer.get(OURS).text
    sign(world, world.case(world.case_of(f"{1:032x}")).campaign.id, world.staff["officer"])
    assert "已签认" in officer.get(OURS).text and "测试学籍管理员" in officer.page.text
    registrar.get(THEIRS)
    registrar.send("/forms", college=TOLD, paper="errata", state="received")
    assert "这张表已经这样登记" in registrar.page.text


def test_the_forms_of_a_college_are_for_officers_of_all_of_it(
    world: World, app: object, as_staff: Staff
) -> None:
    """A class teacher has no form of the college, an unknown form or college is not there."""
    world.staff["teacher"] = world.officer(Scope("测试学院", "240101"))
    teacher = as_staff("teacher")
    assert [teacher.get(path).status for path in (OURS, f"{OURS}/errata", f"{OURS}/errata.xlsx")] == [404] * 3
    registrar = as_staff("registrar")
    for path in ("/list", "/errata?college=没有的学院", "/list.xlsx"):
        assert registrar.get(THEIRS + path).status == 404
