"""What an archive asks of the pages: codes in words, and letters as they are shown and printed."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from workflow.letters.facts import LetterFacts
from workflow.letters.register import LetterGiven
from workflow.outgoing.archive.card import StudentCard


class Wording(Protocol):
    """The words of the pages, in Chinese."""

    @property
    def letter_style(self) -> bytes:
        """The style sheet of letters."""

    def speak_by(self, session: Session, policy: str) -> None:
        """Use the words of the policy text with that digest from now on; those in force for ''."""

    def said(self, column: str, code: str, section: str = "") -> str:
        """A code in words, by the column of a person's own data that holds such codes; '' for ''."""

    def value(self, name: str) -> str:
        """The name of a value of an entry in words."""

    def letter(self, facts: LetterFacts, kind: str, given: LetterGiven) -> str:
        """One letter as HTML, without the page around it."""

    def card(self, session: Session, card: StudentCard, at: datetime, picture: str, mark: str) -> str:
        """One student's card as HTML, with numbers whole; its photo, and the mark of its export, if any."""
