"""Each address says what it names, and each kind of thing says who has to do with it."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from tests.web.browsing import Browser
from tests.world import CAMPAIGN, NAME, World
from web import create_app
from web.shared import standing
from web.shared.security import open_to_signed_in
from web.shared.standing import OF_NOBODY, OWN_CASE, Standing, about
from workflow.people.tables import Access

pytestmark = pytest.mark.one_database

ALL = [one for one in vars(standing).values() if isinstance(one, Standing)]


def undeclared(app: Flask) -> list[tuple[str, str]]:
    """The variables of addresses that neither name a thing with a predicate nor are known to name nothing."""
    return [
        (rule.rule, name)
        for rule in app.url_map.iter_rules()
        for name in rule.arguments - (rule.defaults or {}).keys()
        if name not in OF_NOBODY and name not in getattr(app.view_functions[rule.endpoint], "about", {})
    ]


def test_every_variable_of_an_address_says_what_it_names(app: Flask) -> None:
    """A new page whose address names something needs a line on the page of predicates, or it fails here."""
    assert undeclared(app) == []


def test_a_route_without_its_line_is_found(world: World) -> None:
    """A view that forgets the declaration is told apart, and no variable is both of somebody and of nobody."""
    app = create_app(world.place)
    app.add_url_rule("/forgotten/<case>", "forgotten", open_to_signed_in(lambda case: "secret"))
    assert undeclared(app) == [("/forgotten/<case>", "case")]
    declared = [getattr(view, "about", {}) for view in app.view_functions.values()]
    assert {name for names in declared for name in names} & OF_NOBODY.keys() == set()


def test_every_predicate_is_used_and_has_its_sentence(app: Flask) -> None:
    """What a thing asks of whoever names it stands beside it in both languages; none is there for nothing."""
    used = {id(one) for view in app.view_functions.values() for one in getattr(view, "about", {}).values()}
    assert [one for one in ALL if id(one) not in used] == []
    for one in ALL:
        assert re.search("[\u4e00-\u9fff]", one.zh) and one.en.isascii() and len(one.what) <= 28, one.what
    assert all(reason and not name.isdigit() for name, reason in OF_NOBODY.items())


def test_standing_is_asked_before_a_form_is_read(world: World, app: Flask) -> None:
    """A stranger's press without any field gets what one with the right fields gets, and leaves one line each."""
    mine, other = world.record(), world.record()
    world.open_campaign()
    world.file(other, NAME)
    case = world.case_of(other).id
    browser = Browser(app)
    browser.sit_down(world, world.student(mine).person)
    browser.get("/my")
    for fields in ({}, {"expected": "2", "key": "k" * 32}, {"expected": "x", "key": ""}):
        page = browser.post(f"/my/cases/{case}/withdraw", csrf_token=browser.token, **fields)
        assert page.status == 404
    with world.place.store.reading() as session:
        lines = session.execute(select(Access.what, Access.subject, Access.allowed)).all()
    assert lines == [("try:case", case, False)] * 3


def test_what_is_declared_is_asked_of_an_address_only(world: World) -> None:
    """One view at two addresses is asked for the variables of the one that was opened."""
    app = create_app(world.place)
    view = open_to_signed_in(about(case=OWN_CASE)(lambda case="": f"seen {case}"))
    app.add_url_rule("/twice", "twice", view)
    app.add_url_rule("/twice/<case>", "twice_of", view)
    browser = Browser(app)
    browser.sit_down(world, world.student(world.record()).person)
    assert browser.client.get("/twice").text == "seen "
    assert browser.client.get(f"/twice/{CAMPAIGN}").status_code == 404
