"""A change that the rules take only later: said in the check, counted as checked, filed when it is taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from states.case import CHECKED_OK, DEFERRED, NOT_CHECKED
from tests.conftest import on
from tests.editing import edited, load
from tests.laws import holds
from tests.schools import COUNTS, MAYBE, with_intake
from tests.web.browsing import Browser
from tests.workflow.campaigns.test_closing import see
from tests.workflow.permissions.test_permissions import granted
from tests.world import CAMPAIGN, NAME, World
from workflow.campaigns.closing import close_campaign
from workflow.campaigns.colleges.attestation import frozen_now
from workflow.campaigns.colleges.roll import roll, silent_of
from workflow.campaigns.progress.board import board
from workflow.campaigns.progress.bulletin import publish
from workflow.campaigns.progress.numbers import board_at
from workflow.cases.scheduled import run_scheduled
from workflow.cases.views.audit import compare
from workflow.engine import SYSTEM
from workflow.notices.tables import Notice
from workflow.permissions.granting import grant
from workflow.records.tables import Record

pytestmark = [pytest.mark.one_database]

OF_THE_NAME = 'outside = ["intake"]', 'outside = ["intake"], field = ["XM"]'
DECEMBER = on(2024, 12, 1, 0)


@pytest.fixture
def months() -> str:
    """The months in which the school takes changes."""
    return "3, 12"


@pytest.fixture
def silence() -> str:
    """What its text says of silence, and of who found an error that is taken later."""
    return COUNTS


@pytest.fixture
def world(world: World, months: str, silence: str) -> World:
    """A school that takes changes in some months only."""
    load(world, with_intake(world.place.school, months, silence))
    return world


@holds("policy_defers", "keep_deferral", "deferral_is_over", "mark_called_back")
def test_who_found_an_error_that_is_taken_later_has_checked_and_is_called_when_it_is_taken(
    world: World, as_student: Callable[[str], Browser], as_staff: Callable[[str], Browser]
) -> None:
    """In every number, list and bulletin beside the silent, who are deemed; reminded once, on the day."""
    record, silent = world.record(), world.record()
    campaign = world.open_campaign()
    see(world, record, silent)
    case, student = world.case_of(record), as_student(record)
    assert "/my/deferred" in student.get("/my").links
    assert "12月1日 起受理更正" in student.get("/my/deferred").text
    form = student.page.form("/my/deferred")
    student.send_form(form, field=["XM", "SFZH"])
    assert "登记姓名和证件号码有误" in student.follow().text.replace("、", "和")
    assert world.case(case).state == DEFERRED
    moment = world.clock.moment.replace(second=0)
    world.at(on(2024, 10, 31, 12))
    with world.place.store.reading() as session:
        for line in (
            board(session, campaign, "fy").total,
            board_at(session, campaign, world.clock.moment).total,
        ):
            assert (line.counted, line.checked, line.numbers[DEFERRED]) == (2, 1, 1)
            assert sum(line.numbers.values()) == line.counted and line.numbers[CHECKED_OK] == 0
        assert [one.record for one in silent_of(roll(session, campaign))] == [silent]
        assert sorted(frozen_now(session, campaign, "测试学院").words) == [DEFERRED, NOT_CHECKED]
        assert compare(session) == []
    with world.place.store.writing() as session:
        publish(world.place.engine, session, campaign, world.staff["registrar"], moment.date(), moment)
    officer = as_staff("officer")
    assert "已核对，待提出更正" in officer.get(f"/college/{CAMPAIGN}").text
    assert "已核对，待提出更正" in officer.get(f"/college/{CAMPAIGN}/students/{case.id}").text
    world.at(on(2024, 11, 8, 0))
    assert close_campaign(world.place.engine, world.place.store, campaign, SYSTEM).deemed == 1
    assert world.case(case).state == DEFERRED
    granted(world, record, "open", on(2024, 11, 9), campaign=campaign)
    assert world.may(case, "confirm", world.student(record)).allowed
    assert run_scheduled(world.place.engine, world.place.store).called_back == 0
    world.at(DECEMBER)
    runs = [run_scheduled(world.place.engine, world.place.store).called_back for _ in range(2)]
    assert runs == [1, 0]
    with world.place.store.reading() as session:
        told = session.scalars(select(Notice.record_id).where(Notice.event == "may_file_now")).all()
        assert told == [record]
    page = as_student(record).get("/my")
    assert "现在可以提出更正了" in page.text and "登记姓名" in page.text
    assert world.file(record, NAME).action == "raise"


@holds("deferral_counts", "policy_defers", "deferred_fields_fit")
@pytest.mark.parametrize(
    ("months", "silence", "code"),
    [
        ("3, 12", MAYBE, "deferral_means_nothing"),
        ("3, 10", COUNTS, "accepted_now"),
        ("3, 12", COUNTS, ""),
    ],
)
def test_only_what_the_text_counts_and_the_rules_defer_can_be_put_off(
    world: World, as_student: Callable[[str], Browser], code: str
) -> None:
    """The page offers it exactly where the door lets it through, for at least one item of the check."""
    record = world.record()
    world.open_campaign()
    case, student = world.case_of(record), world.student(record)
    offered = "/my/deferred" in as_student(record).get("/my").links
    if code:
        assert not offered and world.refused(case, "defer", student, fields=("XM",)).codes == (code,)
        return
    assert offered
    assert world.refused(case, "defer", student, fields=()).codes == ("nothing_deferred",)
    assert world.refused(case, "defer", student, fields=("ZYMC",)).codes == ("field_not_asked",)
    world.do(case, "defer", student, fields=("XM",))
    world.do(case, "defer", student, fields=("XB",))
    assert world.case(case).deferred_fields == "XB"
    world.do(case, "confirm", student)
    assert (world.case(case).state, world.case(case).manner) == (CHECKED_OK, "confirmed")


@holds("policy_defers", "keep_deferral", "deferral_is_over")
def test_the_rules_are_asked_for_the_items_that_are_noted(
    world: World, as_student: Callable[[str], Browser]
) -> None:
    """Only what is taken later is noted; whoever left or is frozen by then is not told to file."""
    said = world.place.school.texts["policy.toml"]
    load(world, edited(world.place.school, ("policy.toml", said, said.replace(*OF_THE_NAME))))
    records = {name: world.record() for name in ("told", "left", "frozen")}
    world.open_campaign()
    for record in records.values():
        case, student = world.case_of(record), world.student(record)
        assert "/my/deferred" in as_student(record).get("/my").links
        for fields in (("XB",), ("XM", "XB")):
            assert world.refused(case, "defer", student, fields=fields).codes == ("accepted_now",)
        world.do(case, "defer", student, fields=("XM",))
        assert world.case(case).deferred_until == DECEMBER
    world.at(DECEMBER)
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == records["left"]).values(xjzt="退学"))
        until, by = world.clock.moment + timedelta(days=9), world.staff["registrar"]
        said = {"kind": "freeze", "campaign": "", "until": until, "words": "待查"}
        grant(world.place.engine, session, by, record=records["frozen"], **said)
    assert run_scheduled(world.place.engine, world.place.store).called_back == 1
    assert world.case(world.case_of(records["told"])).called_back_at == DECEMBER
    world.at(until + timedelta(seconds=1))
    assert run_scheduled(world.place.engine, world.place.store).called_back == 1
