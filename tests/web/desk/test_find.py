"""Finding at the desk, on pages: a list of namesakes, nobody in an address, and words for what cannot be searched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.web.browsing import Browser
from tests.world import NAME, World, number_of
from workflow.cases.views.found import SAID_LIMIT
from workflow.people.standing_in import declare

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]


def test_namesakes_are_a_list_and_one_student_is_opened(world: World, as_staff: Staff) -> None:
    """Several students are told apart by number and class; what leads to one opens their case; no address has it."""
    records = [
        world.record(xm="单雄信", bh="240101"),
        world.record(xm="单雄信", bh="240102"),
        world.record(xm="王五"),
    ]
    world.open_campaign()
    for record in records:
        world.file(record, NAME)
    browser = as_staff("reviewer")
    browser.get("/desk/find")
    page = browser.send("/desk/find", said="shan xx")
    first, second, other = (world.case_of(record).id for record in records)
    assert page.status == 200 and page.path == "/desk/find"
    assert {link for link in page.links if link[6:] in (first, second, other)} == {
        f"/desk/{first}",
        f"/desk/{second}",
    }
    assert all(words in page.text for words in ("240100001", "240100002", "240102", "符合的有 2 件"))
    for said in ("ww", "王五", "240100003"):
        assert browser.send("/desk/find", said=said).location == f"/desk/{other}"
        browser.get("/desk/find")


def test_whoever_has_nothing_to_do_with_a_student_finds_nobody(world: World, as_staff: Staff) -> None:
    """A relative's search by name, pinyin and ID number is answered as one for a name that nobody bears."""
    record = world.record(xm="单雄信")
    world.open_campaign()
    world.file(record, NAME)
    browser = as_staff("reviewer")
    browser.get("/desk/find")
    strange = browser.send("/desk/find", said="王麻子").text
    with world.place.store.writing() as session:
        declare(session, world.staff["reviewer"], record, world.clock.moment, world.place.entropy)
    for said in ("单雄信", "shanxx", number_of(date(2006, 5, 4), 3)):
        page = browser.send("/desk/find", said=said)
        assert page.status == 404 and page.text == strange


@pytest.mark.parametrize("said", ["", "   ", "张" * (SAID_LIMIT + 1)])
def test_what_cannot_be_searched_is_said(world: World, as_staff: Staff, said: str) -> None:
    """Nothing typed, or more than any name has, is a fault that leads to the box; nothing is looked up or logged."""
    browser = as_staff("reviewer")
    browser.get("/desk/find")
    page = browser.send("/desk/find", said=said)
    assert page.status == 422 and 'href="#said"' in page.html
