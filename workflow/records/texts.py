"""Cell cleaning without loss: only differences that carry no meaning are folded silently.

A column is tested by its set of characters first. Only cells that need cleaning are touched.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from workflow.verdict import Reason

WORDS_LIMIT = 500

WIDE_TO_ASCII = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
HIDDEN = "\0\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Invisible characters: joiners, direction marks, a byte order mark."""
_EDGES = re.compile(rf"^[\s{HIDDEN}]+|[\s{HIDDEN}]+$")
_UNSEEN = re.compile(rf"[{HIDDEN}\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_DIGITS = frozenset("0123456789X")
_GAPS = re.compile(rf"[\s{HIDDEN}]+")


def clean_text(cell: str) -> str:
    """NFC without spaces and invisible marks at either end. Removes Excel's ``="…"`` wrapper."""
    text = _EDGES.sub("", unicodedata.normalize("NFC", cell))
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = _EDGES.sub("", text[2:-1])
    return text


def clean_words(said: str) -> str:
    """Text that a person wrote: NFC, without invisible marks and controls, without spaces at either end."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", said)).strip()


def clean_number(cell: str) -> str:
    """Clean a code or number: as text, fold full-width letters and digits, remove Excel's leading ``'``."""
    return clean_text(clean_text(cell).translate(WIDE_TO_ASCII).removeprefix("'"))


def clean_document(cell: str) -> str:
    """Clean a document number: as a number, without gaps, in upper case."""
    return unicodedata.normalize("NFC", _GAPS.sub("", clean_number(cell)).upper())


@cache
def _ordinary(character: str) -> bool:
    """True when cleaning leaves the character as it is: no space, mark, control or quote, and in NFC."""
    if character in "='\"" or 0xFF01 <= ord(character) <= 0xFF5E:
        return False
    return unicodedata.category(character)[0] not in "CZM" or unicodedata.category(character) == "Co"


@dataclass(frozen=True, slots=True)
class CleanedColumn:
    """A cleaned column: its texts (None for blank), its distinct texts and its characters."""

    texts: Sequence[str | None]
    distinct: set[str]
    alphabet: frozenset[str]


def clean_column(
    cells: Sequence[str], clean: Callable[[str], str], *, capitals: bool = False
) -> CleanedColumn:
    """Clean every cell of a column. Set ``capitals`` if ``clean`` also turns letters into capitals."""
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
    return CleanedColumn(
        [changed.get(cell, cell) for cell in cells] if changed else cells, distinct, alphabet
    )


def _alphabet(distinct: set[str]) -> frozenset[str]:
    """The characters of a column. A column of digits, the usual case, is not counted one by one."""
    joined = "".join(distinct)
    if joined.isascii() and joined.replace("X", "").isdecimal():
        return _DIGITS
    return frozenset(joined)


def _restless(distinct: set[str], alphabet: frozenset[str], *, capitals: bool) -> re.Pattern[str] | None:
    """A pattern for every cell that cleaning might change. None if it can change none."""
    if alphabet is _DIGITS:
        return None
    if not unicodedata.is_normalized("NFC", "\n".join(distinct)):
        return re.compile("")
    found = [c for c in alphabet if not _ordinary(c) or (capitals and c != c.upper())]
    return re.compile("[" + re.escape("".join(found)) + "]") if found else None


def too_long(words: str) -> Reason | None:
    """What is written to somebody has a limit."""
    if len(words) <= WORDS_LIMIT:
        return None
    return Reason(
        "words_too_long",
        "理由有 {length} 字，上限是 {limit} 字。",
        {"length": len(words), "limit": WORDS_LIMIT},
        remedy="请缩短。",
    )
