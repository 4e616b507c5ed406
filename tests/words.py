"""What people wrote, read from beside the entries of a subject."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workflow.history.entry import Entry
from workflow.history.ledger import Sealing, open_value
from workflow.history.timeline import history_of


def words_said(session: Session, cipher: Sealing, subject: str) -> list[tuple[Entry, str]]:
    """Every entry with free text that is not erased, with the text, oldest first."""
    history = history_of(session, subject)
    words = {one.number: open_value(cipher, one) for one in history.openings if one.name == "words"}
    entries = [one.entry for one in history.written if one.row.number in words]
    return [(entry, words[entry.number]) for entry in entries if entry is not None]
