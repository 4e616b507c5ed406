"""Each guard of a case: what it bars, its words, and when it allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from tests.conftest import on
from tests.laws import holds
from tests.world import CAMPAIGN, NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.cases.tables import Campaign, Case
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.tables import EntryRow
from workflow.notices.tables import Notice
from workflow.people.accounts import give_role
from workflow.people.scopes import held
from workflow.records.tables import Record
from workflow.verdict import Reason

pytestmark = pytest.mark.one_database

SECOND = timedelta(seconds=1)
CLOSES = on(2024, 11, 7, 23, 59, 59)
OPENS = on(2024, 10, 23, 0, 0, 0)
LEFT = {"record": {"xjzt": "退学"}}


def bars(world: World, guard: str, case: Ref, action: str, by: Actor, **details: Any) -> Reason:
    """The one reason of a guard against an action. It must be a whole sentence with a remedy."""
    verdict = world.may(case, action, by, **details)
    (reason,) = [reason for reason in verdict.reasons if reason.rule.startswith(guard)]
    assert reason.says
    assert "{" not in reason.says
    assert reason.remedy
    return reason


def lets(world: World, guard: str, case: Ref, action: str, by: Actor, **details: Any) -> bool:
    """True when the guard has no reason against an action, whatever other guards say."""
    verdict = world.may(case, action, by, **details)
    return not any(reason.rule.startswith(guard) for reason in verdict.reasons)


def alter(world: World, record: str, **columns: Any) -> None:
    """Change a record as an import does."""
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == record).values(**columns))


def see_notices(world: World, case: Ref) -> None:
    """Mark the student's notices about a case as seen."""
    with world.place.store.writing() as session:
        session.execute(update(Notice).where(Notice.subject == case.id).values(seen_at=world.clock.moment))


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
def student(world: World, record: str) -> Actor:
    """The freshman."""
    return world.student(record)


@pytest.fixture
def reviewer(world: World) -> Actor:
    """Who works on cases here."""
    return world.staff["reviewer"]


@pytest.fixture
def in_review(world: World, record: str, case: Ref, reviewer: Actor) -> Ref:
    """The freshman's case with one claim, taken up by the reviewer."""
    world.file(record, NAME)
    world.do(case, "take_up", reviewer)
    return case


@pytest.fixture
def corrected(world: World, in_review: Ref, reviewer: Actor) -> Ref:
    """The case just after its decision: the name was corrected."""
    world.settle_all(in_review, "corrected")
    world.do(in_review, "correct", reviewer, words="已在平台更正")
    return in_review


# -- who ------------------------------------------------------------------------------------------------


@holds("holds_the_role")
def test_only_who_holds_the_role_acts_in_it(world: World, case: Ref) -> None:
    """A role that was never given bars, in words that name it; the holder passes."""
    auditor = world.staff["auditor"]
    reason = bars(world, "holds_the_role", case, "exclude", Actor(auditor.person, "registrar"))
    assert reason.code == "role_not_held"
    assert "学籍管理员" in reason.says
    assert lets(world, "holds_the_role", case, "exclude", world.staff["registrar"])


@holds("own_record", "speaks_for_the_student")
def test_a_student_acts_on_their_own_record_alone(world: World, case: Ref, student: Actor) -> None:
    """Another student, and a reviewer who calls themselves a student, are strangers who learn nothing."""
    other = world.student(world.record())
    for stranger in (other, Actor(world.staff["reviewer"].person, "student")):
        for guard, action in (("speaks_for_the_student", "raise"), ("own_record", "withdraw")):
            reason = bars(world, guard, case, action, stranger)
            assert reason.code == "not_your_record"
            assert reason.stranger
            assert reason.facts == {}
    assert lets(world, "speaks_for_the_student", case, "raise", student)
    assert lets(world, "own_record", case, "withdraw", student)


@holds("not_own_case")
def test_nobody_works_on_a_case_about_themselves(world: World, record: str, case: Ref) -> None:
    """A reviewer who is also the student is barred from every step of it; other reviewers are not."""
    world.file(record, NAME)
    student = world.student(record)
    with world.place.store.writing() as session:
        give_role(
            session, student.person, held("reviewer"), SYSTEM.person, world.clock.moment, world.place.entropy
        )
    self_made = Actor(student.person, "reviewer")
    for action in ("take_up", "settle", "hold", "correct", "reject"):
        assert bars(world, "not_own_case", case, action, self_made).code == "own_case"
    assert lets(world, "not_own_case", case, "take_up", world.staff["reviewer"])


