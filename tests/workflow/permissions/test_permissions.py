"""Acts of the registrar on one student: longer time, a check opened again, corrections frozen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from states.permission import PERMISSION
from tests.conftest import on
from tests.laws import holds
from tests.world import NAME, World
from workflow.campaigns.closing import GIVEN_TIME, close_campaign, unchecked
from workflow.campaigns.progress.board import board
from workflow.campaigns.progress.bulletin import publish, rebuild
from workflow.campaigns.progress.numbers import board_at
from workflow.campaigns.tables import BulletinRow
from workflow.cases.facts import CaseFacts
from workflow.cases.filing.target import current_case, target_of
from workflow.cases.load import look_at_case
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.rules import Rules, question
from workflow.cases.tables import Question
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.entry import Entry
from workflow.history.replay import verify
from workflow.history.tables import EntryRow
from workflow.notices.tables import Notice
from workflow.people.accounts import give_role
from workflow.people.scopes import held
from workflow.permissions.granting import (
    grant,
    past_permissions,
    permissions_in_force,
    permissions_of,
)
from workflow.permissions.scheduled import run_scheduled
from workflow.permissions.tables import Permission
from workflow.records.tables import Record
from workflow.verdict import Refused, Verdict

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
WORDS = "因病住院，校医院证明"
LAST_SECOND = on(2024, 11, 7, 23, 59, 59)


def _ahead(world: World, kind: str) -> datetime:
    """Nine days ahead; an extension goes beyond the end of a freshman's last check."""
    return on(2028, 6, 1) if kind == "extend" else world.clock.moment + 9 * DAY


def granted(world: World, record: str, kind: str, until: datetime | None = None, **said: Any) -> Ref:
    """A permission of a kind, by default for nine days."""
    by = said.pop("by", world.staff["registrar"])
    asked = {"campaign": "", "until": until or _ahead(world, kind), "words": WORDS} | said
    with world.place.store.writing() as session:
        entry = grant(world.place.engine, session, by, record=record, kind=kind, **asked)
    return Ref(PERMISSION.name, entry.subject)


def no_grant(world: World, record: str, kind: str, until: datetime | None = None, **said: Any) -> Verdict:
    """The refusal of a grant that must be refused."""
    with pytest.raises(Refused) as no:
        granted(world, record, kind, until, **said)
    return no.value.verdict


def row(world: World, permission: Ref) -> Permission:
    with world.place.store.reading() as session:
        found = session.get_one(Permission, permission.id)
        session.expunge(found)
        return found


def told(world: World, record: str) -> list[str]:
    """The events told to a student about permissions, in their order."""
    with world.place.store.reading() as session:
        asked = select(Notice.event).join(Permission, Permission.id == Notice.subject)
        return list(session.scalars(asked.where(Notice.record_id == record).order_by(Notice.owed_at)))


def proves(world: World) -> None:
    """The history of everything holds."""
    with world.place.store.reading() as session:
        tables = {name: one.table for name, one in world.place.engine.bindings.items()}
        proof = verify(session, tables, world.place.cipher)
    assert proof.holds, proof.faults


def over(world: World, *, silence_counts: bool = False) -> tuple[str, str, Ref]:
    """A student who was silent in the freshmen's check, which is closed: the record, campaign and case."""
    record = world.record()
    campaign = world.open_campaign()
    case = world.case_of(record)
    world.at(LAST_SECOND + SECOND)
    close_campaign(world.place.engine, world.place.store, campaign, SYSTEM)
    return record, campaign, case


# -- granting, taking back, ending ----------------------------------------------------------------------


