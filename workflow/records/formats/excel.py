"""Excel workbooks. A code that Excel turned into a number becomes an Oddity and is not read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from workflow.records.fields import COLUMNS, column_for
from workflow.records.formats.table import FormatFault, Known, Oddity, RosterTable, facts_of, read_grid

UNPACKED_LIMIT = 1 << 30
_EXACT = 10**15
"""Excel keeps 15 digits of a number."""
_MIDNIGHT = time()


def read_excel(name: str, data: bytes, known: Known = column_for) -> RosterTable:
    """The rows of the only sheet with a roster's header. Raises FormatFault if none or several have one."""
    grids, fault = [], None
    for sheet in sheets(data):
        try:
            grids.append(read_grid(sheet.iter_rows(), known))
        except FormatFault as no:
            fault = fault or no
    if len(grids) > 1:
        raise FormatFault(
            f"有 {len(grids)} 个工作表都是学籍数据，请只保留一个",
            f"{len(grids)} sheets hold a roster: keep one of them",
        )
    if not grids:
        raise fault or FormatFault("工作簿是空的", "the workbook is empty")
    columns, oddities = {}, list(grids[0].oddities)
    for column, cells in grids[0].columns.items():
        columns[column], odd = _texts(column, cells)
        oddities += odd
    facts = facts_of(name, "xlsx", data, unknown=grids[0].unknown)
    return RosterTable(facts, grids[0].numbers, columns, tuple(oddities))


def sheets(data: bytes) -> list[CalamineSheet]:
    """Every sheet with content. Raises FormatFault if it is not a workbook or unpacks too large."""
    try:
        if data.startswith(b"PK"):
            _refuse_bombs(data)
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as fault:
        raise FormatFault(
            "无法作为 Excel 工作簿读取（可能已加密、已损坏，或不是 .xlsx/.xls）",
            "cannot be read as an Excel workbook (encrypted, damaged, or not .xlsx/.xls)",
        ) from fault
    return [sheet for sheet in sheets if sheet.height]


def _refuse_bombs(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        if sum(part.file_size for part in parts.infolist()) > UNPACKED_LIMIT:
            raise FormatFault("工作簿解压后过大", "the workbook unpacks to more than a roster can need")


def _texts(column: str, cells: Sequence[Any]) -> tuple[list[str], list[Oddity]]:
    """A column's cells as text, and the cells that are not text."""
    if set(map(type, cells)) == {str}:
        return list(cells), []
    kind = COLUMNS[column].kind
    texts, oddities = [], []
    for position, cell in enumerate(cells):
        text, code = _text(kind, cell)
        texts.append(text)
        if code:
            oddities.append(Oddity(position, column, code))
    return texts, oddities


def _text(kind: str, cell: Any) -> tuple[str, str]:
    """A cell's text and '', or '' and a code. A number is read only if no digit can be missing."""
    if isinstance(cell, str):
        return cell, ""
    if isinstance(cell, datetime) and cell.time() == _MIDNIGHT:
        cell = cell.date()
    if kind == "date" and isinstance(cell, date):
        return (cell.isoformat() if type(cell) is date else str(cell)), ""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        if kind not in ("date", "years", "sex") or not abs(cell) < _EXACT:  # also what is no number at all
            return "", "float_number"
        return (str(int(cell)) if cell == int(cell) else repr(cell)), ""
    return "", "not_text"