@holds("not_held_by_another")
def test_a_case_in_somebodys_hands_is_left_alone_until_the_hold_ends(world: World, in_review: Ref) -> None:
    """Half an hour belongs to who took it up, to the second; then anybody may go on."""
    other, until = world.staff["other_reviewer"], world.clock.moment + timedelta(minutes=30)
    reason = bars(world, "not_held_by_another", in_review, "settle", other)
    assert reason.code == "held_by_another"
    assert "10:30" in reason.says
    assert reason.until == until.isoformat()
    assert lets(world, "not_held_by_another", in_review, "settle", world.staff["reviewer"])
    world.at(until - SECOND)
    assert not lets(world, "not_held_by_another", in_review, "settle", other)
    world.at(until)
    assert lets(world, "not_held_by_another", in_review, "settle", other)


@holds("held_by_me")
def test_only_the_holder_puts_a_case_back(world: World, in_review: Ref, reviewer: Actor) -> None:
    """Nobody releases what another holds, nor what nobody holds."""
    other = world.staff["other_reviewer"]
    assert bars(world, "held_by_me", in_review, "release", other).code == "not_held_by_you"
    assert lets(world, "held_by_me", in_review, "release", reviewer)
    world.do(in_review, "release", reviewer)
    assert not lets(world, "held_by_me", in_review, "release", reviewer)


# -- the campaign ---------------------------------------------------------------------------------------


def birth(world: World, record: str, campaign: str | None) -> dict[str, Any]:
    """The details for opening a case for a record."""
    return {"record": record, "campaign": campaign}


@holds("campaign_is_running")
def test_cases_are_opened_while_a_campaign_runs(world: World, record: str) -> None:
    """To its last second and no longer; a case of its own needs no campaign."""
    campaign, late = world.case(world.case_of(record)).campaign, world.record()
    assert campaign is not None
    opening = birth(world, late, campaign.id)
    world.at(CLOSES)
    assert lets(world, "campaign_is_running", Ref("case"), "open", SYSTEM, **opening)
    world.at(CLOSES + SECOND)
    reason = bars(world, "campaign_is_running", Ref("case"), "open", SYSTEM, **opening)
    assert reason.code == "campaign_not_open"
    assert lets(world, "campaign_is_running", Ref("case"), "open", SYSTEM, **birth(world, late, None))


@holds("campaign_is_running")
def test_a_campaign_that_was_not_started_has_no_cases(world: World) -> None:
    """A draft opens nothing, even within its days."""
    plan = world.place.school.campaigns[0]
    draft = world.do(Ref("campaign"), "draft", world.staff["registrar"], plan=plan)
    opening = birth(world, world.record(), draft.subject)
    assert not lets(world, "campaign_is_running", Ref("case"), "open", SYSTEM, **opening)


@holds("in_the_cohort")
def test_a_campaigns_case_is_for_its_cohort(world: World, record: str) -> None:
    """Entry year, level and status must all fit; a case of its own asks for none of them."""
    campaign = world.case(world.case_of(record)).campaign
    assert campaign is not None
    for outside in (
        world.record(rxrq=date(2023, 9, 15)),
        world.record(cc="专科"),
        world.record(xjzt="退学"),
        world.record(rxrq=None),
    ):
        opening = birth(world, outside, campaign.id)
        assert bars(world, "in_the_cohort", Ref("case"), "open", SYSTEM, **opening).code == "not_in_cohort"
        assert lets(world, "in_the_cohort", Ref("case"), "open", SYSTEM, **birth(world, outside, None))
    inside = birth(world, world.record(cc="专升本"), campaign.id)
    assert lets(world, "in_the_cohort", Ref("case"), "open", SYSTEM, **inside)


@holds("no_case_yet")
def test_a_record_has_one_case_in_a_campaign(world: World, record: str) -> None:
    """A second one is refused; cases of their own may be several."""
    campaign = world.case(world.case_of(record)).campaign
    assert campaign is not None
    again = birth(world, record, campaign.id)
    assert bars(world, "no_case_yet", Ref("case"), "open", SYSTEM, **again).code == "case_exists"
    assert lets(world, "no_case_yet", Ref("case"), "open", SYSTEM, **birth(world, record, None))
    assert lets(
        world, "no_case_yet", Ref("case"), "open", SYSTEM, **birth(world, world.record(), campaign.id)
    )


