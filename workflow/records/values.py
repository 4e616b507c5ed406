"""The values of a record: reading them, writing changes, and the source of each value.

Every change, by an import or a case, goes through ``write_changes`` and adds one line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import ColumnElement, String, and_, bindparam, exists, or_, select, text, type_coerce
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session, aliased

from workflow.engine import Entropy
from workflow.people.cipher import Cipher
from workflow.records.fields import COLUMNS, SEALED
from workflow.records.identity import blind_index, document_type
from workflow.records.name_readings import NAMING, keep_again
from workflow.records.rows import chunks, insert_rows
from workflow.records.tables import Photo, Record, RecordChange, RosterImport
from workflow.store import InHand, Prepared, as_text, drop

VALUES: InHand[Mapping[str, Any]] = InHand("record", "record_photo")
"""The stored forms of a record's values, and the digest of its photo, where somebody has read them."""

Progress = Callable[[int, int], None]
"""Called after each chunk with the number of records written and the number to write."""


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a value: a roster import or a case, by id."""

    kind: Literal["import", "case"]
    id: str


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One change of a value: the ``number``-th for this field of this record.

    Values are in stored form (dates as ISO text), but not sealed. The old value of a sealed column is not
    given; it is decrypted when the change is written.
    """

    record: str
    field: str
    number: int
    old: str | None
    new: str | None
    source: Source
    old_source: Source


@dataclass(frozen=True, slots=True)
class ValueSource:
    """The source of a value and its date: the import's as-of day, or the day the case was decided."""

    kind: Literal["import", "case"]
    id: str
    day: date
    name: str


def numbered(said: str) -> ColumnElement[bool]:
    """Records with this student number or candidate number."""
    return or_(Record.xh == said, Record.ksh == said)


def numbered_or_held(cipher: Cipher, said: str) -> ColumnElement[bool]:
    """Records with this student or candidate number, or whose student holds a document of this number."""
    return or_(numbered(said), Record.sfzh_index == blind_index(cipher, said))


def find_record(session: Session, said: str) -> str | None:
    """The record of a student number or, failing that, a candidate number."""
    number = said.strip()
    found = session.execute(select(Record.id, Record.xh).where(numbered(number))).all()
    return min(found, key=lambda row: row.xh != number).id if number and found else None


def value_of(session: Session, cipher: Cipher, record: str, field: str) -> str:
    """A record's present value as text: dates in ISO form, a photo as its digest, '' if there is none."""
    return values_of(session, cipher, record, (field,))[field]


def values_of(session: Session, cipher: Cipher, record: str, fields: Iterable[str]) -> dict[str, str]:
    """Several present values of one record, like ``value_of``. One statement. Raises NoResultFound."""
    wanted = list(fields)
    found = VALUES.get(session, record)
    if found is None:
        kept = tuple(dict.fromkeys(field for field in wanted if field != "PHOTO"))
        rows = _present(kept).rows(session, {"record": record})
        if not rows:
            raise NoResultFound
        found = rows[0]._asdict()
    return opened_values(cipher, record, wanted, found)


def opened_values(
    cipher: Cipher, record: str, fields: Iterable[str], stored: Mapping[str, Any]
) -> dict[str, str]:
    """Some values of a record as text, from their stored forms."""
    return {field: _as_text(cipher, record, field, stored[field]) for field in fields}


PHOTO_DIGEST = (
    select(Photo.digest)
    .where(Photo.record_id == Record.id)
    .order_by(Photo.number.desc())
    .limit(1)
    .scalar_subquery()
)


@cache
def _present(fields: tuple[str, ...]) -> Prepared:
    """The statement that reads these fields of one record and the digest of its photo."""
    columns = [stored_form(field).label(field) for field in fields]
    return Prepared(select(*columns, PHOTO_DIGEST.label("PHOTO")).where(Record.id == bindparam("record")))


def _as_text(cipher: Cipher, record: str, field: str, value: str | bytes | None) -> str:
    if isinstance(value, bytes):
        return cipher.open(value, table="record", column=COLUMNS[field].attribute, row=record)
    return value or ""


def column_of(field: str) -> Any:
    """The table column for a platform column."""
    return Record.__table__.c[COLUMNS[field].attribute]


def stored_form(field: str) -> ColumnElement[str]:
    """The same with its value as it is stored: a day stays text."""
    return type_coerce(column_of(field), String)


