"""Which students are meant: those in the scope of a grant, of a college, of a class; as rows too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, false, func, literal_column, or_, true

from workflow.people.scopes import Held, Scope
from workflow.records.tables import Record

EVERYBODY: ColumnElement[bool] = true()
"""All students, as a condition on records."""


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


def covers(held: Held, record: Enrolled) -> bool:
    """Whether a record is in the scope of a grant. A record without a value is in no scope that names one."""
    scope, year = held.scope, f"{record.rxrq.year:04}" if record.rxrq is not None else None
    asked = (
        (scope.college, record.fy),
        (scope.class_name, record.bh),
        (scope.entry_year, year),
        (scope.level, record.cc),
    )
    return reaches(held) and all(wanted in ("", value) for wanted, value in asked)


def reaches(held: Held) -> bool:
    """Whether a grant reaches anybody: an officer without a college is nobody's."""
    return held.role != "officer" or bool(held.scope.college)


def covered_rows(grants: Iterable[Held]) -> ColumnElement[bool]:
    """The records that are in the scope of at least one grant; ``true()`` where one sets no limit."""
    return rows_of(one.scope for one in grants if reaches(one))


def rows_of(scopes: Iterable[Scope]) -> ColumnElement[bool]:
    """The records that are in at least one scope; ``true()`` where one sets no limit."""
    students = set(map(students_in, scopes))
    if Scope() in students:
        return true()
    return or_(false(), *(and_(*_asked(scope)) for scope in sorted(students)))


def students_in(scope: Scope) -> Scope:
    """What a scope says of students: all of it but the office."""
    return replace(scope, office="")


def of_college(name: str) -> ColumnElement[bool]:
    """The records of one college, or with '' those without any."""
    return plain(Record.fy) == name


def of_class(name: str) -> ColumnElement[bool]:
    """The records of the classes of that name, or with '' those without any."""
    return plain(Record.bh) == name


def plain(column: Any) -> ColumnElement[str]:
    """Map NULL to ''. Written as a literal, because PostgreSQL would not group by a parameter."""
    return func.coalesce(column, literal_column("''"))


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
