"""The school's questions to a student, with what was said opened, for the student and the desk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from web.shared.security import place
from workflow.cases.facts import CaseFacts, ClaimFacts
from workflow.cases.review.questions import QuestionFacts, voided_by


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question. ``about`` is a field, a kind of paper, or ''; ``claim`` is set if it is about one.

    ``voids``: an answer makes steps void that were passed.
    """

    facts: QuestionFacts
    about: str
    claim: str
    says: str
    answer: str
    voids: bool


def question_views(
    questions: Iterable[QuestionFacts], claims: Iterable[ClaimFacts], case: CaseFacts
) -> tuple[QuestionView, ...]:
    """Questions of a case with these claims, in the same order."""
    fields = {claim.id: claim.field for claim in claims}
    return tuple(
        QuestionView(
            facts=one,
            about=fields.get(one.about, one.about),
            claim=one.about if one.about in fields else "",
            says=_opened(one.asked, "asked", one.id),
            answer=_opened(one.answer, "answer", one.id) if one.answer else "",
            voids=bool(voided_by(case, one.kind, "" if one.kind == "paper" else one.about)),
        )
        for one in questions
    )


def _opened(sealed: bytes, column: str, row: str) -> str:
    return place().cipher.open(sealed, table="question", column=column, row=row)
