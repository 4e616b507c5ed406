"""A zip that opens without us: written member by member, with the SHA-256 of each in SHA256SUMS."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO

SUMS = "SHA256SUMS"
_FILE = 0o100644 << 16
_UNIX = 3


class BundleMember:
    """One file of the zip while it is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest = file, hashlib.sha256()

    def write(self, data: bytes | str) -> None:
        """Add to the file. A text is written in UTF-8."""
        plain = data.encode() if isinstance(data, str) else data
        self._digest.update(plain)
        self._file.write(plain)

    @property
    def digest(self) -> str:
        """The SHA-256 of what was written."""
        return self._digest.hexdigest()


class Bundle:
    """The zip. ``at`` is the time of its files. ``close`` writes the digests; nothing is added afterwards."""

    def __init__(self, out: IO[bytes], at: datetime) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
        self._time = (at.year, at.month, at.day, at.hour, at.minute, at.second)
        self._digests: dict[str, str] = {}

    @contextmanager
    def member(self, path: str, *, packed: bool = True) -> Iterator[BundleMember]:
        """One file. One is written at a time, and no path twice. ``packed``: it becomes smaller so."""
        if path in self._digests:
            raise ValueError(f"{path} is in the zip already")
        info = zipfile.ZipInfo(path, self._time)
        info.external_attr, info.create_system = _FILE, _UNIX
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        with self._zip.open(info, "w") as file:
            written = BundleMember(file)
            yield written
        self._digests[path] = written.digest

    def add(self, path: str, data: bytes | str, *, packed: bool = True) -> None:
        """One file that is there as a whole."""
        with self.member(path, packed=packed) as file:
            file.write(data)

    def close(self) -> None:
        """Write the digests in the form that ``sha256sum -c`` reads, and end the zip."""
        self.add(SUMS, "".join(f"{digest}  {path}\n" for path, digest in self._digests.items()))
        self._zip.close()
