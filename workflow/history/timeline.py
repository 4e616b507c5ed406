"""Entries for an auditor: a subject's entries in written order, and refusals."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow.history.entry import REFUSED, Entry, EntryFault
from workflow.history.ledger import Sealing, open_value
from workflow.history.tables import EntryRow, Opening

PAGE = 50


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One entry, its row in the database, and the names of its values that can still be opened.

    ``digest`` is the SHA-256 of the bytes. ``entry`` is None if the bytes are not a valid entry.
    """

    row: int
    entry: Entry | None
    kept: frozenset[str]
    digest: str


@dataclass(frozen=True, slots=True)
class RefusedAttempt:
    """One refused attempt: its entry and its row in the database."""

    row: int
    entry: Entry


def timeline(
    session: Session, subject: str, *, skip: int = 0, limit: int | None = None
) -> list[TimelineLine]:
    """The entries of a subject, oldest first: all of them, or ``limit`` after the first ``skip``."""
    rows = session.execute(
        select(EntryRow.id, EntryRow.body)
        .where(EntryRow.subject == subject)
        .order_by(EntryRow.id)
        .offset(skip)
        .limit(limit)
    ).all()
    kept: dict[int, set[str]] = {}
    for opening in session.execute(select(Opening.number, Opening.name).where(Opening.subject == subject)):
        kept.setdefault(opening.number, set()).add(opening.name)
    return [_line(row.id, row.body, kept) for row in rows]


def count_lines(session: Session, subject: str, *, before: int | None = None) -> int:
    """The number of a subject's entries, or of those before a row."""
    asked = select(func.count()).select_from(EntryRow).where(EntryRow.subject == subject)
    return session.scalar(asked if before is None else asked.where(EntryRow.id < before)) or 0


def refusals(session: Session, *, skip: int = 0, limit: int = PAGE) -> list[RefusedAttempt]:
    """Attempts that the engine refused, latest first."""
    rows = session.execute(
        select(EntryRow.id, EntryRow.body)
        .where(EntryRow.kind == REFUSED)
        .order_by(EntryRow.id.desc())
        .offset(skip)
        .limit(limit)
    )
    read = ((row.id, _entry(row.body)) for row in rows)
    return [RefusedAttempt(row, entry) for row, entry in read if entry is not None]


def find_entry(session: Session, digest: str) -> tuple[str, int] | None:
    """Subject and row of the entry whose bytes have this SHA-256, or None. Reads the whole history once."""
    asked = select(EntryRow.subject, EntryRow.id, EntryRow.body).execution_options(yield_per=5000)
    with session.execute(asked) as rows:
        for subject, row, body in rows:
            if hashlib.sha256(body).hexdigest() == digest:
                return subject, row
    return None


def opened(session: Session, cipher: Sealing, subject: str, number: int) -> dict[str, str]:
    """The values that one entry commits to, without erased ones. Raises CipherFault for damaged ones."""
    found = session.scalars(
        select(Opening).where(Opening.subject == subject, Opening.number == number).order_by(Opening.name)
    )
    return {opening.name: open_value(cipher, opening) for opening in found}


def words_said(session: Session, cipher: Sealing, subject: str) -> list[tuple[Entry, str]]:
    """Every entry with free text that is not erased, with the text, oldest first."""
    found = session.execute(
        select(EntryRow.body, Opening)
        .join(Opening, (Opening.subject == EntryRow.subject) & (Opening.number == EntryRow.number))
        .where(EntryRow.subject == subject, Opening.name == "words")
        .order_by(EntryRow.number)
    )
    return [(Entry.from_body(body), open_value(cipher, opening)) for body, opening in found]


def _line(row: int, body: bytes, kept: dict[int, set[str]]) -> TimelineLine:
    entry = _entry(body)
    names = frozenset(kept.get(entry.number, ())) if entry is not None else frozenset()
    return TimelineLine(row, entry, names, hashlib.sha256(body).hexdigest())


def _entry(body: bytes) -> Entry | None:
    try:
        return Entry.from_body(body)
    except EntryFault:  # the replay reports it; the page must still be readable
        return None
