"""The register of letters: each with its number, day, whom it went to, and whether an answer came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from workflow.cases.tables import Case, Step
from workflow.letters.facts import LetterFacts
from workflow.letters.register import bearing, spoken_number
from workflow.letters.tables import LetterRow
from workflow.people.cipher import Cipher

INQUIRY = LetterRow.kind == "inquiry"
WAITING = and_(INQUIRY, Step.outcome == "", LetterRow.ended == "")
"""Official letters whose answer has not come."""


@dataclass(frozen=True, slots=True)
class LetterListed:
    """One letter of the register. ``addressee`` is a body outside; '' of a letter to a student.

    ``answered_on`` is the day on which its answer was entered, ``waits`` whether one is still to come.
    """

    id: str
    kind: str
    number: str
    given_at: datetime
    ended: str
    case: str
    receipt: str
    addressee: str
    due: date | None
    waits: bool
    answered_on: date | None

    def late(self, today: date) -> bool:
        """Whether its answer is overdue."""
        return self.waits and self.due is not None and self.due < today


def register_of(
    session: Session, cipher: Cipher, *only: ColumnElement[bool], limit: int, skip: int = 0
) -> tuple[list[LetterListed], int]:
    """Letters, the latest number first, and how many there are. No student is named."""
    rows = session.execute(
        select(
            LetterRow.id,
            LetterRow.kind,
            LetterRow.word,
            LetterRow.year,
            LetterRow.number,
            LetterRow.given_at,
            LetterRow.ended,
            LetterRow.case_id,
            Case.receipt,
            LetterRow.facts,
            Step.due,
            Step.outcome,
            Step.ended_at,
            Step.number.label("borne"),
            func.count().over().label("all"),
        )
        .outerjoin(Case, Case.id == LetterRow.case_id)
        .outerjoin(Step, Step.id == LetterRow.step_id)
        .where(*only)
        .order_by(LetterRow.year.desc(), LetterRow.number.desc())
        .limit(limit)
        .offset(skip)
    ).all()
    return list(_listed(cipher, rows)), rows[0].all if rows else 0


def bearing_number(said: str) -> ColumnElement[bool]:
    """The letters of a number as somebody writes it: the register's, or one that was typed."""
    return or_(bearing(said), and_(INQUIRY, Step.number == said.strip()))


def _listed(cipher: Cipher, rows: Iterable[Any]) -> Iterable[LetterListed]:
    for row in rows:
        inquiry = row.kind == "inquiry"
        said = (
            LetterFacts.from_json(cipher.open(row.facts, table="letter", column="facts", row=row.id))
            if inquiry
            else None
        )
        yield LetterListed(
            id=row.id,
            kind=row.kind,
            number=spoken_number(row.word, row.year, row.number) or (row.borne or ""),
            given_at=row.given_at,
            ended=row.ended,
            case=row.case_id or "",
            receipt=row.receipt or "",
            addressee=said.addressee if said else "",
            due=row.due if inquiry else None,
            waits=inquiry and row.outcome == "" and not row.ended,
            answered_on=row.ended_at.date()
            if inquiry and row.ended_at and row.outcome in ("passed", "failed")
            else None,
        )
