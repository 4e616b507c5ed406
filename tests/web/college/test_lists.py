"""A college's list on the pages: signed, deemed without objection, or neither; before that, the forecast."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pytest_playwright.pytest_playwright import CreateContextCallback

from config.policy import School
from tests.browser import DESK, PHONE
from tests.conftest import on
from tests.silence import LATER, OTHER, PLAN, begin, go, school_in_april
from tests.web.browsing import Browser
from tests.web.test_every_page import ON_SQLITE
from tests.web.visiting import barriers, fits, sign_in
from tests.world import World
from workflow.clock import SetClock
from workflow.people.cipher import Cipher
from workflow.store import Store

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
OURS, THEIRS = f"/college/{PLAN}", f"/registrar/{PLAN}/signatures"


@pytest.fixture
def deems() -> tuple[str, ...]:
    """The kinds of check in which the school lets a college's silence count."""
    return ("final",)


@pytest.fixture
def world(
    store: Store,
    cipher: Cipher,
    nchu: School,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
    deems: tuple[str, ...],
) -> World:
    """The small school in April, with a final check begun and its officers notified."""
    world = school_in_april(store, cipher, nchu, clock, entropy, tmp_path, deems=deems)
    begin(world)
    go(world)
    return world


def test_an_officer_reads_in_good_time_what_will_happen_and_was_told_by_that(
    world: World, as_staff: Staff
) -> None:
    """The board says by when, and what an unsigned list comes to; who has read it is silent from then on."""
    registrar = as_staff("registrar")
    assert registrar.get(THEIRS).text.count("经办人没有收到过截止通知") == 2
    assert "2028年5月10日" in as_staff("officer").get("/college").text
    page = as_staff("officer").get(f"{OURS}/sign")
    assert "到期没有签认的，按学校规则视为无异议" in page.text
    page = registrar.get(THEIRS)
    assert "到期视为无异议" in page.text and "测试学院经办人" in page.text and "在页面上看到" in page.text
    assert page.text.count("经办人没有收到过截止通知") == 1 and "没有经办人" in page.text


@pytest.mark.parametrize("deems", [()])
def test_where_silence_means_nothing_the_pages_say_so(world: World, as_staff: Staff) -> None:
    """The deadline stands there, and no more than the rules say."""
    text = as_staff("officer").get("/college").text
    assert "没有签认的，不等于无异议" in text and "视为无异议" not in text
    world.at(LATER)
    assert "按规则，没有签认不等于无异议" in as_staff("officer").get(f"{OURS}/sign").text
    page = as_staff("registrar").get(THEIRS)
    assert "视为无异议 0 个，没有签认 3 个" in page.text and "逾期" in page.text


def test_a_deemed_list_is_never_shown_or_counted_as_signed(world: World, as_staff: Staff) -> None:
    """Since when, who had been told, when and how; by nobody signed; the others unsigned, each with its reason."""
    as_staff("officer").get("/college")
    world.at(LATER)
    go(world)
    page = as_staff("registrar").get(THEIRS)
    assert "已签认 0 个学院，视为无异议 1 个，没有签认 2 个" in page.text
    assert "没有人签认" in page.text and "2028年5月11日" in page.text and "2028年4月10日" in page.text
    assert "经办人没有收到过截止通知" in page.text and "没有经办人" in page.text
    officer = as_staff("officer")
    assert "自 2028年5月11日" in officer.get("/college").text
    page = officer.get(f"{OURS}/sign")
    assert "这不是签认" in page.text and "存档之后，名单没有变化" in page.text
    assert "已签认" not in page.text


def test_an_officer_who_comes_later_signs_what_was_deemed(world: World, as_staff: Staff) -> None:
    """One press; the page, the registrar's table and the workbook say signed, late, by whom."""
    officer = as_staff("officer")
    officer.get("/college")
    world.at(LATER)
    go(world)
    world.at(on(2028, 5, 12))
    officer, registrar = as_staff("officer"), as_staff("registrar")
    officer.get(f"{OURS}/sign")
    assert officer.send("/sign").status == 303
    text = officer.follow().text
    assert "晚于学院截止时间" in text and "视为无异议" not in text
    assert "已签认 1 个学院，视为无异议 0 个" in registrar.get(THEIRS).text
    book = openpyxl.load_workbook(io.BytesIO(registrar.get(f"{THEIRS}.xlsx").response.data))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert {row[0]: row[1] for row in rows[1:]} == {
        "测试学院": "已签认 · 逾期", OTHER: "未签认 · 逾期", "没有人的学院": "未签认 · 逾期"
    }  # fmt: skip
    assert all(cell.data_type == "s" for row in book.active.iter_rows() for cell in row if cell.value)
    officer.get(f"{OURS}/sign")
    assert officer.send("/take-back", words="漏了一名学生").status == 303
    assert "撤回后没有重新签认" in registrar.get(THEIRS).text


def test_a_list_that_was_signed_meanwhile_is_not_signed_twice(world: World, as_staff: Staff) -> None:
    """Two officers' pages, one after the other: the second is told that something changed."""
    as_staff("officer").get("/college")
    world.at(LATER)
    go(world)
    one, two = as_staff("officer"), as_staff("officer")
    one.get(f"{OURS}/sign")
    form = two.get(f"{OURS}/sign").form("/sign")
    assert one.send("/sign").status == 303
    assert "changed_meanwhile" in two.send_form(form).codes


def test_the_auditor_reads_what_was_deemed_and_what_was_signed(world: World, as_staff: Staff) -> None:
    """The system's entry with who had been told, then the officer's; replayed, they give the present state."""
    as_staff("officer").get("/college")
    world.at(LATER)
    go(world)
    officer = as_staff("officer")
    form = officer.get(f"{OURS}/sign").form("/sign")
    officer.send("/sign")
    text = as_staff("auditor").get(f"/audit/{form.fields['standing']}").text
    assert "视为无异议" in text and "已告知的经办人" in text and "测试学院经办人" in text
    assert "在页面上看到" in text and "告知时间" in text and "名单人数 2" in text and "一致" in text


@pytest.mark.parametrize(
    ("deems", "words"),
    [
        (("final",), "到学院截止没有签认名单、经办人收到过通知的，视为无异议"),
        ((), "没有签认名单不等于无异议"),
    ],
)
def test_the_page_of_rules_says_whose_silence_counts(world: World, as_staff: Staff, words: str) -> None:
    """Beside the students' silence, with the source."""
    text = as_staff("registrar").get("/rules").text
    assert words in text and "毕业前最后一次自查：没有作答、收到过通知的，视为无误" in text
    assert "测试的规则" in text


@ON_SQLITE
@pytest.mark.parametrize(("scheme", "language"), [("light", "zh"), ("dark", "en")])
def test_the_pages_of_a_deemed_list_fit_and_have_no_barrier(
    world: World,
    as_staff: Staff,
    site: str,
    new_context: CreateContextCallback,
    scheme: str,
    language: str,
) -> None:
    """On a phone and at a desk, before and behind the deadline, as every page."""
    found: list[Any] = []

    def look() -> None:
        for screen in (PHONE, DESK):
            for role, path in (("officer", OURS), ("officer", f"{OURS}/sign"), ("registrar", THEIRS)):
                context = new_context(**screen, color_scheme=scheme)
                page = sign_in(world, site, context, world.staff[role].person)
                context.add_cookies([{"name": "lang", "value": language, "url": site}])
                page.goto(site + path)
                found.extend((path, fault) for fault in barriers(page))
                found.extend([] if fits(page) else [(path, "too wide")])
                context.close()

    look()
    world.at(LATER)
    go(world)
    look()
    assert found == []
