"""At every turn of many lives: whose list a case is on is what the engine says, for everybody of the staff."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.schools import AGAIN, step, world_with_steps
from tests.walking import COLLEGES, Walk
from tests.world import World
from workflow.cases.attempt import Attempt
from workflow.cases.claims import ClaimFiled
from workflow.cases.facts import CaseFacts, StepFacts
from workflow.cases.load import look_at_case
from workflow.cases.review.steps import ANSWERED, NOTICE, for_the_desk, not_theirs, only_to_enter, ready
from workflow.cases.tables import Case, Question
from workflow.cases.views.college_queue import waiting_for_college
from workflow.cases.views.queue.counts import count, facets
from workflow.cases.views.queue.desk import (
    OTHERS,
    SENT,
    STUDENT,
    TAKING,
    TO_ENTER,
    TURN,
    UNDECIDED,
    Desk,
    desk_of,
)
from workflow.cases.views.queue.filter import FREE, MINE, Filter
from workflow.cases.views.queue.lines import Listed
from workflow.cases.views.queue.lists import next_in_line, waiting
from workflow.clock import SetClock
from workflow.engine import Actor, Ref
from workflow.people.access import grants_of, people_at_the_door
from workflow.people.cipher import Cipher
from workflow.people.scopes import Scope
from workflow.records.reach import of_college
from workflow.store import Store

CASES = 20
"""How many cases one walk is over."""
WALKS = range(max(int(os.environ.get("KANWU_WALK", CASES)) // CASES, 1))
"""One walk, or as many as cover the number of cases that is asked for by this word."""
LOOKS = 4
"""How often everybody looks at their lists in one walk."""
EVERYTHING = 1000
LISTS = (TURN, TO_ENTER, SENT, STUDENT, OTHERS)


@dataclass
class LookingWalk(Walk):
    """A walk in which everybody of the staff looks at their lists now and then."""

    batching: float = 0
    every: int = 1
    moments: int = 0
    seen: set[str] = field(default_factory=set)

    def _hire(self) -> None:
        super()._hire()
        for college in COLLEGES:
            self.people.append(self.world.officer(Scope(college, "240101"), duty="counsellor", name=college))

    def approve(self) -> None:
        """One more case, of which only the entry on the platform is left."""
        world = self.world
        case = Ref("case", world.file(world.record(), ClaimFiled("XH", "school_data", "240199999")).subject)
        for who in ("officer", "reviewer"):
            by = world.staff[who]
            world.do(case, "take_up" if who == "officer" else "hold", by)
            world.do(case, "pass_step", by, step=ready(world.case(case))[0].step.id)

    def _something(self, under_way: object) -> None:
        super()._something(under_way)  # type: ignore[arg-type]
        self.moments += 1
        if self.moments % self.every == 0:
            self.seen |= everybody_looks(self)


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school that asks for every kind of step, for a duty, and for another office to answer for a photo."""
    counsellor = step("duty", "XM", 'add_step = "check", office = "college", duty = "counsellor"')
    archive = step("assigned", "PHOTO", 'assign = "archive"')
    return world_with_steps(store, cipher, clock, entropy, tmp_path, (AGAIN, counsellor, archive))


