"""What the policy is asked about beside a filing: confirming a check, disputing a decision, reopening a case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.laws import holds
from tests.workflow.cases.rules.driving import PLATFORM, driven, rule
from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.cases.tables import Case
from workflow.clock import SetClock
from workflow.engine import Ref
from workflow.people.cipher import Cipher
from workflow.store import Store

pytestmark = pytest.mark.one_database

NUMBER = ClaimFiled("XH", "school_data", "240199999")
Driven = Callable[..., World]


@pytest.fixture
def small(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> Driven:
    """The small school with some rules."""
    return lambda *rules: driven(store, cipher, clock, entropy, tmp_path, *rules)


@holds("policy_lets_confirm")
def test_a_confirmation_is_refused_until_the_rules_accept_it(small: Driven) -> None:
    """Who is not registered yet cannot confirm; the refusal names the day from which they can."""
    world = small(rule("registered", 'refuse = "WORD"', 'before = "registration"'))
    today = world.clock.moment.date()
    record = world.record(registered_on=today + timedelta(days=1))
    world.open_campaign()
    case, student = world.case_of(record), world.student(record)
    (reason,) = world.refused(case, "confirm", student).reasons
    assert (reason.rule, reason.until) == ("registered", (today + timedelta(days=1)).isoformat())
    world.clock.moment += timedelta(days=1)
    world.do(case, "confirm", student)
    assert world.case(case).confirmed_on == today + timedelta(days=1)


@holds("policy_lets_reopen")
def test_a_dispute_and_a_reopening_are_refused_by_the_rules_that_name_them(small: Driven) -> None:
    """Each rule bars what it names, of the fields that it names, and a rule without actions bars neither."""
    disputed = rule("disputed", 'refuse = "WORD"', 'field = ["XM"]', 'actions = ["dispute"]')
    reopened = rule("reopened", 'refuse = "WORD"', 'filed_by = ["second_reviewer"]', 'actions = ["reopen"]')
    closed = rule("closed", 'refuse = "WORD"', 'since = "graduation"')
    world = small(rule("shown", PLATFORM), disputed, reopened, closed)
    for claim, no_dispute in ((NAME, ["disputed"]), (NUMBER, [])):
        record = world.record(yjbyrq=date(2028, 7, 1))
        world.open_campaign()
        case = Ref("case", world.file(record, claim).subject)
        reviewer, second = world.staff["reviewer"], world.staff["second_reviewer"]
        world.do(case, "take_up", reviewer)
        world.settle_all(case, "corrected")
        if world.case(case).state == "under_review":
            world.do(case, "correct", reviewer, words="已更正")
        world.clock.moment += timedelta(days=1)
        said = [reason.rule for reason in world.may(case, "dispute", world.student(record)).reasons]
        assert said == no_dispute
        assert [reason.rule for reason in world.may(case, "reopen", second).reasons] == ["reopened"]


@holds("policy_lets_reopen")
def test_a_paper_that_a_dispute_requires_is_one_that_was_filed(small: Driven) -> None:
    """Who filed the paper that a rule requires of a dispute can dispute, and who filed another cannot."""
    required = rule("required", 'require = "police_paper", code = "WORD"', "", 'actions = ["dispute"]')
    world = small(rule("shown", PLATFORM), required)
    for kind, no_dispute in (("police_paper", []), ("id_card", ["required"])):
        record, reviewer = world.record(), world.staff["reviewer"]
        world.open_campaign()
        case = Ref("case", world.file(record, NAME, papers=(world.paper(record, kind),)).subject)
        world.do(case, "take_up", reviewer)
        world.settle_all(case, "corrected")
        if world.case(case).state == "under_review":
            world.do(case, "correct", reviewer, words="已更正")
        world.clock.moment += timedelta(hours=1)
        said = world.may(case, "dispute", world.student(record)).reasons
        assert [reason.rule for reason in said] == no_dispute


def test_what_a_case_corrected_itself_is_no_earlier_request(small: Driven) -> None:
    """A rule about earlier corrections bars the dispute of a second correction, and not that of the first."""
    earlier = rule("earlier", 'refuse = "WORD"', 'finished = ["XM"]', 'actions = ["dispute", "reopen"]')
    world = small(rule("shown", PLATFORM), earlier)
    record, second = world.record(), world.staff["second_reviewer"]
    world.open_campaign()
    for claim, barred in ((NAME, []), (ClaimFiled("XM", "admission_error", "测试乙"), ["earlier"])):
        case, reviewer = Ref("case", world.file(record, claim).subject), world.staff["reviewer"]
        world.do(case, "take_up", reviewer)
        world.settle_all(case, "corrected")
        if world.case(case).state == "under_review":
            world.do(case, "correct", reviewer, words="已更正")
        world.clock.moment += timedelta(hours=1)
        for action, by in (("dispute", world.student(record)), ("reopen", second)):
            assert [reason.rule for reason in world.may(case, action, by).reasons] == barred, action


def test_who_does_not_count_in_a_campaign_is_in_none(small: Driven) -> None:
    """A rule about the campaign holds for the student while they count, and not once they are left out."""
    world = small(rule("within", 'refuse = "WORD"', 'in_campaign = ["freshman"]'), rule("shown", PLATFORM))
    record = world.record()
    world.open_campaign()
    case, student = world.case_of(record), world.student(record)
    assert [reason.rule for reason in world.may(case, "confirm", student).reasons] == ["within"]
    world.do(case, "exclude", world.staff["registrar"], code="other", words="休学一年")
    assert "within" not in [reason.rule for reason in world.may(case, "confirm", student).reasons]
    assert world.file(record, NAME).action == "raise"


@holds("campaign_is_open", "campaign_takes_filings", "within_dispute_days")
def test_no_refusal_promises_a_filing_that_the_rules_refuse(small: Driven) -> None:
    """After the close, when deemed, and after the time to dispute the remedy is to see whether one can file."""
    world = small(rule("shown", PLATFORM), rule("closed", 'refuse = "WORD"', 'since = "registration"'))
    record, other = world.record(), world.record(registered_on=date(2024, 11, 1))
    world.open_campaign()
    case, silent = Ref("case", world.file(other, NAME, papers=()).subject), world.case_of(record)
    reviewer, student = world.staff["reviewer"], world.student(record)
    world.do(case, "take_up", reviewer)
    world.settle_all(case, "corrected")
    world.do(case, "correct", reviewer, words="已更正")
    with world.place.store.writing() as session:
        deemed = update(Case).where(Case.id == silent.id)
        session.execute(deemed.values(state="checked_ok", manner="deemed"))
    world.at(world.clock.moment + timedelta(days=40))
    said = {
        "campaign_is_past": world.may(silent, "confirm", student),
        "deemed_at_rest": world.may(silent, "raise", student, claims=(NAME,)),
        "dispute_is_late": world.may(case, "dispute", world.student(other)),
    }
    for code, verdict in said.items():
        (reason,) = [one for one in verdict.reasons if one.code == code]
        assert "请查看现在能否" in reason.remedy and "closed" in [
            one.rule for one in world.may(silent, "raise", student, claims=(NAME,)).reasons
        ]
