"""What the first school's policy says to claims: papers, causes, other offices, steps."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from config.policy import ClaimAsked, OpenRequest, QuestionFault, School, rules_of
from tests.config.asking import answer, question

DAY = "2026-03-02"
IDENTITY = ("XM", "XB", "SFZH", "CSRQ")


@pytest.mark.parametrize("field", IDENTITY)
def test_a_legal_change_needs_the_page_that_shows_it(nchu: School, field: str) -> None:
    """Without a paper the claim is incomplete: the answer names the paper and what does instead."""
    said = answer(nchu, DAY, ClaimAsked(field, "legal_change"))

    assert said.outcome == "incomplete"
    assert said.codes == ("MISSING_EVIDENCE",)
    assert said.missing == said.claims[0].missing == ("household_book",)
    assert "户口簿或公安机关的变更证明" in said.reasons[0].says


@pytest.mark.parametrize("paper", ["household_book", "police_paper"])
def test_a_paper_that_stands_in_is_as_good(nchu: School, paper: str) -> None:
    """Household book or police certificate: either will do."""
    assert answer(nchu, DAY, ClaimAsked("XM", "legal_change", evidence=(paper,))).may


def test_papers_of_the_filing_count_for_each_of_its_claims(nchu: School) -> None:
    """A paper handed in once need not be handed in again for the next claim."""
    said = answer(
        nchu,
        DAY,
        ClaimAsked("XM", "legal_change"),
        ClaimAsked("CSRQ", "legal_change"),
        evidence=("police_paper",),
    )

    assert said.may


def test_a_claims_own_paper_does_not_count_for_another_claim(nchu: School) -> None:
    """One claim is whole, the other is not: the worse of them is the answer to the filing."""
    said = answer(
        nchu, DAY,
        ClaimAsked("XM", "legal_change", evidence=("household_book",)), ClaimAsked("CSRQ", "legal_change"),
    )  # fmt: skip

    assert said.outcome == "incomplete"
    assert [(claim.field, claim.outcome, claim.missing) for claim in said.claims] == [
        ("XM", "accept", ()),
        ("CSRQ", "incomplete", ("household_book",)),
    ]
    assert said.reasons[0].facts["column"] == "CSRQ"


@pytest.mark.parametrize("claim", [ClaimAsked("XH", "school_data"), ClaimAsked("PHOTO", "photo")])
def test_the_schools_own_data_and_the_photo_need_no_paper(nchu: School, claim: ClaimAsked) -> None:
    """Nobody brings a paper for what only the school can look up."""
    assert answer(nchu, DAY, claim).may


def test_a_name_that_is_only_written_differently_needs_no_police_paper(nchu: School) -> None:
    """The identity card shows how the name is written."""
    assert answer(nchu, DAY, ClaimAsked("XM", "rendering", evidence=("id_card",))).may


@pytest.mark.parametrize("field", ["MZ", "ZYMC", "BH", "XJZT", "KSH", "XZ"])
def test_a_field_that_is_not_checked_goes_to_the_office(nchu: School, field: str) -> None:
    """Status, major, class and the like are no claims here; the answer says whose they are."""
    said = answer(nchu, DAY, ClaimAsked(field, "school_data"))

    assert said.outcome == "route"
    assert said.codes == ("NOT_CHECKED_HERE",)
    assert said.office == said.claims[0].office == "registrar"
    assert said.claims[0].steps == ()


def test_a_cause_that_the_field_cannot_have_is_refused(nchu: School) -> None:
    """A student number does not change by law; the claim is refused before papers are asked for."""
    said = answer(nchu, DAY, ClaimAsked("XH", "legal_change"), ClaimAsked("XM", "photo"))

    assert said.outcome == "not_accepted"
    assert said.codes == ("CAUSE_DOES_NOT_FIT", "CAUSE_DOES_NOT_FIT")
    assert said.missing == ()


def test_a_claim_is_judged_under_the_filing_rule_too(nchu: School) -> None:
    """After the close each claim is refused, no paper is missing any more and no step is made."""
    said = answer(nchu, "2028-05-01", ClaimAsked("XM", "legal_change"))

    assert said.codes == ("AFTER_FINAL_CHECK",)
    assert [(claim.outcome, claim.missing, claim.steps) for claim in said.claims] == [
        ("not_accepted", (), ())
    ]


def test_steps_name_the_claims_they_are_for(nchu: School) -> None:
    """The office checks, then enters it on the platform; two claims share the steps of one filing."""
    said = answer(nchu, DAY, ClaimAsked("XH", "school_data"), ClaimAsked("PHOTO", "photo"))

    assert [(step.kind, step.office, step.claims) for step in said.steps] == [
        ("check", "registrar", ("XH", "PHOTO")),
        ("platform", "registrar", ("XH", "PHOTO")),
    ]
    assert [step.claims for step in said.claims[1].steps] == [("PHOTO",), ("PHOTO",)]


def test_an_answer_without_claims_has_no_steps(nchu: School) -> None:
    """Whether anything may be filed at all is a question about nothing in particular."""
    said = answer(nchu, DAY)

    assert (said.outcome, said.claims, said.steps, said.missing) == ("accept", (), (), ())


def test_values_never_come_back(nchu: School) -> None:
    """Old and new values go into a question and never into its answer."""
    number = "11010519491231002X"
    claim = ClaimAsked("SFZH", "legal_change", old=number, new="440524188001010014")
    said = json.dumps(answer(nchu, DAY, claim).as_json(), ensure_ascii=False)

    assert number not in said
    assert "440524188001010014" not in said


def test_an_answer_has_the_keys_of_the_design_and_no_others(nchu: School) -> None:
    """Page, API and command line read one shape."""
    said = answer(nchu, DAY, ClaimAsked("XM", "legal_change")).as_json()

    assert list(said) == [
        "outcome", "reasons", "missing", "office", "steps", "claims", "flags", "effects",
        "accepted_from", "next_date", "due", "unsupported", "policy",
    ]  # fmt: skip
    assert list(said["reasons"][0]) == ["rule", "code", "says", "facts", "source", "remedy"]
    assert list(said["claims"][0]) == ["field", "outcome", "missing", "office", "steps"]
    assert list(said["steps"][0]) == ["kind", "office", "due", "claims"]
    assert said["policy"] == {"school": "nchu", "version": nchu.version}


def test_what_the_vocabulary_cannot_say_stands_in_every_answer(nchu: School) -> None:
    """A rule that is only on paper is named, in an acceptance as in a refusal."""
    asked = [answer(nchu, DAY), answer(nchu, "2030-01-01", enrolment_status="毕业")]

    assert [len(said.unsupported) for said in asked] == [1, 1]
    assert all(said.unsupported[0]["source"] for said in asked)


# -- name and ID number ---------------------------------------------------------------------------------

NAME = ClaimAsked("XM", "legal_change", evidence=("police_paper",))
NUMBER = ClaimAsked("SFZH", "legal_change", evidence=("police_paper",))


def test_name_and_id_number_together_go_to_the_province(nchu: School) -> None:
    """The platform lets the school change one of them; for both the province has to review, and reviewers are told."""
    both, one = answer(nchu, DAY, NAME, NUMBER), answer(nchu, DAY, NAME)

    assert both.may
    assert [step.kind for step in both.steps] == ["check", "province", "platform"]
    assert both.steps[1].claims == ("XM", "SFZH")
    assert both.flags == ("NAME_AND_NUMBER",)
    assert [step.kind for step in one.steps] == ["check", "platform"]
    assert one.flags == ()


def test_the_pair_split_over_two_days_goes_to_the_province_too(nchu: School) -> None:
    """The ID number filed yesterday and the name today are the same change; so is a birth date."""
    yesterday = OpenRequest(("CSRQ",), date(2026, 3, 1), "under_review")
    said = answer(nchu, DAY, NAME, open_requests=(yesterday,))

    assert [step.kind for step in said.steps] == ["check", "province", "platform"]
    assert said.flags == ("NAME_AND_NUMBER",)


def test_a_claim_beside_the_pair_keeps_its_own_chain(nchu: School) -> None:
    """The photo of the same filing does not have to wait for the province."""
    said = answer(nchu, DAY, NAME, NUMBER, ClaimAsked("PHOTO", "photo"))

    assert [step.kind for step in said.claims[2].steps] == ["check", "platform"]


def test_the_rules_that_handle_each_claim_can_be_named(nchu: School) -> None:
    """What a letter cites: papers and steps of each claim, the province's only for name and number together."""

    def handling(*claims: ClaimAsked) -> list[list[str]]:
        bare = [replace(claim, evidence=()) for claim in claims]
        return [[rule.id for rule in rules] for rules in rules_of(nchu, question(DAY, *bare))]

    assert handling(NAME) == [["papers.legal-change", "steps.check", "steps.platform"]]
    both = ["papers.legal-change", "steps.check", "steps.province", "steps.platform"]
    assert handling(NAME, NUMBER) == [both, both]
    with pytest.raises(QuestionFault):
        rules_of(nchu, question(DAY, NAME, NAME))
