"""Each check of the input: what it bars, its words, and when it allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from tests.laws import holds
from tests.world import NAME, World, number_of
from workflow.cases.checking.confirm import shown
from workflow.cases.claims import ClaimFiled, following
from workflow.cases.tables import EXCLUSIONS
from workflow.engine import SYSTEM, Actor, Ref
from workflow.evidence.tables import Evidence
from workflow.records.claimed import CHOICES, value_fault
from workflow.records.fields import COLUMNS
from workflow.records.tables import Record
from workflow.records.texts import WORDS_LIMIT
from workflow.verdict import Reason

pytestmark = pytest.mark.one_database

BORN = date(2006, 5, 4)
TODAY = date(2024, 10, 25)
NUMBER = ClaimFiled("SFZH", "admission_error", number_of(date(2006, 4, 5), 77))
BIRTH = ClaimFiled("CSRQ", "admission_error", "2006-05-04")
SEX = ClaimFiled("XB", "admission_error", "女")
STUDENT_NUMBER = ClaimFiled("XH", "school_data", "240199999")
PHOTO = ClaimFiled("PHOTO", "photo", "")
MOVED = replace(NAME, cause="legal_change", event_date=date(2024, 9, 20))


@pytest.fixture
def record(world: World) -> str:
    """A freshman in a campaign that runs."""
    id = world.record()
    world.open_campaign()
    return id


@pytest.fixture
def case(world: World, record: str) -> Ref:
    """The freshman's unanswered case."""
    return world.case_of(record)


@pytest.fixture
def papers(world: World, record: str) -> tuple[str, ...]:
    """An identity card and a household book in the freshman's draft."""
    return world.paper(record, "id_card"), world.paper(record, "household_book")


def reasons(world: World, case: Ref, *claims: ClaimFiled, papers: tuple[str, ...] = ()) -> list[Reason]:
    """Every reason against filing these claims. Each must be a whole sentence with a remedy."""
    by = world.student(world.case(case).record.id)
    verdict = world.may(case, "raise", by, claims=claims, papers=papers)
    for reason in verdict.reasons:
        assert reason.says
        assert "{" not in reason.says
        assert reason.remedy
        assert reason.rule
    return list(verdict.reasons)


def codes(world: World, case: Ref, *claims: ClaimFiled, papers: tuple[str, ...] = ()) -> list[str]:
    """The codes of every reason against filing these claims."""
    return [reason.code for reason in reasons(world, case, *claims, papers=papers)]


# -- words ----------------------------------------------------------------------------------------------


@holds("words_given")
@pytest.mark.parametrize("words", [None, "", "   ", "\n\t", "　"])
def test_an_exclusion_needs_words(world: World, case: Ref, words: str | None) -> None:
    """Nothing, and nothing but space, is no reason."""
    details = {} if words is None else {"words": words}
    verdict = world.refused(case, "exclude", world.staff["registrar"], code="other", **details)
    assert verdict.codes == ("words_missing",)


@holds("words_given")
def test_words_have_a_limit(world: World, case: Ref) -> None:
    """Five hundred characters pass; one more is refused with both numbers."""
    registrar = world.staff["registrar"]
    verdict = world.refused(case, "exclude", registrar, words="字" * (WORDS_LIMIT + 1), code="other")
    assert verdict.codes == ("words_too_long",)
    assert "501" in verdict.reasons[0].says
    assert "500" in verdict.reasons[0].says
    assert world.do(case, "exclude", registrar, words="字" * WORDS_LIMIT, code="other").number == 2


@holds("exclusion_code_known")
def test_an_exclusion_has_a_code_of_the_list(world: World, case: Ref) -> None:
    """An unknown code is refused; without one the reason is "other", and each code of the list is known."""
    registrar = world.staff["registrar"]
    verdict = world.refused(case, "exclude", registrar, words="参军入伍", code="army")
    assert verdict.codes == ("exclusion_code_missing",)
    assert verdict.reasons[0].remedy
    assert world.do(case, "exclude", registrar, words="参军入伍").codes == ("other",)
    for code in EXCLUSIONS:
        world.do(case, "include", registrar, words="重来")
        world.do(case, "exclude", registrar, words="参军入伍", code=code)
        assert world.case(case).excluded == code