@holds("campaign_is_open")
@pytest.mark.parametrize(
    ("at", "code", "day"),
    [
        (OPENS - SECOND, "campaign_not_begun", "2024-10-23"),
        (OPENS, None, ""),
        (CLOSES, None, ""),
        (CLOSES + SECOND, "campaign_is_past", "2024-11-07 23:59:59"),
    ],
)
def test_both_ends_belong_to_the_window(
    world: World, case: Ref, student: Actor, at: datetime, code: str | None, day: str
) -> None:
    """The first and the last second are inside; beyond them the words name the day."""
    world.at(at)
    if code is None:
        assert lets(world, "campaign_is_open", case, "confirm", student)
        return
    reason = bars(world, "campaign_is_open", case, "confirm", student)
    assert reason.code == code
    assert day in reason.says


@holds("campaign_is_open")
def test_a_campaign_that_is_not_open_takes_no_answers(world: World, case: Ref, student: Actor) -> None:
    """Within its days a cancelled campaign is named by its state; a case of its own has nothing to confirm."""
    campaign = world.case(case).campaign
    assert campaign is not None
    world.do(Ref("campaign", campaign.id), "cancel", world.staff["registrar"], words="重新安排")
    reason = bars(world, "campaign_is_open", case, "confirm", student)
    assert reason.code == "campaign_not_open"
    assert "已取消" in reason.says
    own = Ref("case", world.do(Ref("case"), "open", SYSTEM, **birth(world, world.record(), None)).subject)
    owner = world.student(world.case(own).record.id)
    assert bars(world, "campaign_is_open", own, "confirm", owner).code == "no_campaign"


@holds("campaign_takes_filings")
def test_a_campaigns_case_takes_filings_while_it_is_open(world: World, case: Ref, student: Actor) -> None:
    """After the close the campaign's case takes none; a case of its own takes them at any time."""
    assert lets(world, "campaign_takes_filings", case, "raise", student)
    own = Ref("case", world.do(Ref("case"), "open", SYSTEM, **birth(world, world.record(), None)).subject)
    world.at(CLOSES + SECOND)
    assert bars(world, "campaign_takes_filings", case, "raise", student).code == "campaign_is_past"
    owner = world.student(world.case(own).record.id)
    assert lets(world, "campaign_takes_filings", own, "raise", owner)


@holds("campaign_takes_filings")
def test_a_deemed_case_is_at_rest(world: World, case: Ref, student: Actor) -> None:
    """Who was deemed correct files anew, in a case of its own; the deemed one takes nothing more."""
    with world.place.store.writing() as session:
        session.execute(update(Case).where(Case.id == case.id).values(manner="deemed", state="checked_ok"))
    assert bars(world, "campaign_takes_filings", case, "raise", student).code == "deemed_at_rest"


@holds("campaign_is_over")
def test_silence_is_asked_after_the_last_second(world: World, case: Ref) -> None:
    """During the window nobody is deemed anything; a case without a campaign never is."""
    world.at(CLOSES)
    reason = bars(world, "campaign_is_over", case, "deem", SYSTEM)
    assert reason.code == "campaign_not_over"
    assert "2024-11-07 23:59:59" in reason.says
    world.at(CLOSES + SECOND)
    assert lets(world, "campaign_is_over", case, "deem", SYSTEM)
    own = Ref("case", world.do(Ref("case"), "open", SYSTEM, **birth(world, world.record(), None)).subject)
    assert not lets(world, "campaign_is_over", own, "deem", SYSTEM)


@holds("policy_deems")
def test_silence_means_something_only_by_the_schools_rules(world: World, case: Ref) -> None:
    """In the freshmen's check silence means nothing; in a final check it does."""
    assert bars(world, "policy_deems", case, "deem", SYSTEM).code == "silence_means_nothing"
    with world.place.store.writing() as session:
        session.execute(update(Campaign).where(Campaign.plan == CAMPAIGN).values(kind="final"))
    assert lets(world, "policy_deems", case, "deem", SYSTEM)


@holds("was_told")
def test_silence_is_only_silence_when_the_student_was_told(world: World, case: Ref) -> None:
    """A notice that lies in the outbox told nobody; one that the student saw did."""
    assert bars(world, "was_told", case, "deem", SYSTEM).code == "never_told"
    see_notices(world, case)
    assert lets(world, "was_told", case, "deem", SYSTEM)
    with world.place.store.writing() as session:
        session.execute(delete(Notice).where(Notice.subject == case.id))
    assert not lets(world, "was_told", case, "deem", SYSTEM)


