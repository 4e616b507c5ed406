"""Where things are kept: SQLite or PostgreSQL, one unit of work, one fair writer."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import MetaData, String, create_engine, event
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.base import Executable
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


class Prepared:
    """A Core statement compiled once per dialect and run on the driver's own cursor.

    The hot path sends only stored forms (text, int, bytes), so no type of ours has work left to do.
    """

    def __init__(self, statement: Executable | Callable[[str], Executable]) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, list[str] | None]] = {}

    def _for(self, session: Session) -> tuple[str, list[str] | None]:
        dialect = session.bind.dialect  # type: ignore[union-attr]
        found = self._compiled.get(dialect.name)
        if found is None:
            statement = self._statement(dialect.name) if callable(self._statement) else self._statement
            compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
            found = (str(compiled.string), compiled.positiontup)
            self._compiled[dialect.name] = found
        return found

    def run(self, session: Session, values: Mapping[str, Any]) -> Any:
        """Run with named values (stored forms); returns the driver's cursor."""
        text, order = self._for(session)
        return driver_of(session).execute(text, values if order is None else [values[name] for name in order])

    def run_many(self, session: Session, rows: list[dict[str, Any]]) -> None:
        """Run once for each row of values, in one call of the driver."""
        if not rows:
            return
        text, order = self._for(session)
        cursor = driver_of(session).cursor()
        cursor.executemany(text, rows if order is None else [[row[name] for name in order] for row in rows])
        cursor.close()


def afterwards(session: Session, do: Callable[[], object]) -> None:
    """Do something once the unit of work is committed, and never if it is not."""
    session.info.setdefault(AFTERWARDS, []).append(do)


def is_writing(session: Session) -> bool:
    """True within a unit of work, False while only looking."""
    return DRIVER in session.info


def driver_of(session: Session) -> Any:
    """The driver's own connection within the session's transaction; a unit of work keeps it at hand."""
    at_hand = session.info.get(DRIVER)
    return at_hand if at_hand is not None else session.connection().connection.dbapi_connection


class Store:
    """One database and its unit of work."""

    def __init__(self, url: str | URL) -> None:
        self.url = make_url(url)
        self.dialect = self.url.get_backend_name()
        # Errors of the database must not print the values they were about.
        self.database: Database = create_engine(self.url, hide_parameters=True, **_pool(self.url))
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
                with Session(self.database, expire_on_commit=False) as session, session.begin():
                    connection = session.connection(execution_options={"kanwu_writes": True})
                    session.info[DRIVER] = connection.connection.dbapi_connection
                    yield session
                    if session.info.get(BROKEN):
                        raise RuntimeError("a unit of work went on after an action of it had failed")
                for do in session.info.get(AFTERWARDS, ()):
                    do()
            except Kept as no:
                with Session(self.database) as session, session.begin():
                    session.connection(execution_options={"kanwu_writes": True})
                    no.keep(session)
                raise

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
        self.database.dispose()


def _pool(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {
            "connect_args": {"check_same_thread": False, "timeout": 30},
            "pool_size": 8,
            "max_overflow": 56,
        }
    return {"pool_size": 8, "max_overflow": 24, "pool_pre_ping": True}


def _teach_sqlite(database: Database) -> None:
    """FULL on every connection: NORMAL loses acknowledged commits when the power goes.

    Recursive triggers, because only then the triggers that guard the history see what REPLACE removes.
    """

    @event.listens_for(database, "connect")
    def settings(connection: Any, _: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            "busy_timeout=30000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(database, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("kanwu_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
