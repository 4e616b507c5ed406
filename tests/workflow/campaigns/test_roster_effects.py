"""A roster file and the cases of the records in it: what was confirmed and changed is asked again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from tests.conftest import on
from tests.workflow.records.rosters import Row, judged, student, without
from tests.world import NAME, World
from workflow.campaigns.roster_effects import Arrival, take_in_roster
from workflow.cases.claims import ClaimFiled
from workflow.cases.ending.platform import would_be_seen
from workflow.cases.tables import Case
from workflow.cases.views.to_enter import shown_lately
from workflow.engine import Ref
from workflow.history.tables import EntryRow
from workflow.notices.tables import Notice
from workflow.records.roster import RosterRefused, plan
from workflow.records.tables import Record


def arrive(world: World, *rows: Row, day: int = 16) -> Arrival:
    """Import a roster file, as a command does."""
    judgement = judged(rows, as_of=date(2024, 10, day))
    with world.place.store.writing() as session:
        return take_in_roster(world.place.engine, session, judgement, world.place.cipher)


def record_of(world: World, place: int = 1) -> str:
    """The record of the n-th row."""
    with world.place.store.reading() as session:
        return session.scalars(select(Record.id).where(Record.xh == f"2401{place:05d}")).one()


@pytest.fixture
def record(world: World) -> str:
    """A freshman of a roster file, with a case in a running campaign."""
    arrive(world, student(1), student(2))
    world.open_campaign()
    return record_of(world)


def confirmed(world: World, record: str) -> Ref:
    case = world.case_of(record)
    world.do(case, "confirm", world.student(record))
    return case


def test_new_records_have_no_cases_to_touch(world: World) -> None:
    """The first file only makes records."""
    arrival = arrive(world, student(1), student(2))
    assert (len(arrival.outcome.new), arrival.rechecked, arrival.lapsed) == (2, 0, 0)


@pytest.mark.parametrize(
    "change", [{"XM": "张三丰"}, {"XH": "240199999"}, {"XB": "女"}, {"CSRQ": "20060405"}]
)
def test_a_confirmed_value_that_changes_is_asked_again(world: World, record: str, change: Row) -> None:
    """The student confirmed something else than what is there now, and is told to look again."""
    case = confirmed(world, record)
    arrival = arrive(world, student(1, **change), student(2), day=24)
    assert arrival.rechecked == 1
    assert (world.case(case).state, world.case(case).manner) == ("not_checked", "")
    with world.place.store.reading() as session:
        assert "check_again" in session.scalars(select(Notice.event).where(Notice.subject == case.id)).all()


@pytest.mark.parametrize("change", [{"MZ": "回族"}, {"BH": "240102"}, {"FY": "软件学院"}])
def test_a_value_the_campaign_does_not_ask_for_changes_quietly(
    world: World, record: str, change: Row
) -> None:
    """A new class is no reason to confirm one's name again."""
    case = confirmed(world, record)
    assert arrive(world, student(1, **change), student(2), day=24).rechecked == 0
    assert world.case(case).state == "checked_ok"


def test_the_same_file_again_asks_nobody(world: World, record: str) -> None:
    """Nothing changed, so nothing is undone."""
    case = confirmed(world, record)
    version = world.case(case).version
    arrival = arrive(world, student(1), student(2), day=24)
    assert (arrival.rechecked, arrival.lapsed, arrival.outcome.changes) == (0, 0, ())
    assert world.case(case).version == version


def test_after_the_close_a_confirmation_stands(world: World, record: str) -> None:
    """Nobody can confirm any more, so nobody is asked to."""
    case = confirmed(world, record)
    world.at(on(2024, 11, 8, 0))
    assert arrive(world, student(1, XM="张三丰"), student(2), day=24).rechecked == 0
    assert world.case(case).state == "checked_ok"


def test_a_case_that_nobody_confirmed_or_that_is_under_review_is_left_alone(
    world: World, record: str
) -> None:
    """Only a confirmation can be made void by a change."""
    world.file(record, NAME)
    changed = (student(1, XB="女"), student(2, XB="女"))
    assert arrive(world, *changed, day=24).rechecked == 0
    assert world.case(world.case_of(record)).state == "discrepancy_raised"


@pytest.mark.parametrize("taken", [False, True])
def test_who_left_has_open_cases_no_more(world: World, record: str, taken: bool) -> None:
    """A status that means the student is gone lets the open case lapse; its cause is named."""
    world.file(record, NAME)
    case = world.case_of(record)
    if taken:
        world.do(case, "take_up", world.staff["reviewer"])
    arrival = arrive(world, student(1, XJZT="退学"), student(2), day=24)
    assert (arrival.rechecked, arrival.lapsed) == (0, 1)
    assert (world.row(case).state, world.row(case).ruling) == ("rejected", "lapsed:left_school")


def test_who_goes_on_leave_keeps_the_case(world: World, record: str) -> None:
    """Leave of absence is no departure."""
    world.file(record, NAME)
    assert arrive(world, student(1, XJZT="休学"), student(2), day=24).lapsed == 0
    assert world.case(world.case_of(record)).state == "discrepancy_raised"


