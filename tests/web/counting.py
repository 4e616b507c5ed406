"""Counts a page's statements at the driver, so that none is missed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from workflow.store import Store, driver_of

ASKING = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


class Counted(list[str]):
    """The statements in execution order."""


@contextmanager
def counted(store: Store) -> Iterator[Counted]:
    """All statements of a SQLite store meanwhile, without transaction statements and pragmas."""
    assert store.dialect == "sqlite", "statements are counted on SQLite: parametrize `store` with it"
    asked = Counted()
    opened: list[Any] = []

    def note(statement: str) -> None:
        if statement.lstrip().upper().startswith(ASKING):
            asked.append(statement)

    def watch(connection: Any, *_: object) -> None:
        connection.set_trace_callback(note)
        opened.append(connection)

    event.listen(store.database, "checkout", watch)
    with store.writing() as session:  # the writer's connection may be in use already
        watch(driver_of(session))
    try:
        yield asked
    finally:
        event.remove(store.database, "checkout", watch)
        for connection in opened:
            connection.set_trace_callback(None)
