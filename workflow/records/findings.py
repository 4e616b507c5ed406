"""Findings of an import on single cells: refused or flagged. No finding shows an ID number."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FindingWords:
    """The text of a code, in Chinese and in English."""

    zh: str
    en: str


REFUSED: dict[str, FindingWords] = {
    "no_name": FindingWords("没有姓名", "no name"),
    "no_key": FindingWords("考生号和学号都没有", "neither candidate number nor student number"),
    "damaged_key": FindingWords(
        "号码不完整（含“?”或被“*”遮盖）", "the number is not whole: it holds ? or is masked by *"
    ),
    "impossible_date": FindingWords("不是可能的日期", "not a possible date"),
    "twice_in_file": FindingWords("与第 {rows} 行重复", "the same as in row {rows}"),
    "two_records": FindingWords(
        "考生号与学号指向两条不同的记录",
        "candidate number and student number belong to two different records",
    ),
    "number_taken": FindingWords(
        "该学号属于另一考生号的记录", "this student number belongs to a record with another candidate number"
    ),
    "unknown_status": FindingWords("未知的学籍状态{shown}", "unknown enrolment status{shown}"),
    "no_status": FindingWords("新记录没有学籍状态", "a new record without enrolment status"),
    "unknown_years": FindingWords("未知的学制{shown}", "unknown length of schooling{shown}"),
    "float_number": FindingWords(
        "该号码已被 Excel 变成数值，末位或前导零可能丢失；请将该列设为文本后重新导出",
        "Excel turned this number into a float, digits may be lost; export it again with the column as text",
    ),
    "not_text": FindingWords("单元格不是文字", "the cell does not hold text"),
    "cut_character": FindingWords(
        "字段已填满，最后一个字被截断", "the field is full and its last character is cut in half"
    ),
    "not_decodable": FindingWords("不是有效的 GB18030 文字", "not valid GB18030 text"),
    "cell_count": FindingWords("单元格个数与表头不符", "more or fewer cells than the header has"),
}
FLAGGED: dict[str, FindingWords] = {
    "checksum": FindingWords("证件号码校验码不符", "the check character of the ID number is wrong"),
    "number_shape": FindingWords("不像任何一种证件的号码", "not the shape of any known document number"),
    "number_date": FindingWords(
        "证件号码中的出生日期不存在", "the ID number carries an impossible birth date"
    ),
    "birth_disagrees": FindingWords("出生日期与证件号码不一致", "birth date disagrees with the ID number"),
    "sex_disagrees": FindingWords("性别与证件号码不一致", "sex disagrees with the ID number"),
    "lost_character": FindingWords(
        "有字已变成“?”等代替字符；不会覆盖已有的值",
        "a character was lost and replaced by ? or the like; never written over an existing value",
    ),
    "masked": FindingWords(
        "部分字符被“*”遮盖；不会覆盖已有的值",
        "part of it is masked by *; never written over an existing value",
    ),
    "private_use": FindingWords(
        "含系统自造字（私用区）；不会覆盖已有的值",
        "holds a private-use character; never written over an existing value",
    ),
    "wrong_dot": FindingWords(
        "间隔点不是“·”（U+00B7）；不会覆盖已有的值",
        "the separator dot is not U+00B7; never written over an existing value",
    ),
    "space_in_name": FindingWords(
        "姓名中有空格；不会覆盖已有的值", "a space inside the name; never written over an existing value"
    ),
    "mixed_letters": FindingWords(
        "汉字中夹有字母；不会覆盖已有的值",
        "letters between Chinese characters; never written over an existing value",
    ),
    "hidden_character": FindingWords(
        "含有看不见的字符；不会覆盖已有的值", "an invisible character; never written over an existing value"
    ),
    "maybe_cut": FindingWords(
        "字段刚好填满，姓名可能被截断；不会覆盖已有的值",
        "the field is filled to its last byte, the name may be cut; never written over an existing value",
    ),
    "unknown_sex": FindingWords("性别不是男或女", "sex is neither 男 nor 女"),
    "unknown_type": FindingWords("未知的证件类型", "unknown document type"),
    "odd_key": FindingWords("号码含有数字和字母以外的字符", "holds other characters than digits and letters"),
    "blank": FindingWords("空白；不会清除已有的值", "blank; never clears an existing value"),
    "same_person_maybe": FindingWords(
        "证件号码与{where}相同，可能是同一人", "the same ID number as {where_en}: the same person, maybe"
    ),
    "short_form": FindingWords(
        "与记录中的证件号码是同一号码的短写法，予以保留原值",
        "a shorter form of the record's own number, which is kept",
    ),
    "correction_kept": FindingWords(
        "记录中是更正后的值，予以保留", "the record holds a corrected value, which is kept"
    ),
    "locked": FindingWords(
        "这一项正在申请更正，按学校规则锁定；办结以前不写入另一个值",
        "a request about it is open and the rules lock it; no other value is written before that has ended",
    ),
    "newer_kept": FindingWords(
        "记录中的值（{as_of}）比本文件新，予以保留",
        "the record's value ({as_of}) is newer than this file and kept",
    ),
    "damaged_differs": FindingWords(
        "除受损的字外，与记录中的值也不同；保留记录中的值",
        "differs from the record's value by more than the damage; the record's value is kept",
    ),
    "rendering": FindingWords("与记录中的值只是写法不同", "only written differently from the record's value"),
}
DAMAGED = frozenset(
    (
        "lost_character",
        "masked",
        "private_use",
        "wrong_dot",
        "space_in_name",
        "mixed_letters",
        "hidden_character",
        "maybe_cut",
    )
)
"""Flags of values that are written only where the record has no value."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A finding on one cell: row in the file (header = 1), column, code and text."""

    row: int
    column: str
    code: str
    says: str

    def as_json(self) -> dict[str, int | str]:
        """The finding as JSON, for the command line."""
        return {"row": self.row, "column": self.column, "code": self.code, "says": self.says}


def finding(row: int, column: str, code: str, **facts: object) -> Finding:
    """Create a finding with the text of its code."""
    words = REFUSED.get(code) or FLAGGED[code]
    return Finding(row, column, code, f"{words.zh.format(**facts)} / {words.en.format(**facts)}")


def shown(value: str) -> str:
    """A cell's value for a message. Empty if it is long or has enough digits to be an ID number."""
    if len(value) > 16 or re.search(r"\d{4}", value):
        return ""
    return f"“{value}”"
