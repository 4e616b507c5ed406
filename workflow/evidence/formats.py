"""Which kind of file some bytes are, by their first ones: the kinds that people choose instead of a photo."""

from __future__ import annotations

from dataclasses import replace

from workflow.verdict import Reason

JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
HEAD = 1024
"""How many of a file's first bytes tell its kind."""

HEIC = Reason(
    "paper_heic",
    "这是 HEIC（HEIF）格式的照片，本系统现在只收 JPEG 或 PNG。",
    remedy=(
        "iPhone：在“设置 > 相机 > 格式”选“兼容性最佳”，再拍一张；已经拍好的，截图后上传截图。"
        "安卓手机：在相机设置里关闭“高效率照片（HEIF）”，再拍一张。"
    ),
    rule="intake",
)
PDF = Reason(
    "paper_pdf",
    "这是 PDF 文件，本系统现在只收 JPEG 或 PNG 的照片。",
    remedy="请把要交的那一页拍成照片，或打开后截图，再上传。",
    rule="intake",
)
FILM = Reason(
    "paper_film",
    "这是视频，本系统只收 JPEG 或 PNG 的照片。",
    remedy="请用相机的“照片”拍一张，再上传；实况照片请先存为静态照片。",
    rule="intake",
)
DOCUMENT = Reason(
    "paper_document",
    "这是文档或压缩包，本系统只收 JPEG 或 PNG 的照片。",
    remedy="请把原件拍成照片，再上传。",
    rule="intake",
)
OTHER_PICTURE = Reason(
    "paper_other_picture",
    "这是 {kind} 格式的图片，本系统只收 JPEG 或 PNG。",
    remedy="请打开图片后截图，上传截图；或者用手机把原件再拍一张。",
    rule="intake",
)
_PICTURES = {b"GIF8": "GIF", b"BM": "BMP", b"II*\0": "TIFF", b"MM\0*": "TIFF"}
_DOCUMENTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf", b"{\\rtf")
_OF_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def other_kind(head: bytes) -> Reason | None:
    """Why a file is refused at once, if its first bytes show that it is something else than JPEG or PNG."""
    if head.startswith((JPEG, PNG)):
        return None
    if b"%PDF-" in head[:HEAD]:
        return PDF
    if head[4:8] == b"ftyp":
        return _in_a_box(head)
    if head.startswith(_DOCUMENTS):
        return DOCUMENT
    name = "WebP" if (head[:4], head[8:12]) == (b"RIFF", b"WEBP") else ""
    name = name or next((one for start, one in _PICTURES.items() if head.startswith(start)), "")
    return _named(name) if name else None


def _in_a_box(head: bytes) -> Reason:
    """The kinds of the ISO base media file format: pictures of phones, and films."""
    length = int.from_bytes(head[:4])
    brands = [head[at : at + 4] for at in (8, *range(16, min(length, len(head)), 4))]
    if b"avif" in brands:
        return _named("AVIF")
    return HEIC if any(brand in _OF_HEIF for brand in brands) else FILM


def _named(kind: str) -> Reason:
    return replace(OTHER_PICTURE, facts={"kind": kind})
