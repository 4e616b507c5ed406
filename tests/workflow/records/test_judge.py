"""The import corpus: every verdict on a cell, and rows about which nothing is to be said."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflow.records.rosters import (
    AS_OF,
    Row,
    as_csv,
    as_dbf,
    as_excel,
    found,
    judged,
    number,
    student,
    without,
)
from workflow.records import texts
from workflow.records.fields import STATUSES, YEARS
from workflow.records.findings import DAMAGED, FLAGGED, REFUSED
from workflow.records.formats import read_roster
from workflow.records.judge import judge

SAMPLE_WOMAN = "11010519491231002X"
WOMAN = {"SFZH": SAMPLE_WOMAN, "CSRQ": "19491231", "XB": "女"}

FLAGGED_ROWS = [
    ({"SFZH": "110105194912310021"} | {"CSRQ": "19491231", "XB": "女"}, "SFZH", "checksum"),
    ({"SFZH": "1101051949123100"}, "SFZH", "number_shape"),
    ({"SFZH": number("20061332")}, "SFZH", "number_date"),
    (WOMAN | {"CSRQ": "19491230"}, "CSRQ", "birth_disagrees"),
    (WOMAN | {"XB": "男"}, "XB", "sex_disagrees"),
    (WOMAN | {"SFZH": "110105491231002", "CSRQ": "19491230"}, "CSRQ", "birth_disagrees"),
    ({"SFZH": "9900002006050?001"}, "SFZH", "lost_character"),
    ({"SFZH": "990000********0014"}, "SFZH", "masked"),
    ({"XM": "黄*"}, "XM", "masked"),
    ({"XM": "黄?"}, "XM", "lost_character"),
    ({"XM": "黄\ufffd"}, "XM", "lost_character"),
    ({"ZYMC": "测试?业"}, "ZYMC", "lost_character"),
    ({"XM": "黄\ue5f1"}, "XM", "private_use"),
    ({"FY": "测试\uf8ff院"}, "FY", "private_use"),
    ({"XM": "阿依古丽•买买提"}, "XM", "wrong_dot"),
    ({"XM": "阿依古丽.买买提"}, "XM", "wrong_dot"),
    ({"XM": "李　测试"}, "XM", "space_in_name"),
    ({"XM": "孟DI"}, "XM", "mixed_letters"),
    ({"XM": "李\u200b测试"}, "XM", "hidden_character"),
    ({"XB": "不详"}, "XB", "unknown_sex"),
    ({"ZJLX": "某种证件"}, "ZJLX", "unknown_type"),
    ({"XH": "2401/00001"}, "XH", "odd_key"),
    ({"XB": ""}, "XB", "blank"),
    ({"CSRQ": ""}, "CSRQ", "blank"),
    ({"SFZH": " "}, "SFZH", "blank"),
    ({"YJBYRQ": ""}, "YJBYRQ", "blank"),
]
REFUSED_ROWS = [
    ({"XM": ""}, "XM", "no_name"),
    ({"XM": " \u3000\u200b"}, "XM", "no_name"),
    ({"KSH": "", "XH": " "}, "KSH", "no_key"),
    ({"KSH": "2436****0001"}, "KSH", "damaged_key"),
    ({"XH": "2401?0001"}, "XH", "damaged_key"),
    ({"CSRQ": "20060230"}, "CSRQ", "impossible_date"),
    ({"CSRQ": "20061301"}, "CSRQ", "impossible_date"),
    ({"CSRQ": "00000000"}, "CSRQ", "impossible_date"),
    ({"CSRQ": "060504"}, "CSRQ", "impossible_date"),
    ({"CSRQ": "38841"}, "CSRQ", "impossible_date"),
    ({"CSRQ": "18991231"}, "CSRQ", "impossible_date"),
    ({"CSRQ": "20241017"}, "CSRQ", "impossible_date"),
    ({"CSRQ": "04/05/2006"}, "CSRQ", "impossible_date"),
    ({"RXRQ": "2024-09-31"}, "RXRQ", "impossible_date"),
    ({"YJBYRQ": "2028年2月30日"}, "YJBYRQ", "impossible_date"),
    ({"RXRQ": "2024-09-15 08:30:00"}, "RXRQ", "impossible_date"),
    ({"XJZT": "在学"}, "XJZT", "unknown_status"),
    ({"XZ": "9"}, "XZ", "unknown_years"),
    ({"XZ": "四"}, "XZ", "unknown_years"),
    ({"SFZH": "1.10105E+17"}, "SFZH", "float_number"),
    ({"KSH": "2.436E+13"}, "KSH", "float_number"),
    ({"XH": "240100001.0"}, "XH", "float_number"),
    ({"BH": "240101.0"}, "BH", "float_number"),
]


@pytest.mark.parametrize(("changes", "column", "code"), FLAGGED_ROWS)
def test_flagged_row_is_taken_and_named(changes: Row, column: str, code: str) -> None:
    """What a student will have to report is taken as it stands, and said with row, column and reason."""
    judgement = judged([student(2) | {"ZJLX": ""}, student() | {"ZJLX": ""} | changes])
    assert found(judgement) == {(3, column, code)}
    assert judgement.refused == ()


@pytest.mark.parametrize(("changes", "column", "code"), REFUSED_ROWS)
def test_refused_row_is_named(changes: Row, column: str, code: str) -> None:
    """What cannot be right is refused with row, column and reason, and nothing else is said of the cell."""
    judgement = judged([student(2), student() | changes])
    assert [(f.row, f.column, f.code) for f in judgement.refused] == [(3, column, code)]
    assert judgement.refused_rows == {1}
    assert {f.column for f in judgement.flagged} <= {"CSRQ"} - {column}


@pytest.mark.parametrize("column", ["KSH", "XH", "SFZH"])
def test_doubles_name_each_other(column: str) -> None:
    """A number that stands in the file twice is refused in every row that has it, each naming the others."""
    same = {column: student(1)[column]}
    judgement = judged([student(1), student(2), student(3) | same, student(4) | same])
    assert [(f.row, f.column, f.code) for f in judgement.refused] == [
        (2, column, "twice_in_file"),
        (4, column, "twice_in_file"),
        (5, column, "twice_in_file"),
    ]
    assert "4, 5" in judgement.refused[0].says


def test_blank_numbers_are_no_doubles() -> None:
    """Two students without a student number are not the same student."""
    assert found(judged([student(1, XH=""), student(2, XH="")])) == set()


def test_masked_numbers_that_look_alike_are_no_doubles() -> None:
    """Two numbers that are masked in the same way need not be the same."""
    same = {"SFZH": "990000********0014"}
    assert found(judged([student(1) | same, student(2) | same])) == {
        (2, "SFZH", "masked"),
        (3, "SFZH", "masked"),
    }


def test_fifteen_and_eighteen_digits_are_only_suspicious() -> None:
    """The two forms of one number may be one person twice, so both rows are flagged and taken."""
    twin = without(student(2), "SFZH") | WOMAN
    short = without(student(3), "SFZH") | WOMAN | {"SFZH": "110105491231002"}
    judgement = judged([student(1), twin, short])
    assert found(judgement) == {(3, "SFZH", "same_person_maybe"), (4, "SFZH", "same_person_maybe")}
    assert "4" in judgement.flagged[0].says


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"SFZH": "810000200605040010", "ZJLX": "港澳台居民居住证"},
        {"SFZH": "H12345678"},
        {"SFZH": "M12345678", "ZJLX": "7"},
        {"SFZH": "12345678", "ZJLX": "台胞证"},
        {"SFZH": "E12345678", "ZJLX": "护照"},
        {"SFZH": "A123456(3)"},
        {"XM": "阿卜杜热合曼·阿卜杜克热木"},
        {"XM": "孟𬱖"},
        {"XM": "John Smith"},
        {"KSH": ""},
        {"XH": ""},
        {"KSH": "TG-240001"},
        {"ZYDM": "080911TK"},
        {"MZ": ""},
        {"XJZT": "在籍（注册学籍）"},
        {"XJZT": "不在籍(退学)"},
    ],
)
def test_unusual_rows_are_plain(changes: Row) -> None:
    """Documents of other places, long and rare names and codes with letters are nothing to speak of."""
    row = student() | {"ZJLX": "", "ZYDM": "080901"} | changes
    if row["SFZH"].startswith("81"):
        row["SFZH"] = number(area="810000")
    assert found(judged([row])) == set()


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_of_the_field_is_known(status: str) -> None:
    """Each enrolment status that schools use is taken and kept as it is."""
    judgement = judged([student(XJZT=status)])
    assert (found(judgement), list(judgement.columns["XJZT"])) == (set(), [status])


@pytest.mark.parametrize("years", YEARS)
def test_every_length_of_schooling_is_known(years: str) -> None:
    """Each length of schooling is taken, as text."""
    judgement = judged([student(XZ=years)])
    assert (found(judgement), list(judgement.columns["XZ"])) == (set(), [years])


@pytest.mark.parametrize(
    ("column", "written", "kept"),
    [
        ("CSRQ", "20060504", "2006-05-04"),
        ("CSRQ", "2006-5-4", "2006-05-04"),
        ("CSRQ", "2006/05/04", "2006-05-04"),
        ("CSRQ", "2006.05.04", "2006-05-04"),
        ("CSRQ", "2006年5月4日", "2006-05-04"),
        ("CSRQ", "2006-05-04 00:00:00", "2006-05-04"),
        ("CSRQ", "２００６０５０４", "2006-05-04"),
        ("XB", "1", "男"),
        ("XZ", "4.0", "4"),
        ("XZ", "4年", "4"),
        ("XZ", "２．５", "2.5"),
        ("XJZT", "在籍（注册学籍）", "注册学籍"),
        ("KSH", " 24360000000001\t", "24360000000001"),
        ("KSH", '="24360000000001"', "24360000000001"),
        ("KSH", "'24360000000001", "24360000000001"),
        ("KSH", "２４３６０００１", "24360001"),
        ("SFZH", " 9900002006050400１4 ", "990000200605040014"),
        ("XM", "　李测试 ", "李测试"),
        ("XM", "\ufeff李测试\u200b", "李测试"),
        ("XM", "隆".replace("隆", "\uf9dc"), "隆"),
        ("FY", "cafe\u0301", "café"),
        ("ZJLX", "居民身份证", "1"),
        ("BH", "软件 2401 班", "软件 2401 班"),
    ],
)
def test_only_what_cannot_mean_anything_else_is_folded(column: str, written: str, kept: str) -> None:
    """Width, spaces at the ends, Excel's wrappers and ways of writing a date are folded, and nothing more."""
    assert list(judged([student() | {column: written}]).columns[column]) == [kept]


