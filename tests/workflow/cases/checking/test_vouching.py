"""Items said to be right beside disputed ones, and the student's word that they looked on the platform."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import on
from tests.laws import holds
from tests.world import NAME, World
from workflow.campaigns.progress.board import board
from workflow.campaigns.progress.numbers import board_at
from workflow.cases.checking.confirm import shown
from workflow.cases.claims import ClaimFiled
from workflow.cases.facts import CaseFacts
from workflow.cases.load import look_at_case
from workflow.cases.tables import Vouch
from workflow.cases.views.audit import compare
from workflow.engine import Ref
from workflow.history.ledger import open_value
from workflow.history.tables import Opening
from workflow.verdict import Reason, Verdict

pytestmark = [pytest.mark.one_database]

STUDENT_NUMBER = ClaimFiled("XH", "school_data", "240199999")
REST = ("CSRQ", "SFZH", "XB")


@pytest.fixture
def record(world: World) -> str:
    """A freshman in a campaign that runs."""
    id = world.record()
    world.open_campaign()
    return id


@pytest.fixture
def case(world: World, record: str) -> Ref:
    """The freshman's unanswered case."""
    return world.case_of(record)


def seen(world: World, case: Ref) -> str:
    """The digest of the values that a page shows now."""
    with world.place.store.reading() as session:
        facts = look_at_case(session, case.id)
        assert facts is not None
        return shown(session, world.place.cipher, facts)[1]


def vouched(world: World, case: Ref) -> dict[str, Any]:
    """The items said to be right, and since when."""
    with world.place.store.reading() as session:
        rows = session.execute(select(Vouch.field, Vouch.vouched_at).where(Vouch.case_id == case.id))
        return {field: at for field, at in rows}


def raised(world: World, case: Ref, record: str, *claims: ClaimFiled, **more: Any) -> Any:
    """File claims in the case, with items said to be right."""
    papers = (world.paper(record),)
    return world.do(case, "raise", world.student(record), claims=claims or (NAME,), papers=papers, **more)


def refused(world: World, case: Ref, record: str, **details: Any) -> Verdict:
    """A word on single items that is not taken."""
    return world.refused(case, "vouch_fields", world.student(record), **details)


def one(verdict: Verdict, code: str) -> Reason:
    """The one reason with a code: a whole sentence that says what to do."""
    (reason,) = [reason for reason in verdict.reasons if reason.code == code]
    assert reason.says and reason.remedy and "{" not in reason.says
    return reason


@holds("vouch")
def test_a_filing_says_what_is_right_beside_what_is_wrong(world: World, record: str, case: Ref) -> None:
    """Each item is kept with its date, and the entry names it and commits to the value that was seen."""
    entry = raised(world, case, record, right=REST, seen=seen(world, case))
    assert vouched(world, case) == dict.fromkeys(REST, world.clock.moment)
    assert entry.codes == ("XM:admission_error", "CSRQ:right", "SFZH:right", "XB:right")
    with world.place.store.reading() as session:
        asked = select(Opening).where(Opening.subject == case.id, Opening.name == "right")
        said = json.loads(open_value(world.place.cipher, session.scalars(asked).one()))
        assert (said.keys(), said["CSRQ"]) == ({*REST}, "2006-05-04")
        assert compare(session) == []


def test_a_filing_without_such_a_word_is_what_it_was(world: World, record: str, case: Ref) -> None:
    """A page of before says nothing of the rest: it is filed all the same, and nothing is said to be right."""
    entry = raised(world, case, record)
    assert (world.case(case).state, vouched(world, case)) == ("discrepancy_raised", {})
    assert entry.codes == ("XM:admission_error",) and "right" not in entry.values


def test_the_rest_is_said_to_be_right_later_and_neither_count_nor_manner_changes(
    world: World, record: str, case: Ref
) -> None:
    """Under review and after the decision an item can be said to be right; the numbers know nothing of it."""
    raised(world, case, record)
    campaign = world.case(case).campaign
    assert campaign is not None
    before = world.case(case)
    with world.place.store.reading() as session:
        counted = board(session, campaign.id, "fy")
    for moment, fields in ((on(2024, 10, 25, 11), ("XB",)), (on(2024, 10, 26, 9), REST)):
        world.at(moment)
        world.do(case, "vouch_fields", world.student(record), fields=fields, seen=seen(world, case))
    after: CaseFacts = world.case(case)
    assert vouched(world, case) == dict.fromkeys(REST, on(2024, 10, 26, 9))
    assert (after.state, after.manner, after.filed_at) == (before.state, before.manner, before.filed_at)
    with world.place.store.reading() as session:
        assert board(session, campaign.id, "fy") == counted and compare(session) == []
        assert board_at(session, campaign.id, world.clock.moment).total == counted.total


@holds("some_item_is_right", "right_fields_are_free")
def test_only_an_undisputed_item_of_the_campaign_is_said_to_be_right(
    world: World, record: str, case: Ref
) -> None:
    """Nothing, an item that nobody asked about, one that is claimed, and values that moved: each is refused."""
    claims = {"claims": (NAME,), "papers": (world.paper(record),)}
    twice = world.refused(case, "raise", world.student(record), right=("XM",), **claims)
    assert "姓名" in one(twice, "said_both_ways").says
    raised(world, case, record)
    assert one(refused(world, case, record, fields=()), "nothing_to_vouch")
    assert one(refused(world, case, record, fields=("MZ", "XB")), "field_not_asked")
    assert "姓名" in one(refused(world, case, record, fields=("XM",)), "field_has_open_claim").says
    assert one(refused(world, case, record, fields=("XB",), seen="0" * 64), "values_changed")
    assert vouched(world, case) == {}


def test_whoever_disputes_an_item_takes_back_that_it_is_right(world: World, record: str, case: Ref) -> None:
    """After a withdrawal the other items stay said; the one that is claimed next is right no more."""
    raised(world, case, record, right=("XH", "XB"), seen=seen(world, case))
    world.do(case, "withdraw", world.student(record))
    assert {*vouched(world, case)} == {"XH", "XB"}
    raised(world, case, record, STUDENT_NUMBER)
    assert {*vouched(world, case)} == {"XB"}
    with world.place.store.reading() as session:
        assert compare(session) == []


@holds("looking_day_fits", "note_looked")
def test_a_day_of_looking_lies_within_the_campaign(world: World, record: str, case: Ref) -> None:
    """No day, a day ahead, a day before the campaign: each is refused; any day up to today is kept as said."""
    student = world.student(record)
    today = world.clock.moment.date()
    for day, code in (
        (None, "day_missing"),
        (today + timedelta(days=1), "day_ahead"),
        (date(2024, 10, 22), "looked_too_early"),
    ):
        assert one(world.refused(case, "say_looked", student, looked_on=day), code)
    entry = world.do(case, "say_looked", student, looked_on=date(2024, 10, 23))
    row = world.row(case)
    assert (row.looked_on, row.state) == (date(2024, 10, 23), "not_checked")
    assert entry.codes == ("looked_on:2024-10-23",)
    with world.place.store.reading() as session:
        assert compare(session) == []


def test_neither_is_said_once_the_campaign_is_over(world: World, record: str, case: Ref) -> None:
    """After its last second nothing of the kind is asked for, and nothing is taken."""
    raised(world, case, record)
    world.at(on(2024, 11, 8))
    student = world.student(record)
    assert one(world.refused(case, "say_looked", student, looked_on=date(2024, 11, 7)), "campaign_is_past")
    assert one(refused(world, case, record, fields=("XB",)), "campaign_is_past")
