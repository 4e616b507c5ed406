"""Strangers at the pages: what a press on somebody else's case leaves behind, and what it is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.web.browsing import Browser, Page, signed_in
from tests.web.shared.test_doors import address_of
from tests.world import NAME, World
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.tables import EntryRow
from workflow.people.accounts import add_person, end_role
from workflow.people.tables import Access

pytestmark = pytest.mark.one_database

ABSENT, NO_ID = "f" * 32, "学" * 32
KEY = "0" * 32
TOO_LONG = "x" * 5000
"""More than any detail may have: no rule reads it, whoever presses."""


@pytest.fixture
def case(world: World) -> Ref:
    """A student's case in review, and another college's student."""
    record, _other = world.record(), world.record(fy="另一学院", bh="240201")
    world.open_campaign()
    world.file(record, NAME)
    world.do(world.case_of(record), "take_up", world.staff["reviewer"])
    return world.case_of(record)


@pytest.fixture
def outsider(world: World, app: Flask, case: Ref) -> Browser:
    """The browser of another college's officer."""
    with world.place.store.writing() as session:
        at, entropy = world.clock.moment, world.place.entropy
        made = add_person(session, "张三丰", "officer", "另一学院", SYSTEM.person, at, entropy)
    return signed_in(world, app, made.id)


def traces(world: World) -> tuple[int, int]:
    """How many entries and how many refused lines of the access log there are."""
    with world.place.store.reading() as session:
        entries = session.scalar(select(func.count()).select_from(EntryRow))
        lines = session.scalar(select(func.count()).select_from(Access).where(~Access.allowed))
        return entries or 0, lines or 0


def malformed(browser: Browser, path: str, **more: Any) -> Page:
    """Send a form whose every part is wrong but those without which no press is read at all."""
    said = {"csrf_token": browser.token, "key": KEY, "expected": "999999999", "outcome": "passed"}
    return browser.post(path, **{**said, "words": TOO_LONG, "step": TOO_LONG, "base": TOO_LONG, **more})


def test_three_hundred_malformed_presses_leave_no_entry(world: World, outsider: Browser, case: Ref) -> None:
    """Each is answered as if the case were not there, and is one line of the access log."""
    entries, lines = traces(world)
    for n in range(300):
        page = malformed(outsider, f"/college/checks/{case.id}", key=f"{n % 7:032}", expected=str(n))
        assert page.status == 404
    assert traces(world) == (entries, lines + 300)
    with world.place.store.reading() as session:
        tries = session.scalars(select(Access.what).where(Access.subject == case.id, ~Access.allowed)).all()
    assert len(tries) == 300 and all(one.startswith("try:") for one in tries)


def with_case(app: Flask, world: World) -> Iterator[tuple[str, str, str]]:
    """Every address that bears a case, as (method, address with the case left open, role)."""
    for rule in app.url_map.iter_rules():
        if "case" not in rule.arguments:
            continue
        actions = [converter.items for name, converter in rule._converters.items() if name == "action"]
        for action in sorted(actions[0]) if actions else [""]:
            address = address_of(app, world, rule, action)
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                for role in app.view_functions[rule.endpoint].open_to:  # type: ignore[attr-defined]
                    yield method, address.replace(world.case_of(f"{2:032x}").id, "{}"), role


def test_a_foreign_an_absent_and_a_malformed_case_are_answered_alike(
    app: Flask, world: World, case: Ref, outsider: Browser, as_staff: Callable[[str], Browser]
) -> None:
    """The same words and the same form, no entry, and one line of the access log each."""
    student = signed_in(world, app, world.student(f"{2:032x}").person)
    browsers = {"officer": outsider, "student": student} | {
        role: as_staff(role) for role in ("reviewer", "second_reviewer", "registrar", "auditor")
    }
    tried = 0
    for method, address, role in with_case(app, world):
        browser, said = browsers[role], set()
        for id in (case.id, ABSENT, NO_ID) if role in ("officer", "student") else (ABSENT, NO_ID):
            before = traces(world)
            path = address.format(id)
            page = browser.get(path) if method == "GET" else malformed(browser, path)
            said.add((page.status, page.text))
            assert page.status == 404, (method, path, role, page.status)
            assert traces(world) == (before[0], before[1] + 1), (method, path, role)
            tried += 1
        assert len(said) == 1, (method, address, role)
    assert tried > 100


def test_a_press_after_the_role_was_taken_is_one_line_of_the_access_log(
    world: World, case: Ref, as_staff: Callable[[str], Browser]
) -> None:
    """The page was drawn while the role was held; the press says that it is gone and leaves no entry."""
    browser, reviewer = as_staff("reviewer"), world.staff["reviewer"]
    form = browser.get(f"/desk/{case.id}").form("/release")
    with world.place.store.writing() as session:
        end_role(session, reviewer.person, "reviewer", world.clock.moment)
    for _ in range(2):
        entries, lines = traces(world)
        page = browser.post(form.action, **form.fields)
        assert page.status == 401
        assert traces(world) == (entries, lines + 1)
    with world.place.store.reading() as session:
        line = session.scalars(select(Access).order_by(Access.id.desc()).limit(1)).one()
        assert (line.person_id, line.role, line.what) == (reviewer.person, "reviewer", "ended:role_ended")


def test_a_press_in_the_moment_in_which_the_role_is_taken_is_a_strangers(world: World, case: Ref) -> None:
    """Between the door of the page and the door of the engine it is the engine that finds it out."""
    reviewer: Actor = world.staff["reviewer"]
    with world.place.store.writing() as session:
        end_role(session, reviewer.person, "reviewer", world.clock.moment)
    entries, lines = traces(world)
    assert world.refused(case, "release", reviewer, nonsense=TOO_LONG).stranger
    assert traces(world) == (entries, lines + 1)
