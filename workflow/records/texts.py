"""Cleaning cells without losing anything: what may be folded silently, and nothing more.

A whole column is looked at as one alphabet first; only cells that hold a restless character are touched.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

WIDE_TO_ASCII = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
HIDDEN = "\0\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Marks that nobody sees: joiners, direction marks, a stray byte order mark."""
_EDGES = re.compile(rf"^[\s{HIDDEN}]+|[\s{HIDDEN}]+$")
_UNSEEN = re.compile(f"[{HIDDEN}]")
_DIGITS = frozenset("0123456789X")
_GAPS = re.compile(rf"[\s{HIDDEN}]+")


def clean_text(cell: str) -> str:
    """NFC, without spaces and invisible marks at either end; Excel's ``="…"`` wrapper is taken off."""
    text = _EDGES.sub("", unicodedata.normalize("NFC", cell))
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = _EDGES.sub("", text[2:-1])
    return text


def clean_words(said: str) -> str:
    """What somebody wrote: NFC, without invisible marks anywhere, without spaces at either end."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", said)).strip()


def clean_number(cell: str) -> str:
    """A code or number: as text, with full-width letters and digits folded and Excel's leading ``'`` gone."""
    return clean_text(clean_text(cell).translate(WIDE_TO_ASCII).removeprefix("'"))


def clean_document(cell: str) -> str:
    """A document number: as a number, without gaps, its letters in upper case."""
    return unicodedata.normalize("NFC", _GAPS.sub("", clean_number(cell)).upper())


@cache
def _ordinary(character: str) -> bool:
    """Nothing that cleaning would touch: no space, mark, control or quote, and its own NFC."""
    if character in "='\"" or 0xFF01 <= ord(character) <= 0xFF5E:
        return False
    return unicodedata.category(character)[0] not in "CZM" or unicodedata.category(character) == "Co"


@dataclass(frozen=True, slots=True)
class Cells:
    """A cleaned column: its texts (None for blank), and which texts and characters there are in it."""

    texts: Sequence[str | None]
    distinct: set[str]
    alphabet: frozenset[str]


def clean_column(cells: Sequence[str], clean: Callable[[str], str], *, capitals: bool = False) -> Cells:
    """The column with every cell cleaned. With ``capitals``, cleaning turns letters into capitals too."""
    distinct = set(cells)
    alphabet = _alphabet(distinct)
    pattern = _restless(distinct, alphabet, capitals=capitals)
    changed: dict[str, str | None] = {}
    if pattern is not None:
        changed = {cell: clean(cell) or None for cell in distinct if pattern.search(cell)}
        distinct = {text for cell in distinct if (text := changed.get(cell, cell)) is not None}
        alphabet = _alphabet(distinct)
    if "" in distinct:
        changed[""] = None
        distinct.discard("")
    return Cells([changed.get(cell, cell) for cell in cells] if changed else cells, distinct, alphabet)


def _alphabet(distinct: set[str]) -> frozenset[str]:
    """Every character of a column. Most columns are digits, which need not be counted one by one."""
    joined = "".join(distinct)
    if joined.isascii() and joined.replace("X", "").isdecimal():
        return _DIGITS
    return frozenset(joined)


def _restless(distinct: set[str], alphabet: frozenset[str], *, capitals: bool) -> re.Pattern[str] | None:
    """A pattern that finds every cell cleaning might change; None when it can change none."""
    if alphabet is _DIGITS:
        return None
    if not unicodedata.is_normalized("NFC", "\n".join(distinct)):
        return re.compile("")
    found = [c for c in alphabet if not _ordinary(c) or (capitals and c != c.upper())]
    return re.compile("[" + re.escape("".join(found)) + "]") if found else None