# -- confirming -----------------------------------------------------------------------------------------


@holds("values_as_seen")
def test_what_is_confirmed_is_what_the_page_showed(world: World, record: str, case: Ref) -> None:
    """A value that changed after the page was drawn was not looked at, so the page must be drawn anew."""

    def seen() -> str:
        with world.place.store.reading() as session:
            return shown(session, world.place.cipher, world.case(case))[1]

    student, before = world.student(record), seen()
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(xm="张三丰"))
    verdict = world.refused(case, "confirm", student, seen=before)
    assert verdict.codes == ("values_changed",)
    assert verdict.reasons[0].remedy
    assert seen() != before
    assert world.do(case, "confirm", student, seen=seen()).target == "checked_ok"


def test_a_value_the_campaign_does_not_ask_for_may_change_meanwhile(
    world: World, record: str, case: Ref
) -> None:
    """A new class between looking and confirming bars nobody."""
    with world.place.store.reading() as session:
        seen = shown(session, world.place.cipher, world.case(case))[1]
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(bh="240102"))
    assert world.may(case, "confirm", world.student(record), seen=seen).allowed


# -- outcomes -------------------------------------------------------------------------------------------


@pytest.fixture
def in_review(world: World, record: str, case: Ref) -> Ref:
    """The freshman's case with one claim, taken up by the reviewer."""
    world.file(record, NAME)
    world.do(case, "take_up", world.staff["reviewer"])
    return case


def settling(world: World, case: Ref, **details: Any) -> tuple[str, ...]:
    """The codes of the engine's verdict on settling the case's claim."""
    details = {"claim": world.case(case).claims[0].id, "refusal": "record_is_right"} | details
    return world.may(case, "settle", world.staff["reviewer"], **details).codes


@holds("claim_is_open")
def test_only_a_claim_of_this_case_is_settled(world: World, in_review: Ref) -> None:
    """Neither an unknown claim nor another case's nor a withdrawn one."""
    other = world.record()
    own = world.file(other, NAME).subject
    theirs = world.case(own).claims[0].id
    for claim in ("0" * 32, theirs, None):
        said = settling(world, in_review, claim=claim, outcome="refused", words="材料不足")
        assert said == ("no_such_claim",)
    assert settling(world, in_review, outcome="refused", words="材料不足") == ()


@holds("claim_is_open")
def test_a_withdrawn_claim_is_not_settled(world: World, record: str, case: Ref) -> None:
    """What was withdrawn and filed again is another claim."""
    world.file(record, NAME)
    old = world.case(case).claims[0].id
    world.do(case, "withdraw", world.student(record))
    world.file(record, NAME)
    world.do(case, "take_up", world.staff["reviewer"])
    assert settling(world, case, claim=old, outcome="refused", words="材料不足") == ("no_such_claim",)


@holds("outcome_is_whole")
@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({}, "outcome_missing"),
        ({"outcome": "lapsed"}, "outcome_missing"),
        ({"outcome": "withdrawn"}, "outcome_missing"),
        ({"outcome": "corrected"}, "not_seen_on_platform"),
        ({"outcome": "corrected", "seen_on": date(2024, 10, 26)}, "seen_in_the_future"),
        ({"outcome": "refused"}, "words_missing"),
        ({"outcome": "refused", "words": " "}, "words_missing"),
        ({"outcome": "corrected", "seen_on": date(2024, 10, 25)}, None),
        ({"outcome": "corrected", "seen_on": date(2024, 10, 24)}, "seen_before_filing"),
        ({"outcome": "corrected", "seen_on": date(1, 1, 1)}, "seen_before_filing"),
        ({"outcome": "refused", "words": "\u200b\u202e"}, "words_missing"),
        ({"outcome": "refused", "words": "材料不足"}, None),
        ({"outcome": "refused", "words": "材料不足", "refusal": ""}, "refusal_code_missing"),
        ({"outcome": "refused", "words": "材料不足", "refusal": "no_such_code"}, "refusal_code_missing"),
        ({"outcome": "already_right"}, None),
    ],
)
def test_an_outcome_is_whole(world: World, in_review: Ref, details: dict[str, Any], code: str | None) -> None:
    """Corrected needs the day on which it was seen on the platform, refused needs words and a code."""
    world.settle_all(in_review, "corrected")
    assert settling(world, in_review, **details) == (() if code is None else (code,))


