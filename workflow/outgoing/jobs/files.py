"""The files of export jobs: each sealed under a key of its own, which dies with the job."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from workflow.engine import Entropy
from workflow.people.cipher import Cipher, CipherFault, Keys, sync_folder

LIFE = timedelta(hours=24)
"""A job that nobody approves lapses after so long; a file is gone so long after its approval."""

_BEING_MADE = timedelta(hours=1)
_NAME = re.compile(r"[0-9a-f]{32}")


class FileGone(LookupError):
    """The file of an export job is not there any more, or was altered."""


class OutgoingFiles:
    """The folder of sealed files."""

    def __init__(self, folder: Path, cipher: Cipher, entropy: Entropy) -> None:
        self._folder, self._cipher, self._entropy = folder, cipher, entropy

    def keep(self, job: str, data: bytes, now: datetime) -> tuple[str, bytes]:
        """Seal a file under a new key. Returns its name, and the key, sealed for its job's row."""
        name, key = self._entropy(16).hex(), self._entropy(32)
        sealed = _box(key).seal_bytes(data, table="export_job", column="file", row=name)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        os.utime(path, (now.timestamp(), now.timestamp()))
        sync_folder(self._folder)
        return name, self._cipher.seal_bytes(key, table="export_job", column="key", row=job)

    def read(self, job: str, name: str, sealed_key: bytes | None) -> bytes:
        """Open a job's file. Raises FileGone."""
        if sealed_key is None or not _NAME.fullmatch(name):
            raise FileGone(name)
        try:
            key = self._cipher.open_bytes(sealed_key, table="export_job", column="key", row=job)
            sealed = (self._folder / name).read_bytes()
            return _box(key).open_bytes(sealed, table="export_job", column="file", row=name)
        except (OSError, CipherFault) as fault:
            raise FileGone(name) from fault

    def destroy(self, name: str) -> None:
        """Remove a file."""
        if _NAME.fullmatch(name):
            (self._folder / name).unlink(missing_ok=True)

    def sweep(self, now: datetime, live: Collection[str]) -> int:
        """Remove every file that belongs to no live job and is not just being made. Returns how many."""
        gone = 0
        with suppress(FileNotFoundError):
            for path in list(self._folder.iterdir()):
                age = now.timestamp() - path.stat().st_mtime
                if path.name not in live and not 0 <= age < _BEING_MADE.total_seconds():
                    path.unlink(missing_ok=True)
                    gone += 1
        return gone


def _box(key: bytes) -> Cipher:
    return Cipher(Keys(seal=key, index=key, code=key))
