"""Roster import: judge the file, compare it with the records, write all of it or nothing.

``judge`` reads only the file, ``plan`` reads file and records, ``take_in`` writes. A record is found by its
candidate number, else by its student number. An ID number never joins two records.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import String, func, select, type_coerce
from sqlalchemy.orm import Session

from workflow.engine import SYSTEM, Entropy
from workflow.people.accounts import follow_names
from workflow.people.cipher import Cipher
from workflow.records import fields, names
from workflow.records.fields import COLUMNS, SEALED
from workflow.records.findings import Finding, finding
from workflow.records.identity import blind_index, document_type
from workflow.records.judge import Column, Judgement
from workflow.records.name_readings import keep_new
from workflow.records.rows import insert_rows
from workflow.records.tables import Record, RosterImport
from workflow.records.values import (
    Progress,
    Source,
    ValueChange,
    column_of,
    latest_changes,
    lock_values,
    new_ids,
    opened_values,
    sealed_form,
    write_changes,
)
from workflow.store import as_text

Locks = Mapping[str, Mapping[str, Collection[str]]]
"""The fields of some records that open claims lock, each with the values that may be written all the same."""
NO_LOCKS: Locks = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Update:
    """The changes that a row of the file (position counts from 0) makes in a record.

    ``values`` maps a field to its old and new value in stored form, but not sealed. The old value of a sealed
    column is None.
    """

    record: str
    position: int
    values: Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A file shows another value of a field than the one that a case put into the record."""

    record: str
    field: str
    case: str
    shows: str = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do. ``new`` holds the positions of the rows that create a record.

    ``seen`` names each (record, field) where the file shows the value that a case corrected, ``locked`` each
    where it shows another value of a field that a claim locks, ``contradicted`` where it shows another value
    than a case corrected. ``absent`` counts the records missing from the file; they stay unchanged.
    ``indexes`` are the blind indexes of the file's ID numbers.
    """

    judgement: Judgement
    new: tuple[int, ...]
    updates: tuple[Update, ...]
    unchanged: int
    absent: int
    seen: tuple[tuple[str, str], ...]
    flagged: tuple[Finding, ...]
    refused: tuple[Finding, ...]
    indexes: Sequence[bytes | None]
    latest: Mapping[tuple[str, str], tuple[int, Source]]
    made_by: Mapping[str, str]
    locked: tuple[tuple[str, str], ...] = ()
    contradicted: tuple[Contradiction, ...] = ()

    @property
    def writes(self) -> int:
        """How many records would be written."""
        return len(self.new) + len(self.updates)

    def as_json(self, *, written: bool = True) -> dict[str, Any]:
        """The result as JSON, for the command line. A refused file wrote nothing."""
        counts = (len(self.new), len(self.updates), self.unchanged) if written else (0, 0, 0)
        return {
            "rows": len(self.judgement),
            **dict(zip(("new", "changed", "unchanged"), counts, strict=True)),
            "locked": len(self.locked),
            "flagged": [found.as_json() for found in self.flagged],
            "refused": [found.as_json() for found in self.refused],
        }


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What was written: the ``new`` records, and in ``changes`` each changed record with its fields."""

    source: str
    new: tuple[str, ...]
    changes: tuple[tuple[str, tuple[str, ...]], ...]
    seen: tuple[tuple[str, str], ...]
    plan: Plan


