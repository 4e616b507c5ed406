"""Roster files: DBF, CSV and Excel give the same rows, and nothing is replaced, cut or guessed on the way."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from tests.workflow.records.rosters import Row, as_csv, as_dbf, as_excel, excel_of, student, without
from workflow.records.formats import FormatFault, RosterTable, read_roster
from workflow.records.formats.table import facts_of

BOTH = [student(1), student(2, XM="阿依古丽·买买提")]


def rows_of(table: RosterTable) -> list[Row]:
    """The rows of a table, as before they became columns."""
    return [
        dict(zip(table.columns, cells, strict=True)) for cells in zip(*table.columns.values(), strict=True)
    ]


def fault_of(data: bytes) -> str:
    """The fault of an unreadable file."""
    with pytest.raises(FormatFault) as fault:
        read_roster("roster", data)
    return str(fault.value)


@pytest.mark.parametrize(
    "data",
    [
        as_csv(BOTH),
        as_csv(BOTH, "utf-8-sig"),
        as_csv(BOTH, "gb18030"),
        as_csv(BOTH).replace(b",", b"\t"),
        as_csv(BOTH).replace(b"\r\n", b"\n"),
        excel_of(BOTH),
        as_dbf(BOTH),
        as_dbf(BOTH, {"XM": 300}),
    ],
    ids=["utf-8", "utf-8 with mark", "gb18030", "tabs", "unix lines", "excel", "dbf", "dbf, wide field"],
)
def test_every_format_gives_the_same_rows(data: bytes) -> None:
    """Whatever the file, its cells and row numbers are the same; the header is row 1."""
    table = read_roster("roster", data)
    assert rows_of(table) == BOTH
    assert list(table.numbers) == [2, 3]
    assert table.oddities == ()


@given(
    st.lists(
        st.text(
            st.characters(codec="gb18030", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")),
            min_size=1,
            max_size=9,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_names_survive_every_format(names: list[str]) -> None:
    """Any character that GB18030 has comes out of CSV, DBF and Excel as it went in."""
    rows = [student(place, XM=f"测{name}测") for place, name in enumerate(names)]
    for data in (
        as_csv(rows, "gb18030"),
        as_csv(rows, "utf-8-sig"),
        as_dbf(rows, {"XM": 80}),
        excel_of(rows),
    ):
        assert [row["XM"] for row in rows_of(read_roster("roster", data))] == [row["XM"] for row in rows]


@pytest.mark.parametrize(
    "headings",
    [
        {"KSH": "考生号", "XH": "学号", "XM": "姓名", "XB": "性别", "SFZH": "身份证号", "FY": "学院"},
        {"KSH": "ksh", "XH": "xh", "XM": "xm", "XB": "xb", "SFZH": "sfzh", "FY": "fy"},
        {
            "KSH": " 考生号 ",
            "XH": "*学号",
            "XM": "姓名（必填）",
            "XB": "性 别",
            "SFZH": "证件号码：",
            "FY": "分院",
        },
    ],
)
def test_columns_are_known_in_both_scripts(headings: dict[str, str]) -> None:
    """The platform's names in either case and the Chinese headings mean the same columns."""
    row = student()
    table = read_roster("roster", as_csv([{title: row[name] for name, title in headings.items()}]))
    assert rows_of(table) == [{name: row[name] for name in headings}]
    assert table.facts.unknown == ()


def test_unknown_columns_are_counted_and_named() -> None:
    """A column that is not kept is reported with the number of its cells that hold something."""
    rows = [student(1) | {"备注": "转入", "空列": ""}, student(2) | {"备注": "", "空列": ""}]
    for data in (as_csv(rows), excel_of(rows), as_dbf(rows)):
        assert dict(read_roster("roster", data).facts.unknown) == {"备注": 1, "空列": 0}


def test_missing_columns_are_all_listed() -> None:
    """A file without names or numbers is refused with every column that it lacks."""
    for rows in ([without(student(), "XM", "KSH", "XH")], [{"备注": "无"}]):
        for data in (as_csv(rows), excel_of(rows), as_dbf(rows)):
            said = fault_of(data)
            assert "XM 姓名" in said
            assert "KSH 考生号 / XH 学号" in said


