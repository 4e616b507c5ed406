"""P12, jwc.ycust.com (2025): not in first year; name only; double identity never; who erred corrects."""

from __future__ import annotations

from datetime import date

import pytest

from config.policy import ClaimAsked
from tests.config.asking import answer
from tests.config.schools.asked import school

YCUST = school("ycust-2025")

RENAMED = ClaimAsked("XM", "legal_change", evidence=("police_paper",))


def test_nothing_is_taken_in_the_first_year() -> None:
    """“Not in first year”: not yet, and the answer names the day on which the second year begins."""
    first, second = answer(YCUST, "2025-09-14", RENAMED), answer(YCUST, "2025-09-15", RENAMED)

    assert (first.outcome, first.codes, first.next_date) == ("defer", ("FIRST_YEAR",), date(2025, 9, 15))
    assert second.may


def test_only_the_name_can_be_changed() -> None:
    """“Name only, if grounds sufficient”: the grounds are the reviewer's, and the answer says so."""
    said = answer(YCUST, "2026-03-02", ClaimAsked("SFZH", "legal_change"))

    assert said.codes == ("NOT_CHECKED_HERE",)
    assert said.outcome == "not_accepted"
    assert any("理由充分" in one["says"] for one in said.unsupported)


def test_double_identity_is_never_accepted() -> None:
    """“Double identity etc. never”, whatever papers there are."""
    said = answer(
        YCUST,
        "2026-03-02",
        ClaimAsked("XM", "legal_change", variant="double_identity", evidence=("police_paper",)),
    )

    assert (said.outcome, said.codes, said.next_date) == ("not_accepted", ("DOUBLE_IDENTITY",), None)


@pytest.mark.parametrize("at", ["2025-03-02", "2026-03-02"])
def test_who_erred_in_the_examination_corrects_it(at: str) -> None:
    """“高考 error: 'who erred corrects' → admissions”, in the first year as later."""
    said = answer(YCUST, at, ClaimAsked("SFZH", "admission_error"))

    assert said.outcome == "route"
    assert said.office == "admissions"
    assert "WHO_ERRED_CORRECTS" in said.codes
