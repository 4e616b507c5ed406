"""Small tables other than rosters: CSV or one sheet of Excel, read by their headings."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from workflow.records.formats.delimited import decode
from workflow.records.formats.excel import sheets
from workflow.records.formats.table import HEADER_WITHIN, FormatFault


@dataclass(frozen=True, slots=True)
class Cells:
    """The rows with content, each with its number in the file and its texts by column."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[int, Mapping[str, str]]]


def read_cells(data: bytes, headings: Mapping[str, Sequence[str]]) -> Cells:
    """The rows below a header with at least two known headings. Raises FormatFault without one.

    Every cell must be text or a day: a number that Excel made may have lost digits.
    """
    grid = _sheet(data) if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) else _csv(data)
    known = {spelling: name for name, spellings in headings.items() for spelling in spellings}
    for place, row in enumerate(grid[:HEADER_WITHIN]):
        found = [
            known.get(cell.strip().lower().replace(" ", "")) if isinstance(cell, str) else None
            for cell in row
        ]
        columns = [name for name in found if name]
        if len(columns) < 2:
            continue
        if len(set(columns)) != len(columns):
            raise FormatFault("有两列的名称相同，请只保留一列", "two columns are the same: keep one of them")
        return Cells(tuple(columns), _below(grid, place, found))
    ways = "；".join(spellings[0] for spellings in headings.values())
    raise FormatFault(f"没有找到表头。可用的列：{ways}", "no header row with known columns")


def _below(
    grid: Sequence[Sequence[Any]], header: int, names: Sequence[str | None]
) -> list[tuple[int, Mapping[str, str]]]:
    rows: list[tuple[int, Mapping[str, str]]] = []
    for place, row in enumerate(grid[header + 1 :], start=header + 2):
        cells = {}
        for name, cell in zip(names, row, strict=False):
            if name is None or cell in ("", None):
                continue
            if isinstance(cell, date):
                cell = f"{cell:%Y-%m-%d}"
            if not isinstance(cell, str):
                raise FormatFault(
                    f"第 {place} 行有单元格不是文本，请把整列设为“文本”格式",
                    f"row {place} has a cell that is no text: format the column as text",
                )
            cells[name] = cell.strip()
        if any(cells.values()):
            rows.append((place, cells))
    return rows


def _csv(data: bytes) -> list[list[str]]:
    rows = csv.reader(io.StringIO(decode(data), newline=""), strict=True)
    try:
        return list(rows)
    except csv.Error as fault:
        raise FormatFault(
            f"第 {rows.line_num} 行附近的引号不成对", f"unbalanced quotes near line {rows.line_num}"
        ) from fault


def _sheet(data: bytes) -> list[list[Any]]:
    filled = sheets(data)
    if len(filled) != 1:
        raise FormatFault("请只保留一个有内容的工作表", "keep one sheet with something in it")
    return list(filled[0].iter_rows())
