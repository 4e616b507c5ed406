"""Who tells a student of a check in person, and when that counts as notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from config.policy import School
from tests.conftest import on
from tests.editing import load
from tests.laws import holds
from tests.workflow.campaigns.colleges.test_chase import entries, note, reason
from tests.workflow.campaigns.test_closing import MAY
from tests.world import World
from workflow.campaigns.closing import TO_DEEM, UNTOLD, close_campaign, silent_by_fate
from workflow.campaigns.colleges.roll import one_of_the_roll
from workflow.cases.rules import Rules
from workflow.cases.tables import ToldInPerson
from workflow.cases.views.student_sheet import TellingSheet, read_record
from workflow.engine import SYSTEM, Actor
from workflow.people.accounts import give_role
from workflow.people.scopes import Scope, held

pytestmark = [pytest.mark.one_database]

COLLEGE = "测试学院"
TODAY = date(2028, 4, 10)
TELLING = {"how": "in_person", "on": TODAY}


def counting(school: School, *told_by: str) -> School:
    """The school, with what its rules count as notice."""
    silence = replace(school.policy.silence, told_by=told_by)
    return replace(school, policy=replace(school.policy, silence=silence))


@pytest.fixture
def told(final_world: World) -> tuple[World, str, list[str], Actor]:
    """A final check with three silent students, and the counsellor of their college."""
    records = [final_world.record() for _ in range(3)]
    campaign = final_world.open_campaign("final-2028")
    counsellor = final_world.officer(Scope(college=COLLEGE), duty="counsellor")
    return final_world, campaign, records, counsellor


@holds(
    "told_the_student",
    "telling_day_fits",
    "keep_telling",
    "not_told_in_person",
    "told_in_person",
    "drop_telling",
)
def test_a_telling_says_who_told_whom_when_and_how(told: tuple[World, str, list[str], Actor]) -> None:
    """It is kept once, with day, way and duty in the history, the student reads it, and a wrong one is struck."""
    world, campaign, (record, *_), counsellor = told
    case = world.case_of(record)
    ref = note(world, case.id, "tell", counsellor, **TELLING)
    for wrong in ({"how": "classmate"}, {"how": "message"}, {"how": ""}):
        found = reason(world, "told_the_student", ref, "tell", counsellor, **{**TELLING, **wrong})
        assert found.code == "not_to_their_face"
    for day in (date(2028, 3, 31), date(2028, 4, 11)):
        found = reason(world, "telling_day_fits", ref, "tell", counsellor, how="phone", on=day)
        assert found.code == "telling_day_wrong"
    assert reason(world, "not_told_in_person", ref, "tell", counsellor, **TELLING).code == "told_already"
    assert entries(world, ref.id)[-1].codes == ("duty:counsellor", "how:in_person", "on:2028-04-10")
    with world.place.store.reading() as session:
        kept = session.scalars(select(ToldInPerson)).one()
        assert (kept.case_id, kept.told_by) == (case.id, counsellor.person)
        one = one_of_the_roll(session, campaign, case.id)
        assert one is not None and (one.told_on, one.told_how, one.told_duty) == (
            TODAY,
            "in_person",
            "counsellor",
        )
        sheet = read_record(session, world.place.cipher, record, world.clock.moment).current
        assert sheet is not None and sheet.told_in_person == TellingSheet(TODAY, "in_person", "counsellor")
    note(world, case.id, "strike_telling", counsellor)
    assert reason(world, "told_in_person", ref, "strike_telling", counsellor).code == "not_told"
    note(world, case.id, "tell", counsellor, **TELLING)


@holds("holds_a_tellers_duty", "told_before_the_close")
def test_only_the_students_counsellor_attests_it_and_only_in_time(
    told: tuple[World, str, list[str], Actor],
) -> None:
    """Another officer, the registrar or a counsellor of others cannot, and after the close nobody can."""
    world, _, (record, *_), counsellor = told
    case = world.case_of(record).id
    ref = note(world, case, "contact", world.staff["officer"], how="phone", result="reached", on=TODAY)
    for by in (world.staff["officer"], world.staff["registrar"]):
        assert reason(world, "holds_a_tellers_duty", ref, "tell", by, **TELLING).code == "teller_without_duty"
    elsewhere = world.officer(Scope(college="另一学院"), duty="counsellor", name="别处的辅导员")
    assert "out_of_scope" in world.may(ref, "tell", elsewhere, **TELLING).codes
    world.at(on(2028, 4, 30, 23, 59, 59))
    assert world.may(ref, "tell", counsellor, **TELLING).allowed
    world.at(MAY)
    assert (
        reason(world, "told_before_the_close", ref, "tell", counsellor, **TELLING).code == "telling_is_late"
    )


@holds("keep_telling")
@pytest.mark.parametrize("counts", ["counsellor", "class_teacher"])
def test_who_has_two_duties_attests_in_the_one_that_counts(final_world: World, counts: str) -> None:
    """Counsellor and class teacher of the same student: the telling counts, whichever the rules name."""
    world = final_world
    load(world, counting(world.place.school, "page", counts))
    record = world.record()
    world.open_campaign("final-2028")
    both = world.officer(Scope(college=COLLEGE), duty="counsellor")
    with world.place.store.writing() as session:
        by = SYSTEM.person, world.clock.moment, world.place.entropy
        give_role(session, both.person, held("officer", Scope(college=COLLEGE), "class_teacher"), *by)
    case = world.case_of(record)
    ref = note(world, case.id, "tell", both, **TELLING)
    assert entries(world, ref.id)[-1].codes[0] == f"duty:{counts}"
    world.at(MAY)
    assert world.may(case, "deem", SYSTEM).allowed


@holds("was_told")
@pytest.mark.parametrize(
    ("told_by", "counts"),
    [(("page",), False), (("page", "class_teacher"), False), (("page", "counsellor"), True)],
)
def test_a_telling_counts_as_notice_only_where_the_text_says_so(
    final_world: World, told_by: tuple[str, ...], counts: bool
) -> None:
    """From the attestation to the deemed case, one by one as all at once; a struck one counts for nothing."""
    world = final_world
    load(world, counting(world.place.school, *told_by))
    records = [world.record() for _ in range(3)]
    campaign = world.open_campaign("final-2028")
    counsellor = world.officer(Scope(college=COLLEGE), duty="counsellor")
    told, struck, untold = (world.case_of(record) for record in records)
    for case in (told, struck):
        note(world, case.id, "tell", counsellor, **TELLING)
    note(world, struck.id, "strike_telling", counsellor)
    world.at(MAY)
    assert [world.may(case, "deem", SYSTEM).allowed for case in (told, struck, untold)] == [
        counts,
        False,
        False,
    ]
    with world.place.store.reading() as session:
        fates = silent_by_fate(session, Rules(world.place.school), campaign)
    assert fates == ({TO_DEEM: 1, UNTOLD: 2} if counts else {UNTOLD: 3})
    assert close_campaign(world.place.engine, world.place.store, campaign, SYSTEM).deemed == counts
    assert world.case(told).manner == ("deemed" if counts else "")
    assert world.case(struck).state == world.case(untold).state == "not_checked"
