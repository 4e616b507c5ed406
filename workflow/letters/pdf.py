"""The PDF of a letter, set by typst from the same document as the page.

Words reach typst as data, beside the source, so that no name can be read as markup.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workflow.letters.document import LetterDocument, LetterSlip, plain

SOURCE = Path(__file__).with_name("letter.typ")
SONG = ("Songti SC", "Source Han Serif SC", "Noto Serif CJK SC", "Noto Serif SC", "SimSun", "STSong")
FANG = ("FangSong", "STFangsong", "FangSong_GB2312")
ANY = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Micro Hei")


@cache
def lacking() -> str:
    """What the machine lacks to set a PDF, in both languages; '' if nothing."""
    if find_spec("typst") is None:
        return (
            "没有安装 typst：请在 kanwu.toml 里写 pdf = true，再运行 start.py / "
            "typst is not installed: write pdf = true in kanwu.toml, then run start.py"
        )
    if not _there((*FANG, *SONG, *ANY)):
        return (
            "这台机器没有中文字体：请安装 fonts-noto-cjk / "
            "this machine has no Chinese font: please install fonts-noto-cjk"
        )
    return ""


@cache
def _fonts() -> Any:
    """The fonts of the machine, looked for once."""
    from typst import Fonts

    return Fonts()


def _there(fonts: tuple[str, ...]) -> list[str]:
    """Those of some fonts that the machine has."""
    families = set(_fonts().families())
    return [font for font in fonts if font in families]


def pdf_of(letter: LetterDocument) -> bytes:
    """One letter as a PDF of one page A4; its reply slip is on a page of its own."""
    import typst

    said = {
        "lang": letter.lang[:2],
        "office": plain(letter.office),
        "number": letter.number,
        "receipt": letter.receipt,
        "title": letter.title,
        "note": letter.note,
        "to": plain(letter.to),
        "lead": plain(letter.lead),
        "table": [[plain(cell) for cell in row] for row in letter.table],
        "paragraphs": [plain(text) for text in letter.paragraphs],
        "signed": [plain(text) for text in letter.signed],
        "seal": letter.seal,
        "foot": [plain(text) for text in letter.foot],
        "slip": _slip(letter.slip),
        "text_fonts": _there((*FANG, *SONG, *ANY)),
        "head_fonts": _there((*SONG, *ANY)),
    }
    made: bytes = typst.compile(
        SOURCE.read_bytes(),
        font_paths=_fonts(),
        sys_inputs={"letter": json.dumps(said, ensure_ascii=False)},
    )
    return made


def _slip(slip: LetterSlip | None) -> dict[str, Any] | None:
    """The reply slip as data."""
    if slip is None:
        return None
    return {
        "title": slip.title,
        "to": plain(slip.to),
        "lead": plain(slip.lead),
        "table": [[plain(cell) for cell in row] for row in slip.table],
        "lines": [plain(text) for text in slip.lines],
    }
