"""Old beside new: which characters differ, and the code points of those that look alike or are rare."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import groupby

Piece = tuple[str, bool]
"""A run of characters, and whether it differs from the other side."""
FEW = 4
"""So many characters that differ are looked at one by one; a longer text is another text."""


def compared(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts cut into runs that agree and runs that differ; of one length, place by place."""
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
    """Character and code point of what differs or is rare: an eye cannot tell 户 from 戶 or · from ・.

    Where many characters differ nobody takes one for the other, and only the rare ones are named.
    """
    few = len({sign for text, differs in pieces if differs for sign in text}) <= FEW
    shown = dict.fromkeys(
        sign for text, differs in pieces for sign in text if (differs and few) or rare(sign)
    )
    return [(sign, f"U+{ord(sign):04X}") for sign in shown]


def rare(sign: str) -> bool:
    """True outside the 20,902 ideographs every system has, plain letters and digits, and the name dot."""
    return not ("\u4e00" <= sign <= "\u9fa5" or sign == "·" or (sign.isascii() and sign.isprintable()))
