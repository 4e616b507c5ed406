"""The tables that readers return, and finding the header in a grid of cells."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import PurePath
from typing import Any

from workflow.records.fields import COLUMNS, column_for, essential_missing
from workflow.records.findings import shown

Known = Callable[[str], str | None]
"""The platform's column for a heading, or None for one that is not read."""

HEADER_WITHIN = 10
CHUNK = 500


class FormatFault(Exception):
    """A file that cannot be read as a roster, in Chinese and English. Never holds a cell's value."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(f"{zh} / {en}")

    def of_file(self, name: str) -> FormatFault:
        """The same fault with the file's name before it."""
        label = label_of(name)
        return FormatFault(f"“{label}”：{self.zh}", f"“{label}”: {self.en}")


@dataclass(frozen=True, slots=True)
class Oddity:
    """A cell (position counts the table's rows from 0) that the format cannot give as complete text."""

    position: int
    column: str
    code: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Facts about the file itself. ``digest`` is the SHA-256 of its bytes in hex.

    ``unknown`` names the columns that are not stored, each with its number of cells with content.
    """

    name: str
    format: str
    digest: str
    unknown: tuple[tuple[str, int], ...] = ()
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class RosterTable:
    """The rows of a roster: ``numbers`` as in the file, ``columns`` by the platform's names, all as text."""

    facts: FileFacts
    numbers: Sequence[int]
    columns: Mapping[str, list[str]]
    oddities: tuple[Oddity, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """A header: its number of rows and width, and the position of each column."""

    rows: int
    width: int
    columns: Mapping[str, int]
    unknown: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows with content below a header, column by column, with cells as the format gives them."""

    numbers: list[int]
    columns: Mapping[str, list[Any]]
    unknown: tuple[tuple[str, int], ...]
    oddities: tuple[Oddity, ...]


def label_of(name: str) -> str:
    """A file's name for keeping. Digit runs of nine or more, which may be ID numbers, are masked."""
    return re.sub(r"\d{9,}[Xx]?", "…", PurePath(name).name)


def facts_of(name: str, kind: str, data: bytes, **more: Any) -> FileFacts:
    """The facts of a file, with its name as it is kept."""
    return FileFacts(label_of(name), kind, hashlib.sha256(data).hexdigest(), **more)


def match_headings(
    headings: Sequence[Any], known: Known = column_for
) -> tuple[dict[str, int], dict[str, int]]:
    """The positions of a header row's stored and unknown columns. Raises FormatFault for duplicates."""
    kept: dict[str, int] = {}
    unknown: dict[str, int] = {}
    for place, cell in enumerate(headings):
        text = cell.strip() if isinstance(cell, str) else ""
        column = known(text) if text else None
        if column in kept:
            raise FormatFault(
                f"第 {kept[column] + 1} 列和第 {place + 1} 列都是{COLUMNS[column].zh}，请只保留一列",
                f"columns {kept[column] + 1} and {place + 1} are both {column}: keep one of them",
            )
        if column is not None:
            kept[column] = place
        else:
            unknown[(shown(text) if text else "").strip("“”") or f"#{place + 1}"] = place
    return kept, unknown


def require_essentials(columns: Sequence[str]) -> None:
    """Raises FormatFault with every required column that is missing."""
    missing = essential_missing(columns)
    if missing:
        raise FormatFault(
            f"缺少必需的列：{'、'.join(missing)}（前 {HEADER_WITHIN} 行中没有含这些列的表头）",
            f"columns missing: {', '.join(missing)} (no header with them in the first {HEADER_WITHIN} rows)",
        )


def require_rows(count: int) -> None:
    """Raises FormatFault for a file without rows: an empty file never removes students from the roster."""
    if not count:
        raise FormatFault("文件只有表头，没有数据行", "the file has a header but no rows")


def find_header(rows: Sequence[Sequence[Any]], known: Known = column_for) -> Header:
    """Find the header within the first rows. Skips titles above it and a second header row below it.

    Raises FormatFault with the required columns that the likeliest row lacks.
    """
    likeliest: list[str] = []
    for place, row in enumerate(rows[:HEADER_WITHIN]):
        present = [name for cell in row if isinstance(cell, str) and (name := known(cell))]
        if len(present) > len(likeliest):
            likeliest = present
        if essential_missing(present):
            continue
        kept, unknown = match_headings(row, known)
        first = place + 1
        if first < len(rows) and _repeats(kept, rows[first]):
            first += 1
        return Header(first, len(row), kept, unknown)
    require_essentials(likeliest)
    raise AssertionError("a row with every essential column is a header")


def _repeats(kept: Mapping[str, int], row: Sequence[Any]) -> bool:
    """True for a second header row: the same columns again, in the other script."""
    place = kept["XM"]
    return place < len(row) and isinstance(row[place], str) and column_for(row[place]) == "XM"


def read_grid(rows: Iterable[list[Any]], known: Known = column_for) -> Grid:
    """Find the header and read the rows below it. Raises FormatFault without a header or without rows.

    Rows are turned into columns in chunks, so 100,000 rows are never held twice.
    """
    rest = iter(rows)
    head = list(islice(rest, HEADER_WITHIN + 1))
    header = find_header(head, known)
    numbers: list[int] = []
    columns: dict[str, list[Any]] = {column: [] for column in header.columns}
    unknown = dict.fromkeys(header.unknown, 0)
    oddities: list[Oddity] = []
    number, chunk = header.rows, head[header.rows :]
    while chunk or (chunk := list(islice(rest, CHUNK))):
        kept = _filled_places(chunk, header)
        body = chunk if len(kept) == len(chunk) else [chunk[place] for place in kept]
        _even_out(body, header.width, len(numbers), oddities)
        for column, place in header.columns.items():
            columns[column].extend(map(itemgetter(place), body))
        for title, place in header.unknown.items():
            unknown[title] += sum(1 for row in body if row[place] not in ("", None))
        numbers.extend([number + place + 1 for place in kept])
        number, chunk = number + len(chunk), []
    require_rows(len(numbers))
    named = tuple((title, count) for title, count in unknown.items() if count or not title.startswith("#"))
    return Grid(numbers, columns, named, tuple(oddities))


def filled(row: Sequence[Any]) -> bool:
    """True if some cell of the row has content."""
    return any(cell.strip() if isinstance(cell, str) else cell is not None for cell in row)


def _filled_places(chunk: list[list[Any]], header: Header) -> Sequence[int]:
    """The positions of the rows with content. Only a row without a name can be empty."""
    if set(map(len, chunk)) == {header.width}:
        names = map(itemgetter(header.columns["XM"]), chunk)
        if not any([name == "" or (type(name) is str and name.isspace()) for name in names]):
            return range(len(chunk))
    return [place for place, row in enumerate(chunk) if filled(row)]


def _even_out(body: list[list[Any]], width: int, position: int, oddities: list[Oddity]) -> None:
    """Note rows of another width than the header's, unless the extra cells are empty. Pad short rows."""
    if set(map(len, body)) <= {width}:
        return
    for place, row in enumerate(body):
        if len(row) < width or filled(row[width:]):
            oddities.append(Oddity(position + place, "*", "cell_count"))
            body[place] = [*row, *[""] * (width - len(row))]
