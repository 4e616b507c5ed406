"""The evidence store: sealed files under random names, made durable before their database row is written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.evidence.intake import Picture
from workflow.evidence.tables import Evidence, EvidenceKey
from workflow.people.cipher import Cipher, CipherFault, Keys, sync_folder
from workflow.store import afterwards

NAMES = 2**128
"""How many names there are."""


class EvidenceDamaged(Exception):
    """A stored file is missing or altered. No other picture is shown in its place."""


class EvidenceStore:
    """Sealed files below one folder. The evidence table describes each file.

    ``notice`` is the version of the privacy notice under which papers are given now.
    """

    def __init__(self, folder: Path, cipher: Cipher, entropy: Entropy, notice: str) -> None:
        self.folder, self._cipher, self._entropy, self._notice = folder, cipher, entropy, notice

    def add(
        self, session: Session, record: str, kind: str, picture: Picture, at: datetime, added_by: str = ""
    ) -> Evidence:
        """Seal a picture under the student's own key, make it durable, then write its row.

        ``added_by`` is the person who uploads it for the student. Papers of one second keep the order in
        which they came: each name is greater than those before it.
        """
        before = select(func.max(Evidence.id)).where(Evidence.record_id == record, Evidence.added_at == at)
        name, digest = self.put(session, record, picture.data, session.scalar(before) or "")
        paper = Evidence(
            id=name,
            record_id=record,
            kind=kind,
            media=picture.media,
            size=len(picture.data),
            digest=digest,
            added_at=at,
            added_by=added_by or None,
            notice=self._notice,
        )
        session.add(paper)
        session.flush()
        return paper

    def read(self, session: Session, paper: Evidence) -> bytes:
        """The picture's bytes. Raises EvidenceDamaged if the stored file is missing or altered."""
        return self.get(session, paper.record_id, paper.id, paper.digest)

    def put(self, session: Session, record: str, data: bytes, after: str = "") -> tuple[str, str]:
        """Seal bytes under a student's key and make them durable. Returns the name and the stored digest.

        The name is random, among those greater than ``after``.
        """
        name = self._name(after)
        self._make_key(session, record)
        sealed = self._box(session, record).seal_bytes(data, table="evidence", column="file", row=name)
        self._write(name, sealed)
        return name, hashlib.sha256(sealed).hexdigest()

    def get(self, session: Session, record: str, name: str, digest: str = "") -> bytes:
        """The bytes stored under a name. Raises EvidenceDamaged for a missing or altered file."""
        try:
            sealed = self._path(name).read_bytes()
            if digest and hashlib.sha256(sealed).hexdigest() != digest:
                raise EvidenceDamaged(name)
            return self._box(session, record).open_bytes(sealed, table="evidence", column="file", row=name)
        except (OSError, CipherFault) as fault:
            raise EvidenceDamaged(name) from fault

    def get_each(self, session: Session, wanted: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
        """The bytes under one name of each of some records, in that order. What is damaged is left out.

        The students' keys are read in one statement.
        """
        kept = select(EvidenceKey.record_id, EvidenceKey.sealed).where(EvidenceKey.record_id.in_(wanted))
        keys = {record: sealed for record, sealed in session.execute(kept)}
        for record, name in wanted.items():
            try:
                sealed = self._path(name).read_bytes()
                box = self._opened(record, keys[record])
                data = box.open_bytes(sealed, table="evidence", column="file", row=name)
            except (OSError, CipherFault, KeyError):
                continue
            yield record, data

    def has(self, name: str) -> bool:
        """True if there is a file under a name. Whether it is whole is known only when it is read."""
        return self._path(name).is_file()

    def remove(self, session: Session, paper: Evidence) -> bool:
        """Remove a draft's paper. Returns False if the paper was filed meanwhile; a filed paper stays.

        The file is deleted after the removal is committed.
        """
        gone = session.execute(
            delete(Evidence)
            .where(Evidence.id == paper.id, Evidence.case_id.is_(None))
            .returning(Evidence.id)
            .execution_options(synchronize_session=False)
        ).scalar()
        if gone is None:
            return False
        session.expunge(paper)
        path = self._path(paper.id)
        afterwards(session, lambda: path.unlink(missing_ok=True))
        return True

    def _name(self, after: str) -> str:
        least = int(after, 16) + 1 if after else 0
        drawn = int.from_bytes(self._entropy(16), "big")
        return f"{least + drawn * (NAMES - least) // NAMES:032x}"

    def _write(self, name: str, data: bytes) -> None:
        """Write a file durably against power loss: temporary name, fsync, rename, folder fsync."""
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        for folder in (path.parent, self.folder):
            sync_folder(folder)

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / name

    def _box(self, session: Session, record: str) -> Cipher:
        """The student's own cipher. Raises CipherFault if the student's key does not exist."""
        kept = session.scalar(select(EvidenceKey.sealed).where(EvidenceKey.record_id == record))
        if kept is None:
            raise CipherFault("evidence_key: destroyed, or never made")
        return self._opened(record, kept)

    def _opened(self, record: str, kept: bytes) -> Cipher:
        key = self._cipher.open_bytes(kept, table="evidence_key", column="sealed", row=record)
        return Cipher(Keys(seal=key, index=key, code=key))

    def _make_key(self, session: Session, record: str) -> None:
        """Create a student's key with the first paper. Of two concurrent first papers, one creates it."""
        if session.scalar(select(EvidenceKey.record_id).where(EvidenceKey.record_id == record)):
            return
        key = self._entropy(32)
        sealed = self._cipher.seal_bytes(key, table="evidence_key", column="sealed", row=record)
        with suppress(IntegrityError), session.begin_nested():
            session.add(EvidenceKey(record_id=record, sealed=sealed))
