"""The list of claims as the file of an export job: filter, order and columns of the page, numbers whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from workflow.cases.rules.names import SchoolNames
from workflow.outgoing.claims.asked import ClaimsAsked
from workflow.outgoing.claims.columns import COLUMNS, Teller, cells
from workflow.outgoing.claims.lines import count_claims, every_claim
from workflow.outgoing.jobs.making import ExportDesk, ExportFile, Maker, Progress, why_not_so_many
from workflow.outgoing.jobs.scope import ExportScope, InScope
from workflow.outgoing.jobs.seen import ExportSeen
from workflow.outgoing.jobs.watermark import Mark
from workflow.outgoing.sheets import csv_text, for_csv, workbook
from workflow.verdict import Reason

MOST_ROWS = 20_000
"""So many claims leave in one file, so that making one takes bounded memory."""
NO_CLAIMS = Reason("export_no_claims", "没有符合条件的更正事项。", remedy="请放宽筛选条件。")
TOO_MANY_CLAIMS = Reason(
    "export_too_many_claims",
    "符合条件的更正事项有 {count} 项，一次最多导出 {most} 项。",
    {"most": MOST_ROWS},
    remedy="请按自查活动、学院或提交时间分几次导出。",
)


def count(session: Session, scope: ExportScope) -> InScope:
    """How many claims and students a filter has now."""
    claims, students = count_claims(session, ClaimsAsked.from_json(scope.asked).filter, scope.people)
    return InScope(students, rows=claims)


def why_not(_scope: ExportScope, found: InScope) -> list[Reason]:
    """Nothing passes the filter, or more than one file holds."""
    return why_not_so_many(found.rows, MOST_ROWS, NO_CLAIMS, TOO_MANY_CLAIMS)


def make_file(
    session: Session, desk: ExportDesk, job: ExportSeen, mark: Mark, progress: Progress
) -> ExportFile:
    """The file of a job, in Chinese. A workbook's pages bear the mark; CSV has none."""
    asked, scope = ClaimsAsked.from_json(job.asked), job.scope
    rules = desk.rules.latest_first()
    told = Teller(SchoolNames(one.school for one in rules), desk.cipher, masks=False)
    calendar = desk.rules.in_force(mark.at).school.calendar
    about, number = set[str](), 0

    def rows() -> Iterator[Sequence[str]]:
        nonlocal number
        for line in every_claim(session, calendar, asked.filter, scope.people, asked.order):
            number += 1
            about.add(line.record_id)
            yield [zh for zh, _ in cells(told, asked.columns, line)]
            progress(number)

    head = [COLUMNS[name].zh for name in asked.columns]
    if asked.form == "csv":
        data = csv_text(head, ([for_csv(cell) for cell in row] for row in rows()))
    else:
        data = workbook([("更正事项清单", head, rows())], mark=mark.words, made=mark.at)
    return ExportFile(data, number, about=frozenset(about))


CLAIMS = Maker("claims", count, why_not, make_file, lambda scope: str(scope.asked["form"]))
"""The registrar's list of claims."""
