"""Line numbers in a TOML file. ``tomllib`` keeps none, and faults must name them."""

from __future__ import annotations

import re
from dataclasses import dataclass

Path = tuple[str | int, ...]

_STRING_OR_COMMENT = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'" r"|#[^\n]*", re.DOTALL
)
_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\s-]+?)\s*\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault in a school's files. The first line of a file is 1."""

    file: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.says}"


class Lines:
    """The lines of all tables, elements of arrays of tables, and keys of a valid TOML text.

    A quoted key is not found; ``at`` then returns the line of its table.
    """

    def __init__(self, text: str) -> None:
        self._found: dict[Path, int] = {}
        self._elements: dict[Path, int] = {}
        table: Path = ()
        depth = 0
        for number, line in enumerate(_STRING_OR_COMMENT.sub(_blank, text).split("\n"), start=1):
            if depth == 0 and (header := _HEADER.match(line)):
                table = self._enter(_names(header[2]), array=header[1] == "[[")
                self._found.setdefault(table, number)
                continue
            if depth == 0 and (key := _KEY.match(line)):
                names = _names(key[1])
                for upto in range(1, len(names) + 1):
                    self._found.setdefault((*table, *names[:upto]), number)
            depth += len(re.findall(r"[\[{]", line)) - len(re.findall(r"[\]}]", line))

    def at(self, path: Path) -> int:
        """The line of the innermost part of the path that has one. 1 if none has."""
        while path and path not in self._found:
            path = path[:-1]
        return self._found.get(path, 1)

    def _enter(self, names: Path, *, array: bool) -> Path:
        here: Path = ()
        for name in names[:-1]:
            here = (*here, name)
            if here in self._elements:
                here = (*here, self._elements[here])
        here = (*here, names[-1])
        if array:
            self._elements[here] = self._elements.get(here, -1) + 1
            here = (*here, self._elements[here])
        return here


def _names(dotted: str) -> Path:
    return tuple(name.strip() for name in dotted.split("."))


def _blank(token: re.Match[str]) -> str:
    return '""' + re.sub(r"[^\n]", "", token[0])
