"""One rule for the numbers of letters: whether a number that somebody types is borne already."""

from __future__ import annotations

import re

from sqlalchemy import exists, literal, or_, select
from sqlalchemy.orm import Session

from workflow.cases.batches import Batch
from workflow.cases.tables import Step
from workflow.letters.register import bearing, written_number
from workflow.letters.tables import LetterRow


def is_given_already(session: Session, number: str, *, case: str = "", batch: str = "") -> bool:
    """Whether a number is another batch's, or that of a letter about another case, typed or given.

    One letter may be about several steps of its case, so there the same number may be typed again. Brackets
    and 第 make no other number.
    """
    said, digits = written_number(number), re.findall(r"\d+", number)
    alike = Step.number.contains(digits[-1].lstrip("0")) if digits else Step.number == number
    of_a_letter = or_(Step.kind == "letter", exists().where(LetterRow.step_id == Step.id))
    of_steps = select(Step.number).where(alike, of_a_letter, Step.case_id != case)
    of_letters = select(literal(number)).where(bearing(number), LetterRow.case_id != case)
    of_batches = select(Batch.number).where(Batch.number != "", Batch.id != batch)
    borne = session.scalars(of_steps.union_all(of_letters, of_batches))
    return any(written_number(one) == said for one in borne)
