"""Tables to take away as CSV that a spreadsheet opens as it was meant."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

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
