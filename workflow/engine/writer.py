"""The only place where a state is written: births, and moves by compare-and-set on the version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.orm import Session

from workflow.engine.attempt import Change, Subject
from workflow.engine.binding import SubjectRow
from workflow.store import Prepared


class StateWriter:
    """Writes the rows of subjects; each statement is compiled at its first use."""

    def __init__(self) -> None:
        self._statements: dict[tuple[str, tuple[str, ...]], Prepared] = {}

    def write(
        self,
        session: Session,
        table: Table,
        subject: Subject,
        target: str,
        change: Change,
        born: Mapping[str, Any] | None,
    ) -> bool:
        """Write one subject, ``born`` with it if it is new; False if somebody else moved it first."""
        if born is not None:
            columns = {**born, **change.columns}
            row = {"id": subject.id, "state": target, "version": 1, **columns}
            self._statement("birth", table, tuple(columns)).run(session, row)
            return True
        values = {
            **change.columns,
            "state": target,
            "b_id": subject.id,
            "b_version": subject.version,
            "version": subject.version + 1,
        }
        cursor = self._statement("move", table, tuple(change.columns)).run(session, values)
        return bool(cursor.rowcount == 1)

    def write_all(
        self, session: Session, table: Table, rows: Sequence[SubjectRow], target: str, change: Change
    ) -> None:
        """Write every row of a set-wise action; an empty ``target`` leaves each in its state."""
        births = not rows[0].version
        columns = {**(rows[0].born if births else {}), **change.columns}
        self._statement("birth" if births else "move", table, tuple(columns)).run_many(
            session,
            [
                {
                    **row.born,
                    **change.columns,
                    "id": row.id,
                    "b_id": row.id,
                    "b_version": row.version,
                    "version": row.version + 1,
                    "state": target or row.state,
                }
                for row in rows
            ],
        )

    def _statement(self, kind: str, table: Table, columns: tuple[str, ...]) -> Prepared:
        """The birth or move statement for these columns, compiled at its first use."""
        place = (f"{kind} {table.name}", tuple(sorted(columns)))
        if place not in self._statements:
            names = ("state", "version", *place[1])
            if kind == "birth":
                statement: Any = insert(table).values({name: bindparam(name) for name in ("id", *names)})
            else:
                statement = (
                    update(table)
                    .where(table.c.id == bindparam("b_id"), table.c.version == bindparam("b_version"))
                    .values({name: bindparam(name) for name in names})
                )
            self._statements[place] = Prepared(statement)
        return self._statements[place]
