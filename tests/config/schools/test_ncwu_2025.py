"""P34, 华北水利水电大学 2025: graduates by expected date 2025-07-01, whatever their class was before."""

from __future__ import annotations

import pytest

from config.policy import ClaimAsked
from tests.config.asking import answer
from tests.config.schools.asked import school

NCWU = school("ncwu-2025")

DAY = "2025-04-10"
PHOTO = ClaimAsked("PHOTO", "photo")
OF_2025 = {"entry_date": "2021-09-10", "registered_on": "2021-10-15", "expected_graduation": "2025-07-01"}


def test_the_class_is_the_expected_date() -> None:
    """“Graduates by expected date 2025-07-01”; next year's class waits for its own check."""
    assert answer(NCWU, DAY, PHOTO, **OF_2025).may
    later = answer(NCWU, DAY, PHOTO, **{**OF_2025, "expected_graduation": "2026-07-01"})
    assert (later.outcome, later.codes) == ("defer", ("NOT_THIS_CLASS",))


@pytest.mark.parametrize(
    "who",
    [
        {"entry_date": "2020-09-10"},
        {"enrolment_status": "保留学籍"},
        {"category": "专升本", "entry_date": "2023-09-10", "years": 2},
    ],
)
def test_who_was_delayed_or_is_away_takes_part(who: dict[str, str]) -> None:
    """“Incl. delayed last year, joint-training on 保留学籍, March-2025 enlistees”: the date decides, not the entry year."""
    assert answer(NCWU, DAY, PHOTO, **{**OF_2025, **who}).may


def test_who_applies_to_delay_takes_part_until_the_date_has_moved() -> None:
    """“Applying to delay this year”: the application changes nothing, the new date does."""
    assert answer(NCWU, DAY, PHOTO, **OF_2025).may
    assert not answer(NCWU, DAY, PHOTO, **{**OF_2025, "expected_graduation": "2026-01-10"}).may


def test_an_earlier_class_has_graduated() -> None:
    """Its date lies before; a delay that was not posted yet is a question to the college."""
    said = answer(NCWU, DAY, PHOTO, **{**OF_2025, "expected_graduation": "2024-07-01"})

    assert (said.outcome, said.codes) == ("not_accepted", ("NOT_THIS_CLASS",))
    assert "学院" in said.reasons[0].remedy


def test_pictures_are_compared_by_people() -> None:
    """“Four-way photo comparison”: no rule compares faces, and every answer says so."""
    said = answer(NCWU, DAY, PHOTO, **OF_2025)

    assert [step.office for step in said.steps] == ["college", "registrar", "registrar"]
    assert any("照片" in one["says"] for one in said.unsupported)
