"""Steps: created by policy at filing, completed in order by their offices, seen on the platform last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from config.policy import ClaimAsked, School
from tests.config.asking import amended, answer, rule
from tests.laws import holds
from tests.schools import step as rule_of_step
from tests.schools import world_with_steps
from tests.world import NAME, SEEN, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.facts import StepFacts
from workflow.cases.load import look_at_case, read_case
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.review.step_making import Steps, in_order
from workflow.cases.review.steps import ready
from workflow.cases.views.audit import compare
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Change, Ref
from workflow.history.entry import Entry
from workflow.history.replay import verify
from workflow.history.timeline import timeline
from workflow.people.accounts import add_person, give_role
from workflow.people.cipher import Cipher
from workflow.people.scopes import held
from workflow.records.tables import Record
from workflow.store import Store

pytestmark = [pytest.mark.one_database]

STUDENT_NUMBER = ClaimFiled("XH", "school_data", "240199999")
NUMBER = ClaimFiled("SFZH", "admission_error", number_of(date(2006, 4, 5), 78))
SEX = ClaimFiled("XB", "school_data", "男")
PHOTO = ClaimFiled("PHOTO", "photo", "")
NO = {"words": "与原始材料不符"}
REFUSAL = {"words": "材料不能证明", "refusal": "evidence_does_not_prove"}
DAY = timedelta(days=1)


@pytest.fixture
def world(
    store: Store,
    cipher: Cipher,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
) -> World:
    """A school that asks for every kind of step."""
    return world_with_steps(store, cipher, clock, entropy, tmp_path)


def filed(world: World, *claims: ClaimFiled, **columns: Any) -> Ref:
    """A freshman's case with these claims."""
    record = world.record(**({"xb": "女"} if SEX in claims else {}) | columns)
    world.open_campaign()
    return Ref("case", world.file(record, *claims).subject)


def taken_up(world: World, *claims: ClaimFiled) -> Ref:
    """The same, taken up by the reviewer."""
    case = filed(world, *claims)
    world.do(case, "take_up", world.staff["reviewer"])
    return case


def step(world: World, case: Ref, kind: str, office: str = "") -> StepFacts:
    """The case's step of a kind that is not void."""
    found = [one for one in world.case(case).steps if one.kind == kind and one.outcome != "void"]
    return next(one for one in found if not office or one.office == office)


def kinds(world: World, case: Ref) -> list[tuple[str, str, str]]:
    """Kind, office and outcome of every step, in order."""
    return [(one.kind, one.office, one.outcome) for one in world.case(case).steps]


def waits_for(world: World, case: Ref) -> list[str]:
    """The kinds of the steps that can be completed now."""
    return [one.step.kind for one in ready(world.case(case))]


def outcome(world: World, case: Ref) -> dict[str, str]:
    """The outcome of each claim."""
    return {claim.field: claim.outcome for claim in world.case(case).claims}


def no(world: World, case: Ref, action: str, who: str | Actor, of: StepFacts, **more: Any) -> tuple[str, ...]:
    """The reasons against a step. Nothing is written."""
    by = world.staff[who] if isinstance(who, str) else who
    return world.may(case, action, by, step=of.id, **more).codes


def do(world: World, case: Ref, action: str, who: str | Actor, of: StepFacts, **more: Any) -> Entry:
    """Perform an act on a step."""
    by = world.staff[who] if isinstance(who, str) else who
    return world.do(case, action, by, step=of.id, **more)


# -- made at the filing ---------------------------------------------------------------------------------


@holds("build_steps")
def test_a_filing_has_the_steps_that_the_policy_names(world: World) -> None:
    """Each with its office, its claims and its day; one step serves the claims that share it."""
    case = filed(world, NAME, STUDENT_NUMBER)
    assert kinds(world, case) == [
        ("check", "college", ""),
        ("check", "registrar", ""),
        ("approval", "registrar", ""),
        ("platform", "registrar", ""),
    ]
    ids = {claim.field: claim.id for claim in world.case(case).claims}
    college, check, approval, platform = world.case(case).steps
    assert (college.claims, college.due) == ({ids["XH"]}, date(2024, 10, 30))
    assert check.claims == platform.claims == {ids["XM"], ids["XH"]}
    assert (approval.claims, approval.four_eyes) == ({ids["XM"]}, True)
    assert [one.step.office for one in ready(world.case(case))] == ["college", "registrar"]


