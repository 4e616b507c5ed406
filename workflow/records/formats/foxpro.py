"""DBF (dBASE, FoxPro). The header's code page is often zero or wrong, so text is read strictly as GB18030."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate

from workflow.records.fields import COLUMNS, column_for
from workflow.records.formats.table import (
    FormatFault,
    Known,
    Oddity,
    RosterTable,
    facts_of,
    match_headings,
    require_essentials,
    require_rows,
)

_VERSIONS = frozenset(b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x7b\x83\x8b\x8c\xcb\xf5\xfb")
_TEXT_TYPES = "CNDF"
_PADDING = b" \0"


@dataclass(frozen=True, slots=True)
class DbfField:
    """One field: its name as written, its type, and its place and width in a record, in bytes."""

    name: str
    type: str
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class DbfLayout:
    """How a file is laid out: number of records, bytes of its header and of a record, and its fields."""

    count: int
    head: int
    width: int
    fields: tuple[DbfField, ...]


def dbf_layout(data: bytes) -> DbfLayout:
    """The layout of a DBF file. Raises FormatFault if it is cut off or damaged."""
    count, head, width = struct.unpack_from("<IHH", data, 4)
    fields = _fields(data[32:head], width)
    _check_length(data, count, head, width)
    return DbfLayout(count, head, width, tuple(fields))


def looks_like_dbf(data: bytes) -> bool:
    """True if the bytes begin with a consistent DBF header."""
    if len(data) < 65 or data[0] not in _VERSIONS or data[2] > 12 or data[3] > 31:
        return False
    head, width = struct.unpack_from("<HH", data, 8)
    return bool(65 <= head <= len(data) and width > 1 and b"\r" in data[64:head])


def read_dbf(name: str, data: bytes, known: Known = column_for) -> RosterTable:
    """The rows of a DBF file. Raises FormatFault if it is cut off or damaged or lacks a column."""
    layout = dbf_layout(data)
    count, head, width, fields = layout.count, layout.head, layout.width, layout.fields
    kept, unknown = match_headings([field.name for field in fields], known)
    require_essentials(list(kept))
    for column, place in kept.items():
        if fields[place].type not in _TEXT_TYPES:
            raise FormatFault(
                f"{column} 列的 DBF 类型 {fields[place].type} 不支持",
                f"column {column} has DBF type {fields[place].type}, which holds no plain text",
            )
    alive = _alive(data[head : head + count * width : width])
    require_rows(len(alive))
    columns, oddities = {}, []
    for column, place in kept.items():
        cells = _cells(data, head, width, fields[place], alive)
        columns[column], odd = _texts(column, cells, fields[place].width)
        oddities += odd
    others = tuple(
        (title, sum(1 for cell in _cells(data, head, width, fields[place], alive) if cell.strip(_PADDING)))
        for title, place in unknown.items()
    )
    facts = facts_of(name, "dbf", data, unknown=others, deleted=count - len(alive))
    return RosterTable(facts, [at + 2 for at in alive], columns, tuple(oddities))


def dbf_headings(data: bytes) -> list[str]:
    """The names of a DBF file's fields. Raises FormatFault if their widths do not add up."""
    return [field.name for field in dbf_layout(data).fields]


def dbf_rows(data: bytes) -> Iterator[list[str]]:
    """The names of the fields, then each record as texts; one that is marked as deleted is an empty row.

    Raises FormatFault if the file is cut off or damaged, or a cell is not text in GB18030.
    """
    layout = dbf_layout(data)
    count, head, width, fields = layout.count, layout.head, layout.width, layout.fields
    alive = set(_alive(data[head : head + count * width : width]))
    yield [field.name for field in fields]
    for at in range(count):
        record = data[head + at * width : head + (at + 1) * width]
        cells = (record[field.start : field.start + field.width].strip(_PADDING) for field in fields)
        try:
            yield [cell.decode("gb18030") for cell in cells] if at in alive else []
        except UnicodeDecodeError as fault:
            raise FormatFault(
                f"第 {at + 2} 行有不是 GB18030 的文字，或有被截断的字",
                f"row {at + 2} holds text that is not GB18030, or a character cut in half",
            ) from fault


