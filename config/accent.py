"""A school's colour: what may be chosen, and the shades that pages derive from it in either theme.

Lightness, chroma and hue are those of OKLCH. Contrast is that of WCAG 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import atan2, cos, degrees, hypot, radians, sin

ENOUGH = 4.5
"""The least contrast of text."""
SHEET, PAPER, WHITE = "#fffdf8", "#f4f1e8", "#ffffff"
DARK_SHEET, DARK_PAPER = "#1d2220", "#141817"
MARKS = "#b0371f"
"""The colour of the proof marks in light. Not the school's to change."""
TOO_NEAR = 30.0
"""The least distance of hues, in degrees, at which an accent and these marks are told apart."""
GREY = 0.03
"""Below this chroma a colour has no hue that anybody sees."""
STEP = 0.005

_Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Shades:
    """One theme's shades: the accent, the same pressed, the ground of a chosen row, text on a button."""

    accent: str
    deep: str
    wash: str
    on_accent: str


@dataclass(frozen=True, slots=True)
class SchoolColours:
    """The shades of both themes. With ``blue_marks`` proof marks are indigo, to be told from the accent."""

    light: Shades
    dark: Shades
    blue_marks: bool


@lru_cache(maxsize=64)
def colours_of(accent: str) -> SchoolColours:
    """The colours of a school with this accent."""
    lightness, chroma, hue = _oklch(accent)
    return SchoolColours(
        Shades(accent, _hex(max(lightness - 0.08, 0), chroma, hue), _mixed(accent, SHEET, 0.12), WHITE),
        Shades(
            _hex(0.78, min(chroma, 0.09), hue),
            _hex(0.86, min(chroma, 0.07), hue),
            _hex(0.32, min(chroma, 0.04), hue),
            _hex(0.24, min(chroma, 0.04), hue),
        ),
        chroma > GREY and _apart(hue, _oklch(MARKS)[2]) < TOO_NEAR,
    )


def too_faint_on(accent: str) -> list[str]:
    """The grounds on which an accent cannot be read: of sheet, paper, wash and button."""
    light = colours_of(accent).light
    grounds = {"sheet": SHEET, "paper": PAPER, "wash": light.wash, "button": light.on_accent}
    return [name for name, ground in grounds.items() if contrast(accent, ground) < ENOUGH]


def nearest(accent: str) -> str:
    """The colour of the same hue nearest to an accent that can be read on every ground."""
    lightness, chroma, hue = _oklch(accent)
    while too_faint_on(accent):
        lightness -= STEP
        accent = _hex(max(lightness, 0), chroma, hue)
    return accent


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> _Triple:
    """The linear parts of a colour of sRGB."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return red, green, blue


def _written(linear: _Triple) -> str:
    parts = (part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055 for part in linear)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def _mixed(colour: str, ground: str, share: float) -> str:
    """A colour laid on a ground with this opacity."""
    pairs = ((int(colour[n : n + 2], 16), int(ground[n : n + 2], 16)) for n in (1, 3, 5))
    return "#" + "".join(f"{round(top * share + below * (1 - share)):02x}" for top, below in pairs)


def _oklch(colour: str) -> _Triple:
    """Lightness (0 to 1), chroma and hue in degrees."""
    red, green, blue = _linear(colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, hypot(a, b), degrees(atan2(b, a)) % 360


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """The colour of sRGB. Its chroma is lowered until the colour exists."""
    linear = _of_oklch(lightness, chroma, hue)
    while chroma > 0 and not all(0 <= part <= 1 for part in linear):
        chroma = max(chroma - STEP, 0)
        linear = _of_oklch(lightness, chroma, hue)
    red, green, blue = (min(max(part, 0), 1) for part in linear)
    return _written((red, green, blue))


def _of_oklch(lightness: float, chroma: float, hue: float) -> _Triple:
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _apart(one: float, other: float) -> float:
    """The distance of two hues, in degrees."""
    return abs((one - other + 180) % 360 - 180)