def test_two_rules_that_ask_for_an_equal_step_are_two_steps_of_a_case(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> None:
    """Both are taken, one behind the other, and the correction waits for both."""
    approval = 'add_step = "approval", office = "registrar"'
    twice = (rule_of_step("dean", "XH", approval), rule_of_step("head", "XH", approval))
    world = world_with_steps(store, cipher, clock, entropy, tmp_path, twice)
    case = filed(world, STUDENT_NUMBER)
    assert [kind for kind, _, _ in kinds(world, case)] == [
        "check",
        "check",
        "approval",
        "approval",
        "platform",
    ]

    world.do(case, "take_up", world.staff["officer"])
    do(world, case, "pass_step", "officer", step(world, case, "check", "college"))
    world.do(case, "hold", world.staff["reviewer"])
    do(world, case, "pass_step", "reviewer", step(world, case, "check", "registrar"))
    first, second = (one for one in world.case(case).steps if one.kind == "approval")
    assert waits_for(world, case) == ["approval"]
    do(world, case, "pass_step", "reviewer", first)
    platform = step(world, case, "platform")
    assert no(world, case, "see", "reviewer", platform, seen_on=SEEN) == ("earlier_steps_open",)
    do(world, case, "pass_step", "reviewer", second)
    assert waits_for(world, case) == ["platform"]


@pytest.mark.parametrize("says_once", ["", ", once = true"])
def test_rules_that_ask_for_one_step_at_different_places_still_have_an_order(
    nchu: School, tmp_path: Path, says_once: str
) -> None:
    """Each step has one place; what two rules ask for once stands where the first claim has it."""
    approval = f'add_step = "approval", office = "college"{says_once}'
    rules = (
        rule_of_step("one", "XH", approval),
        rule("steps.visit", "{}", '{ add_step = "visit", office = "college" }'),
        rule_of_step("two", "PHOTO", approval),
    )
    claims = ClaimAsked("XH", "school_data"), ClaimAsked("PHOTO", "photo")
    said = answer(amended(tmp_path, nchu, policy="\n" + "".join(rules)), "2026-03-02", *claims)
    placed = [(n, one.kind) for n, one in in_order(said)]

    kinds = ["check", "platform", "approval", "visit"] + ([] if says_once else ["approval"])
    assert placed == list(enumerate(kinds))


def test_the_entry_of_a_filing_names_its_steps(world: World) -> None:
    """The history says which steps were made, and each later entry which one it took."""
    record = world.record()
    world.open_campaign()
    entry = world.file(record, NAME)
    case = Ref("case", entry.subject)
    assert set(entry.steps) == {one.id for one in world.case(case).steps}
    world.do(case, "take_up", world.staff["reviewer"])
    check = step(world, case, "check")
    passed = do(world, case, "pass_step", "reviewer", check, words="材料齐全")
    assert (passed.steps, passed.claims, passed.codes) == ((check.id,), entry.claims, ("check:passed",))


# -- in their order, by whom they belong to -------------------------------------------------------------


@holds("step_is_ready", "pass_the_step", "step_waits")
def test_steps_are_taken_in_their_order(world: World) -> None:
    """What comes later waits for what comes before, and what is done is done once."""
    case = taken_up(world, NAME)
    platform = step(world, case, "platform")
    assert no(world, case, "see", "reviewer", platform, seen_on=SEEN) == ("earlier_steps_open",)
    assert world.may(case, "see", world.staff["reviewer"]).codes == ("no_step_waits",)
    check = step(world, case, "check")
    assert world.may(case, "pass_step", world.staff["reviewer"]).allowed
    do(world, case, "pass_step", "reviewer", check)
    assert no(world, case, "pass_step", "second_reviewer", check) == ("step_is_done",)
    assert waits_for(world, case) == ["approval"]
    assert no(world, case, "pass_step", "second_reviewer", platform) == ("other_kind_of_step",)
    strange = StepFacts(**{name: getattr(check, name) for name in check.__slots__} | {"id": "0" * 32})
    assert no(world, case, "pass_step", "reviewer", strange) == ("no_such_step",)


@holds("step_is_ready", "pass_it_on")
def test_a_four_eyes_step_is_for_another_person(world: World) -> None:
    """Who passed the check lets the case go, cannot approve it, and is told so; somebody else approves, and lets it go."""
    case = taken_up(world, NAME)
    do(world, case, "pass_step", "reviewer", step(world, case, "check"))
    assert world.case(case).holder == ""
    approval = step(world, case, "approval")
    assert no(world, case, "pass_step", "reviewer", approval) == ("four_eyes",)
    assert world.may(case, "hold", world.staff["reviewer"]).codes == ("four_eyes",)
    world.do(case, "hold", world.staff["other_reviewer"])
    do(world, case, "pass_step", "other_reviewer", approval)
    assert waits_for(world, case) == ["platform"]
    assert world.case(case).holder == "", "it is to be entered now, by whoever does that"


@holds("turn_is_theirs", "of_their_college")
def test_the_college_comes_first_where_the_policy_says_so(world: World) -> None:
    """The officer of the student's own college takes it up and passes it on; nobody else may before."""
    case = filed(world, STUDENT_NUMBER)
    assert world.may(case, "take_up", world.staff["reviewer"]).codes == ("not_your_step",)
    officer = world.staff["officer"]
    world.do(case, "take_up", officer)
    check = step(world, case, "check", "college")
    assert "not_your_step" in no(world, case, "pass_step", "reviewer", check)
    do(world, case, "pass_step", officer, check, words="与录取名册一致")
    assert world.case(case).holder == ""
    assert [one.step.office for one in ready(world.case(case))] == ["registrar"]
    assert world.may(case, "pass_step", officer).codes == ("not_your_step",)
    world.do(case, "hold", world.staff["reviewer"])
    world.settle_all(case, "corrected")
    assert outcome(world, case) == {"XH": "corrected"}


@holds("of_their_college", "turn_is_theirs")
def test_an_officer_has_nothing_to_do_with_another_college(world: World) -> None:
    """The case of a student elsewhere does not exist for them, and what waits for the desk is not theirs."""
    case = filed(world, STUDENT_NUMBER, fy="软件学院")
    verdict = world.may(case, "take_up", world.staff["officer"])
    assert verdict.stranger and "out_of_scope" in verdict.codes
    own = Ref("case", world.file(world.record(), NAME).subject)
    assert world.may(own, "take_up", world.staff["officer"]).codes == ("not_your_step",)


@holds("step_is_ready")
def test_an_office_is_met_by_who_was_granted_it(world: World) -> None:
    """A reviewer of the school's own office is none of the archive's until the administrator says so."""
    case = taken_up(world, PHOTO)
    do(world, case, "pass_step", "reviewer", step(world, case, "check", "registrar"))
    archive, by = step(world, case, "check", "archive"), world.staff["other_reviewer"]
    assert no(world, case, "pass_step", by, archive) == ("not_your_step",)
    with world.place.store.writing() as session:
        give_role(
            session, by.person, held("reviewer", "archive"), "test", world.clock.moment, world.place.entropy
        )
    do(world, case, "pass_step", by, archive)
    assert waits_for(world, case) == ["platform"]


def test_a_second_reviewer_may_take_any_reviewers_step(world: World) -> None:
    """Whatever office it is for, but never the college's."""
    case = taken_up(world, PHOTO)
    do(world, case, "pass_step", "reviewer", step(world, case, "check", "registrar"))
    do(world, case, "pass_step", "second_reviewer", step(world, case, "check", "archive"))
    other = filed(world, STUDENT_NUMBER)
    assert world.may(other, "take_up", world.staff["second_reviewer"]).codes == ("not_your_step",)


@holds("settling_is_theirs", "asking_is_theirs", "turn_is_theirs")
def test_another_office_takes_its_own_step_and_neither_settles_nor_closes(world: World) -> None:
    """While the archive's look is ahead, its reviewer may look and ask; the rest is the school's own office's."""
    archivist = hired(world, "reviewer", "archive")
    case = taken_up(world, PHOTO)
    claim = {"claim": world.case(case).claims[0].id, "outcome": "refused", **REFUSAL}
    asking = {"questions": (QuestionAsked("explanation", "", "请说明"),)}
    world.do(case, "release", world.staff["reviewer"])
    assert world.may(case, "hold", archivist).codes == ("not_your_step",)
    assert world.may(case, "ask", archivist, **asking).codes == ("not_your_step",)
    assert world.may(case, "settle", archivist, **claim).codes == ("not_the_desk",)
    do(world, case, "pass_step", "reviewer", step(world, case, "check", "registrar"))
    assert world.may(case, "ask", archivist, **asking).allowed
    assert world.may(case, "settle", archivist, **claim).codes == ("not_the_desk",)
    do(world, case, "fail_step", archivist, step(world, case, "check", "archive"), **NO)
    for action in ("hold", "correct", "reject"):
        assert "not_the_desk" in world.may(case, action, archivist).codes
    assert world.may(case, "settle", world.staff["second_reviewer"], **claim).allowed
    assert world.may(case, "settle", world.staff["reviewer"], **claim).allowed


def test_an_office_that_fails_its_step_leaves_the_case_to_who_settles(world: World) -> None:
    """The archive's reviewer, who held the case, does not keep it from the office whose turn it is now."""
    archivist = hired(world, "reviewer", "archive")
    case = taken_up(world, PHOTO)
    do(world, case, "pass_step", "reviewer", step(world, case, "check", "registrar"))
    if world.case(case).holder:
        world.do(case, "release", world.staff["reviewer"])
    world.do(case, "hold", archivist)
    do(world, case, "fail_step", archivist, step(world, case, "check", "archive"), **NO)
    assert world.case(case).holder == ""
    assert world.may(case, "hold", world.staff["reviewer"]).allowed


def test_who_was_granted_the_default_office_by_name_settles_as_a_whole_school_reviewer_does(
    world: World,
) -> None:
    """The office is the same, whether it is named or not."""
    case = taken_up(world, NAME)
    world.do(case, "release", world.staff["reviewer"])
    by, claim = hired(world, "reviewer", "registrar"), world.case(case).claims[0].id
    assert world.may(case, "settle", by, claim=claim, outcome="refused", **REFUSAL).allowed


def hired(world: World, role: str, office: str) -> Actor:
    """Somebody new, of one office."""
    with world.place.store.writing() as session:
        by = SYSTEM.person, world.clock.moment, world.place.entropy
        return Actor(add_person(session, f"测试{office}", role, office, *by).id, role)


# -- not passed -----------------------------------------------------------------------------------------


@holds("fail_the_step", "no_step_open")
def test_what_is_not_passed_is_settled_and_never_by_itself(world: World) -> None:
    """The failed step bars the rest and the correction; the claim is refused by a code, in a press of its own."""
    case = taken_up(world, NAME)
    check, by = step(world, case, "check"), world.staff["reviewer"]
    assert no(world, case, "fail_step", by, check, words=" ") == ("words_missing",)
    do(world, case, "fail_step", by, check, **NO)
    claim = world.case(case).claims[0].id
    assert outcome(world, case) == {"XM": ""} and waits_for(world, case) == []
    assert world.case(case).holder == by.person, "it waits for whoever settles"
    said = world.may(case, "settle", by, claim=claim, outcome="corrected", seen_on=SEEN).codes
    assert said == ("steps_open",)
    assert world.may(case, "correct", by, words="已更正").codes == (
        "claims_unsettled",
        "steps_open",
        "nothing_corrected",
    )
    world.settle(case, claim, "refused", refusal="papers_contradict")
    entry = world.do(case, "reject", by, words="材料矛盾", refusal="papers_contradict")
    assert entry.target == "rejected"


def test_a_step_that_failed_can_be_passed_after_all(world: World) -> None:
    """Until something is settled, a slip of the office is mended by the office."""
    case = taken_up(world, NAME)
    check = step(world, case, "check")
    do(world, case, "fail_step", "reviewer", check, **NO)
    do(world, case, "pass_step", "reviewer", check)
    assert waits_for(world, case) == ["approval"]


def test_of_two_claims_one_is_passed_and_one_is_not(world: World) -> None:
    """A step taken for one claim is split: the other goes its own way, and the case ends saying both."""
    case = taken_up(world, NAME, PHOTO)
    ids = {claim.field: claim.id for claim in world.case(case).claims}
    check = step(world, case, "check")
    entry = do(world, case, "pass_step", "reviewer", check, only=(ids["XM"],))
    assert (entry.steps, entry.claims) == ((check.id,), (ids["XM"],))
    rest = next(one for one in world.case(case).steps if one.kind == "check" and not one.outcome)
    assert rest.claims == {ids["PHOTO"]} and rest.due == check.due
    world.do(case, "release", world.staff["reviewer"])
    world.do(case, "hold", world.staff["second_reviewer"])
    world.settle(case, ids["XM"], "corrected", world.staff["second_reviewer"])
    world.settle(case, ids["PHOTO"], "refused", world.staff["second_reviewer"])
    done = world.do(case, "correct", world.staff["second_reviewer"], words="姓名已更正，照片无误")
    assert done.target == "corrected"
    assert [one for one in world.case(case).every_step if not one.outcome] == []


# -- sent out and answered ------------------------------------------------------------------------------


@holds("sending_is_whole", "note_sent", "answer_is_whole", "note_answer", "step_can_end")
def test_a_letter_has_a_number_and_ends_with_its_answer(world: World) -> None:
    """Sent once, under a number, on a day that was; answered after that, yes or no."""
    case = taken_up(world, NUMBER)
    do(world, case, "pass_step", "reviewer", step(world, case, "check"))
    letter, by = step(world, case, "letter"), "reviewer"
    assert no(world, case, "send", by, letter) == ("number_missing", "day_missing")
    assert no(world, case, "send", by, letter, number="一" * 65, sent_on=date(2024, 10, 26)) == (
        "number_too_long",
        "day_ahead",
    )
    assert no(world, case, "send", by, letter, number="1", sent_on=date(2024, 10, 24)) == (
        "day_before_filing",
    )
    answered = {"outcome": "passed", "received_on": SEEN}
    assert no(world, case, "receive", by, letter, **answered) == ("step_not_sent",)
    assert no(world, case, "pass_step", by, letter)[0] == "other_kind_of_step"
    do(world, case, "send", by, letter, number="学籍函〔2024〕12号", sent_on=SEEN)
    sent = step(world, case, "letter")
    assert (sent.number, sent.sent_on, sent.due) == ("学籍函〔2024〕12号", SEEN, date(2024, 11, 8))
    assert no(world, case, "send", by, letter, number="2", sent_on=SEEN) == ("sent_already",)
    assert no(world, case, "receive", by, letter) == ("answer_missing", "day_missing")
    assert no(world, case, "receive", by, letter, outcome="failed", received_on=SEEN) == ("words_missing",)
    do(world, case, "receive", by, letter, **answered)
    assert waits_for(world, case) == ["province"]


@holds("nothing_sent")
def test_what_was_sent_is_not_withdrawn(world: World) -> None:
    """The student can take it back until it has left the house."""
    case = taken_up(world, NUMBER)
    student = world.student(world.case(case).record.id)
    do(world, case, "pass_step", "reviewer", step(world, case, "check"))
    assert world.may(case, "withdraw", student).allowed
    do(world, case, "send", "reviewer", step(world, case, "letter"), number="12", sent_on=SEEN)
    assert world.may(case, "withdraw", student).codes == ("already_sent",)


PROVINCES_NO = {"outcome": "failed", "received_on": SEEN, "words": "与公安人口库不一致"}
OUTSIDE = "decided_outside:province"


def with_the_province(world: World, *more: ClaimFiled) -> Ref:
    """An ID number (and more) that the school has checked, the police confirmed, and the province has."""
    case, by = taken_up(world, NUMBER, *more), world.staff["reviewer"]
    world.at(world.clock.moment + timedelta(minutes=1))
    do(world, case, "pass_step", by, step(world, case, "check"))
    claims = tuple(claim.id for claim in world.case(case).claims)
    world.take(case, step(world, case, "letter"), claims, by, SEEN)
    do(world, case, "send", by, step(world, case, "province"), number="2024-3", sent_on=SEEN)
    return case


def last_acts(world: World, case: Ref, n: int) -> list[tuple[str, str]]:
    """The last done actions of a case, each with its role."""
    with world.place.store.reading() as session:
        told = [one.entry for one in timeline(session, case.id) if one.entry is not None]
    return [(one.action, one.role) for one in told[-n:]]


@holds("note_answer", "settle_what_is_denied")
def test_the_provinces_no_refuses_the_claim_and_closes_the_case_in_its_words(world: World) -> None:
    """Nobody at the school decides it once more: in one unit of work the claim is refused and the case closed."""
    case, by = with_the_province(world), "reviewer"
    student = world.student(world.case(case).record.id)
    late = PROVINCES_NO | {"received_on": SEEN - DAY}
    assert no(world, case, "receive", by, step(world, case, "province"), **late) == (
        "day_before_filing",
        "day_before_sending",
    )
    entry = do(world, case, "receive", by, step(world, case, "province"), **PROVINCES_NO)
    assert entry.codes == ("received_on:2024-10-25", "province:failed", "SFZH:refused", OUTSIDE)
    assert last_acts(world, case, 2) == [("receive", "reviewer"), ("reject", "system")]
    assert outcome(world, case) == {"SFZH": "refused"}
    row = world.row(case)
    assert (row.state, row.ruling, row.holder) == ("rejected", OUTSIDE, None)
    assert [words for entry, words in world.words(case) if entry.action in ("receive", "reject")] == [
        "与公安人口库不一致"
    ]
    other, own = world.staff["other_reviewer"], world.staff["reviewer"]
    assert world.may(case, "undo", other).codes == ("not_your_decision",)
    assert world.may(case, "undo", own).allowed
    world.do(case, "undo", own)
    assert (step(world, case, "province").outcome, outcome(world, case)) == ("", {"SFZH": ""})
    do(world, case, "receive", by, step(world, case, "province"), **PROVINCES_NO)
    world.at(world.clock.moment + timedelta(minutes=11))
    assert world.may(case, "disagree", student, words="请再看一看").allowed
    world.do(case, "reopen", world.staff["second_reviewer"], words="对方来文更正了答复")
    again = step(world, case, "province")
    assert (again.outcome, again.sent_on, outcome(world, case)) == ("", None, {"SFZH": ""})
    with world.place.store.reading() as session:
        assert compare(session) == []


@holds("settle_what_is_denied")
def test_what_the_province_refuses_leaves_the_rest_of_the_case_as_it_is(world: World) -> None:
    """The case is closed with its last claim, by the body's ground, and says both; open questions are moot then."""
    case, by = with_the_province(world, PHOTO), world.staff["second_reviewer"]
    ids = {claim.field: claim.id for claim in world.case(case).claims}
    do(world, case, "receive", "reviewer", step(world, case, "province"), **PROVINCES_NO)
    assert (world.case(case).state, outcome(world, case)) == (
        "under_review",
        {"SFZH": "refused", "PHOTO": ""},
    )
    world.settle(case, ids["PHOTO"], "corrected", by)
    assert world.may(case, "correct", by, words="照片已更正").allowed, (
        "its last claim was settled by a person"
    )

    other = with_the_province(world, PHOTO)
    ids = {claim.field: claim.id for claim in world.case(other).claims}
    world.do(other, "release", world.staff["reviewer"])
    world.settle(other, ids["PHOTO"], "corrected", by)
    asked = (QuestionAsked("explanation", "", "请说明情况"),)
    world.do(other, "ask", world.staff["reviewer"], questions=asked)
    do(world, other, "receive", "reviewer", step(world, other, "province"), **PROVINCES_NO)
    assert last_acts(world, other, 2) == [("receive", "reviewer"), ("correct", "system")]
    assert (world.case(other).state, outcome(world, other)) == (
        "corrected",
        {"SFZH": "refused", "PHOTO": "corrected"},
    )


@holds("answer_is_whole", "note_answer")
def test_a_body_that_wants_more_has_the_step_sent_once_more(world: World) -> None:
    """Its words are kept, nothing is settled, and it is the school's turn again; a letter wants nothing."""
    case, by = with_the_province(world), "reviewer"
    more = {"outcome": "more", "received_on": SEEN}
    province = step(world, case, "province")
    assert no(world, case, "receive", by, province, **more) == ("words_missing",)
    entry = do(world, case, "receive", by, province, words="请补交户籍证明", **more)
    assert entry.codes == ("received_on:2024-10-25", "province:more")
    assert (step(world, case, "province").sent_on, outcome(world, case)) == (None, {"SFZH": ""})
    assert waits_for(world, case) == ["province"]
    do(world, case, "send", by, step(world, case, "province"), number="2024-4", sent_on=SEEN)
    other = taken_up(world, NUMBER)
    do(world, other, "pass_step", by, step(world, other, "check"))
    letter = step(world, other, "letter")
    do(world, other, "send", by, letter, number="12", sent_on=SEEN)
    assert no(world, other, "receive", by, letter, words="请补交", **more) == ("answer_missing",)


@holds("step_can_end", "note_objection")
def test_a_public_notice_runs_its_days_and_objections_are_weighed(world: World) -> None:
    """It starts on the day it is published, cannot be passed before its last day is over, nor past an objection."""
    case = taken_up(world, SEX)
    do(world, case, "pass_step", "reviewer", step(world, case, "check"))
    notice, by = step(world, case, "public_notice"), "reviewer"
    assert no(world, case, "pass_step", by, notice) == ("step_not_sent",)
    world.at(world.clock.moment + 3 * DAY)
    do(world, case, "send", by, notice, sent_on=date(2024, 10, 28))
    assert step(world, case, "public_notice").due == date(2024, 11, 4), "five working days of its own"
    do(world, case, "object", by, notice, words="有人说材料是假的")
    assert step(world, case, "public_notice").objections == 1
    assert no(world, case, "pass_step", by, notice) == ("notice_still_runs", "words_missing")
    world.at(world.clock.moment + 8 * DAY)
    assert no(world, case, "pass_step", by, notice, words="已核实，异议不成立") == ()
    do(world, case, "pass_step", by, notice, words="已核实，异议不成立")
    assert waits_for(world, case) == ["platform"]


# -- seen -----------------------------------------------------------------------------------------------


@holds("seen_is_whole", "note_seen", "settle_what_is_seen")
def test_seen_on_the_platform_is_what_corrected_means(world: World) -> None:
    """The step is passed with the day, by whoever saw it, and the claim is corrected; no other way leads there."""
    case = taken_up(world, PHOTO)
    by = world.staff["second_reviewer"]
    world.at(world.clock.moment + timedelta(hours=1))
    do(world, case, "pass_step", by, step(world, case, "check", "registrar"))
    do(world, case, "pass_step", by, step(world, case, "check", "archive"))
    platform = step(world, case, "platform")
    assert no(world, case, "see", by, platform) == ("not_seen_on_platform",)
    assert no(world, case, "see", by, platform, seen_on=date(2024, 10, 26)) == ("seen_in_the_future",)
    assert no(world, case, "see", by, platform, seen_on=date(2024, 10, 24)) == ("seen_before_filing",)
    do(world, case, "send", by, platform, sent_on=SEEN)
    entry = do(world, case, "see", by, platform, seen_on=SEEN)
    assert entry.codes == ("platform:passed", "seen_on:2024-10-25", "PHOTO:corrected")
    assert outcome(world, case) == {"PHOTO": "corrected"}
    assert step(world, case, "platform").ended_by == by.person


@holds("base_is_known")
def test_a_value_that_moved_since_the_filing_is_looked_at_afresh(world: World) -> None:
    """Passing it needs the digest of what the record says now; refusing it does not."""
    case = taken_up(world, NAME)
    record, by = world.case(case).record.id, world.staff["reviewer"]
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(xm="测试乙"))
    check, claim = step(world, case, "check"), world.case(case).claims[0].id
    assert no(world, case, "pass_step", by, check) == ("base_moved",)
    assert no(world, case, "pass_step", by, check, base="guessed") == ("base_moved",)
    assert world.may(case, "settle", by, claim=claim, outcome="refused", **REFUSAL).allowed
    with world.place.store.reading() as session:
        facts = look_at_case(session, case.id)
        assert facts is not None
        moved, digest = Steps(world.place.cipher, world.place.entropy).moved(session, facts)
    assert moved == {claim: "测试乙"}
    do(world, case, "pass_step", by, check, base=digest)
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(xm=NAME.new))
    assert no(world, case, "pass_step", "other_reviewer", step(world, case, "approval")) == ()


