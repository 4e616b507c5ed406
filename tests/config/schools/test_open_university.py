"""P40, 开放大学 (three notices): freshmen in first term; in study at once; graduates in principle none."""

from __future__ import annotations

from datetime import date

from config.policy import ClaimAsked
from tests.config.asking import answer
from tests.config.schools.asked import school

OPEN = school("open-university")

WHO = {"entry_date": "2025-03-01", "registered_on": "2025-04-01", "expected_graduation": "2028-07-01"}
WRONG = ClaimAsked("XM", "admission_error", evidence=("admission_paper", "id_card"))
CHANGED = ClaimAsked("XM", "legal_change", evidence=("police_paper", "id_card"))


def test_errors_of_admission_belong_to_the_first_term() -> None:
    """“Freshmen in first term”: entered on 1 March, until 1 September, whenever the registration comes."""
    assert answer(OPEN, "2025-03-02", WRONG, **WHO).may
    assert answer(OPEN, "2025-03-02", WRONG, **WHO).due == date(2025, 9, 1)
    assert answer(OPEN, "2025-09-02", WRONG, **WHO).codes == ("FIRST_TERM_OVER",)


def test_a_change_by_law_may_be_filed_at_once_whenever_it_happens() -> None:
    """“In study at once”: no window but the last stage."""
    assert answer(OPEN, "2026-11-25", CHANGED, **WHO).may
    assert answer(OPEN, "2026-11-25", CHANGED, **WHO).due == date(2027, 12, 31)


def test_graduates_in_principle_nothing() -> None:
    """“Graduates in principle none”, and it stays so if the day passes; the headquarters may file an exception."""
    assert answer(OPEN, "2028-01-01", CHANGED, **WHO).codes == ("GRADUATING",)
    assert answer(OPEN, "2028-08-01", CHANGED, **WHO).codes == ("GRADUATING",)
    exception = answer(OPEN, "2028-01-01", CHANGED, **WHO, filed_by="registrar")
    assert (exception.outcome, exception.flags) == ("accept", ("BY_EXCEPTION",))


def test_the_learning_centre_first_and_then_the_headquarters() -> None:
    """“School → headquarters”."""
    steps = answer(OPEN, "2025-03-02", WRONG, **WHO).steps

    assert [step.office for step in steps] == ["school", "headquarters", "headquarters"]


def test_pictures_up_to_ten_megabytes() -> None:
    """“≤10 MB each, JPG/PNG”; that they be 200 pixels and no screenshots is for a person to see, and is said."""
    assert OPEN.policy.intake.max_bytes == 10 * 1024 * 1024
    assert OPEN.policy.intake.kinds == ("JPEG", "PNG")
    assert any("200像素" in one.says for one in OPEN.policy.unsupported)


def test_papers_follow_stage_and_cause() -> None:
    """“Stage × cause × field evidence matrix”: what is known of it is asked for, and that it is not all is said."""
    assert answer(OPEN, "2025-03-02", ClaimAsked("XM", "admission_error"), **WHO).missing == (
        "admission_paper",
        "id_card",
    )
    assert answer(OPEN, "2025-03-02", ClaimAsked("XM", "legal_change"), **WHO).missing == (
        "police_paper",
        "id_card",
    )
    assert any("材料表" in one.says for one in OPEN.policy.unsupported)
