"""The cohort after the opening: it changes by entries only, each with its reason."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import on
from tests.laws import holds
from tests.workflow.campaigns.test_roster_effects import arrive, record_of
from tests.workflow.records.rosters import student
from tests.world import CAMPAIGN, NAME, World
from workflow.campaigns.cohort import add_by_hand
from workflow.campaigns.graduation.last_day import graduating, moved_since
from workflow.campaigns.progress.board import board
from workflow.cases.ending.enrolment import exclusion_of
from workflow.cases.load import campaign_facts
from workflow.cases.rules import Rules
from workflow.cases.tables import Case
from workflow.engine import SYSTEM, Ref
from workflow.history.entry import Entry
from workflow.history.ledger import open_value
from workflow.history.tables import EntryRow, Opening
from workflow.notices.tables import Notice
from workflow.verdict import Refused

pytestmark = pytest.mark.one_database


def add(world: World, campaign: str, record: str, words: str = "转入本校，参加本次自查", **more: Any) -> str:
    """Add a record by hand, as the registrar by default."""
    by = more.pop("by", world.staff["registrar"])
    with world.place.store.writing() as session:
        return add_by_hand(world.place.engine, session, campaign, record, by, words, **more)


def entries(world: World, case: str) -> list[Entry]:
    """The done entries of a case."""
    with world.place.store.reading() as session:
        bodies = session.scalars(
            select(EntryRow.body)
            .where(EntryRow.subject == case, EntryRow.kind == "done")
            .order_by(EntryRow.number)
        ).all()
    return [Entry.from_body(body) for body in bodies]


def words_of(world: World, case: str, number: int) -> str:
    """The reason in an entry."""
    with world.place.store.reading() as session:
        opening = session.get_one(Opening, (case, number, "words"))
        return open_value(world.place.cipher, opening)


# -- by hand --------------------------------------------------------------------------------------------


@holds("in_the_cohort", "added_with_a_reason", "say_why_added")
def test_a_record_outside_the_rule_is_added_by_hand_with_a_reason(world: World) -> None:
    """It has a case, the student is told, and the entry says who added it and why."""
    world.record()
    campaign = world.open_campaign()
    transferred = world.record(rxrq=date(2023, 9, 1))
    case = add(world, campaign, transferred)
    (entry,) = entries(world, case)
    assert (entry.role, entry.codes) == ("registrar", ("by_hand",))
    assert words_of(world, case, 1) == "转入本校，参加本次自查"
    with world.place.store.reading() as session:
        told = select(Notice.event).where(Notice.record_id == transferred)
        assert session.scalars(told).all() == ["campaign_opened"]
        assert board(session, campaign, "fy").total.counted == 2


@holds("added_with_a_reason")
@pytest.mark.parametrize(
    ("columns", "words", "codes"),
    [
        ({"rxrq": date(2023, 9, 1)}, "", ["words_missing"]),
        ({"xjzt": "退学"}, "漏列", ["not_enrolled"]),
        ({"xjzt": "保留入学资格"}, " ", ["words_missing", "not_enrolled"]),
    ],
)
def test_nobody_is_added_without_a_reason_or_without_a_status(
    world: World, columns: dict[str, Any], words: str, codes: list[str]
) -> None:
    """Every reason is named at once, and no case is left of the attempt."""
    world.record()
    campaign = world.open_campaign()
    record = world.record(**columns)
    with pytest.raises(Refused) as no:
        add(world, campaign, record, words)
    assert list(no.value.codes) == codes
    with world.place.store.reading() as session:
        assert session.scalar(select(Case.id).where(Case.record_id == record)) is None


def test_nobody_is_added_twice_or_after_the_end(world: World) -> None:
    """One case for a record in a campaign, and none once the window is past."""
    inside = world.record()
    campaign = world.open_campaign()
    with pytest.raises(Refused) as no:
        add(world, campaign, inside)
    assert no.value.codes == ("case_exists",)
    late = world.record(rxrq=date(2023, 9, 1))
    world.at(on(2024, 11, 8, 0))
    with pytest.raises(Refused) as no:
        add(world, campaign, late)
    assert no.value.codes == ("campaign_not_open",)


@holds("added_with_a_reason")
def test_a_case_of_its_own_is_not_the_registrars_to_open(world: World) -> None:
    """Without a campaign there is no cohort to add anybody to; and nobody is added in a heap."""
    record = world.record()
    campaign = world.open_campaign()
    said = world.refused(
        Ref("case"), "open", world.staff["registrar"], record=record, campaign=None, words="补建"
    )
    assert "no_campaign" in said.codes
    with pytest.raises(Refused) as no, world.place.store.writing() as session:
        scope = campaign_facts(session, campaign)
        world.place.engine.perform_all(session, "open", scope, by=world.staff["registrar"], words="补建")
    assert no.value.codes == ("one_by_one",)


@pytest.mark.parametrize("role", ["officer", "reviewer", "auditor", "administrator"])
def test_only_the_registrar_adds_by_hand(world: World, role: str) -> None:
    """A college does not choose who is counted."""
    world.record()
    campaign = world.open_campaign()
    with pytest.raises(Refused) as no:
        add(world, campaign, world.record(rxrq=date(2023, 9, 1)), by=world.staff[role])
    assert "not_your_role" in no.value.codes


# -- by a roster ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"), [("退学", "left_school"), ("转学(转出)", "transferred"), ("保留入学资格", "retained")]
)
def test_who_leaves_the_statuses_of_the_cohort_is_not_counted(world: World, status: str, code: str) -> None:
    """The entry is the system's and names the status; who comes back is counted again."""
    arrive(world, student(1), student(2))
    campaign = world.open_campaign()
    case = world.case_of(record_of(world)).id
    arrival = arrive(world, student(1, XJZT=status), student(2), day=24)
    assert (arrival.excluded, arrival.included) == (1, 0)
    assert world.row(case).excluded == code
    assert status in words_of(world, case, 2)
    with world.place.store.reading() as session:
        total = board(session, campaign, "fy").total
    assert (total.counted, dict(total.excluded)) == (1, {code: 1})
    back = arrive(world, student(1), student(2), day=25)
    assert (back.excluded, back.included) == (0, 1)
    assert world.row(case).excluded == ""
    assert [entry.action for entry in entries(world, case)] == ["open", "exclude", "include"]


