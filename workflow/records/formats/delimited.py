"""CSV: UTF-8 (with or without a byte order mark) or GB18030, strictly, with commas or tabs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from workflow.records.fields import column_for
from workflow.records.formats.table import FormatFault, Known, RosterTable, facts_of, read_grid

_BOM = b"\xef\xbb\xbf"
# No GB18030 text contains this many characters that are valid UTF-8 by chance.
_ENOUGH = 8


def read_csv(name: str, data: bytes, known: Known = column_for) -> RosterTable:
    """The rows of a CSV file. Raises FormatFault for other encodings, broken quoting or a missing header."""
    grid = read_grid(csv_rows(data), known)
    return RosterTable(
        facts_of(name, "csv", data, unknown=grid.unknown), grid.numbers, grid.columns, grid.oddities
    )


def csv_rows(data: bytes) -> Iterator[list[str]]:
    """Every row of a CSV file. Raises FormatFault for another encoding or broken quoting."""
    text = decode(data)
    first = text[: text.find("\n") + 1] or text
    delimiter = "\t" if "\t" in first and "," not in first else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from rows
    except csv.Error as fault:
        raise FormatFault(
            f"第 {rows.line_num} 行附近的引号不成对，或文件被截断",
            f"unbalanced quotes near line {rows.line_num}, or the file was cut off",
        ) from fault


def decode(data: bytes) -> str:
    """The text of a file in UTF-8 or GB18030. Raises FormatFault with the offset of the first bad byte."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4096]:
        raise FormatFault(
            "不是文本 CSV（可能是 UTF-16 或二进制文件）；请另存为“CSV UTF-8”",
            "not a text CSV (UTF-16 or binary, maybe): save it as CSV UTF-8",
        )
    marked = data.startswith(_BOM)
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as fault:
        if marked:
            raise _broken("UTF-8", data, fault.start + len(_BOM)) from None
        return _decode_gb18030(data, fault.start)
    if not marked and text and "\x7f" < max(text) < "\u0800" and _is_gb18030(data):
        raise FormatFault(
            "无法判断文件编码是 UTF-8 还是 GB18030；请另存为“CSV UTF-8（带 BOM）”",
            "the file reads as UTF-8 and as GB18030 alike: save it as CSV UTF-8 with a byte order mark",
        )
    return text


def _decode_gb18030(data: bytes, utf8_until: int) -> str:
    """Decode GB18030. Refuses damaged UTF-8, which GB18030 would decode into wrong text."""
    if sum(1 for character in data[:utf8_until].decode("utf-8") if character > "\x7f") >= _ENOUGH:
        raise _broken("UTF-8", data, utf8_until)
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as fault:
        raise _broken("GB18030", data, fault.start) from None


def _broken(encoding: str, data: bytes, offset: int) -> FormatFault:
    row = data.count(b"\n", 0, offset) + 1
    return FormatFault(
        f"第 {offset} 字节（约第 {row} 行）不是有效的 {encoding} 文字，文件可能已损坏或编码不同",
        f"byte {offset} (about row {row}) is not valid {encoding}: damaged, or in another encoding",
    )


def _is_gb18030(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True
