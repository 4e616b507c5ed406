"""The national platform's self-check export: which students have looked at their record there.

This is independent evidence. A row is matched by the strongest key in the file (candidate number, else
student number). Name and masked ID number only confirm; if they disagree, the row is listed and not used. It
changes no case: looking there is not confirming here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from workflow.campaigns.attempt import Attempt
from workflow.cases.tables import Case, PlatformExport, PlatformLook
from workflow.clock import SHANGHAI
from workflow.engine import Actor, Change, Engine, Ref, in_words
from workflow.history.codes import DATA_OF, Code
from workflow.people.cipher import Cipher
from workflow.records.fields import KEYS, column_for, heading
from workflow.records.findings import Finding, FindingWords
from workflow.records.formats import FileFacts, rows_below
from workflow.records.formats.table import facts_of
from workflow.records.names import same_rendering
from workflow.records.rows import chunks
from workflow.records.tables import Record
from workflow.records.texts import clean_document, clean_number, clean_text
from workflow.verdict import Reason

STATUS, LOOKED_AT = "STATUS", "LOOKED_AT"
NO_HEADER = (
    "没有找到含“学号”或“考生号”和“自查状态”的表头",
    "no header with a student or candidate number and a self-check status",
)

HEADINGS: Mapping[str, tuple[str, ...]] = {
    STATUS: ("自查状态", "自查情况", "是否自查", "核对状态", "是否已查看", "查看状态"),
    LOOKED_AT: ("自查时间", "查看时间", "核对时间", "最近查看时间"),
}
"""The headings, in the platform's exports, of the two columns that a roster does not have."""

LOOKED = frozenset(("已自查", "已核对", "已查看", "已查询", "是", "1"))
NOT_LOOKED = frozenset(("未自查", "未核对", "未查看", "未查询", "否", "0"))

NOT_TAKEN: Mapping[str, FindingWords] = {
    "no_key": FindingWords("没有考生号，也没有学号", "neither candidate number nor student number"),
    "float_number": FindingWords(
        "号码已被 Excel 变成数值，可能不完整", "Excel turned the number into a float, digits may be lost"
    ),
    "no_such_record": FindingWords("学校没有这个号码的学籍记录", "the school has no record of that number"),
    "not_in_campaign": FindingWords("这名学生不在本次自查中", "the student is not part of this campaign"),
    "name_differs": FindingWords("姓名与学籍记录不同", "another name than the record's"),
    "number_differs": FindingWords("证件号码与学籍记录不同", "another ID number than the record's"),
    "key_differs": FindingWords("学号与学籍记录不同", "another student number than the record's"),
    "twice_in_file": FindingWords("同一名学生在文件中有几行", "the same student in several rows"),
    "unknown_status": FindingWords("自查状态不认识", "a status that is not known"),
    "bad_time": FindingWords("自查时间不是时间", "the time is no time"),
    "newer_known": FindingWords("已有更新的导出文件说到这名学生", "a newer export speaks of this student"),
}
"""Why a row is not used, in Chinese and English."""