@holds(
    "none_of_its_kind", "end_is_ahead", "permission_is_known", "reason_given", "not_for_oneself",
    "keep_permission", "tell_granted", "check_can_be_opened",
)  # fmt: skip
def test_a_permission_needs_a_kind_an_end_ahead_a_reason_and_nobody_grants_it_to_themselves(
    world: World,
) -> None:
    """What is granted stands in the history with its kind and end, and its reason sealed; the student is told once."""
    record = world.record()
    now, until = world.clock.moment, on(2028, 6, 1)
    assert set(no_grant(world, record, "nonsense", now, words=" ").codes) == {
        "permission_unknown", "end_is_past", "words_missing",
    }  # fmt: skip
    assert no_grant(world, record, "extend", words="字" * 501).codes == ("words_too_long",)
    assert no_grant(world, record, "open").codes == ("no_such_check",)
    given = granted(world, record, "extend", until)
    found = row(world, given)
    assert (found.state, found.kind, found.until, found.campaign_id) == (
        "granted",
        "extend",
        until,
        None,
    )
    with world.place.store.reading() as session:
        body = session.scalars(select(EntryRow.body).where(EntryRow.subject == given.id)).one()
        (live,) = permissions_in_force(session)
        (line,) = permissions_of(session, world.place.cipher, record)
    entry = Entry.from_body(body)
    assert entry.codes == ("about:extend", f"until:{until.isoformat()}") and WORDS.encode() not in body
    assert (line.id, line.reasons) == (live.id, (WORDS,)) and not live.reasons and live.stands(now)
    assert told(world, record) == ["time_extended"]
    assert no_grant(world, record, "extend").codes == ("permission_stands",)
    granted(world, record, "freeze")
    oneself = world.student(record)
    with world.place.store.writing() as session:
        by = SYSTEM.person, world.clock.moment, world.place.entropy
        give_role(session, oneself.person, held("registrar"), *by)
    mine = Actor(oneself.person, "registrar")
    assert "own_permission" in no_grant(world, record, "open", by=mine).codes
    assert world.refused(given, "take_back", mine, words=WORDS).codes == ("own_permission",)
    proves(world)


@holds("end_has_come", "end_permission", "keep_reason", "tell_taken_back", "tell_ended", "serves_once")
def test_a_permission_ends_after_its_last_second_or_is_taken_back_with_a_reason(world: World) -> None:
    """A late round prolongs nothing, one past its end makes room for the next, and only a freeze's end is news."""
    record, until = world.record(), on(2028, 6, 1)
    given, freeze = granted(world, record, "extend", until), granted(world, record, "freeze", until)
    assert world.refused(given, "end", SYSTEM).codes == ("end_not_come",)
    assert world.refused(given, "use_up", SYSTEM).codes == ("serves_until_its_end",)
    assert world.refused(given, "take_back", world.staff["registrar"], words="").codes == ("words_missing",)
    world.at(until)
    assert run_scheduled(world.place.engine, world.place.store) == 0
    world.at(until + SECOND)
    again = granted(world, record, "extend", until + DAY)
    assert (row(world, given).state, row(world, given).ended_at) == ("ended", world.clock.moment)
    assert run_scheduled(world.place.engine, world.place.store) == 1
    assert run_scheduled(world.place.engine, world.place.store) == 0
    assert row(world, freeze).state == "ended"
    world.do(again, "take_back", world.staff["registrar"], words="已提前出院")
    assert told(world, record)[:2] == ["time_extended", "claims_frozen"]
    assert sorted(told(world, record)[2:]) == ["claims_unfrozen", "time_extended", "time_taken_back"]
    with world.place.store.reading() as session:
        lines = permissions_of(session, world.place.cipher, record)
        assert {one.id for one in past_permissions(session)} == {one.id for one in lines}
    assert {one.reasons for one in lines if one.id == again.id} == {(WORDS, "已提前出院")}
    proves(world)


def test_of_two_registrars_at_once_one_grants(world: World) -> None:
    """The second meets the first in the database and is refused in words; one notice is owed."""
    record = world.record()

    def once(_n: int) -> str:
        try:
            return granted(world, record, "freeze").id
        except Refused as no:
            return no.verdict.codes[0]

    with ThreadPoolExecutor(2) as both:
        first, second = sorted(both.map(once, range(2)), key=len)
    assert first in ("permission_stands", "permission_stands_now") and len(second) == 32
    assert told(world, record) == ["claims_frozen"]


# -- a check opened again -------------------------------------------------------------------------------


