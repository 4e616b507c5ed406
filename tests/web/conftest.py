"""What the tests of pages share: the pages of the small invented school, and browsers of its people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.web.browsing import Browser, signed_in
from tests.world import World
from web import create_app


@pytest.fixture
def app(world: World) -> Flask:
    """The pages of the small school."""
    return create_app(world.place)


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(app)


@pytest.fixture
def as_student(world: World, app: Flask) -> Callable[[str], Browser]:
    """The browser of the student whom a record is about."""
    return lambda record: signed_in(world, app, world.student(record).person)


@pytest.fixture
def as_staff(world: World, app: Flask) -> Callable[[str], Browser]:
    """The browser of a member of staff, by role (or ``other_reviewer``)."""
    return lambda role: signed_in(world, app, world.staff[role].person)
