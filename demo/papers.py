"""Papers and photos of nobody, drawn: a specimen of a card, of a page of a household book, a silhouette."""

from __future__ import annotations

import io
import subprocess
from functools import cache
from shutil import which

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
INK: Colour = (40, 48, 60)
FAINT: Colour = (150, 158, 170)
STAMP: Colour = (176, 40, 40)
TITLES = {
    "id_card": ("居民身份证", "ID CARD", (222, 236, 246)),
    "household_book": ("常住人口登记卡", "HOUSEHOLD BOOK", (247, 238, 222)),
    "police_paper": ("变更证明", "POLICE CERTIFICATE", (236, 242, 232)),
    "travel_document": ("来往内地通行证", "TRAVEL PERMIT", (226, 240, 232)),
    "other": ("其他材料", "OTHER PAPER", (240, 240, 240)),
}
"""What each kind of paper is called on its face, and the colour of the paper."""


def paper(kind: str, lines: dict[str, str]) -> bytes:
    """A specimen of a paper that says these things, as a JPEG."""
    title, title_en, ground = TITLES.get(kind, TITLES["other"])
    picture = Image.new("RGB", (900, 560), ground)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((12, 12, 888, 548), 22, outline=FAINT, width=3)
    _write(draw, (48, 34), title if font_file() else title_en, 40, INK)
    draw.line((48, 96, 852, 96), fill=FAINT, width=2)
    for n, (name, said) in enumerate(lines.items()):
        _write(draw, (60, 126 + 62 * n), name, 28, FAINT)
        _write(draw, (250, 120 + 62 * n), said, 36, INK)
    draw.rectangle((668, 126, 838, 330), outline=FAINT, width=2)
    _silhouette(draw, 668, 126, 170, 204)
    _stamped(picture)
    return _jpeg(picture)


def photo(n: int) -> bytes:
    """An admission photo of nobody."""
    ground = ((198, 220, 244), (226, 232, 240), (214, 228, 220))[n % 3]
    picture = Image.new("RGB", (300, 400), ground)
    draw = ImageDraw.Draw(picture)
    _silhouette(draw, 0, 0, 300, 400)
    _write(draw, (96, 352), "示例" if font_file() else "SPECIMEN", 32, (255, 255, 255))
    return _jpeg(picture)


@cache
def font_file() -> str:
    """A font of this machine that has Chinese characters; '' where there is none and papers speak English."""
    lister = which("fc-match")
    if lister is None:
        return ""
    asked = [lister, "--format", "%{file}\n%{lang}", "sans:lang=zh-cn"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    file, _, languages = said.partition("\n")
    return file if "zh-cn" in languages.split("|") else ""


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.truetype(font_file(), size) if font_file() else ImageFont.load_default(size)


def _write(draw: ImageDraw.ImageDraw, at: tuple[int, int], said: str, size: int, colour: Colour) -> None:
    draw.text(at, said if font_file() else _plain(said), font=_font(size), fill=colour)


def _plain(said: str) -> str:
    """Without a font for Chinese, only what a plain font can draw."""
    return "".join(sign if sign.isascii() else "_" for sign in said)


def _silhouette(draw: ImageDraw.ImageDraw, x: int, y: int, width: int, height: int) -> None:
    middle, head = x + width // 2, width // 5
    draw.ellipse((middle - head, y + height // 5, middle + head, y + height // 5 + 2 * head), fill=FAINT)
    top = y + height // 5 + 2 * head + height // 40
    draw.pieslice((middle - 2 * head, top, middle + 2 * head, top + height), 180, 360, fill=FAINT)


def _stamped(picture: Image.Image) -> None:
    layer = Image.new("L", (460, 120), 0)
    draw = ImageDraw.Draw(layer)
    draw.rounded_rectangle((4, 4, 455, 115), 14, outline=170, width=5)
    draw.text((40, 26), "示例 SPECIMEN" if font_file() else "SPECIMEN", font=_font(46), fill=170)
    turned = layer.rotate(12, expand=True)
    picture.paste(STAMP, (330, 360), turned)


def _jpeg(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=80)
    return written.getvalue()
