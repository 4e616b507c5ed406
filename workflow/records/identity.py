"""Document numbers: document type by shape, check character, birth date, sex, 15 and 18 digits.

GB 11643: six digits for the area at birth (the first two name the province), eight for the birth date, three
for the sequence (odd for men) and a check character (ISO 7064 MOD 11-2). This module never puts a number into
a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from config.policy.words import PROVINCE_CODES
from workflow.people.cipher import Cipher
from workflow.records.texts import clean_document

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
INDEX_KIND = "id"

DOCUMENT_TYPES = {
    "1": "居民身份证",
    "2": "军官证",
    "3": "士兵证",
    "4": "文职干部证",
    "5": "部队离退休证",
    "6": "香港特区护照/身份证明",
    "7": "澳门特区护照/身份证明",
    "8": "台湾居民来往大陆通行证",
    "9": "境外永久居住证",
    "A": "护照",
    "B": "户口簿",
    "C": "港澳台居民居住证",
    "Z": "其他",
}
"""The platform's codes for document types."""

_OTHER_NAMES = {
    "身份证": "1", "中华人民共和国居民身份证": "1", "居民身份证件": "1", "台胞证": "8",
    "外国人永久居留身份证": "9",
}  # fmt: skip
_TYPES = {name: code for code, name in DOCUMENT_TYPES.items()} | _OTHER_NAMES

# Shapes that decide the type come first. A shape that several documents share is known but has no type.
_SHAPES: tuple[tuple[str | None, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.ASCII))
    for kind, pattern in (
        ("1", r"[1-8]\d{14}"),
        ("9", r"[A-Z]{3}\d{12}"),
        ("6", r"H\d{8}(?:\d{2})?"),
        ("7", r"M\d{8}(?:\d{2})?"),
        ("8", r"\d{8}"),
        ("6", r"[A-Z]{1,2}\d{6}\([\dA]\)"),
        ("7", r"[157]\d{6}\(\d\)"),
        (None, r"(?=.*\d.*\d.*\d.*\d)[A-Z0-9]{6,11}"),
        (None, r"[\u3400-\u9fff].*\d.*"),
    )
)
# All resident cards, including the foreigner's card since 2023: same places for birth, sex and check.
_RESIDENT = re.compile(r"[1-9]\d{16}[\dX]|[1-8]\d{14}", re.ASCII)
_PERMIT_AREAS = frozenset(("810000", "820000", "830000"))
_LOOSE = re.compile(r"[()\-\s]")


@dataclass(frozen=True, slots=True)
class Number:
    """A stored document number and what it shows about its holder.

    ``kind`` is the document type's code, or None if the shape does not decide it. ``birth`` and ``sex`` (男
    or 女) are None if the document does not carry them or carries an impossible date.
    """

    text: str
    kind: str | None
    birth: date | None
    sex: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that a number shows, by itself or beside its holder's birth date and sex.

    ``holds`` is None where a number of its kind does not say it. ``said`` is the right check character, the
    province, or the code of the document's type.
    """

    code: str
    holds: bool | None
    said: str = ""


def check_character(body: str) -> str:
    """The check character of 17 digits."""
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def document_code(name: str) -> str | None:
    """The platform's code for a document type, given as code or name. None if unknown."""
    return name if name in DOCUMENT_TYPES else _TYPES.get(name)


def document_type(number: str) -> str | None:
    """The document type's code by shape. None if the shape is unknown or several documents share it."""
    if len(number) == 18 and _RESIDENT.fullmatch(number):
        return "9" if number[0] == "9" else "C" if number[:6] in _PERMIT_AREAS else "1"
    return next((kind for kind, shape in _SHAPES if shape.fullmatch(number)), None)


def known_shape(number: str) -> bool:
    """True when an identity document has numbers of this shape."""
    return bool(_RESIDENT.fullmatch(number)) or any(shape.fullmatch(number) for _, shape in _SHAPES)


def widen(number: str) -> str:
    """The 18-digit form of a 15-digit resident number. Any other number is returned unchanged."""
    if len(number) != 15 or not _RESIDENT.fullmatch(number) or _day("19" + number[6:12]) is None:
        return number
    body = number[:6] + "19" + number[6:]
    return body + check_character(body)


def fold(number: str) -> str:
    """Normalise a number for comparison: fold case, width, gaps and brackets; widen 15 digits to 18."""
    if len(number) == 18 and number[:17].isdecimal() and number[17] in CHECKS:
        return number
    return widen(_LOOSE.sub("", clean_document(number)))


def blind_index(cipher: Cipher, number: str) -> bytes:
    """The blind index of a number: 16 bytes, equal for every way of writing the number."""
    return cipher.index(INDEX_KIND, fold(number))


def read_number(text: str) -> Number:
    """Read a number. Any text can be read; a malformed one gives fewer facts."""
    number = clean_document(text)
    if not _RESIDENT.fullmatch(number):
        return Number(number, document_type(number), None, None)
    wide = number[:6] + "19" + number[6:] if len(number) == 15 else number
    birth = _day(wide[6:14])
    return Number(number, document_type(number), birth, "男" if int(wide[16]) % 2 else "女")


