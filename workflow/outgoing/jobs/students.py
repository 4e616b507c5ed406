"""What an export job takes out: the students of its scope, their sealed values, and their papers."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from workflow.cases.tables import Case
from workflow.evidence.store import EvidenceDamaged, EvidenceStore
from workflow.evidence.tables import Evidence
from workflow.outgoing.jobs.tables import CONTENTS
from workflow.outgoing.jobs.watermark import Mark, marked
from workflow.people.cipher import Cipher
from workflow.people.tables import Relation
from workflow.records.student_contacts import KINDS, contacts_in
from workflow.records.tables import Record

MOST_PAPERS = 50
"""So many papers leave in one job: a large one takes up to a second to mark, while somebody waits."""

DAMAGED = "文件损坏，没有导出"
HEAD = ("学院", "班级", "学号", "考生号", "姓名")
MARK_HEAD = "导出标记"
PAPERS = "papers"


@dataclass(frozen=True, slots=True)
class ExportScope:
    """Whom a job is about: of a campaign, of a college, of both, or everybody.

    Students to whom one of ``people`` ever declared a relation are left out.
    """

    campaign: str = ""
    college: str = ""
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class InScope:
    """How many students and filed papers a scope has."""

    students: int
    papers: int


@dataclass(frozen=True, slots=True)
class ExportFile:
    """The file of a job as it is downloaded."""

    data: bytes = field(repr=False)
    rows: int
    papers: int

    @property
    def digest(self) -> str:
        """The SHA-256 of the file, by which whoever received it can be held to it."""
        return hashlib.sha256(self.data).hexdigest()


def count(session: Session, scope: ExportScope) -> InScope:
    """How many a scope has now."""
    students = session.scalar(select(func.count()).select_from(Record).where(*_within(scope))) or 0
    papers = session.scalar(select(func.count()).select_from(_papers(scope).subquery())) or 0
    return InScope(students, papers)


def make_file(
    session: Session,
    cipher: Cipher,
    evidence: EvidenceStore,
    scope: ExportScope,
    what: Collection[str],
    mark: Mark,
) -> ExportFile:
    """The file of a job: a workbook, and the papers beside it if they are in the job, all of it marked."""
    students = session.execute(_students(scope)).all()
    contacts = contacts_in(session, cipher, [one.id for one in students], set(what) & set(KINDS))
    columns = [name for name in CONTENTS if name in what and name != PAPERS]
    rows = [
        (*_named(one), *(_value(cipher, one, name, contacts) for name in columns), mark.words)
        for one in students
    ]
    head = (*HEAD, *(CONTENTS[name][0] for name in columns), MARK_HEAD)
    sheets: list[tuple[str, Sequence[str], Sequence[Sequence[str]]]] = [("学生", head, rows)]
    if PAPERS not in what:
        return ExportFile(_workbook(sheets, mark), len(rows), 0)
    listed: list[Sequence[str]] = []
    written, taken = io.BytesIO(), 0
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as bundle:
        for row, data in _marked_papers(session, evidence, scope, mark):
            listed.append(row)
            if data:
                taken += 1
                bundle.writestr(f"{PAPERS}/{row[-2]}", data)
        sheets.append(("证明材料", (*HEAD, "材料", "文件", MARK_HEAD), listed))
        bundle.writestr("students.xlsx", _workbook(sheets, mark))
    return ExportFile(written.getvalue(), len(rows), taken)


def _marked_papers(
    session: Session, evidence: EvidenceStore, scope: ExportScope, mark: Mark
) -> Iterator[tuple[Sequence[str], bytes]]:
    """Each filed paper's line and picture; no picture where the stored file is damaged."""
    for number, row in enumerate(session.execute(_papers(scope)), 1):
        try:
            data = marked(evidence.get(session, row.id, row.paper, row.digest), mark.letters)
        except EvidenceDamaged:
            data = b""
        name = f"{number:04}.jpg" if data else DAMAGED
        yield (*_named(row), row.kind, name, mark.words), data


def _named(row: Any) -> tuple[str, ...]:
    return tuple(said or "" for said in (row.fy, row.bh, row.xh, row.ksh, row.xm))


def _value(cipher: Cipher, row: Any, name: str, contacts: Mapping[tuple[str, str], str]) -> str:
    if name != "id_number":
        return contacts.get((row.id, name), "")
    return cipher.open(row.sfzh, table="record", column="sfzh", row=row.id) if row.sfzh else ""


def _students(scope: ExportScope) -> Select[*tuple[Any, ...]]:
    kept = Record
    return (
        select(kept.id, kept.fy, kept.bh, kept.xh, kept.ksh, kept.xm, kept.sfzh)
        .where(*_within(scope))
        .order_by(kept.fy, kept.bh, kept.xh, kept.id)
    )


def _papers(scope: ExportScope) -> Select[*tuple[Any, ...]]:
    """The filed papers of a scope: of the campaign's own cases, or of all."""
    kept, paper = Record, Evidence
    filed = (
        select(
            kept.id, kept.fy, kept.bh, kept.xh, kept.ksh, kept.xm,
            paper.id.label("paper"), paper.kind, paper.digest,
        )
        .join(kept, kept.id == paper.record_id)
        .join(Case, Case.id == paper.case_id)
        .where(*_within(scope))
        .order_by(kept.fy, kept.bh, kept.xh, paper.added_at, paper.id)
    )  # fmt: skip
    return filed.where(Case.campaign_id == scope.campaign) if scope.campaign else filed


def _within(scope: ExportScope) -> Iterator[ColumnElement[bool]]:
    """The records of a scope, as conditions."""
    if scope.college:
        yield Record.fy == scope.college
    if scope.campaign:
        yield Record.id.in_(select(Case.record_id).where(Case.campaign_id == scope.campaign))
    if scope.people:
        related = select(Relation.record_id).where(Relation.person_id.in_(sorted(scope.people)))
        yield Record.id.not_in(related)


def _workbook(sheets: Iterable[tuple[str, Sequence[str], Sequence[Sequence[str]]]], mark: Mark) -> bytes:
    """A workbook of text cells. Each printed page bears the mark above and below, as each row does."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        book.set_properties({"comments": mark.words, "created": mark.at.replace(tzinfo=None)})
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
        for title, head, rows in sheets:
            sheet = book.add_worksheet(title)
            said = mark.words.replace("&", "&&")
            sheet.set_header(f"&L{said}")
            sheet.set_footer(f"&L{said}&R&P/&N")
            for number, row in enumerate((head, *rows)):
                for place, cell in enumerate(row):
                    sheet.write_string(number, place, cell, text if number else bold)
            sheet.set_column(0, len(head) - 2, 20, text)
            sheet.set_column(len(head) - 1, len(head) - 1, 60, text)
            sheet.freeze_panes(1, 0)
            sheet.repeat_rows(0)
    return written.getvalue()
