"""P6, 北京农学院 教字[2019]1号: registration → degree registration; one field: school; both: 市教委."""

from __future__ import annotations

from datetime import date

from config.policy import ClaimAsked, OpenRequest
from tests.config.asking import answer
from tests.config.schools.asked import school

BUA = school("bua-2019")

DAY = "2026-03-02"
NAME = ClaimAsked("XM", "legal_change", date(2025, 3, 1), evidence=("police_paper",))
NUMBER = ClaimAsked("SFZH", "legal_change", date(2025, 3, 1), evidence=("police_paper",))


def test_one_field_is_the_schools_to_decide() -> None:
    """“One field: school”."""
    for claim in (NAME, NUMBER):
        assert [step.office for step in answer(BUA, DAY, claim).steps] == ["registrar", "registrar"]


def test_both_go_to_the_commission() -> None:
    """“Both: 市教委”, and the reviewers are told."""
    said = answer(BUA, DAY, NAME, NUMBER)

    assert [step.kind for step in said.steps] == ["check", "province", "platform"]
    assert said.steps[1].office == "province"
    assert said.flags == ("NAME_AND_NUMBER",)


def test_both_over_two_days_go_there_too() -> None:
    """The school cannot decide one today and the other tomorrow."""
    open_request = OpenRequest(("XM",), date(2026, 3, 1), "filed")

    assert [step.kind for step in answer(BUA, DAY, NUMBER, open_requests=(open_request,)).steps] == [
        "check", "province", "platform",
    ]  # fmt: skip


def test_study_runs_from_registration_to_the_registration_of_the_degree() -> None:
    """“在校期间 = from completed freshman registration to completed degree registration open to query”."""
    early = ClaimAsked("XM", "legal_change", date(2024, 9, 20), evidence=("police_paper",))

    assert answer(BUA, DAY, early).codes == ("EVENT_OUTSIDE_STUDY",)
    assert answer(BUA, "2024-10-14 23:59:59").codes == ("NOT_REGISTERED",)
    assert answer(BUA, "2028-06-30", degree_registered_on="2028-06-30").codes == ("DEGREE_REGISTERED",)


def test_other_fields_follow_other_rules() -> None:
    """“Covers name and ID only; other fields by MoE rules”."""
    assert answer(BUA, DAY, ClaimAsked("MZ", "legal_change", date(2025, 3, 1))).outcome == "route"


def test_what_is_known_of_proxies_is_no_more_than_that_there_is_a_rule() -> None:
    """Until the text is read, only the student may file, and every answer says that this is not the whole rule."""
    said = answer(BUA, DAY, filed_by="counsellor")

    assert said.codes == ("PROXY_NOT_ALLOWED",)
    assert any("代办" in one["says"] for one in said.unsupported)
