"""A reviewer's lists, counts and presses keep to the scope of the grant that they use."""

from __future__ import annotations

from datetime import date

import pytest

from tests.world import World
from workflow.cases.claims import ClaimFiled
from workflow.cases.views.queue.counts import count
from workflow.cases.views.queue.desk import OTHERS, desk_of
from workflow.cases.views.queue.filter import Filter
from workflow.cases.views.queue.lists import decided_lately, next_in_line, waiting
from workflow.engine import SYSTEM, Actor, Ref
from workflow.people.accounts import add_person, give_role
from workflow.people.scopes import Held, Scope

ALL, ELSEWHERE = Filter(), Filter(waits=OTHERS)
NAME = ClaimFiled("XM", "admission_error", "张三封")


@pytest.fixture
def cases(world: World) -> dict[str, str]:
    """Filed cases by what sets their students apart."""
    apart = {
        "ours": {"fy": "测试学院", "rxrq": date(2024, 9, 1)},
        "other year": {"fy": "测试学院", "rxrq": date(2023, 9, 1), "registered_on": date(2023, 10, 15)},
        "other college": {"fy": "软件学院", "rxrq": date(2024, 9, 1)},
        "no college": {"fy": None, "rxrq": date(2024, 9, 1)},
    }
    return {name: world.file(world.record(**values), NAME).subject for name, values in apart.items()}


def reviewer(world: World, *scopes: Scope) -> Actor:
    with world.place.store.writing() as session:
        by = SYSTEM.person, world.clock.moment, world.place.entropy
        made = add_person(session, "测试审核员", "reviewer", scopes[0], *by).id
        for scope in scopes[1:]:
            give_role(session, made, Held("reviewer", scope=scope), *by)
    return Actor(made, "reviewer", capacity=Held("reviewer", scope=scopes[0]).capacity)


def seen(world: World, by: Actor) -> set[str]:
    """What each list, each count's size and the next case of somebody name."""
    with world.place.store.reading() as session:
        desk = desk_of(world.place.engine, session, by, world.clock.moment)
        counts = count(session, desk)
        listed = {one.case for one in waiting(session, desk, ALL)}
        others = {one.case for one in waiting(session, desk, ELSEWHERE)}
        assert counts.turn == len(listed) and counts.others == len(others)
        assert {one.case for one in next_in_line(session, desk, ALL)} <= listed
        return listed | others


@pytest.mark.parametrize(
    ("scopes", "theirs"),
    [
        ((Scope(),), {"ours", "other year", "other college", "no college"}),
        ((Scope(college="测试学院"),), {"ours", "other year"}),
        ((Scope(entry_year="2024"),), {"ours", "other college", "no college"}),
        ((Scope(college="测试学院", entry_year="2024"),), {"ours"}),
        ((Scope(college="测试学院", entry_year="2024"), Scope(college="测试学院", entry_year="2023")),
         {"ours", "other year"}),
        ((Scope(college="测试学院", entry_year="1999"),), set()),
        ((Scope(level="专科"),), set()),
    ],
)  # fmt: skip
def test_a_reviewer_sees_and_takes_the_cases_of_their_scope_and_no_others(
    world: World, cases: dict[str, str], scopes: tuple[Scope, ...], theirs: set[str]
) -> None:
    """Lists, counts and the next case agree with what the engine lets them take; the others are not theirs."""
    by = reviewer(world, *scopes)
    found = seen(world, by)
    assert found == {cases[name] for name in theirs}
    for name, case in cases.items():
        verdict = world.may(Ref("case", case), "take_up", by)
        assert verdict.stranger == (name not in theirs)


def test_a_reviewer_of_another_office_sees_the_cases_with_a_step_of_it(
    world: World, cases: dict[str, str]
) -> None:
    """Without one of their office's steps a case is none of theirs."""
    by = reviewer(world, Scope(office="archive"))
    assert seen(world, by) == set()
    assert world.may(Ref("case", cases["ours"]), "take_up", by).codes == ("out_of_scope",)


def test_somebody_acts_in_one_capacity_at_a_time(world: World, cases: dict[str, str]) -> None:
    """What another grant of the same role would allow waits until they switch to it."""
    first = reviewer(world, Scope(college="测试学院"), Scope(college="软件学院"))
    assert world.may(Ref("case", cases["other college"]), "take_up", first).stranger
    other = Held("reviewer", scope=Scope(college="软件学院")).capacity
    second = Actor(first.person, "reviewer", capacity=other)
    assert world.may(Ref("case", cases["other college"]), "take_up", second).allowed


def test_decided_cases_of_others_are_not_listed(world: World, cases: dict[str, str]) -> None:
    """The list of late decisions keeps to the scope too."""
    decider = world.staff["reviewer"]
    for name in ("ours", "other year"):
        case = Ref("case", cases[name])
        world.do(case, "take_up", decider)
        world.settle_all(case, "refused", decider, refusal="record_is_right")
        world.do(case, "reject", decider, words="材料不足", refusal="record_is_right")
    with world.place.store.reading() as session:
        desk = desk_of(
            world.place.engine,
            session,
            reviewer(world, Scope(college="测试学院", entry_year="2024")),
            world.clock.moment,
        )
        assert [one.case for one in decided_lately(session, desk)] == [cases["ours"]]