NOTED: Mapping[str, FindingWords] = {
    "name_rendering": FindingWords("姓名只是写法不同", "the name is only written differently"),
    "looked_before": FindingWords(
        "之前的导出文件说已自查，这一份说未自查", "an earlier export said looked at, this one says not"
    ),
}
"""Rows that are used but need attention."""


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One cleaned row of the export: its number in the file, the cells by column, the platform's status."""

    number: int
    cells: Mapping[str, str]
    looked: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Export:
    """An export as read: the file, its rows, and findings on the unusable rows."""

    facts: FileFacts
    size: int
    rows: tuple[ExportRow, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class LookedThere:
    """What the export says about one case."""

    case: str
    looked: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What importing an export would do: looks to store, rows left out, and rows that need attention.

    ``unnamed`` counts the cases of the campaign that no row names.
    """

    export: Export
    as_of: date
    looks: tuple[LookedThere, ...]
    left_out: tuple[Finding, ...]
    noted: tuple[Finding, ...]
    unnamed: int

    @property
    def looked(self) -> int:
        """How many of the stored looks say that the student has looked."""
        return sum(one.looked for one in self.looks)


@dataclass(frozen=True, slots=True)
class _Known:
    """A case of the campaign, with the values that confirm a row."""

    case: str
    record: str
    name: str
    xh: str
    sfzh: bytes | None


# -- reading --------------------------------------------------------------------------------------------


def read_export(name: str, data: bytes) -> Export:
    """The rows of an export. Raises FormatFault if it cannot be read or lacks a required column."""
    rows, findings = list[ExportRow](), list[Finding]()
    table = rows_below(data, _columns, NO_HEADER)
    for number, said in table:
        read = _row(number, said)
        if isinstance(read, ExportRow):
            rows.append(read)
        else:
            findings.append(read)
    return Export(facts_of(name, "table", data), len(table), tuple(rows), tuple(findings))


def _columns(row: Sequence[Any]) -> dict[str, int] | None:
    """The position of each column in a header; None of another row."""
    columns: dict[str, int] = {}
    for at, cell in enumerate(row):
        if isinstance(cell, str) and (column := _column(cell)) and column not in columns:
            columns[column] = at
    return columns if STATUS in columns and any(key in columns for key in KEYS) else None


def _column(text: str) -> str | None:
    plain = heading(text)
    for column, names in HEADINGS.items():
        if plain in names:
            return column
    return column_for(text)


def _row(number: int, said: Mapping[str, Any]) -> ExportRow | Finding:
    if any(isinstance(said.get(key), int | float) for key in (*KEYS, "SFZH")):
        return _finding(number, "float_number")
    wash = {"KSH": clean_number, "XH": clean_number, "SFZH": clean_document, STATUS: clean_number}
    cells = {
        column: wash.get(column, clean_text)(cell) for column, cell in said.items() if isinstance(cell, str)
    }
    if isinstance(said.get(STATUS), int | float):
        cells[STATUS] = str(int(said[STATUS]))
    if not any(cells.get(key) for key in KEYS):
        return _finding(number, "no_key")
    status = cells.get(STATUS, "")
    if status not in LOOKED | NOT_LOOKED:
        return _finding(number, "unknown_status")
    try:
        at = _moment(said.get(LOOKED_AT))
    except ValueError:
        return _finding(number, "bad_time")
    return ExportRow(number, cells, status in LOOKED, at)


def _moment(said: Any) -> datetime | None:
    """When the student looked, in Shanghai time. Raises ValueError if the cell is not a time."""
    if said is None or said == "":
        return None
    if isinstance(said, str):
        text = re.sub(r"[/.]", "-", clean_number(said))
        if not text:
            return None
        said = datetime.fromisoformat(text)
    if not isinstance(said, datetime):
        raise ValueError("no moment")
    return said.replace(tzinfo=SHANGHAI, microsecond=0)


# -- matching -------------------------------------------------------------------------------------------


def plan_export(session: Session, cipher: Cipher, campaign: str, export: Export, as_of: date) -> ExportPlan:
    """Match an export to a campaign's cases. Reads only."""
    return _Matching(session, cipher, campaign, export, as_of).plan()


@dataclass
class _Matching:
    """One pass over the rows of an export."""

    session: Session
    cipher: Cipher
    campaign: str
    export: Export
    as_of: date
    left_out: list[Finding] = field(default_factory=list)
    noted: list[Finding] = field(default_factory=list)

    def plan(self) -> ExportPlan:
        """Match every row. A student with several rows gets none of them."""
        found: dict[str, list[tuple[ExportRow, _Known]]] = {}
        lost: list[tuple[ExportRow, str, str]] = []
        known = self._known()
        for row in self.export.rows:
            key = next(name for name in KEYS if row.cells.get(name))
            one = known[key].get(row.cells[key])
            if one is None:
                lost.append((row, key, row.cells[key]))
            elif (code := self._contradicted(row, one)) is not None:
                self.left_out.append(_finding(row.number, code))
            else:
                found.setdefault(one.case, []).append((row, one))
        self._name_lost(lost)
        looks = tuple(self._looks(found))
        cases = {one.case for by in known.values() for one in by.values()}
        unnamed = len(cases - {look.case for look in looks})
        out = tuple(sorted((*self.export.findings, *self.left_out)))
        return ExportPlan(self.export, self.as_of, looks, out, tuple(sorted(self.noted)), unnamed)

    def _known(self) -> Mapping[str, Mapping[str, _Known]]:
        asked = (
            select(Case.id, Record.id, Record.xm, Record.xh, Record.sfzh, Record.ksh)
            .join(Record, Record.id == Case.record_id)
            .where(Case.campaign_id == self.campaign)
        )
        by: dict[str, dict[str, _Known]] = {key: {} for key in KEYS}
        for case, record, name, xh, sfzh, ksh in self.session.execute(asked):
            one = _Known(case, record, name, xh or "", sfzh)
            if ksh:
                by["KSH"][ksh] = one
            if xh:
                by["XH"][xh] = one
        return by

    def _contradicted(self, row: ExportRow, one: _Known) -> str | None:
        """Why the row is not about the student its key names, or None."""
        cells = row.cells
        if cells.get("XH") and cells["XH"] != one.xh:
            return "key_differs"
        if (name := cells.get("XM", "")) and name != one.name and not _masked_as(name, one.name):
            if not same_rendering(name, one.name):
                return "name_differs"
            self.noted.append(_finding(row.number, "name_rendering"))
        if (number := cells.get("SFZH", "")) and one.sfzh is not None:
            whole = self.cipher.open(one.sfzh, table="record", column="sfzh", row=one.record)
            if number != whole and not _masked_as(number, whole):
                return "number_differs"
        return None

    def _name_lost(self, lost: Sequence[tuple[ExportRow, str, str]]) -> None:
        """Report rows whose key matches no case: the record is outside the campaign, or unknown."""
        columns = {"KSH": Record.ksh, "XH": Record.xh}
        there: set[tuple[str, str]] = set()
        for key, column in columns.items():
            wanted = [value for _, name, value in lost if name == key]
            for some in chunks(wanted):
                asked = select(column).where(column.in_(some))
                there |= {(key, str(value)) for value in self.session.scalars(asked)}
        for row, key, value in lost:
            code = "not_in_campaign" if (key, value) in there else "no_such_record"
            self.left_out.append(_finding(row.number, code))

    def _looks(self, found: Mapping[str, Sequence[tuple[ExportRow, _Known]]]) -> Iterator[LookedThere]:
        asked = (
            select(PlatformLook.case_id, PlatformLook.as_of, PlatformLook.looked)
            .join(Case, Case.id == PlatformLook.case_id)
            .where(Case.campaign_id == self.campaign)
        )
        before = {case: (as_of, looked) for case, as_of, looked in self.session.execute(asked)}
        for case, rows in found.items():
            row = rows[0][0]
            as_of, looked = before.get(case, (None, False))
            if len(rows) > 1:
                self.left_out += [_finding(one.number, "twice_in_file") for one, _ in rows]
            elif as_of is not None and as_of > self.as_of:
                self.left_out.append(_finding(row.number, "newer_known"))
            else:
                if looked and not row.looked:
                    self.noted.append(_finding(row.number, "looked_before"))
                yield LookedThere(case, row.looked, row.at)


def _masked_as(masked: str, whole: str) -> bool:
    """True when the visible characters of a masked text equal those of the whole one."""
    masked = masked.replace("＊", "*")
    return (
        "*" in masked
        and len(masked) == len(whole)
        and all(sign in ("*", other) for sign, other in zip(masked, whole, strict=True))
    )


def _finding(row: int, code: str) -> Finding:
    words = NOT_TAKEN.get(code) or NOTED[code]
    return Finding(row, "", code, f"{words.zh} / {words.en}")


# -- importing ------------------------------------------------------------------------------------------


def take_in_export(
    engine: Engine, session: Session, cipher: Cipher, campaign: str, export: Export, as_of: date, by: Actor
) -> ExportPlan:
    """Store an export in one unit of work. An older file never replaces a newer one. Raises Refused."""
    entry = engine.perform(
        session,
        Ref("campaign", campaign),
        "take_in_export",
        by=by,
        file=export.facts.digest,
        data_of=as_of,
    )  # first, because it locks the campaign: concurrent files are imported in turn
    planned = plan_export(session, cipher, campaign, export, as_of)
    kept = engine.entropy(16).hex()
    session.execute(
        insert(PlatformExport).values(
            id=kept,
            campaign_id=campaign,
            name=export.facts.name,
            digest=export.facts.digest,
            as_of=as_of,
            at=datetime.fromisoformat(entry.at),
            taken_by=by.person,
            rows=export.size,
            taken=len(planned.looks),
            looked=planned.looked,
            flagged=len(planned.left_out) + len(planned.noted),
        )
    )
    for start in range(0, len(planned.looks), 500):
        chunk = planned.looks[start : start + 500]
        session.execute(delete(PlatformLook).where(PlatformLook.case_id.in_([one.case for one in chunk])))
        session.execute(
            insert(PlatformLook),
            [
                {
                    "case_id": one.case,
                    "looked": one.looked,
                    "looked_at": one.at,
                    "as_of": as_of,
                    "export_id": kept,
                }
                for one in chunk
            ],
        )
    return planned


@in_words("数据日期不晚于今天", "the day of the data is not ahead")
def day_of_data_has_come(attempt: Attempt) -> Reason | None:
    """The date of an export must not be in the future."""
    day = attempt.details.get("data_of")
    if isinstance(day, date) and day <= attempt.at.date():
        return None
    return Reason("day_ahead", "数据截至的日期还没有到。", remedy="请填写导出文件的那一天。")


def keep_export(attempt: Attempt, change: Change) -> None:
    """The entry commits to the file and its date. The content is stored beside the cases."""
    change.values["file"] = attempt.details["file"]
    change.codes.append(Code.on_day(DATA_OF, attempt.details["data_of"]))
