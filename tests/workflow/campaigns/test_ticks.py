"""The two ticks of a student, and what a later list or roster makes of what was said and decided before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.conftest import on
from tests.workflow.campaigns.test_platform_export import workbook
from tests.workflow.campaigns.test_roster_effects import arrive, record_of
from tests.workflow.records.rosters import student
from tests.world import NAME, World
from workflow.campaigns.platform_export import read_export, take_in_export
from workflow.cases.checking.confirm import shown
from workflow.cases.claims import ClaimFiled
from workflow.cases.load import look_at_case
from workflow.cases.scheduled import run_scheduled
from workflow.cases.views.belongings import belongings
from workflow.cases.views.student_sheet import RecordSheet, read_record
from workflow.cases.views.ticks import Tick
from workflow.engine import SYSTEM, Ref
from workflow.people.accounts import student_of
from workflow.people.tables import Person

ALIKE = ("司徒茯苓", "司徒茯芩")
"""Two names that differ in one stroke: U+82D3 and U+82A9."""


@pytest.fixture
def record(world: World) -> str:
    """A freshman of a roster file, with an account and a case in a running campaign."""
    arrive(world, student(1, XM=ALIKE[0]), student(2))
    world.open_campaign()
    found = record_of(world)
    with world.place.store.writing() as session:
        by = SYSTEM.person, world.clock.moment, world.place.entropy
        student_of(session, found, ALIKE[0], *by)
    return found


def sheet_of(world: World, record: str) -> RecordSheet:
    """The student's sheet as it is now."""
    with world.place.store.reading() as session:
        return read_record(session, world.place.cipher, record, world.clock.moment)


def ticks(world: World, record: str) -> tuple[Tick, Tick, int]:
    """Both ticks, and how many are open."""
    found = sheet_of(world, record).ticks
    assert found is not None
    return found.here, found.there, found.open


def listed(world: World, status: str, at: str, as_of: date) -> None:
    """The school imports the platform's list, which names the student."""
    row = ("240100001", ALIKE[0], "", "测试学院", status, at)
    campaign = sheet_of(world, record_of(world)).cases[0].facts.campaign
    assert campaign is not None
    place, by = world.place, world.staff["registrar"]
    with place.store.writing() as session:
        export = read_export("自查.xlsx", workbook(row))
        take_in_export(place.engine, session, place.cipher, campaign.id, export, as_of, by)


def account(world: World, record: str) -> str:
    """The name that the student's account bears."""
    with world.place.store.reading() as session:
        return session.scalars(select(Person.name).where(Person.id == world.student(record).person)).one()


def seen(world: World, case: Ref) -> str:
    """The digest of the values that a page shows now."""
    with world.place.store.reading() as session:
        facts = look_at_case(session, case.id)
        assert facts is not None
        return shown(session, world.place.cipher, facts)[1]


def refused(world: World, record: str, *claims: ClaimFiled) -> Ref:
    """A case that was filed and refused, and whose student was told."""
    world.file(record, *claims)
    case, by = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", by)
    world.settle_all(case, "refused")
    world.do(case, "reject", by, words="材料不足", refusal="evidence_does_not_prove")
    world.at(world.clock.moment + timedelta(minutes=11))
    return case


def test_whoever_has_done_neither_has_two_open_ticks(world: World, record: str) -> None:
    """A confirmation closes the one here and says nothing of the platform; after the close neither is due."""
    assert ticks(world, record) == (Tick(False), Tick(False), 2)
    world.do(world.case_of(record), "confirm", world.student(record))
    today = world.clock.moment.date()
    assert ticks(world, record) == (Tick(True, today, "record"), Tick(False), 1)
    world.at(on(2024, 11, 8))
    assert sheet_of(world, record).ticks is None


def test_a_filing_is_an_answer_and_leaves_the_other_items_to_be_said(world: World, record: str) -> None:
    """The tick here is done by a filing, and stays done after a refusal; each item said counts once."""
    case = world.case_of(record)
    values = seen(world, case)
    papers = (world.paper(record),)
    world.do(case, "raise", world.student(record), claims=(NAME,), papers=papers, right=("XB",), seen=values)
    found = sheet_of(world, record)
    assert found.ticks is not None and found.ticks.here.done and found.ticks.open == 1
    assert (found.ticks.said, found.ticks.total) == (2, 6)
    assert found.cases[0].right == {"XB": world.clock.moment}
    world.do(case, "withdraw", world.student(record))
    assert ticks(world, record)[::2] == (Tick(False), 2)


