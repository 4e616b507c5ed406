"""Roster file formats: DBF, CSV and Excel workbooks, recognised by content and never by name.

A reader returns every cell of a stored column as text, with the row's number in the file (header = 1). It
never replaces, cuts or guesses: an unreadable cell becomes an Oddity, or the file is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from workflow.records.fields import column_for
from workflow.records.findings import shown
from workflow.records.formats.delimited import csv_rows, read_csv
from workflow.records.formats.excel import read_excel, sheets
from workflow.records.formats.foxpro import dbf_headings, dbf_rows, looks_like_dbf, read_dbf
from workflow.records.formats.table import (
    HEADER_WITHIN,
    FileFacts,
    FormatFault,
    Known,
    Oddity,
    RosterTable,
    filled,
    require_rows,
)

__all__ = [
    "FileFacts",
    "FormatFault",
    "Oddity",
    "RosterTable",
    "cells_of",
    "headings_of",
    "read_roster",
    "rows_below",
]

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def read_roster(name: str, data: bytes, known: Known = column_for) -> RosterTable:
    """The rows of a roster file. Raises FormatFault if the file as a whole cannot be read.

    ``name`` becomes the source's label, without long numbers. It does not decide how the file is read.
    ``known`` gives the platform's column for a heading.
    """
    if not data.strip(b"\0\x1a \r\n\t"):
        raise FormatFault("文件是空的", "the file is empty")
    if data.startswith((_ZIP, _OLE)):
        return read_excel(name, data, known)
    if looks_like_dbf(data):
        return read_dbf(name, data, known)
    if data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        raise FormatFault(
            "这是网页（HTML/XML），不是表格；请用 Excel 打开后另存为 .xlsx",
            "this is a web page (HTML/XML), not a table: open it in Excel and save it as .xlsx",
        )
    return read_csv(name, data, known)


def headings_of(data: bytes, known: Known = column_for) -> tuple[str, ...]:
    """The headings of the row that is likeliest the header: most known headings, else the first of texts.

    What has the look of a value and not of a heading is left out. Raises FormatFault if there is no header.
    """
    if looks_like_dbf(data):
        return tuple(name for name in dbf_headings(data) if name)
    rows = [row for sheet in cells_of(data) for row in islice(sheet, HEADER_WITHIN)]
    best: tuple[int, tuple[str, ...]] = (-1, ())
    for row in rows:
        texts = [cell.strip() for cell in row if isinstance(cell, str)]
        found = tuple(dict.fromkeys(text for text in texts if text and shown(text)))
        count = sum(1 for text in found if known(text))
        if len(found) > 1 and count > best[0]:
            best = (count, found)
    if not best[1]:
        raise FormatFault("前几行中没有表头", "no header in the first rows")
    return best[1]


def cells_of(data: bytes) -> list[Iterable[list[Any]]]:
    """The plain rows of a DBF or CSV file or of every sheet of a workbook, for readers of other tables.

    Raises FormatFault if the file as a whole cannot be read. Iterating rows of DBF or CSV may raise it too.
    """
    if not data.strip(b"\0\x1a \r\n\t"):
        raise FormatFault("文件是空的", "the file is empty")
    if data.startswith((_ZIP, _OLE)):
        return [sheet.iter_rows() for sheet in sheets(data)]
    if looks_like_dbf(data):
        return [dbf_rows(data)]
    return [csv_rows(data)]


def rows_below(
    data: bytes, columns_in: Callable[[Sequence[Any]], Mapping[str, int] | None], no_header: tuple[str, str]
) -> list[tuple[int, dict[str, Any]]]:
    """The rows with content below the first header of a file, each with its number and its cells by column.

    ``columns_in`` gives the positions of the columns in a header, None of a row that is none. Raises
    FormatFault without a header, in the words of ``no_header``, or without rows.
    """
    tables = cells_of(data)
    for table in tables:
        rows = enumerate(table, 1)
        for _, row in islice(rows, HEADER_WITHIN):
            if (columns := columns_in(row)) is None:
                continue
            found = [
                (number, {name: cells[at] for name, at in columns.items() if at < len(cells)})
                for number, cells in rows
                if filled(cells)
            ]
            require_rows(len(found))
            return found
    raise FormatFault(*(no_header if tables else ("文件中没有表格", "the file holds no table")))
