"""DBF (dBASE III) written: a new table of text fields, or another's table with some of its cells replaced.

Text is GBK and nothing wider: the readers of these files know no other. A value that does not fit is refused
with its row and column; nothing is cut, so no character is split.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from workflow.records.formats.foxpro import DbfField, dbf_layout

ENCODING = "gbk"
_VERSION, _LANGUAGE = 3, 0x4D
"""A table without memo file; simplified Chinese, code page 936."""
_HEAD_END, _FILE_END, _ALIVE = b"\r", b"\x1a", b" "
WRITABLE = "CD"
"""Types of fields into which text is written: characters, and days as eight digits."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A value that a cell cannot hold. ``row`` counts as in a sheet: the header is 1.

    ``why`` is ``not_gbk``, with ``sign`` the first character that GBK lacks, ``control``, ``too_long``, with
    ``bytes`` of the value and of the cell, or ``type``.
    """

    row: int
    column: str
    why: str
    sign: str = ""
    needs: int = 0
    holds: int = 0


def cell_of(value: str, field: DbfField, row: int) -> bytes | Unfit:
    """A value as the bytes of its cell, padded with spaces; or why it has no place there."""
    if field.type not in WRITABLE:
        return Unfit(row, field.name, "type", field.type)
    if any(unicodedata.category(sign) == "Cc" for sign in value):
        return Unfit(row, field.name, "control")
    try:
        cell = value.encode(ENCODING)
    except UnicodeEncodeError as fault:
        return Unfit(row, field.name, "not_gbk", value[fault.start])
    if len(cell) > field.width:
        return Unfit(row, field.name, "too_long", needs=len(cell), holds=field.width)
    return cell.ljust(field.width)


def dbf_row(values: Iterable[str], fields: Sequence[DbfField], row: int) -> bytes | tuple[Unfit, ...]:
    """One record as bytes, or everything of it that does not fit."""
    cells = [cell_of(value, field, row) for value, field in zip(values, fields, strict=True)]
    unfit = tuple(cell for cell in cells if isinstance(cell, Unfit))
    return unfit or _ALIVE + b"".join(cell for cell in cells if isinstance(cell, bytes))


def dbf_file(fields: Sequence[DbfField], records: Sequence[bytes], day: date) -> bytes:
    """A whole file of records that ``dbf_row`` made of these fields. ``day`` is that of its last change."""
    head, width = 33 + 32 * len(fields), 1 + sum(field.width for field in fields)
    made = [
        struct.pack(
            "<BBBBIHH17xBH",
            _VERSION,
            day.year - 1900,
            day.month,
            day.day,
            len(records),
            head,
            width,
            _LANGUAGE,
            0,
        )
    ]
    for field in fields:
        name, kind = field.name.encode("ascii"), field.type.encode("ascii")
        made.append(struct.pack("<11scIB15x", name, kind, field.start, field.width))
    return b"".join((*made, _HEAD_END, *records, _FILE_END))


def text_fields(widths: Mapping[str, int]) -> tuple[DbfField, ...]:
    """Character fields of these names and widths in bytes, one after another."""
    fields, start = [], 1
    for name, width in widths.items():
        fields.append(DbfField(name, "C", start, width))
        start += width
    return tuple(fields)


def with_cells(data: bytes, cells: Mapping[tuple[int, str], bytes]) -> bytes:
    """A DBF file with other bytes in some cells, by the record's place from 0 and the field's name.

    Header, names, widths, order, number of records and every other byte are those of the file.
    """
    layout = dbf_layout(data)
    by_name = {field.name: field for field in layout.fields}
    changed = bytearray(data)
    for (place, name), cell in cells.items():
        field = by_name[name]
        assert len(cell) == field.width and place < layout.count
        start = layout.head + place * layout.width + field.start
        changed[start : start + field.width] = cell
    return bytes(changed)