@holds("refusal_code_known")
@pytest.mark.parametrize("refusal", [None, "", "no_such_code", "MISSING_EVIDENCE"])
def test_a_refusal_has_a_code_of_the_schools_list(world: World, in_review: Ref, refusal: str | None) -> None:
    """Words alone do not say whether it was inadmissible or refused on the merits."""
    world.settle_all(in_review, "refused")
    reviewer = world.staff["reviewer"]
    verdict = world.refused(in_review, "reject", reviewer, words="材料不足", refusal=refusal)
    assert verdict.codes == ("refusal_code_missing",)
    for known in world.place.school.policy.refusals:
        assert world.may(in_review, "reject", reviewer, words="材料不足", refusal=known.code).allowed


# -- one claim ------------------------------------------------------------------------------------------


@holds("claims_are_whole", "policy_accepts_claims")
def test_a_good_claim_is_let_through(world: World, case: Ref, papers: tuple[str, ...]) -> None:
    """A claim with value, cause and papers has nothing against it, whatever the field."""
    for claim in (NAME, MOVED, NUMBER, STUDENT_NUMBER, PHOTO):
        assert codes(world, case, claim, papers=papers) == []
    assert codes(world, case, NAME, NUMBER, STUDENT_NUMBER, PHOTO, papers=papers) == []


@holds("claims_are_whole")
def test_filing_nothing_is_refused(world: World, case: Ref) -> None:
    """A filing without a single claim is a slip, and says so alone."""
    by = world.student(world.case(case).record.id)
    assert world.refused(case, "raise", by, claims=(), papers=()).codes == ("no_claims",)
    assert world.refused(case, "raise", by).codes == ("no_claims",)
    assert world.may(case, "raise", by).allowed, "the button is drawn before anything is handed in"


@holds("claims_are_whole")
@pytest.mark.parametrize("field", ["XJZT", "MZ", "ZYMC", "nonsense", ""])
def test_a_field_that_is_not_claimable_is_refused(
    world: World, case: Ref, papers: tuple[str, ...], field: str
) -> None:
    """What is not among the six, or nobody has heard of, cannot be claimed here; no other check stumbles."""
    found = reasons(world, case, ClaimFiled(field, "admission_error", "张三丰"), papers=papers)
    assert {reason.rule for reason in found} == {"claims_are_whole"}
    assert [reason.code for reason in found] == ["field_not_claimable"]


@holds("claims_are_whole")
@pytest.mark.parametrize(
    ("field", "cause"),
    [("XM", "photo"), ("XH", "admission_error"), ("PHOTO", "legal_change"), ("XM", "nonsense"), ("XM", "")],
)
def test_a_cause_that_does_not_fit_is_refused(
    world: World, case: Ref, papers: tuple[str, ...], field: str, cause: str
) -> None:
    """Each field has its own causes; account trouble is none of them."""
    said = codes(world, case, ClaimFiled(field, cause, "张三丰"), papers=papers)
    assert "cause_does_not_fit" in said
    assert "field_not_claimable" not in said


@holds("claims_are_whole")
def test_a_legal_change_has_a_date(world: World, case: Ref, papers: tuple[str, ...]) -> None:
    """Without the day of the change, or with one that has not come, nothing is filed; today is fine."""
    for day, said in (
        (None, ["event_date_missing"]),
        (date(2024, 10, 26), ["event_in_the_future"]),
        (TODAY, []),
        (date(2010, 1, 1), []),
    ):
        assert codes(world, case, replace(MOVED, event_date=day), papers=papers) == said


