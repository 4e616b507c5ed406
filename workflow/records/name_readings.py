"""The readings of records' names: written by whatever writes a name, and searched at the desk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from workflow.records.pinyin import readings_of, searched_name, senses_of
from workflow.records.rows import chunks, insert_rows
from workflow.records.tables import NameReading, Record

NAMING = frozenset(("XM", "XMPY"))
"""The fields that decide how a record's name is read."""
_ID = NameReading.record_id
_AFTER_ALL = "\U0010ffff"
COLUMNS = ("record_id", "number", "name", "spelt", "initials")


def keep_new(session: Session, names: Iterable[tuple[str, str, str | None]]) -> None:
    """Write the readings of new records, given as id, name and the platform's pinyin.

    In the order of an index, so that it grows at one place at a time: a third less work for a whole roster.
    """
    rows = sorted(reading_rows(names), key=lambda row: row[COLUMNS.index("spelt")])
    insert_rows(session, NameReading.__table__, COLUMNS, rows)


def keep_again(session: Session, records: Collection[str]) -> None:
    """Write the readings of records anew, whose names were changed in the same unit of work."""
    for chunk in chunks(sorted(records)):
        session.execute(delete(NameReading).where(NameReading.record_id.in_(chunk)))
        names = session.execute(select(Record.id, Record.xm, Record.xmpy).where(Record.id.in_(chunk)))
        keep_new(session, [(row.id, row.xm, row.xmpy) for row in names])


def reading_rows(names: Iterable[tuple[str, str, str | None]]) -> Iterator[tuple[Any, ...]]:
    """The rows of these names in the order of COLUMNS."""
    for record, name, given in names:
        for number, one in enumerate(readings_of(name, given)):
            yield record, number, None if number else searched_name(name), one.spelt, one.initials


@dataclass(frozen=True, slots=True)
class NameSearch:
    """Readings that fit what was typed, in the order of the index that finds them."""

    where: ColumnElement[bool]
    order: tuple[Any, ...]


def named(said: str) -> tuple[NameSearch, ...]:
    """The readings behind a name, a part of one, pinyin or initials. Nothing if it can be none of them.

    Letters may be meant in several ways; each is a search of its own, so that an index can serve it.
    """
    whole = searched_name(said)
    if any(sign.isdigit() for sign in said) or not any(sign.isalpha() for sign in whole):
        return ()
    if not (senses := senses_of(said) if whole.isascii() else ()):
        return (NameSearch(NameReading.name.contains(whole, autoescape=True), (NameReading.name, _ID)),)
    alike: dict[str, list[ColumnElement[bool]]] = {}
    for sense in senses:
        if len(sense) > 1:
            first = "".join(syllable[0] for syllable in sense)
            alike.setdefault(first, []).append(NameReading.spelt.like("% ".join(sense) + "%"))
    begun = [
        NameSearch(_begins(NameReading.spelt, sense[0]), (NameReading.spelt, _ID))
        for sense in senses
        if len(sense) == 1
    ]
    order = (NameReading.initials, NameReading.spelt, _ID)
    return (
        *begun,
        *(
            NameSearch(and_(_begins(NameReading.initials, first), or_(*ways)), order)
            for first, ways in alike.items()
        ),
    )


def _begins(column: Any, letters: str) -> ColumnElement[bool]:
    """A range, which an index serves in both databases, as ``LIKE`` is not everywhere."""
    return and_(column >= letters, column < letters + _AFTER_ALL)
