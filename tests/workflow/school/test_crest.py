"""A school's crest: what is taken, and what is refused by name."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.world import picture
from workflow.school.crest import CrestRefused, take_crest

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">{}</svg>'
EDITOR = """<?xml version="1.0" encoding="UTF-8"?>
<!-- drawn by hand -->
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
  xmlns:ink="http://www.inkscape.org/namespaces/inkscape" width="40px" height="30" ink:version="1" data-name="校徽">
<title>secret words</title><metadata><rdf xmlns="http://rdf/"><a href="http://elsewhere/"/></rdf></metadata>
<ink:view zoom="2"/>
<defs><linearGradient id="a"><stop offset="0" style="stop-color:#fff;-ink-font:x"/></linearGradient>
<linearGradient id="b" xlink:href="#a"/></defs>
<g ink:label="layer"><path d="M0 0L1,1z" style="fill:url(#b);stroke: #123"/></g></svg>"""


def png(side: int, info: PngInfo | None = None) -> bytes:
    """The bytes of a square PNG."""
    written = io.BytesIO()
    Image.new("RGBA", (side, side), (120, 20, 20, 128)).save(written, "PNG", pnginfo=info)
    return written.getvalue()


def test_a_drawing_is_written_again_from_what_draws() -> None:
    """An editor's own data, its words and its comments are gone; shapes, gradients and styles stay."""
    crest = take_crest(EDITOR.encode())
    assert crest.name.endswith(".svg") and len(crest.name) == 36
    assert crest.data.decode() == (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30"><defs><linearGradient id="a">'
        '<stop offset="0" stop-color="#fff"></stop></linearGradient><linearGradient id="b" href="#a">'
        '</linearGradient></defs><g><path d="M0 0L1,1z" fill="url(#b)" stroke="#123"></path></g></svg>'
    )
    assert take_crest(crest.data).data == crest.data


def test_a_photo_is_small_and_says_nothing_of_its_maker() -> None:
    """It is encoded again at the size that pages need, without what was written beside it."""
    beside = PngInfo()
    beside.add_text("Author", "张三丰")
    crest = take_crest(png(600, beside) + b"<script>")
    with Image.open(io.BytesIO(crest.data)) as kept:
        assert (kept.size, kept.mode, kept.info) == ((144, 144), "RGBA", {})
    assert b"script" not in crest.data and crest.name.endswith(".png")


@pytest.mark.parametrize(
    ("inside", "named"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<g><script/></g><foreignObject/>", "<script>、<foreignObject>"),
        ("<metadata><script/></metadata>", "<script>"),
        ("<image href='data:image/png;base64,AA'/>", "<image>"),
        ("<use href='#a'/>", "<use>"),
        ("<a href='https://elsewhere/'><path d='M0 0'/></a>", "<a>"),
        ("<style>@import 'https://elsewhere/'</style>", "<style>"),
        ("<animate attributeName='href'/>", "<animate>"),
        ("<text>校徽</text>", "<text>"),
        ("<path d='M0 0' onload='alert(1)' onclick='x'/>", "onload、onclick"),
        ("<path d='M0 0' fill='url(https://elsewhere/#a)'/>", "fill"),
        ("<path d='M0 0' filter='url(//elsewhere/)'/>", "filter"),
        ("<path d='M0 0' style='fill:url(\"https://elsewhere/\")'/>", "fill"),
        ("<path d='M0 0' style='fill:\\75rl(x)'/>", "fill"),
        ("<linearGradient href='https://elsewhere/'/>", "href"),
        ("<linearGradient xmlns:x='http://www.w3.org/1999/xlink' x:href='javascript:1'/>", "href"),
        ("<?xml-stylesheet href='https://elsewhere/'?>", "<?xml-stylesheet?>"),
    ],
)
def test_what_is_not_plain_is_refused_by_name(inside: str, named: str) -> None:
    """No script, link, sheet of styles or picture from elsewhere reaches a page, and all of it is named at once."""
    with pytest.raises(CrestRefused) as caught:
        take_crest(SVG.format(inside).encode())
    reason = caught.value.reason
    assert reason.code == "crest_not_plain" and f"：{named}。" in reason.says


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"", "crest_empty", "空"),
        (b"x" * (512 * 1024 + 1), "crest_too_large", "512 KB"),
        (png(143), "crest_too_small", "143×143"),
        (png(200)[:200], "crest_broken", "不完整"),
        (picture(), "crest_other_kind", "JPEG"),
        (b"GIF89a", "crest_other_kind", "GIF"),
        (b"%PDF-1.7", "crest_other_kind", "PDF"),
        (b"\0\0\0\x18ftypheic", "crest_other_kind", "HEIC"),
        ("校徽".encode(), "crest_not_a_picture", "不是 PNG"),
        (b"<svg><path", "crest_broken_svg", "第 1 行"),
        (b"<svg viewBox='0 0 1 1'/>", "crest_not_plain", "<svg>"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' width='1em'/>", "crest_not_plain", "viewBox"),
        (b"<!DOCTYPE svg [<!ENTITY a 'aaaa'>]><svg>&a;</svg>", "crest_doctype", "DOCTYPE"),
        (SVG.format("<path d='M0 0' />" * 3000).encode(), "crest_too_large", "32 KB"),
    ],
)
def test_a_file_that_is_no_crest_is_refused_with_its_kind_and_the_way_out(
    data: bytes, code: str, says: str
) -> None:
    """Whoever uploads the wrong thing learns what it was and what to bring instead."""
    with pytest.raises(CrestRefused) as caught:
        take_crest(data)
    reason = caught.value.reason
    assert reason.code == code and says in reason.says and reason.remedy


@pytest.mark.parametrize("encoding", ["gb2312", "gbk", "gb18030", "big5", "idna", "no-such"])
def test_a_drawing_in_another_encoding_is_refused_with_what_to_do(encoding: str) -> None:
    """Chinese drawing programs write GB 2312 and GBK: the reason says to save it as UTF-8."""
    with pytest.raises(CrestRefused) as caught:
        take_crest(f'<?xml version="1.0" encoding="{encoding}"?>{SVG.format("")}'.encode())
    reason = caught.value.reason
    assert reason.code == "crest_encoding" and "UTF-8" in reason.remedy