def test_what_is_said_and_what_is_listed_are_never_merged(world: World, record: str) -> None:
    """The student's word stands as a word; a list that has them counts first, by its day only if it names one; a later one reopens."""
    case, by = world.case_of(record), world.student(record)
    world.do(case, "say_looked", by, looked_on=date(2024, 10, 24))
    assert ticks(world, record)[1:] == (Tick(True, date(2024, 10, 24), "said"), 1)
    listed(world, "未自查", "", date(2024, 10, 24))
    assert ticks(world, record)[1] == Tick(True, date(2024, 10, 24), "said", date(2024, 10, 24))
    listed(world, "未自查", "", date(2024, 10, 25))
    assert ticks(world, record)[1:] == (Tick(False, date(2024, 10, 24), "said", date(2024, 10, 25)), 2)
    world.do(case, "say_looked", by, looked_on=date(2024, 10, 25))
    assert ticks(world, record)[1] == Tick(True, date(2024, 10, 25), "said", date(2024, 10, 25))
    world.at(on(2024, 10, 28))
    listed(world, "已自查", "", date(2024, 10, 26))
    assert ticks(world, record)[1] == Tick(True, None, "list", date(2024, 10, 26))
    listed(world, "已自查", "2024-10-26 08:00:00", date(2024, 10, 27))
    assert ticks(world, record)[1:] == (Tick(True, date(2024, 10, 26), "list", date(2024, 10, 27)), 1)
    row = world.row(case)
    assert (row.looked_on, row.state) == (date(2024, 10, 25), "not_checked")


def test_an_item_is_right_only_as_it_was_seen(world: World, record: str) -> None:
    """A roster that changes a value takes the word on that item back and no other; the old value brings it back."""
    case = world.case_of(record)
    world.file(record, ClaimFiled("XH", "school_data", "240199999"))
    fields = {"fields": ("XB", "XM"), "seen": seen(world, case)}
    world.do(case, "vouch_fields", world.student(record), **fields)
    arrive(world, student(1, XM=ALIKE[1]), student(2), day=24)
    assert {*sheet_of(world, record).cases[0].right} == {"XB"}
    arrive(world, student(1, XM=ALIKE[0]), student(2), day=25)
    assert {*sheet_of(world, record).cases[0].right} == {"XB", "XM"}


def test_a_refused_value_that_a_later_import_brings_is_told(world: World, record: str) -> None:
    """The day of the data that has it now stands with the claim; another value, or the old one, tells nothing."""
    case = refused(world, record, ClaimFiled("XM", "admission_error", ALIKE[1]))
    (claim,) = world.case(case).claims
    told = sheet_of(world, record)
    assert told.ended("XM") == claim and told.ended("XB") is None
    assert told.cases[0].since_shown == {}
    arrive(world, student(1, XM="司徒伏苓"), student(2), day=24)
    assert sheet_of(world, record).cases[0].since_shown == {}
    arrive(world, student(1, XM=ALIKE[1]), student(2), day=25)
    assert sheet_of(world, record).cases[0].since_shown == {claim.id: date(2024, 10, 25)}
    with world.place.store.reading() as session:
        there = belongings(session, world.place.cipher, world.case(case))
    assert there.imported == {claim.id: date(2024, 10, 25)}


def test_an_account_bears_the_name_of_its_record(world: World, record: str) -> None:
    """An import changes both together, to the last stroke; a correction once nobody can undo it any more."""
    assert account(world, record) == ALIKE[0]
    arrive(world, student(1, XM=ALIKE[1]), student(2), day=24)
    assert account(world, record) == ALIKE[1] != ALIKE[0]
    world.file(record, ClaimFiled("XM", "admission_error", ALIKE[0]))
    case, by = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", by)
    world.settle_all(case, "corrected")
    world.do(case, "correct", by, words="与录取名册一致")
    run_scheduled(world.place.engine, world.place.store)
    assert account(world, record) == ALIKE[1]
    world.at(world.clock.moment + timedelta(minutes=11))
    run_scheduled(world.place.engine, world.place.store)
    assert account(world, record) == ALIKE[0]
