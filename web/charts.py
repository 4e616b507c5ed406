"""Numbers as pictures: where the pieces of a bar stand. The numbers themselves are in the table beside it."""

from __future__ import annotations

from dataclasses import dataclass

from states.case import CHECKED_OK, CORRECTED, RAISED, REJECTED, REVIEW
from workflow.campaigns.board import DEEMED, Line

WIDTH = 1000
PIECES = (
    ("good", (CHECKED_OK,)),
    ("now", (RAISED, REVIEW)),
    ("done", (CORRECTED, REJECTED)),
    ("deemed", (DEEMED,)),
)
"""The pieces of a bar from the left; what is not covered has not been checked."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a bar that is ``WIDTH`` wide."""

    kind: str
    x: int
    width: int


def pieces(line: Line) -> list[Piece]:
    """The bar of a line of a board; rounding never makes the pieces longer than the whole."""
    found, before = [], 0
    for kind, names in PIECES:
        after = before + sum(line.numbers[name] for name in names)
        start, end = (WIDTH * n // line.counted if line.counted else 0 for n in (before, after))
        if end > start:
            found.append(Piece(kind, start, end - start))
        before = after
    return found


def percent(line: Line) -> str:
    """The share that was checked, to a tenth of a percent and never rounded up."""
    return f"{line.per_mille // 10}.{line.per_mille % 10}%"
