"""A school's crest: a PNG that is encoded again, or an SVG that is written again from what it may contain."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass, field
from html import escape
from xml.parsers import expat

from PIL.PngImagePlugin import PngImageFile

from workflow.verdict import Reason

MOST_BYTES = 512 * 1024
MOST_DRAWN = 32 * 1024
"""The largest SVG: every first page carries it."""
LEAST = 144
"""The shorter side of a PNG, in pixels; it is stored with this longer side."""
MOST_PIXELS = 16_000_000

KINDS: dict[str, str] = {"png": "image/png", "svg": "image/svg+xml"}

EMPTY = Reason("crest_empty", "校徽文件是空的。", remedy="请重新选择文件。", rule="crest")
TOO_LARGE = Reason(
    "crest_too_large", "校徽文件超过 512 KB。", remedy="请缩小后再上传，边长 144 像素就够了。", rule="crest"
)
TOO_MANY_PIXELS = Reason(
    "crest_too_large", "校徽的像素过多。", remedy="请缩小后再上传，边长 144 像素就够了。", rule="crest"
)
BROKEN = Reason("crest_broken", "这个 PNG 文件不完整。", remedy="请重新导出后再上传。", rule="crest")
NOT_A_PICTURE = Reason(
    "crest_not_a_picture",
    "这个文件不是 PNG，也不是 SVG。",
    remedy="请上传 PNG（边长不小于 144 像素）或纯 SVG。",
    rule="crest",
)
TOO_MUCH_DRAWN = Reason(
    "crest_too_large", "整理后的 SVG 仍超过 32 KB。", remedy="请简化图形，或者改用 PNG。", rule="crest"
)
ENCODING = Reason(
    "crest_encoding",
    "这个 SVG 的文字编码不能读取。",
    remedy="请另存为 UTF-8 编码的纯 SVG，再上传；或者改用 PNG。",
    rule="crest",
)
DOCTYPE = Reason(
    "crest_doctype",
    "SVG 里有 DOCTYPE 声明，不能使用。",
    remedy="请另存为纯 SVG；或者改用 PNG。",
    rule="crest",
)

_PNG = b"\x89PNG\r\n\x1a\n"
_OTHERS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"RIFF", "WebP"),
    (b"BM", "BMP"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
)
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_DRAWN = frozenset(
    [
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "defs",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
    ]
)
_SILENT = frozenset(("title", "desc", "metadata"))
"""Elements that draw nothing; they and what is in them are left out."""
_STYLED = frozenset(
    [
        "clip-path",
        "clip-rule",
        "color",
        "fill",
        "fill-opacity",
        "fill-rule",
        "opacity",
        "stop-color",
        "stop-opacity",
        "stroke",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-opacity",
        "stroke-width",
    ]
)
_ATTRIBUTES = _STYLED | frozenset(
    [
        "id",
        "d",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
        "fy",
        "width",
        "height",
        "points",
        "transform",
        "viewBox",
        "preserveAspectRatio",
        "offset",
        "gradientUnits",
        "gradientTransform",
        "spreadMethod",
        "clipPathUnits",
    ]
)
_PLAIN = re.compile(r"[\w#%.,()\s+-]*", re.ASCII)
_HERE = re.compile(r"url\(\s*([\"']?)#[\w.-]+\1\s*\)", re.ASCII)
_OWN = re.compile(r"#[\w.-]+", re.ASCII)
_LENGTH = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)(?:px)?\s*", re.ASCII)


class CrestRefused(Exception):
    """A crest that is refused, with the reason."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.code)


@dataclass(frozen=True, slots=True)
class Crest:
    """A crest as it is stored: its name (digest and kind) and its bytes."""

    name: str
    data: bytes


def take_crest(data: bytes) -> Crest:
    """Check a crest and write it again. Raises CrestRefused."""
    if not data:
        raise CrestRefused(EMPTY)
    if len(data) > MOST_BYTES:
        raise CrestRefused(TOO_LARGE)
    if data.startswith(_PNG):
        return _named(_png(data), "png")
    for head, kind in _OTHERS:
        if data.startswith(head):
            raise _other_kind(kind)
    return _named(_svg(data), "svg")


def _named(data: bytes, kind: str) -> Crest:
    return Crest(f"{hashlib.sha256(data).hexdigest()[:32]}.{kind}", data)


def _other_kind(kind: str) -> CrestRefused:
    return CrestRefused(
        Reason(
            "crest_other_kind",
            "这是 {kind} 文件，不能用作校徽。",
            {"kind": kind},
            remedy="请另存为 PNG（边长不小于 144 像素）或纯 SVG 后再上传。",
            rule="crest",
        )
    )


def _png(data: bytes) -> bytes:
    try:
        with PngImageFile(io.BytesIO(data)) as picture:
            width, height = picture.size
            if min(width, height) < LEAST:
                raise CrestRefused(
                    Reason(
                        "crest_too_small",
                        "校徽是 {width}×{height} 像素，太小。",
                        {"width": width, "height": height},
                        remedy="边长至少要 144 像素。",
                        rule="crest",
                    )
                )
            if width * height > MOST_PIXELS:
                raise CrestRefused(TOO_MANY_PIXELS)
            plain = picture.convert("RGBA")
            plain.thumbnail((LEAST, LEAST))
            plain.info.clear()
            written = io.BytesIO()
            plain.save(written, "PNG", optimize=True)
            return written.getvalue()
    except CrestRefused:
        raise
    except Exception as fault:  # a hostile picture may raise any exception
        raise CrestRefused(BROKEN) from fault


