"""The columns of the platform's enrolment table: names, headings and valid values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``kind`` selects how its cells are read. ``attribute`` is the record's attribute.

    The value of a ``sealed`` column is stored encrypted and bound to its row.
    """

    name: str
    zh: str
    en: str
    kind: str
    headings: tuple[str, ...] = ()
    kept_as: str = ""
    sealed: bool = False

    @property
    def attribute(self) -> str:
        """The record's attribute for this column."""
        return self.kept_as or self.name.lower()


COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("KSH", "考生号", "candidate number", "key", ("高考考生号", "考号")),
        Column("XH", "学号", "student number", "key", ("学生学号",)),
        Column("XM", "姓名", "name", "name", ("学生姓名",)),
        Column("XMPY", "姓名拼音", "name in pinyin", "text", ("拼音", "拼音姓名")),
        Column("XB", "性别", "sex", "sex"),
        Column("CSRQ", "出生日期", "birth date", "date", ("出生年月日", "出生年月")),
        Column(
            "SFZH", "证件号码", "ID number", "document",
            (
                "身份证号", "身份证号码", "证件号", "身份证件号", "身份证件号码",
                "公民身份号码", "公民身份证号", "ZJHM",
            ),
            sealed=True,
        ),
        Column("ZJLX", "证件类型", "document type", "type", ("身份证件类型", "证件种类"), "doc_type"),
        Column("MZ", "民族", "ethnicity", "text"),
        Column("ZZMM", "政治面貌", "political status", "text"),
        Column("YXDM", "院校代码", "school code", "code", ("学校代码",)),
        Column("YXMC", "院校名称", "school name", "text", ("学校名称", "学校", "院校")),
        Column("ZYDM", "专业代码", "major code", "code"),
        Column("ZYMC", "专业名称", "major", "text", ("专业",)),
        Column("FY", "分院", "college", "text", ("学院", "学院名称", "分院名称")),
        Column("XSH", "系所", "department", "text", ("系所函", "系", "系所名称", "系名称")),
        Column("BH", "班号", "class", "code", ("班级", "班级名称", "班级代码")),
        Column("CC", "层次", "level", "text", ("培养层次", "学历层次")),
        Column("XXXS", "学习形式", "form of study", "text"),
        Column("XZ", "学制", "length of schooling", "years", ("学制年",)),
        Column("RXRQ", "入学日期", "entry date", "date", ("入学时间", "入学年月日")),
        Column(
            "YJBYRQ", "预计毕业日期", "expected graduation date", "date", ("预计毕业时间", "预计毕业年月日")
        ),
        Column("XJZT", "学籍状态", "enrolment status", "status"),
        Column(
            "ZCRQ", "注册日期", "registration date", "date", ("学籍注册日期", "注册时间"), "registered_on"
        ),
        Column("TXDZ", "通讯地址", "postal address", "text", ("通信地址", "邮寄地址"), sealed=True),
        Column("YZBM", "邮政编码", "postcode", "code", ("邮编",), sealed=True),
    )
}  # fmt: skip
"""Every stored column, by the platform's name, in display order."""

SEALED = frozenset(column.name for column in COLUMNS.values() if column.sealed)
"""The columns whose values are stored encrypted."""

KEYS = ("KSH", "XH")
IDENTITY = ("XB", "CSRQ", "SFZH", "XJZT", "YJBYRQ")
"""Fields that students check and the filing rule needs. A blank cell in one of them is flagged."""

YEARS = ("1.5", "2", "2.5", "3", "3.5", "4", "4.5", "5", "5.5", "6", "7", "8")
"""The lengths of schooling that the platform knows, as text: nothing calculates with them."""

STATUSES = (
    "注册学籍", "暂缓注册", "休学", "保留学籍", "停学保留学籍", "复学",
    "保留入学资格", "放弃入学资格", "取消入学资格",
    "转学(转入)", "转学(转出)", "转学", "转入", "转出",
    "转专业", "转班级", "专升本", "延长学年", "留级", "降级",
    "毕业", "结业", "肄业", "退学", "自动退学", "处理退学", "退学(自动)", "退学(处理)",
    "开除学籍", "开除", "注销学籍", "死亡",
)  # fmt: skip
"""The enrolment statuses in use."""

_SHOWN = re.compile(r"(?:在籍|不在籍)\((.+)\)")
_SEXES = {"男": "男", "女": "女", "1": "男", "2": "女", "男性": "男", "女性": "女"}
_OLD_ETHNICITIES = {"毛难族": "毛南族", "崩龙族": "德昂族"}
_NOTE = re.compile(r"\([^()]*\)$")


def status(text: str) -> str | None:
    """The enrolment status in a cell. 在籍（注册学籍） gives 注册学籍. None if unknown."""
    plain = text.replace("（", "(").replace("）", ")").replace(" ", "")
    shown = _SHOWN.fullmatch(plain)
    plain = shown.group(1) if shown else plain
    return plain if plain in STATUSES else None


def years(text: str) -> str | None:
    """The length of schooling in a cell. ``4.0`` and ``4年`` give ``4``. None if unknown."""
    plain = text.removesuffix("年")
    plain = plain.removesuffix("0").removesuffix(".") if re.fullmatch(r"\d\.0", plain) else plain
    return plain if plain in YEARS else None


def sex(text: str) -> str | None:
    """男 or 女 for a cell, including the codes 1 and 2 of GB/T 2261.1. None for anything else."""
    return _SEXES.get(text)


def same_ethnicity(one: str, other: str) -> bool:
    """True when two labels name the same ethnic group: 汉 and 汉族, or an old and a new name."""
    return _ethnicity(one) == _ethnicity(other)


def _ethnicity(label: str) -> str:
    full = label if label.endswith("族") else label + "族"
    return _OLD_ETHNICITIES.get(full, full)


def heading(text: str) -> str:
    """Normalise a heading for comparison: no spaces, stars or trailing remark, in upper case."""
    plain = re.sub(r"[\s*:\ufeff]", "", unicodedata.normalize("NFKC", text)).upper()
    return _NOTE.sub("", plain) or plain


_BY_HEADING = {
    heading(text): column.name
    for column in COLUMNS.values()
    for text in (column.name, column.zh, *column.headings)
}


def column_for(text: str) -> str | None:
    """The platform's column for a heading, in Chinese or Latin letters and any case. None if not stored."""
    return _BY_HEADING.get(heading(text))


def essential_missing(columns: Iterable[str]) -> list[str]:
    """The columns a roster requires that are missing from ``columns``, as text for a message."""
    present = set(columns)
    missing = [] if "XM" in present else ["XM 姓名"]
    return missing if present.intersection(KEYS) else [*missing, "KSH 考生号 / XH 学号"]
