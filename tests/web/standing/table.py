"""Reads the hand-written table of who may open what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("matrix.txt")
STAFF = ("off", "sec", "cou", "tea", "rev", "yea", "arc", "2nd", "reg", "aud", "adm")
EVERYBODY = ("any", "stu", *STAFF)
GROUPS = {"all": ("stu", *STAFF), "sta": STAFF}
OWNED = (
    "letter", "paper", "asked", "claim", "opened", "job", "item", "case", "subject", "record", "run", "person", "proposal",
    "substitution", "relation", "comparison",
    "press", "digest", "class", "college", "sought", "grant", "plan", "batch", "filename", "id", "token", "short",
    "ending", "link", "step", "situation", "colours", "shades", "crest",
)  # fmt: skip
"""The variables of addresses that say which thing is meant, from the innermost outwards."""


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line: a method, a route (with what is sent beside it), and what opens for whom."""

    method: str
    route: str
    sent: str
    cells: dict[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """The variables of the route and of what is sent."""
        return tuple(re.findall(r"<(\w+)>", self.route + self.sent))

    @property
    def object(self) -> str:
        """The variable that says which thing is meant, or ''."""
        return next((name for name in OWNED if name in self.names), "")


def table() -> list[TableLine]:
    """All lines, in order."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return [_line(line.split()) for line in lines]


def _line(words: list[str]) -> TableLine:
    method, route, *rest = words
    sent = rest.pop(0) if "=" in rest[0] else ""
    cells: dict[str, str] = {}
    for who, opens in (word.split(":") for word in rest):
        for one in GROUPS.get(who, (who,)):
            assert one in EVERYBODY and one not in cells, (method, route, one)
            cells[one] = opens
    return TableLine(method, route, sent, cells)
