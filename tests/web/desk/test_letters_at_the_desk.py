"""Official letters at the desk: found by their number, listed with their case, shown and logged as sealed things are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from tests.web.browsing import Browser
from tests.web.desk.test_desk import looks
from tests.world import World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.engine import Ref

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
WRONG = number_of(date(2005, 1, 2), 888)
TEN = re.compile(r"/desk/letters/(\w{32})")


@pytest.fixture
def case(world: World) -> Ref:
    """A case about an ID number, refused a while ago, with two letters."""
    case = Ref("case", world.file(world.record(), ClaimFiled("SFZH", "admission_error", WRONG)).subject)
    world.do(case, "take_up", world.staff["reviewer"])
    world.settle_all(case, "refused", words="证件号码与身份证一致")
    world.do(case, "reject", world.staff["reviewer"], words="原记录无误", refusal="record_is_right")
    world.at(world.clock.moment + timedelta(minutes=11))
    return case


def test_the_office_finds_shows_and_logs_the_letter_it_signs(
    world: World, as_staff: Staff, case: Ref
) -> None:
    """Each letter has a line on its case's page and a page with the student's words and values; its number finds it."""
    browser = as_staff("reviewer")
    page = browser.get(f"/desk/{case.id}")
    acceptance, decision = TEN.findall(page.html)
    assert "航大教学籍〔2024〕1号" in page.html and "航大教学籍〔2024〕2号" in page.html
    before = len(looks(world, "letter"))
    shown = browser.get(f"/desk/letters/{decision}").html
    assert all(words in shown for words in ("学籍信息更正决定书", "证件号码与身份证一致", WRONG, "第六十条"))
    assert "受理通知书" in browser.get(f"/desk/letters/{acceptance}").html
    assert looks(world, "letter")[before:] == [("letter", decision), ("letter", acceptance)]
    for said in ("航大教学籍〔2024〕2号", " 〔2024〕 2 号", "[2024]2", "航大教学籍（2024）第2号"):
        browser.get("/desk")
        assert browser.send("/find", said=said).location == f"/desk/{case.id}", said
    for said in ("航大教学籍〔2024〕9号", "别的字〔2024〕2号", "〔2023〕2号"):
        browser.get("/desk")
        assert browser.send("/find", said=said).status == 404


def test_who_may_not_open_the_papers_reads_a_letter_with_its_number_masked(
    world: World, as_staff: Staff, case: Ref
) -> None:
    """A second reviewer, who opens papers for a reason alone, sees the decision and not the ID number."""
    id = TEN.findall(as_staff("reviewer").get(f"/desk/{case.id}").html)[-1]
    shown = as_staff("second_reviewer").get(f"/desk/letters/{id}").html
    assert (
        "学籍信息更正决定书" in shown and WRONG not in shown and f"{WRONG[0]}{'*' * 16}{WRONG[-1]}" in shown
    )


def test_who_searched_for_a_letter_searched_for_its_student(world: World, as_staff: Staff, case: Ref) -> None:
    """The auditor who asks about a student finds the search by the number of a letter, and the reverse."""
    reviewer, auditor = as_staff("reviewer"), as_staff("auditor")
    reviewer.get("/desk")
    reviewer.send("/find", said="航大教学籍〔2024〕2号")
    for said in (world.row(case).receipt or "", "航大教学籍〔2024〕1号"):
        auditor.get("/audit/searches")
        page = auditor.send("/audit/searches", said=said)
        assert "查找：审核台" in page.text, page.text
