"""What no page ever made: numbers beyond all bounds and plans that are not there are answered, never a fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from config.settings import ROOT
from tests.web.browsing import Browser
from tests.web.shared.test_doors import address_of
from tests.world import CAMPAIGN, NAME, World
from web.shared import forms
from web.shared.gate.limits import RecentRequests
from web.shared.security import ANYONE

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
HUGE = ("9223372036854775808", "18446744073709551616", "-9223372036854775809", "1e400", "9" * 6000)
"""Beyond 64 bits on either side, beyond a float, and beyond the digits that Python reads as a number."""
ASKED = re.compile(r"""request\.(?:args|form|values)\.get(?:list)?\(\s*"([\w-]+)\"""")


def typed() -> dict[str, type]:
    """Every field of a form with its kind."""
    classes = [
        one for one in vars(forms).values() if isinstance(one, type) and issubclass(one, forms.FlaskForm)
    ]
    return {
        name: one.field_class
        for form in classes
        for name, one in vars(form).items()
        if hasattr(one, "field_class")
    }


DAYS = {name for name, kind in typed().items() if issubclass(kind, forms.DayField)}


def names() -> list[str]:
    """Every name that a page reads from an address or a form."""
    read = {name for file in (ROOT / "web").rglob("*.py") for name in ASKED.findall(_text(file))}
    return sorted(read | set(typed()))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@pytest.fixture
def browsers(app: Flask, world: World, as_staff: Staff, as_student: Staff) -> Callable[[str], Browser]:
    """A browser for each role, signed in anew for every route: some routes sign out."""
    record, other = world.record(), world.record()
    world.open_campaign()
    world.file(other, NAME)

    def browser_of(role: str) -> Browser:
        app.extensions["limits"] = (
            RecentRequests()
        )  # so many exports and searches nobody asks for in a minute
        if role == ANYONE:
            return Browser(app)
        return as_student(record) if role == "student" else as_staff(role)

    return browser_of


def routes(app: Flask, world: World) -> Iterator[tuple[Rule, str, str, str]]:
    """Every route: its rule, method, an address of existing things, and a role that may use it."""
    for rule in app.url_map.iter_rules():
        action = "withdraw" if rule.endpoint == "student.act" else "take_up"
        role = app.view_functions[rule.endpoint].open_to[0]  # type: ignore[attr-defined]
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield rule, method, address_of(app, world, rule, action), role


def test_a_number_that_no_page_made_is_answered_in_every_field(
    app: Flask, world: World, browsers: Callable[[str], Browser]
) -> None:
    """All fields at once, in the address and in the form: page, version seen, sheet, line, whatever is read."""
    asked, sent = names(), 0
    assert {"page", "expected", "key", "words", "entry_year"} <= set(asked)
    days = [name for name in asked if name in DAYS]
    whole = {"key": "0" * 32, "expected": "1", **dict.fromkeys(days, "2024-10-25")}
    for _rule, method, path, role in routes(app, world):
        browser = browsers(role)
        for number, more in ((HUGE[-1][:300], {}), (HUGE[0], whole)):
            fields = dict.fromkeys(asked, number) | more
            if method == "POST":
                page = browser.post(path, **fields, csrf_token=browser.token)
            else:
                page = browser.get(f"{path}?" + "&".join(f"{name}={said}" for name, said in fields.items()))
            assert page.status < 500, (method, path, role, number[:30])
            sent += 1
    assert sent > 500


def test_a_number_that_no_page_made_is_no_address(
    app: Flask, world: World, browsers: Callable[[str], Browser]
) -> None:
    """Where an address bears a number, one beyond all bounds is a page that is not there."""
    tried = 0
    for rule, method, path, role in routes(app, world):
        numbers = [
            name for name, converter in rule._converters.items() if "Integer" in type(converter).__name__
        ]
        for name in numbers:
            before, one, behind = f"{path}/".rpartition("/1/")
            assert one, (path, name)
            for number in HUGE:
                browser = browsers(role)
                address = f"{before}/{number}/{behind}".removesuffix("/")
                page = (
                    browser.post(address, csrf_token=browser.token)
                    if method == "POST"
                    else browser.get(address)
                )
                assert page.status == 404, (method, address[:80], role)
                tried += 1
    assert tried >= 2 * len(HUGE)


def test_a_plan_that_is_not_there_is_a_page_that_is_not_there(
    app: Flask, world: World, browsers: Callable[[str], Browser]
) -> None:
    """Whatever is opened of it or sent to it: lists, files, dry runs, findings of a table."""
    tried = 0
    for rule, method, path, role in routes(app, world):
        if "plan" not in rule.arguments:
            continue
        browser, address = browsers(role), path.replace(CAMPAIGN, "nosuch-2024")
        assert address != path
        form = {"csrf_token": browser.token, "key": "0" * 32, "expected": "1", "reached": "1"}
        page = browser.post(address, **form) if method == "POST" else browser.get(address)
        if page.status == 303:
            page = browser.get(page.location)
        assert page.status == 404, (method, address, role, page.status)
        tried += 1
    assert tried > 30
