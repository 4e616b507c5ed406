"""The register of letters: give a number with the act that makes a letter, end a letter, and read them.

A number is given in the transaction of its act: a double never, a gap only where a letter was undone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, false, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.letters.facts import LetterFacts
from workflow.letters.tables import LetterRow, LetterYear
from workflow.people.cipher import Cipher
from workflow.store import Prepared, as_text, table_of

_SPOKEN = re.compile(
    r"(?P<word>.*?)\s*[〔\[［(（【](?P<year>\d{4})[〕\]］)）】]\s*(?:第\s*)?(?P<number>\d{1,9})\s*号?"
)
DECIDING = ("decision", "termination")
"""The kinds that hold only as long as the case is not opened again."""


@dataclass(frozen=True, slots=True)
class LetterGiven:
    """One letter of the register. ``ended`` says why it no longer holds, if so."""

    id: str
    kind: str
    word: str
    number: int
    given_at: datetime
    ended: str
    sealed: bytes = field(repr=False)

    @property
    def spoken(self) -> str:
        """Its number as it is written, 航大教学籍〔2024〕318号; '' where the school had no word for it."""
        return spoken_number(self.word, self.given_at.year, self.number)

    def facts(self, cipher: Cipher) -> LetterFacts:
        """What it says."""
        return LetterFacts.from_json(cipher.open(self.sealed, table="letter", column="facts", row=self.id))


def spoken_number(word: str, year: int, number: int) -> str:
    """The number of a letter as it is written. Where the school has no word for its letters it has none."""
    return f"{word}〔{year}〕{number}号" if word else ""


def written_number(said: str) -> str:
    """A number as the register writes it, whatever brackets somebody used; another text as it is."""
    found = _SPOKEN.fullmatch(said.strip())
    return f"{found['word']}〔{found['year']}〕{int(found['number'])}号" if found else said.strip()


def _next_number(dialect: str) -> Any:
    """The next number of a year, counted and locked in one statement."""
    into = (postgresql if dialect == "postgresql" else sqlite).insert(table_of(LetterYear))
    return (
        into.values(year=bindparam("year"), last=1)
        .on_conflict_do_update(index_elements=["year"], set_={"last": table_of(LetterYear).c.last + 1})
        .returning(table_of(LetterYear).c.last)
    )


_NEXT = Prepared(_next_number)
_WRITTEN = (
    "id",
    "case_id",
    "step_id",
    "version",
    "kind",
    "word",
    "year",
    "number",
    "given_at",
    "facts",
)
_GIVE = Prepared(insert(table_of(LetterRow)).values({name: bindparam(name) for name in _WRITTEN}))
_END_ALL = (
    update(table_of(LetterRow))
    .where(LetterRow.case_id == bindparam("case"), LetterRow.ended == "")
    .values(ended=bindparam("end"), ended_at=bindparam("at"))
)
_END = {True: Prepared(_END_ALL), False: Prepared(_END_ALL.where(LetterRow.kind.in_(DECIDING)))}
"""Ends all letters of a case, or the decision alone."""
_GIVEN = (
    LetterRow.id,
    LetterRow.kind,
    LetterRow.word,
    LetterRow.number,
    LetterRow.given_at,
    LetterRow.ended,
    LetterRow.facts,
)


def give(
    session: Session,
    cipher: Cipher,
    entropy: Entropy,
    *,
    version: int,
    kind: str,
    word: str,
    facts: LetterFacts,
    case: str,
    step: str | None = None,
) -> str:
    """Enter a new letter with the next number of its year, and return that as it is written."""
    id, year = entropy(16).hex(), facts.given_at.year
    number = next_number(session, year)
    sealed = cipher.seal(facts.as_json(), table="letter", column="facts", row=id)
    row = (id, case, step, version, kind, word, year, number, as_text(facts.given_at), sealed)
    _GIVE.run(session, dict(zip(_WRITTEN, row, strict=True)))
    return spoken_number(word, year, number)


def next_number(session: Session, year: int) -> int:
    """The next number of a year. It is locked until the letter that bears it is committed."""
    (number,) = _NEXT.run(session, {"year": year}).fetchone()
    return int(number)


def end(session: Session, case: str, why: str, at: datetime) -> None:
    """Say that a decision no longer holds, or, of a withdrawn filing, no letter. They keep their numbers."""
    _END[why == "withdrawn"].run(session, {"case": case, "end": why, "at": as_text(at)})


def letter_named(session: Session, id: str) -> tuple[str, LetterGiven] | None:
    """One letter by its id, with the case that it is about."""
    row = session.execute(select(LetterRow.case_id, *_GIVEN).where(LetterRow.id == id)).one_or_none()
    return (row[0], LetterGiven(*row[1:])) if row else None


def bearing(said: str) -> ColumnElement[bool]:
    """The letters that bear a number as somebody writes it, with or without its word, in any brackets."""
    found = _SPOKEN.fullmatch(said.strip())
    if found is None:
        return false()
    word = LetterRow.word == found["word"] if found["word"] else LetterRow.id.is_not(None)
    return and_(LetterRow.year == int(found["year"]), LetterRow.number == int(found["number"]), word)
