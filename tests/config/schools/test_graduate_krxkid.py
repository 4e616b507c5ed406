"""P33, a graduate school (krxkid mirror): 09-15..10-15 only; freshmen within one month; in study none."""

from __future__ import annotations

from datetime import date

from config.policy import ClaimAsked
from tests.config.asking import answer
from tests.config.schools.asked import school

KRXKID = school("graduate-krxkid")

NAME = ClaimAsked("XM", "legal_change", evidence=("police_paper", "id_card"))
FRESH = {"entry_date": "2024-09-10", "registered_on": None}


def test_a_new_student_files_within_a_month_and_within_the_intake() -> None:
    """“09-15..10-15 only; freshmen within one month”: entered 10 September, open from the 15th to 10 October."""
    assert answer(KRXKID, "2024-09-14 23:59:59", NAME, **FRESH).codes == ("NOT_IN_INTAKE",)
    assert answer(KRXKID, "2024-09-14 23:59:59", NAME, **FRESH).next_date == date(2024, 9, 15)
    assert answer(KRXKID, "2024-09-15", NAME, **FRESH).may
    assert answer(KRXKID, "2024-10-10 23:59:59", NAME, **FRESH).may
    assert answer(KRXKID, "2024-09-15", NAME, **FRESH).due == date(2024, 10, 10)
    assert answer(KRXKID, "2024-10-11", NAME, **FRESH).codes == ("IN_STUDY",)
    assert answer(KRXKID, "2024-10-16", NAME, **FRESH).codes == ("NOT_IN_INTAKE", "IN_STUDY")


def test_a_month_from_entry_comes_before_registration() -> None:
    """Registration may take three months; whoever waited for it would have missed the month."""
    assert answer(KRXKID, "2024-09-20", NAME, **FRESH).may
    assert answer(KRXKID, "2024-09-09", NAME, **FRESH).codes == ("NOT_ENTERED", "NOT_IN_INTAKE", "IN_STUDY")


def test_during_study_in_principle_nothing() -> None:
    """“In study 'in principle' none”: refused to the student; the school itself may file an exception, which is told."""
    refused, exception = (
        answer(KRXKID, "2026-09-20", NAME, filed_by=who) for who in ("student", "registrar")
    )

    assert refused.codes == ("IN_STUDY",)
    assert exception.may
    assert exception.flags == ("BY_EXCEPTION",)
    assert exception.effects[0]["codes"] == ["IN_STUDY"]


def test_an_exception_does_not_open_the_intake() -> None:
    """It lifts that one code, and nothing else."""
    assert answer(KRXKID, "2026-03-02", NAME, filed_by="registrar").codes == ("NOT_IN_INTAKE",)
    assert answer(KRXKID, "2026-03-02", NAME, filed_by="registrar").next_date == date(2026, 9, 15)
    assert answer(KRXKID, "2026-10-16", NAME, filed_by="registrar").next_date == date(2027, 9, 15)
    assert answer(KRXKID, "2026-09-20", NAME, filed_by="counsellor").codes == (
        "IN_STUDY",
        "PROXY_NOT_ALLOWED",
    )


def test_what_was_blank_or_only_badly_written_needs_less() -> None:
    """“Null/format errors need less”: no papers, for that claim alone."""
    blank = ClaimAsked("MZ", "admission_error", old="", new="汉族")
    dots = ClaimAsked("XM", "rendering", old="阿卜杜•热合曼", new="阿卜杜·热合曼")
    wrong = ClaimAsked("CSRQ", "admission_error", old="2001-01-12", new="2001-01-21")
    said = answer(KRXKID, "2024-09-20", blank, dots, wrong, **FRESH)

    assert [(claim.field, claim.missing) for claim in said.claims] == [
        ("MZ", ()), ("XM", ()), ("CSRQ", ("exam_form", "id_card")),
    ]  # fmt: skip


def test_wrong_at_the_examination_and_changed_in_study_have_lists_of_their_own() -> None:
    """“Wrong-at-exam vs changed-in-study lists”."""
    wrong = ClaimAsked("XM", "admission_error", old="张三", new="张杉")

    assert answer(KRXKID, "2024-09-20", wrong, **FRESH).missing == ("exam_form", "id_card")
    assert answer(KRXKID, "2024-09-20", ClaimAsked("XM", "legal_change"), **FRESH).missing == (
        "police_paper",
        "id_card",
    )


def test_the_chain_goes_up_to_the_ministry() -> None:
    """“Unit → vice-dean signs → graduate school → MoE”."""
    steps = answer(KRXKID, "2024-09-20", NAME, **FRESH).steps

    assert [step.office for step in steps] == [
        "unit",
        "vice_dean",
        "graduate_school",
        "moe",
        "graduate_school",
    ]
