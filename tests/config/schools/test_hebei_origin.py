"""P4, students from Hebei: admission-time errors; name and ID never together; a chain of six bodies."""

from __future__ import annotations

from datetime import date

import pytest

from config.policy import ClaimAsked, OpenRequest, QuestionFault
from tests.config.asking import answer
from tests.config.schools.asked import school

HEBEI = school("hebei-origin")

FORM = ("platform_form",)
AT_HOME = {"origin_province": "河北"}
DAY = "2026-03-02"


def test_name_and_id_number_are_never_together() -> None:
    """“Name and ID never together”: in one request both are refused; the ethnicity beside them is not."""
    said = answer(
        HEBEI,
        DAY,
        *[ClaimAsked(field, "admission_error", evidence=FORM) for field in ("XM", "SFZH", "MZ")],
        **AT_HOME,
    )

    assert [(claim.field, claim.outcome) for claim in said.claims] == [
        ("XM", "not_accepted"), ("SFZH", "not_accepted"), ("MZ", "accept"),
    ]  # fmt: skip


@pytest.mark.parametrize("first", ["SFZH", "CSRQ", "XB"])
def test_nor_are_they_over_two_days(first: str) -> None:
    """The ID number is open since yesterday (or birth date or sex, which are in it): the name is refused today."""
    yesterday = OpenRequest((first,), date(2026, 3, 1), "under_review")
    said = answer(
        HEBEI, DAY, ClaimAsked("XM", "admission_error", evidence=FORM), open_requests=(yesterday,), **AT_HOME
    )

    assert said.codes == ("NEVER_TOGETHER",)
    assert "2026-03-01" in said.reasons[0].says


def test_one_of_the_two_alone_goes_up_the_whole_chain() -> None:
    """“University → school of origin → county → city → exam authority → MoE”."""
    said = answer(HEBEI, DAY, ClaimAsked("SFZH", "admission_error", evidence=FORM), **AT_HOME)

    assert said.may
    assert [step.office for step in said.steps] == [
        "university", "school_of_origin", "county", "city", "exam_authority", "moe", "university",
    ]  # fmt: skip
    assert said.steps[-1].kind == "platform"


def test_the_rule_follows_the_province_and_not_the_university() -> None:
    """“For students from Hebei wherever they study”: others are sent to their own province's rule."""
    said = answer(HEBEI, DAY, ClaimAsked("XM", "admission_error", evidence=FORM), origin_province="江西")

    assert (said.outcome, said.codes, said.office, said.steps) == (
        "route",
        ("OTHER_PROVINCE",),
        "university",
        (),
    )


def test_a_student_whose_province_is_not_known_gets_no_answer() -> None:
    """The chain depends on it, so it is asked for by name."""
    with pytest.raises(QuestionFault, match=r"student\.origin_province"):
        answer(HEBEI, DAY, ClaimAsked("XM", "admission_error", evidence=FORM), origin_province=None)


def test_only_what_went_wrong_at_the_examination() -> None:
    """“Errors made at 高考 registration”: a later change by law is the university's business."""
    said = answer(HEBEI, DAY, ClaimAsked("XM", "legal_change"), **AT_HOME)

    assert (said.outcome, said.codes) == ("route", ("OTHER_RULE",))


def test_the_form_comes_from_the_platform() -> None:
    """“Platform-printed approval form with admission data”."""
    assert answer(HEBEI, DAY, ClaimAsked("MZ", "admission_error"), **AT_HOME).missing == FORM