def test_a_refused_file_touches_no_case(world: World, record: str) -> None:
    """All or nothing: one bad row, and neither record nor case has changed."""
    case = confirmed(world, record)
    with world.place.store.reading() as session:
        before = len(session.scalars(select(EntryRow.id)).all())
    with pytest.raises(RosterRefused):
        arrive(world, student(1, XM="张三丰"), student(2, XM=""), day=24)
    assert world.case(case).state == "checked_ok"
    with world.place.store.reading() as session:
        assert len(session.scalars(select(EntryRow.id)).all()) == before


def test_what_was_corrected_already_is_not_lost_with_the_departure(world: World, record: str) -> None:
    """The corrected claim is carried out, the others lapse, and the case ends as corrected and says both."""
    world.file(record, NAME, ClaimFiled("XH", "school_data", "240199999"))
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    name = next(claim.id for claim in world.case(case).claims if claim.field == "XM")
    world.settle(case, name, "corrected")
    assert arrive(world, student(1, XJZT="退学"), student(2), day=24).lapsed == 1
    assert world.case(case).state == "corrected"
    assert {claim.field: claim.outcome for claim in world.case(case).claims} == {
        "XM": "corrected",
        "XH": "lapsed",
    }
    with world.place.store.reading() as session:
        row = session.execute(select(Record.xm, Record.xh).where(Record.id == record)).one()
    assert tuple(row) == (NAME.new, "240100001")


def test_what_a_case_corrected_is_not_asked_about_again(world: World, record: str) -> None:
    """An older file neither undoes a correction nor sends anybody back to check."""
    world.file(record, NAME)
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    world.settle_all(case, "corrected")
    world.do(case, "correct", world.staff["reviewer"], words="已更正")
    arrival = arrive(world, student(1), student(2), day=24)
    assert (arrival.rechecked, arrival.lapsed) == (0, 0)
    with world.place.store.reading() as session:
        assert session.scalar(select(Record.xm).where(Record.id == record)) == NAME.new
        assert session.scalar(select(Case.state).where(Case.id == case.id)) == "corrected"


def test_a_file_without_some_columns_asks_nobody_about_them(world: World, record: str) -> None:
    """What a file does not say has not changed."""
    case = confirmed(world, record)
    rows = (without(student(1), "XB", "CSRQ"), without(student(2), "XB", "CSRQ"))
    assert arrive(world, *rows, day=24).rechecked == 0
    assert world.case(case).state == "checked_ok"


def test_a_deemed_case_is_not_asked_again(final_world: World) -> None:
    """Who said nothing confirmed nothing that could be void."""
    world = final_world
    arrive(world, student(1))
    world.open_campaign("final-2028")
    record = record_of(world)
    case = world.case_of(record)
    with world.place.store.writing() as session:
        session.execute(update(Case).where(Case.id == case.id).values(state="checked_ok", manner="deemed"))
    assert arrive(world, student(1, XM="张三丰"), day=24).rechecked == 0


@pytest.mark.parametrize("checked", [False, True])
def test_a_file_that_shows_the_claimed_value_counts_as_seen(world: World, record: str, checked: bool) -> None:
    """By the system, with the file's day; what nobody has checked yet stays open, the rest is corrected."""
    world.file(record, NAME)
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    check = world.case(case).steps[0]
    if checked:
        world.do(case, "pass_step", world.staff["reviewer"], step=check.id)
    assert arrive(world, student(1, XM=NAME.new), student(2), day=25).seen == 1
    if not checked:
        assert (world.case(case).state, world.case(case).claims[0].outcome) == ("under_review", "")
        world.do(case, "pass_step", world.staff["reviewer"], step=check.id)
        assert world.case(case).claims[0].outcome == "corrected"
        world.do(case, "correct", world.staff["reviewer"], words="学信网已显示")
    found = world.case(case)
    assert found.state == "corrected"
    assert (found.claims[0].outcome, found.claims[0].seen_on) == ("corrected", date(2024, 10, 25))
    assert found.decided_by == ("system" if checked else world.staff["reviewer"].person)


def test_the_dry_run_says_what_the_import_will_show(world: World, record: str) -> None:
    """As many claims as the import then enters, whatever another row brings; nothing is written by asking."""
    place, other = world.place, record_of(world, 2)
    for one in (record, other):
        world.file(one, NAME)
    rows = student(1, XM=NAME.new), student(2, XM="张三丰")
    with place.store.reading() as session:
        planned = plan(session, judged(rows, as_of=date(2024, 10, 25)), place.cipher)
        assert would_be_seen(place.engine, session, place.cipher, planned) == 1
        assert shown_lately(session) is None
    world.at(world.clock.moment + timedelta(minutes=1))
    assert arrive(world, *rows, day=25).seen == 1
    with place.store.reading() as session:
        shown = shown_lately(session)
    assert shown is not None and (shown.seen, shown.as_of) == (1, date(2024, 10, 25))


def test_a_file_that_shows_another_value_is_seen_by_nobody(world: World, record: str) -> None:
    """The platform's step stays open until somebody sees the value that was claimed."""
    world.file(record, NAME)
    assert arrive(world, student(1, XM="张三丰"), student(2), day=25).seen == 0
    assert world.case(world.case_of(record)).claims[0].outcome == ""
