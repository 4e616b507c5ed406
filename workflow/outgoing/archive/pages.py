"""Pages and tables of an archive: plain HTML with one style sheet, and the same rows as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from workflow.outgoing.archive.bundle import Bundle, BundleMember
from workflow.outgoing.sheets import csv_text, for_csv

STYLE, LETTER_STYLE = "style.css", "letter.css"

Link = tuple[str, str]
"""A cell that leads to another file of the archive: its path from the page, and the words of the link."""
Cell = str | Link


@dataclass(frozen=True, slots=True)
class ArchiveSheet:
    """One list: its name in paths, its title in both languages, its heads and its rows."""

    name: str
    title: tuple[str, str]
    heads: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


def styled(bundle: Bundle) -> None:
    """Put the style sheet of the pages into the archive."""
    bundle.add(STYLE, Path(__file__).with_name("archive.css").read_bytes())


def begin_page(file: BundleMember, title: tuple[str, str], up: str = "", *, letter: bool = False) -> None:
    """The beginning of a page. ``up`` is the way from it to the top folder: '' or '../'."""
    styles = (STYLE, LETTER_STYLE) if letter else (STYLE,)
    linked = "".join(f'<link rel="stylesheet" href="{up}{name}">' for name in styles)
    zh, en = map(escape, title)
    file.write(
        f'<!doctype html>\n<html lang="zh-CN">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{zh}</title>{linked}</head>\n<body>\n"
    )
    if up:
        file.write(
            f'<p class="back"><a href="{up}index.html">← 目录 <span lang="en">Contents</span></a></p>\n'
        )
    if not letter:
        file.write(f'<h1>{zh} <span lang="en">{en}</span></h1>\n')


def end_page(file: BundleMember, mark: str) -> None:
    """The end of a page. It bears the mark of its export."""
    file.write(f'<p class="mark">{escape(mark)}</p>\n</body>\n</html>\n')


def table(heads: Iterable[str], rows: Iterable[Sequence[Cell]]) -> Iterable[str]:
    """A table, piece by piece."""
    yield "<table>\n<thead><tr>"
    yield "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    yield "</tr></thead>\n<tbody>\n"
    for row in rows:
        yield "".join(("<tr>", *(f"<td>{_cell(cell)}</td>" for cell in row), "</tr>\n"))
    yield "</tbody>\n</table>\n"


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return escape(cell)
    path, words = cell
    return f'<a href="{escape(path)}">{escape(words)}</a>' if path else escape(words)


def put_sheet(bundle: Bundle, sheet: ArchiveSheet, mark: str, folder: str = "lists") -> None:
    """One list twice: as a page, and as CSV."""
    with bundle.member(f"{folder}/{sheet.name}.html") as file:
        begin_page(file, sheet.title, "../")
        if sheet.note:
            file.write(f"<p>{escape(sheet.note)}</p>\n")
        file.write(
            f'<p>{len(sheet.rows)} 行 <span lang="en">rows</span> · '
            f'<a href="{sheet.name}.csv">{sheet.name}.csv</a></p>\n'
        )
        for piece in table(sheet.heads, sheet.rows):
            file.write(piece)
        end_page(file, mark)
    plain = ([for_csv(cell if isinstance(cell, str) else cell[1]) for cell in row] for row in sheet.rows)
    bundle.add(f"{folder}/{sheet.name}.csv", csv_text(sheet.heads, plain))
