"""One rule for the numbers of letters: whether a number that somebody types is borne already."""

from __future__ import annotations

from sqlalchemy import bindparam, exists, literal, or_, select
from sqlalchemy.orm import Session

from workflow.cases.batches import Batch
from workflow.cases.tables import Step
from workflow.letters.register import bearing, written_number
from workflow.letters.tables import LetterRow
from workflow.store import Prepared

_BORNE = Prepared(
    select(Step.case_id)
    .where(Step.number == bindparam("number"), Step.case_id != bindparam("case"))
    .where(or_(Step.kind == "letter", exists().where(LetterRow.step_id == Step.id)))
    .limit(1)
)


def is_given_already(session: Session, number: str, *, case: str = "", batch: str = "") -> bool:
    """Whether a number is another batch's, or that of a letter about another case, typed or given.

    One letter may be about several steps of its case, so there the same number may be typed again. Brackets
    and 第 make no other number.
    """
    if _BORNE.run(session, {"number": number, "case": case}).fetchone() is not None:
        return True
    of_letters = select(literal(number)).where(bearing(number), LetterRow.case_id != case)
    of_batches = select(Batch.number).where(Batch.number != "", Batch.id != batch)
    said = written_number(number)
    return any(written_number(one) == said for one in session.scalars(of_letters.union_all(of_batches)))
