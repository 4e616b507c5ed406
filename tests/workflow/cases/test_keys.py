"""A command that comes twice is done once: a double click, a lost answer, a page sent again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.file import file
from workflow.cases.tables import Case, Claim
from workflow.engine import SYSTEM, Ref
from workflow.history.entry import Entry
from workflow.history.ledger import KEY_DAYS, forget_old_keys
from workflow.history.tables import CommandKey, EntryRow
from workflow.notices.tables import Notice
from workflow.people.accounts import give_role
from workflow.people.scopes import held
from workflow.records.tables import Record
from workflow.verdict import Refused

KEY = "a key the page was drawn with"


def counted(world: World) -> list[int]:
    """The numbers of cases, claims, done entries, notices and keys."""
    with world.place.store.reading() as session:
        done = select(func.count()).select_from(EntryRow).where(EntryRow.kind == "done")
        tables = (Case, Claim, Notice, CommandKey)
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables] + [
            session.scalar(done) or 0
        ]


def filing(world: World, record: str, *claims: ClaimFiled) -> Callable[[], Entry]:
    """The same filing with the same key and papers, repeatable."""
    by, papers = world.student(record), (world.paper(record),)

    def again() -> Entry:
        with world.place.store.writing() as session:
            return file(world.place.engine, session, record, by, claims or (NAME,), papers, key=KEY)

    return again


@pytest.fixture
def record(world: World) -> str:
    """A freshman in a campaign that runs."""
    id = world.record()
    world.open_campaign()
    return id


def test_a_filing_sent_twice_is_filed_once(world: World, record: str) -> None:
    """The second answer is the first one, though a second filing would by now be refused."""
    send = filing(world, record)
    first = send()
    after = counted(world)
    assert send() == first
    assert counted(world) == after


def test_a_filing_outside_a_campaign_sent_twice_is_filed_once(world: World) -> None:
    """Nor does the second sending open a second case, or complain of the first one's claim."""
    send = filing(world, world.record())
    first = send()
    after = counted(world)
    assert send() == first
    assert counted(world) == after


def test_the_answer_stays_the_same_whatever_happened_since(world: World, record: str) -> None:
    """A page sent again a day later, when the case is long in other hands, is still only answered."""
    send = filing(world, record)
    first = send()
    world.at(world.clock.moment + timedelta(days=1))
    world.do(world.case_of(record), "take_up", world.staff["reviewer"])
    assert send() == first
    assert world.case(world.case_of(record)).state == "under_review"


def test_the_same_key_for_another_filing_is_refused(world: World, record: str) -> None:
    """Other values under the same key are a mistake that is told, in a campaign and outside."""
    filing(world, record)()
    own = world.record(rxrq=None, registered_on=world.clock.moment.date())
    filing(world, own)()
    for one in (record, own):
        with pytest.raises(Refused) as no:
            filing(world, one, replace(NAME, new="测试乙"))()
        assert no.value.codes == ("key_reused",)
        assert no.value.verdict.reasons[0].remedy


def test_a_filing_that_was_refused_may_be_mended_under_its_key(world: World, record: str) -> None:
    """A refusal does not use the key up."""
    with pytest.raises(Refused):
        filing(world, record, replace(NAME, new="王??"))()
    assert filing(world, record)().target == "discrepancy_raised"


def test_a_filing_that_failed_half_way_may_be_sent_again(world: World, record: str) -> None:
    """If the unit of work breaks off after the filing, nothing is left of it, not even the key."""
    by, papers, before = world.student(record), (world.paper(record),), counted(world)
    with pytest.raises(ZeroDivisionError), world.place.store.writing() as session:
        file(world.place.engine, session, record, by, (NAME,), papers, key=KEY)
        _ = 1 / 0
    assert counted(world) == before
    with world.place.store.writing() as session:
        assert file(world.place.engine, session, record, by, (NAME,), papers, key=KEY).number == 2


