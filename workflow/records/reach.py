"""Whether a student is in the scope of a grant: of one record, and as a condition on rows of records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Protocol

from sqlalchemy import ColumnElement, and_, false, or_, true

from workflow.people.scopes import Held, Scope
from workflow.records.tables import Record


class Enrolled(Protocol):
    """What a scope asks of a record: its college, class, entry date and level."""

    @property
    def fy(self) -> str | None: ...
    @property
    def bh(self) -> str | None: ...
    @property
    def rxrq(self) -> date | None: ...
    @property
    def cc(self) -> str | None: ...


def covers(scope: Scope, record: Enrolled) -> bool:
    """Whether a record is in a scope. A record without a value is in no scope that names one."""
    year = f"{record.rxrq.year:04}" if record.rxrq is not None else None
    asked = (
        (scope.college, record.fy),
        (scope.class_name, record.bh),
        (scope.entry_year, year),
        (scope.level, record.cc),
    )
    return all(wanted in ("", value) for wanted, value in asked)


def covered_rows(grants: Iterable[Held]) -> ColumnElement[bool]:
    """The records that are in the scope of at least one grant; ``true()`` where one sets no limit."""
    scopes = {
        Scope(one.scope.college, one.scope.class_name, one.scope.entry_year, one.scope.level)
        for one in grants
    }
    if Scope() in scopes:
        return true()
    return or_(false(), *(and_(*_asked(scope)) for scope in sorted(scopes)))


def _asked(scope: Scope) -> Iterator[ColumnElement[bool]]:
    for column, wanted in (
        (Record.fy, scope.college),
        (Record.bh, scope.class_name),
        (Record.cc, scope.level),
    ):
        if wanted:
            yield column == wanted
    if scope.entry_year:
        year = int(scope.entry_year)
        yield and_(Record.rxrq >= date(year, 1, 1), Record.rxrq <= date(year, 12, 31))
