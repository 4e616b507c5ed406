"""Workbooks and CSV texts that spreadsheets open without changing the data: every cell is text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

import xlsxwriter

from workflow.records.texts import HIDDEN

BOM = "\ufeff"
"""Excel recognises UTF-8 by this mark."""

BEGINS_A_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
UNSEEN = " \t\r\n\u3000" + HIDDEN
"""Characters that a spreadsheet may skip before it recognises a formula."""

_NUMBER = re.compile(r"[0-9]{8,}[0-9Xx]?|0[0-9]+")
"""What a spreadsheet would show rounded, or without its zeros."""
WIDEST = 60
LONGEST_TITLE = 31
Sheet = tuple[str, Sequence[str], Iterable[Sequence[str]]]
"""A title, a header, and rows."""


def harmless(cell: str) -> str:
    """A cell that no spreadsheet treats as a formula, whatever its source."""
    dangerous = cell.startswith(("\t", "\r", "\n")) or cell.lstrip(UNSEEN).startswith(BEGINS_A_FORMULA)
    return f"'{cell}" if dangerous else cell


def as_text(number: str) -> str:
    """A number as text for Excel: the tab at its end keeps its zeros and digits.

    Our own import, like most, strips white space from cells.
    """
    return harmless(number) + "\t" if number else ""


def for_csv(cell: str) -> str:
    """A cell of a CSV file: long numbers stay text, and nothing is taken for a formula."""
    return as_text(cell) if _NUMBER.fullmatch(cell) else harmless(cell)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file with the mark by which Excel recognises UTF-8. Cells are written as they are."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(header)
    writer.writerows(rows)
    return (BOM + written.getvalue()).encode()


def workbook(sheets: Iterable[Sheet], *, mark: str = "", made: datetime | None = None) -> bytes:
    """A workbook of text cells, none of them a formula. Each printed page bears a mark above and below."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        if mark:
            book.set_properties({"comments": mark})
        if made:
            book.set_properties({"comments": mark, "created": made.replace(tzinfo=None)})
        head = book.add_format({"bold": True, "bottom": 1, "num_format": "@"})
        text = book.add_format({"num_format": "@"})
        for title, header, rows in sheets:
            sheet = book.add_worksheet(title[:LONGEST_TITLE])
            widths = [width(cell) for cell in header]
            for place, cell in enumerate(header):
                sheet.write_string(0, place, cell, head)
            for number, row in enumerate(rows, 1):
                for place, cell in enumerate(row):
                    sheet.write_string(number, place, cell, text)
                    widths[place] = max(widths[place], width(cell))
            for place, most in enumerate(widths):
                sheet.set_column(place, place, min(most + 2, WIDEST), text)
            sheet.freeze_panes(1, 0)
            sheet.repeat_rows(0)
            if mark:
                _print_with(sheet, mark.replace("&", "&&"))
    return written.getvalue()


def width(cell: str) -> int:
    """The display width of a text. A Chinese character counts as two."""
    return len(cell) if cell.isascii() else sum(1 if sign < "\u2e80" else 2 for sign in cell)


def _print_with(sheet: xlsxwriter.worksheet.Worksheet, mark: str) -> None:
    """Printed pages are as wide as the table, and bear the mark."""
    sheet.set_header(f"&L{mark}")
    sheet.set_footer(f"&L{mark}&R&P/&N")
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