def test_a_decision_whose_effect_failed_may_be_made_under_its_key(world: World, record: str) -> None:
    """A student number that another record held bars the correction; once it is free the same click goes through."""
    world.file(record, ClaimFiled("XH", "school_data", "240199999"))
    case, other = world.case_of(record), world.record(xh="240199999")
    reviewer = world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    world.settle_all(case, "corrected")
    assert world.refused(case, "correct", reviewer, words="已更正", key=KEY).codes == ("value_taken",)
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == other).values(xh="240100777"))
    assert world.do(case, "correct", reviewer, words="已更正", key=KEY).target == "corrected"


def test_two_students_may_happen_on_the_same_key(world: World, record: str) -> None:
    """A key belongs to its person."""
    other = world.record()
    assert filing(world, record)().subject != filing(world, other)().subject


def test_a_decision_sent_twice_is_made_once(world: World, record: str) -> None:
    """A reviewer's double click settles, corrects and tells once."""
    case, reviewer = world.case_of(record), world.staff["reviewer"]
    world.file(record, NAME)
    world.do(case, "take_up", reviewer, key="take up")
    assert world.do(case, "take_up", reviewer, key="take up").number == 3
    world.settle_all(case, "corrected")
    first = world.do(case, "correct", reviewer, words="已更正", key="correct")
    assert world.do(case, "correct", reviewer, words="已更正", key="correct") == first
    assert world.case(case).version == first.number
    other = world.staff["other_reviewer"]
    with pytest.raises(Refused) as no:
        world.do(case, "correct", other, words="已更正", key="correct")
    assert "key_reused" not in no.value.codes


def test_a_key_under_another_role_is_another_command(world: World, record: str) -> None:
    """Who answers in two roles does not answer for one in the other."""
    reviewer, at = world.staff["reviewer"], world.clock.moment
    with world.place.store.writing() as session:
        give_role(session, reviewer.person, held("second_reviewer"), SYSTEM.person, at, world.place.entropy)
    world.file(record, NAME)
    case = world.case_of(record)
    world.do(case, "take_up", reviewer, key=KEY)
    verdict = world.refused(case, "take_up", replace(reviewer, role="second_reviewer"), key=KEY)
    assert verdict.codes == ("key_reused",)


def test_a_key_for_another_case_is_refused(world: World, record: str) -> None:
    """The case is part of what a key stands for."""
    other = world.record()
    world.open_campaign()
    registrar = world.staff["registrar"]
    world.do(world.case_of(record), "exclude", registrar, words="退学", code="left_school", key=KEY)
    verdict = world.refused(
        world.case_of(other), "exclude", registrar, words="退学", code="left_school", key=KEY
    )
    assert verdict.codes == ("key_reused",)


def test_keys_are_forgotten_after_seven_days_and_not_before(world: World, record: str) -> None:
    """A key is kept for a week to the second; after that the table is swept."""
    filing(world, record)()
    filed = world.clock.moment
    for at, gone in (
        (filed + timedelta(days=KEY_DAYS), 0),
        (filed + timedelta(days=KEY_DAYS, seconds=1), 1),
    ):
        with world.place.store.writing() as session:
            assert forget_old_keys(session, at) == gone


def test_the_page_that_was_looked_at_is_what_is_filed_on(world: World, record: str) -> None:
    """A student's old page on another phone is told what happened since, and nothing is filed."""
    case, student = world.case_of(record), world.student(record)
    seen = world.case(case).version
    world.do(case, "confirm", student)
    verdict = world.refused(
        case, "raise", student, expected=seen, claims=(NAME,), papers=(world.paper(record),)
    )
    assert verdict.codes == ("changed_meanwhile",)
    assert "学生确认无误" in verdict.reasons[0].says
    assert world.case(case).state == "checked_ok"
    assert (
        world.do(
            Ref("case", case.id),
            "raise",
            student,
            expected=seen + 1,
            claims=(NAME,),
            papers=(world.paper(record),),
        ).number
        == 3
    )
