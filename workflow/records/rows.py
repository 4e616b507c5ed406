"""Many rows at once: in stored form, by the driver's own cursor, in chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from workflow.store import drop

T = TypeVar("T")

# Fewer rows than Python creates between two garbage collections. Larger chunks spend 10% of the time on them.
CHUNK = 500


def insert_rows(
    session: Session,
    table: Any,
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    told: Callable[[int], None] | None = None,
) -> None:
    """Insert rows in stored form with the driver's own cursor, in chunks."""
    quote = session.get_bind().dialect.identifier_preparer.quote
    place = f"{quote(table.name)} ({', '.join(quote(name) for name in names)})"
    drop(session, table.name)
    for chunk in chunks(rows):
        if session.get_bind().dialect.name == "postgresql":
            _copy(session, place, chunk)
        else:
            marks = ", ".join("?" * len(names))
            session.connection().exec_driver_sql(f"INSERT INTO {place} VALUES ({marks})", chunk)
        if told is not None:
            told(len(chunk))


def _copy(session: Session, place: str, rows: Iterable[Sequence[Any]]) -> None:
    """Insert many rows with PostgreSQL's COPY."""
    driver: Any = session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {place} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    """Split rows, or ids for an IN list, into lists of at most CHUNK."""
    rest = iter(rows)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
