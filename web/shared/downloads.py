"""Tables to take away, as CSV or as a workbook, that a spreadsheet opens as they were meant."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import xlsxwriter
from flask import Response

from workflow.records.texts import HIDDEN

BOM = "\ufeff"
"""By this mark Excel knows that a file is UTF-8."""

BEGINS_A_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
UNSEEN = " \t\r\n\u3000" + HIDDEN
"""What a spreadsheet may pass over before it looks for a formula."""


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, wherever it came from."""
    dangerous = cell.startswith(("\t", "\r", "\n")) or cell.lstrip(UNSEEN).startswith(BEGINS_A_FORMULA)
    return f"'{cell}" if dangerous else cell


def as_text(number: str) -> str:
    """A number whose zeros and digits survive Excel: the tab at its end makes it a text.

    Our own import, like most, drops white space at the ends of a cell.
    """
    return harmless(number) + "\t" if number else ""


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """An answer that is kept as a file, whose name is of plain letters."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(header)
    writer.writerows(rows)
    return Response(
        (BOM + written.getvalue()).encode(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx_file(name: str, sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[str]]]]) -> Response:
    """A workbook of some sheets (title, header, rows) in which every cell is a text, and none a formula."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True})
    head = book.add_format({"bold": True, "bottom": 1, "num_format": "@"})
    text = book.add_format({"num_format": "@"})
    for title, header, rows in sheets:
        sheet = book.add_worksheet(title[:31])
        widths = [_width(cell) for cell in header]
        for number, row in enumerate((header, *rows)):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell, text if number else head)
                widths[place] = max(widths[place], _width(cell))
        for place, width in enumerate(widths):
            sheet.set_column(place, place, min(width + 2, 60), text)
        sheet.freeze_panes(1, 0)
    book.close()
    return Response(
        written.getvalue(),
        content_type=WORKBOOK,
        headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'},
    )


def _width(cell: str) -> int:
    """How wide a text is, a Chinese character counting as two."""
    return sum(1 if sign < "\u2e80" else 2 for sign in cell)
