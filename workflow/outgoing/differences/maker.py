"""The rows of a worksheet as the file of an export job, such as what is to be posted; numbers whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from workflow.outgoing.jobs.making import ExportDesk, ExportFile, Maker, Progress, why_not_so_many
from workflow.outgoing.jobs.scope import ExportScope, InScope
from workflow.outgoing.jobs.seen import ExportSeen
from workflow.outgoing.jobs.watermark import Mark
from workflow.outgoing.sheets import workbook
from workflow.people.standing_in import ever_related
from workflow.sources.tables import DEEDS, SHOWN_KINDS, WHOLE, Difference
from workflow.sources.worksheet import RowsWanted, comparisons, meant, rows_of
from workflow.verdict import Reason

MOST_ROWS = 20_000
"""So many rows leave in one file."""
NO_ROWS = Reason("export_no_differences", "没有符合筛选条件的行。", remedy="请放宽筛选条件。")
TOO_MANY_ROWS = Reason(
    "export_too_many_differences",
    "符合筛选条件的有 {count} 行，一次最多导出 {most} 行。",
    {"most": MOST_ROWS},
    remedy="请按学院或项目分几次导出。",
)
HEAD = ("学号", "姓名", "学院", "班级", "项目", "学信网平台", "教务系统", "怎样处理", "办理")


def asked_of(comparison: str, wanted: RowsWanted) -> dict[str, Any]:
    """The question of a job: which rows of which comparison."""
    return {"comparison": comparison, **wanted.said()}


def wanted_of(asked: Mapping[str, Any]) -> RowsWanted:
    """Which rows a question means."""
    return RowsWanted(
        asked.get("college"), asked.get("field", ""), asked.get("kind", ""), asked.get("stand", "")
    )


def count(session: Session, scope: ExportScope) -> InScope:
    """How many rows and students there are now, without relatives of whoever asks."""
    asked = select(func.count(), func.count(Difference.record_id.distinct())).where(*_within(scope))
    rows, students = session.execute(asked).one()
    return InScope(students, rows=rows)


def why_not(_scope: ExportScope, found: InScope) -> list[Reason]:
    """No row is meant, or more than one file holds."""
    return why_not_so_many(found.rows, MOST_ROWS, NO_ROWS, TOO_MANY_ROWS)


def make_file(
    session: Session, desk: ExportDesk, job: ExportSeen, mark: Mark, progress: Progress
) -> ExportFile:
    """The rows as a workbook in Chinese; its pages bear the mark."""
    assert desk.wording is not None
    wording, comparison = desk.wording, str(job.asked["comparison"])
    (facts,) = comparisons(session, 1, comparison)
    theirs = set(session.scalars(select(Difference.id).where(*_within(job.scope))))
    found = rows_of(session, desk.cipher, facts, wanted_of(job.asked), limit=2 * MOST_ROWS)
    kept = [row for row in found if row.id in theirs]

    def rows() -> Iterator[Sequence[str]]:
        for number, row in enumerate(kept, 1):
            last = row.deeds[-1] if row.deeds else None
            yield (
                row.number,
                row.name,
                row.college,
                row.class_name,
                "整名学生" if row.field == WHOLE else wording.said("field", row.field),
                row.platform,
                row.school,
                SHOWN_KINDS[row.kind][0] if row.kind in SHOWN_KINDS else "",
                f"{last.at:%Y-%m-%d %H:%M} {last.name} {DEEDS[last.what][0]}" if last else "",
            )
            progress(number)

    data = workbook([("差异处理表", HEAD, rows())], mark=mark.words, made=mark.at)
    return ExportFile(data, len(kept), about=frozenset(filter(None, (row.record for row in kept))))


def _within(scope: ExportScope) -> Iterator[ColumnElement[bool]]:
    yield from meant(str(scope.asked.get("comparison", "")), wanted_of(scope.asked))
    if scope.people:
        related = ever_related(scope.people)
        yield or_(Difference.record_id.is_(None), Difference.record_id.not_in(related))


DIFFERENCES = Maker("differences", count, why_not, make_file, lambda scope: "xlsx")
"""The rows of a worksheet."""