def test_one_number_column_is_enough() -> None:
    """A roster may have candidate numbers or student numbers alone."""
    for column in ("KSH", "XH"):
        assert len(read_roster("roster", as_csv([without(student(), column)])).numbers) == 1


def test_two_headings_for_one_column_are_refused() -> None:
    """Nobody guesses which of two columns is the right one."""
    rows = [student() | {"学院": "另一学院"}]
    for data in (as_csv(rows), excel_of(rows), as_dbf(rows)):
        assert "分院" in fault_of(data)


def test_titles_above_the_header_keep_the_rows_numbers() -> None:
    """A title above the header and a second header below it are passed over; rows count as in the file."""
    row = student(1)
    data = as_excel(
        ["南方测试大学学生名册"],
        [],
        list(row),
        ["考生号", "学号", "姓名", *[""] * (len(row) - 3)],
        list(row.values()),
        [""] * len(row),
        list(student(2).values()),
    )
    table = read_roster("roster", data)
    assert list(table.numbers) == [5, 7]
    assert rows_of(table) == [student(1), student(2)]


def test_header_is_looked_for_in_the_first_rows_only() -> None:
    """A header far below is none."""
    row = student()
    assert "XM 姓名" in fault_of(as_excel(*[["说明"]] * 12, list(row), list(row.values())))


def test_blank_rows_are_no_rows() -> None:
    """Rows without anything in them, or with spaces only, are passed over but keep their number."""
    data = as_csv([student(1)]) + b"\r\n" + b" ," * 14 + b"\r\n" + as_csv([student(2)]).split(b"\r\n")[1]
    assert list(read_roster("roster", data).numbers) == [2, 5]


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\x1a"])
def test_empty_file_is_refused(data: bytes) -> None:
    """An empty file is an error, and never a roster of nobody."""
    assert "空" in fault_of(data)


def test_header_alone_is_refused() -> None:
    """A header without rows is an error, and never a roster of nobody."""
    for data in (
        as_csv([student()]).split(b"\r\n")[0],
        as_excel(list(student())),
        as_dbf([student()], deleted=[0]),
    ):
        assert "没有数据行" in fault_of(data)


def test_uneven_rows_are_odd() -> None:
    """A row with fewer or more cells than the header may be shifted, so none of its cells is believed."""
    lines = as_csv([student(1), student(2), student(3)]).split(b"\r\n")
    lines[1] = lines[1].rsplit(b",", 1)[0]
    lines[2] = lines[2] + b",x"
    lines[3] = lines[3] + b",,"
    table = read_roster("roster", b"\r\n".join(lines))
    assert [(odd.position, odd.code) for odd in table.oddities] == [(0, "cell_count"), (1, "cell_count")]
    assert rows_of(table)[2] == student(3)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (as_csv(BOTH, "utf-16"), "UTF-16"),
        (as_csv(BOTH)[:-40] + b"\xe5\x8f", "UTF-8"),
        (as_csv(BOTH, "utf-8-sig").replace("男".encode(), b"\xc4\xd0"), "UTF-8"),
        (as_csv(BOTH, "gb18030") + b"\x81", "GB18030"),
        (as_csv([student(XM='"')])[:-200] + b'"', "引号"),
    ],
    ids=["utf-16", "utf-8 cut off", "utf-8 with gbk in it", "gb18030 cut off", "open quote"],
)
def test_damaged_text_is_refused_with_its_place(data: bytes, word: str) -> None:
    """Text in another encoding, cut off or with open quotes is refused in words that say what is wrong."""
    assert word in fault_of(data)


def test_bad_byte_is_named_by_offset() -> None:
    """The first byte that cannot be read is named, so that it can be found."""
    data = as_csv([student(1)], "gb18030")
    offset = len(data)
    assert f"第 {offset} 字节" in fault_of(data + b"\x81")


def test_undecidable_encoding_is_not_guessed() -> None:
    """A file that reads as UTF-8 and as GB18030 alike is refused; with a byte order mark it is not."""
    rows = [{"XH": "1", "XM": "José"}]
    assert "编码" in fault_of(as_csv(rows))
    assert rows_of(read_roster("roster", as_csv(rows, "utf-8-sig"))) == rows


