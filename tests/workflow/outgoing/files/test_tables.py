"""What a batch hands over as tables: text as it is, exact widths, nothing cut, the same bytes again."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import dbfread
import openpyxl
import pytest

from tests.workflow.records.rosters import as_dbf, student
from workflow.clock import SHANGHAI
from workflow.outgoing.files.as_dbf import LeftOut, platform_table, register_dbf
from workflow.outgoing.files.rows import COLUMNS_OUT, HEAD, Register, RegisterRow
from workflow.outgoing.files.workbook import register_workbook
from workflow.records.formats import FormatFault, read_roster

pytestmark = pytest.mark.one_database

LONG = "阿卜杜热合曼·阿卜杜克热木"
NUMBER, RIGHT = "990000200605041536", "990000200605051534"
AT = datetime(2024, 12, 3, 16, 20, tzinfo=SHANGHAI)
WIDTHS = {"KSH": 18, "XH": 15, "XM": 40, "XB": 2, "CSRQ": 8, "SFZH": 18, "MZ": 24, "YJBYRQ": 8}


def row(
    number: int = 1, column: str = "XM", old: str = "张三峰", new: str = "张三丰", **more: object
) -> RegisterRow:
    """A claim of a student with leading zeros in both numbers."""
    made = RegisterRow(
        number, f"0436{number:010d}", f"0024{number:05d}", "张三峰", column, "姓名", old, new,
        "户籍部门更正", "户口簿 1 份", "同意（学籍科审核 2024-11-05）", "测试审核人", "2024-11-05",
        f"{number:032x}", "c" * 32, ((column, new),),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def register(*rows: RegisterRow) -> Register:
    """A frozen batch's register."""
    return Register("ab" * 16, "江西省教育厅", "2024-12", AT, ("李四光", "T0088532"), rows)


def read(data: bytes, folder: Path) -> list[dict[str, object]]:
    """The rows of a DBF as an independent reader sees them, all of its text strictly GBK."""
    path = folder / "read.dbf"
    path.write_bytes(data)
    table = dbfread.DBF(path, encoding="gbk", char_decode_errors="strict", load=True)
    return [dict(one) for one in table.records]


def test_no_cell_of_a_register_is_a_number_or_a_formula() -> None:
    """Numbers keep their zeros, names their dots and signs, and a value that begins with = is only text."""
    names = ("=1+1", "＝甲", "+张", "-丙", "@乙", LONG, "\U0002cc56某", "张 三 丰 ")
    some = [row(n, new=name, name=name) for n, name in enumerate(names, 1)]
    data = register_workbook(register(*some))
    sheet = openpyxl.load_workbook(io.BytesIO(data))["登记表"]
    rows = list(sheet.iter_rows())
    assert [tuple(cell.value for cell in one) for one in rows] == [HEAD, *(one.cells for one in some)]
    assert {cell.data_type for one in rows for cell in one} == {"s"}
    assert {cell.number_format for one in rows for cell in one} == {"@"}
    mark = "报送批次 abababababab 定稿 李四光（T0088532） 2024-12-03 16:20"
    assert mark in sheet.oddHeader.center.text and mark in sheet.oddFooter.left.text
    assert "勘误登记表 · 江西省教育厅 · 2024年12月批次" in sheet.oddHeader.center.text
    assert register_workbook(register(*some)) == data


def test_a_register_as_dbf_is_read_byte_for_byte(tmp_path: Path) -> None:
    """Header, widths, number of records and both terminators are those of dBASE; the text is GBK alone."""
    some = [row(1, new=LONG), row(2, new="=1+1"), row(3, old="", new="李·四")]
    made = register_dbf(register(*some))
    assert made.left_out == () and made.taken == 3
    data, widths = made.data, [width for _title, width in COLUMNS_OUT.values()]
    head, width = 33 + 32 * len(widths), 1 + sum(widths)
    assert struct.unpack_from("<BBBBIHH", data) == (3, 124, 12, 3, 3, head, width)
    assert len(data) == head + 3 * width + 1 and data[head - 1 : head] == b"\r" and data[-1:] == b"\x1a"
    assert [data[32 * n + 16] for n in range(1, len(widths) + 1)] == widths and max(widths) <= 254
    assert {data[head + n * width] for n in range(3)} == {0x20}
    assert "李·四".encode("gbk") == b"\xc0\xee\xa1\xa4\xcb\xc4" and b"\xc0\xee\xa1\xa4\xcb\xc4 " in data
    there = read(data, tmp_path)
    assert [tuple(one.values()) for one in there] == [one.cells for one in some]
    assert list(there[0]) == list(COLUMNS_OUT)


