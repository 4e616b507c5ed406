"""The pages of a case open to the reviewers whom the engine lets do something with it, and to no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from config.policy import load_school
from tests.conftest import ON_BOTH
from tests.editing import edited, load
from tests.schools import world_with_steps
from tests.web.browsing import signed_in
from tests.world import NAME, World
from web import create_app
from workflow.cases.views.queue.desk import OTHERS, desk_of
from workflow.cases.views.queue.filter import Filter
from workflow.cases.views.queue.lists import decided_lately, waiting
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.people.accounts import add_person
from workflow.people.cipher import Cipher
from workflow.store import Store

pytestmark = pytest.mark.one_database


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school with a registrar's office, which settles, and an archive."""
    return world_with_steps(store, cipher, clock, entropy, tmp_path)


@pytest.fixture
def cases(world: World, tmp_path: Path) -> list[Ref]:
    """A case filed before the archive became the office that settles, and one filed since.

    Both have a step that the registrar's office takes.
    """
    records = [world.record(), world.record()]
    world.open_campaign()
    before = world.file(records[0], NAME)
    load(
        world,
        edited(
            load_school(tmp_path / "school"),
            ("policy.toml", 'default_office = "registrar"', 'default_office = "archive"'),
        ),
    )
    return [Ref("case", one.subject) for one in (before, world.file(records[1], NAME))]


def of_office(world: World, office: str) -> Actor:
    """A reviewer of one office."""
    with world.place.store.writing() as session:
        by = SYSTEM.person, world.clock.moment, world.place.entropy
        return Actor(add_person(session, "测试审核员", "reviewer", office, *by).id, "reviewer")


def listed(world: World, by: Actor) -> set[str]:
    """The cases of somebody's lists."""
    with world.place.store.reading() as session:
        desk = desk_of(world.place.engine, session, by, world.clock.moment)
        lists = [waiting(session, desk, Filter(waits=waits)) for waits in ("", OTHERS)]
        return {one.case for lines in (*lists, decided_lately(session, desk)) for one in lines}


def decided(world: World, case: Ref, by: Actor) -> None:
    """Refuse what a case asks for."""
    world.do(case, "take_up", by)
    world.settle_all(case, "refused", by)
    world.do(case, "reject", by, words="材料不足", refusal="record_is_right")


@ON_BOTH
def test_a_page_opens_by_the_text_that_judges_its_case(world: World, cases: list[Ref]) -> None:
    """Pages, lists and engine agree, before and after the decision, where another office settles from now on."""
    app, (before, since) = create_app(world.place), cases
    registrar, archivist = of_office(world, "registrar"), of_office(world, "archive")
    theirs = {registrar: {before.id, since.id}, archivist: {since.id}}

    def assert_agreed() -> None:
        for by, known in theirs.items():
            browser = signed_in(world, app, by.person)
            opened = {case.id for case in cases if browser.get(f"/desk/{case.id}").status == 200}
            let_in = {case.id for case in cases if "out_of_scope" not in world.may(case, "hold", by).codes}
            assert listed(world, by) == opened == let_in == known
        assert listed(world, world.staff["second_reviewer"]) == {before.id, since.id}

    assert_agreed()
    for case in cases:
        decided(world, case, world.staff["second_reviewer"])
    assert_agreed()