@pytest.mark.parametrize("data", [b"<html><table>", b"\xef\xbb\xbf\r\n <?xml version='1.0'?>"])
def test_web_page_called_a_workbook_is_recognised(data: bytes) -> None:
    """Old systems export HTML with the ending .xls; the answer says so."""
    assert "HTML" in fault_of(data)


@pytest.mark.parametrize("data", [b"PK\x03\x04 no", b"\xd0\xcf\x11\xe0 no"])
def test_broken_workbook_is_refused(data: bytes) -> None:
    """A damaged or encrypted workbook is refused in one sentence."""
    assert "Excel" in fault_of(data)


def test_bomb_is_refused_before_it_is_unpacked() -> None:
    """A workbook that says it unpacks to gigabytes is not unpacked."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"x")
    data = packed.getvalue()
    at = data.rindex(b"PK\x01\x02") + 24
    assert "过大" in fault_of(data[:at] + struct.pack("<I", 0xFFFFFFF0) + data[at + 4 :])


def test_two_rosters_in_one_workbook_are_refused() -> None:
    """Nobody guesses which of two sheets is meant; a sheet with something else does not disturb."""

    def book(*sheets: list[list[str]]) -> bytes:
        written = io.BytesIO()
        made = xlsxwriter.Workbook(written)
        for rows in sheets:
            sheet = made.add_worksheet()
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
        made.close()
        return written.getvalue()

    one = [list(student()), list(student().values())]
    assert "工作表" in fault_of(book(one, one))
    assert len(read_roster("roster", book([["填表说明"]], one)).numbers) == 1


@pytest.mark.parametrize("column", ["KSH", "XH", "SFZH", "BH", "XM", "FY"])
def test_numeric_cell_is_odd_where_digits_matter(column: str) -> None:
    """What Excel made a number may have lost digits or leading zeros, however short it is."""
    row = student()
    cells = [2401.0 if name == column else cell for name, cell in row.items()]
    table = read_roster("roster", as_excel(list(row), cells))
    assert [(odd.column, odd.code) for odd in table.oddities] == [(column, "float_number")]
    assert table.columns[column] == [""]


@pytest.mark.parametrize(
    ("column", "cell", "text"),
    [
        ("XZ", 4.0, "4"),
        ("XZ", 2.5, "2.5"),
        ("XB", 1.0, "1"),
        ("CSRQ", 20060504.0, "20060504"),
        ("CSRQ", date(2006, 5, 4), "2006-05-04"),
        ("RXRQ", datetime(2024, 9, 15), "2024-09-15"),
        ("RXRQ", datetime(2024, 9, 15, 12, 30), "2024-09-15 12:30:00"),
    ],
)
def test_numbers_and_dates_are_read_where_nothing_can_be_missing(
    column: str, cell: float | date, text: str
) -> None:
    """A length of schooling, a sex code and a date keep their meaning as Excel's numbers and dates."""
    row = student()
    table = read_roster(
        "roster", as_excel(list(row), [cell if name == column else v for name, v in row.items()])
    )
    assert table.columns[column] == [text]
    assert table.oddities == ()


@pytest.mark.parametrize("value", ["1e999", "-1e999", "NaN", "inf", "1e15", "9" * 400])
def test_a_number_that_no_spreadsheet_can_hold_is_odd(value: str) -> None:
    """A file made by hand may say infinity in a cell; the cell is named and the rest is read."""
    row = student()
    book = as_excel(list(row), [271828.0 if name == "CSRQ" else v for name, v in row.items()])
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as made, zipfile.ZipFile(written, "w") as spoilt:
        for name in made.namelist():
            spoilt.writestr(name, made.read(name).replace(b"<v>271828</v>", f"<v>{value}</v>".encode()))
    table = read_roster("roster", written.getvalue())
    assert [(odd.column, odd.code) for odd in table.oddities] == [("CSRQ", "float_number")]
    assert table.columns["XM"] == [row["XM"]]


@pytest.mark.parametrize("cell", [True, date(2024, 2, 1)])
def test_cell_of_another_kind_is_odd(cell: bool | date) -> None:
    """A truth value, or a class that Excel took for a day, is no text."""
    row = student()
    table = read_roster(
        "roster", as_excel(list(row), [cell if name == "BH" else v for name, v in row.items()])
    )
    assert [(odd.column, odd.code) for odd in table.oddities] == [("BH", "not_text")]


