"""The outcome of a case in one sentence that hides none of its items: 1 项已更正，1 项不予更正."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

SAID: dict[str, tuple[str, str]] = {
    "corrected": ("已更正", "corrected"),
    "already_right": ("原记录无误", "found right as it stands"),
    "refused": ("不予更正", "not corrected"),
    "lapsed": ("已终止", "lapsed"),
}
"""The outcomes of an item in their order, in Chinese and English. A withdrawn item has none."""


def outcome_words(outcomes: Iterable[str]) -> tuple[str, str]:
    """All outcomes of a case in one sentence, in Chinese and English. Counted where they differ.

    Items that are withdrawn or not settled are left out; without any other, both texts are empty.
    """
    return counted_words(Counter(outcomes))


def counted_words(counts: Mapping[str, int]) -> tuple[str, str]:
    """The same from the number of items of each outcome."""
    there = [(counts[code], *words) for code, words in SAID.items() if counts.get(code)]
    if len(there) == 1:
        ((_, zh, en),) = there
        return zh, en.capitalize()
    return (
        "，".join(f"{number} 项{zh}" for number, zh, _ in there),
        ", ".join(f"{_items(number)} {en}" for number, _, en in there),
    )


def _items(number: int) -> str:
    return f"{number} item" if number == 1 else f"{number} items"