def test_flagged_name_is_kept_to_the_character() -> None:
    """A name with a wrong dot, a lost or a private-use character is not repaired by anybody's guess."""
    names = ["阿依古丽•买买提", "黄?", "黄\ue5f1", "李　测试"]
    judgement = judged([student(place, XM=name) for place, name in enumerate(names)])
    assert list(judgement.columns["XM"]) == names
    assert {position for position, _ in judgement.damaged} == {0, 1, 2, 3}


def test_lower_case_check_letter_is_folded() -> None:
    """A check letter typed small is the same number."""
    judgement = judged([student() | WOMAN | {"SFZH": SAMPLE_WOMAN.lower()}])
    assert (found(judgement), list(judgement.columns["SFZH"])) == (set(), [SAMPLE_WOMAN])


def test_every_fault_of_a_file_is_said_at_once() -> None:
    """A file with many faults is not answered with the first of them."""
    rows = [
        student(1, XM=""),
        student(2, CSRQ="20060230", XJZT="在学"),
        student(3, XM="黄?", XZ="9"),
        student(4),
    ]
    assert found(judged(rows)) == {
        (2, "XM", "no_name"),
        (3, "CSRQ", "impossible_date"),
        (3, "XJZT", "unknown_status"),
        (4, "XM", "lost_character"),
        (4, "XZ", "unknown_years"),
    }


