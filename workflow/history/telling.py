"""A subject's completed actions with their free text, for the person concerned."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.history.entry import Entry
from workflow.history.ledger import Sealing, open_value
from workflow.history.tables import EntryRow, Opening


def told(session: Session, cipher: Sealing, subject: str) -> list[tuple[Entry, str]]:
    """All done entries of a subject, oldest first, each with its free text or ''."""
    found = session.execute(
        select(EntryRow.body, Opening)
        .outerjoin(
            Opening,
            (Opening.subject == EntryRow.subject)
            & (Opening.number == EntryRow.number)
            & (Opening.name == "words"),
        )
        .where(EntryRow.subject == subject, EntryRow.number.is_not(None))
        .order_by(EntryRow.number)
    )
    return [
        (Entry.from_body(body), open_value(cipher, opening) if opening else "") for body, opening in found
    ]
