"""Rosters for tests, as bytes of every format, with invented people."""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter

from workflow.records.formats import read_roster
from workflow.records.identity import check_character
from workflow.records.judge import Judgement, judge

AS_OF = date(2024, 10, 16)
Row = dict[str, str]


def number(birth: str = "20060504", serial: int = 1, area: str = "990000") -> str:
    """An ID number of a non-existent area, with a correct check character. Odd serials are men's."""
    body = f"{area}{birth}{serial:03d}"
    return body + check_character(body)


def student(place: int = 1, **changes: str) -> Row:
    """One row of a roster: a freshman without faults, with changes."""
    row = {
        "KSH": f"243600{place:08d}",
        "XH": f"2401{place:05d}",
        "XM": f"测试{chr(0x5B50 + place % 500)}",
        "XB": "男",
        "CSRQ": "20060504",
        "SFZH": number(serial=2 * (place % 500) + 1, area=f"99{place // 500:04d}"),
        "MZ": "汉族",
        "ZYMC": "测试专业",
        "FY": "测试学院",
        "BH": "240101",
        "CC": "本科",
        "XZ": "4",
        "RXRQ": "20240915",
        "YJBYRQ": "20280701",
        "XJZT": "注册学籍",
    }
    return row | changes


def without(row: Row, *columns: str) -> Row:
    """The row without some columns."""
    return {name: cell for name, cell in row.items() if name not in columns}


def as_csv(rows: Sequence[Row], encoding: str = "utf-8") -> bytes:
    """A CSV file with a header."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def as_excel(*rows: Sequence[Any], formats: dict[int, str] | None = None) -> bytes:
    """A workbook with these rows. Text stays text; numbers and dates are stored as Excel stores them."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"strings_to_numbers": False, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for place, row in enumerate(rows):
        sheet.write_row(place, 0, row)
    book.close()
    return written.getvalue()


def excel_of(rows: Sequence[Row]) -> bytes:
    """A workbook with a header and all cells as text."""
    return as_excel(list(rows[0]), *[list(row.values()) for row in rows])


def as_dbf(
    rows: Sequence[Row],
    widths: dict[str, int] | None = None,
    *,
    types: dict[str, str] | None = None,
    deleted: Sequence[int] = (),
    errors: str = "strict",
    encoding: str = "gb18030",
) -> bytes:
    """A DBF file. A value wider than its field is cut at the byte, as a naive writer does."""
    sizes = {name: (widths or {}).get(name, 40) for name in rows[0]}
    kinds = {name: (types or {}).get(name, "C") for name in rows[0]}
    head, width = 33 + 32 * len(sizes), 1 + sum(sizes.values())
    made = struct.pack("<BBBBIHH20x", 3, 124, 10, 16, len(rows), head, width)
    for name, size in sizes.items():
        made += struct.pack(
            "<11sc4xBB14x", name.encode("gb18030"), kinds[name].encode(), size % 256, size // 256
        )
    made += b"\r"
    for place, row in enumerate(rows):
        cells = [row[name].encode(encoding, errors)[:size].ljust(size) for name, size in sizes.items()]
        made += (b"*" if place in deleted else b" ") + b"".join(cells)
    return made + b"\x1a"


def judged(rows: Sequence[Row], as_of: date = AS_OF) -> Judgement:
    """The findings on a roster by itself."""
    return judge(read_roster("roster.csv", as_csv(rows)), as_of=as_of)


def found(judgement: Judgement) -> set[tuple[int, str, str]]:
    """All findings on a roster as (row, column, code)."""
    return {(f.row, f.column, f.code) for f in (*judgement.flagged, *judgement.refused)}