# -- made anew ------------------------------------------------------------------------------------------


def rebuild(world: World, case: Ref, *claims: str) -> Change:
    """Rebuild the steps, as an act that changes claims or papers does."""
    change = Change()
    engine = world.place.engine
    with world.place.store.writing() as session:
        seen = read_case(session, case.id)
        assert seen is not None
        attempt = engine.attempt(session, seen, "settle", world.staff["reviewer"])
        Steps(world.place.cipher, world.place.entropy).rebuild(attempt, change, claims)
    return change


def test_a_claim_that_changed_passes_its_steps_again(world: World) -> None:
    """Its steps are void, passed or not, and made anew; those of the other claim stand."""
    case = taken_up(world, NAME, PHOTO)
    ids = {claim.field: claim.id for claim in world.case(case).claims}
    do(world, case, "pass_step", "reviewer", step(world, case, "check"))
    change = rebuild(world, case, ids["XM"])
    steps = world.case(case).steps
    of_name = [(one.kind, one.outcome) for one in steps if ids["XM"] in one.claims]
    of_photo = [(one.kind, one.outcome) for one in steps if ids["PHOTO"] in one.claims]
    assert sorted(of_name) == [
        ("approval", ""), ("approval", "void"), ("check", ""), ("check", "void"),
        ("platform", ""), ("platform", "void"),
    ]  # fmt: skip
    assert sorted(of_photo) == [("check", ""), ("check", "passed"), ("platform", "")]
    assert set(change.steps) == {one.id for one in steps if ids["XM"] in one.claims and not one.outcome}
    assert waits_for(world, case) == ["check", "check"]