@holds("claims_are_whole")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("XM", ""),
        ("XM", "  "),
        ("XM", "王??"),
        ("XM", "王\ue000"),
        ("XM", "阿布•买买提"),
        ("XM", "张 三"),
        ("XM", "字" * 51),
        ("XB", "M"),
        ("CSRQ", "2006-02-30"),
        ("CSRQ", "昨天"),
        ("CSRQ", "20060504"),
        ("CSRQ", "2006-W18-4"),
        ("CSRQ", "1899-12-31"),
        ("CSRQ", "2024-10-25"),
        ("SFZH", "990000200605040031"),
        ("SFZH", "12345"),
        ("XH", " "),
        ("XH", "2401-0001"),
        ("XH", "学号"),
        ("XH", "0" * 21),
    ],
)
def test_a_value_that_cannot_be_right_is_refused(
    world: World, case: Ref, papers: tuple[str, ...], field: str, value: str
) -> None:
    """A lost character, a wrong dot, a day that never was, a wrong check digit: said before it is filed."""
    cause = "school_data" if field == "XH" else "admission_error"
    said = reasons(world, case, ClaimFiled(field, cause, value), papers=papers)
    assert "value_is_not_whole" in [reason.code for reason in said]
    assert not any(value in reason.says for reason in said if field == "SFZH")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("XM", "字" * 50),
        ("XM", "阿布·买买提"),
        ("XM", "𠮷田"),
        ("XB", "女"),
        ("CSRQ", "1900-01-01"),
        ("CSRQ", "2024-10-24"),
        ("SFZH", number_of(BORN, 3)),
        ("SFZH", number_of(BORN, 3).lower()),
        ("XH", "2401A0001"),
        ("PHOTO", ""),
        ("XMPY", "ZHANG San"),
        ("XMPY", "ABU'L Maimaiti"),
        ("YZBM", "330063"),
        ("TXDZ", "江西省南昌市红谷滩区丰和南大道696号 3-201室"),
        ("ZYMC", "数学与应用数学（师范）"),
        ("ZYDM", "080911TK"),
        ("BH", "计科2401"),
        ("RXRQ", "2024-09-15"),
        ("YJBYRQ", "2028-07-01"),
        *((column, value) for column, values in CHOICES.items() for value in values),
    ],
)
def test_a_value_that_can_be_right_is_not_doubted(field: str, value: str) -> None:
    """Long names, dotted names, rare characters and old people exist; of a code list every entry may be claimed."""
    assert value_fault(field, value, TODAY) == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("XMPY", "张三"),
        ("XMPY", "lǚ"),
        ("XMPY", "ZHANG  San"),
        ("YZBM", "33006"),
        ("YZBM", "３３００６３"),
        ("MZ", "汉"),
        ("ZZMM", "团员"),
        ("XZ", "9"),
        ("CC", "大学"),
        ("XXXS", "自学"),
        ("RXRQ", "2024-09"),
        ("YJBYRQ", "1949-10-01"),
        ("ZYDM", "数学"),
        ("TXDZ", "字" * 101),
        ("TXDZ", "第一行\n第二行"),
    ],
)
def test_a_value_of_a_further_field_is_of_its_kind(field: str, value: str) -> None:
    """An entry of the code list, a day, letters, six digits, one line of text: nothing else is filed."""
    assert value_fault(field, value, TODAY)


@given(st.sampled_from([*COLUMNS, "PHOTO"]), st.text())
def test_whatever_is_typed_is_judged(field: str, value: str) -> None:
    """No text makes the judgement itself stumble."""
    assert isinstance(value_fault(field, value, TODAY), str)


# -- claims together ------------------------------------------------------------------------------------


