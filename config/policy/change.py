"""The parts in which a claim's value differs from the record's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

PARTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "blank": ("原来是空的", "the record had nothing"),
        "rendering": ("只是写法不同", "only written differently"),
        "surname": ("姓名的首字", "the first character of the name"),
        "region": ("证件号码的地区", "the region in the ID number"),
        "birth_date": ("出生日期", "the birth date"),
        "birth_year": ("出生年份", "the year of birth"),
        "sex": ("性别", "the sex"),
        "document_kind": ("证件种类", "the kind of document"),
    }
)
"""The parts that a rule may test. Birth date, sex and region are also read from an ID number."""

_OF_COLUMNS: Mapping[str, frozenset[str]] = {
    "SFZH": frozenset({"region", "birth_date", "birth_year", "sex", "document_kind"}),
    "CSRQ": frozenset({"birth_date", "birth_year"}),
    "XB": frozenset({"sex"}),
    "XM": frozenset({"surname"}),
}

_RESIDENT = re.compile(r"(\d{6})(\d{8})(\d{2})(\d)[0-9X]|(\d{6})(\d{6})(\d{2})(\d)", re.ASCII)
_SEPARATORS = re.compile("[\u00b7\u0387\u2022\u2027\u2219\u22c5\u30fb\uff65.]")
_DAY = re.compile(r"(\d{4})[-·/年]?(\d{1,2})[-·/月]?(\d{1,2})日?", re.ASCII)
_SEXES = {"1": "男", "2": "女"}


def parts_of(column: str) -> frozenset[str]:
    """The parts in which two values of a column can differ."""
    return _OF_COLUMNS.get(column, frozenset()) | {"blank", "rendering"}


def changed_parts(column: str, old: str, new: str) -> frozenset[str]:
    """The parts in which old and new differ. A part that one of the values does not show is left out."""
    if not (before := _folded(old)):
        return frozenset({"blank"})
    after = _folded(new)
    if before == after:
        return frozenset({"rendering"} if old != new else ())
    if column == "SFZH":
        return _of_numbers(before, after)
    if column == "CSRQ":
        day = _day(before)
        same = day is not None and day == _day(after)
        return frozenset({"rendering"}) if same else _of_births(day, _day(after))
    if column == "XB":
        return frozenset({"sex"} if _sex(before) != _sex(after) else {"rendering"})
    if column == "XM" and before[0] != after[:1]:
        return frozenset({"surname"})
    return frozenset()


def _of_numbers(old: str, new: str) -> frozenset[str]:
    before, after = _resident(old), _resident(new)
    if before is None and after is None:
        return frozenset()
    if before is None or after is None:
        return frozenset({"document_kind"})
    parts = set(_of_births(before[1], after[1]))
    if before[0] != after[0]:
        parts.add("region")
    if before[2] != after[2]:
        parts.add("sex")
    return frozenset(parts)


def _of_births(old: str | None, new: str | None) -> frozenset[str]:
    if old is None or new is None or old == new:
        return frozenset()
    return frozenset({"birth_date"} if old[:4] == new[:4] else {"birth_date", "birth_year"})


def _resident(number: str) -> tuple[str, str, int] | None:
    """Region, birth digits and sex of a resident's ID number of 18 or 15 digits. None for other documents."""
    if not (found := _RESIDENT.fullmatch(number)):
        return None
    if found[1]:
        return found[1], found[2], int(found[4]) % 2
    return found[5], f"19{found[6]}", int(found[8]) % 2


def _day(text: str) -> str | None:
    """A date in any notation as eight digits."""
    found = _DAY.fullmatch(text)
    return f"{found[1]}{found[2]:0>2}{found[3]:0>2}" if found else None


def _sex(text: str) -> str:
    return _SEXES.get(text, text)


def _folded(text: str) -> str:
    """Fold differences of display: widths, spaces, case, and the dots in names."""
    return _SEPARATORS.sub("·", "".join(unicodedata.normalize("NFKC", text).split())).upper()
