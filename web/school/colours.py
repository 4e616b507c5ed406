"""The school's colour as a style sheet: one after the main one, one with both themes at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache

from config.accent import Shades, colours_of

INDIGO = {False: {"zhu": "#1f4f93", "zhu-wash": "#e4e8ec"}, True: {"zhu": "#a3c0f2", "zhu-wash": "#1f2d45"}}
"""Proof marks beside a red accent, by night or not."""
GROUNDS = {
    False: {
        "paper": "#f4f1e8", "sheet": "#fffdf8", "line": "#d9d3c4", "edge": "#827c6c", "ink": "#1e2422",
        "ink-2": "#545a55", "zhu": "#b0371f", "zhu-wash": "#f8e5dd",
    },
    True: {
        "paper": "#141817", "sheet": "#1d2220", "line": "#38403d", "edge": "#8a928d", "ink": "#ece8df",
        "ink-2": "#b6b8af", "zhu": "#f29b87", "zhu-wash": "#3a211b",
    },
}  # fmt: skip
"""Both themes' grounds as base.css has them: a preview shows the one that the reader's browser does not."""
OURS = "#125062"
"""The accent of base.css: a school that has chosen none is shown in it."""


@lru_cache(maxsize=64)
def sheet(accent: str) -> str:
    """The sheet of a school with this accent. '' without one."""
    if not accent:
        return ""
    light, dark = (_declared(_shades(accent, night)) for night in (False, True))
    return f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


@lru_cache(maxsize=64)
def preview(accent: str) -> str:
    """A sheet for a page that shows this accent in both themes at once."""
    said = ""
    for night, name in ((False, "light"), (True, "dark")):
        shades = _of_base(night) if accent in ("", OURS) else _shades(accent, night)
        said += f".in-{name}{{color-scheme:{name};{_declared({**GROUNDS[night], **shades})}}}\n"
    return said


def named(accent: str, text: str) -> str:
    """The name of a sheet. It changes with its content."""
    return f"{accent.removeprefix('#') or 'none'}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _shades(accent: str, night: bool) -> Mapping[str, str]:
    colours = colours_of(accent)
    marks = INDIGO[night] if colours.blue_marks else {}
    return {**_tokens(colours.dark if night else colours.light), **marks}


def _of_base(night: bool) -> Mapping[str, str]:
    """The shades of base.css itself, which were chosen by hand."""
    if night:
        return _tokens(Shades("#86c8d2", "#a9dbe3", "#1b383f", "#08222a"))
    return _tokens(Shades(OURS, "#0b3947", "#dfebea", "#ffffff"))


def _tokens(shades: Shades) -> dict[str, str]:
    return {
        "accent": shades.accent,
        "accent-deep": shades.deep,
        "accent-wash": shades.wash,
        "on-accent": shades.on_accent,
    }


def _declared(tokens: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in tokens.items())