def test_where_the_policy_cannot_answer_any_more_the_same_steps_are_made(world: World) -> None:
    """A record that lost a fact since is no reason to skip a step."""
    case = taken_up(world, NAME)
    before = kinds(world, case)
    with world.place.store.writing() as session:
        session.execute(update(Record).values(yjbyrq=None))
    rebuild(world, case, world.case(case).claims[0].id)
    assert [(k, o) for k, o, out in kinds(world, case) if out == ""] == [(k, o) for k, o, _ in before]


@holds("renew_steps")
def test_still_wrong_is_checked_and_seen_again(world: World) -> None:
    """What another body agreed to stands; the school's own checks and the platform are taken anew."""
    case = taken_up(world, NUMBER)
    world.settle_all(case, "corrected")
    world.do(case, "correct", world.staff["reviewer"], words="已更正")
    world.at(world.clock.moment + DAY)
    world.do(case, "dispute", world.student(world.case(case).record.id), words="还是错的")
    assert waits_for(world, case) == ["check"]
    open_ = [one.kind for one in world.case(case).steps if not one.outcome]
    assert open_ == ["check", "platform"]
    assert {one.kind for one in world.case(case).steps if one.outcome == "passed"} == {"letter", "province"}


@holds("void_steps", "restore_steps")
def test_undoing_a_decision_leaves_the_steps_as_they_were(world: World) -> None:
    """What the close made void is open again, and the refused claim can pass after all."""
    case = taken_up(world, NAME)
    before = [(one.id, one.outcome) for one in world.case(case).steps]
    world.settle_all(case, "refused")
    world.do(case, "reject", world.staff["reviewer"], **REFUSAL)
    assert {one.outcome for one in world.case(case).every_step} == {"void"}
    world.do(case, "undo", world.staff["reviewer"])
    assert [(one.id, one.outcome) for one in world.case(case).steps] == before
    check, claim = step(world, case, "check"), world.case(case).claims[0].id
    do(world, case, "pass_step", "reviewer", check, only=(claim,))
    assert outcome(world, case) == {"XM": ""} and waits_for(world, case) == ["approval"]


