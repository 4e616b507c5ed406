"""Shared fixtures of page tests: the pages of the small school, and browsers of its people."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from waitress import wasyncore
from werkzeug.serving import make_server

from tests.web.browsing import Browser, signed_in
from tests.web.counting import Counted, counted
from tests.world import World
from web import create_app
from web.commands.serve import server_of
from web.guide.tally import Openings
from web.shared.gate.limits import RecentRequests
from workflow.upkeep.installation import Installation

AT_ONCE = 0.01
"""How often a server looks whether it shall end. By default that is up to half a second after each test."""


@pytest.fixture(scope="session")
def pages() -> Callable[[Installation], Flask]:
    """Make an app for an installation. An earlier test's app is reused for the same school, keys and address.

    Building all routes takes 60 ms. Of its installation an app keeps only the counts of expensive pages.
    """
    made: dict[tuple[str, str, str], tuple[Flask, dict[str, Any]]] = {}

    def pages_of(place: Installation) -> Flask:
        key = place.school.digest, place.cipher.id, place.settings.address
        if key not in made:
            app = create_app(place)
            made[key] = app, dict(app.extensions)
        app, extensions = made[key]
        app.extensions = {
            **extensions,
            "kanwu": place,
            "limits": RecentRequests(),
            "guide_openings": Openings(),
        }
        return app

    return pages_of


@pytest.fixture
def app(request: pytest.FixtureRequest, world: World, pages: Callable[[Installation], Flask]) -> Flask:
    """The pages of the small school."""
    # Pages served to a real browser are not shared: it may send requests after its test.
    return create_app(world.place) if "site" in request.fixturenames else pages(world.place)


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """A browser without a sign-in."""
    return Browser(app)


@pytest.fixture
def as_student(world: World, app: Flask) -> Callable[[str], Browser]:
    """The browser of a record's student."""
    return lambda record: signed_in(world, app, world.student(record).person)


@pytest.fixture
def as_staff(world: World, app: Flask) -> Callable[[str], Browser]:
    """The browser of a member of staff, by role (or ``other_reviewer``)."""
    return lambda role: signed_in(world, app, world.staff[role].person)


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The pages, served on this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever, args=[AT_ONCE])
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def shipped(world: World) -> Iterator[int]:
    """The port of the shipped server, serving the small school."""
    door = socket.create_server(("127.0.0.1", 0))
    server = server_of(create_app(world.place), door, threads=4)
    serving = threading.Thread(target=server.run)
    serving.start()
    yield int(door.getsockname()[1])
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
    serving.join()
    server.task_dispatcher.shutdown()


@pytest.fixture
def statements(world: World) -> Iterator[Counted]:
    """All statements of the installation's database from now on (SQLite)."""
    with counted(world.place.store) as asked:
        yield asked
