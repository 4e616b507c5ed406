"""Entries for an auditor: a subject's entries in written order, and refusals."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from workflow.history.entry import REFUSED, Entry, EntryFault
from workflow.history.ledger import Sealing, open_value
from workflow.history.tables import EntryRow, Opening
from workflow.store import from_text

PAGE = 50


@dataclass(frozen=True, slots=True)
class Written:
    """A stored entry: its row, and the parsed entry or the fault of its bytes."""

    row: EntryRow
    entry: Entry | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class SubjectHistory:
    """All stored history of one subject, in written order."""

    subject: str
    written: tuple[Written, ...]
    openings: tuple[Opening, ...]


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One entry, its row in the database, and the names of its values that can still be opened.

    ``digest`` is the SHA-256 of the bytes. ``entry`` is None if the bytes are not a valid entry.
    """

    row: int
    entry: Entry | None
    kept: frozenset[str]
    digest: str


def as_written(row: EntryRow) -> Written:
    """Parse the bytes of a row."""
    try:
        return Written(row, Entry.from_body(row.body))
    except EntryFault as fault:  # the replay reports it; the rest must still be readable
        return Written(row, None, str(fault))


def history_of(session: Session, subject: str) -> SubjectHistory:
    """The whole history of a subject. Reads each row once."""
    rows = session.scalars(select(EntryRow).where(EntryRow.subject == subject).order_by(EntryRow.id))
    openings = session.scalars(
        select(Opening).where(Opening.subject == subject).order_by(Opening.number, Opening.name)
    )
    return SubjectHistory(subject, tuple(map(as_written, rows)), tuple(openings))


def lines_of(history: SubjectHistory, *, skip: int = 0, limit: int | None = None) -> list[TimelineLine]:
    """The lines of a history: all, or ``limit`` entries after the first ``skip``."""
    kept: dict[int, set[str]] = {}
    for opening in history.openings:
        kept.setdefault(opening.number, set()).add(opening.name)
    end = None if limit is None else skip + limit
    return [_line(one, kept) for one in history.written[skip:end]]


def timeline(session: Session, subject: str) -> list[TimelineLine]:
    """All entries of a subject, oldest first."""
    return lines_of(history_of(session, subject))


def lines_before(session: Session, subject: str, row: int) -> int:
    """The number of a subject's entries before a row."""
    asked = select(func.count()).where(EntryRow.subject == subject, EntryRow.id < row)
    return session.scalar(asked) or 0


@dataclass(frozen=True, slots=True)
class DoneSince:
    """One thing that was done to a subject since somebody looked: what, by whom, in which role, when."""

    action: str
    actor: str
    role: str
    at: datetime


def done_since(session: Session, subject: str, number: int) -> list[DoneSince]:
    """What was done to a subject after its entry of a number, oldest first."""
    rows = session.execute(
        select(EntryRow.action, EntryRow.actor, EntryRow.role, EntryRow.at)
        .where(EntryRow.subject == subject, EntryRow.number > number)
        .order_by(EntryRow.number)
    )
    return [DoneSince(row.action, row.actor, row.role, from_text(row.at)) for row in rows]


def refusals(
    session: Session, hidden: Select[str], *, skip: int = 0, limit: int = PAGE
) -> list[TimelineLine]:
    """Attempts that the engine refused, latest first, but for those on the ``hidden`` subjects."""
    rows = session.scalars(
        select(EntryRow)
        .where(EntryRow.kind == REFUSED, EntryRow.subject.not_in(hidden))
        .order_by(EntryRow.id.desc())
        .offset(skip)
        .limit(limit)
    )
    return [
        TimelineLine(one.row.id, one.entry, frozenset(), "")
        for one in map(as_written, rows)
        if one.entry is not None
    ]


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


def _line(one: Written, kept: dict[int, set[str]]) -> TimelineLine:
    names = frozenset(kept.get(one.entry.number, ())) if one.entry is not None else frozenset()
    return TimelineLine(one.row.id, one.entry, names, hashlib.sha256(one.row.body).hexdigest())