@holds("use_up_opening", "not_answered_yet", "campaign_is_open", "serves_once")
@pytest.mark.one_database
def test_a_closed_check_opened_again_takes_one_answer_and_numbers_stay_honest(world: World) -> None:
    """What was published stays as it was, the history and the tables agree on the answer, and the next is refused."""
    record, campaign, case = over(world)
    engine, store, student = world.place.engine, world.place.store, world.student(record)
    assert world.may(case, "confirm", student).codes == ("campaign_is_past",)
    given = granted(world, record, "open", campaign=campaign)
    assert no_grant(world, record, "open", campaign=campaign).codes[0] == "permission_stands"
    closed_at = world.clock.moment
    world.at(closed_at + timedelta(minutes=2))
    with store.writing() as session:
        publish(engine, session, campaign, world.staff["registrar"], closed_at.date(), closed_at)
    with store.reading() as session:
        current = current_case(session, record, world.clock.moment)
        assert current is not None and current.id == case.id
    world.do(case, "confirm", student)
    assert world.case(case).manner == "confirmed" and row(world, given).state == "used_up"
    assert world.may(case, "confirm", student).codes == ("answered_already", "campaign_is_past")
    assert told(world, record) == ["check_opened"]
    with store.reading() as session:
        now, then = board(session, campaign, "fy"), board_at(session, campaign, closed_at)
        assert now.total.numbers == board_at(session, campaign, world.clock.moment).total.numbers
        assert (now.total.numbers["checked_ok"], then.total.numbers["not_checked"]) == (1, 1)
        published = session.scalars(select(BulletinRow)).one()
        assert rebuild(session, published.id) == published.digest
    proves(world)


@holds("campaign_takes_filings", "no_time_given")
def test_a_deemed_check_opened_again_can_be_confirmed_or_claimed_and_counts_as_that(
    final_world: World,
) -> None:
    """From deemed it becomes confirmed, in tables and history alike; a filing goes into that same case."""
    world = final_world
    first, second, third, fourth = (world.record() for _ in range(4))
    campaign = world.open_campaign("final-2028")
    with world.place.store.writing() as session:
        session.execute(update(Notice).values(seen_at=world.clock.moment))
    granted(world, third, "extend", on(2028, 5, 9))
    world.at(on(2028, 5, 1, 0))
    assert world.refused(world.case_of(third), "deem", SYSTEM).codes == ("time_was_given",)
    assert world.may(world.case_of(fourth), "deem", SYSTEM).allowed
    assert close_campaign(world.place.engine, world.place.store, campaign, SYSTEM).deemed == 3
    with world.place.store.reading() as session:
        (left,) = unchecked(session, Rules(world.place.school), campaign)
        assert left.why == GIVEN_TIME
    cases = [world.case_of(one) for one in (first, second)]
    assert world.case(cases[1]).manner == "deemed"
    assert "deemed_at_rest" in world.may(cases[1], "raise", world.student(second)).codes
    for one in (first, second):
        granted(world, one, "open", campaign=campaign)
    world.do(cases[0], "confirm", world.student(first))
    with world.place.store.reading() as session:
        numbers = board(session, campaign, "fy").total.numbers
        assert numbers == board_at(session, campaign, world.clock.moment).total.numbers
        assert (numbers["checked_ok"], numbers["deemed"], numbers["not_checked"]) == (1, 2, 1)
        assert target_of(session, second, world.clock.moment).case == cases[1].id
    assert "deemed_at_rest" not in world.may(cases[1], "raise", world.student(second)).codes
    proves(world)


