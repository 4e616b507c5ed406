"""What an export job takes out: the students of its scope, their sealed values, and their papers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from workflow.cases.tables import Case
from workflow.evidence.store import EvidenceDamaged, EvidenceStore
from workflow.evidence.tables import Evidence
from workflow.outgoing.jobs.making import ExportDesk, ExportFile, Maker, Progress, why_not_so_many
from workflow.outgoing.jobs.scope import ExportScope, InScope
from workflow.outgoing.jobs.seen import ExportSeen
from workflow.outgoing.jobs.tables import CONTENTS, PAPERS
from workflow.outgoing.jobs.watermark import Mark, marked
from workflow.outgoing.sheets import Sheet, workbook
from workflow.people.cipher import Cipher
from workflow.people.standing_in import ever_related
from workflow.records.student_contacts import KINDS, contacts_in
from workflow.records.tables import Record
from workflow.verdict import Reason

MOST_PAPERS = 50
"""So many papers leave in one job: a large one takes up to a second to mark, while somebody waits."""

DAMAGED = "文件损坏，没有导出"
HEAD = ("学院", "班级", "学号", "考生号", "姓名")
MARK_HEAD = "导出标记"

NOBODY_IN_IT = Reason(
    "export_nobody", "这个范围里没有可以导出的学生。", remedy="请另选学院或自查活动，或先导入名册。"
)
NO_PAPERS = Reason(
    "export_no_papers", "这个范围里没有提交过的证明材料。", remedy="请另选范围，或不勾选证明材料。"
)
TOO_MANY_PAPERS = Reason(
    "export_too_many_papers",
    "这个范围里有 {count} 份证明材料，一次最多导出 {most} 份。",
    {"most": MOST_PAPERS},
    remedy="请限定一个学院或一次自查活动，分几次导出。",
)


def count(session: Session, scope: ExportScope) -> InScope:
    """How many a scope has now."""
    students = session.scalar(select(func.count()).select_from(Record).where(*_within(scope))) or 0
    papers = session.scalar(select(func.count()).select_from(_papers(scope).subquery())) or 0
    return InScope(students, papers, students)


def why_not(scope: ExportScope, found: InScope) -> list[Reason]:
    """Nobody, no papers, or more papers than are marked while somebody waits."""
    if not found.students:
        return [NOBODY_IN_IT]
    if PAPERS not in scope.what:
        return []
    return why_not_so_many(found.papers, MOST_PAPERS, NO_PAPERS, TOO_MANY_PAPERS)


def make_file(
    session: Session, desk: ExportDesk, job: ExportSeen, mark: Mark, progress: Progress
) -> ExportFile:
    """The file of a job: a workbook, and the papers beside it if they are in the job, all of it marked."""
    scope = job.scope
    students = session.execute(_students(scope)).all()
    contacts = contacts_in(session, desk.cipher, [one.id for one in students], set(scope.what) & set(KINDS))
    columns = [name for name in CONTENTS if name in scope.what and name != PAPERS]
    head = (*HEAD, *(CONTENTS[name][0] for name in columns), MARK_HEAD)

    def rows() -> Iterator[Sequence[str]]:
        for number, one in enumerate(students, 1):
            yield (
                *_named(one),
                *(_value(desk.cipher, one, name, contacts) for name in columns),
                mark.words,
            )
            progress(number)

    sheets: list[Sheet] = [("学生", head, rows())]
    if PAPERS not in scope.what:
        return ExportFile(workbook(sheets, mark=mark.words, made=mark.at), len(students))
    listed: list[Sequence[str]] = []
    written, taken = io.BytesIO(), 0
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as bundle:
        for row, data in _marked_papers(session, desk.evidence, scope, mark):
            listed.append(row)
            if data:
                taken += 1
                bundle.writestr(f"{PAPERS}/{row[-2]}", data)
        sheets.append(("证明材料", (*HEAD, "材料", "文件", MARK_HEAD), listed))
        bundle.writestr("students.xlsx", workbook(sheets, mark=mark.words, made=mark.at))
    return ExportFile(written.getvalue(), len(students), taken)


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
        yield Record.id.not_in(ever_related(scope.people))


STUDENTS = Maker(
    "students", count, why_not, make_file, lambda scope: "zip" if PAPERS in scope.what else "xlsx"
)
"""What leaves of students with full numbers, phones and papers."""
