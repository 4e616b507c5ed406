"""What the tests of pages share: the pages of the small invented school, and browsers of its people."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.web.browsing import Browser, signed_in
from tests.web.counting import Counted, counted
from tests.world import World
from web import create_app
from workflow.upkeep.installation import Installation


@pytest.fixture(scope="session")
def pages() -> Callable[[Installation], Flask]:
    """Gives an installation its pages: those of a test before, where school, keys and address are the same.

    To lay out all addresses takes 60 ms; of the installation itself an app keeps nothing else.
    """
    made: dict[tuple[str, str, str], tuple[Flask, dict[str, Any]]] = {}

    def pages_of(place: Installation) -> Flask:
        key = place.school.digest, place.cipher.id, place.settings.address
        if key not in made:
            app = create_app(place)
            made[key] = app, dict(app.extensions)
        app, extensions = made[key]
        app.extensions = {**extensions, "kanwu": place}
        return app

    return pages_of


@pytest.fixture
def app(request: pytest.FixtureRequest, world: World, pages: Callable[[Installation], Flask]) -> Flask:
    """The pages of the small school."""
    # Pages that are served to a real browser stay its own: it may ask for more when its test is over.
    return create_app(world.place) if "site" in request.fixturenames else pages(world.place)


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


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The pages, served on this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def statements(world: World) -> Iterator[Counted]:
    """Every statement that the installation's database is asked from now on (SQLite)."""
    with counted(world.place.store) as asked:
        yield asked
