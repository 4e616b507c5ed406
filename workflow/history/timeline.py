"""One subject's entries as an auditor reads them: in the order in which they were written."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.history.entry import Entry
from workflow.history.ledger import Sealing, open_value
from workflow.history.tables import EntryRow, Opening


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, its place in the database, and which of its values can still be opened."""

    row: int
    entry: Entry
    kept: frozenset[str]


def timeline(session: Session, subject: str) -> list[Line]:
    """Every entry of a subject, oldest first. Raises EntryFault for bytes that are no entry."""
    rows = session.execute(
        select(EntryRow.id, EntryRow.body).where(EntryRow.subject == subject).order_by(EntryRow.id)
    ).all()
    kept: dict[int, set[str]] = {}
    for opening in session.execute(select(Opening.number, Opening.name).where(Opening.subject == subject)):
        kept.setdefault(opening.number, set()).add(opening.name)
    entries = [(row.id, Entry.from_body(row.body)) for row in rows]
    return [Line(id, entry, frozenset(kept.get(entry.number, ()))) for id, entry in entries]


def opened(session: Session, cipher: Sealing, subject: str, number: int) -> dict[str, str]:
    """The values that one entry commits to and that were not erased. Raises CipherFault for damaged ones."""
    found = session.scalars(
        select(Opening).where(Opening.subject == subject, Opening.number == number).order_by(Opening.name)
    )
    return {opening.name: open_value(cipher, opening) for opening in found}


def words_said(session: Session, cipher: Sealing, subject: str) -> list[tuple[Entry, str]]:
    """Every entry that bears words in free text which were not erased, with the words, oldest first."""
    found = session.execute(
        select(EntryRow.body, Opening)
        .join(Opening, (Opening.subject == EntryRow.subject) & (Opening.number == EntryRow.number))
        .where(EntryRow.subject == subject, Opening.name == "words")
        .order_by(EntryRow.number)
    )
    return [(Entry.from_body(body), open_value(cipher, opening)) for body, opening in found]
