"""A disputed or reopened case goes to another person than who decided."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.laws import holds
from tests.workflow.cases.review.test_holds import stands_in
from tests.world import NAME, World
from workflow.cases.review.press import take_next
from workflow.cases.views.audit import compare
from workflow.cases.views.queue.counts import count
from workflow.cases.views.queue.desk import OTHERS, desk_of
from workflow.cases.views.queue.filter import Filter
from workflow.cases.views.queue.lists import waiting
from workflow.engine import Actor, Ref
from workflow.people.accounts import end_role

DAY = timedelta(days=1)
DECIDING = ("hold", "settle", "correct", "reject", "pass_step", "fail_step", "ask")


@pytest.fixture
def case(world: World) -> Ref:
    """A filed case of a campaign that runs."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    return world.case_of(record)


def corrected(world: World, case: Ref, by: Actor) -> None:
    """Let somebody take a case and correct it, and let its student be told."""
    world.do(case, "hold" if world.case(case).state == "under_review" else "take_up", by)
    world.settle_all(case, "corrected", by)
    world.do(case, "correct", by, words="已更正")
    world.at(world.clock.moment + timedelta(hours=1))


def disputed(world: World, case: Ref) -> None:
    """Let the student say that it is still wrong."""
    world.do(case, "dispute", world.student(world.case(case).record.id), words="平台上仍是原来的名字")


def lists(world: World, by: Actor) -> tuple[list[str], int, int, str]:
    """What somebody's queue, its counts and the next one say: listed, my turn, for others, next."""
    place = world.place
    with place.store.reading() as session:
        desk = desk_of(place.engine, session, by, world.clock.moment)
        listed = [one.case for one in waiting(session, desk, Filter())]
        others = [one.case for one in waiting(session, desk, Filter(waits=OTHERS))]
        counts = count(session, desk)
    assert (len(listed), len(others)) == (counts.turn, counts.others)
    key = f"{world.clock.moment} {by.person}"
    return listed, counts.turn, counts.others, take_next(place.engine, place.store, Filter(), by=by, key=key)


@holds("not_decided_before", "remember_who_decided")
def test_whoever_decided_does_nothing_about_the_dispute_and_is_offered_nothing(
    world: World, case: Ref
) -> None:
    """Nor does whom they stood in for; queue, counts and the next one say so, and anybody else goes on."""
    reviewer, other = world.staff["reviewer"], world.staff["other_reviewer"]
    corrected(world, case, stands_in(world, other, reviewer))
    disputed(world, case)
    for one in (reviewer, other):
        assert {world.may(case, action, one).codes[0] for action in DECIDING} == {"decided_before_by_you"}
        assert lists(world, one) == ([], 0, 1, "")
    (reason,) = world.may(case, "hold", reviewer).reasons
    assert reason.remedy == "请由另一位审核人办理。"
    second = world.staff["second_reviewer"]
    assert lists(world, second) == ([case.id], 1, 0, case.id)
    world.settle_all(case, "corrected", second)
    world.do(case, "correct", second, words="平台上已经显示")
    with world.place.store.reading() as session:
        assert compare(session) == []


def test_where_nobody_else_could_decide_the_reason_says_whom_to_ask(world: World, case: Ref) -> None:
    """A school with one reviewer left is told to give another person the role, and is not left waiting."""
    corrected(world, case, world.staff["reviewer"])
    disputed(world, case)
    with world.place.store.writing() as session:
        for role in ("reviewer", "second_reviewer"):
            person = world.staff["other_reviewer" if role == "reviewer" else role].person
            end_role(session, person, role, world.clock.moment)
    (reason,) = world.may(case, "hold", world.staff["reviewer"]).reasons
    assert (reason.code, "系统管理员" in reason.remedy) == ("decided_before_by_you", True)


def test_who_takes_their_own_decision_back_decides_again(world: World, case: Ref) -> None:
    """Undoing is no dispute; a second reviewer who reopens a case decides it, and who was overturned does not."""
    reviewer, second = world.staff["reviewer"], world.staff["second_reviewer"]
    world.do(case, "take_up", reviewer)
    world.settle_all(case, "refused", reviewer)
    refusal = {"words": "材料不足", "refusal": "evidence_does_not_prove"}
    world.do(case, "reject", reviewer, **refusal)
    world.do(case, "undo", reviewer)
    world.do(case, "reject", reviewer, **refusal)
    world.at(world.clock.moment + DAY)
    world.do(case, "reopen", second, words="复核")
    assert world.may(case, "hold", reviewer).codes == ("decided_before_by_you",)
    world.settle_all(case, "refused", second)
    world.do(case, "reject", second, **refusal)
    world.do(case, "undo", second)
    assert world.may(case, "hold", second).allowed