@holds("check_can_be_opened", "use_up_opening")
@pytest.mark.one_database
def test_only_a_check_that_takes_no_answer_is_opened_again(world: World) -> None:
    """Not one that is open and unanswered, not one with a claim, not another's; a confirmed one is, until its end."""
    record, other = world.record(), world.record()
    campaign = world.open_campaign()
    case, student = world.case_of(record), world.student(record)
    assert no_grant(world, record, "open", campaign=campaign).codes == ("check_still_open",)
    world.do(case, "confirm", student)
    assert world.may(case, "confirm", student).codes == ("answered_already",)
    until = world.clock.moment + DAY
    granted(world, record, "open", until, campaign=campaign)
    assert world.may(case, "confirm", student).allowed
    world.at(until + SECOND)
    assert world.may(case, "confirm", student).codes == ("answered_already",)
    given = granted(world, record, "open", campaign=campaign)
    world.file(record, NAME)
    assert row(world, given).state == "used_up" and world.case(case).state == "discrepancy_raised"
    assert no_grant(world, record, "open", campaign=campaign).codes == ("check_under_way",)
    assert no_grant(world, other, "open", campaign=campaign).codes == ("check_still_open",)


# -- frozen ---------------------------------------------------------------------------------------------


@holds("not_frozen")
@pytest.mark.one_database
def test_while_a_freeze_stands_nothing_is_filed_supplied_or_decided_and_the_refusal_names_it(
    world: World,
) -> None:
    """The student and the desk read since when and until when; the office may still take up; then all goes on."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    case, student, reviewer = world.case_of(record), world.student(record), world.staff["reviewer"]
    freeze = granted(world, record, "freeze")
    world.do(case, "take_up", reviewer)
    (reason,) = world.may(case, "supply", student).reasons
    since, until = row(world, freeze).granted_at, row(world, freeze).until
    assert (reason.code, reason.facts["since"], reason.facts["until"]) == ("claims_frozen", since, until)
    assert "学籍管理员于 2024-" in reason.says and reason.remedy
    for action, by in (
        ("settle", reviewer),
        ("pass_step", reviewer),
        ("reject", reviewer),
        ("raise", student),
    ):
        assert "claims_frozen" in world.may(case, action, by).codes
    with world.place.store.reading() as session:
        facts = look_at_case(session, case.id)
        assert isinstance(facts, CaseFacts) and facts.frozen(world.clock.moment) is not None
        assert facts.extended(world.clock.moment) is None
    world.do(freeze, "take_back", world.staff["registrar"], words="情况已查清")
    assert world.may(case, "supply", student).allowed
    world.settle_all(case, "refused")
    proves(world)


@holds("move_last_days", "not_frozen", "within_dispute_days", "policy_takes_answers", "answer_is_in_time")
@pytest.mark.one_database
def test_a_freeze_stops_the_days_to_answer_and_to_dispute_and_nothing_is_undone_in_it(world: World) -> None:
    """The last day moves by the working days frozen, back again when it is taken back, alike in rule and row."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    case, student, reviewer = world.case_of(record), world.student(record), world.staff["reviewer"]
    registrar = world.staff["registrar"]
    world.do(case, "take_up", reviewer)
    asked = world.clock.moment
    world.do(case, "ask", reviewer, questions=(QuestionAsked("explanation", "", "请说明"),))
    assert _due(world, case) == date(2024, 11, 1)
    freeze = granted(world, record, "freeze", asked + 14 * DAY)
    assert _due(world, case) == date(2024, 11, 15)
    world.at(asked + 3 * DAY)
    world.do(freeze, "take_back", registrar, words="已查清")
    assert _due(world, case) == date(2024, 11, 4)
    world.at(on(2024, 11, 1))
    granted(world, record, "freeze", on(2024, 11, 8))
    assert _due(world, case) == date(2024, 11, 12)
    question = {"question": _question(world, case).id, "words": "曾用名"}
    world.at(on(2024, 11, 12, 23, 59, 59))
    assert world.may(case, "answer", student, **question).allowed
    world.at(on(2024, 11, 13, 0))
    assert "SUPPLEMENT_OVER" in world.may(case, "answer", student, **question).codes
    world.do(case, "drop_question", reviewer, question=question["question"])
    world.settle_all(case, "corrected")
    world.do(case, "correct", reviewer, words="已更正")
    decided = world.clock.moment
    granted(world, record, "freeze", decided + 40 * DAY)
    assert world.refused(case, "undo", reviewer).codes == ("claims_frozen",)
    world.at(decided + 70 * DAY)
    assert "dispute_is_late" not in world.may(case, "dispute", student, words="还是错的").codes
    world.at(decided + 70 * DAY + SECOND)
    assert "dispute_is_late" in world.may(case, "dispute", student, words="还是错的").codes
    proves(world)


