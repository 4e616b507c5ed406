"""Accepted pictures: JPEG or PNG by content, re-encoded, without embedded extras."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from workflow.evidence.intake import THUMBNAIL, PaperRefused, megabytes, shrunk, take_in


@dataclass(frozen=True)
class Limits:
    """Example limits of a school."""

    max_bytes: int = 2_000_000
    max_pixels: int = 1_000_000


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **how: Any) -> bytes:
    """A picture whose left half is dark and whose right half is light."""
    image = Image.new("L", size, 40)
    image.paste(220, (size[0] // 2, 0, size[0], size[1]))
    written = io.BytesIO()
    image.convert(mode).save(written, kind, **how)
    return written.getvalue()


def looked_at(data: bytes) -> Image.Image:
    """The stored bytes, decoded."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def refused(data: bytes, limits: Limits | None = None) -> str:
    """The code with which bytes are refused. The reason must have words, a remedy, and no unfilled fact."""
    with pytest.raises(PaperRefused) as no:
        take_in(data, limits or Limits())
    reason = no.value.reason
    assert reason.remedy
    assert "{" not in reason.says
    return reason.code


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_is_taken_as_a_jpeg(mode: str) -> None:
    """Colour, grey and print colours are all kept as a picture that every browser shows."""
    kept = take_in(picture("JPEG", mode=mode), Limits())
    image = looked_at(kept.data)
    assert (kept.media, image.format, image.mode, image.size) == ("image/jpeg", "JPEG", "RGB", (60, 40))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_a_png_is_taken_as_a_png(mode: str) -> None:
    """Every kind of PNG that a phone or scanner makes is taken."""
    kept = take_in(picture("PNG", mode=mode), Limits())
    image = looked_at(kept.data)
    assert (kept.media, image.format, image.size) == ("image/png", "PNG", (60, 40))
    assert image.mode in ("RGB", "RGBA", "L")


def test_a_phones_picture_with_a_second_one_inside_is_taken() -> None:
    """Many phones hang a preview or a depth map behind the photo (MPO); the photo alone is kept."""
    first, second = (Image.open(io.BytesIO(picture(size=size))) for size in ((60, 40), (30, 20)))
    written = io.BytesIO()
    first.save(written, "MPO", save_all=True, append_images=[second])
    assert Image.open(io.BytesIO(written.getvalue())).format == "MPO"
    kept = take_in(written.getvalue(), Limits())
    image = looked_at(kept.data)
    assert (kept.media, image.format, image.size) == ("image/jpeg", "JPEG", (60, 40))


def test_place_device_and_thumbnail_do_not_come_along() -> None:
    """Where a photo was taken and with what is nobody's business here."""
    exif = Image.Exif()
    exif[271] = "TestPhone"
    exif.get_ifd(0x8825)[2] = (28.0, 40.0, 1.0)
    data = picture("JPEG", exif=exif, comment=b"home address %PDF-1.7", icc_profile=b"some profile")
    assert b"TestPhone" in data
    kept = take_in(data, Limits()).data
    image = looked_at(kept)
    assert not dict(image.getexif())
    assert not {"exif", "comment", "icc_profile"} & image.info.keys()
    assert b"TestPhone" not in kept
    assert b"home address" not in kept