def test_a_whole_way_is_explained_by_its_history(world: World) -> None:
    """Letter, province, refusal of one and correction of the other: the entries fold to the row."""
    case = taken_up(world, NUMBER, PHOTO)
    ids = {claim.field: claim.id for claim in world.case(case).claims}
    by = world.staff["second_reviewer"]
    world.at(world.clock.moment + timedelta(hours=1))
    world.settle(case, ids["SFZH"], "corrected", by)
    world.settle(case, ids["PHOTO"], "refused", by)
    world.do(case, "correct", by, words="号码已更正，照片不予更换")
    tables = {name: binding.table for name, binding in world.place.engine.bindings.items()}
    with world.place.store.reading() as session:
        assert verify(session, tables, world.place.cipher).holds


def test_the_system_takes_no_step_but_what_a_file_shows(world: World) -> None:
    """A file that bears the value passes the platform's step, and what is still open keeps the claim open."""
    case = filed(world, NAME)
    platform = step(world, case, "platform")
    assert "not_your_role" in no(world, case, "pass_step", SYSTEM, step(world, case, "check"))
    do(world, case, "see", SYSTEM, platform, seen_on=SEEN)
    assert outcome(world, case) == {"XM": ""}
    world.do(case, "take_up", world.staff["reviewer"])
    do(world, case, "pass_step", "reviewer", step(world, case, "check"))
    world.do(case, "hold", world.staff["other_reviewer"])
    do(world, case, "pass_step", "other_reviewer", step(world, case, "approval"))
    assert outcome(world, case) == {"XM": "corrected"}
