"""Photo import from a folder: a picture named by candidate or student number belongs to that record."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.records.tables import Photo, Record

SIZE_LIMIT = 5 << 20
_SIGNATURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}

Put = Callable[[str, bytes], str]


@dataclass(frozen=True, slots=True)
class PhotosTaken:
    """The result for a folder's files. ``unmatched`` and ``no_picture`` are file names safe to print."""

    taken: int
    unchanged: int
    unmatched: tuple[str, ...]
    no_picture: tuple[str, ...]


def take_photos(
    session: Session, files: Sequence[Path], put: Put, *, as_of: date, now: datetime, entropy: Entropy
) -> PhotosTaken:
    """Import every picture whose name is a record's number. A picture already present is no change.

    ``put`` stores a record's sealed bytes and returns the name by which to find them.
    """
    owners = _owners(session)
    latest = _latest(session)
    taken = unchanged = 0
    unmatched, no_picture = [], []
    for file in files:
        record = owners.get(file.stem.strip())
        media = media_of(file) if record is not None else None
        if record is None:
            unmatched.append(_safe(file))
        elif media is None:
            no_picture.append(_safe(file))
        else:
            data = file.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            number, known = latest.get(record, (0, ""))
            if digest == known:
                unchanged += 1
                continue
            session.add(
                Photo(
                    id=entropy(16).hex(),
                    record_id=record,
                    number=number + 1,
                    media=media,
                    size=len(data),
                    digest=digest,
                    stored=put(record, data),
                    as_of=as_of,
                    at=now,
                )
            )
            latest[record] = (number + 1, digest)
            taken += 1
    session.flush()
    return PhotosTaken(taken, unchanged, tuple(unmatched), tuple(no_picture))


def photo_of(session: Session, record: str) -> Photo | None:
    """The current photo of a record."""
    return session.scalars(
        select(Photo).where(Photo.record_id == record).order_by(Photo.number.desc()).limit(1)
    ).one_or_none()


def media_of(file: Path) -> str | None:
    """JPEG or PNG, by content. None for other content and for files above the size limit."""
    if file.stat().st_size > SIZE_LIMIT:
        return None
    with file.open("rb") as opened:
        start = opened.read(8)
    return next((media for signature, media in _SIGNATURES.items() if start.startswith(signature)), None)


def _owners(session: Session) -> dict[str, str]:
    """Record ids by number. A candidate number takes precedence over an equal student number."""
    rows = session.execute(select(Record.id, Record.ksh, Record.xh)).all()
    students = {row.xh: row.id for row in rows if row.xh is not None}
    return students | {row.ksh: row.id for row in rows if row.ksh is not None}


def _latest(session: Session) -> dict[str, tuple[int, str]]:
    newest = (
        select(Photo.record_id, func.max(Photo.number).label("number")).group_by(Photo.record_id).subquery()
    )
    rows = session.execute(
        select(Photo.record_id, Photo.number, Photo.digest).join(
            newest, (newest.c.record_id == Photo.record_id) & (newest.c.number == Photo.number)
        )
    )
    return {row.record_id: (row.number, row.digest) for row in rows}


def _safe(file: Path) -> str:
    """A file's name, unless it is long enough to be an ID number."""
    return file.name if len(file.stem) < 15 else "…" + file.suffix