class RosterRefused(Exception):
    """A row of the file is refused, so nothing was written."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        super().__init__(f"{len(plan.refused)} findings")


def take_in(
    session: Session,
    judgement: Judgement,
    cipher: Cipher,
    *,
    now: datetime,
    entropy: Entropy,
    by: str = SYSTEM.person,
    progress: Progress | None = None,
    locks: Locks = NO_LOCKS,
) -> ImportOutcome:
    """Plan and write a file in one unit of work, with values locked. Raises RosterRefused."""
    lock_values(session, all_records=True)
    planned = plan(session, judgement, cipher, locks)
    return apply(session, planned, cipher, now=now, entropy=entropy, by=by, progress=progress)


def plan(session: Session, judgement: Judgement, cipher: Cipher, locks: Locks = NO_LOCKS) -> Plan:
    """Compare a judged file with the records. Reads only."""
    return _Planning(session, judgement, cipher, locks).plan()


def apply(
    session: Session,
    plan: Plan,
    cipher: Cipher,
    *,
    now: datetime,
    entropy: Entropy,
    by: str = SYSTEM.person,
    progress: Progress | None = None,
) -> ImportOutcome:
    """Write a plan made in the same unit of work.

    Raises RosterRefused, and writes nothing, if any row is refused.
    """
    if plan.refused:
        raise RosterRefused(plan)
    told = None if progress is None else partial(_tell, progress, plan.writes)
    source = entropy(16).hex()
    facts = plan.judgement.facts
    session.add(
        RosterImport(
            id=source,
            name=facts.name,
            digest=facts.digest,
            as_of=plan.judgement.as_of,
            at=now,
            rows=len(plan.judgement),
            new=len(plan.new),
            changed=len(plan.updates),
            flagged=len(plan.flagged),
            taken_by=by,
        )
    )
    session.flush()
    made = sorted(new_ids(entropy, len(plan.new)))  # sorted, so that the index grows at its end
    names, rows = _new_rows(plan, made, cipher, source, as_text(now))
    changed = list(_changes(plan, source))
    write_changes(session, cipher, changed, at=now, entropy=entropy, told=told)
    follow_names(session, {one.record: one.new for one in changed if one.field == "XM" and one.new})
    insert_rows(session, Record.__table__, names, rows, told)
    keep_new(session, _new_names(plan, made))
    changes = tuple((update.record, tuple(update.values)) for update in plan.updates)
    return ImportOutcome(source, tuple(made), changes, plan.seen, plan)


def _tell(progress: Progress, total: int, written: int) -> None:
    progress(written, total)


def _changes(plan: Plan, source: str) -> Iterator[ValueChange]:
    for update in plan.updates:
        for field, (old, new) in update.values.items():
            number, old_source = plan.latest.get(
                (update.record, field), (0, Source("import", plan.made_by[update.record]))
            )
            yield ValueChange(
                update.record, field, number + 1, old, new, Source("import", source), old_source
            )


def _new_rows(
    plan: Plan, ids: Sequence[str], cipher: Cipher, source: str, moment: str
) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """The new records as rows in stored form, built column by column."""
    columns = plan.judgement.columns
    picked: dict[str, Sequence[Any]] = {}
    for field, cells in columns.items():
        picked[COLUMNS[field].attribute] = (
            cells if len(plan.new) == len(cells) else [cells[position] for position in plan.new]
        )
    if "SFZH" in columns:
        numbers = picked["sfzh"]
        kinds = picked.get("doc_type") or [None] * len(numbers)
        picked["sfzh_index"] = [plan.indexes[position] for position in plan.new]
        picked["doc_type"] = [
            kind or (None if number is None else document_type(number))
            for kind, number in zip(kinds, numbers, strict=True)
        ]
    for field in SEALED & columns.keys():
        values = zip(ids, picked[COLUMNS[field].attribute], strict=True)
        picked[COLUMNS[field].attribute] = [sealed_form(cipher, id, field, value) for id, value in values]
    fixed = {"id": ids, "source_id": [source] * len(ids), "created_at": [moment] * len(ids)}
    table = {**fixed, **picked}
    return list(table), zip(*table.values(), strict=True)


def _new_names(plan: Plan, ids: Sequence[str]) -> Iterator[tuple[str, str, str | None]]:
    """The id, name and pinyin of each new record."""
    names, spelt = plan.judgement.columns["XM"], plan.judgement.columns.get("XMPY")
    for id, position in zip(ids, plan.new, strict=True):
        yield id, names[position] or "", None if spelt is None else spelt[position]


class _Planning:
    """One comparison of a file with the records."""

    def __init__(self, session: Session, judgement: Judgement, cipher: Cipher, locks: Locks) -> None:
        self._session, self._judgement, self._cipher = session, judgement, cipher
        self._locks = locks
        self._locked: list[tuple[str, str]] = []
        self._contradicted: list[Contradiction] = []
        self._flagged = list(judgement.flagged)
        self._refused = list(judgement.refused)
        self._refused_rows = set(judgement.refused_rows)
        self._fields = [field for field in COLUMNS if field in judgement.columns]
        numbers = judgement.columns.get("SFZH", ())
        self._indexes = [None if number is None else blind_index(cipher, number) for number in numbers]
        self._records = self._read_records()
        self._rows = self._file_rows() if self._records else []
        self._by_ksh = {row[1]: row for row in self._records if row[1] is not None}
        self._by_xh = {row[2]: row for row in self._records if row[2] is not None}
        self._leaving: set[str | None] = set()
        self._latest: dict[tuple[str, str], tuple[int, Source]] = {}
        self._as_of: dict[str, date] = {}
        if self._records:
            self._latest = latest_changes(session)
            files = session.execute(select(RosterImport.id, RosterImport.as_of))
            self._as_of = {row.id: row.as_of for row in files}

    def plan(self) -> Plan:
        """Find each row's record, then compare value by value."""
        found = self._match()
        self._note_twins(found)
        new, updates, unchanged = [], [], 0
        for position, record in enumerate(found):
            if record is None:
                if position not in self._refused_rows and self._may_begin(position):
                    new.append(position)
                continue
            if position in self._refused_rows:
                continue
            values = self._differences(position, record) if record[4:] != self._rows[position] else None
            if values:
                updates.append(Update(record[0], position, values))
            else:
                unchanged += 1
        new, updates = self._without_taken_numbers(found, new, updates)
        changed = {update.record for update in updates}
        return Plan(
            self._judgement,
            tuple(new),
            tuple(updates),
            unchanged,
            len(self._records) - sum(1 for record in found if record is not None),
            tuple(self._seen(found)),
            tuple(sorted(self._flagged)),
            tuple(sorted(self._refused)),
            self._indexes,
            self._latest,
            {row[0]: row[3] for row in self._records if row[0] in changed},
            tuple(self._locked),
            tuple(self._contradicted),
        )

    # -- comparison form --------------------------------------------------------------------------------

    def _file_rows(self) -> list[tuple[Any, ...]]:
        """The file's rows in comparison form: an ID number as its blind index and its length."""
        columns: list[Sequence[Any]] = []
        for field in self._fields:
            cells = self._judgement.columns[field]
            if field == "SFZH":
                columns.append(self._indexes)
                columns.append([len(cell.encode()) if cell else None for cell in cells])
            else:
                columns.append(cells)
        return list(zip(*columns, strict=True))

    def _read_records(self) -> list[tuple[Any, ...]]:
        """Every record as (id, ksh, xh, source, values in comparison form …). No ID number is decrypted."""
        kept = Record.__table__.c
        asked: list[Any] = [kept.id, kept.ksh, kept.xh, kept.source_id]
        opened: list[tuple[int, str]] = []
        for field in self._fields:
            if field == "SFZH":
                asked += [kept.sfzh_index, func.length(kept.sfzh) - self._cipher_overhead()]
                continue
            if field in SEALED:
                opened.append((len(asked), field))
            asked.append(type_coerce(column_of(field), String).label(f"shown_{field}"))
        rows = self._session.connection().execute(select(*asked))
        return [self._opened(list(row), opened) if opened else tuple(row) for row in rows]

    def _opened(self, row: list[Any], places: Sequence[tuple[int, str]]) -> tuple[Any, ...]:
        """A record's row with the values at these places decrypted."""
        for place, field in places:
            row[place] = opened_values(self._cipher, row[0], (field,), {field: row[place]})[field] or None
        return tuple(row)

    def _cipher_overhead(self) -> int:
        return len(self._cipher.seal("", table="record", column="sfzh", row=""))

    # -- matching rows to records -----------------------------------------------------------------------

    def _match(self) -> list[tuple[Any, ...] | None]:
        """Each row's record, or None for a row that creates one. A row that fits two records is refused."""
        count = len(self._judgement)
        if not self._records:
            return [None] * count
        blank: Column = [None] * count
        candidates = self._judgement.columns.get("KSH", blank)
        students = self._judgement.columns.get("XH", blank)
        found = [self._by_ksh.get(ksh) if ksh is not None else None for ksh in candidates]
        self._leaving = self._left(found, students)
        for position, (record, ksh, xh) in enumerate(zip(found, candidates, students, strict=True)):
            holder = self._by_xh.get(xh) if xh is not None else None
            if holder is None or holder is record or xh in self._leaving:
                continue
            if record is not None:
                self._refuse(position, "XH", "two_records")
            elif ksh is not None and holder[1] is not None:
                self._refuse(position, "XH", "number_taken")
            else:
                found[position] = holder
        self._refuse_shared(found)
        return found

    @staticmethod
    def _left(found: Sequence[tuple[Any, ...] | None], students: Column) -> set[str | None]:
        """The student numbers that the file replaces in their records."""
        return {
            record[2]
            for record, xh in zip(found, students, strict=True)
            if record is not None and xh is not None and record[2] != xh
        }

    def _refuse_shared(self, found: Sequence[tuple[Any, ...] | None]) -> None:
        """Refuse two rows that match one record, one by candidate number and one by student number."""
        first: dict[str, int] = {}
        for position, record in enumerate(found):
            if record is None:
                continue
            other = first.setdefault(record[0], position)
            if other != position and not {other, position} <= self._refused_rows:
                numbers = self._judgement.numbers
                self._refuse(other, "KSH", "twice_in_file", rows=numbers[position])
                self._refuse(position, "XH", "twice_in_file", rows=numbers[other])

    def _without_taken_numbers(
        self, found: Sequence[tuple[Any, ...] | None], new: list[int], updates: list[Update]
    ) -> tuple[list[int], list[Update]]:
        """Refuse rows that need a student number to become free when its record keeps it after all."""
        if not self._leaving:
            return new, updates
        freed = {self._xh_of(found[update.position]) for update in updates if "XH" in update.values}
        students = self._judgement.columns["XH"]
        taken = {
            position
            for position in (*new, *(update.position for update in updates if "XH" in update.values))
            if (xh := students[position]) in self._by_xh and xh not in freed
        }
        for position in taken:
            self._refuse(position, "XH", "number_taken")
        return (
            [position for position in new if position not in taken],
            [update for update in updates if update.position not in taken],
        )

    @staticmethod
    def _xh_of(record: tuple[Any, ...] | None) -> str | None:
        return record[2] if record is not None else None

    def _may_begin(self, position: int) -> bool:
        """True if the row has the enrolment status that a new record needs. Refuses the row otherwise."""
        status = self._judgement.columns.get("XJZT")
        if status is not None and status[position] is not None:
            return True
        self._refuse(position, "XJZT", "no_status")
        return False

    def _note_twins(self, found: Sequence[tuple[Any, ...] | None]) -> None:
        """Flag rows whose ID number, in 15 or 18 digits, another record has."""
        if "SFZH" not in self._fields or not self._records:
            return
        place = self._fields.index("SFZH")
        owners: dict[bytes, list[tuple[Any, ...]]] = {}
        for owner in self._records:
            if owner[4 + place] is not None:
                owners.setdefault(owner[4 + place], []).append(owner)
        for position, (row, record) in enumerate(zip(self._rows, found, strict=True)):
            damaged = (position, "SFZH") in self._judgement.damaged
            for owner in () if damaged else owners.get(row[place], ()):
                if owner is not record:
                    key = _safe_key(owner[2] or owner[1])
                    where, where_en = f"另一条记录{key}", f"another record{key}"
                    self._flag(position, "SFZH", "same_person_maybe", where=where, where_en=where_en)

    # -- changes ----------------------------------------------------------------------------------------

    def _differences(
        self, position: int, record: tuple[Any, ...]
    ) -> dict[str, tuple[str | None, str | None]]:
        """The values of a record that a row changes. A value it may not change is flagged and kept."""
        values: dict[str, tuple[str | None, str | None]] = {}
        row, place = self._rows[position], 0
        for field in self._fields:
            width = 2 if field == "SFZH" else 1
            old, new = record[4 + place : 4 + place + width], row[place : place + width]
            place += width
            if old != new and self._may_change(position, record, field, old, new):
                value = self._judgement.columns[field][position]
                values[field] = (None if field in SEALED else old[0], value)
        return values

    def _may_change(
        self, position: int, record: tuple[Any, ...], field: str, was: tuple[Any, ...], shows: tuple[Any, ...]
    ) -> bool:
        """True when a row's value may replace another. If not, flags why, unless both mean the same."""
        old, new = was[0], shows[0]
        if new is not None and self._is_locked(position, record[0], field):
            return False
        if old is None:
            return True
        if new is None:
            if field not in fields.IDENTITY:
                self._flag(position, field, "blank")
            return False
        if field == "SFZH" and old == new and shows[1] < was[1]:
            self._flag(position, field, "short_form")
            return False
        if field == "MZ" and fields.same_ethnicity(old, new):
            return False
        if self._stands_above(position, record, field, old, new):
            return False
        if field == "XM" and names.same_rendering(old, new):
            self._flag(position, field, "rendering")
        return True

    def _is_locked(self, position: int, record: str, field: str) -> bool:
        """True if a claim locks the field and wants another value than the row shows. Flags it."""
        wanted = self._locks.get(record, {}).get(field)
        if wanted is None or self._judgement.columns[field][position] in wanted:
            return False
        self._flag(position, field, "locked")
        self._locked.append((record, field))
        return True

    def _stands_above(self, position: int, record: tuple[Any, ...], field: str, old: Any, new: Any) -> bool:
        """True if the record's value is kept: corrected in a case, newer, or the file's is damaged."""
        source = self._latest.get((record[0], field), (0, Source("import", record[3])))[1]
        if source.kind == "case":
            self._flag(position, field, "correction_kept")
            self._note_contradiction(position, record[0], field, old, source.id)
            return True
        if (position, field) in self._judgement.damaged:
            if field != "SFZH" and not names.may_be(new, old):
                self._flag(position, field, "damaged_differs")
            return True
        if self._as_of[source.id] > self._judgement.as_of:
            self._flag(position, field, "newer_kept", as_of=self._as_of[source.id])
            return True
        return False

    def _note_contradiction(self, position: int, record: str, field: str, old: Any, case: str) -> None:
        """What is damaged and may be the corrected value contradicts nothing, nor does any damaged number."""
        shows = self._judgement.columns[field][position]
        damaged = (position, field) in self._judgement.damaged
        if shows is not None and not (damaged and (field == "SFZH" or names.may_be(shows, old))):
            self._contradicted.append(Contradiction(record, field, case, shows))

    def _seen(self, found: Sequence[tuple[Any, ...] | None]) -> Iterator[tuple[str, str]]:
        """Corrected values that the file shows too, which proves that the platform has them."""
        corrected: dict[str, list[str]] = {}
        for (record, field), (_, source) in self._latest.items():
            if source.kind == "case" and field in self._fields:
                corrected.setdefault(record, []).append(field)
        for position, row in enumerate(found if corrected else ()):
            for field in corrected.get(row[0], ()) if row is not None else ():
                before = self._fields[: self._fields.index(field)]
                at = len(before) + before.count("SFZH")
                if row is not None and row[4 + at] == self._rows[position][at]:
                    yield row[0], field

    # -- findings ---------------------------------------------------------------------------------------

    def _flag(self, position: int, column: str, code: str, **facts: object) -> None:
        self._flagged.append(finding(self._judgement.numbers[position], column, code, **facts))

    def _refuse(self, position: int, column: str, code: str, **facts: object) -> None:
        self._refused.append(finding(self._judgement.numbers[position], column, code, **facts))
        self._refused_rows.add(position)


def _safe_key(key: str) -> str:
    """A record's number for a message, unless it is long enough to be an ID number."""
    return f" {key}" if len(key) < 15 else ""
