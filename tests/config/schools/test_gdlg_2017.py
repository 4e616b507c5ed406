"""P10, 广东理工职业学院 粤理工教务[2017]32号: name via police; ID number by change of administrative division."""

from __future__ import annotations

from config.policy import ClaimAsked
from tests.config.asking import answer
from tests.config.schools.asked import school

GDLG = school("gdlg-2017")

DAY = "2026-03-02"
PAGES = ("household_head_page", "household_own_page")
OLD, NEW = "440524200601120012", "440512200601120012"


def test_a_name_needs_both_pages_and_the_entry_of_the_former_name() -> None:
    """“Household head page + own page + former-name entry”, and “name via police”."""
    said = answer(GDLG, DAY, ClaimAsked("XM", "legal_change"))

    assert said.missing == (*PAGES, "former_name_entry", "police_paper")


def test_an_id_number_changes_with_the_administrative_division() -> None:
    """“ID change by administrative division change”: both pages, and no former name."""
    bare = answer(GDLG, DAY, ClaimAsked("SFZH", "division_change", old=OLD, new=NEW))

    assert bare.missing == PAGES
    assert answer(GDLG, DAY, ClaimAsked("SFZH", "division_change", old=OLD, new=NEW, evidence=PAGES)).may


def test_a_division_that_moves_a_birth_date_is_pointed_out() -> None:
    """Only the region of the number can follow from it; anything else the reviewers are told."""
    moved = ClaimAsked("SFZH", "division_change", old=OLD, new="440512200601130012", evidence=PAGES)

    assert answer(GDLG, DAY, moved).flags == ("BIRTH_CHANGED",)
    assert (
        answer(GDLG, DAY, ClaimAsked("SFZH", "division_change", old=OLD, new=NEW, evidence=PAGES)).flags == ()
    )


def test_no_other_cause_changes_an_id_number_here() -> None:
    """The text names one cause for each of the two fields."""
    assert answer(GDLG, DAY, ClaimAsked("SFZH", "legal_change")).codes == ("CAUSE_DOES_NOT_FIT",)
    assert answer(GDLG, DAY, ClaimAsked("XM", "division_change")).codes == ("CAUSE_DOES_NOT_FIT",)


def test_errors_of_the_examination_follow_another_rule() -> None:
    """“高考 errors by another rule”."""
    said = answer(GDLG, DAY, ClaimAsked("SFZH", "admission_error", old=OLD, new=NEW))

    assert (said.outcome, said.codes) == ("route", ("OTHER_RULE",))


def test_the_college_compares_the_originals_first() -> None:
    """“College verifies, stamps copies '与原件相符', verifier signs → registrar”."""
    said = answer(GDLG, DAY, ClaimAsked("SFZH", "division_change", old=OLD, new=NEW, evidence=PAGES))

    assert [(step.kind, step.office) for step in said.steps] == [
        ("check", "college"), ("check", "registrar"), ("platform", "registrar"),
    ]  # fmt: skip
