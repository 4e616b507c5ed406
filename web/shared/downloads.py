"""CSV and workbook downloads that spreadsheets open without changing the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response

from workflow.outgoing.sheets import Sheet, as_text, csv_text, harmless, workbook

__all__ = ["WORKBOOK", "as_text", "attached", "csv_file", "harmless", "media_of", "xlsx_file"]

CSV = "text/csv; charset=utf-8"
HTML = "text/html; charset=utf-8"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """A CSV download. The file name must be ASCII."""
    return attached(f"{name}.csv", csv_text(header, rows), CSV)


def xlsx_file(name: str, sheets: Iterable[Sheet]) -> Response:
    """A workbook of sheets (title, header, rows). Every cell is text; no cell is a formula."""
    return attached(f"{name}.xlsx", workbook(sheets), WORKBOOK)


def attached(name: str, data: bytes, media: str) -> Response:
    """A file to download. Its name must be ASCII."""
    return Response(
        data, content_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def media_of(ending: str) -> str:
    """The media type of a file by what its name ends with."""
    return {"csv": CSV, "html": HTML, "xlsx": WORKBOOK, "zip": ZIP}[ending]
