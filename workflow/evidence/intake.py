"""Uploaded files: accepted only as JPEG or PNG by content, then decoded and encoded again.

Encoding again removes hidden metadata (place, device, thumbnails) and any bytes behind the picture's end.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Protocol

from PIL import Image, ImageOps
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from workflow.evidence.formats import HEAD, JPEG, PNG, other_kind
from workflow.verdict import Reason

MEDIA = {"JPEG": "image/jpeg", "PNG": "image/png"}
QUALITY = 90
MEGABYTE = 1024 * 1024
THUMBNAIL = 240
"""The longer side of a thumbnail, in pixels: 120 points on a phone."""

_DECODERS: dict[bytes, type[ImageFile]] = {JPEG: JpegImageFile, PNG: PngImageFile}


class Limits(Protocol):
    """The limits that the school's policy sets for an uploaded picture."""

    @property
    def max_bytes(self) -> int: ...
    @property
    def max_pixels(self) -> int: ...


class PaperRefused(Exception):
    """An uploaded file that is refused, with the reason."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.code)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as stored: media type and newly encoded bytes."""

    media: str
    data: bytes


def refusal(head: bytes, size: int, limits: Limits) -> Reason | None:
    """Why a file is refused by its first bytes and its size alone, before it is read whole."""
    if not size:
        return Reason("paper_empty", "文件是空的。", remedy="请重新选择照片。", rule="intake")
    if (other := other_kind(head)) is not None:
        return other
    if size <= limits.max_bytes:
        return None
    return Reason(
        "paper_too_large",
        "文件有 {size}，超过上限 {limit}。",
        {"size": megabytes(size), "limit": megabytes(limits.max_bytes)},
        remedy="请用手机相册裁剪或压缩后再上传。",
        rule="intake",
    )


def take_in(data: bytes, limits: Limits) -> Picture:
    """Check and re-encode an uploaded picture. Raises PaperRefused with the reason and the remedy."""
    if (against := refusal(data[:HEAD], len(data), limits)) is not None:
        raise PaperRefused(against)
    try:
        return _rewrite(data, limits)
    except PaperRefused:
        raise
    except Exception as fault:  # a hostile picture may raise any exception
        raise PaperRefused(
            Reason(
                "paper_not_a_picture",
                "这个文件不是完好的 JPEG 或 PNG 图片。",
                remedy="请上传原件的照片（.jpg 或 .png），不要上传文档、压缩包或改过扩展名的文件。",
                rule="intake",
            )
        ) from fault


def megabytes(size: int) -> str:
    """A size as phones show it, never less than it is: a limit of 8,388,608 bytes reads 8 MB."""
    tenths = -(-size * 10 // MEGABYTE)
    return f"{tenths // 10} MB" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10} MB"


def shrunk(data: bytes) -> bytes:
    """A stored picture as a small JPEG. A large JPEG is decoded only as far as needed."""
    with _decoder(data) as picture:
        picture.draft("RGB", (THUMBNAIL, THUMBNAIL))
        picture.thumbnail((THUMBNAIL, THUMBNAIL))
        written = io.BytesIO()
        picture.convert("RGB").save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


def _rewrite(data: bytes, limits: Limits) -> Picture:
    with _decoder(data) as picture:
        width, height = picture.size
        if width * height > limits.max_pixels:
            raise PaperRefused(
                Reason(
                    "paper_too_many_pixels",
                    "图片有 {width}×{height} 像素，过大。",
                    {"width": width, "height": height},
                    remedy="请缩小后再上传。",
                    rule="intake",
                )
            )
        media = picture.format or ""
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        plain = upright.convert(
            "RGB" if media == "JPEG" or upright.mode not in ("L", "RGBA") else upright.mode
        )
        fresh = Image.new(plain.mode, plain.size)
        fresh.paste(plain)
        written = io.BytesIO()
        fresh.save(written, media, **({"quality": QUALITY} if media == "JPEG" else {}))
    return Picture(MEDIA[media], written.getvalue())


def _decoder(data: bytes) -> ImageFile:
    """The decoder by content. ``Image.open`` has its own pixel limit, which reports neither size nor limit.

    A phone's MPO (a JPEG with more data behind it) is read as the JPEG it begins with.
    """
    for head, decoder in _DECODERS.items():
        if data.startswith(head):
            return decoder(io.BytesIO(data))
    raise ValueError("neither JPEG nor PNG")
