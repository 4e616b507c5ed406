"""What holds on every page of every reader: it fits, it can be read, and a machine finds no barrier on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser import DESK, PHONE
from tests.web.pages import NOT_PAGES, Shown, Stage
from tests.web.visiting import fits, sign_in
from tests.world import World

HERE = Path(__file__).parent
ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def stage(world: World) -> Stage:
    """Something to see on every page."""
    return Stage(world)


def visited(
    stage: Stage, site: str, new_context: CreateContextCallback, **looks: Any
) -> Iterator[tuple[Shown, Page]]:
    """Every page in turn, each person in a browser of their own."""
    language = looks.pop("language", "zh")
    windows: dict[str, Page] = {}
    for shown in stage.pages():
        if shown.person not in windows:
            context = new_context(**looks)
            signed_in = sign_in(stage.world, site, context, shown.person) if shown.person else None
            context.add_cookies([{"name": "lang", "value": language, "url": site}])
            windows[shown.person] = signed_in or context.new_page()
        page = windows[shown.person]
        answer = page.goto(site + shown.path)
        assert answer is not None and answer.status == 200, (shown, answer and answer.status)
        yield shown, page


@ON_SQLITE
def test_every_page_there_is_stands_in_the_list(app: Flask, stage: Stage) -> None:
    """A new page is looked at like all others from its first day."""
    there = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert {shown.endpoint for shown in stage.pages()} == there - NOT_PAGES


@ON_SQLITE
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_fits_a_phone(
    stage: Stage, site: str, new_context: CreateContextCallback, language: str
) -> None:
    """On a screen of 375 points no page of any reader has to be pushed sideways, long values included."""
    pages = visited(stage, site, new_context, **PHONE, language=language)
    assert [shown for shown, page in pages if not fits(page)] == []


@ON_SQLITE
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier_that_a_machine_can_find(
    stage: Stage, site: str, new_context: CreateContextCallback, scheme: str
) -> None:
    """axe-core finds nothing against WCAG 2.2 A and AA on any page, and every word has its contrast."""
    axe = (HERE / "vendor" / "axe.min.js").read_text(encoding="utf-8")
    contrast = (HERE / "contrast.js").read_text(encoding="utf-8")
    found = []
    for shown, page in visited(stage, site, new_context, **DESK, color_scheme=scheme):
        page.evaluate(axe)
        said = page.evaluate("standards => axe.run({runOnly: standards})", STANDARDS)
        found += [
            (shown.path, fault["id"], [node["html"][:120] for node in fault["nodes"]])
            for fault in said["violations"]
        ]
        found += [(shown.path, "contrast", words) for words in page.evaluate(contrast)]
    assert found == []
