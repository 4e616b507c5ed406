"""Roster files between their dry run and their import: sealed, for an hour, and taken at most once."""

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
"""How many bytes a roster may have: 100,000 rows of a DBF are about half of it."""

_BEING_TAKEN = ".taken"
_ID = re.compile(r"[0-9a-f]{64}")


class NotHere(LookupError):
    """There is no such file: never uploaded, thrown away, taken already, or too old."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits for its import: its id, its name, the day its data are of, its bytes."""

    id: str
    name: str
    as_of: date
    data: bytes

    def table(self) -> RosterTable:
        """The rows of the file; raises FormatFault."""
        return read_roster(self.name, self.data)


class Incoming:
    """The folder of waiting files. A file's id is the SHA-256 of its name, day and bytes together."""

    def __init__(self, folder: Path, cipher: Cipher) -> None:
        self._folder, self._cipher = folder, cipher

    def keep(self, name: str, as_of: date, data: bytes, now: datetime) -> str:
        """Seal a file for an hour and return its id; files that waited too long are removed."""
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

    def read(self, id: str, now: datetime) -> Waiting:
        """A waiting file; raises NotHere."""
        path = self._path(id)
        if _is_over(path, now):
            raise NotHere(id)
        return self._open(path, id)

    @contextmanager
    def taking(self, id: str, now: datetime) -> Iterator[Waiting]:
        """Take a file for its import: nobody else can meanwhile, and afterwards it is gone.

        If the import fails, the file waits on. Raises NotHere.
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
            with suppress(FileNotFoundError):  # its hour was over meanwhile
                os.replace(taken, path)
            raise
        taken.unlink(missing_ok=True)

    def throw_away(self, id: str) -> None:
        """Remove a waiting file."""
        self._path(id).unlink(missing_ok=True)

    def sweep(self, now: datetime) -> int:
        """Remove whatever waited too long, unfinished and half-taken files included; returns how many."""
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

    def _open(self, path: Path, id: str) -> Waiting:
        try:
            plain = self._cipher.open_bytes(path.read_bytes(), table="incoming", column="file", row=id)
        except (FileNotFoundError, CipherFault):
            raise NotHere(id) from None
        head, _, data = plain.partition(b"\n")
        said = json.loads(head)
        return Waiting(id, said["name"], date.fromisoformat(said["as_of"]), data)


def _date(path: Path, now: datetime) -> None:
    """A file is as old as the installation's clock says, which in a practice one is not the machine's."""
    os.utime(path, (now.timestamp(), now.timestamp()))


def _is_over(path: Path, now: datetime) -> bool:
    try:
        age = now.timestamp() - path.stat().st_mtime
    except FileNotFoundError:
        return True
    return not 0 <= age < LIFE.total_seconds()