Latest = dict[tuple[str, str], tuple[int, Source]]
"""The number and source of the latest change of every (record, field) that ever changed."""
_LATEST: InHand[Latest] = InHand(RecordChange.__tablename__)


def latest_of(session: Session, record: str) -> Latest:
    """The latest changes of one record."""
    return _LATEST.once(session, record, lambda: latest_changes(session, record))


def latest_changes(session: Session, record: str | None = None) -> Latest:
    """The latest changes of all records, or of one."""
    line, later = RecordChange, aliased(RecordChange)
    newer = exists().where(
        and_(later.record_id == line.record_id, later.field == line.field, later.number == line.number + 1)
    )
    asked = select(line.record_id, line.field, line.number, line.import_id, line.case_id).where(~newer)
    if record is not None:
        asked = asked.where(line.record_id == record)
    return {
        (row.record_id, row.field): (row.number, source_behind(row.import_id, row.case_id))
        for row in session.execute(asked)
    }


def sources_of(
    session: Session, record: str, without: Collection[tuple[str, int]] = ()
) -> dict[str, ValueSource]:
    """The source of each value of a record, by the platform's column names.

    ``without`` names changes by their field and number; the sources are those of before them.
    """
    files = select(RosterImport.id, RosterImport.as_of, RosterImport.name)
    imports = {row.id: row for row in session.execute(files)}
    first = session.scalars(select(Record.source_id).where(Record.id == record)).one()
    lines = session.execute(
        select(
            RecordChange.field,
            RecordChange.number,
            RecordChange.import_id,
            RecordChange.case_id,
            RecordChange.at,
        )
        .where(RecordChange.record_id == record)
        .order_by(RecordChange.field, RecordChange.number)
    )
    made = imports[first]
    sources = {field: ValueSource("import", first, made.as_of, made.name) for field in COLUMNS}
    for line in lines:
        if (line.field, line.number) in without:
            continue
        if line.case_id is not None:
            sources[line.field] = ValueSource("case", line.case_id, line.at.date(), "")
        else:
            source = imports[line.import_id]
            sources[line.field] = ValueSource("import", source.id, source.as_of, source.name)
    return sources


def write_changes(
    session: Session,
    cipher: Cipher,
    changes: Sequence[ValueChange],
    *,
    at: datetime,
    entropy: Entropy,
    told: Callable[[int], None] | None = None,
) -> None:
    """Write the new values and one line for each. ``told`` is called with the number of records written."""
    ids = new_ids(entropy, len(changes))
    kept = _sealed_values(session, changes)
    moment = as_text(at)
    lines = [_line(cipher, id, change, kept, moment) for id, change in zip(ids, changes, strict=True)]
    insert_rows(session, RecordChange.__table__, _LINE, lines)
    _free_student_numbers(session, changes)
    written = sorted(_updates(cipher, changes), key=lambda update: tuple(update[1]))
    for names, group in groupby(written, key=lambda update: tuple(update[1])):
        rows = [(*values.values(), record) for record, values in group]
        for chunk in chunks(rows):
            _update_rows(session, names, chunk)
            if told is not None:
                told(len(chunk))
    keep_again(session, {change.record for change in changes if change.field in NAMING})


def lock_values(session: Session, *, all_records: bool) -> None:
    """Lock the values against concurrent changes: an import and a correction wait for each other.

    SQLite has one writer anyway. PostgreSQL's mode for one record allows other corrections.
    """
    if session.get_bind().dialect.name == "postgresql":
        (_LOCK_ALL if all_records else _LOCK_ONE).run(session, {})


_LOCK_ALL = Prepared(text("LOCK TABLE record IN SHARE ROW EXCLUSIVE MODE"))
_LOCK_ONE = Prepared(text("LOCK TABLE record IN ROW EXCLUSIVE MODE"))


def new_ids(entropy: Entropy, count: int) -> list[str]:
    """Draw ``count`` random ids at once."""
    drawn = entropy(16 * count).hex()
    return [drawn[start : start + 32] for start in range(0, 32 * count, 32)]


_LINE = (
    "id", "record_id", "field", "number", "old", "new", "old_sealed", "new_sealed", "import_id", "case_id",
    "old_import_id", "old_case_id", "at",
)  # fmt: skip


