"""Static files: each name stands for one content for ever, and they travel compressed."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from flask import Flask, url_for

from web.shared.static_files import TYPES, sent

STATIC = Path(__file__).parents[3] / "web" / "static"
pytestmark = [pytest.mark.one_database]


def names() -> list[str]:
    return sorted(
        path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.*") if path.suffix[1:] in TYPES
    )


@pytest.mark.parametrize("name", names())
def test_a_file_comes_compressed_under_a_name_made_of_its_content(app: Flask, name: str) -> None:
    """The address bears the digest of what is sent, so a browser may keep it for a year without asking."""
    with app.test_request_context():
        address = url_for("static", filename=name)
    content = sent(name.rpartition(".")[2], (STATIC / name).read_bytes())
    assert f".{hashlib.sha256(content).hexdigest()[:12]}." in address
    browser = app.test_client()
    packed = browser.get(address, headers={"Accept-Encoding": "br, gzip"})
    plain = browser.get(address, headers={"Accept-Encoding": "gzip;q=0"})
    assert plain.data == content and "Content-Encoding" not in plain.headers
    compressed = packed.headers.get("Content-Encoding") == "gzip"
    assert (gzip.decompress(packed.data) if compressed else packed.data) == content and len(
        packed.data
    ) <= len(content)
    for answer in (packed, plain):
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert packed.mimetype == TYPES[name.rpartition(".")[2]]


def test_a_sheet_goes_without_its_comments_and_says_the_same() -> None:
    """A phone does not load what is written for whoever changes a sheet; each rule and each quoted text arrives."""
    for path in STATIC.rglob("*.css"):
        whole = path.read_text(encoding="utf-8")
        gone = sent("css", path.read_bytes()).decode()
        assert "/*" not in gone
        for marks in (r"[{};]", r'"[^"]*"'):
            assert re.findall(marks, gone) == re.findall(
                marks, re.sub(r"/\*.*?\*/", "", whole, flags=re.DOTALL)
            )
    assert sent("js", b"/* kept */") == b"/* kept */"


def test_a_name_that_was_never_given_is_not_found(app: Flask) -> None:
    """Neither a plain name nor another digest, nor a way out of the folder, is answered."""
    browser = app.test_client()
    for name in ("desk.css", "desk.000000000000.css", "../__init__.py", "vendor"):
        assert browser.get(f"/static/{name}").status_code == 404


def test_no_style_sheet_names_another_file() -> None:
    """A sheet that named a file by its plain name would break, because only full names are answered."""
    for path in STATIC.rglob("*.css"):
        assert re.findall(r"url\((?!['\"]?data:)|@import", path.read_text(encoding="utf-8")) == [], path.name