def _fields(descriptors: bytes, record: int) -> list[DbfField]:
    """The fields of a record of ``record`` bytes. Raises FormatFault if their widths do not add up to it."""
    heads = []
    for start in range(0, len(descriptors) - 31, 32):
        if descriptors[start] == 0x0D:
            break
        heads.append(descriptors[start : start + 32])
    # Long text fields may store the high byte of their width in the place of a number's decimals.
    for factor in (0, 256):
        widths = [head[16] + (factor * head[17] if head[11:12] == b"C" else 0) for head in heads]
        if 1 + sum(widths) == record:
            starts = accumulate(widths, initial=1)
            return [
                DbfField(_name(head), chr(head[11]), start, width)
                for head, start, width in zip(heads, starts, widths, strict=False)
            ]
    raise FormatFault(
        "DBF 字段宽度与记录长度不符", "the DBF's field widths do not add up to its record length"
    )


def _name(head: bytes) -> str:
    try:
        return head[:11].split(b"\0")[0].decode("gb18030")
    except UnicodeDecodeError:
        return ""


def _check_length(data: bytes, count: int, head: int, width: int) -> None:
    """Check that the file holds exactly the records that its header counts. Raises FormatFault."""
    if head + count * width > len(data):
        raise FormatFault(
            f"文件被截断：表头记 {count} 条，实际只有 {max(0, len(data) - head) // width} 条完整记录",
            f"the file is cut off: its header counts {count} records, "
            f"{max(0, len(data) - head) // width} are whole",
        )
    if data[head + count * width :].strip(b"\x1a\0 "):
        raise FormatFault(
            f"文件在表头所记的 {count} 条记录之后还有数据",
            f"there is data behind the {count} records the header counts",
        )


def _alive(marks: bytes) -> Sequence[int]:
    """The positions of the records not marked as deleted. Raises FormatFault for an unknown mark."""
    if set(marks) <= {0x20}:
        return range(len(marks))
    for place, mark in enumerate(marks):
        if mark not in b" *":
            raise FormatFault(
                f"第 {place + 2} 行的记录标记损坏", f"the record mark of row {place + 2} is damaged"
            )
    return [place for place, mark in enumerate(marks) if mark == 0x20]


def _cells(data: bytes, head: int, width: int, field: DbfField, alive: Sequence[int]) -> list[bytes]:
    start, size = head + field.start, field.width
    return [data[at : at + size] for at in [start + width * place for place in alive]]


def _texts(column: str, cells: list[bytes], width: int) -> tuple[list[str], list[Oddity]]:
    """A column's cells as text, decoded together or, if a cell is odd, one by one."""
    stripped = [cell.rstrip(_PADDING) for cell in cells]
    name = COLUMNS[column].kind == "name"
    if not name or width not in set(map(len, stripped)):
        with suppress(UnicodeDecodeError):
            texts = b"\n".join(stripped).decode("gb18030").split("\n")
            if len(texts) == len(cells):
                return texts, []
    texts, oddities = [], []
    for position, cell in enumerate(stripped):
        text, code = _text(cell, width, name=name)
        texts.append(text)
        if code:
            oddities.append(Oddity(position, column, code))
    return texts, oddities


def _text(cell: bytes, width: int, *, name: bool) -> tuple[str, str]:
    """A cell's text, and a code if it is odd, else ''."""
    try:
        text = cell.decode("gb18030")
    except UnicodeDecodeError as fault:
        cut = len(cell) == width and fault.reason == "incomplete multibyte sequence"
        return "", "cut_character" if cut else "not_decodable"
    return text, "maybe_cut" if name and len(cell) == width else ""
