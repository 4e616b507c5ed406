"""The lines of a TOML text: every fault points at one."""

from __future__ import annotations

import tomllib

import pytest

from config.policy.reading.lines import Lines, Path

TEXT = '''
# a comment with [brackets] and key = 1
top = 1
many = [
  "one]",
  "two", # ["]
]
[table]
inner = { a = 1, b = "}" }
dotted.key = 2
long = """
[not.a.table]
nor = "a key"
"""
literal = \'\'\'
[[neither]]
\'\'\'
[[row]]
name = "first \\" [ # "
[row.sub]
deep = true
[[row]]
name = 'second ['
[row.sub]
deep = false
[[row.leaf]]
x = 1
[[row.leaf]]
x = 2
'''

WHERE: list[tuple[Path, str]] = [
    (("top",), "top = 1"),
    (("many",), "many = ["),
    (("many", 1), "many = ["),
    (("table",), "[table]"),
    (("table", "inner"), "inner = "),
    (("table", "inner", "b"), "inner = "),
    (("table", "dotted", "key"), "dotted.key"),
    (("table", "long"), 'long = """'),
    (("table", "literal"), "literal = "),
    (("row", 0, "name"), 'name = "first'),
    (("row", 0, "sub", "deep"), "deep = true"),
    (("row", 1, "name"), "name = 'second"),
    (("row", 1, "sub", "deep"), "deep = false"),
    (("row", 1, "leaf", 1, "x"), "x = 2"),
]


def test_the_text_is_toml() -> None:
    """The example means what the lines say it means."""
    assert tomllib.loads(TEXT)["row"][1]["leaf"][1] == {"x": 2}


@pytest.mark.parametrize(("path", "start"), WHERE)
def test_a_path_leads_to_its_line(path: Path, start: str) -> None:
    """Tables, rows of tables, keys; what has no line of its own leads to what is around it."""
    assert TEXT.split("\n")[Lines(TEXT).at(path) - 1].startswith(start)


@pytest.mark.parametrize("path", [(), ("nothing",), ("not", "a", "table"), ("neither", 0)])
def test_what_is_not_there_leads_to_the_first_line(path: Path) -> None:
    """Insides of strings are no tables."""
    assert Lines(TEXT).at(path) == 1