def test_words_inside_a_png_do_not_come_along() -> None:
    """A PNG's text pieces are dropped like a JPEG's."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", "somebody")
    kept = take_in(picture("PNG", pnginfo=info), Limits()).data
    assert b"somebody" not in kept


def test_a_picture_lying_on_its_side_is_put_upright() -> None:
    """The turn that a phone only notes is carried out, since the note is dropped."""
    exif = Image.Exif()
    exif[274] = 6  # turn clockwise by a quarter
    image = looked_at(take_in(picture("JPEG", exif=exif), Limits()).data)
    assert image.size == (40, 60)
    top, bottom = (image.convert("L").getpixel((20, y)) for y in (5, 55))
    assert isinstance(top, int)
    assert isinstance(bottom, int)
    assert top < 80 < 180 < bottom


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_hangs_behind_a_picture_is_cut_off(kind: str) -> None:
    """A picture that is also an archive is kept as a picture alone."""
    kept = take_in(picture(kind) + b"PK\x03\x04 and a script <script>", Limits()).data
    assert b"script" not in kept
    assert b"PK\x03\x04" not in kept


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def boxed(brand: bytes, *more: bytes) -> bytes:
    """The beginning of a file of the ISO base media file format, with its brands."""
    body = brand + bytes(4) + b"".join(more)
    return struct.pack(">I", len(body) + 8) + b"ftyp" + body + bytes(200)


REFUSED: dict[str, tuple[bytes, str]] = {
    "pdf": (b"%PDF-1.7\n%some document\n%%EOF", "paper_pdf"),
    "pdf behind something": (b"\n\n junk %PDF-1.4", "paper_pdf"),
    "heic": (boxed(b"heic", b"mif1"), "paper_heic"),
    "heif": (boxed(b"mif1", b"heix"), "paper_heic"),
    "avif": (boxed(b"avif", b"mif1"), "paper_other_picture"),
    "film": (boxed(b"isom", b"mp42"), "paper_film"),
    "film of an iPhone": (boxed(b"qt  "), "paper_film"),
    "gif": (picture("GIF"), "paper_other_picture"),
    "bmp": (picture("BMP"), "paper_other_picture"),
    "tiff": (picture("TIFF"), "paper_other_picture"),
    "webp": (picture("WEBP"), "paper_other_picture"),
    "zip": (b"PK\x03\x04" + bytes(200), "paper_document"),
    "old office": (b"\xd0\xcf\x11\xe0" + bytes(200), "paper_document"),
    "html": (b"<!doctype html><img src=x onerror=alert(1)>", "paper_not_a_picture"),
    "svg": (SVG, "paper_not_a_picture"),
    "exe": (b"MZ" + bytes(200), "paper_not_a_picture"),
    "jpeg head": (b"\xff\xd8\xff", "paper_not_a_picture"),
    "png head": (b"\x89PNG\r\n\x1a\n", "paper_not_a_picture"),
    "zeros": (bytes(1000), "paper_not_a_picture"),
    "text": ("身份证".encode(), "paper_not_a_picture"),
}


KNOWN = {"paper_empty", "paper_too_many_pixels", *(code for _, code in REFUSED.values())}


@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_is_refused_whatever_its_name(name: str) -> None:
    """The content decides: a renamed document, page, archive, film or other picture is no picture here."""
    data, code = REFUSED[name]
    assert refused(data) == code


def test_what_is_known_to_be_no_photo_is_not_called_too_large() -> None:
    """A document over the limit is told to be a document: made smaller, it would be one still."""
    assert refused(b"%PDF-1.7" + bytes(5_000), Limits(max_bytes=4_000)) == "paper_pdf"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (8 << 20, "8 MB"),
        ((8 << 20) + 1, "8.1 MB"),
        (10 << 20, "10 MB"),
        (1, "0.1 MB"),
        (16_000_000, "15.3 MB"),
    ],
)
def test_a_size_is_never_said_smaller_than_it_is(size: int, words: str) -> None:
    """The limit of a school reads as a round figure, and a byte more as more."""
    assert megabytes(size) == words


def test_an_empty_file_is_refused() -> None:
    """Nothing is not a picture, and the words say that it was empty."""
    assert refused(b"") == "paper_empty"


def test_the_byte_limit_itself_is_allowed_and_one_more_is_not() -> None:
    """Exactly the limit passes; a byte beyond is refused, with both sizes said."""
    data = picture()
    padded = data + bytes(10_000 - len(data))
    assert take_in(padded, Limits(max_bytes=10_000)).media == "image/jpeg"
    assert refused(padded + b"\0", Limits(max_bytes=10_000)) == "paper_too_large"


def test_the_pixel_limit_itself_is_allowed_and_one_more_is_not() -> None:
    """As many pixels as allowed pass; one more is refused with width and height."""
    assert take_in(picture(size=(50, 20)), Limits(max_pixels=1000)).media == "image/jpeg"
    with pytest.raises(PaperRefused) as no:
        take_in(picture(size=(1001, 1)), Limits(max_pixels=1000))
    assert no.value.reason.code == "paper_too_many_pixels"
    assert "1001×1" in no.value.reason.says


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that declares a black square with that side."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [2_000, 10_000, 60_000])
def test_a_picture_that_would_fill_the_memory_is_refused_before_it_does(side: int) -> None:
    """However small the file, what it would unpack to is asked first, and the words say it is too large."""
    assert refused(bomb(side)) == "paper_too_many_pixels"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_picture_that_was_cut_off_is_refused(kind: str, share: float) -> None:
    """Half an upload is not half a paper."""
    image = Image.effect_noise((200, 200), 90)
    written = io.BytesIO()
    image.save(written, kind)
    data = written.getvalue()
    assert refused(data[: int(len(data) * share)]) == "paper_not_a_picture"


@given(st.binary(max_size=300))
def test_whatever_comes_in_is_taken_or_refused_and_never_anything_else(data: bytes) -> None:
    """Hostile bytes behind a picture's head end in a reason, not in an error page."""
    for head in (b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", picture("PNG")[:40], picture("JPEG")[:200]):
        try:
            take_in(head + data, Limits())
        except PaperRefused as no:
            assert no.reason.code in KNOWN


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(("size", "small"), [((1600, 800), (240, 120)), ((90, 60), (90, 60))])
def test_a_thumbnail_is_small_and_never_larger_than_the_picture(
    kind: str, size: tuple[int, int], small: tuple[int, int]
) -> None:
    """A list of photos costs a phone some kilobytes; the proportions stay."""
    made = shrunk(picture(kind, size))
    assert looked_at(made).size == small and max(small) <= THUMBNAIL
    assert looked_at(made).format == "JPEG"