@pytest.mark.parametrize("n", WALKS)
def test_each_case_is_on_one_list_of_whoever_may_take_it_and_free_is_what_the_engine_gives(
    world: World, n: int
) -> None:
    """A case one may take is one's turn, to be entered, out, or with its student; any other is among the others'."""
    whole = world.place.store.dialect == "sqlite"
    cases = CASES if whole else CASES // 2
    walk = LookingWalk(world, random.Random(20241131 + n), every=cases * 30 // LOOKS)
    walk.walk(cases)
    walk.approve()
    walk.seen |= everybody_looks(walk)
    assert walk.seen >= {"turn", "others"} | ({"enter", "student", "free", "college"} if whole else set())


def everybody_looks(walk: Walk) -> set[str]:
    """Hold the lists of everybody of the staff, alone or in somebody's place, against the engine."""
    seen: set[str] = set()
    with walk.world.place.store.reading() as session:
        undecided = session.scalars(select(Case.id).where(Case.state.in_(UNDECIDED))).all()
        cases = [facts for id in undecided if (facts := look_at_case(session, id)) is not None]
        asked = set(session.scalars(select(Question.case_id).where(Question.ended_at.is_(None))))
        for by in dict.fromkeys(walk.people):
            seen |= somebody_looks(walk, session, by, cases, asked)
    return seen


def somebody_looks(
    walk: Walk, session: Session, by: Actor, cases: list[CaseFacts], asked: set[str]
) -> set[str]:
    """Each case against the engine's own word, the counts against the lists, the next one against the free."""
    engine, at = walk.world.place.engine, walk.world.clock.moment
    desk = desk_of(engine, session, by, at)
    lists = {name: listed(session, desk, waits=name) for name in LISTS}
    mine = set(listed(session, desk, who=MINE))
    places = {case: (name, line) for name, lines in lists.items() for case, line in lines.items()}
    said = {case.id: engine.check_seen(session, case, TAKING[case.state], by, {}) for case in cases}
    theirs = [case for case in cases if not said[case.id].stranger]
    assert sum(map(len, lists.values())) == len(theirs) and set(places) == {case.id for case in theirs}
    seen, us = set(), people_at_the_door(by)
    for case in theirs:
        verdict = said[case.id]
        name, line = places[case.id]
        held = bool(case.holder) and case.held_until is not None and case.held_until > at
        told = (by, case.id, name, verdict.codes)
        assert (name != OTHERS) == (set(verdict.codes) <= {"held_by_another"}), told
        assert line.free == (verdict.allowed and not (held and case.holder in us)), told
        assert line.held(at) == held and (not held or (line.by == case.holder and line.by_name)), told
        assert (case.id in mine) == (held and case.holder in us), told
        if name != OTHERS:
            assert (name == STUDENT) == (case.id in asked), told
            attempt = engine.attempt(session, case, TAKING[case.state], by, at=at)
            assert name == STUDENT or name == where_it_stands(attempt), told
        seen |= {name or "turn"} | ({"free"} if line.free else set()) | ({"held"} if held else set())
    counts, chosen = count(session, desk), facets(session, desk, Filter(who=FREE)).chosen
    free = {case for case, line in lists[TURN].items() if line.free}
    said_counts = (counts.turn, counts.enter, counts.sent, counts.student, counts.others)
    assert said_counts == tuple(map(len, lists.values()))
    assert (counts.free, chosen, counts.mine) == (len(free), len(free), len(mine))
    assert set(listed(session, desk, who=FREE)) == free
    ahead = next_in_line(session, desk, Filter(), limit=EVERYTHING)
    assert {one.case for one in ahead} == free
    if by.role == "officer":
        colleges = {one.scope.college for one in grants_of(session, by, at) if one.role == "officer"}
        college = [line for one in colleges for line in waiting_for_college(session, desk, of_college(one))]
        assert {line.case: line.waits for line in college} == {
            case: name for case, (name, _) in places.items() if name != OTHERS
        }
        assert all(line.fields for line in college)
        seen |= {"college"} if college else set()
    return seen | ({"mine"} if mine else set())


def listed(session: Session, desk: Desk, **chosen: str) -> dict[str, Listed]:
    """The lines of a list by their cases."""
    return {line.case: line for line in waiting(session, desk, Filter(**chosen), limit=EVERYTHING)}


def where_it_stands(attempt: Attempt) -> str:
    """The list of a case that may be taken and is not asked about, by its steps one by one."""
    case: CaseFacts = attempt.subject
    theirs = [one for one in ready(case) if not list(not_theirs(attempt, one.step))]
    waiting = [one for one in theirs if not is_out(one.step, attempt.at.date())]
    if for_the_desk(attempt) or any(only_to_enter(case, one) != one.claims for one in waiting):
        return TURN
    return TO_ENTER if waiting else SENT


def is_out(step: StepFacts, today: date) -> bool:
    """Whether another body is at a step and has time left."""
    out = step.kind in (*ANSWERED, NOTICE) and step.sent_on is not None
    return out and (step.due is None or step.due >= today)