@holds("not_excluded", "is_excluded")
def test_an_excluded_case_answers_nothing(world: World, case: Ref, student: Actor) -> None:
    """Excluded twice and included twice are refused; an excluded student cannot confirm or be deemed."""
    registrar = world.staff["registrar"]
    assert bars(world, "is_excluded", case, "include", registrar).code == "is_included"
    assert lets(world, "not_excluded", case, "confirm", student)
    world.do(case, "exclude", registrar, words="参军入伍", code="retained")
    for action, by in (("confirm", student), ("deem", SYSTEM), ("exclude", registrar)):
        assert bars(world, "not_excluded", case, action, by).code == "is_excluded"
    assert lets(world, "is_excluded", case, "include", registrar)


# -- the rules of the school ----------------------------------------------------------------------------


@holds("still_enrolled")
@pytest.mark.parametrize("status", ["退学", "毕业", "保留入学资格", "没听说过"])
def test_who_left_answers_nothing(world: World, record: str, case: Ref, student: Actor, status: str) -> None:
    """Who has no 学籍 can neither confirm nor be deemed, and reads the status that bars them."""
    alter(world, record, xjzt=status)
    for action, by in (("confirm", student), ("deem", SYSTEM)):
        reason = bars(world, "still_enrolled", case, action, by)
        assert reason.code == "not_enrolled"
        assert status in reason.says


@holds("still_enrolled")
@pytest.mark.parametrize("status", ["注册学籍", "休学", "保留学籍", "暂缓注册"])
def test_who_is_enrolled_answers_whatever_the_kind(
    world: World, record: str, case: Ref, student: Actor, status: str
) -> None:
    """Leave of absence, military service and deferred registration are still 在籍."""
    alter(world, record, xjzt=status)
    assert lets(world, "still_enrolled", case, "confirm", student)


@holds("policy_lets_file")
def test_the_schools_filing_rule_is_asked_before_the_form(
    world: World, record: str, case: Ref, student: Actor
) -> None:
    """What the policy refuses is refused with the policy's own rule, words, source and remedy."""
    assert lets(world, "filing.", case, "raise", student)
    alter(world, record, xjzt="退学")
    reason = bars(world, "filing.", case, "raise", student)
    assert reason.code == "LEFT"
    assert reason.rule == "filing.left"
    assert "退学" in reason.says
    assert reason.source
    assert reason.template_en
    assert reason.remedy_en


@holds("policy_lets_file")
def test_a_record_that_lacks_what_a_rule_needs_is_a_reason(
    world: World, record: str, case: Ref, student: Actor
) -> None:
    """Without an expected graduation date nobody guesses: filing is refused, and the words say why."""
    alter(world, record, yjbyrq=None)
    reason = bars(world, "policy_lets_file", case, "raise", student)
    assert reason.code == "record_incomplete"
    assert "学籍管理部门" in reason.remedy


@holds("degree_not_registered")
def test_after_degree_registration_nothing_is_taken_up_again(
    world: World, record: str, corrected: Ref, student: Actor
) -> None:
    """From the day of registration on, not before it, and the words name the day."""
    tries = (("reopen", world.staff["second_reviewer"]), ("dispute", student))
    alter(world, record, degree_registered_on=date(2024, 10, 26))
    for action, by in tries:
        assert lets(world, "degree_not_registered", corrected, action, by)
    world.at(on(2024, 10, 26, 0))
    for action, by in tries:
        reason = bars(world, "degree_not_registered", corrected, action, by)
        assert reason.code == "degree_registered"
        assert "2024-10-26" in reason.says


@holds("degree_not_registered")
def test_after_degree_registration_no_reviewer_changes_anything(
    world: World, record: str, in_review: Ref, reviewer: Actor
) -> None:
    """Neither settling nor correcting; only the system may carry out what was settled before."""
    world.settle_all(in_review, "corrected")
    alter(world, record, degree_registered_on=date(2024, 10, 25))
    for action in ("settle", "correct"):
        assert bars(world, "degree_not_registered", in_review, action, reviewer).code == "degree_registered"
    assert lets(world, "degree_not_registered", in_review, "correct", SYSTEM)


# -- claims ---------------------------------------------------------------------------------------------


