"""A school's colour: it can be read in either theme, or the nearest that can be is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.accent import (
    DARK_PAPER,
    DARK_SHEET,
    ENOUGH,
    PAPER,
    SHEET,
    colours_of,
    contrast,
    nearest,
    too_faint_on,
)
from config.profile import Profile

INK, DARK_INK = "#1e2422", "#ece8df"
COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [("#000000", "#ffffff", 21.0), ("#125062", SHEET, 8.8), ("#125062", PAPER, 7.9), ("#b0371f", SHEET, 6.1)],
)
def test_contrast_is_that_of_the_standard(one: str, other: str, said: float) -> None:
    """Known pairs have the known figure, in either order."""
    assert round(contrast(one, other), 1) == round(contrast(other, one), 1) == said


@given(COLOURS)
def test_whatever_passes_is_readable_on_every_ground_of_both_themes(colour: str) -> None:
    """Links, chosen rows and the main button can be read, pressed or not, by day and by night."""
    accent = nearest(colour)
    assert not too_faint_on(accent) and (accent == colour or too_faint_on(colour))
    shades = colours_of(accent)
    light, dark = shades.light, shades.dark
    for text, ground in (
        *((light.accent, ground) for ground in (SHEET, PAPER, light.wash, light.on_accent)),
        *((dark.accent, ground) for ground in (DARK_SHEET, DARK_PAPER, dark.wash, dark.on_accent)),
        (light.on_accent, light.deep),
        (dark.on_accent, dark.deep),
        (INK, light.wash),
        (DARK_INK, dark.wash),
    ):
        assert contrast(text, ground) >= ENOUGH, (text, ground)


def test_a_colour_too_light_is_refused_with_the_nearest_that_passes() -> None:
    """Yellow is not readable on paper; the answer keeps its hue and only darkens it."""
    said = {key: (zh, en) for key, zh, en in Profile(accent="#ffcc00").faults()}
    assert nearest("#ffcc00") in said["accent"][0] and nearest("#ffcc00") in said["accent"][1]
    assert too_faint_on("#ffcc00") == ["sheet", "paper", "wash", "button"]
    assert "accent" not in {key for key, _, _ in Profile(accent=nearest("#ffcc00")).faults()}


@pytest.mark.parametrize(
    ("accent", "blue"),
    [
        ("#8b1a1a", True),
        ("#c8102e", True),
        ("#9a4a00", True),
        ("#125062", False),
        ("#6a1b9a", False),
        ("#4a4a4a", False),
    ],
)
def test_proof_marks_turn_blue_where_the_school_is_red(accent: str, blue: bool) -> None:
    """A red or orange school keeps its colour, and its marks are told from it; a grey one has no hue."""
    assert colours_of(accent).blue_marks is blue
