"""Where things are kept: SQLite or PostgreSQL, one unit of work, one fair writer."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, MetaData, String, create_engine, event
from sqlalchemy import Engine as Database
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator

from workflow.clock import SHANGHAI, to_second

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The schema of all rooms."""

    metadata = MetaData(naming_convention=NAMING)


def as_text(moment: datetime) -> str:
    """The stored form of an instant: ``2024-10-25T09:30:00+08:00``, 25 characters, sortable as text."""
    return to_second(moment).isoformat()


def from_text(stored: str) -> datetime:
    """The instant behind its stored form."""
    return datetime.fromisoformat(stored).replace(tzinfo=SHANGHAI)


class Instant(TypeDecorator[datetime]):
    """A moment in Asia/Shanghai, kept as the same sortable text on both databases."""

    impl = String(25)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else as_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_text(value)


class Day(TypeDecorator[date]):
    """A calendar day, kept as ``YYYY-MM-DD``: a birth date has no zone that could shift it."""

    impl = String(10)
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(value)


class FairLock:
    """A lock that serves writers in the order in which they came; SQLite's own busy handler starves some."""

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
    """A no that must be remembered although everything else of its unit of work is undone."""

    def keep(self, session: Session) -> None:
        """Write what must be remembered, in a transaction of its own."""
        raise NotImplementedError


DRIVER = "kanwu_driver"
AFTERWARDS = "kanwu_afterwards"
BROKEN = "kanwu_broken"
PATIENCE = 30
"""For how many seconds SQLite waits for another writer before it gives up."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement for one dialect: its text, the order of positional values, and the literals in it.

    ``lists`` is there when a value is a list, whose length decides the text.
    """

    text: str
    order: Sequence[str] | None
    literals: Mapping[str, Any]
    lists: SQLCompiler | None


class Prepared:
    """A Core statement compiled once per dialect and run on the driver's own cursor.

    The hot path sends and gets only stored forms (text, int, bytes), so no type of ours has work left to do;
    a literal in a statement is one too.
    """

    def __init__(self, statement: Executable | Callable[[str], Executable]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def _for(self, session: Session) -> _Compiled:
        dialect = session.bind.dialect  # type: ignore[union-attr]
        found = self._compiled.get(dialect.name)
        if found is None:
            statement = self._statement(dialect.name) if callable(self._statement) else self._statement
            found = self._compiled[dialect.name] = _compile(statement, dialect)
        return found

    def run(self, session: Session, values: Mapping[str, Any]) -> Any:
        """Run with named values (stored forms, or lists of them for IN); returns the driver's cursor."""
        ready = self._for(session)
        if ready.lists is not None:
            whole = ready.lists.construct_expanded_state(dict(values))
            given = whole.parameters if ready.order is None else whole.positional_parameters
            return driver_of(session).execute(whole.statement, given)
        return driver_of(session).execute(ready.text, _given(ready, values))

    def run_many(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run once for each row of values, in one call of the driver."""
        if not rows:
            return
        ready = self._for(session)
        cursor = driver_of(session).cursor()
        cursor.executemany(ready.text, [_given(ready, row) for row in rows])
        cursor.close()


def _compile(statement: Executable, dialect: Dialect) -> _Compiled:
    compiled: SQLCompiler = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    literals = {name: value for name, value in compiled.params.items() if value is not None}
    lists = any(value.expanding for value in compiled.binds.values())
    return _Compiled(str(compiled.string), compiled.positiontup, literals, compiled if lists else None)


def _given(ready: _Compiled, values: Mapping[str, Any]) -> Any:
    whole = {**ready.literals, **values} if ready.literals else values
    return whole if ready.order is None else [whole[name] for name in ready.order]


def afterwards(session: Session, do: Callable[[], object]) -> None:
    """Do something once the unit of work is committed, and never if it is not."""
    session.info.setdefault(AFTERWARDS, []).append(do)


def is_writing(session: Session) -> bool:
    """True within a unit of work, False while only looking."""
    return DRIVER in session.info


def driver_of(session: Session) -> Any:
    """The driver's own connection within the session's transaction; a unit of work keeps it at hand.

    What the ORM still holds back is written first, as before any statement of its own.
    """
    if session.autoflush:
        session.flush()
    at_hand = session.info.get(DRIVER)
    return at_hand if at_hand is not None else session.connection().connection.dbapi_connection


class Store:
    """One database and its unit of work."""

    def __init__(self, url: str | URL) -> None:
        self.url = make_url(url)
        self.dialect = self.url.get_backend_name()
        # Errors of the database must not print the values they were about.
        self.database: Database = create_engine(self.url, hide_parameters=True, **_pool(self.url))
        self._writing = self.database.execution_options(kanwu_writes=True)
        self._writer: Connection | None = None
        self._turn: AbstractContextManager[None] = nullcontext()
        if self.dialect == "sqlite":
            self._turn = FairLock()
            _teach_sqlite(self.database)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """The one unit of work: all of it is committed at the end, or none of it.

        A refusal undoes everything and then keeps what it says must be remembered (``Kept``).
        """
        with self._turn:
            try:
                with self._transaction() as session:
                    yield session
                    if session.info.get(BROKEN) or not session.is_active:
                        raise RuntimeError("a unit of work went on after an action of it had failed")
                for do in session.info.get(AFTERWARDS, ()):
                    do()
            except Kept as no:
                with self._transaction() as session:
                    no.keep(session)
                raise

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        """A transaction of the connection's, and a session that joins it when the ORM is asked something."""
        with (
            self._connected() as connection,
            connection.begin(),
            Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as session,
            session.begin(),
        ):
            session.info[DRIVER] = connection.connection.dbapi_connection
            yield session

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """A connection to write by: SQLite's one writer keeps its own, with all that it has cached."""
        if self.dialect != "sqlite":
            with self._writing.connect() as connection:
                yield connection
            return
        if self._writer is None:
            self._writer = self._writing.connect()
        yield self._writer

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A snapshot to look at; what is changed in it is thrown away."""
        with Session(self.database, expire_on_commit=False, autoflush=False) as session:
            if self.dialect == "postgresql":
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session
            session.rollback()

    def close(self) -> None:
        """Give every connection back."""
        with self._turn:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        self.database.dispose()


def _pool(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {
            "connect_args": {"check_same_thread": False, "timeout": PATIENCE},
            "pool_size": 8,
            "max_overflow": 56,
        }
    return {"pool_size": 8, "max_overflow": 24, "pool_pre_ping": True}


def _turn_to_wal(connection: Any) -> None:
    """SQLite waits for nobody here, whatever its timeout says: so two at once wait by themselves."""
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
    """FULL on every connection: NORMAL loses acknowledged commits when the power goes.

    Recursive triggers, because only then the triggers that guard the history see what REPLACE removes.
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
