"""Running statements: those of the hot path are compiled once and use the driver's own cursor."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, update
from sqlalchemy.engine import CursorResult, Dialect
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Delete, Update
from sqlalchemy.sql.elements import ClauseElement

from workflow.store.in_hand import drop
from workflow.store.types import stored

DRIVER = "kanwu_driver"
_NAMED: Any = namedtuple


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement for one dialect: its text, the order of positional values, and its literals.

    ``lists`` is set if a value is a list, because its length changes the text. ``row`` makes a row of the
    values that it selects, ``writes`` is the table that it writes to.
    """

    text: str
    order: Sequence[str] | None
    literals: Mapping[str, Any]
    lists: SQLCompiler | None
    row: Any
    writes: str


class Prepared:
    """A Core statement compiled once per dialect and run on the driver's own cursor.

    The hot path passes only stored forms (text, int, bytes), literals included, so no column type has to
    convert what is given. What ``rows`` returns is of its columns' types.
    """

    def __init__(self, statement: ClauseElement | Callable[[str], ClauseElement]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def _for(self, session: Session) -> _Compiled:
        assert session.bind is not None
        dialect = session.bind.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            statement = self._statement(dialect.name) if callable(self._statement) else self._statement
            found = self._compiled[dialect.name] = _compile(statement, dialect)
        return found

    def run(self, session: Session, values: Mapping[str, Any]) -> Any:
        """Run with named values (stored forms, or lists of them for IN). Returns the driver's cursor."""
        ready = self._for(session)
        if ready.writes:
            drop(session, ready.writes)
        if ready.lists is not None:
            whole = ready.lists.construct_expanded_state(dict(values))
            given = whole.parameters if ready.order is None else whole.positional_parameters
            return driver_of(session).execute(whole.statement, given)
        return driver_of(session).execute(ready.text, _given(ready, values))

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[Any]:
        """Run a query; returns its rows, whose values have the names and the types of its columns."""
        found = self.run(session, values).fetchall()
        return list(map(self._for(session).row, found))

    def run_many(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run once for each row of values, in one call of the driver."""
        if not rows:
            return
        ready = self._for(session)
        drop(session, ready.writes)
        cursor = driver_of(session).cursor()
        cursor.executemany(ready.text, [_given(ready, row) for row in rows])
        cursor.close()


def _compile(statement: ClauseElement, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    literals = {name: value for name, value in compiled.params.items() if value is not None}
    lists = any(value.expanding for value in compiled.binds.values())
    return _Compiled(
        text=str(compiled.string),
        order=compiled.positiontup,
        literals=literals,
        lists=compiled if lists else None,
        row=_row_of(getattr(statement, "selected_columns", ()), dialect),
        writes=statement.table.name if compiled.isinsert or compiled.isupdate or compiled.isdelete else "",  # type: ignore[attr-defined]
    )


def _row_of(columns: Iterable[Any], dialect: Dialect) -> Callable[[Sequence[Any]], Any]:
    """How a row is made of what the driver returns: only the columns whose type converts cost anything."""
    selected = list(columns)
    make: Callable[[Iterable[Any]], Any] = _NAMED("Row", [one.key for one in selected], rename=True)._make
    converting = [
        (at, convert)
        for at, one in enumerate(selected)
        if (convert := one.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
    ]

    def converted(stored: Sequence[Any]) -> Any:
        values = list(stored)
        for at, convert in converting:
            values[at] = convert(values[at])
        return make(values)

    return converted if converting else make


def _given(ready: _Compiled, values: Mapping[str, Any]) -> Any:
    whole = {**ready.literals, **values} if ready.literals else values
    return whole if ready.order is None else [whole[name] for name in ready.order]


def write_rows(session: Session, table: Table, ids: Iterable[str], values: Mapping[str, Any]) -> None:
    """Give rows of a table, by their ids, the same values in some columns. Compiled once."""
    columns = {name: stored(value) for name, value in values.items()}
    _writing(table, tuple(sorted(columns))).run_many(session, [{**columns, "b_id": id} for id in ids])


@cache
def _writing(table: Table, columns: tuple[str, ...]) -> Prepared:
    these: dict[str, Any] = {name: bindparam(name) for name in columns}
    return Prepared(update(table).where(table.c.id == bindparam("b_id")).values(these))


def rows_changed(session: Session, statement: Update | Delete) -> int:
    """Run a statement that changes or removes rows. Returns how many."""
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount


def is_writing(session: Session) -> bool:
    """True within a unit of work, False while only reading."""
    return DRIVER in session.info


def driver_of(session: Session) -> Any:
    """The driver's connection within the session's transaction. A unit of work caches it.

    Pending ORM changes are flushed first, as before any ORM statement.
    """
    if session.autoflush:
        session.flush()
    at_hand = session.info.get(DRIVER)
    return at_hand if at_hand is not None else session.connection().connection.dbapi_connection