@pytest.mark.parametrize(("name", "width"), [("测试员", 5), ("测𬱖", 4), ("测𬱖", 5), ("测𬱖", 3)])
def test_cut_character_in_a_full_field_is_odd(name: str, width: int) -> None:
    """A character cut at the edge of a DBF field is never replaced and never dropped."""
    table = read_roster("roster", as_dbf([student(1, XM=name), student(2)], {"XM": width}))
    assert [(odd.position, odd.column, odd.code) for odd in table.oddities][:1] == [
        (0, "XM", "cut_character")
    ]
    assert table.columns["XM"][0] == ""


def test_full_name_field_may_be_cut() -> None:
    """A name that fills its DBF field to the last byte may be only the beginning of a name."""
    table = read_roster("roster", as_dbf([student(1, XM="测试员"), student(2, XM="测试")], {"XM": 6}))
    assert [(odd.position, odd.code) for odd in table.oddities] == [(0, "maybe_cut")]
    assert table.columns["XM"] == ["测试员", "测试"]


def test_bytes_that_are_no_text_are_odd() -> None:
    """A DBF cell with bytes that GB18030 does not have is named, and its neighbours are read."""
    data = as_dbf([student(1, MZ="测试"), student(2)]).replace(
        "测试".encode("gb18030") + b" " * 36, b"\xff\xff" + b" " * 38, 1
    )
    table = read_roster("roster", data)
    assert [odd.code for odd in table.oddities] == ["not_decodable"]
    assert rows_of(table)[1] == student(2)


def test_deleted_records_are_left_out_and_counted() -> None:
    """Records marked as deleted are no rows, and the others keep their place in the file."""
    table = read_roster("roster", as_dbf([student(1), student(2), student(3)], deleted=[1]))
    assert list(table.numbers) == [2, 4]
    assert table.facts.deleted == 1


def test_numeric_fields_of_a_dbf_are_text() -> None:
    """A DBF writes numbers as digits, so nothing is lost in them."""
    row = student()
    table = read_roster("roster", as_dbf([row], types={"XZ": "N", "CSRQ": "D", "KSH": "N"}))
    assert rows_of(table) == [row]


def test_field_kinds_without_text_are_refused() -> None:
    """A memo or binary field cannot be a roster's column; one that is not kept does not disturb."""
    assert "XM" in fault_of(as_dbf([student()], types={"XM": "M"}))
    assert len(read_roster("roster", as_dbf([student() | {"BZ": "1"}], types={"BZ": "M"})).numbers) == 1


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda data: data[:-100], "截断"),
        (lambda data: data[:-1] + as_dbf([student()])[-200:], "还有数据"),
        (lambda data: data[:10] + b"\x05\x00" + data[12:], "长度"),
        (lambda data: data[: -1 - 601] + b"x" + data[-601:], "损坏"),
    ],
    ids=["cut off", "too long", "other record length", "damaged mark"],
)
def test_damaged_dbf_is_refused(change: object, word: str) -> None:
    """A DBF that does not hold what its header says is refused as a whole."""
    assert callable(change)
    assert word in fault_of(change(as_dbf([student(1), student(2)])))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("2024级.csv", "2024级.csv"),
        ("/home/somebody/roster-20241018.csv", "roster-20241018.csv"),
        ("11010519491231002X.csv", "….csv"),
        ("名单 24360100000001 号.xlsx", "名单 … 号.xlsx"),
    ],
)
def test_label_of_a_file_holds_no_number_of_a_person(name: str, label: str) -> None:
    """What is remembered of a file's name has neither a path nor anybody's number."""
    assert facts_of(name, "csv", b"").name == label


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    """No file, whatever it holds, ends in anything but rows or one sentence."""
    for start in (b"", b"\x03\x7c\x0a\x10", b"PK\x03\x04", b"\xef\xbb\xbf", b"XM,XH\r\n"):
        try:
            table = read_roster("roster", start + data)
        except FormatFault:
            continue
        assert len(table.numbers) >= 1
