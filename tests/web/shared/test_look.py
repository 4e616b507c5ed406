"""The look of the pages: what it may weigh, what can be read in it, and that nothing of it is dead."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import pytest
from flask import Flask

from config.settings import ROOT
from tests.web.browsing import Browser
from web.shared.static_files import sent
from workflow.letters.document import SIZES

pytestmark = [pytest.mark.one_database]

SHEETS = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / "web/static").glob("*.css")}
TEMPLATES = [file.read_text(encoding="utf-8") for file in (ROOT / "web/templates").rglob("*.html")]
SCRIPTS = [file.read_text(encoding="utf-8") for file in (ROOT / "web/static").glob("*.js")]
ALL_PAGES, A_PHONE = 20_000, 11_000
"""Bytes of CSS, compressed: of all pages together, and of what a student's phone loads."""

CONTRASTS = {
    ("ink", "sheet"): (15.5, 13.2),
    ("ink", "paper"): (14.0, 14.6),
    ("ink", "sunk"): (12.8, 15.4),
    ("ink", "accent-wash"): (12.9, 10.2),
    ("ink", "wait-wash"): (13.2, 10.9),
    ("ink-2", "sheet"): (7.0, 8.0),
    ("ink-2", "paper"): (6.3, 8.9),
    ("ink-2", "sunk"): (5.7, 9.4),
    ("accent", "sheet"): (8.8, 8.6),
    ("accent", "paper"): (7.9, 9.6),
    ("accent", "accent-wash"): (7.3, 6.7),
    ("on-accent", "accent"): (8.9, 8.8),
    ("on-accent", "accent-deep"): (12.4, 11.0),
    ("zhu", "sheet"): (6.1, 7.5),
    ("zhu", "paper"): (5.5, 8.4),
    ("zhu", "zhu-wash"): (5.1, 6.9),
    ("good", "sheet"): (6.6, 9.0),
    ("good", "paper"): (5.9, 10.0),
    ("good", "good-wash"): (5.6, 7.4),
    ("wait", "sheet"): (7.0, 9.2),
    ("wait", "paper"): (6.3, 10.2),
    ("wait", "wait-wash"): (6.0, 7.6),
    ("edge", "sheet"): (4.1, 5.0),
    ("edge", "paper"): (3.7, 5.6),
    ("edge", "sunk"): (3.4, 5.9),
    ("focus", "sheet"): (4.9, 8.3),
    ("focus", "paper"): (4.4, 9.2),
}
"""A token on its ground, in the light theme and in the dark one. Edges and the focus are no text: 3 is enough."""


def packed(*names: str) -> int:
    """What some sheets weigh as they are sent."""
    return sum(len(gzip.compress(sent("css", SHEETS[name].encode()), 9, mtime=0)) for name in names)


def test_the_sheets_weigh_no_more_than_a_slow_line_carries() -> None:
    """All CSS stays within 20 KB compressed, and what a student's phone loads within 11."""
    assert packed(*SHEETS) <= ALL_PAGES
    assert packed("base.css", "student.css") <= A_PHONE


def light(colour: str) -> float:
    """The relative luminance of a colour, as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, as WCAG 2 defines it."""
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def themes() -> tuple[dict[str, str], dict[str, str]]:
    """The colours of the light theme and of the dark one, by token."""
    first, _, rest = SHEETS["base.css"].partition("@media (prefers-color-scheme: dark)")
    tokens = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
    bright = dict(tokens.findall(first))
    return bright, bright | dict(tokens.findall(rest.partition("@media")[0]))


@pytest.mark.parametrize(("token", "ground"), CONTRASTS)
def test_a_token_can_be_read_on_its_ground_in_both_themes(token: str, ground: str) -> None:
    """Text has 4.5 to 1 on every ground it stands on, an edge and the focus 3 to 1, by the figures written down."""
    for colours, said in zip(themes(), CONTRASTS[token, ground], strict=True):
        found = contrast(colours[token], colours[ground])
        assert found == pytest.approx(said, abs=0.06)
        assert found >= (3 if token in ("edge", "focus") else 4.5)


def without_comments(sheet: str) -> str:
    """A sheet without its comments and its quoted texts."""
    return re.sub(r'/\*.*?\*/|"[^"]*"', "", sheet, flags=re.DOTALL)


def drawn() -> set[str]:
    """Every class that a sheet names."""
    rules = (re.sub(r"\{[^{}]*\}", " ", without_comments(sheet)) for sheet in SHEETS.values())
    return {name for rule in rules for name in re.findall(r"\.([A-Za-z][\w-]*)", rule)}


def attributes() -> Iterator[str]:
    """The text of every class attribute, with the expressions in it."""
    for template in TEMPLATES:
        yield from re.findall(r'class="((?:[^"{]|\{%.*?%\}|\{\{.*?\}\})*)"', template)


def written() -> set[str]:
    """The classes that the templates write out: in plain words, or as one of two texts."""
    found: set[str] = set()
    for text in attributes():
        either = re.findall(r"'([\w -]*)' if ", text) + re.findall(r" else '([\w -]*)'", text)
        plain = re.sub(r"\{\{.*?\}\}", "{", re.sub(r"\{%.*?%\}", " ", text))
        found |= {name for said in [*either, plain] for name in said.split() if "{" not in name}
    return found


def named() -> set[str]:
    """Every word that may reach a class: written out, quoted in an expression or in a script, or a letter's size."""
    expressions = re.findall(r"\{[{%].*?[%}]\}", "\n".join(TEMPLATES))
    quoted = re.findall(r"""["']([\w -]+)["']""", "\n".join([*expressions, *SCRIPTS]))
    return written() | {name for text in quoted for name in text.split()} | set(SIZES)


def test_every_class_on_a_page_is_drawn() -> None:
    """A class that a template writes is in a sheet: a page that was moved has lost nothing of its look."""
    assert written() - drawn() == set()


def test_no_sheet_draws_what_no_page_has() -> None:
    """A phone loads no rule for a class that is on no page."""
    begun = tuple(name for text in attributes() for name in re.findall(r"([\w-]+-)\{\{", text))
    assert {name for name in drawn() - named() if not name.startswith(begun)} == set()


def test_a_sheet_uses_only_properties_that_are_defined() -> None:
    """Every custom property that a sheet reads is one that our sheets set: none is left of another's sheet."""
    text = "\n".join(map(without_comments, SHEETS.values()))
    assert set(re.findall(r"var\((--[\w-]+)", text)) <= set(re.findall(r"(--[\w-]+):", text))


def test_the_double_rule_stands_once_a_page() -> None:
    """The sign of the house is drawn by the frame alone, and where a school looks at its colour beforehand."""
    folder = ROOT / "web/templates"
    drawing = [file for file in folder.rglob("*.html") if 'class="rule"' in file.read_text(encoding="utf-8")]
    assert {file.relative_to(folder).as_posix() for file in drawing} == {"base.html", "school/profile.html"}


@pytest.mark.parametrize("path", ["/nowhere", "/desk"])
def test_the_title_of_a_page_of_refusal_says_so_first(app: Flask, path: str) -> None:
    """Whoever hears a page's title hears first that something went wrong."""
    assert "<title>出错：" in Browser(app).get(path).html
