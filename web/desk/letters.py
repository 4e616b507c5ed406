"""One official letter for the office that signs and seals it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from web.shared.cases.letters import document_of
from web.shared.figures.pictures import opening_for
from web.shared.labels import speak_by
from web.shared.numbers import NUMBERS, ends_of
from web.shared.security import place
from workflow.cases.load import look_at_case
from workflow.engine import NoSuchSubject
from workflow.letters.document import LetterDocument
from workflow.letters.facts import LetterFacts
from workflow.letters.register import letter_named


@dataclass(frozen=True, slots=True)
class LetterAtDesk:
    """A letter, the case it is about, and whether its reader sees full numbers masked in it."""

    case: str
    document: LetterDocument
    masked: bool


def read_letter(session: Session, id: str) -> LetterAtDesk:
    """One letter. Its full numbers are whole only for who may open the papers of its case at once."""
    case, given = letter_named(session, id) or (id, None)
    facts, at = look_at_case(session, case), place().clock.now(session)
    if facts is None or given is None:
        raise NoSuchSubject(id)
    speak_by(place().rules.judging(session, facts, at))
    whole = given.facts(place().cipher)
    said = whole if opening_for(session, facts, at).at_once else _masked(whole)
    return LetterAtDesk(case, document_of(said, given.kind, given), masked=said != whole)


def _masked(letter: LetterFacts) -> LetterFacts:
    items = (
        replace(item, old=ends_of(item.old), new=ends_of(item.new)) if item.field in NUMBERS else item
        for item in letter.items
    )
    return replace(letter, items=tuple(items))
