"""What a student's pages cost: at most four statements each, the one that knows who sits there included."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conftest import on
from tests.web.browsing import Browser
from tests.web.counting import Counted
from tests.world import NAME, World
from workflow.cases.filing.drafts import Answers, save_draft
from workflow.engine import Ref

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)

Students = Callable[[str], Browser]
AT_MOST = 4
DRAFTING = (
    "/my", "/my/looked", "/my/wrong/SFZH", "/my/wrong/XM", "/my/papers", "/my/papers/add",
    "/my/papers/add/id_card", "/my/papers/{paper}", "/my/papers/{paper}/small", "/my/check", "/my/discard",
)  # fmt: skip
FOLLOWING = (
    "/my", "/my/cases/{case}", "/my/cases/{case}/letter", "/my/cases/{case}/withdraw", "/my/receipts/{case}",
    "/my/wrong/XH", "/my/looked", "/my/papers/{paper}/small",
)  # fmt: skip


def cost(browser: Browser, statements: Counted, path: str) -> int:
    """The number of statements for a page that is not opened for the first time."""
    assert browser.get(path).status == 200, path
    statements.clear()
    browser.get(path)
    return len(statements)


def test_the_first_visit_costs_one_statement_more(
    world: World, as_student: Students, statements: Counted
) -> None:
    """What the student was told is written once; the look after that writes nothing."""
    record = world.record()
    world.open_campaign()
    browser = as_student(record)
    statements.clear()
    browser.get("/my")
    seen = [one for one in statements if not one.lstrip().startswith("SELECT")]
    assert seen == [] and len(statements) <= AT_MOST
    world.file(record, NAME)
    statements.clear()
    browser.get("/my")
    written = [one for one in statements if not one.lstrip().startswith("SELECT")]
    assert len(written) == 1 and written[0].startswith("UPDATE notice")
    assert len(statements) <= AT_MOST + 1


@pytest.mark.parametrize("path", DRAFTING)
def test_a_page_before_filing_costs_at_most_four(
    world: World, as_student: Students, statements: Counted, path: str
) -> None:
    """However many claims and papers the draft holds."""
    record = world.record()
    world.open_campaign()
    papers = [world.paper(record, kind) for kind in ("id_card", "household_book", "id_card")]
    with world.place.store.writing() as session:
        save_draft(session, world.place.cipher, record, Answers({"XM": NAME}), world.clock.moment)
    assert cost(as_student(record), statements, path.format(paper=papers[0])) <= AT_MOST


def test_the_page_that_asks_once_more_costs_at_most_four(
    world: World, as_student: Students, statements: Counted
) -> None:
    """It shows every value, and still needs no more than the page before it."""
    record = world.record()
    world.open_campaign()
    assert cost(as_student(record), statements, "/my/confirm") <= AT_MOST


@pytest.mark.parametrize("path", FOLLOWING)
@pytest.mark.parametrize("decided", [False, True], ids=["filed", "decided"])
def test_a_page_after_filing_costs_at_most_four(
    world: World, as_student: Students, statements: Counted, path: str, decided: bool
) -> None:
    """However long the history of the case is."""
    record = world.record()
    world.open_campaign()
    paper = world.paper(record)
    world.file(record, NAME, papers=(paper,))
    case, by = world.case_of(record), world.staff["reviewer"]
    if decided:
        world.do(case, "take_up", by)
        world.settle_all(case, "corrected")
        world.do(case, "correct", by, words="已更正")
        world.at(world.clock.moment + timedelta(minutes=11))
    browser = as_student(record)
    if decided and path.endswith("/withdraw"):
        statements.clear()
        assert browser.get(path.format(case=case.id)).status == 303
        assert len(statements) <= AT_MOST
        return
    assert cost(browser, statements, path.format(case=case.id, paper=paper)) <= AT_MOST


def test_five_cases_cost_no_more_than_one(world: World, as_student: Students, statements: Counted) -> None:
    """The price of the first page does not grow with what a student went through."""
    record = world.record()
    world.open_campaign()
    world.at(on(2024, 12, 1))
    browser, by = as_student(record), world.staff["reviewer"]
    few = cost(browser, statements, "/my")
    for _ in range(4):
        case = Ref("case", world.file(record, NAME).subject)
        world.do(case, "take_up", by)
        world.settle_all(case, "refused")
        world.do(case, "reject", by, words="原记录无误", refusal="record_is_right")
    world.at(world.clock.moment + timedelta(minutes=11))
    browser = as_student(record)
    assert cost(browser, statements, "/my") == few
    assert len([link for link in browser.page.links if "/my/cases/" in link]) >= 4
