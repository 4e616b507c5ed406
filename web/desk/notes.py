"""Internal notes on the pages of those who handle a case: which their reader may see, and may add."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from web.shared.security import actor, place
from workflow.cases.facts import CaseFacts
from workflow.cases.review.notes import NOTE, NoteRead, may_see_papers, notes_read
from workflow.history.entry import Entry
from workflow.verdict import Reason


@dataclass(frozen=True, slots=True)
class NotesShown:
    """The notes of a case, newest first, and the reasons against adding one.

    ``hidden`` says why their reader sees none; then ``notes`` is empty.
    """

    notes: tuple[NoteRead, ...]
    barred: tuple[Reason, ...]
    hidden: tuple[Reason, ...]


def notes_here(
    session: Session, facts: CaseFacts, kept: Iterable[tuple[Entry, bytes | None]], at: datetime
) -> NotesShown:
    """What the signed-in person sees of the notes of a case."""
    engine, me = place().engine, actor()
    barred = engine.check_seen(session, facts, NOTE, me, at=at).reasons
    if hidden := tuple(may_see_papers(engine.attempt(session, facts, NOTE, me, at=at))):
        return NotesShown((), barred, hidden)
    return NotesShown(notes_read(session, place().cipher, kept), barred, ())