def marks_of(number: str, *, born: str | None, sex: str | None, kind: str | None = None) -> tuple[str, ...]:
    """The codes of all doubts about a clean number, given the birth date (ISO) and sex of its row.

    ``kind`` is the document type in the file. A type without a known rule gives no doubts.
    """
    if kind not in (None, "1", "C", "9"):
        return ()
    resident = _RESIDENT.fullmatch(number) is not None
    if not known_shape(number) or (kind in ("1", "C") and not resident):
        return ("number_shape",)
    if not resident:
        return ()
    marks = []
    if len(number) == 18 and check_character(number[:17]) != number[17]:
        marks.append("checksum")
    says = read_number(number)
    if says.birth is None:
        marks.append("number_date")
    elif born is not None and says.birth.isoformat() != born:
        marks.append("birth_disagrees")
    if sex in ("男", "女") and says.sex != sex:
        marks.append("sex_disagrees")
    return tuple(marks)


def fault_of(text: str) -> str:
    """What is wrong with a number that a student claims to be right, in Chinese. '' if nothing is."""
    number = clean_document(text)
    for mark in marks_of(number, born=None, sex=None):
        return _SAID[mark]
    return ""


_SAID = {
    "number_shape": "不像任何一种证件的号码，请对照证件逐位核对。",
    "checksum": "校验码不对，请对照证件逐位核对。",
    "number_date": "号码中的出生日期不存在，请对照证件逐位核对。",
}


PARTS = {18: (6, 8, 3, 1), 15: (6, 6, 3)}
"""The places of a resident number for area, birth date, sequence and check character, by its length."""


def parts_of(number: str) -> tuple[int, ...]:
    """How many places each part of a resident number has. Empty for the number of another document."""
    return PARTS[len(number)] if _RESIDENT.fullmatch(number) else ()


def readings(number: str, *, born: str, sex: str, kind: str | None = None) -> tuple[Reading, ...]:
    """What a clean number shows beside a birth date (ISO) and a sex, '' for what is not known.

    ``kind`` is the document's type, if it is said. Numbers of documents without a rule are not judged.
    """
    resident = _RESIDENT.fullmatch(number) is not None
    if kind not in (None, "1", "C", "9") or (not resident and kind in (None, "9") and known_shape(number)):
        return (Reading("other", None, kind or document_type(number) or ""),)
    if not resident:
        return (Reading("shape", False),)
    return tuple(_of_resident(number, born, sex))


def _of_resident(number: str, born: str, sex: str) -> Iterator[Reading]:
    says = read_number(number)
    right = check_character(number[:17]) if len(number) == 18 else ""
    yield Reading("check", number[17] == right, right) if right else Reading("fifteen", None)
    if says.kind == "1":
        yield Reading("area", number[:2] in PROVINCE_CODES, PROVINCE_CODES.get(number[:2], ""))
    if says.birth is None:
        yield Reading("date", False)
    elif born:
        yield Reading("birth", says.birth.isoformat() == born)
    if right and right != number[17] and born:
        mended = number[:6] + born.replace("-", "") + number[14:17]
        if mended != number[:17] and check_character(mended) == number[17]:
            yield Reading("mended", None)
    if sex in ("男", "女"):
        yield Reading("sex", says.sex == sex)


def slip(wrong: str, right: str) -> tuple[int, ...]:
    """The one place, or the two neighbouring places, from 1, by whose slip ``right`` became ``wrong``.

    Two places count where their characters are swapped. Empty if more than that differs.
    """
    if len(wrong) != len(right):
        return ()
    places = tuple(n for n, (a, b) in enumerate(zip(wrong, right, strict=True), 1) if a != b)
    if len(places) == 2:
        first, last = places
        swapped = last == first + 1 and wrong[first - 1 : last] == right[first - 1 : last][::-1]
        return places if swapped else ()
    return places if len(places) == 1 else ()


def doubtful(
    numbers: Sequence[str | None], births: Sequence[str | None], sexes: Sequence[str | None]
) -> list[int]:
    """The positions in a column that need a closer look: all except those that clearly meet every rule."""
    days = {born: born.replace("-", "") for born in set(births) if born is not None}
    found = []
    for position, (number, born, sex) in enumerate(zip(numbers, births, sexes, strict=True)):
        if number is None:
            continue
        body = number[:17]
        plain = (
            number.isascii()
            and body.isdecimal()
            and body[0] != "0"
            and number[6:14] == days.get(born or "")
            # The weights are powers of 2, and 13 is 2 modulo 11. So base 13 gives the weighted sum.
            and number[17:] == CHECKS[2 * int(body, 13) % 11]
            and sex == ("男" if body[16] in "13579" else "女")
        )
        if not plain:
            found.append(position)
    return found


def _day(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
