"""Texts that judge running cases are read for ever, and mean what they meant."""

from __future__ import annotations

from typing import Any

import pytest

from config.policy import PolicyQuestion, QuestionFault, School, ask, kept_school
from tests.config.kept_texts import LATEST, KeptText, kept_texts
from tests.config.schools.asked import NAMES

KEPT = pytest.mark.parametrize("kept", kept_texts(), ids=lambda kept: f"{kept.school}, {kept.since}")


def said(school: School, question: dict[str, Any]) -> dict[str, Any]:
    """An answer as it was written down: without the version, the words that are not sentences, and what is new."""
    try:
        answer = ask(school, PolicyQuestion.from_json(question)).as_json()
    except QuestionFault as fault:
        return {"faults": list(fault.faults)}
    reasons = [[reason["rule"], reason["code"], reason["says"]] for reason in answer["reasons"]]
    return {**answer, "reasons": reasons}


def test_each_form_is_kept() -> None:
    """Before there were holidays, with each addition to the form, and every folder as it last was."""
    assert len({kept.since for kept in kept_texts()}) == 7
    assert sorted(kept.school for kept in kept_texts() if kept.since == LATEST) == list(NAMES)


@KEPT
def test_a_kept_text_of_any_form_is_read_and_stays_the_same_bytes(kept: KeptText) -> None:
    """It is the text of the school that is read from it, so its digest is found again; its vocabulary is the first."""
    school = kept_school(kept.text)

    assert (school.slug, school.text, school.policy.vocabulary) == (kept.school, kept.text, 1)


@KEPT
def test_a_kept_text_answers_as_it_did(kept: KeptText) -> None:
    """Each fixed question: outcome, reasons in their words, papers, offices, steps, effects and dates."""
    school = kept_school(kept.text)

    for question, answer in kept.answers:
        now = said(school, question)
        assert {key: now.get(key) for key in answer} == answer, question
