"""P2, Jilin 吉教学[2018]24号: any time in study period; 5 identity fields; event date inside study; in person only."""

from __future__ import annotations

from datetime import date

from config.policy import ClaimAsked
from tests.config.asking import answer
from tests.config.schools.asked import school

JILIN = school("jilin-2018")

CHANGED = {"cause": "legal_change", "evidence": ("police_paper",)}


def test_what_the_police_dated_before_registration_is_not_accepted() -> None:
    """“The event date, as written on the police document, must fall inside the enrolment period, else not accepted”."""
    before = answer(JILIN, "2025-03-02", ClaimAsked("XM", event_date=date(2024, 8, 20), **CHANGED))
    on_the_day = answer(JILIN, "2025-03-02", ClaimAsked("XM", event_date=date(2024, 10, 15), **CHANGED))

    assert before.codes == ("EVENT_OUTSIDE_STUDY",)
    assert "2024-08-20" in before.reasons[0].says and "2024-10-15" in before.reasons[0].says
    assert on_the_day.may


def test_what_was_wrong_since_admission_has_no_day() -> None:
    """“Base must be admission data”: such an error is judged by those, and no day is asked for."""
    said = answer(JILIN, "2025-03-02", ClaimAsked("MZ", "admission_error", evidence=("admission_paper",)))

    assert said.may
    assert [step.kind for step in said.steps] == ["check", "platform"]


def test_five_fields_and_no_other() -> None:
    """“Identity fields = name, sex, birth date, ID number, ethnicity”; a major is not one of them."""
    assert {field.code for field in JILIN.fields} == {"XM", "XB", "CSRQ", "SFZH", "MZ"}
    assert answer(JILIN, "2025-03-02", ClaimAsked("ZYMC", "admission_error")).outcome == "route"


def test_nobody_may_act_for_the_student() -> None:
    """“The student must apply in person in writing, nobody may act for them”."""
    assert answer(JILIN, "2025-03-02", filed_by="counsellor").codes == ("PROXY_NOT_ALLOWED",)


def test_after_the_degree_is_registered_nothing_is_accepted() -> None:
    """“After 学历 registration and opening to query nothing is accepted (real errors: provincial confirmation)”."""
    said = answer(JILIN, "2028-07-01", degree_registered_on="2028-07-01")

    assert said.codes == ("DEGREE_REGISTERED",)
    assert "省教育厅" in said.reasons[0].remedy


def test_the_study_period_has_no_april() -> None:
    """“Any time in study period”: no yearly check ends it, only the registration of the degree."""
    assert answer(JILIN, "2028-06-25").may
    assert answer(JILIN, "2028-06-25").due is None
    assert answer(JILIN, "2028-06-25", degree_registered_on="2028-07-01").due == date(2028, 6, 30)


def test_the_paper_must_state_the_day() -> None:
    """“Reasonable grounds + legally valid proof”: without the police document the claim is incomplete."""
    said = answer(
        JILIN, "2025-03-02", ClaimAsked("XM", "legal_change", date(2025, 1, 5), evidence=("household_book",))
    )

    assert (said.outcome, said.missing) == ("incomplete", ("police_paper",))
