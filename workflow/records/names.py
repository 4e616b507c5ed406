"""Personal names: separator dots, lost characters, and names that differ only in writing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from workflow.records.texts import HIDDEN

DOT = "·"
WRONG_DOTS = "\u2022\u30fb\uff65\u2027\u22c5\u2219\u2e31\ua78f"
"""Bullets and middle dots used in place of U+00B7. NFKC leaves most of them unchanged."""

LOST = "?？\ufffd\u3013\u25a1"
"""Replacements for a character that a system lost: question mark, replacement mark, geta, box."""

MASKS = "*＊"
"""Characters that mask part of a name or number."""

HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese characters, for use between the brackets of a pattern."""

_PRIVATE = r"\ue000-\uf8ff\U000f0000-\U0010fffd"
_MARKS = (
    ("lost_character", re.compile(f"[{LOST}]")),
    ("masked", re.compile(f"[{MASKS}]")),
    ("private_use", re.compile(f"[{_PRIVATE}]")),
    ("wrong_dot", re.compile(f"[{WRONG_DOTS}]|(?<=[{HAN}])[.．](?=[{HAN}])")),
    ("space_in_name", re.compile(rf"\u3000|(?<=[{HAN}·])\s|\s(?=[{HAN}·])")),
    ("mixed_letters", re.compile(f"[{HAN}][A-Za-zＡ-Ｚａ-ｚ]|[A-Za-zＡ-Ｚａ-ｚ][{HAN}]")),
    ("hidden_character", re.compile(rf"[{HIDDEN}\t\n\v\f\r]")),
)
_SAID = {
    "lost_character": "含有“?”等代替字符，请填写真正的字。",
    "masked": "含有遮盖用的“*”，请填写完整的姓名。",
    "private_use": "含有系统自造的字符，请用正式编码的字重新输入。",
    "wrong_dot": f"姓名中的间隔点应为“{DOT}”。",
    "space_in_name": "姓名的汉字之间不应有空格。",
    "mixed_letters": "汉字中夹有字母，请填写真正的字。",
    "hidden_character": "含有看不见的字符，请重新输入。",
}
_DAMAGE = re.compile(rf"[{LOST}{MASKS}{_PRIVATE}]+|(?<=[{HAN}])[A-Z]+|[A-Z]+(?=[{HAN}])")
_ANY_DOT = re.compile(f"[{WRONG_DOTS}.]")
_UNSEEN = re.compile(rf"[\s{HIDDEN}]+")


def marks_of(name: str) -> tuple[str, ...]:
    """The codes of all unexpected characters in a name."""
    return tuple(code for code, pattern in _MARKS if pattern.search(name))


def faults_of(name: str) -> tuple[str, ...]:
    """The same as Chinese sentences, for a person entering the name."""
    return tuple(_SAID[mark] for mark in marks_of(name))


def suspicious(alphabet: Collection[str]) -> re.Pattern[str] | None:
    """A pattern for the names that need a closer look, given all characters of a column. None if none do.

    Every character that ``marks_of`` can report matches the pattern.
    """
    found = [c for c in alphabet if not (_ORDINARY.fullmatch(c))]
    return re.compile("[" + re.escape("".join(found)) + "]") if found else None


_ORDINARY = re.compile(f"[{HAN}{DOT}]")


def fold(name: str) -> str:
    """Normalise a name for comparison: fold width, case, dots, spaces and invisible marks."""
    return _UNSEEN.sub("", dotted(name)).casefold()


def dotted(name: str) -> str:
    """A name in ordinary width with one kind of dot between its parts."""
    return _ANY_DOT.sub(DOT, unicodedata.normalize("NFKC", name))


def same_rendering(one: str, other: str) -> bool:
    """True when two different texts are the same name in different writing."""
    return one != other and fold(one) == fold(other)


def may_be(damaged: str, whole: str) -> bool:
    """True when a damaged or cut name could come from the whole one."""
    if fold(whole).startswith(fold(damaged)):
        return True
    pieces = [re.escape(fold(piece)) for piece in _DAMAGE.split(unicodedata.normalize("NFC", damaged))]
    return re.fullmatch(".+".join(pieces), fold(whole)) is not None