def test_findings_of_the_reader_are_findings_of_the_row() -> None:
    """A float in a workbook and a cut character in a DBF are refused under their own row and column."""
    row = student()
    cells = [1.10105e17 if name == "SFZH" else cell for name, cell in row.items()]
    book = judge(read_roster("roster", as_excel(["名册"], list(row), cells)), as_of=AS_OF)
    assert found(book) == {(3, "SFZH", "float_number")}
    dbf = judge(read_roster("roster", as_dbf([student(XM="测试员")], {"XM": 5})), as_of=AS_OF)
    assert found(dbf) == {(2, "XM", "cut_character")}


def test_shifted_row_is_refused_once() -> None:
    """Of a row whose cells may be shifted only that is said."""
    lines = as_csv([student(1), student(2)]).split(b"\r\n")
    shifted = b"\r\n".join([lines[0], lines[1].split(b",", 1)[1], lines[2]])
    assert found(judge(read_roster("roster", shifted), as_of=AS_OF)) == {(2, "*", "cell_count")}


def test_nobody_is_born_after_the_file() -> None:
    """A birth date later than the day the file is of is impossible, on the day itself it is not."""
    assert found(judged([student(CSRQ="20060504")], as_of=date(2006, 5, 3))) == {
        (2, "CSRQ", "impossible_date")
    }
    assert found(judged([student(CSRQ="20060504")], as_of=date(2006, 5, 4))) == set()


