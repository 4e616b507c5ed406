"""No page of the staff bears a full ID number, before or after one was shown: the pages of every role are read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.schools import world_with_proxies
from tests.web.browsing import Browser, signed_in
from tests.web.pages import Shown, Stage
from tests.world import World
from workflow.clock import SetClock
from workflow.engine import Entropy
from workflow.people.cipher import Cipher
from workflow.people.tables import Access
from workflow.records.tables import Record
from workflow.store import Store

pytestmark = [pytest.mark.one_database, pytest.mark.parametrize("store", ["sqlite"], indirect=True)]


@pytest.fixture
def world(store: Store, cipher: Cipher, clock: SetClock, entropy: Entropy, tmp_path: Path) -> World:
    """The small school, with rules that allow an officer or the registrar to act for a student."""
    return world_with_proxies(store, cipher, clock, entropy, tmp_path)


def numbers(stage: Stage) -> set[str]:
    """The ID numbers of all records, and the one that somebody claims."""
    world = stage.world
    with world.place.store.reading() as session:
        rows = session.execute(select(Record.id, Record.sfzh)).all()
    found = {
        world.place.cipher.open(row.sfzh, table="record", column="sfzh", row=row.id)
        for row in rows
        if row.sfzh is not None
    }
    claim = world.case(stage.case("filed")).claims[0]
    new = world.place.cipher.open(claim.new, table="claim", column="new", row=claim.id)
    assert len(found) >= 8 and new not in found
    return found | {new}


def bearing(stage: Stage, pages: list[Shown], app: Flask, hidden: set[str]) -> list[tuple[str, str]]:
    """The pages of the staff on which one of these numbers stands, in whatever pieces."""
    browsers: dict[str, Browser] = {}
    found, read = [], 0
    staff = {actor.person for actor in stage.world.staff.values()}
    for shown in pages:
        if shown.person not in staff:
            continue
        if shown.person not in browsers:
            browsers[shown.person] = signed_in(stage.world, app, shown.person)
        page = browsers[shown.person].get(shown.path)
        assert page.status == 200, shown
        read += 1
        plain = re.sub(r"<[^>]*>|\s", "", page.html) + page.html
        found += [(shown.endpoint, number) for number in hidden if number in plain]
    assert read > 60
    return found


def test_no_page_of_the_staff_bears_a_number_before_or_after_one_was_shown(world: World, app: Flask) -> None:
    """One press shows one number on one page; every other page of every role has none, then as before."""
    stage = Stage(world)
    hidden, pages = numbers(stage), list(stage.pages())
    assert bearing(stage, pages, app, hidden) == []
    case = stage.case("filed").id
    browser = signed_in(world, app, world.staff["second_reviewer"].person)
    form = browser.get(f"/desk/{case}").form("/number")
    page = browser.send_form(form, side="new", why="second_review")
    shown = {number for number in hidden if number in re.sub(r"<[^>]*>", "", page.html)}
    assert len(shown) == 1
    assert bearing(stage, pages, app, hidden) == []
    with world.place.store.reading() as session:
        asked = select(Access.what, Access.subject, Access.person_id, Access.why)
        lines = [" ".join(row) for row in session.execute(asked)]
    assert not [line for line in lines for number in hidden if number in line]