@holds("claims_fit_together")
@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ((NUMBER, BIRTH), ("证件号码", "出生日期")),
        ((BIRTH, SEX), ("出生日期", "性别")),
        ((SEX, NUMBER), ("性别", "证件号码")),
        ((NAME, NAME), ("姓名", "姓名")),
    ],
)
def test_one_matter_is_one_claim(
    world: World, case: Ref, papers: tuple[str, ...], claims: tuple[ClaimFiled, ...], words: tuple[str, str]
) -> None:
    """Number, birth date and sex are one matter, and no field is claimed twice; the words name both."""
    found = reasons(world, case, *claims, papers=papers)
    assert {"one_matter_two_claims"} <= {reason.code for reason in found}
    assert "record_incomplete" not in {reason.code for reason in found}
    said = next(reason.says for reason in found if reason.code == "one_matter_two_claims")
    assert all(word in said for word in words)


@holds("claims_fit_together")
@pytest.mark.parametrize("claim", [replace(BIRTH, new="2006-05-05"), SEX])
def test_a_claim_that_the_number_denies_is_refused(
    world: World, case: Ref, papers: tuple[str, ...], claim: ClaimFiled
) -> None:
    """A birth date or sex against the recorded number can only be right if the number is wrong."""
    assert codes(world, case, claim, papers=papers) == ["denied_by_the_number"]


@holds("claims_fit_together")
def test_a_claim_that_the_number_bears_out_is_let_through(world: World) -> None:
    """Where record and number disagree, the claim that agrees with the number is good."""
    record = world.record(csrq=date(2006, 5, 5), number=number_of(BORN, 3), xb="女")
    world.open_campaign()
    case, papers = world.case_of(record), (world.paper(record),)
    assert codes(world, case, BIRTH, papers=papers) == []
    assert codes(world, case, replace(SEX, new="男"), papers=papers) == []


@holds("fields_are_free")
def test_a_field_with_an_open_claim_elsewhere_takes_no_second(
    world: World, record: str, case: Ref, papers: tuple[str, ...]
) -> None:
    """Nor does its group; other fields are free, and so is the field once the claim has ended."""
    world.file(record, NUMBER)
    world.settle_all(taken_up(world, case), "refused")
    own = Ref("case", own_case(world, record))
    for claim in (NUMBER, BIRTH, SEX):
        assert "field_has_open_claim" in codes(world, own, claim)
    assert codes(world, own, STUDENT_NUMBER) == []
    world.do(case, "reject", world.staff["reviewer"], words="材料不足", refusal="record_is_right")
    assert "field_has_open_claim" not in codes(world, own, NUMBER)


def taken_up(world: World, case: Ref) -> Ref:
    world.do(case, "take_up", world.staff["reviewer"])
    return case


def own_case(world: World, record: str) -> str:
    """Open an additional case for a record, outside a campaign."""
    return world.do(Ref("case"), "open", SYSTEM, record=record, campaign=None).subject


@holds("claims_change_something")
@pytest.mark.parametrize("field", ["XM", "XB", "CSRQ", "SFZH", "XH"])
def test_claiming_what_is_already_there_is_refused(
    world: World, record: str, case: Ref, papers: tuple[str, ...], field: str
) -> None:
    """The recorded value itself is no correction, in whatever letters the number is typed."""
    with world.place.store.reading() as session:
        kept = session.get_one(Record, record)
        present = {
            "XM": kept.xm, "XB": kept.xb, "CSRQ": str(kept.csrq), "XH": kept.xh,
            "SFZH": world.place.cipher.open(kept.sfzh or b"", table="record", column="sfzh", row=record),
        }  # fmt: skip
    cause = "school_data" if field == "XH" else "admission_error"
    claim = ClaimFiled(field, cause, str(present[field]))
    assert codes(world, case, claim, papers=papers) == ["nothing_changes"]
    if field == "SFZH":
        assert codes(world, case, replace(claim, new=claim.new.lower()), papers=papers) == ["nothing_changes"]


