"""Filing for a student by duty on the pages: offered to whom the rules name, and said to the student."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from states.case import CHECKED_OK, RAISED
from tests.schools import world_with_proxies
from tests.web.browsing import Browser, signed_in
from tests.web.college.test_file_for_student import at, ready
from tests.world import CAMPAIGN, World
from workflow.clock import SetClock
from workflow.people.cipher import Cipher
from workflow.people.scopes import STAFF_DUTIES, Scope
from workflow.records.tables import Record
from workflow.store import Store

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
SCOPE = Scope("测试学院", "240101")


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """The small school, whose rules let a teaching secretary act for a student, and nobody else."""
    return world_with_proxies(store, cipher, clock, entropy, tmp_path, proxies=("teaching_secretary",))


@pytest.fixture
def record(world: World) -> str:
    """A freshman in the open campaign."""
    record = world.record(xm="张三丰")
    world.open_campaign()
    return record


@pytest.mark.parametrize("duty", ["", *STAFF_DUTIES])
def test_the_pages_offer_exactly_what_the_engine_allows(
    world: World, app: Flask, record: str, duty: str
) -> None:
    """Filing and confirming are open to one duty; to the others each page says why not, in the rule's words."""
    officer, case = world.officer(SCOPE, duty=duty), world.case_of(record)
    browser = signed_in(world, app, officer.person)
    filing, student = browser.get(at(world, record)), browser.get(f"/college/{CAMPAIGN}/students/{case.id}")
    allowed = world.may(case, "confirm", officer, words="本人来电").allowed
    assert allowed == (duty == "teaching_secretary")
    assert (f"{at(world, record)}/wrong/XM" in filing.links) == allowed
    assert [form.action for form in student.forms if form.action.endswith("/confirm")] == (
        [f"/college/{CAMPAIGN}/students/{case.id}/confirm"] if allowed else []
    )
    assert [page.codes for page in (filing, student)] == [[] if allowed else ["PROXY_NOT_ALLOWED"]] * 2


def test_a_teaching_secretary_files_and_everybody_reads_that_it_was_the_secretary(
    world: World, app: Flask, as_student: Staff, as_staff: Staff, record: str
) -> None:
    """The receipt, the student's pages, their letter and the desk name the duty beside the name."""
    secretary = world.officer(SCOPE, duty="teaching_secretary", name="测试秘书")
    browser, case = signed_in(world, app, secretary.person), world.case_of(record)
    ready(browser, at(world, record))
    assert browser.send("/check").status == 303
    assert "教学秘书 测试秘书" in browser.follow().text and world.row(case).state == RAISED
    student = as_student(record)
    for path in ("/my", f"/my/cases/{case.id}", f"/my/receipts/{case.id}", f"/my/cases/{case.id}/letter"):
        assert "教学秘书 测试秘书" in student.get(path).text, path
    assert "教学秘书 测试秘书" in as_staff("reviewer").get(f"/desk/{case.id}").text
    assert "教学秘书 测试秘书" in browser.get(f"/college/{CAMPAIGN}/students/{case.id}").text
    assert "教学秘书" in as_staff("auditor").get(f"/audit/{case.id}").text


def test_a_teaching_secretary_confirms_for_a_student(world: World, app: Flask, record: str) -> None:
    """One press with the words how the student answered."""
    secretary, case = world.officer(SCOPE, duty="teaching_secretary"), world.case_of(record)
    browser = signed_in(world, app, secretary.person)
    browser.get(f"/college/{CAMPAIGN}/students/{case.id}")
    assert browser.send("/confirm", words="10月25日本人来电，逐项核对无误").status == 303
    assert world.row(case).state == CHECKED_OK and world.row(case).manner == "proxy"


@pytest.fixture
def by_reviewers(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """The small school, whose rules let a reviewer act for a student, and nobody else."""
    return world_with_proxies(store, cipher, clock, entropy, tmp_path, proxies=("reviewer",))


def test_a_reviewer_finds_the_student_at_the_desk_and_acts_for_them(
    by_reviewers: World, pages: Callable[..., Flask]
) -> None:
    """By the number, where the rules name the role; the second reviewer is told why not, and sees no student."""
    world, app = by_reviewers, pages(by_reviewers.place)
    filing, silent = world.record(xm="张三丰"), world.record(xm="王重阳")
    world.open_campaign()
    reviewer, second = (
        signed_in(world, app, world.staff[one].person) for one in ("reviewer", "second_reviewer")
    )
    reviewer.get("/desk")
    with world.place.store.reading() as session:
        number = session.get_one(Record, filing).xh
    assert reviewer.send("/find", said=number, what="file").status == 303
    assert reviewer.follow().path == at(world, filing)
    ready(reviewer, at(world, filing))
    assert reviewer.send("/check").status == 303 and "审核人 测试审核人" in reviewer.follow().text
    assert world.row(world.case_of(filing)).state == RAISED
    reviewer.get(at(world, silent))
    assert reviewer.send("/confirm", words="10月25日本人来电，逐项核对无误").status == 303
    assert world.row(world.case_of(silent)).manner == "proxy"
    assert "代学生办理" not in second.get("/desk").text
    page = second.get(at(world, silent))
    assert (page.status, page.codes) == (422, ["not_named_to_act"])
    assert "按学校规则，复核人不代学生办理。" in page.text and "王重阳" not in page.text
    second.get("/desk")
    assert second.send("/find", said=number, what="file").status == 303  # it is filed: an ordinary find
