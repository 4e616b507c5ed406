"""The shipped server in a process of its own that is killed, and comes up again at the same address."""

from __future__ import annotations

import os
import select
import signal
import socket
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import Flask
from sqlalchemy import Connection, event, text

from tests.world import World
from web.commands.serve import server_of
from workflow.store import Store
from workflow.upkeep.installation import Installation, assemble

PATIENCE = 30
"""So many seconds a test waits for the death that it arranged."""
WRITTEN = "SELECT (SELECT count(*) FROM entry) + (SELECT count(*) FROM batch_file)"
"""How much there is of what the unit of work of a press writes, and no other."""


class MortalServer:
    """A server that is killed with SIGKILL, at any moment or in the middle of the next press of a button."""

    def __init__(self, world: World, app: Flask) -> None:
        self._world, self._app, self._pid = world, app, 0
        self._port = _free_port()
        self.site = f"http://127.0.0.1:{self._port}"

    def rise(self, *, dies: bool = False) -> None:
        """Start it. One that dies is killed by the next press, before anything of it is committed."""
        # The door is open before this returns, and gone with the process that serves at it.
        with socket.create_server(("127.0.0.1", self._port)) as door:
            # A connection is no process's but its own.
            self._world.place.store.close()
            if (pid := os.fork()) == 0:
                try:
                    self._serve(door, dies)
                finally:
                    os._exit(1)
        self._pid = pid

    def fallen(self) -> None:
        """Wait until it was killed by a press."""
        ends = os.pidfd_open(self._pid)
        seen, _, _ = select.select([ends], [], [], PATIENCE)
        os.close(ends)
        assert seen, "no press reached the server"
        self._bury()

    def written(self) -> int:
        """How much the presses wrote that were committed."""
        with self._world.place.store.reading() as session:
            return int(session.scalar(text(WRITTEN)) or 0)

    def kill(self) -> None:
        """Kill it, if it lives."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            self._bury()

    def _bury(self) -> None:
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL

    def _serve(self, door: socket.socket, dies: bool) -> None:
        place = _own(self._world.place)
        self._app.extensions["kanwu"] = place
        if dies:
            _die_of_a_press(place.store, self._app)
        server_of(self._app, door, threads=4).run()


def _own(place: Installation) -> Installation:
    """The same installation with connections and randomness of this process."""
    store = Store(place.settings.database)
    made = assemble(place.settings, store, place.cipher, place.rules, place.clock, os.urandom)
    return replace(made, practice=place.practice, demonstration=place.demonstration)


def _die_of_a_press(store: Store, app: Flask) -> None:
    """Kill this process at the commit of a press, or before the answer to one that commits nothing."""

    with store.reading() as session:
        before = session.scalar(text(WRITTEN))

    def committed(connection: Connection) -> None:
        if connection.exec_driver_sql(WRITTEN).scalar() != before:
            _die()

    event.listen(store.database, "commit", committed)
    inner = app.wsgi_app

    def answered(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        pieces = inner(environ, start_response)
        if environ["REQUEST_METHOD"] != "POST":
            return pieces
        return _then_die(pieces)

    app.wsgi_app = answered  # type: ignore[method-assign]


def _then_die(pieces: Iterable[bytes]) -> Iterable[bytes]:
    yield from pieces
    _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _free_port() -> int:
    """A port that no connection is given by itself, so that it is still free when the server comes up again."""
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise AssertionError("no port is free")
