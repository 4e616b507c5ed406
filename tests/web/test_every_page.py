"""What holds on every page of every reader: it fits, it can be read, and a machine finds no barrier on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from flask import Flask, before_render_template
from playwright.sync_api import Page
from pytest_playwright.pytest_playwright import CreateContextCallback

from config.policy import School
from tests.browser import DESK, PHONE
from tests.web.browsing import Browser, signed_in
from tests.web.pages import NOT_PAGES, Shown, Stage
from tests.web.visiting import COLOURS, STANDARDS, barriers, fits, look_for_barriers
from tests.world import World
from workflow.store import Base

ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
SMALL = {"width": 320, "height": 568}
"""A desk's screen of 1280 points, enlarged to 400 %."""


@pytest.fixture
def stage(world: World) -> Stage:
    """Content for every page."""
    return Stage(world)


def visited(
    stage: Stage,
    app: Flask,
    site: str,
    new_context: CreateContextCallback,
    language: str = "zh",
    **looks: Any,
) -> Iterator[tuple[Shown, Page]]:
    """Every page in turn, in one window with each reader's own cookies. A new window for each is slower."""
    context = new_context(**looks)
    look_for_barriers(context)
    page = context.new_page()
    signed: dict[str, str] = {"": ""}
    reader = None
    for shown in stage.pages():
        if shown.person not in signed:
            signed[shown.person] = signed_in(stage.world, app, shown.person).sid
        if shown.person != reader:
            reader = shown.person
            context.clear_cookies()
            said = {"lang": language, "sid": signed[reader]}
            context.add_cookies(
                [{"name": n, "value": value, "url": site} for n, value in said.items() if value]
            )
        answer = page.goto(site + shown.path)
        assert answer is not None and answer.status == 200, (shown, answer and answer.status)
        yield shown, page


@ON_SQLITE
def test_every_page_there_is_stands_in_the_list(app: Flask, stage: Stage) -> None:
    """A new page is looked at like all others from its first day."""
    there = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert {shown.endpoint for shown in stage.pages()} == there - NOT_PAGES


@ON_SQLITE
def test_every_page_fits_a_phone_in_english(
    stage: Stage, app: Flask, site: str, new_context: CreateContextCallback
) -> None:
    """On screens of 375 and 320 points no page has to be pushed sideways, long English words included."""
    pages = visited(stage, app, site, new_context, "en", **PHONE)
    assert [shown for shown, page in pages if not fits_phones(page)] == []


@ON_SQLITE
def test_every_page_fits_a_phone_and_has_no_barrier_that_a_machine_can_find(
    stage: Stage, app: Flask, site: str, new_context: CreateContextCallback
) -> None:
    """As in English; and on a desk axe-core finds nothing against WCAG 2.2 A and AA, and every word has its contrast."""
    found = []
    for shown, page in visited(stage, app, site, new_context, **PHONE, reduced_motion="reduce"):
        found += [] if fits_phones(page) else [("too wide", shown.path)]
        page.set_viewport_size(DESK["viewport"])
        for scheme, looked_for in (("light", STANDARDS), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme)
            found += [(scheme, shown.path, fault) for fault in barriers(page, looked_for)]
    assert found == []


def fits_phones(page: Page) -> bool:
    """True when a page fits both screens. The one it is shown on comes first: a change lays the page out anew."""
    wide = []
    for screen in sorted((PHONE["viewport"], SMALL), key=lambda one: one != page.viewport_size):
        if screen != page.viewport_size:
            page.set_viewport_size(screen)
        wide += [] if fits(page) else [screen]
    return not wide


@ON_SQLITE
def test_no_row_of_the_database_reaches_a_page(app: Flask, stage: Stage) -> None:
    """A template is given plain values: nothing it touches can ask the database once more."""
    rows: set[str] = set()

    def look(sender: Flask, template: Any, context: dict[str, Any], **_: Any) -> None:
        rows.update(f"{template.name}: {type(row).__name__}" for row in rows_in(context.values()))

    browsers: dict[str, Browser] = {}
    with before_render_template.connected_to(look, app):
        for shown in stage.pages():
            if shown.person not in browsers:
                browsers[shown.person] = (
                    signed_in(stage.world, app, shown.person) if shown.person else Browser(app)
                )
            assert browsers[shown.person].get(shown.path).status == 200, shown
    assert rows == set()


def rows_in(things: Iterable[Any]) -> Iterator[Base]:
    """Every mapped row in a value, including lists, maps and frozen values."""
    seen: set[int] = set()
    ahead = list(things)
    while ahead:
        one = ahead.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Base):
            yield one
        elif isinstance(one, Mapping):
            ahead += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            ahead += one
        elif is_dataclass(one) and not isinstance(one, type | School):
            ahead += [getattr(one, field.name) for field in fields(one)]
