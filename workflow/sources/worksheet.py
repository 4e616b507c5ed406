"""The worksheet of a comparison: its rows walked by a key, its counts, and who did what of each row."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from workflow.cases.tables import Case, Claim
from workflow.people.cipher import Cipher
from workflow.people.tables import Person
from workflow.records.rows import chunks
from workflow.records.tables import Record, RecordChange, RosterImport
from workflow.records.values import ValueSource
from workflow.sources.tables import EXPLAINED, SAME, WHOLE, Difference, DifferenceDeed, SourceComparison

PAGE = 50
OPEN, DONE = "open", "done"
UNDECIDED = "undecided"
"""In place of a kind: nobody has decided yet, and no request explains it."""

_EXPLAINED = (
    select(Claim.id).where(Claim.id == Difference.claim_id, Claim.outcome.in_(("", "corrected"))).exists()
)
KIND: ColumnElement[str] = case(
    (Difference.kind != "", Difference.kind), (_EXPLAINED, EXPLAINED), else_=UNDECIDED
)
"""The kind of a row as things stand: a request explains it only while it is open, or was granted."""
IS_OPEN: ColumnElement[bool] = and_(Difference.done_at.is_(None), KIND.not_in((EXPLAINED, SAME)))
"""A row on which somebody has still to do something."""


@dataclass(frozen=True, slots=True)
class RowsWanted:
    """Which rows of a worksheet are meant. Empty texts set no limit."""

    college: str | None = None
    field: str = ""
    kind: str = ""
    stand: str = ""

    def said(self) -> dict[str, str]:
        """The limits as they stand in an address."""
        said = {"field": self.field, "kind": self.kind, "stand": self.stand}
        college = {} if self.college is None else {"college": self.college}
        return college | {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class ComparisonFacts:
    """One comparison: its two sources, who made it when, and how many rows it has and still needs."""

    id: str
    made_at: datetime
    made_by: str
    name: str
    digest: str
    as_of: date
    platform_name: str
    platform_digest: str
    platform_as_of: date
    fields: tuple[str, ...]
    rows: int
    both: int
    differences: int
    open: int


@dataclass(frozen=True, slots=True)
class DeedDone:
    """What somebody did of a difference, in this comparison or an earlier one."""

    what: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DifferenceSeen:
    """One row of the worksheet.

    ``receipt`` is that of the case to look at, ``source`` where our record has its value from, where our
    records stand for the platform.
    """

    id: str
    place: int
    version: int
    record: str
    name: str
    number: str
    class_name: str
    college: str
    field: str
    on_platform: bool
    in_school: bool
    since: datetime
    kind: str
    proposed: str
    because: str
    case: str
    receipt: str
    done_at: datetime | None
    source: ValueSource | None
    deeds: tuple[DeedDone, ...]
    platform: str = dataclasses.field(repr=False)
    school: str = dataclasses.field(repr=False)

    @property
    def whole(self) -> bool:
        """Whether the student as a whole is in one of the two alone."""
        return self.field == WHOLE


@dataclass(frozen=True, slots=True)
class WorksheetCounts:
    """How many rows there are by college, field, kind and whether they are open, from one statement."""

    lines: Mapping[tuple[str, str, str, bool], int]

    def number(self, wanted: RowsWanted) -> int:
        """How many rows are meant."""
        return sum(n for key, n in self.lines.items() if _is_meant(wanted, *key))

    def by(self, wanted: RowsWanted, part: int) -> Counter[str]:
        """The rows that are meant, counted by college (0), field (1) or kind (2)."""
        found = Counter[str]()
        for key, n in self.lines.items():
            if _is_meant(wanted, *key):
                found[str(key[part])] += n
        return found

    def alike(self, wanted: RowsWanted) -> list[tuple[tuple[str, str], int]]:
        """College and field of the rows that are meant, most first."""
        found = Counter[tuple[str, str]]()
        for key, n in self.lines.items():
            if _is_meant(wanted, *key):
                found[key[0], key[1]] += n
        return sorted(found.items(), key=lambda one: (-one[1], one[0]))


def _is_meant(wanted: RowsWanted, college: str, field: str, kind: str, is_open: bool) -> bool:
    return (
        wanted.college in (None, college)
        and wanted.field in ("", field)
        and wanted.kind in ("", kind)
        and wanted.stand in ("", OPEN if is_open else DONE)
    )


def meant(comparison: str, wanted: RowsWanted) -> Iterator[ColumnElement[bool]]:
    """The same as conditions on the rows of a comparison."""
    yield Difference.comparison_id == comparison
    if wanted.college is not None:
        yield Difference.college == wanted.college
    if wanted.field:
        yield Difference.field == wanted.field
    if wanted.kind:
        yield KIND.in_([wanted.kind])
    if wanted.stand:
        yield IS_OPEN if wanted.stand == OPEN else ~IS_OPEN


def counts_of(session: Session, comparison: str) -> WorksheetCounts:
    """How many rows a worksheet has, by what they can be filtered by."""
    lines = (
        select(
            Difference.college.label("college"),
            Difference.field.label("field"),
            KIND.label("kind"),
            case((IS_OPEN, 1), else_=0).label("open"),
        )
        .where(*meant(comparison, RowsWanted()))
        .subquery()
    )
    by = (lines.c.college, lines.c.field, lines.c.kind, lines.c.open)
    rows = session.execute(select(*by, func.count().label("n")).group_by(*by))
    return WorksheetCounts({(row.college, row.field, row.kind, bool(row.open)): row.n for row in rows})


def comparisons(session: Session, limit: int, id: str = "") -> list[ComparisonFacts]:
    """The comparisons, latest first, or one of them."""
    kept = SourceComparison
    asked = (
        select(kept, func.coalesce(Person.name, "").label("by"))
        .outerjoin(Person, Person.id == kept.made_by)
        .order_by(kept.made_at.desc(), kept.id)
        .limit(limit)
    )
    rows = session.execute(asked.where(kept.id == id) if id else asked).all()
    lines = session.execute(
        select(
            Difference.comparison_id,
            func.count().label("all"),
            func.sum(case((IS_OPEN, 1), else_=0)).label("open"),
        )
        .where(Difference.comparison_id.in_([row.SourceComparison.id for row in rows]))
        .group_by(Difference.comparison_id)
    )
    numbers = {row.comparison_id: (row.all, int(row.open)) for row in lines}
    return [
        _facts(row.SourceComparison, row.by, numbers.get(row.SourceComparison.id, (0, 0))) for row in rows
    ]


def _facts(row: SourceComparison, by: str, numbers: tuple[int, int]) -> ComparisonFacts:
    return ComparisonFacts(
        row.id,
        row.made_at,
        by,
        row.name,
        row.digest,
        row.as_of,
        row.platform_name,
        row.platform_digest,
        row.platform_as_of,
        tuple(row.fields.split(",")),
        row.rows,
        row.both,
        *numbers,
    )


def rows_of(
    session: Session,
    cipher: Cipher,
    comparison: ComparisonFacts,
    wanted: RowsWanted,
    *,
    after: int = 0,
    limit: int = PAGE,
) -> list[DifferenceSeen]:
    """A page of the worksheet; ``after`` is the place of the last row of the page before."""
    asked = (
        select(
            Difference,
            KIND.label("stands"),
            Record.xm,
            Record.xh,
            Record.ksh,
            Record.bh,
            Record.source_id,
            func.coalesce(Case.receipt, "").label("receipt"),
        )
        .outerjoin(Record, Record.id == Difference.record_id)
        .outerjoin(Case, Case.id == Difference.case_id)
        .where(*meant(comparison.id, wanted), Difference.place > after)
        .order_by(Difference.place)
        .limit(limit)
    )
    rows = session.execute(asked).all()
    deeds = deeds_of(session, {row.Difference.mark for row in rows})
    records = {row.Difference.record_id: row.source_id for row in rows if row.Difference.record_id}
    ours = {} if comparison.platform_name else _our_sources(session, records)
    return [_seen(cipher, row, deeds, ours) for row in rows]


def _our_sources(session: Session, records: Mapping[str, str]) -> dict[tuple[str, str], ValueSource]:
    """Where our records have their values from, by record and field; by '' where nothing changed since.

    ``records`` names the import that created each.
    """
    asked = select(RosterImport.id, RosterImport.as_of, RosterImport.name)
    files = {row.id: ValueSource("import", row.id, row.as_of, row.name) for row in session.execute(asked)}
    found = {(id, ""): files[made] for id, made in records.items()}
    line = RecordChange
    changes = select(line.record_id, line.field, line.import_id, line.case_id, line.at).order_by(line.number)
    for chunk in chunks(sorted(records)):
        for row in session.execute(changes.where(line.record_id.in_(chunk))):
            of_case = ValueSource("case", row.case_id or "", row.at.date(), "")
            found[row.record_id, row.field] = files[row.import_id] if row.import_id else of_case
    return found


def _seen(
    cipher: Cipher,
    row: Any,
    deeds: Mapping[str, Sequence[DeedDone]],
    ours: Mapping[tuple[str, str], ValueSource],
) -> DifferenceSeen:
    it: Difference = row.Difference
    platform, school = value_of(cipher, it, "platform"), value_of(cipher, it, "school")
    whose = platform or school if it.field == WHOLE else ""
    if it.whose:
        whose = cipher.open(it.whose, table="difference", column="whose", row=it.id)
    number, _, name = ("", "", row.xm) if row.xm else whose.partition(" ")
    record = it.record_id or ""
    return DifferenceSeen(
        id=it.id,
        place=it.place,
        version=it.version,
        record=record,
        name=name,
        number=row.xh or row.ksh or number,
        class_name=row.bh or "",
        college=it.college,
        field=it.field,
        on_platform=it.on_platform,
        in_school=it.in_school,
        since=it.since,
        kind=row.stands,
        proposed=it.proposed,
        because=it.because,
        case=it.case_id or "",
        receipt=row.receipt,
        done_at=it.done_at,
        source=ours.get((record, it.field)) or ours.get((record, "")),
        deeds=tuple(deeds.get(it.mark, ())),
        platform=platform,
        school=school,
    )


def value_of(cipher: Cipher, row: Difference, side: str) -> str:
    """The value of a difference in one of the two sources."""
    return cipher.open(getattr(row, side), table="difference", column=side, row=row.id)


def deeds_of(session: Session, marks: Collection[str]) -> dict[str, list[DeedDone]]:
    """What was done of some differences, oldest first, in whichever comparison."""
    found: dict[str, list[DeedDone]] = {}
    asked = (
        select(
            DifferenceDeed.mark,
            DifferenceDeed.what,
            func.coalesce(Person.name, "").label("name"),
            DifferenceDeed.at,
        )
        .outerjoin(Person, Person.id == DifferenceDeed.by)
        .order_by(DifferenceDeed.id)
    )
    for chunk in chunks(sorted(marks)):
        for row in session.execute(asked.where(DifferenceDeed.mark.in_(chunk))):
            found.setdefault(row.mark, []).append(DeedDone(row.what, row.name, row.at))
    return found
