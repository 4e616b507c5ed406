"""P32, 北京大学 postgraduates 2011: by 05-10; item → papers → office; birth date may not move to another year."""

from __future__ import annotations

from datetime import date

import pytest

from config.policy import ClaimAsked, QuestionFault
from tests.config.asking import answer
from tests.config.schools.asked import school

PKU = school("pku-graduate-2011")

THIS_YEAR = {"entry_date": "2008-09-01", "registered_on": "2008-10-10", "expected_graduation": "2011-07-05"}
DAY = "2011-04-20"


def test_graduates_file_until_the_tenth_of_may() -> None:
    """“Expected graduates by 05-10”: the last second of that day belongs to it."""
    assert answer(PKU, "2011-05-10 23:59:59", **THIS_YEAR).may
    assert answer(PKU, "2011-05-11", **THIS_YEAR).codes == ("AFTER_FINAL_CHECK",)
    assert answer(PKU, DAY, **THIS_YEAR).due == date(2011, 5, 10)


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("CSRQ", "1986-05-04", "1985-05-04"),
        ("CSRQ", "19871231", "1988-01-01"),
        ("SFZH", "110105198605040021", "110105198505040021"),
        ("SFZH", "110105860504002", "110105198505040021"),
    ],
)
def test_a_birth_date_does_not_move_to_another_year(field: str, old: str, new: str) -> None:
    """“Birth date may not move to another year”, neither by itself nor within the ID number."""
    said = answer(
        PKU, DAY, ClaimAsked(field, "admission_error", old=old, new=new, evidence=("id_card",)), **THIS_YEAR
    )

    assert (said.outcome, said.codes) == ("not_accepted", ("BIRTH_YEAR_MOVED",))


def test_it_may_move_within_the_year() -> None:
    """Born in a spring of summer time, one day later: the same year."""
    claim = ClaimAsked("CSRQ", "admission_error", old="1986-05-04", new="1986-05-05", evidence=("id_card",))

    assert answer(PKU, DAY, claim, **THIS_YEAR).may


def test_both_values_have_to_be_known() -> None:
    """Whether the year moves cannot be told from one of them."""
    with pytest.raises(QuestionFault, match=r"claims\[0\]\.old"):
        answer(PKU, DAY, ClaimAsked("CSRQ", "admission_error", new="1986-05-05"), **THIS_YEAR)


def test_the_office_goes_by_the_item() -> None:
    """“By item: graduate office / department”, in one request each claim with its own."""
    said = answer(
        PKU, DAY, ClaimAsked("XM", "admission_error", evidence=("id_card",)), ClaimAsked("ZYMC", "school_data",
        evidence=("id_card",)), **THIS_YEAR,
    )  # fmt: skip

    assert [(claim.field, claim.office) for claim in said.claims] == [
        ("XM", "graduate_office"),
        ("ZYMC", "department"),
    ]
    assert [(step.office, step.claims) for step in said.steps if step.kind == "check"] == [
        ("graduate_office", ("XM",)), ("department", ("ZYMC",)),
    ]  # fmt: skip


def test_the_police_paper_shows_before_and_after() -> None:
    """“Police paper must show before and after”: the remedy asks for it, and that nobody can read it is said."""
    said = answer(PKU, DAY, ClaimAsked("XM", "legal_change"), **THIS_YEAR)

    assert said.missing == ("police_paper",)
    assert "变更前、变更后" in said.reasons[0].remedy
    assert any("变更前、变更后" in one["says"] for one in said.unsupported)
