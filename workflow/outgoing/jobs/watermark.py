"""The mark that everything in an export bears: who took it out, when and for what.

The words on a picture are Latin: the one font that comes with Pillow has no Chinese, and a machine may have
none either. Names are written in pinyin.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import ceil, hypot

from PIL import Image, ImageDraw, ImageFont

from workflow.outgoing.jobs.tables import PURPOSES

LONGEST_SIDE = 2000
"""Papers leave no larger than this, in pixels: enough to read them."""
QUALITY = 85
TILT = 30
INK = (176, 40, 40)


@dataclass(frozen=True, slots=True)
class Mark:
    """Who exported, who approved it, when, for what, in which job. A person is name and number."""

    maker: tuple[str, str]
    approver: tuple[str, str]
    at: datetime
    purpose: str
    job: str

    @property
    def words(self) -> str:
        """In Chinese, for sheets."""
        (maker, number), (approver, other) = self.maker, self.approver
        return (
            f"导出 {maker}（{number}） 批准 {approver}（{other}） {self.at:%Y-%m-%d %H:%M} "
            f"{PURPOSES[self.purpose][0]} {self.job[:12]}"
        )

    @property
    def letters(self) -> str:
        """In Latin letters, for pictures."""
        (maker, number), (approver, other) = self.maker, self.approver
        return (
            f"EXPORT {_latin(maker)} {number} | APPROVED {_latin(approver)} {other} | "
            f"{self.at:%Y-%m-%d %H:%M} | {PURPOSES[self.purpose][1]} | {self.job[:12]}"
        )


def marked(picture: bytes, words: str) -> bytes:
    """A stored paper as a JPEG with the words all over it, and once more in a strip below it."""
    with Image.open(io.BytesIO(picture), formats=("JPEG", "PNG")) as stored:
        stored.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        stored.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        page = stored.convert("RGB")
    page.paste(Image.new("RGB", page.size, INK), mask=_veil(page.size, words))
    written = io.BytesIO()
    _with_strip(page, words).save(written, "JPEG", quality=QUALITY, comment=words.encode())
    return written.getvalue()


@lru_cache(maxsize=4)
def _veil(size: tuple[int, int], words: str) -> Image.Image:
    """The words again and again across a page, as a mask. Papers of one job often have one size."""
    width, height = size
    font = ImageFont.load_default(max(14, min(size) // 28))
    side = ceil(hypot(width, height))
    veil = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(veil)
    left, top, right, bottom = draw.textbbox((0, 0), words, font=font)
    line, gap = ceil(right - left), ceil(bottom - top)
    for row, y in enumerate(range(0, side, 5 * gap)):
        for x in range(-(row * line // 3) % (line + 4 * gap) - line, side, line + 4 * gap):
            draw.text((x, y), words, fill=120, font=font)
    turned = veil.rotate(TILT)
    across, down = (side - width) // 2, (side - height) // 2
    return turned.crop((across, down, across + width, down + height))


def _with_strip(page: Image.Image, words: str) -> Image.Image:
    """The page with the words in full below it, broken into lines that fit."""
    font = ImageFont.load_default(max(12, min(page.width // 60, 22)))
    draw = ImageDraw.Draw(page)
    lines, height = [""], ceil(draw.textbbox((0, 0), "Ag", font=font)[3] * 1.4)
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and draw.textlength(longer, font=font) > page.width - 8:
            lines.append(word)
        else:
            lines[-1] = longer
    whole = Image.new("RGB", (page.width, page.height + height * len(lines) + 4), (255, 255, 255))
    whole.paste(page)
    below = ImageDraw.Draw(whole)
    for number, line in enumerate(lines):
        below.text((4, page.height + 2 + number * height), line, fill=INK, font=font)
    return whole


def _latin(name: str) -> str:
    """A name in letters that the font has."""
    from pypinyin import lazy_pinyin  # its tables take a tenth of a second to load

    spelt = " ".join(one.capitalize() for one in lazy_pinyin(name))
    return spelt.encode("ascii", "replace").decode()
