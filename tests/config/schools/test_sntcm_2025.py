"""P13, 陕西中医药大学 办法 (2025-02-24): 5 fields; event date in study; reviewer → head → vice-president."""

from __future__ import annotations

from datetime import date

from config.policy import ClaimAsked
from tests.config.asking import answer
from tests.config.schools.asked import school

SNTCM = school("sntcm-2025")

DAY = "2026-03-02"


def test_three_levels_sign() -> None:
    """“Reviewer → head → vice-president”, and then the platform."""
    said = answer(SNTCM, DAY, ClaimAsked("XM", "legal_change", date(2025, 5, 1), evidence=("police_paper",)))

    assert said.may
    assert [(step.kind, step.office) for step in said.steps] == [
        ("check", "registrar"), ("approval", "department_head"), ("approval", "vice_president"), ("platform", "registrar"),
    ]  # fmt: skip


def test_the_event_lies_in_the_time_of_study() -> None:
    """“Event date in study”: the day before registration is not, the day after is."""
    claims = [
        ClaimAsked("CSRQ", "legal_change", day, evidence=("police_paper",))
        for day in (date(2024, 10, 14), date(2024, 10, 16))
    ]

    assert [answer(SNTCM, DAY, claim).codes for claim in claims] == [("EVENT_OUTSIDE_STUDY",), ()]


def test_an_event_after_graduation_is_outside_as_well() -> None:
    """A degree registered on 1 July: what the police changed that day comes too late, and so does the filing."""
    claim = ClaimAsked("XM", "legal_change", date(2028, 7, 1), evidence=("police_paper",))

    assert answer(SNTCM, "2028-07-02", claim, degree_registered_on="2028-07-01").codes == (
        "DEGREE_REGISTERED", "EVENT_OUTSIDE_STUDY",
    )  # fmt: skip


def test_the_window_is_from_registration_to_the_registration_of_the_degree() -> None:
    """“Registration → degree registration”."""
    assert answer(SNTCM, "2024-10-14").next_date == date(2024, 10, 15)
    assert answer(SNTCM, "2028-06-30", degree_registered_on="2028-07-01").due == date(2028, 6, 30)


def test_what_the_student_got_wrong_is_no_error_of_the_school() -> None:
    """“Degree correction exists only for errors the school objectively made”: the remedy does not promise more."""
    said = answer(SNTCM, "2028-07-02", degree_registered_on="2028-07-01")

    assert "只办理学校造成的错误" in said.reasons[0].remedy
