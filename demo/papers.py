"""Invented papers and photos: a specimen card, a page of a household book, a silhouette."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from demo import names

Colour = tuple[int, int, int]
INK: Colour = (40, 48, 60)
FAINT: Colour = (150, 158, 170)
STAMP: Colour = (176, 40, 40)
TITLES = {
    "id_card": ("居民身份证", (222, 236, 246)),
    "household_book": ("常住人口登记卡", (247, 238, 222)),
    "police_paper": ("公安机关变更证明", (236, 242, 232)),
    "travel_document": ("来往内地通行证", (226, 240, 232)),
}
"""The title on each kind of paper, and the paper's colour."""

FONT = Path(__file__).parent / "vendor" / "specimen.otf"
"""A font with the characters of the papers: they look the same on a machine without a Chinese font.

Made of Noto Sans CJK SC by fontTools' pyftsubset; ``python3 -m demo.papers`` prints the characters.
"""
WITH_PHOTO = ("id_card", "travel_document")
LABELS = (
    "居民身份证常住人口登记卡公安机关变更证明来往内地通行证姓名性别民族出生号码住址变更曾用名日期示例"
    "演示区示范路弄号男女年月日汉维吾尔族（）"
)


def characters() -> str:
    """Every character that can appear on a paper."""
    names_ = (*names.SURNAMES, *names.GIVEN, *names.LONG_GIVEN, *names.LONG_FATHER, names.RARE, names.LONGEST)
    signs = set("".join((*names_, *names.LOOKALIKES.values(), LABELS))) | {chr(n) for n in range(32, 127)}
    return "".join(sorted(signs | {"·"}))


def paper(kind: str, lines: Mapping[str, str]) -> bytes:
    """A specimen of a paper with these lines, as a JPEG."""
    title, ground = TITLES[kind]
    picture = Image.new("RGB", (900, 560), ground)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((12, 12, 888, 548), 22, outline=FAINT, width=3)
    _write(draw, (48, 34), title, 40, INK)
    draw.line((48, 96, 852, 96), fill=FAINT, width=2)
    for n, (name, said) in enumerate(lines.items()):
        _write(draw, (60, 126 + 62 * n), name, 28, FAINT)
        _write(draw, (250, 120 + 62 * n), said, 36, INK)
    if kind in WITH_PHOTO:
        draw.rectangle((668, 226, 838, 440), outline=FAINT, width=2)
        _silhouette(draw, 670, 228, 167, 211)
    _stamped(picture)
    return _jpeg(picture)


def photo(n: int) -> bytes:
    """An admission photo without a face."""
    ground = ((198, 220, 244), (226, 232, 240), (214, 228, 220))[n % 3]
    picture = Image.new("RGB", (300, 400), ground)
    draw = ImageDraw.Draw(picture)
    _silhouette(draw, 0, 0, 300, 400)
    draw.text((150, 350), "示例", font=_font(32), fill=(255, 255, 255), anchor="ma")
    return _jpeg(picture)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size)


def _write(draw: ImageDraw.ImageDraw, at: tuple[int, int], said: str, size: int, colour: Colour) -> None:
    draw.text(at, said, font=_font(size), fill=colour)


def _silhouette(draw: ImageDraw.ImageDraw, x: int, y: int, width: int, height: int) -> None:
    """A head and shoulders without a face, down to the lower edge."""
    middle, head, bottom = x + width // 2, width // 5, y + height
    crown = y + height // 5
    draw.ellipse((middle - head, crown, middle + head, crown + 2 * head), fill=FAINT)
    top = crown + 2 * head + height // 40
    draw.pieslice((middle - 2 * head, top, middle + 2 * head, 2 * bottom - top), 180, 360, fill=FAINT)


def _stamped(picture: Image.Image) -> None:
    layer = Image.new("L", (330, 72), 0)
    draw = ImageDraw.Draw(layer)
    draw.rounded_rectangle((3, 3, 326, 68), 12, outline=200, width=4)
    draw.text((165, 33), "示例 SPECIMEN", font=_font(34), fill=200, anchor="mm")
    turned = layer.rotate(4, expand=True)
    picture.paste(STAMP, (530, 14), turned)


def _jpeg(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=80)
    return written.getvalue()


if __name__ == "__main__":
    print(characters())
