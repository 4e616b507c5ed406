"""P5, 河北北方学院 (2015): to province in March and December only; key items are investigated on site."""

from __future__ import annotations

from datetime import date

import pytest

from config.policy import ClaimAsked, OpenRequest
from tests.config.asking import answer
from tests.config.schools.asked import school

HEBEINU = school("hebeinu-2015")

PAPERS = ("id_card", "household_book", "exam_form", "police_paper", "approval_form")


@pytest.mark.parametrize(
    ("at", "outcome", "changes"),
    [
        ("2026-02-28 23:59:59", "defer", date(2026, 3, 1)),
        ("2026-03-01", "accept", date(2026, 4, 1)),
        ("2026-03-31 23:59:59", "accept", date(2026, 4, 1)),
        ("2026-04-01", "defer", date(2026, 12, 1)),
        ("2026-12-31 23:59:59", "accept", date(2027, 1, 1)),
        ("2027-01-01", "defer", date(2027, 3, 1)),
    ],
)
def test_intake_is_in_march_and_december(at: str, outcome: str, changes: date) -> None:
    """“To province in March and December only”: otherwise not yet, with the first day of the next month that is."""
    said = answer(HEBEINU, at, ClaimAsked("XM", "legal_change", evidence=PAPERS))

    assert (said.outcome, said.next_date) == (outcome, changes)


def test_key_items_are_investigated_on_the_spot() -> None:
    """“Key items (ID number, birth date): school sends staff to investigate on site, red-head report”."""
    key = answer(HEBEINU, "2026-03-02", ClaimAsked("SFZH", "admission_error", evidence=PAPERS))
    name = answer(HEBEINU, "2026-03-02", ClaimAsked("XM", "admission_error", evidence=PAPERS))

    assert [step.kind for step in key.steps] == ["check", "visit", "letter", "province", "platform"]
    assert [step.kind for step in name.steps] == ["check", "province", "platform"]


def test_the_batch_leaves_by_the_end_of_the_month() -> None:
    """“Twice a year batch”: the province's step is due with the intake that runs."""
    said = answer(HEBEINU, "2026-12-02", ClaimAsked("XM", "legal_change", evidence=PAPERS))

    assert {step.kind: step.due for step in said.steps}["province"] == date(2026, 12, 31)


def test_every_paper_of_the_list_is_asked_for_at_once() -> None:
    """“ID + household book copies certified; 高考 form with photo sealed by admissions; police papers; approval form”."""
    said = answer(HEBEINU, "2026-03-02", ClaimAsked("XM", "legal_change"))

    assert (said.outcome, said.missing) == ("incomplete", PAPERS)
    assert (
        answer(HEBEINU, "2026-03-02", ClaimAsked("XM", "legal_change"), evidence=PAPERS[:4]).missing
        == PAPERS[4:]
    )


def test_papers_for_what_came_back_may_be_brought_in_any_month() -> None:
    """The intake is for filing; what was filed in time is not closed by the end of the month."""
    returned = OpenRequest(("XM",), date(2026, 3, 30), "returned", date(2026, 4, 2))

    assert answer(HEBEINU, "2026-04-03", action="supplement", open_requests=(returned,)).may
