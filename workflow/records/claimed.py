"""What may be claimed for each column: the choices of a code list, and what is wrong with a value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

from config.policy.words import LEVELS
from workflow.records import fields, identity, names
from workflow.records.fields import COLUMNS
from workflow.records.texts import clean_document, clean_number, clean_text

NAME_LIMIT = 50
TEXT_LIMIT = 100
EARLIEST, LATEST = date(1950, 1, 1), date(2100, 12, 31)

ETHNICITIES = (
    "汉族", "蒙古族", "回族", "藏族", "维吾尔族", "苗族", "彝族", "壮族", "布依族", "朝鲜族", "满族", "侗族",
    "瑶族", "白族", "土家族", "哈尼族", "哈萨克族", "傣族", "黎族", "傈僳族", "佤族", "畲族", "高山族",
    "拉祜族", "水族", "东乡族", "纳西族", "景颇族", "柯尔克孜族", "土族", "达斡尔族", "仫佬族", "羌族",
    "布朗族", "撒拉族", "毛南族", "仡佬族", "锡伯族", "阿昌族", "普米族", "塔吉克族", "怒族", "乌孜别克族",
    "俄罗斯族", "鄂温克族", "德昂族", "保安族", "裕固族", "京族", "塔塔尔族", "独龙族", "鄂伦春族", "赫哲族",
    "门巴族", "珞巴族", "基诺族", "穿青人", "革家人", "其他", "外国血统中国籍人士",
)  # fmt: skip
"""The ethnic groups in the order of GB/T 3304, and what an ID card may say besides."""

POLITICAL = (
    "中共党员", "中共预备党员", "共青团员", "民革党员", "民盟盟员", "民建会员", "民进会员", "农工党党员",
    "致公党党员", "九三学社社员", "台盟盟员", "无党派人士", "群众",
)  # fmt: skip
"""The political statuses in the order of GB/T 4762."""

FORMS_OF_STUDY = ("普通全日制", "全日制", "非全日制", "函授", "业余", "脱产", "网络教育", "开放教育")

CHOICES: Mapping[str, tuple[str, ...]] = {
    "XB": ("男", "女"),
    "MZ": ETHNICITIES,
    "ZZMM": POLITICAL,
    "CC": LEVELS,
    "XXXS": FORMS_OF_STUDY,
    "XZ": fields.YEARS,
    "XJZT": fields.STATUSES,
}
"""The values of the columns that are code lists."""

_FORMS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "XH": (re.compile(r"[0-9A-Za-z]{1,20}"), "学号只有数字和字母，最多 20 位。"),
    "KSH": (re.compile(r"[0-9A-Za-z]{1,20}"), "考生号只有数字和字母，最多 20 位。"),
    "XMPY": (
        re.compile(r"[A-Za-z]+(?:[ '·-][A-Za-z]+)*", re.ASCII),
        "姓名拼音只用字母，不标声调，ü 写作 YU，如 ZHANG San。",
    ),
    "YZBM": (re.compile(r"\d{6}", re.ASCII), "邮政编码是 6 位数字。"),
    "YXDM": (re.compile(r"\d{5}", re.ASCII), "院校代码是 5 位数字。"),
    "ZYDM": (re.compile(r"[0-9A-Za-z]{4,10}"), "专业代码只有数字和字母。"),
}
"""The form that a value must have, by column, and what is said of one that does not."""


def choices(column: str) -> tuple[str, ...]:
    """The values among which a column's is chosen. Empty if it is typed."""
    return CHOICES.get(column, ())


def is_day(column: str) -> bool:
    """True if the column's value is a day."""
    return column in COLUMNS and COLUMNS[column].kind == "date"


def cleaned(column: str, value: str) -> str:
    """A claimed value in the form in which a roster's value of the column is stored."""
    kind = COLUMNS[column].kind if column in COLUMNS else "text"
    if kind == "document":
        return clean_document(value)
    if kind == "years":
        return fields.years(clean_number(value)) or clean_text(value)
    return clean_number(value) if kind in ("key", "code") else clean_text(value)


def value_fault(column: str, value: str, today: date) -> str:
    """What is wrong with a claimed value, in Chinese; '' if nothing. A photo claim has no value."""
    if column == "PHOTO":
        return ""
    if not value.strip():
        return "请填写正确的内容。"
    if column == "XM":
        return _name_fault(value)
    if column == "SFZH":
        return identity.fault_of(value)
    if column == "XB":
        return "" if value in CHOICES["XB"] else "请选择男或女。"
    if column in CHOICES:
        return "" if value in CHOICES[column] else "请从列出的内容中选择一项。"
    if is_day(column):
        return _day_fault(column, value, today)
    return _text_fault(column, value)


def _name_fault(value: str) -> str:
    if len(value) > NAME_LIMIT:
        return f"姓名最多 {NAME_LIMIT} 个字。"
    faults = names.faults_of(value)
    return faults[0] if faults else ""


def _day_fault(column: str, value: str, today: date) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return "没有这一天。"
    if day.isoformat() != value:  # another notation of the day would be stored as typed
        return "请写成“年-月-日”，如 2006-05-04。"
    if column == "CSRQ":
        return "" if date(1900, 1, 1) <= day < today else "出生日期不对。"
    return "" if EARLIEST <= day <= LATEST else "这个日期不对。"


def _text_fault(column: str, value: str) -> str:
    if column in _FORMS:
        pattern, fault = _FORMS[column]
        return "" if pattern.fullmatch(value) else fault
    if len(value) > TEXT_LIMIT:
        return f"最多 {TEXT_LIMIT} 个字。"
    if any(unicodedata.category(sign) == "Cc" for sign in value):
        return "请写成一行，不要换行。"
    return ""