def _question(world: World, case: Ref) -> Question:
    with world.place.store.reading() as session:
        found = session.scalars(select(Question).where(Question.case_id == case.id)).one()
        session.expunge(found)
        return found


def _due(world: World, case: Ref) -> date | None:
    """The last day to answer, which the rule's sentence must agree with."""
    due = _question(world, case).due
    with world.place.store.reading() as session:
        facts = look_at_case(session, case.id)
        assert facts is not None
        rules = world.place.engine.policies.in_force(world.clock.moment)
        asked = question(session, rules, facts, world.clock.moment, action="supplement")
    assert (asked.open_requests[0].answer_until or due) == due
    return due


@holds(
    "end_has_not_come", "end_is_bounded", "student_is_enrolled", "check_can_be_opened",
    "extension_changes_something",
)  # fmt: skip
@pytest.mark.one_database
def test_nothing_is_granted_that_could_not_serve_nor_taken_back_once_it_is_over(world: World) -> None:
    """Not without an end or to a far one, no check for who has left or is left out; each says its own reason."""
    record, gone, out = world.record(), world.record(), world.record()
    campaign, now = world.open_campaign(), world.clock.moment
    registrar = world.staff["registrar"]
    assert no_grant(world, record, "freeze", now + 5 * 365 * DAY + SECOND).codes == ("end_is_too_far",)
    with pytest.raises(Refused) as no, world.place.store.writing() as session:
        said = {"record": record, "kind": "freeze", "campaign": "", "until": None, "words": WORDS}
        grant(world.place.engine, session, registrar, **said)
    assert no.value.verdict.codes == ("end_is_missing",)
    world.do(world.case_of(out), "exclude", registrar, code="other", words="重复的记录")
    world.do(world.case_of(gone), "confirm", world.student(gone))
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == gone).values(xjzt="退学"))
    assert no_grant(world, gone, "open", campaign=campaign).codes == ("student_not_enrolled",)
    assert no_grant(world, out, "open", campaign=campaign).codes == ("check_left_out",)
    last = on(2028, 4, 30, 23, 59, 59)
    assert no_grant(world, record, "extend", last).codes == ("extension_changes_nothing",)
    given = granted(world, record, "extend", last + SECOND)
    world.at(last + 2 * SECOND)
    assert world.refused(given, "take_back", registrar, words="误").codes == ("end_has_passed",)


@holds("give_opening_back", "revive_permission", "use_up_opening")
@pytest.mark.one_database
def test_a_filing_that_is_withdrawn_gives_the_opening_back(world: World) -> None:
    """Within its time the check is open once more, used up by the next answer; afterwards it stays closed."""
    record, campaign, case = over(world)
    student = world.student(record)
    until = world.clock.moment + DAY
    given = granted(world, record, "open", until, campaign=campaign)
    world.file(record, NAME)
    world.do(case, "withdraw", student)
    assert row(world, given).state == "granted" and row(world, given).ended_at is None
    world.file(record, NAME)
    assert row(world, given).state == "used_up" and world.case(case).state == "discrepancy_raised"
    world.at(until + SECOND)
    world.do(case, "withdraw", student)
    assert row(world, given).state == "used_up"
    assert world.may(case, "confirm", student).codes == ("campaign_is_past",)
    proves(world)


@holds("not_frozen")
@pytest.mark.one_database
def test_the_refusal_of_a_freeze_names_the_first_second_after_it(world: World) -> None:
    """The last second of a freeze is frozen still."""
    record = world.record()
    world.open_campaign()
    until = world.clock.moment + DAY
    granted(world, record, "freeze", until)
    (reason,) = world.may(world.case_of(record), "raise", world.student(record)).reasons
    assert reason.until == (until + SECOND).isoformat()
