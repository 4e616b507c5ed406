"""Compare old and new text: differing characters, and code points of similar or rare ones."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import groupby

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
    runs = groupby(zip(text, same, strict=True), key=lambda place: place[1])
    return [("".join(sign for sign, _ in run), not agrees) for agrees, run in runs]


def code_points(pieces: list[Piece]) -> list[tuple[str, str]]:
    """(character, code point) of characters that differ or are rare, such as 户 and 戶, or · and ・.

    Where many characters differ the texts are not confused, so only the rare characters are named.
    """
    few = len({sign for text, differs in pieces if differs for sign in text}) <= FEW
    shown = dict.fromkeys(
        sign for text, differs in pieces for sign in text if (differs and few) or rare(sign)
    )
    return [(sign, f"U+{ord(sign):04X}") for sign in shown]


def rare(sign: str) -> bool:
    """True outside the 20,902 ideographs of every system, plain letters, digits and the name dot."""
    return not ("\u4e00" <= sign <= "\u9fa5" or sign == "·" or (sign.isascii() and sign.isprintable()))
