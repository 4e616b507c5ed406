"""Static files: read and compressed once, served under names that never change their content."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request

from web.shared.security import open_to_all

A_YEAR = 365 * 24 * 3600
"""Seconds for which a browser may keep a file without asking: what its name stands for never changes."""


TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
"""The kinds of files that are served, by the end of their name. Others in the folder are not."""


@dataclass(frozen=True)
class StaticFile:
    """One file as it is sent: its bytes, the same compressed (where that is shorter), and its type."""

    plain: bytes
    packed: bytes | None
    type: str


def serve_static(app: Flask, folder: Path) -> None:
    """Serve the files of a folder at ``/static/`` under the names that ``url_for`` gives them."""
    named, files = _read(folder)

    def name_by_content(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values["filename"] = named[values["filename"]]

    @open_to_all
    def static(filename: str) -> Response:
        return _sent(files.get(filename) or abort(404))

    app.url_defaults(name_by_content)
    app.add_url_rule("/static/<path:filename>", "static", static)


@cache
def _read(folder: Path) -> tuple[dict[str, str], dict[str, StaticFile]]:
    named: dict[str, str] = {}
    files: dict[str, StaticFile] = {}
    for path in sorted(folder.rglob("*.*")):
        name = path.relative_to(folder).as_posix()
        stem, _, suffix = name.rpartition(".")
        if suffix not in TYPES:
            continue
        plain = sent(suffix, path.read_bytes())
        named[name] = f"{stem}.{hashlib.sha256(plain).hexdigest()[:12]}.{suffix}"
        packed = gzip.compress(plain, 9, mtime=0)
        files[named[name]] = StaticFile(plain, packed if len(packed) < len(plain) else None, TYPES[suffix])
    return named, files


def sent(suffix: str, content: bytes) -> bytes:
    """A file as it is sent: a sheet goes without its comments, which are for whoever changes it."""
    return re.sub(rb"/\*.*?\*/\n?", b"", content, flags=re.DOTALL) if suffix == "css" else content


def _sent(file: StaticFile) -> Response:
    packed = file.packed if request.accept_encodings["gzip"] else None
    answer = Response(packed or file.plain, mimetype=file.type)
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return answer
