"""A class whose degrees are registered: from that day nothing is filed, and what was open has lapsed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from states import NOWHERE, ROLES
from states.graduation import GRADUATION
from tests.laws import holds
from tests.world import NAME, VISITOR, World
from workflow.campaigns.graduation.classes import Registered, register_degrees
from workflow.campaigns.tables import GraduatingClass
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.entry import Entry
from workflow.history.tables import EntryRow
from workflow.records.tables import Record
from workflow.verdict import Refused

pytestmark = pytest.mark.one_database

CLASS = date(2028, 7, 1)
TODAY = date(2024, 10, 25)
TABLE = {
    "found": ({NOWHERE}, {"registrar"}),
    "register_degrees": ({"studying"}, {"registrar"}),
    "register_late": ({"degrees_registered"}, {"registrar"}),
}


def register(
    world: World, expected_on: date = CLASS, on: date = TODAY, by: Actor | None = None
) -> Registered:
    """Register the degrees of a class in one unit of work."""
    with world.place.store.writing() as session:
        return register_degrees(world.place.engine, session, expected_on, on, by or world.staff["registrar"])


def registered_on(world: World, record: str) -> date | None:
    with world.place.store.reading() as session:
        return session.scalar(select(Record.degree_registered_on).where(Record.id == record))


def refused(world: World, *args: Any, **more: Any) -> tuple[str, ...]:
    with pytest.raises(Refused) as no:
        register(world, *args, **more)
    for reason in no.value.verdict.reasons:
        assert reason.remedy
        assert "{" not in reason.says
    return no.value.codes


def test_every_state_action_and_role_is_answered_as_the_table_says(world: World) -> None:
    """The wrong role is refused without a word of the state, the wrong state to whose action it is; only they."""
    record = world.record()
    registrar, student = world.staff["registrar"], world.student(record)
    said, expected = {}, {}
    group = Ref("graduation")
    for here in (NOWHERE, "studying", "degrees_registered"):
        if here == "studying":
            group = Ref("graduation", world.do(group, "found", registrar, expected_on=CLASS).subject)
        if here == "degrees_registered":
            world.do(group, "register_degrees", registrar, registered_on=TODAY)
        for role in ROLES:
            by = {"student": student, "system": SYSTEM, "visitor": VISITOR}.get(role) or world.staff[role]
            for action, (states, roles) in TABLE.items():
                codes = world.may(group, action, by, expected_on=CLASS, registered_on=TODAY).codes
                said[here, action, role] = ("wrong_state" in codes, "not_your_role" in codes)
                expected[here, action, role] = (role in roles and here not in states, role not in roles)
    assert [action.name for action in GRADUATION.actions] == list(TABLE)
    assert said == expected


@holds("mark_degrees", "class_is_not_empty", "day_is_not_ahead")
def test_registering_a_class_marks_its_enrolled_records(world: World) -> None:
    """The class of that day and nobody else: not another class, not who left, not who was registered before."""
    mine = [world.record(yjbyrq=CLASS), world.record(yjbyrq=CLASS, xjzt="休学")]
    others = [
        world.record(yjbyrq=date(2028, 1, 10)),
        world.record(yjbyrq=CLASS, xjzt="退学"),
        world.record(yjbyrq=None),
    ]
    before = world.record(yjbyrq=CLASS, degree_registered_on=date(2024, 7, 1))
    assert register(world) == Registered(2, 0)
    assert [registered_on(world, record) for record in mine] == [TODAY, TODAY]
    assert [registered_on(world, record) for record in others] == [None, None, None]
    assert registered_on(world, before) == date(2024, 7, 1)
    with world.place.store.reading() as session:
        story = [
            Entry.from_body(body) for body in session.scalars(select(EntryRow.body).order_by(EntryRow.id))
        ]
    assert [(line.action, line.role) for line in story] == [
        ("found", "registrar"),
        ("register_degrees", "registrar"),
    ]
    assert story[1].codes == ("registered_on:2024-10-25",)


def test_open_cases_of_the_class_lapse_with_it(world: World) -> None:
    """Filed or under review, they end without a refusal; another class's cases go on."""
    waiting, reviewed, other = (world.record(yjbyrq=day) for day in (CLASS, CLASS, date(2029, 7, 1)))
    cases = [Ref("case", world.file(record, NAME).subject) for record in (waiting, reviewed, other)]
    world.do(cases[1], "take_up", world.staff["reviewer"])
    assert register(world) == Registered(2, 2)
    assert [world.row(case).ruling for case in cases] == ["lapsed:degree_registered"] * 2 + [""]
    assert [world.row(case).state for case in cases] == ["rejected", "rejected", "discrepancy_raised"]


def test_after_registration_nothing_is_filed(world: World) -> None:
    """The filing rule says so, with the day."""
    record = world.record(yjbyrq=CLASS)
    register(world)
    with pytest.raises(Refused) as no:
        world.file(record, NAME)
    assert no.value.codes == ("DEGREE_REGISTERED",)


def test_who_joins_the_class_later_is_registered_later(world: World) -> None:
    """A second registration is for them alone, and an entry of its own kind."""
    first = world.record(yjbyrq=CLASS)
    register(world, on=date(2024, 10, 20))
    late = world.record(yjbyrq=CLASS)
    assert register(world) == Registered(1, 0)
    assert (registered_on(world, first), registered_on(world, late)) == (date(2024, 10, 20), TODAY)
    with world.place.store.reading() as session:
        actions = session.scalars(select(EntryRow.action).order_by(EntryRow.id)).all()
    assert actions == ["found", "register_degrees", "register_late"]


@holds("class_is_not_empty")
def test_a_class_of_nobody_is_a_wrong_date(world: World) -> None:
    """Nothing is left of it, not even the class; after all were registered there is nobody left either."""
    world.record(yjbyrq=CLASS)
    assert refused(world, date(2028, 7, 2)) == ("class_empty",)
    with world.place.store.reading() as session:
        assert session.scalars(select(GraduatingClass)).all() == []
    register(world)
    assert refused(world) == ("class_empty",)


@holds("day_is_not_ahead")
def test_a_registration_is_not_dated_ahead(world: World) -> None:
    """Today is the last day that can be named."""
    record = world.record(yjbyrq=CLASS)
    assert refused(world, on=date(2024, 10, 26)) == ("day_ahead",)
    assert registered_on(world, record) is None
    assert register(world, on=TODAY).records == 1


@holds("holds_the_role")
def test_only_the_registrar_registers_degrees(world: World) -> None:
    """A reviewer, and one who says to be a registrar, are refused."""
    world.record(yjbyrq=CLASS)
    reviewer = world.staff["reviewer"]
    assert refused(world, by=reviewer) == ("not_your_role",)
    assert refused(world, by=Actor(reviewer.person, "registrar")) == ("role_not_held",)


def test_two_registrars_register_one_class_at_once(world: World) -> None:
    """Both run to their end or are told why not; every record is registered once."""
    records = [world.record(yjbyrq=CLASS) for _ in range(3)]
    start = Barrier(4)

    def run(_: int) -> Registered | tuple[str, ...]:
        start.wait(30)
        try:
            return register(world)
        except Refused as no:
            return no.codes

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(run, range(4)))
    assert Registered(3, 0) in answers
    assert {answer for answer in answers if answer != Registered(3, 0)} <= {
        ("class_exists",),
        ("class_empty",),
    }
    assert [registered_on(world, record) for record in records] == [TODAY] * 3