@given(st.sampled_from([*FLAGGED_ROWS, *REFUSED_ROWS]), st.integers(1, 999))
def test_no_finding_holds_an_id_number(case: tuple[Row, str, str], serial: int) -> None:
    """Whatever is said about a roster, no ID number of it is in it, not even one in the wrong column."""
    planted = number(serial=serial)
    rows = [
        student() | case[0],
        student(2, SFZH=planted),
        student(3, SFZH=planted),
        student(4, XJZT=planted),
        student(5, XZ=planted),
        student(6, XB=planted),
        student(7, CSRQ=planted),
        student(8) | {"ZJLX": planted},
    ]
    judgement = judged([{"ZJLX": ""} | row for row in rows])
    said = json.dumps([f.as_json() for f in (*judgement.flagged, *judgement.refused)], ensure_ascii=False)
    assert planted not in said
    assert planted[:-4] not in said


def test_each_code_has_words_in_both_languages() -> None:
    """Every code is either refused or flagged, and says why in Chinese and in English."""
    assert not REFUSED.keys() & FLAGGED.keys()
    assert FLAGGED.keys() >= DAMAGED
    for words in (*REFUSED.values(), *FLAGGED.values()):
        assert words.zh
        assert words.en.isascii() or "男" in words.en


CELLS = st.text(st.sampled_from("1aX 　\u200b=\"'Ａ１é\u0301e李·\ue000\n\uf9dc"), max_size=6)


@given(st.lists(CELLS, max_size=8))
def test_column_is_cleaned_as_its_cells_are(cells: list[str]) -> None:
    """Cleaning a column by its alphabet gives what cleaning every cell would."""
    for clean, capitals in (
        (texts.clean_text, False),
        (texts.clean_number, False),
        (texts.clean_document, True),
    ):
        assert list(texts.clean_column(cells, clean, capitals=capitals).texts) == [
            clean(c) or None for c in cells
        ]


@given(st.text(st.sampled_from("1aX 　\u200bＡ１é\u0301e李·\ue000\n\uf9dc"), max_size=6))
def test_cleaning_twice_changes_nothing_more(cell: str) -> None:
    """What was cleaned is clean, so that a second import sees no change."""
    for clean in (texts.clean_text, texts.clean_number, texts.clean_document):
        assert clean(clean(cell)) == clean(cell)
