"""Compare old and new text: differing characters, and code points of similar or rare ones."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import groupby, islice
from typing import NamedTuple

Piece = tuple[str, bool]
"""A run of characters, and whether it differs from the other side."""
FEW = 4
"""Maximum number of differing characters to name one by one. Beyond it the texts are simply different."""


def compared(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts as runs that agree and runs that differ. Texts of equal length are compared by position."""
    if len(old) == len(new):
        same = [a == b for a, b in zip(old, new, strict=True)]
        return _runs(old, same), _runs(new, same)
    before: list[Piece] = []
    after: list[Piece] = []
    for how, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if a < b:
            before.append((old[a:b], how != "equal"))
        if c < d:
            after.append((new[c:d], how != "equal"))
    return before, after


def _runs(text: str, same: list[bool]) -> list[Piece]:
    return list(_joined((sign, not agrees) for sign, agrees in zip(text, same, strict=True)))


def cut(pieces: Iterable[Piece], lengths: Iterable[int]) -> tuple[tuple[Piece, ...], ...]:
    """The same runs, cut into parts of these lengths."""
    signs = iter([(sign, differs) for text, differs in pieces for sign in text])
    return tuple(tuple(_joined(islice(signs, length))) for length in lengths)


def _joined(signs: Iterable[Piece]) -> Iterator[Piece]:
    for differs, run in groupby(signs, key=lambda place: place[1]):
        yield "".join(sign for sign, _ in run), differs


class Glyph(NamedTuple):
    """A character that may be taken for another: its code point, and its name in Chinese and English."""

    sign: str
    code: str
    zh: str
    en: str


NAMES = {
    "·": ("间隔号", "middle dot"),
    "•": ("项目符号", "bullet"),
    "・": ("片假名中点", "katakana middle dot"),
    "･": ("半角片假名中点", "halfwidth katakana middle dot"),
    "‧": ("连字点", "hyphenation point"),
    "⋅": ("点运算符", "dot operator"),
    "∙": ("项目点运算符", "bullet operator"),
    ".": ("英文句点", "full stop"),
    "．": ("全角句点", "fullwidth full stop"),
    " ": ("空格", "space"),
    "\u3000": ("全角空格", "ideographic space"),
    "\u200b": ("零宽空格", "zero width space"),
}
"""Signs that stand between the parts of a name, or are taken for such a one."""
BLOCKS = (
    ("\u3400", "\u4dbf", "扩展 A 区", "extension A"),
    ("\u9fa6", "\u9fff", "基本区后补", "added to the basic block"),
    ("\ue000", "\uf8ff", "系统自造字", "private use"),
    ("\uf900", "\ufaff", "兼容汉字", "compatibility ideograph"),
    ("\U00020000", "\U0002a6df", "扩展 B 区", "extension B"),
    ("\U0002a700", "\U0003ffff", "扩展 C 区以后", "extension C or later"),
    ("\U000f0000", "\U0010fffd", "系统自造字", "private use"),
)
"""Where rare ideographs stand in Unicode. What the common ones are called is of no help."""


def glyph(sign: str) -> Glyph:
    """A character with its code point and its name. An ideograph of every system has no name."""
    named = NAMES.get(sign) or next(((zh, en) for a, b, zh, en in BLOCKS if a <= sign <= b), None)
    if named is None:
        english = "" if "\u4e00" <= sign <= "\u9fa5" else unicodedata.name(sign, "").lower()
        named = (english, english)
    return Glyph(sign, f"U+{ord(sign):04X}", *named)


def code_points(pieces: Iterable[Piece]) -> list[Glyph]:
    """The characters that differ or are rare, such as 户 and 戶, or · and ・, each by its name.

    Where many characters differ the texts are not confused, so only the rare characters are named.
    """
    pieces = list(pieces)
    few = len({sign for text, differs in pieces if differs for sign in text}) <= FEW
    shown = dict.fromkeys(
        sign for text, differs in pieces for sign in text if (differs and few) or rare(sign)
    )
    return [glyph(sign) for sign in shown]


def rare(sign: str) -> bool:
    """True outside the 20,902 ideographs of every system, plain letters, digits and the name dot."""
    return not ("\u4e00" <= sign <= "\u9fa5" or sign == "·" or (sign.isascii() and sign.isprintable()))
