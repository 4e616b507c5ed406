"""Every history of a filing, two reviews and a close, by and for everyone: no one judges their own case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from states.case import CASE, DECIDERS
from tests.laws import holds
from tests.schools import world_with_steps
from tests.world import NAME, World
from workflow.cases.review.steps import ready
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.people.accounts import add_person, end_role, give_role, student_of
from workflow.people.cipher import Cipher
from workflow.people.scopes import held
from workflow.people.standing_in import declare, stand_in
from workflow.store import Store

pytestmark = pytest.mark.one_database

ROLE = "second_reviewer"
"""The role of the whole cast, so that only relations and four-eyes rules can bar them."""
NEAR = ("student", "filer", "relative")
FREE = ("first", "second")
HISTORY = ("take_up", "pass_step", "pass_step", "see", "correct")


@dataclass(frozen=True)
class Cast:
    """One student's case, and the people around it by name."""

    case: Ref
    people: dict[str, str]

    def actors(self) -> dict[tuple[str, ...], Actor]:
        """Everyone for themselves, and everyone as a stand-in for everyone else, by name."""
        alone = {(name,): Actor(id, ROLE) for name, id in self.people.items()}
        pairs = {
            (name, absent): Actor(id, ROLE, other)
            for name, id in self.people.items()
            for absent, other in self.people.items()
            if name != absent
        }
        return alone | pairs


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school in which a name needs four eyes, and everyone of the cast stands in for everyone."""
    return world_with_steps(store, cipher, clock, entropy, tmp_path)


def staged(world: World, people: dict[str, str]) -> Cast:
    """A case filed by a student's account that later changes hands. Both holders are staff too."""
    record = world.record()
    place, at = world.place, world.clock.moment
    with place.store.writing() as session:
        opened = place.engine.perform(session, Ref("case"), "open", by=SYSTEM, record=record, campaign=None)
        give_role(session, people["filer"], held("student", record), SYSTEM.person, at, place.entropy)
    papers = tuple(world.paper(record, kind) for kind in ("id_card", "household_book"))
    case = Ref("case", opened.subject)
    world.do(case, "raise", Actor(people["filer"], "student"), claims=(NAME,), papers=papers)
    with place.store.writing() as session:
        end_role(session, people["filer"], "student", at, held("student", record))
        give_role(session, people["student"], held("student", record), SYSTEM.person, at, place.entropy)
        declare(session, Actor(people["relative"], ROLE), record, at, place.entropy)
    return Cast(case, people)


def hired(world: World) -> dict[str, str]:
    """The cast: second reviewers, each the stand-in of every other."""
    place, at, by = world.place, world.clock.moment, world.staff["administrator"]
    with world.place.store.writing() as session:
        people = {
            name: add_person(session, name, ROLE, "", SYSTEM.person, at, place.entropy).id
            for name in (*NEAR, *FREE)
        }
        for absent in people.values():
            for other in people.values():
                if absent != other:
                    stand_in(session, absent, other, at.date(), at.date(), by, at, place.entropy)
    return people


def handed_in(world: World, case: Ref, action: str) -> dict[str, Any]:
    """The details that an action of the history needs."""
    if action in ("pass_step", "see"):
        step = {"step": ready(world.case(case))[0].step.id}
        return step | ({"seen_on": world.clock.moment.date()} if action == "see" else {})
    return {"words": "已在平台更正"} if action == "correct" else {}


def may_be(names: tuple[str, ...], before: tuple[tuple[str, ...], ...]) -> bool:
    """The law again: no related person, and no two reviews that share a person."""
    looks = [actors for actors, action in zip(before, HISTORY, strict=False) if action == "pass_step"]
    second_look = HISTORY[len(before)] == "pass_step" and looks
    return not set(names) & set(NEAR) and not (second_look and set(names) & set(looks[0]))


@holds("not_own_case", "not_related", "not_prepared_by_you", "step_is_ready")
def test_from_no_history_has_anybody_judged_what_they_filed_prepared_or_are_the_subject_of(
    world: World,
) -> None:
    """Of all who could try each step of each history, alone or for another, the door lets in whom the law does."""
    people, tried, ended = hired(world), 0, 0

    def go_on(before: tuple[tuple[str, ...], ...]) -> None:
        nonlocal tried, ended
        if len(before) == len(HISTORY):
            ended += 1
            return
        cast = staged(world, people)
        actors, action = cast.actors(), HISTORY[len(before)]
        for names, deed in zip(before, HISTORY, strict=False):
            world.do(cast.case, deed, actors[names], **handed_in(world, cast.case, deed))
            let_go(world, cast.case, actors[names])
        details = handed_in(world, cast.case, action)
        allowed = []
        for names, by in actors.items():
            tried += 1
            verdict = world.may(cast.case, action, by, **details)
            assert verdict.allowed == may_be(names, before), (before, action, names, verdict.codes)
            if verdict.allowed:
                allowed.append(names)
        for names in allowed if action in ("pass_step", "correct") else allowed[:1]:
            go_on((*before, names))

    go_on(())
    assert ended == 8
    assert tried == 25 * 10


def let_go(world: World, case: Ref, by: Actor) -> None:
    """Release the case, so that the hold does not bar the next person."""
    if world.case(case).holder and world.may(case, "release", by).allowed:
        world.do(case, "release", by)


@holds("not_own_case", "not_related", "not_prepared_by_you")
def test_nothing_that_deciders_do_is_open_to_who_is_too_near(world: World) -> None:
    """Whatever act deciders have, it is barred to the three; only to file once more is open to who filed."""
    people = hired(world)
    cast = staged(world, people)
    actors = cast.actors()
    world.do(cast.case, "take_up", actors["first",])
    deciding = [a.name for a in CASE.actions if set(a.roles) & set(DECIDERS) and a.name != "release"]
    assert len(deciding) >= 13
    for names, by in actors.items():
        codes = {name: set(world.may(cast.case, name, by).codes) for name in deciding}
        for near, code in (("student", "own_case"), ("filer", "prepared_by_you"), ("relative", "related")):
            stranger = "relative" in names and near != "relative"  # who is told nothing else
            expected = near in names and not (near == "filer" and "student" in names) and not stranger
            open_to_filers = {"confirm", "raise"} if near == "filer" else set()
            wrong = {name for name, said in codes.items() if (code in said) != expected}
            assert wrong - open_to_filers == set(), (
                names,
                code,
            )


def test_the_account_that_filed_is_the_students_no_more(world: World) -> None:
    """The stage is what it is said to be: the record's present student is not who filed."""
    people = hired(world)
    cast = staged(world, people)
    place = world.place
    with place.store.writing() as session:
        record = world.case(cast.case).record.id
        now = student_of(session, record, "", SYSTEM.person, world.clock.moment, place.entropy)
    assert now.id == people["student"] != people["filer"]