def test_what_the_registrar_excluded_a_roster_does_not_include(world: World) -> None:
    """A decision of a person is not undone by a file."""
    arrive(world, student(1))
    world.open_campaign()
    case = world.case_of(record_of(world))
    world.do(case, "exclude", world.staff["registrar"], words="联合培养，在外校核对", code="other")
    arrive(world, student(1, XJZT="退学"), day=23)
    assert arrive(world, student(1), day=24).included == 0
    assert world.row(case).excluded == "other"


def test_leave_keeps_who_the_cohort_keeps(world: World) -> None:
    """The first school counts students on leave, so going on leave changes nothing."""
    arrive(world, student(1))
    world.open_campaign()
    arrival = arrive(world, student(1, XJZT="休学"), day=24)
    assert (arrival.excluded, arrival.included) == (0, 0)


def test_a_campaign_that_is_over_keeps_its_population(world: World) -> None:
    """Who leaves after the closing was part of it."""
    arrive(world, student(1))
    campaign = world.open_campaign()
    world.at(on(2024, 11, 8, 0))
    world.do(Ref("campaign", campaign), "wind_up", SYSTEM)
    assert arrive(world, student(1, XJZT="退学"), day=24).excluded == 0


def test_a_filed_case_of_who_leaves_lapses_and_stays_counted(world: World) -> None:
    """Their student did answer."""
    arrive(world, student(1))
    campaign = world.open_campaign()
    world.file(record_of(world), NAME)
    arrival = arrive(world, student(1, XJZT="退学"), day=24)
    assert (arrival.lapsed, arrival.excluded) == (1, 0)
    with world.place.store.reading() as session:
        assert board(session, campaign, "fy").total.numbers["rejected"] == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [("休学", "on_leave"), ("休学(创业)", "on_leave"), ("保留学籍", "retained"), ("死亡", "left_school"),
     ("转出", "transferred"), ("没听说过", "not_in_cohort")],
)  # fmt: skip
def test_a_status_is_named_by_its_reason(world: World, status: str, code: str) -> None:
    """So that a board says why somebody is not counted."""
    assert exclusion_of(Rules(world.place.school), status) == code


# -- the last day ---------------------------------------------------------------------------------------


