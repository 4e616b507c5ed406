"""One database, its unit of work, and a fair lock for SQLite's single writer."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy import Engine as Database
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

from workflow.store.in_hand import HANDS, Hands
from workflow.store.prepared import DRIVER

AFTERWARDS = "kanwu_afterwards"
AT_THE_END = "kanwu_at_the_end"
BROKEN = "kanwu_broken"
PATIENCE = 30
"""How many seconds SQLite waits for another writer before it gives up."""


class FairLock:
    """A first-come, first-served lock for writers. SQLite's own busy handler starves some."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._held = False
        self._owner = 0

    def __enter__(self) -> None:
        if self._owner == threading.get_ident():
            raise RuntimeError("a unit of work was begun inside another")
        self._wait()
        self._owner = threading.get_ident()

    def _wait(self) -> None:
        with self._gate:
            if not self._held and not self._waiting:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def __exit__(self, *_: object) -> None:
        self._owner = 0
        with self._gate:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


class Kept(Exception):
    """A refusal that must be recorded although its unit of work is rolled back."""

    def keep(self, session: Session) -> None:
        """Record the refusal, in a transaction of its own."""
        raise NotImplementedError


def afterwards(session: Session, do: Callable[[], object]) -> None:
    """Call ``do`` once the unit of work is committed, and never if it is not."""
    session.info.setdefault(AFTERWARDS, []).append(do)


def at_the_end(session: Session, what: object, do: Callable[[Session], object]) -> None:
    """Call ``do`` right before the unit of work is committed: once for each ``what``, as it was said last."""
    session.info.setdefault(AT_THE_END, {})[what] = do


class Store:
    """One database and its unit of work."""

    def __init__(self, url: str | URL) -> None:
        self.url = make_url(url)
        self.dialect = self.url.get_backend_name()
        # Database errors must not print their values.
        self.database: Database = create_engine(self.url, hide_parameters=True, **_pool(self.url))
        event.listen(self.database, "before_execute", _drop_what_is_written)
        self._writing = self.database.execution_options(kanwu_writes=True)
        self._writer: Connection | None = None
        self._turn: AbstractContextManager[None] = nullcontext()
        if self.dialect == "sqlite":
            self._turn = FairLock()
            _teach_sqlite(self.database)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """The one unit of work: everything is committed at the end, or nothing.

        A refusal rolls everything back, then records what must be kept (``Kept``).
        """
        with self._turn:
            try:
                with self._transaction() as session:
                    yield session
                    if session.info.get(BROKEN) or not session.is_active:
                        raise RuntimeError("a unit of work went on after an action of it had failed")
                    for close in session.info.pop(AT_THE_END, {}).values():
                        close(session)
                for do in session.info.get(AFTERWARDS, ()):
                    do()
            except Kept as no:
                with self._transaction() as session:
                    no.keep(session)
                raise

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        """A transaction on the connection, and a session that joins it on first use of the ORM."""
        with (
            self._connected() as connection,
            connection.begin(),
            Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as session,
            session.begin(),
        ):
            session.info[DRIVER] = connection.connection.dbapi_connection
            info = connection.info  # at hand, because a connection that is lost cannot be asked for it
            session.info[HANDS] = info[HANDS] = Hands()
            try:
                yield session
            finally:
                info.pop(HANDS, None)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A connection for writing. SQLite's single writer keeps its own, with its caches."""
        if self.dialect != "sqlite":
            with self._writing.connect() as connection:
                yield connection
            return
        if self._writer is None:
            self._writer = self._writing.connect()
        yield self._writer

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A snapshot for reading. Changes made in it are discarded."""
        with Session(self.database, expire_on_commit=False, autoflush=False) as session:
            if self.dialect == "postgresql":
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session
            session.rollback()

    def close(self) -> None:
        """Close every connection."""
        with self._turn:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        self.database.dispose()


def _drop_what_is_written(connection: Connection, statement: Any, *_: object) -> None:
    """A statement that writes to a table drops whatever its unit of work has in hand of it."""
    if getattr(statement, "is_dml", False) and (hands := connection.info.get(HANDS)) is not None:
        hands.drop(statement.table.name)


def _pool(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {
            "connect_args": {"check_same_thread": False, "timeout": PATIENCE},
            "pool_size": 8,
            "max_overflow": 56,
        }
    return {"pool_size": 8, "max_overflow": 24, "pool_pre_ping": True}


def _turn_to_wal(connection: Any) -> None:
    """Switch to WAL, waiting for others: here SQLite fails at once, whatever its timeout."""
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.01)


def _teach_sqlite(database: Database) -> None:
    """FULL on every connection: NORMAL loses acknowledged commits at a power loss.

    Recursive triggers, or the triggers that protect the history would not see the rows that REPLACE removes.
    """

    @event.listens_for(database, "connect")
    def settings(connection: Any, _: object) -> None:
        connection.isolation_level = None
        _turn_to_wal(connection)
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            f"busy_timeout={PATIENCE * 1000}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(database, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("kanwu_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