def _line(
    cipher: Cipher, id: str, change: ValueChange, kept: Mapping[tuple[str, str], bytes | None], at: str
) -> tuple[Any, ...]:
    old, new, old_sealed, new_sealed = change.old, change.new, None, None
    if change.field in SEALED:
        before = kept[change.record, change.field]
        if before is not None:
            plain = _as_text(cipher, change.record, change.field, before)
            old_sealed = cipher.seal(plain, table="record_change", column="old", row=id)
        if new is not None:
            new_sealed = cipher.seal(new, table="record_change", column="new", row=id)
        old = new = None
    return (
        id, change.record, change.field, change.number, old, new, old_sealed, new_sealed,
        *_pair(change.source), *_pair(change.old_source), at,
    )  # fmt: skip


def _updates(cipher: Cipher, changes: Sequence[ValueChange]) -> Iterable[tuple[str, dict[str, Any]]]:
    """The columns to set, for each record."""
    records: dict[str, dict[str, str | None]] = {}
    for change in changes:
        records.setdefault(change.record, {})[change.field] = change.new
    for record, values in records.items():
        yield record, _stored(cipher, record, values)


def _stored(cipher: Cipher, record: str, values: Mapping[str, str | None]) -> dict[str, Any]:
    """Columns and stored forms of values. An ID number also gets its index and document type."""
    stored: dict[str, Any] = {
        COLUMNS[field].attribute: sealed_form(cipher, record, field, values[field])
        for field in COLUMNS
        if field in values
    }
    if "SFZH" in values:
        number = values["SFZH"]
        stored.setdefault("doc_type", document_type(number) if number else None)
        stored["sfzh_index"] = None if number is None else blind_index(cipher, number)
    return stored


def sealed_form(cipher: Cipher, record: str, field: str, value: str | None) -> str | bytes | None:
    """A value as its column stores it: sealed and bound to the record's row, or as it is."""
    if field not in SEALED or value is None:
        return value
    return cipher.seal(value, table="record", column=COLUMNS[field].attribute, row=record)


def _update_rows(session: Session, names: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    quote = session.get_bind().dialect.identifier_preparer.quote
    mark = _mark(session)
    assigned = ", ".join(f"{quote(name)} = {mark}" for name in names)
    drop(session, "record")
    session.connection().exec_driver_sql(f"UPDATE record SET {assigned} WHERE id = {mark}", rows)


def _free_student_numbers(session: Session, changes: Sequence[ValueChange]) -> None:
    """Clear student numbers first, so that records can exchange them without breaking uniqueness."""
    moving = [(change.record,) for change in changes if change.field == "XH"]
    if len(moving) > 1:
        statement = f"UPDATE record SET xh = NULL WHERE ksh IS NOT NULL AND id = {_mark(session)}"
        session.connection().exec_driver_sql(statement, moving)


def _sealed_values(session: Session, changes: Sequence[ValueChange]) -> dict[tuple[str, str], bytes | None]:
    """The present value of every sealed column that is about to change, by record and column."""
    found: dict[tuple[str, str], bytes | None] = {}
    for field in sorted(SEALED & {change.field for change in changes}):
        for chunk in chunks(change.record for change in changes if change.field == field):
            asked = select(Record.id, column_of(field)).where(Record.id.in_(chunk))
            found |= {(id, field): value for id, value in session.execute(asked)}
    return found


def source_behind(import_id: str | None, case_id: str | None) -> Source:
    """The source that a line names. Exactly one of the two ids is given."""
    return Source("import", import_id) if import_id is not None else Source("case", case_id or "")


def _pair(source: Source) -> tuple[str | None, str | None]:
    return (source.id, None) if source.kind == "import" else (None, source.id)


def _mark(session: Session) -> str:
    return "?" if session.get_bind().dialect.name == "sqlite" else "%s"


def masked(number: str) -> str:
    """A number as its holder sees it: 110****123X."""
    shown = (3, 4) if len(number) >= 12 else (1, 1)
    return f"{number[: shown[0]]}****{number[-shown[1] :]}" if number else ""


MASK = "*"


def ends_of(number: str) -> str:
    """A number as the staff sees it: its first and last character. A short one is all masked."""
    return covered(number, lambda place: place in (0, len(number) - 1))


def covered(number: str, shown: Callable[[int], bool]) -> str:
    """A number of which only the characters at some places are shown, none of a short one."""
    short = len(number) < 6
    return "".join(sign if shown(place) and not short else MASK for place, sign in enumerate(number))
