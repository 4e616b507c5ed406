"""DBF (dBASE, FoxPro). The header's code page is often zero or wrong, so text is GB18030, strictly."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from workflow.records.fields import COLUMNS
from workflow.records.formats.table import (
    FormatFault,
    Oddity,
    RosterTable,
    facts_of,
    match_headings,
    require_essentials,
    require_rows,
)

_VERSIONS = frozenset(b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x7b\x83\x8b\x8c\xcb\xf5\xfb")
_TEXT_TYPES = "CNDF"


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    type: str
    width: int


def looks_like_dbf(data: bytes) -> bool:
    """True when the bytes begin with a DBF header whose parts fit together."""
    if len(data) < 65 or data[0] not in _VERSIONS or data[2] > 12 or data[3] > 31:
        return False
    head, width = struct.unpack_from("<HH", data, 8)
    return bool(65 <= head <= len(data) and width > 1 and b"\r" in data[64:head])


def read_dbf(name: str, data: bytes) -> RosterTable:
    """The rows of a DBF file; raises FormatFault when it is cut off, damaged or lacks a column."""
    count, head, width = struct.unpack_from("<IHH", data, 4)
    fields = _fields(data[32:head])
    if 1 + sum(field.width for field in fields) != width:
        raise FormatFault(
            "DBF 字段宽度与记录长度不符", "the DBF's field widths do not add up to its record length"
        )
    _check_length(data, count, head, width)
    kept, unknown = match_headings([field.name for field in fields])
    require_essentials(list(kept))
    for column, place in kept.items():
        if fields[place].type not in _TEXT_TYPES:
            raise FormatFault(
                f"{column} 列的 DBF 类型 {fields[place].type} 不支持",
                f"column {column} has DBF type {fields[place].type}, which holds no plain text",
            )
    layout = struct.Struct("1s" + "".join(f"{field.width}s" for field in fields))
    records = list(layout.iter_unpack(data[head : head + count * width]))
    alive = _alive(records)
    require_rows(len(alive))
    cells = list(zip(*(records if len(alive) == count else [records[at] for at in alive]), strict=True))[1:]
    columns, oddities = {}, []
    for column, place in kept.items():
        columns[column], odd = _texts(column, cells[place], fields[place].width)
        oddities += odd
    others = tuple(
        (title, sum(1 for cell in cells[place] if cell.strip(b" \0"))) for title, place in unknown.items()
    )
    facts = facts_of(name, "dbf", data, unknown=others, deleted=count - len(alive))
    return RosterTable(facts, [at + 2 for at in alive], columns, tuple(oddities))


def _fields(descriptors: bytes) -> list[_Field]:
    fields = []
    for start in range(0, len(descriptors) - 31, 32):
        field = descriptors[start : start + 32]
        if field[0] == 0x0D:
            break
        try:
            name = field[:11].split(b"\0")[0].decode("gb18030")
        except UnicodeDecodeError:
            name = ""
        # A wide character field keeps the high byte of its width where others keep their decimals.
        wide = field[17] << 8 if chr(field[11]) == "C" else 0
        fields.append(_Field(name, chr(field[11]), field[16] + wide))
    return fields


def _check_length(data: bytes, count: int, head: int, width: int) -> None:
    """The file must hold exactly the records its header counts."""
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


def _alive(records: list[tuple[bytes, ...]]) -> list[int]:
    """The places of the records not marked as deleted; raises FormatFault at a mark of another kind."""
    alive = []
    for place, record in enumerate(records):
        if record[0] == b" ":
            alive.append(place)
        elif record[0] != b"*":
            raise FormatFault(
                f"第 {place + 2} 行的记录标记损坏", f"the record mark of row {place + 2} is damaged"
            )
    return alive


def _texts(column: str, cells: tuple[bytes, ...], width: int) -> tuple[list[str], list[Oddity]]:
    """A column's cells as text. One decoding for the whole column; one for each cell if something is odd."""
    padding = b" \0"
    full = COLUMNS[column].kind == "name" and any(len(cell.rstrip(padding)) == width for cell in cells)
    try:
        texts = b"\n".join([cell.rstrip(padding) for cell in cells]).decode("gb18030").split("\n")
    except UnicodeDecodeError:
        texts = []
    if len(texts) == len(cells) and not full:
        return texts, []
    texts, oddities = [], []
    for position, cell in enumerate(cells):
        text, code = _text(cell, width, name=full)
        texts.append(text)
        if code:
            oddities.append(Oddity(position, column, code))
    return texts, oddities


def _text(cell: bytes, width: int, *, name: bool) -> tuple[str, str]:
    stripped = cell.rstrip(b" \0")
    try:
        text = stripped.decode("gb18030")
    except UnicodeDecodeError as fault:
        cut = len(stripped) == width and fault.reason == "incomplete multibyte sequence"
        return "", "cut_character" if cut else "not_decodable"
    return text, "maybe_cut" if name and len(stripped) == width else ""
