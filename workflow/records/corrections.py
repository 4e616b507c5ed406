"""Corrections: values that a case writes into a record. Imports keep them; taking back restores the old."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.people.cipher import Cipher
from workflow.records.fields import COLUMNS
from workflow.records.tables import Record, RecordChange
from workflow.records.values import (
    Source,
    ValueChange,
    column_of,
    latest_of,
    lock_values,
    source_behind,
    write_changes,
)


def correct(
    session: Session,
    cipher: Cipher,
    record: str,
    values: Mapping[str, str],
    case: str,
    at: datetime,
    entropy: Entropy,
) -> tuple[str, ...]:
    """Write a case's values (dates as ISO text) into a record. Returns the fields whose value changed.

    A field that already has the value keeps its source. Raises KeyError for a field that records do not keep.
    """
    lock_values(session, all_records=False)
    present, first = _present(session, cipher, record, values)
    differing = {field: value for field, value in values.items() if present[field] != value}
    _write(session, cipher, record, present, differing, Source("case", case), first, at, entropy)
    return tuple(differing)


def take_back(
    session: Session,
    cipher: Cipher,
    record: str,
    case: str,
    since: datetime,
    at: datetime,
    entropy: Entropy,
    *,
    except_for: Collection[str] = (),
) -> tuple[str, ...]:
    """Undo a case's writes from ``since`` on: each value still from the case returns to its old value.

    ``except_for`` names fields that keep the case's value. The change lines stay. Each restored value adds
    one line, with the source of the old value. Returns the restored fields.
    """
    lock_values(session, all_records=False)
    latest = latest_of(session, record)
    restored = []
    for (_, field), (number, source) in latest.items():
        if field in except_for or source != Source("case", case):
            continue
        line = session.scalars(
            select(RecordChange).where(
                RecordChange.record_id == record, RecordChange.field == field, RecordChange.number == number
            )
        ).one()
        if line.at >= since:
            before = value_before(cipher, line)
            origin = source_behind(line.old_import_id, line.old_case_id)
            restored.append(ValueChange(record, field, number + 1, line.new, before, origin, source))
    write_changes(session, cipher, restored, at=at, entropy=entropy)
    return tuple(change.field for change in restored)


def value_before(cipher: Cipher, line: RecordChange) -> str | None:
    """The value that a change replaced, in stored form; a sealed one in plain text."""
    if line.old_sealed is None:
        return line.old
    return cipher.open(line.old_sealed, table="record_change", column="old", row=line.id)


def _present(
    session: Session, cipher: Cipher, record: str, fields: Mapping[str, str]
) -> tuple[dict[str, str | None], Source]:
    """Some fields of the record and the import that made it; its row is locked until the transaction ends."""
    asked = select(Record.source_id, *(column_of(field) for field in fields)).where(Record.id == record)
    if session.get_bind().dialect.name == "postgresql":
        asked = asked.with_for_update()
    present: dict[str, str | None] = {}
    source, *values = session.execute(asked).one()
    for field, value in zip(fields, values, strict=True):
        if isinstance(value, bytes):
            value = cipher.open(value, table="record", column=COLUMNS[field].attribute, row=record)
        present[field] = value.isoformat() if isinstance(value, date) else value
    return present, Source("import", source)


def _write(
    session: Session,
    cipher: Cipher,
    record: str,
    present: Mapping[str, str | None],
    values: Mapping[str, str],
    source: Source,
    first: Source,
    at: datetime,
    entropy: Entropy,
) -> None:
    latest = latest_of(session, record)
    changes = []
    for field, value in values.items():
        number, old_source = latest.get((record, field), (0, first))
        changes.append(ValueChange(record, field, number + 1, present[field], value, source, old_source))
    write_changes(session, cipher, changes, at=at, entropy=entropy)
