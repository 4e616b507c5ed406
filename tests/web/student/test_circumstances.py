"""What the rules are asked before any paper: at the first question, after the answers, and of a circumstance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.web.browsing import Browser, signed_in
from tests.workflow.cases.rules.driving import PLATFORM, driven, rule
from tests.world import World
from workflow.cases.claims import ClaimFiled
from workflow.clock import SetClock
from workflow.people.cipher import Cipher
from workflow.store import Store

pytestmark = pytest.mark.one_database

ABROAD = "已移居香港"
RULES = (
    rule("shown", PLATFORM),
    rule("book", 'require = "household_book", code = "WORD"', 'field = ["XM"]'),
    rule("abroad", 'lift = ["WORD"]', 'variant = ["abroad"], field = ["XM"], cause = ["legal_change"]'),
    rule("sex", 'refuse = "WORD"', 'field = ["XB"]'),
    rule(
        "late-birth", 'refuse = "WORD"', 'field = ["CSRQ"], cause = ["legal_change"], event_since = "entry"'
    ),
)


@pytest.fixture
def small(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """The small school, where who moved to Hong Kong has no household book."""
    return driven(store, cipher, clock, entropy, tmp_path, *RULES)


def of_student(world: World, pages: Callable[..., Flask]) -> tuple[str, Browser]:
    """A record and the browser of its student, in the running campaign."""
    record = world.record()
    world.open_campaign()
    return record, signed_in(world, pages(world.place), world.student(record).person)


def test_a_circumstance_is_asked_where_the_rules_use_it_and_is_kept(
    small: World, pages: Callable[..., Flask]
) -> None:
    """Who moved to Hong Kong says so, needs no household book, and everybody who reads the claim sees it."""
    record, student = of_student(small, pages)
    assert ABROAD not in student.get("/my/wrong/XH").text
    assert ABROAD in student.get("/my/wrong/XM").text
    legal = {"cause": "legal_change", "value": "测试乙", "event_date": "2024-09-20"}
    student.send("/my/wrong/XM", **legal, variant="")
    assert student.page.location == "/my/papers"
    student.get("/my/wrong/XM")
    student.send("/my/wrong/XM", cause="admission_error", value="测试乙", variant="abroad")
    assert ABROAD not in student.follow().text  # no rule tells it apart for this cause
    student.get("/my/wrong/XM")
    student.send("/my/wrong/XM", **legal, variant="abroad")
    assert student.page.location == "/my/check" and ABROAD in student.follow().text
    student.send("/my/check")
    assert ABROAD in student.follow().text
    case = small.case_of(record)
    (claim,) = small.case(case).claims
    assert claim.variant == "abroad"
    assert ABROAD in student.get(f"/my/cases/{case.id}").text
    assert ABROAD in student.get(f"/my/cases/{case.id}/letter").text
    reviewer = signed_in(small, pages(small.place), small.staff["reviewer"].person)
    assert ABROAD in reviewer.get(f"/desk/{case.id}").text


def test_who_is_barred_is_told_before_any_answer_and_before_any_paper(
    small: World, pages: Callable[..., Flask]
) -> None:
    """A field that no rule lets claim has no form; what an answer bars is refused with the answer."""
    _record, student = of_student(small, pages)
    page = student.get("/my/wrong/XB")
    assert page.codes == ["WORD"] and not [form for form in page.forms if form.action.endswith("/wrong/XB")]
    student.get("/my/wrong/CSRQ")
    born = {"cause": "legal_change", "value": "2005-03-04"}
    page = student.send("/my/wrong/CSRQ", **born, event_date="2024-10-01")
    assert page.status == 422 and "规则late-birth" in page.text
    page = student.send("/my/wrong/CSRQ", **born, event_date="2024-09-01")
    assert page.codes == ["denied_by_the_number"]


def test_who_files_late_is_told_beforehand_that_it_is_outside_the_campaign(
    small: World, pages: Callable[..., Flask]
) -> None:
    """In the campaign nothing is said of it; after its last second the first page says so."""
    record, student = of_student(small, pages)
    outside = "在自查活动以外单独办理"
    assert outside not in student.get("/my/wrong/XH").text
    small.clock.moment += timedelta(days=20)
    student = signed_in(small, pages(small.place), small.student(record).person)
    assert outside in student.get("/my/wrong/XH").text


def test_a_circumstance_that_the_school_does_not_know_is_refused_at_the_door(small: World) -> None:
    """It is one of the school's list, or none."""
    record = small.record()
    small.open_campaign()
    claim = ClaimFiled("XH", "school_data", "240199999", None, "on_the_moon")
    verdict = small.may(small.case_of(record), "raise", small.student(record), claims=(claim,), papers=())
    assert verdict.codes == ("variant_unknown",)