def told(world: World) -> list[str]:
    """The records whose students are notified of an earlier last day."""
    with world.place.store.reading() as session:
        asked = select(Notice.record_id).where(Notice.event == "last_day_earlier")
        return list(session.scalars(asked))


def test_whose_last_day_moves_earlier_is_told(world: World) -> None:
    """One notice, in the transaction of the import; whose day moves later or nowhere is not disturbed."""
    arrive(world, *(student(n, YJBYRQ="20280701") for n in (1, 2, 3)))
    rows = (
        student(1, YJBYRQ="20270701"),  # a year earlier
        student(2, YJBYRQ="20290701"),  # a year later
        student(3, YJBYRQ="20280630"),  # the same April
    )
    assert arrive(world, *rows, day=24).earlier == 1
    assert told(world) == [record_of(world, 1)]
    assert arrive(world, *rows, day=25).earlier == 0


def test_january_instead_of_july_costs_a_year_less_a_day(world: World) -> None:
    """An expected graduation moved from July to the January before has its last check a year earlier."""
    arrive(world, student(1, YJBYRQ="20280701"))
    assert arrive(world, student(1, YJBYRQ="20280110"), day=24).earlier == 1
    assert told(world) == [record_of(world, 1)]


def test_nobody_is_told_of_time_they_had_lost_already(world: World) -> None:
    """After the last day has passed, and after leaving, there is nothing to lose."""
    arrive(world, student(1, YJBYRQ="20280701"), student(2, YJBYRQ="20280701"))
    assert (
        arrive(
            world, student(1, YJBYRQ="20270701", XJZT="退学"), student(2, YJBYRQ="20280701"), day=24
        ).earlier
        == 0
    )
    world.at(on(2028, 5, 1, 0))
    assert arrive(world, student(2, YJBYRQ="20270701"), day=25).earlier == 0
    assert told(world) == []


def test_the_calendar_lists_classes_by_their_last_day(world: World) -> None:
    """Winter graduates stand beside the class of the April they belong to, marked; who is past it is not listed."""
    for expected in (date(2028, 7, 1), date(2029, 1, 10), date(2029, 7, 1), date(2024, 7, 1)):
        world.record(yjbyrq=expected)
    world.record(yjbyrq=date(2028, 7, 1), xjzt="退学")
    world.record(yjbyrq=date(2028, 7, 1), degree_registered_on=date(2024, 10, 1))
    with world.place.store.reading() as session:
        found = graduating(session, Rules(world.place.school), world.clock.moment)
        assert moved_since(session, Rules(world.place.school), world.clock.moment - timedelta(days=90)) == ()
    assert [(one.expected_on, one.closes.year, one.records, one.early) for one in found] == [
        (date(2028, 7, 1), 2028, 1, False),
        (date(2029, 1, 10), 2028, 1, True),
        (date(2029, 7, 1), 2029, 1, False),
    ]


def test_the_calendar_says_whom_a_final_campaign_has_taken_in(final_world: World) -> None:
    """A class without a case in any final check is seen before it is too late."""
    world = final_world
    world.record(yjbyrq=date(2028, 7, 1))
    world.record(yjbyrq=date(2028, 7, 1), rxrq=date(2022, 9, 1))
    world.open_campaign("final-2028")
    with world.place.store.reading() as session:
        (one,) = graduating(session, Rules(world.place.school), world.clock.moment)
    assert (one.records, one.in_final) == (2, 1)


def test_moves_are_listed_with_both_last_days(world: World) -> None:
    """Latest first, each with what the student could count on before and what is left."""
    arrive(world, student(1, YJBYRQ="20280701"))
    world.at(on(2024, 10, 26))
    arrive(world, student(1, YJBYRQ="20270701"), day=24)
    with world.place.store.reading() as session:
        (one,) = moved_since(session, Rules(world.place.school), on(2024, 10, 26, 0))
        assert moved_since(session, Rules(world.place.school), on(2024, 10, 27)) == ()
    assert (one.old_closes.year, one.new_closes.year, one.earlier) == (2028, 2027, True)
    assert one.number == "240100001"


def test_the_freshmen_campaign_is_still_what_it_was(world: World) -> None:
    """A rule alone opens it, without a word of anybody's."""
    record = world.record()
    world.open_campaign(CAMPAIGN)
    (entry,) = entries(world, world.case_of(record).id)
    assert (entry.role, entry.codes, entry.values) == ("system", (), {})
