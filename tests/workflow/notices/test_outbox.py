"""Notices: written in the action's transaction, due when undo is no longer possible, without any value."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from states.campaign import CAMPAIGN
from states.case import CASE
from states.graduation import GRADUATION
from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.engine import Ref
from workflow.notices.outbox import HELD_BACK, WORDS, due_for, mark_seen, take_back
from workflow.notices.outcomes import outcome_words
from workflow.notices.tables import Notice
from workflow.notices.texts import ALL_BODIES, TITLES, title_of
from workflow.permissions.binding import GRANTED_EVENTS, TAKEN_BACK_EVENTS
from workflow.verdict import Refused

TEN = timedelta(minutes=10)
SECOND = timedelta(seconds=1)


@pytest.fixture
def record(world: World) -> str:
    """A freshman whose filing was just refused."""
    record = world.record()
    world.open_campaign()
    case = Ref("case", world.file(record, NAME).subject)
    world.do(case, "take_up", world.staff["reviewer"])
    world.settle_all(case, "refused")
    world.do(case, "reject", world.staff["reviewer"], words="材料不足", refusal="record_is_right")
    return record


def due(world: World, record: str) -> set[str]:
    with world.place.store.reading() as session:
        return {notice.event for notice in due_for(session, record, world.clock.moment)}


def test_every_event_that_is_declared_has_its_words() -> None:
    """No lifecycle owes a notice that nobody can read, and no words are left over."""
    declared = {
        name for life in (CASE, CAMPAIGN, GRADUATION) for action in life.actions for name in action.notices
    }
    by_effects = {
        "reminder", "confirmed_for_you", "filed", "filed_for_you", "campaign_extended", "last_day_earlier",
        "handed_over", *GRANTED_EVENTS.values(), *TAKEN_BACK_EVENTS.values(),
    }  # fmt: skip
    assert declared | by_effects == set(WORDS) and not declared & by_effects
    assert set(ALL_BODIES) == set(TITLES) > set(WORDS)
    assert declared >= HELD_BACK
    assert all(zh and en for zh, en in WORDS.values())


def test_the_notice_of_a_decision_hides_no_item(world: World) -> None:
    """One corrected and one refused item are both named in its title; where all end alike nothing is counted."""
    record, by = world.record(), world.staff["reviewer"]
    world.open_campaign()
    case = Ref("case", world.file(record, NAME, ClaimFiled("XH", "school_data", "2401")).subject)
    world.do(case, "take_up", by)
    of = {claim.field: claim.id for claim in world.case(case).claims}
    world.settle(case, of["XM"], "corrected", by)
    world.settle(case, of["XH"], "refused", by, words="学号无误")
    world.do(case, "correct", by, words="已核")
    world.at(world.clock.moment + TEN)
    with world.place.store.reading() as session:
        (told,) = [one for one in due_for(session, record, world.clock.moment) if one.event in HELD_BACK]
    assert title_of(told.event, told.facts) == (
        "您的更正申请已办结：1 项已更正，1 项不予更正",
        "Your request is decided: 1 item corrected, 1 item not corrected",
    )
    assert outcome_words(["refused", "refused", "withdrawn"]) == ("不予更正", "Not corrected")
    assert outcome_words(["withdrawn", ""]) == ("", "")


def test_what_can_be_undone_waits_and_everything_else_does_not(world: World, record: str) -> None:
    """To the second: nine minutes fifty-nine too early, ten minutes due."""
    assert due(world, record) == {"campaign_opened", "filed", "taken_up"}
    world.at(world.clock.moment + TEN - SECOND)
    assert "decided_rejected" not in due(world, record)
    world.at(world.clock.moment + SECOND)
    assert "decided_rejected" in due(world, record)


def test_a_notice_names_event_and_case_and_nothing_else(world: World, record: str) -> None:
    """No name, no value, no reason lies in the outbox."""
    with world.place.store.reading() as session:
        columns = set(Notice.__table__.columns.keys())
        subjects = set(session.scalars(select(Notice.subject).where(Notice.record_id == record)))
    assert columns == {
        "id", "record_id", "person_id", "subject", "event", "occasion", "owed_at", "due_at", "act_by", "facts",
        "seen_at", "cancelled_at", "routed_at",
    }  # fmt: skip
    assert subjects == {world.case_of(record).id}


def test_a_notice_is_for_the_student_it_concerns(world: World, record: str) -> None:
    """Another student is told nothing of it."""
    assert due(world, world.record()) == set()


def test_the_newest_notice_comes_first(world: World, record: str) -> None:
    """A page shows what happened last at the top."""
    world.at(world.clock.moment + timedelta(days=1))
    world.do(world.case_of(record), "reopen", world.staff["second_reviewer"], words="复核")
    with world.place.store.reading() as session:
        events = [notice.event for notice in due_for(session, record, world.clock.moment)]
    assert events[0] == "reopened"


def test_seen_is_what_was_due_when_the_page_was_shown(world: World, record: str) -> None:
    """A notice that was still held back was not seen, and a second look does not change when it was first seen."""
    first = world.clock.moment
    with world.place.store.writing() as session:
        mark_seen(session, record, first)
    world.at(first + TEN)
    with world.place.store.writing() as session:
        mark_seen(session, record, world.clock.moment)
    with world.place.store.reading() as session:
        seen = {notice.event: notice.seen_at for notice in session.scalars(select(Notice))}
    assert seen == {
        "campaign_opened": first, "filed": first, "taken_up": first, "decided_rejected": first + TEN,
    }  # fmt: skip


def test_a_cancelled_notice_is_neither_due_nor_seen(world: World, record: str) -> None:
    """What was taken back is as if it had never been owed."""
    case = world.case_of(record)
    with world.place.store.writing() as session:
        assert take_back(session, case.id, HELD_BACK, world.clock.moment) == 1
        assert take_back(session, case.id, HELD_BACK, world.clock.moment) == 0
    world.at(world.clock.moment + TEN)
    assert "decided_rejected" not in due(world, record)
    with world.place.store.writing() as session:
        mark_seen(session, record, world.clock.moment)
    with world.place.store.reading() as session:
        notice = session.scalars(select(Notice).where(Notice.event == "decided_rejected")).one()
        assert notice.seen_at is None


def test_what_is_due_cannot_be_taken_back(world: World, record: str) -> None:
    """At the very moment it may leave it is too late."""
    with world.place.store.writing() as session:
        assert take_back(session, world.case_of(record).id, HELD_BACK, world.clock.moment + TEN) == 0


def test_what_was_refused_is_owed_to_nobody(world: World, record: str) -> None:
    """A refused attempt leaves no notice."""
    with world.place.store.reading() as session:
        before = len(session.scalars(select(Notice.id)).all())
    with pytest.raises(Refused):
        world.do(world.case_of(record), "take_up", world.staff["reviewer"])
    with world.place.store.reading() as session:
        assert len(session.scalars(select(Notice.id)).all()) == before


def test_a_decision_reopened_before_it_was_told_is_not_told(world: World, record: str) -> None:
    """Whoever hears of the reopening does not afterwards hear of the decision that fell with it."""
    world.at(world.clock.moment + timedelta(minutes=5))
    world.do(world.case_of(record), "reopen", world.staff["second_reviewer"], words="复核")
    world.at(world.clock.moment + timedelta(days=1))
    assert due(world, record) == {"campaign_opened", "filed", "taken_up", "reopened"}
