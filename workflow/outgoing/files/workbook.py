"""The register as a workbook: every cell is text, none a formula, and each printed page bears the mark."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import xlsxwriter

from workflow.outgoing.files.rows import HEAD, Register, RegisterRow

WIDTHS = (5, 17, 13, 12, 9, 20, 20, 15, 18, 24, 9, 11)
"""How wide the columns stand on a page of A4 across."""
SIGNED = "经办人：　　　　　部门负责人：　　　　　分管校领导：　　　　　（盖章）"
LINE = 13.5
"""The height of a line in a cell, in points."""
_LONGEST = 80
"""So much of a text stands above or below each page. The file's properties have all of it."""


@dataclass(frozen=True, slots=True)
class TextSheet:
    """A sheet of text cells: its name, its headings, its rows, and how wide its columns are."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]


def register_sheet(rows: Sequence[RegisterRow], name: str = "登记表") -> TextSheet:
    """Rows of a register as a sheet."""
    return TextSheet(name, HEAD, [row.cells for row in rows], WIDTHS)


def register_workbook(register: Register) -> bytes:
    """The register as an XLSX file. The same rows make the same bytes."""
    return text_workbook([register_sheet(register.rows)], register, register.title)


def text_workbook(sheets: Sequence[TextSheet], register: Register, title: str) -> bytes:
    """Sheets of text to be read by people and printed, with a register's mark. Nothing is of the moment."""
    written, mark = io.BytesIO(), register.mark
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        made_at = register.frozen_at.replace(tzinfo=None)
        book.set_properties({"title": title, "comments": mark, "created": made_at})
        cell = {"num_format": "@", "text_wrap": True, "valign": "top", "border": 1, "font_size": 10}
        text, head = book.add_format(cell), book.add_format({**cell, "bold": True, "align": "center"})
        for one in sheets:
            sheet = book.add_worksheet(one.name)
            for number, row in enumerate((one.head, *one.rows)):
                for place, said in enumerate(row):
                    sheet.write_string(number, place, said, text if number else head)
                sheet.set_row(number, LINE * _lines(row, one.widths) + 3)
            for place, width in enumerate(one.widths):
                sheet.set_column(place, place, width)
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.set_margins(left=0.4, right=0.4, top=0.9, bottom=0.9)
            sheet.set_header(f"&C&14{_plain(title)}\n&8{_plain(mark)}")
            sheet.set_footer(f"&L&8{_plain(mark)}&C&9{SIGNED}&R&9&P/&N")
            sheet.freeze_panes(1, 0)
            sheet.repeat_rows(0)
    return written.getvalue()


def _plain(said: str) -> str:
    """A text in the header or footer of a page, where & begins a code; cut, since Excel's limit is 255."""
    return said[:_LONGEST].replace("&", "&&")


def _lines(row: Sequence[str], widths: Sequence[int]) -> int:
    """How many lines the longest cell of a row takes. A Chinese character is as wide as two others."""
    taken = (
        ceil(sum(1.1 if sign < "\u2e80" else 2.1 for sign in said) / width)
        for said, width in zip(row, widths, strict=True)
    )
    return max(1, *taken)
