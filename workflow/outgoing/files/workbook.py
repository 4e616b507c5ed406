"""The register as a workbook: every cell is text, none a formula, and each printed page bears the mark."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

import xlsxwriter

from workflow.outgoing.files.rows import HEAD, Register, RegisterRow

WIDTHS = (6, 18, 14, 14, 10, 22, 22, 20, 26, 32, 10, 12)
"""How wide the columns stand on a page of A4 across."""
SIGNED = "经办人：　　　　　部门负责人：　　　　　分管校领导：　　　　　（盖章）"
_LONGEST = 80
"""So much of a text stands above or below each page. The file's properties have all of it."""


def register_workbook(register: Register, rows: Sequence[RegisterRow] | None = None) -> bytes:
    """The register, or some rows of it, as an XLSX file. The same rows make the same bytes."""
    shown = register.rows if rows is None else rows
    return text_workbook(
        [("登记表", HEAD, [row.cells for row in shown])], register.title, register.mark, register.frozen_at
    )


def text_workbook(
    sheets: Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]],
    title: str,
    mark: str,
    made_at: datetime,
) -> bytes:
    """Sheets (name, head, rows) of text, to be read by people and printed. Nothing in it is of the moment."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        book.set_properties({"title": title, "comments": mark, "created": made_at.replace(tzinfo=None)})
        cell = {"num_format": "@", "text_wrap": True, "valign": "top", "border": 1, "font_size": 10}
        text, head = book.add_format(cell), book.add_format({**cell, "bold": True, "align": "center"})
        for name, heads, rows in sheets:
            sheet = book.add_worksheet(name)
            for number, row in enumerate((heads, *rows)):
                for place, said in enumerate(row):
                    sheet.write_string(number, place, said, text if number else head)
            for place, width in enumerate(WIDTHS[: len(heads)]):
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
