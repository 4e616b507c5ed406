"""Internal notes of a case: what those who handle it tell each other. No student ever learns of one.

A note is kept as other words are: sealed and erasable, with a salted commitment in its entry. Its value has
a name of its own, so that nothing which opens the words of an entry can open a note by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from workflow.cases.attempt import Attempt
from workflow.cases.review.papers import opening
from workflow.cases.views.lookup import names_of
from workflow.engine import Change, by_name, guards, in_words
from workflow.history.entry import Entry
from workflow.history.ledger import Sealing, open_named
from workflow.records.texts import WORDS_LIMIT, clean_words
from workflow.store import from_text
from workflow.verdict import Reason

NOTE = "note"
"""The action, and the name of the value that it keeps."""
UNSEEN_BY = {"student": frozenset({NOTE})}
"""By role, the actions of which nobody in it may learn."""


@in_words("可以查看材料", "may see the papers")
def may_see_papers(attempt: Attempt) -> Iterator[Reason]:
    """Notes are for those who may see the papers: who handles the case, or seconds it."""
    yield from opening(attempt).barred


@in_words("备注可以保存", "the note can be kept")
def note_is_whole(attempt: Attempt) -> Iterator[Reason]:
    """A note says something, and not at any length."""
    words = _clean(attempt)
    if not words:
        yield Reason("note_missing", "备注是空的，没有保存。", remedy="请写一两句，让接手的人看得懂。")
    if len(words) > WORDS_LIMIT:
        yield Reason(
            "note_too_long",
            "备注有 {length} 字，上限是 {limit} 字。",
            {"length": len(words), "limit": WORDS_LIMIT},
            remedy="请缩短，或分成几条。",
        )


def keep_note(attempt: Attempt, change: Change) -> None:
    """The entry commits to the note; its words can be erased."""
    change.values[NOTE] = _clean(attempt)


def _clean(attempt: Attempt) -> str:
    return clean_words((attempt.details.get("words") or "").replace("\r\n", "\n"))


GUARDS = guards(may_see_papers)
CHECKS = by_name(note_is_whole)
EFFECTS = by_name(keep_note)


# -- what the page tells of it --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoteRead:
    """One note: when, who wrote it and for whom, and its words; '' once they are erased."""

    at: datetime
    name: str
    on_behalf_of: str
    words: str


def notes_read(
    session: Session, cipher: Sealing, kept: Iterable[tuple[Entry, bytes | None]]
) -> tuple[NoteRead, ...]:
    """Notes opened, newest first. The caller has asked whether its reader may see them."""
    found = list(kept)
    names = names_of(session, (person for entry, _ in found for person in (entry.actor, entry.on_behalf_of)))
    return tuple(
        NoteRead(
            from_text(entry.at),
            names.get(entry.actor, ""),
            names.get(entry.on_behalf_of, ""),
            open_named(cipher, NOTE, entry.subject, entry.number, sealed),
        )
        for entry, sealed in reversed(found)
    )
