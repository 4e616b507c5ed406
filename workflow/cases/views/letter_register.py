"""The register of letters: each with its number, day, whom it went to, and whether an answer came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, case, cast, exists, func, literal, null, select, union_all
from sqlalchemy.orm import Session, aliased

from states.batch import ANSWERED, CLOSED, DISSOLVED, SENT
from workflow.cases.batches import Batch, BatchLine
from workflow.cases.tables import Case, Step
from workflow.letters.facts import LetterFacts
from workflow.letters.register import bearing, spoken_number, written_number
from workflow.letters.tables import LetterRow
from workflow.people.cipher import Cipher

INQUIRY, SUBMISSION = "inquiry", "submission"
WAITING, OUTWARD, ALL = "waiting", "outward", "all"
"""Which letters: those to others that are not answered, those to others, or all."""


@dataclass(frozen=True, slots=True)
class LetterListed:
    """One letter of the register, a batch's among them. No student is named.

    ``addressee`` is a body outside by its name, ``office`` one by its code; both '' of a letter to a student.
    ``answered_on`` is the day on which its answer was entered, or that of a batch's last answer; ``waits``
    whether one is still to come. A dissolved batch has ``ended``.
    """

    kind: str
    number: str
    given_at: datetime
    ended: str
    case: str
    receipt: str
    addressee: str
    office: str
    due: date | None
    waits: bool
    answered_on: date | None

    def late(self, today: date) -> bool:
        """Whether its answer is overdue."""
        return self.waits and self.due is not None and self.due < today


def register_of(
    session: Session, cipher: Cipher, which: str, number: str = "", *, limit: int, skip: int = 0
) -> tuple[list[LetterListed], int]:
    """Letters, the latest first, and how many there are. ``number`` limits them to those that bear it."""
    both = union_all(_letters(which, number), _batches(which, number)).subquery()
    asked = select(both, func.count().over().label("all"))
    latest = asked.order_by(both.c.given_at.desc(), both.c.number.desc(), both.c.id)
    rows = session.execute(latest.limit(limit).offset(skip)).all()
    return [_listed(cipher, row) for row in rows], rows[0].all if rows else 0


_later = aliased(LetterRow)
_WAITS = and_(
    LetterRow.kind == INQUIRY,
    LetterRow.ended == "",
    Step.outcome == "",
    Step.sent_on.is_not(None),
    ~exists().where(_later.step_id == LetterRow.step_id, _later.version > LetterRow.version),
)
"""The answer to an official letter is still to come: it is the last of its step, with no answer yet."""


def _letters(which: str, number: str) -> Select[*tuple[Any, ...]]:
    asked = (
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
            case((_WAITS, 1), else_=0).label("waits"),
            func.coalesce(Step.number, "").label("borne"),
            literal("").label("office"),
            cast(null(), BatchLine.answered_on.type).label("last_answer"),
        )
        .join(Case, Case.id == LetterRow.case_id)
        .outerjoin(Step, Step.id == LetterRow.step_id)
    )
    if number:
        typed = and_(LetterRow.kind == INQUIRY, Step.number == number)
        return asked.where(bearing(number) | typed)
    if which == WAITING:
        return asked.where(_WAITS)
    return asked.where(LetterRow.kind == INQUIRY) if which == OUTWARD else asked


def _batches(which: str, number: str) -> Select[*tuple[Any, ...]]:
    """The letters of batches in the same columns: they are numbered by the same register.

    A batch that is dissolved keeps its number, so that none is a gap.
    """
    asked = select(
        Batch.id,
        literal(SUBMISSION),
        literal(""),
        literal(0),
        literal(0),
        func.coalesce(Batch.agreed_at, Batch.opened_at),
        literal(""),
        literal(""),
        literal(""),
        cast(null(), LetterRow.facts.type),
        cast(null(), Step.due.type),
        Batch.state,
        Batch.ended_at,
        case((Batch.state == SENT, 1), else_=0),
        Batch.number,
        Batch.office,
        select(func.max(BatchLine.answered_on)).where(BatchLine.batch_id == Batch.id).scalar_subquery(),
    )
    borne = Batch.number.in_((number, written_number(number))) if number else Batch.number != ""
    asked = asked.where(borne)
    return asked.where(Batch.state == SENT) if which == WAITING else asked


def _listed(cipher: Cipher, row: Any) -> LetterListed:
    inquiry = row.kind == INQUIRY
    addressee, typed = "", ""
    if inquiry:
        sealed = cipher.open(row.facts, table="letter", column="facts", row=row.id)
        said = LetterFacts.from_json(sealed)
        addressee, typed = said.addressee, said.typed
    answered = row.ended_at.date() if inquiry and row.outcome in ("passed", "failed") else None
    if row.kind == SUBMISSION and row.outcome in (ANSWERED, CLOSED):
        answered = row.last_answer
    return LetterListed(
        kind=row.kind,
        number=spoken_number(row.word, row.year, row.number) or typed or row.borne,
        given_at=row.given_at,
        ended=DISSOLVED if row.kind == SUBMISSION and row.outcome == DISSOLVED else row.ended,
        case=row.case_id,
        receipt=row.receipt or "",
        addressee=addressee,
        office=row.office,
        due=row.due if inquiry else None,
        waits=bool(row.waits),
        answered_on=answered,
    )
