"""The declarative base of the schema, and the stored forms of instants and days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import MetaData, String, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
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
    """The declarative base of all tables."""

    metadata = MetaData(naming_convention=NAMING)


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements that bypass the ORM."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def as_text(moment: datetime) -> str:
    """The stored form of an instant: ``2024-10-25T09:30:00+08:00``, 25 characters, sortable as text."""
    return to_second(moment).isoformat()


def from_text(stored: str) -> datetime:
    """The instant of a stored form."""
    return datetime.fromisoformat(stored).replace(tzinfo=SHANGHAI)


def stored(value: Any) -> Any:
    """A value as the driver keeps it: moments and days are text, all else stays."""
    if isinstance(value, datetime):
        return as_text(value)
    return value.isoformat() if isinstance(value, date) else value


class Instant(TypeDecorator[datetime]):
    """An instant in Asia/Shanghai, stored as the same sortable text on both databases."""

    impl = String(25)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else as_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_text(value)


class Day(TypeDecorator[date]):
    """A calendar day, stored as ``YYYY-MM-DD``: a birth date has no time zone that could shift it."""

    impl = String(10)
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(value)