def _svg(data: bytes) -> bytes:
    """Write an SVG again. All that it may not contain is refused by name, at once."""
    if data[4:8] == b"ftyp":
        raise _other_kind("HEIC")
    if b"<svg" not in data:
        raise CrestRefused(NOT_A_PICTURE)
    drawing = _Drawing()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = drawing.start, drawing.end
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.ProcessingInstructionHandler = lambda target, _: drawing.refuse(f"<?{target}?>")
    try:
        parser.Parse(data, True)
    except expat.ExpatError as fault:
        raise CrestRefused(
            Reason(
                "crest_broken_svg",
                "这个 SVG 第 {line} 行无法读取。",
                {"line": fault.lineno},
                remedy="请用绘图软件重新导出为纯 SVG。",
                rule="crest",
            )
        ) from fault
    except (ValueError, LookupError) as fault:  # the parser knows single-byte encodings, UTF-8 and UTF-16
        raise CrestRefused(ENCODING) from fault
    written = "".join(drawing.written).encode("ascii", "xmlcharrefreplace")
    if drawing.refused:
        raise CrestRefused(
            Reason(
                "crest_not_plain",
                "SVG 里有不能用的内容：{what}。",
                {"what": "、".join(dict.fromkeys(drawing.refused))},
                remedy="请把文字转成曲线，去掉图片、链接、样式表和脚本，另存为纯 SVG；或者改用 PNG。",
                rule="crest",
            )
        )
    if len(written) > MOST_DRAWN:
        raise CrestRefused(TOO_MUCH_DRAWN)
    return written


def _no_doctype(*_: object) -> None:
    """Stop before anything that a document type declares is read."""
    raise CrestRefused(DOCTYPE)


@dataclass(slots=True)
class _Drawing:
    """An SVG being written again: what is allowed, and what was refused."""

    written: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _skipped: int = 0
    _open: int = 0

    def refuse(self, what: str) -> None:
        """Note something that must not be there."""
        if len(self.refused) < 20:
            self.refused.append(what[:40])

    def start(self, name: str, given: dict[str, str]) -> None:
        """An element begins."""
        space, _, local = name.rpartition(" ")
        foreign = space != _SVG
        if self._skipped or (self._open and (foreign or local in _SILENT)):
            self._skipped += 1
            if not foreign and local not in _DRAWN | _SILENT:
                self.refuse(f"<{local}>")
            return
        if foreign or local not in _DRAWN or (local != "svg" and not self._open):
            self.refuse(f"<{local}>")
            self._skipped += 1
            return
        attributes = self._kept(given, local)
        if not self._open:
            attributes = self._root(attributes)
        self._open += 1
        said = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
        self.written.append(f"<{local}{said}>")

    def end(self, name: str) -> None:
        """An element ends."""
        if self._skipped:
            self._skipped -= 1
            return
        self._open -= 1
        self.written.append(f"</{name.rpartition(' ')[2]}>")

    def _root(self, attributes: dict[str, str]) -> dict[str, str]:
        """The outermost element: it scales, so it needs a box and no size."""
        width, height = (attributes.pop(side, "") for side in ("width", "height"))
        if "viewBox" not in attributes:
            sides = _LENGTH.fullmatch(width), _LENGTH.fullmatch(height)
            if sides[0] is None or sides[1] is None:
                self.refuse("viewBox")
            else:
                attributes["viewBox"] = f"0 0 {sides[0][1]} {sides[1][1]}"
        return {"xmlns": _SVG, **attributes}

    def _kept(self, given: dict[str, str], element: str) -> dict[str, str]:
        """The attributes that may stay. A style is split into them."""
        kept: dict[str, str] = {}
        for name, value in given.items():
            space, _, local = name.rpartition(" ")
            if local == "href" and space in ("", _XLINK):
                if element in ("linearGradient", "radialGradient") and _OWN.fullmatch(value):
                    kept["href"] = value
                else:
                    self.refuse("href")
            elif space:
                continue
            elif local.startswith("on"):
                self.refuse(local)
            elif local == "style":
                for declared in filter(str.strip, value.split(";")):
                    key, _, said = declared.partition(":")
                    self._keep(kept, key.strip(), said.strip(), _STYLED)
            else:
                self._keep(kept, local, value, _ATTRIBUTES)
        return kept

    def _keep(self, kept: dict[str, str], name: str, value: str, among: frozenset[str]) -> None:
        """Keep a plain value of a known attribute. An unknown one is left out, unless it leads elsewhere."""
        if not (_PLAIN.fullmatch(value) and "url" not in value.lower()) and not _HERE.fullmatch(value):
            if name in among or "url" in value.lower():
                self.refuse(name)
        elif name in among:
            kept[name] = value