def test_a_value_that_a_dbf_cannot_hold_refuses_its_row(tmp_path: Path) -> None:
    """A character beyond GBK, a control or too many bytes is named with row and column; nothing is cut."""
    fits, not_one_more = "字" * 100, "字" * 100 + "a"
    some = [
        row(1, new="\U0002cc56\U0002cc56"), row(2, new="张•三", name="䶮"), row(3, new=fits),
        row(4, new=not_one_more), row(5, new="张\n三"), row(6),
    ]  # fmt: skip
    made = register_dbf(register(*some))
    assert made.left_out == (
        LeftOut(1, 2, "XINZHI", "not_gbk", "\U0002cc56"),
        LeftOut(2, 3, "XM", "not_gbk", "䶮"),
        LeftOut(2, 3, "XINZHI", "not_gbk", "•"),
        LeftOut(4, 5, "XINZHI", "too_long", "", 201, 200),
        LeftOut(5, 6, "XINZHI", "control"),
    )
    assert made.numbers_left_out == (1, 2, 4, 5) and made.taken == 2
    assert [one["XINZHI"] for one in read(made.data, tmp_path)] == [fits, "张三丰"]


def platform(*changes: dict[str, str], **more: object) -> bytes:
    """The platform's own table of students 1 to 3, with a deleted record and a column that we do not know."""
    base = {"SFZH": NUMBER, "CSRQ": "20060504"}
    rows = [
        {
            name: student(n, **base | {"KSH": f"0436{n:010d}", "XH": f"0024{n:05d}"} | change)[name]
            for name in WIDTHS
        }
        | {"bz": "照片未采集"}
        for n, change in enumerate((*changes, *[{}] * (3 - len(changes))), 1)
    ]
    gone = rows[0] | {"XM": "已删除"}
    return as_dbf([*rows, gone], WIDTHS | {"bz": 60}, deleted=[3], encoding="gbk", **more)  # type: ignore[arg-type]


def test_the_platforms_table_goes_back_with_only_the_right_values_changed(tmp_path: Path) -> None:
    """Names, order, widths, number of records and every other byte are as they came."""
    came = platform({"XM": "张三峰"}, {}, {"XB": "男"})
    number = (("SFZH", RIGHT), ("CSRQ", "2006-05-05"), ("XB", "男"))
    made = platform_table(
        came,
        [
            row(1, new=LONG),
            row(2, "SFZH", NUMBER, RIGHT, right=number),
            row(3, "YJBYRQ", "2028-07-01", "2029-07-01"),
        ],
    )
    assert made.left_out == () and made.taken == 3
    assert len(made.data) == len(came) and made.data[:321] == came[:321]
    was, now = read(came, tmp_path), read(made.data, tmp_path)
    differing = {(n, name): now[n][name] for n in range(3) for name in now[n] if was[n][name] != now[n][name]}
    assert differing == {
        (0, "XM"): LONG, (1, "SFZH"): RIGHT, (1, "CSRQ"): "20060505", (2, "YJBYRQ"): "20290701",
    }  # fmt: skip
    assert read_roster("back.dbf", made.data).facts.deleted == 1
    assert platform_table(made.data, [row(1, new=LONG)]).data == made.data


def test_what_the_platforms_table_cannot_take_is_named_and_its_cells_stay(tmp_path: Path) -> None:
    """Too long for its width, beyond GBK, another value than was disputed, no row, two rows, no column."""
    came = platform({"XM": "张三峰"}, {"XM": "李四"}, {"KSH": "04360000000001", "XM": "王五"})
    narrow = as_dbf(
        [{"KSH": f"0436{n:010d}", "XM": "张三峰", "XB": "1"} for n in (1, 2, 3)],
        {"KSH": 18, "XM": 24, "XB": 1},
    )
    wanted = [
        row(1, new=LONG), row(2, new="\U0002cc56"), row(3, "XB", "男", "女"), row(4), row(5, "MZ", "汉", "回"),
    ]  # fmt: skip
    made = platform_table(narrow, [*wanted, row(3, "PHOTO", "", "", right=())])
    assert made.left_out == (
        LeftOut(1, 2, "XM", "too_long", "", 26, 24),
        LeftOut(2, 3, "XM", "not_gbk", "\U0002cc56"),
        LeftOut(3, 4, "XB", "too_long", "", 2, 1),
        LeftOut(4, 0, "XM", "no_row"),
        LeftOut(5, 0, "MZ", "no_row"),
        LeftOut(3, 0, "PHOTO", "no_column"),
    )
    assert made.data == narrow and made.taken == 0
    other = platform_table(
        came, [row(1), row(2), row(2, "ZZMM", "群众", "共青团员", xh="", ksh="04360000000002")]
    )
    assert other.left_out == (
        LeftOut(1, 2, "XM", "two_rows"), LeftOut(2, 3, "XM", "other_value"), LeftOut(2, 3, "ZZMM", "no_column"),
    )  # fmt: skip
    with pytest.raises(FormatFault, match="考生号"):
        platform_table(as_dbf([{"XM": "张三峰"}]), [row(1)])
    with pytest.raises(FormatFault, match="截断"):
        platform_table(came[:-300], [row(1)])