@holds("nothing_settled")
def test_a_filing_can_be_taken_back_until_something_is_settled(
    world: World, in_review: Ref, student: Actor
) -> None:
    """A case under review may be withdrawn; once the first claim has its outcome it may not."""
    assert lets(world, "nothing_settled", in_review, "withdraw", student)
    world.settle_all(in_review, "refused")
    assert bars(world, "nothing_settled", in_review, "withdraw", student).code == "already_settled"


@holds("nothing_settled")
@pytest.mark.parametrize("again", ["dispute", "reopen"])
def test_a_case_that_was_decided_once_is_not_taken_back(
    world: World, corrected: Ref, student: Actor, again: str
) -> None:
    """Its claims stand open again, yet they were settled: withdrawing would leave a correction nobody judges."""
    world.at(world.clock.moment + timedelta(hours=1))
    world.do(
        corrected, again, student if again == "dispute" else world.staff["second_reviewer"], words="有疑"
    )
    assert bars(world, "nothing_settled", corrected, "withdraw", student).code == "already_settled"


@holds("nothing_settled")
def test_a_new_filing_in_the_same_case_may_be_taken_back_again(
    world: World, record: str, in_review: Ref, student: Actor
) -> None:
    """Only what was settled since the last filing counts; nothing was."""
    world.do(in_review, "withdraw", student)
    world.file(record, NAME)
    assert lets(world, "nothing_settled", in_review, "withdraw", student)


@holds("every_claim_settled")
def test_a_case_is_closed_when_each_claim_has_its_outcome(
    world: World, record: str, case: Ref, reviewer: Actor
) -> None:
    """The words name the fields that still wait."""
    world.file(record, NAME, ClaimFiled("XH", "school_data", "240199999"))
    world.do(case, "take_up", reviewer)
    first, _ = world.case(case).claims
    world.settle(case, first.id, "corrected")
    for action in ("correct", "reject"):
        reason = bars(world, "every_claim_settled", case, action, reviewer)
        assert reason.code == "claims_unsettled"
        assert ("学号" in reason.says) == (first.field == "XM")
        assert ("姓名" in reason.says) == (first.field == "XH")
    world.settle_all(case, "refused")
    assert lets(world, "every_claim_settled", case, "reject", reviewer)


@holds("some_claim_corrected", "no_claim_corrected")
@pytest.mark.parametrize(
    ("outcome", "barred", "code"),
    [
        ("corrected", "reject", "something_corrected"),
        ("refused", "correct", "nothing_corrected"),
        ("already_right", "correct", "nothing_corrected"),
    ],
)
def test_corrected_and_not_corrected_are_never_mixed_up(
    world: World, in_review: Ref, reviewer: Actor, outcome: str, barred: str, code: str
) -> None:
    """Where something was corrected the case cannot end as not corrected, nor the other way round."""
    world.settle_all(in_review, outcome)
    guards = {"reject": "no_claim_corrected", "correct": "some_claim_corrected"}
    assert bars(world, guards[barred], in_review, barred, reviewer).code == code
    (other,) = guards.keys() - {barred}
    assert lets(world, guards[other], in_review, other, reviewer)


@holds("has_cause_to_lapse", "no_claim_corrected")
def test_a_case_lapses_only_for_a_cause(world: World, record: str, in_review: Ref) -> None:
    """Leaving the school or a registered degree is one; being still here, or a status nobody knows, is none."""
    assert bars(world, "has_cause_to_lapse", in_review, "lapse", SYSTEM).code == "no_cause_to_lapse"
    alter(world, record, degree_registered_on=date(2024, 10, 25))
    assert lets(world, "has_cause_to_lapse", in_review, "lapse", SYSTEM)
    alter(world, record, degree_registered_on=None, xjzt="退学")
    assert lets(world, "has_cause_to_lapse", in_review, "lapse", SYSTEM)
    alter(world, record, xjzt="没听说过")
    assert not lets(world, "has_cause_to_lapse", in_review, "lapse", SYSTEM)
    alter(world, record, xjzt="退学")
    assert bars(world, "some_claim_corrected", in_review, "lapse_rest", SYSTEM).code == "nothing_corrected"
    world.settle_all(in_review, "corrected")
    assert lets(world, "some_claim_corrected", in_review, "lapse_rest", SYSTEM)
    assert bars(world, "no_claim_corrected", in_review, "lapse", SYSTEM).code == "something_corrected"


