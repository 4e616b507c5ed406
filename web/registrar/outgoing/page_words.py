"""The words of the pages for what is archived or handed over: always Chinese, by the rules that judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import render_template
from flask_babel import force_locale
from sqlalchemy.orm import Session

from web.shared.cases.letters import document_of
from web.shared.labels import cause_words, field_words, speak_by, value_name
from web.shared.numbers import ends_of
from web.shared.security import place
from web.shared.words import CHINESE, pick, written
from web.signin.own_data import WORDS
from workflow.cases.filing.receipts import spoken
from workflow.letters.facts import LetterFacts
from workflow.letters.register import LetterGiven
from workflow.outgoing.archive.card import StudentCard
from workflow.records.fields import COLUMNS
from workflow.records.identity import DOCUMENT_TYPES

FEW = 4
"""With more changes than this the print of a card is set smaller, so that it stays on one page."""
LETTER_STYLE = Path(__file__).parents[2] / "static" / "letter.css"


def speak_of(session: Session, policy: str) -> None:
    """Use the labels of the policy text with that digest from now on; of those in force for ''."""
    rules = place().rules
    speak_by(rules.named(session, policy) if policy else rules.in_force(place().clock.now(session)))


def column_words(code: str) -> str:
    """A column of the record in words: the school's where it has any, else those of the platform's table."""
    said = field_words(code)
    return pick(COLUMNS[code].zh, COLUMNS[code].en) if said == code and code in COLUMNS else said


def card_said(
    session: Session, kept: StudentCard, at: datetime, *, hidden: Sequence[str] = (), picture: str = ""
) -> dict[str, Any]:
    """What the template of a card is filled with. Numbers of ``hidden`` columns are masked."""

    def value(name: str, said: str) -> str:
        return ends_of(said) if name in hidden and said else _written(name, said)

    return {
        "it": kept,
        "at": at,
        "value": value,
        "column_words": column_words,
        "spoken": spoken,
        "size": "longest" if len(kept.changes) > FEW else "longer",
        "causes": _causes(session, kept),
        "picture": picture,
    }


def _written(name: str, said: str) -> str:
    """A value as people write it; a kind of document by its name."""
    return DOCUMENT_TYPES.get(said, said) if name == "ZJLX" else written(said, name)


def _causes(session: Session, kept: StudentCard) -> list[str]:
    """The cause of each change in the words of the text that judged it."""
    said = []
    for change in kept.changes:
        if change.cause:
            speak_of(session, change.policy)
        said.append(cause_words(change.cause) if change.cause else "")
    if any(said):
        speak_of(session, "")
    return said


class PageWords:
    """The words of the pages. Usable within a request alone."""

    def __init__(self) -> None:
        self._policy, self._known = "", dict[tuple[str, ...], str]()

    @property
    def letter_style(self) -> bytes:
        """The style sheet of letters."""
        return LETTER_STYLE.read_bytes()

    def speak_by(self, session: Session, policy: str) -> None:
        """Use the words of the policy text with that digest from now on; those in force for ''."""
        self._policy = policy
        speak_of(session, policy)

    def said(self, column: str, code: str, section: str = "") -> str:
        """A code in words, by the column of a person's own data that holds such codes; '' for ''."""
        words = column_words if column == "field" else WORDS.get(f"{section}.{column}") or WORDS.get(column)
        if not code or words is None:
            return code
        key = self._policy, section, column, code
        if key not in self._known:
            with force_locale(CHINESE):
                self._known[key] = str(words(code))
        return self._known[key]

    def value(self, name: str) -> str:
        """The name of a value of an entry in words."""
        with force_locale(CHINESE):
            return value_name(name)

    def letter(self, facts: LetterFacts, kind: str, given: LetterGiven) -> str:
        """One letter as HTML, without the page around it."""
        with force_locale(CHINESE):
            return render_template("letter.html", letter=document_of(facts, kind, given))

    def card(self, session: Session, card: StudentCard, at: datetime, picture: str, mark: str) -> str:
        """One student's card as HTML, with numbers whole; its photo, and the mark of its export, if any."""
        if self._policy:
            self.speak_by(session, "")
        with force_locale(CHINESE):
            said = card_said(session, card, at, picture=picture)
            return render_template("registrar/outgoing/_card.html", mark=mark, **said)
