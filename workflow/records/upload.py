"""Roster files between dry run and import: sealed, kept for an hour, imported at most once."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from workflow.people.cipher import Cipher, CipherFault
from workflow.records.formats import RosterTable, read_roster

LIFE = timedelta(hours=1)
LIMIT = 64_000_000
"""Maximum size of a roster in bytes. A DBF of 100,000 rows has about half of it."""

_BEING_TAKEN = ".taken"
_ID = re.compile(r"[0-9a-f]{64}")


class NotHere(LookupError):
    """The file does not exist: never uploaded, thrown away, already taken, or expired."""


@dataclass(frozen=True, slots=True)
class WaitingUpload:
    """An uploaded file before its import: id, name, as-of day and bytes."""

    id: str
    name: str
    as_of: date
    data: bytes

    def table(self) -> RosterTable:
        """The rows of the file. Raises FormatFault."""
        return read_roster(self.name, self.data)


class Incoming:
    """The folder of uploaded files. A file's id is the SHA-256 of its name, day and bytes together."""

    def __init__(self, folder: Path, cipher: Cipher) -> None:
        self._folder, self._cipher = folder, cipher

    def keep(self, name: str, as_of: date, data: bytes, now: datetime) -> str:
        """Seal a file for an hour and return its id. Expired files are removed."""
        self.sweep(now)
        head = json.dumps({"as_of": as_of.isoformat(), "name": name}, sort_keys=True).encode()
        plain = head + b"\n" + data
        id = hashlib.sha256(plain).hexdigest()
        self._folder.mkdir(mode=0o700, exist_ok=True)
        sealed = self._cipher.seal_bytes(plain, table="incoming", column="file", row=id)
        part = self._folder / f"{id}.{os.urandom(4).hex()}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(sealed)
        _date(part, now)
        os.replace(part, self._folder / id)
        return id

    def read(self, id: str, now: datetime) -> WaitingUpload:
        """Read an uploaded file. Raises NotHere."""
        path = self._path(id)
        if _is_over(path, now):
            raise NotHere(id)
        return self._open(path, id)

    @contextmanager
    def taking(self, id: str, now: datetime) -> Iterator[WaitingUpload]:
        """Take a file for its import: no other request can take it, and afterwards it is removed.

        If the import fails, the file is put back. Raises NotHere.
        """
        path = self._path(id)
        taken = path.with_name(id + _BEING_TAKEN)
        if _is_over(path, now):
            raise NotHere(id)
        try:
            os.rename(path, taken)
        except FileNotFoundError:
            raise NotHere(id) from None
        try:
            yield self._open(taken, id)
        except BaseException:
            with suppress(FileNotFoundError):  # it expired meanwhile
                os.replace(taken, path)
            raise
        taken.unlink(missing_ok=True)

    def throw_away(self, id: str) -> None:
        """Remove an uploaded file."""
        self._path(id).unlink(missing_ok=True)

    def sweep(self, now: datetime) -> int:
        """Remove expired files, including unfinished and half-taken ones. Returns how many."""
        gone = 0
        with suppress(FileNotFoundError):
            for path in list(self._folder.iterdir()):
                if _is_over(path, now):
                    path.unlink(missing_ok=True)
                    gone += 1
        return gone

    def _path(self, id: str) -> Path:
        if not _ID.fullmatch(id):
            raise NotHere(id)
        return self._folder / id

    def _open(self, path: Path, id: str) -> WaitingUpload:
        try:
            plain = self._cipher.open_bytes(path.read_bytes(), table="incoming", column="file", row=id)
        except (FileNotFoundError, CipherFault):
            raise NotHere(id) from None
        head, _, data = plain.partition(b"\n")
        said = json.loads(head)
        return WaitingUpload(id, said["name"], date.fromisoformat(said["as_of"]), data)


def _date(path: Path, now: datetime) -> None:
    """Set the file's time from the installation's clock, which a practice installation may have shifted."""
    os.utime(path, (now.timestamp(), now.timestamp()))


def _is_over(path: Path, now: datetime) -> bool:
    try:
        age = now.timestamp() - path.stat().st_mtime
    except FileNotFoundError:
        return True
    return not 0 <= age < LIFE.total_seconds()