@holds("no_newer_claim")
def test_a_decision_stands_while_a_newer_claim_on_the_field_is_open(
    world: World, record: str, corrected: Ref, student: Actor, reviewer: Actor
) -> None:
    """Neither dispute nor reopening nor undoing may reach past it; a claim on another field is no obstacle."""
    tries = (("dispute", student), ("reopen", world.staff["second_reviewer"]), ("undo", reviewer))
    world.file(record, ClaimFiled("XH", "school_data", "240199999"))
    for action, by in tries:
        assert lets(world, "no_newer_claim", corrected, action, by)
    world.file(record, replace(NAME, new="测试乙"))
    for action, by in tries:
        reason = bars(world, "no_newer_claim", corrected, action, by)
        assert reason.code == "newer_claim_open"
        assert "2024-10-25" in reason.says


# -- after the decision ---------------------------------------------------------------------------------


@holds("decision_is_announced")
def test_what_was_not_yet_announced_cannot_be_disputed(world: World, corrected: Ref, student: Actor) -> None:
    """While the decision can still be undone nobody has been told of it; from the tenth minute on they have."""
    announced = world.clock.moment + timedelta(minutes=10)
    reason = bars(world, "decision_is_announced", corrected, "dispute", student)
    assert reason.code == "not_announced"
    assert reason.until == announced.isoformat()
    world.at(announced - SECOND)
    assert not lets(world, "decision_is_announced", corrected, "dispute", student)
    world.at(announced)
    assert lets(world, "decision_is_announced", corrected, "dispute", student)


@holds("within_dispute_days")
def test_still_wrong_can_be_said_for_thirty_days(world: World, corrected: Ref, student: Actor) -> None:
    """To the second; afterwards the words say until when, and that a new filing is possible."""
    decided = world.clock.moment
    world.at(decided + timedelta(days=30))
    assert lets(world, "within_dispute_days", corrected, "dispute", student)
    world.at(decided + timedelta(days=30) + SECOND)
    reason = bars(world, "within_dispute_days", corrected, "dispute", student)
    assert reason.code == "dispute_is_late"
    assert "2024-11-24" in reason.says


@holds("within_dispute_days")
def test_what_was_not_decided_cannot_be_disputed(world: World, in_review: Ref, student: Actor) -> None:
    """There is nothing to say "still wrong" to before the decision."""
    assert bars(world, "within_dispute_days", in_review, "dispute", student).code == "not_decided"


@holds("own_recent_decision")
def test_only_who_decided_takes_a_decision_back(world: World, corrected: Ref, reviewer: Actor) -> None:
    """Another reviewer is told whose it is not, and the decider is not held up."""
    other = world.staff["other_reviewer"]
    assert bars(world, "own_recent_decision", corrected, "undo", other).code == "not_your_decision"
    assert lets(world, "own_recent_decision", corrected, "undo", reviewer)


@holds("own_recent_decision", "decision_still_held_back")
def test_a_decision_is_taken_back_within_ten_minutes_or_not_at_all(
    world: World, corrected: Ref, reviewer: Actor
) -> None:
    """As long as the notice waits; from the moment it may leave the decision stands."""
    decided = world.clock.moment
    world.at(decided + timedelta(minutes=10) - SECOND)
    assert world.may(corrected, "undo", reviewer).allowed
    world.at(decided + timedelta(minutes=10))
    assert bars(world, "decision_still_held_back", corrected, "undo", reviewer).code == "student_was_told"
    world.at(decided + timedelta(minutes=10) + SECOND)
    reason = bars(world, "own_recent_decision", corrected, "undo", reviewer)
    assert reason.code == "undo_is_late"
    assert "10:10" in reason.says


@holds("decision_still_held_back")
def test_what_a_student_has_seen_cannot_be_made_unsaid(world: World, corrected: Ref, reviewer: Actor) -> None:
    """If the student knows, however early, the decision stands."""
    assert lets(world, "decision_still_held_back", corrected, "undo", reviewer)
    see_notices(world, corrected)
    reason = bars(world, "decision_still_held_back", corrected, "undo", reviewer)
    assert reason.code == "student_was_told"


def test_asking_a_guard_changes_nothing(world: World, corrected: Ref, student: Actor) -> None:
    """All guards of all actions may be asked any number of times without leaving a trace."""
    with world.place.store.reading() as session:
        before = session.query(EntryRow).count()
    for action in ("dispute", "reopen", "undo", "confirm", "raise", "withdraw", "lapse", "deem"):
        for by in (student, SYSTEM, *world.staff.values()):
            world.may(corrected, action, by)
    with world.place.store.reading() as session:
        assert session.query(EntryRow).count() == before
