"""P39, undergraduate data check 2017 (mingtaiff mirror): all but foreign/exchange; to 10-27; public notice."""

from __future__ import annotations

from datetime import date

import pytest

from config.policy import ClaimAsked
from tests.config.asking import answer
from tests.config.schools.asked import school

CHECK = school("undergraduate-2017")

DAY = "2017-10-20"
WHO = {"entry_date": "2015-09-10", "registered_on": "2015-10-15", "expected_graduation": "2019-07-01"}
NAME = ClaimAsked("XM", "admission_error", evidence=("id_card",))


def test_the_last_day_is_the_twenty_seventh_of_october() -> None:
    """“To 10-27”: its last second belongs to it, and after it this check does not open again."""
    assert answer(CHECK, "2017-10-27 23:59:59", NAME, **WHO).may
    assert answer(CHECK, DAY, NAME, **WHO).due == date(2017, 10, 27)
    over = answer(CHECK, "2017-10-28", NAME, **WHO)
    assert (over.codes, over.next_date) == (("CHECK_OVER",), None)


@pytest.mark.parametrize("category", ["留学生", "交换生"])
def test_foreign_and_exchange_students_do_not_take_part(category: str) -> None:
    """“All except foreign/exchange”."""
    assert answer(CHECK, DAY, NAME, **WHO, category=category).codes == ("NOT_IN_CHECK",)
    assert answer(CHECK, DAY, NAME, **WHO, category="本科").may


def test_a_public_notice_stands_between_college_and_registrar() -> None:
    """“College preliminary review → 公示 → registrar”."""
    steps = answer(CHECK, DAY, NAME, **WHO).steps

    assert [(step.kind, step.office) for step in steps] == [
        ("check", "college"), ("public_notice", "college"), ("check", "registrar"), ("platform", "registrar"),
    ]  # fmt: skip


def test_what_follows_an_objection_is_not_known() -> None:
    """The notice's length and the way of objections could not be read: it is listed, not made up."""
    said = answer(CHECK, DAY, NAME, **WHO)

    assert any("异议" in one["says"] for one in said.unsupported)


def test_five_fields_are_checked() -> None:
    """“5 fields”; a student number is not one of them."""
    assert len(CHECK.fields) == 5
    assert answer(CHECK, DAY, ClaimAsked("XH", "admission_error"), **WHO).outcome == "route"
