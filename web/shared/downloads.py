"""CSV and workbook downloads that spreadsheets open without changing the data."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import xlsxwriter
from flask import Response

from workflow.records.texts import HIDDEN

BOM = "\ufeff"
"""Excel recognises UTF-8 by this mark."""

BEGINS_A_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
UNSEEN = " \t\r\n\u3000" + HIDDEN
"""Characters that a spreadsheet may skip before it recognises a formula."""


def harmless(cell: str) -> str:
    """A cell that no spreadsheet treats as a formula, whatever its source."""
    dangerous = cell.startswith(("\t", "\r", "\n")) or cell.lstrip(UNSEEN).startswith(BEGINS_A_FORMULA)
    return f"'{cell}" if dangerous else cell


def as_text(number: str) -> str:
    """A number as text for Excel: the tab at its end keeps its zeros and digits.

    Our own import, like most, strips white space from cells.
    """
    return harmless(number) + "\t" if number else ""


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """A CSV download. The file name must be ASCII."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(header)
    writer.writerows(rows)
    return attached(f"{name}.csv", (BOM + written.getvalue()).encode(), "text/csv; charset=utf-8")


def attached(name: str, data: bytes, media: str) -> Response:
    """A file to download. Its name must be ASCII."""
    return Response(
        data, content_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx_file(name: str, sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[str]]]]) -> Response:
    """A workbook of sheets (title, header, rows). Every cell is text; no cell is a formula."""
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
    return attached(f"{name}.xlsx", written.getvalue(), WORKBOOK)


def _width(cell: str) -> int:
    """The display width of a text. A Chinese character counts as two."""
    return sum(1 if sign < "\u2e80" else 2 for sign in cell)