@holds("claims_change_something")
def test_a_number_whose_birth_date_was_never_taken_over_may_be_claimed_again(world: World) -> None:
    """Where record and number disagree, claiming the number brings birth date and sex into line."""
    record = world.record(csrq=date(2006, 5, 5), number=number_of(BORN, 3))
    world.open_campaign()
    claim = ClaimFiled("SFZH", "admission_error", number_of(BORN, 3))
    assert codes(world, world.case_of(record), claim, papers=(world.paper(record),)) == []


def test_a_residents_number_carries_birth_date_and_sex() -> None:
    """What a number says follows from it; a passport says nothing."""
    assert following(ClaimFiled("SFZH", "admission_error", number_of(BORN, 4))) == {
        "SFZH": number_of(BORN, 4), "CSRQ": "2006-05-04", "XB": "女",
    }  # fmt: skip
    passport = ClaimFiled("SFZH", "admission_error", "E12345678")
    assert following(passport) == {"SFZH": "E12345678"}
    assert following(NAME) == {"XM": NAME.new}


# -- papers ---------------------------------------------------------------------------------------------


@holds("papers_are_there")
def test_a_paper_must_lie_in_the_students_own_draft(
    world: World, record: str, case: Ref, papers: tuple[str, ...]
) -> None:
    """Another student's paper, one that was filed already, and one that does not exist are refused alike."""
    others = world.paper(world.record())
    with world.place.store.writing() as session:
        session.execute(update(Evidence).where(Evidence.id == papers[1]).values(case_id="0" * 32))
    for paper in (others, papers[1], "0" * 32):
        assert "paper_not_there" in codes(world, case, NAME, papers=(papers[0], paper))
    assert codes(world, case, NAME, papers=papers[:1]) == []


@holds("policy_accepts_claims")
@pytest.mark.parametrize(
    ("claim", "kinds", "missing"),
    [
        (NAME, (), "居民身份证"),
        (NAME, ("other",), "居民身份证"),
        (NAME, ("id_card",), None),
        (NAME, ("household_book",), None),
        (MOVED, ("id_card",), "户口簿"),
        (MOVED, ("police_paper",), None),
        (NUMBER, (), "居民身份证"),
        (STUDENT_NUMBER, (), None),
        (PHOTO, (), None),
    ],
)
def test_missing_papers_are_named(
    world: World, record: str, case: Ref, claim: ClaimFiled, kinds: tuple[str, ...], missing: str | None
) -> None:
    """The policy says which paper is wanting, and a paper that stands in its place is as good."""
    papers = tuple(world.paper(record, kind) for kind in kinds)
    found = reasons(world, case, claim, papers=papers)
    assert [reason.code for reason in found] == ([] if missing is None else ["MISSING_EVIDENCE"])
    if missing is not None:
        assert missing in found[0].says
        assert found[0].source


def test_every_fault_is_named_at_once(world: World, case: Ref) -> None:
    """Who files three bad claims reads everything that is wrong with them, not one thing a time."""
    said = codes(
        world, case,
        replace(MOVED, event_date=None), replace(NUMBER, new="12345"), replace(STUDENT_NUMBER, cause="photo"),
        papers=("0" * 32,),
    )  # fmt: skip
    assert {
        "event_date_missing", "value_is_not_whole", "cause_does_not_fit", "paper_not_there", "MISSING_EVIDENCE",
    } <= set(said)  # fmt: skip


def test_reasons_of_the_filing_rule_are_not_said_twice(world: World, record: str, case: Ref) -> None:
    """What already bars the button is not repeated among the reasons against the claims."""
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(xjzt="退学"))
    assert codes(world, case, NAME).count("LEFT") == 1


def test_a_draft_begun_is_asked_about_as_it_stands(world: World, case: Ref) -> None:
    """``begun_at`` is part of the question, and of no other check."""
    begun = datetime(2024, 10, 25, 9, tzinfo=world.clock.moment.tzinfo)
    by: Actor = world.student(world.case(case).record.id)
    verdict = world.may(case, "raise", by, claims=(PHOTO,), papers=(), begun_at=begun)
    assert verdict.allowed
