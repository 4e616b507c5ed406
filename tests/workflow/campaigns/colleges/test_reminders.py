"""Reminders and digests: on the days that policy names, to those who have not checked, at most once a day."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import select

from tests.conftest import on
from tests.world import NAME, World
from workflow.campaigns.colleges.reminders import nothing_to_ask, owe_digests, remind, remind_before_the_close
from workflow.campaigns.progress.board import board
from workflow.engine import SYSTEM, Actor
from workflow.notices.tables import Notice
from workflow.notices.texts import Letterhead, compose
from workflow.people.accounts import end_role, give_role
from workflow.people.scopes import Scope, held
from workflow.records.reach import covered_rows
from workflow.verdict import Refused

pytestmark = pytest.mark.one_database

EIGHT = on(2024, 11, 4, 8)
"""Three days before the freshmen's check closes."""


@pytest.fixture
def campaign(world: World) -> str:
    """A check with two silent students, one filed and one excluded. The clock is three days later."""
    records = [world.record() for _ in range(4)]
    campaign = world.open_campaign()
    world.file(records[2], NAME)
    world.do(world.case_of(records[3]), "exclude", world.staff["registrar"], code="on_leave", words="休学")
    world.at(EIGHT)
    return campaign


def record(n: int) -> str:
    """The id of the n-th record of the small school."""
    return f"{n:032x}"


EVERYBODY = [record(n) for n in range(1, 5)]


def owed(world: World, event: str = "reminder") -> list[tuple[str, str]]:
    """(record, occasion) of the notices of that event."""
    with world.place.store.reading() as session:
        rows = session.execute(
            select(Notice.record_id, Notice.occasion).where(Notice.event == event).order_by(Notice.record_id)
        )
        return [(row[0], row[1]) for row in rows]


def chore(world: World) -> int:
    """Run the morning's reminders."""
    with world.place.store.writing() as session:
        return remind_before_the_close(world.place.engine, session, world.clock.moment)


def by_hand(world: World, campaign: str, by: Actor, records: list[str]) -> tuple[str, ...]:
    """Remind the students on a person's screen."""
    cases = [world.case_of(record).id for record in records]
    with world.place.store.writing() as session:
        codes: tuple[str, ...] = remind(world.place.engine, session, campaign, cases, by).codes
        return codes


# -- before the close -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "n"),
    [
        (on(2024, 10, 30, 8), 0),
        (on(2024, 10, 31, 7, 59, 59), 0),
        (on(2024, 10, 31, 8), 2),
        (on(2024, 11, 4, 12), 2),
        (on(2024, 11, 5, 8), 0),
        (on(2024, 11, 6, 21, 59, 59), 2),
        (on(2024, 11, 6, 22), 0),
        (on(2024, 11, 7, 8), 0),
        (on(2024, 11, 8, 8), 0),
    ],
)
def test_the_silent_are_reminded_on_the_days_of_policy(
    world: World, campaign: str, moment: datetime, n: int
) -> None:
    """Seven, three and one day before the close, from eight in the morning; neither filed nor excluded ones."""
    world.at(moment)
    assert chore(world) == n
    assert [one for one, _ in owed(world)] == [record(1), record(2)][:n]


def test_a_reminder_is_owed_once_a_day_however_often_one_looks(world: World, campaign: str) -> None:
    """Event, case and day: a worker that starts anew does nothing twice."""
    assert (chore(world), chore(world)) == (2, 0)
    world.at(on(2024, 11, 6))
    assert (chore(world), chore(world)) == (2, 0)
    assert {day for _, day in owed(world)} == {"2024-11-04", "2024-11-06"}


def test_whoever_was_asked_today_already_is_not_reminded(world: World, campaign: str) -> None:
    """A late arrival's case is opened that morning: the opening is their message of the day."""
    world.record()
    world.open_campaign()
    assert chore(world) == 2


def test_a_reminder_says_by_when(world: World, campaign: str) -> None:
    """It bears the close of the campaign as it is now, so that it is dropped when it comes too late."""
    chore(world)
    with world.place.store.reading() as session:
        assert set(session.scalars(select(Notice.act_by).where(Notice.event == "reminder"))) == {
            on(2024, 11, 7, 23, 59, 59)
        }


def test_a_school_that_names_no_days_reminds_nobody(world: World, campaign: str) -> None:
    """What policy does not say is not done."""
    policy = world.place.school.policy
    quiet = replace(policy.sending, remind_days=(), digests=False)
    object.__setattr__(policy, "sending", quiet)
    try:
        assert chore(world) == 0
    finally:
        object.__setattr__(policy, "sending", replace(quiet, remind_days=(7, 3, 1), digests=True))


def test_who_has_checked_or_is_not_counted_has_nothing_left_to_be_asked(world: World, campaign: str) -> None:
    """What a worker asks before it sends a letter that was owed a while ago."""
    cases = {n: world.case_of(record(n)).id for n in range(1, 5)}
    with world.place.store.reading() as session:
        assert nothing_to_ask(session, cases.values()) == {cases[3], cases[4]}


# -- by hand --------------------------------------------------------------------------------------------


def test_a_student_is_reminded_at_most_once_a_day(world: World, campaign: str) -> None:
    """By hand after the morning's own, twice by hand, or the morning's after a hand's: one message."""
    officer = world.staff["officer"]
    chore(world)
    with pytest.raises(Refused) as no:
        by_hand(world, campaign, officer, EVERYBODY)
    assert no.value.codes == ("nobody_to_remind",)
    world.at(on(2024, 11, 5))
    assert by_hand(world, campaign, officer, [record(1)]) == ("reminded:1",)
    assert by_hand(world, campaign, world.staff["registrar"], EVERYBODY) == ("reminded:1",)
    world.at(on(2024, 11, 6, 9))
    by_hand(world, campaign, officer, [record(1)])
    assert chore(world) == 1


def test_after_the_close_nobody_is_reminded(world: World, campaign: str) -> None:
    """To the second."""
    world.at(on(2024, 11, 7, 23, 59, 59))
    by_hand(world, campaign, world.staff["officer"], [record(1)])
    world.at(on(2024, 11, 8, 0))
    with pytest.raises(Refused) as no:
        by_hand(world, campaign, world.staff["officer"], [record(2)])
    assert "closing_day_past" in no.value.codes or "campaign_is_past" in no.value.codes


# -- digests --------------------------------------------------------------------------------------------


def digests(world: World) -> int:
    """Run the morning's digests."""
    with world.place.store.writing() as session:
        return owe_digests(world.place.engine, session, world.clock.moment)


def test_an_officer_reads_how_their_colleges_stand(world: World, campaign: str) -> None:
    """Counts and whose turn it is, for each college they answer for; no name; one a day."""
    officer = world.staff["officer"].person
    with world.place.store.writing() as session:
        give_role(session, officer, held("officer", "另一学院"), SYSTEM.person, EIGHT, world.place.entropy)
    world.record(fy="另一学院", xm="张三丰")
    world.open_campaign()
    assert (digests(world), digests(world)) == (1, 0)
    with world.place.store.reading() as session:
        notice = session.scalars(select(Notice).where(Notice.event == "digest")).one()
        session.expunge(notice)
    assert (notice.person_id, notice.record_id) == (officer, "")
    assert sorted(json.loads(notice.facts)["colleges"]) == [["另一学院", 1, 0, 0], ["测试学院", 2, 1, 0]]
    head = Letterhead("测试学校", "Test school", "https://kanwu.school.example")
    letter = compose(notice.id, notice.event, notice.owed_at, notice.act_by, notice.facts, head)
    text, text_en = "\n".join(letter.lines), "\n".join(letter.lines_en)
    assert "测试学院：未核对 2 人（等学生），已提出有误 1 件" in text and "2 not checked" in text_en
    assert "张三丰" not in text + text_en + notice.facts


def test_a_digest_counts_the_students_in_the_officers_scope(world: World, campaign: str) -> None:
    """Two classes are one line, a year another; each says what the board of that capacity says."""
    for group, year in (("240102", 2024), ("240103", 2024), ("230101", 2023)):
        world.record(bh=group, rxrq=date(year, 9, 15), yjbyrq=date(2028, 7, 1))
    world.open_campaign()
    classes = [Scope("测试学院", name) for name in ("240101", "240102")]
    counsellor = world.officer(*classes, duty="counsellor")
    year = Scope("测试学院", entry_year="2024", level="本科")
    with world.place.store.writing() as session:
        teacher = held("officer", year, "class_teacher")
        give_role(session, counsellor.person, teacher, SYSTEM.person, EIGHT, world.place.entropy)
    digests(world)
    with world.place.store.reading() as session:
        mine = Notice.event == "digest", Notice.person_id == counsellor.person
        facts = session.scalars(select(Notice.facts).where(*mine)).one()
        boards = [
            board(session, campaign, "bh", covered_rows(held("officer", scope) for scope in scopes)).total
            for scopes in (classes, [year])
        ]
    lines = json.loads(facts)["colleges"]
    assert [line[0] for line in lines] == ["测试学院 · 240101、240102", "测试学院 · 本科 2024 级"]
    assert [line[1:] for line in lines] == [
        [one.numbers[state] for state in ("not_checked", "discrepancy_raised", "under_review")]
        for one in boards
    ]
    assert lines[0][1] == 3


def test_a_digest_is_owed_for_grants_that_last(world: World, campaign: str) -> None:
    """Who was an officer until yesterday is written to no more."""
    world.until_yesterday(world.staff["officer"])
    assert digests(world) == 0


def test_where_nothing_is_left_to_do_nobody_is_written_to(world: World, campaign: str) -> None:
    """An officer whose college is done has no digest."""
    officer = world.staff["officer"].person
    with world.place.store.writing() as session:
        end_role(session, officer, "officer", world.clock.moment)
        give_role(session, officer, held("officer", "空学院"), SYSTEM.person, EIGHT, world.place.entropy)
    assert digests(world) == 0


@pytest.mark.parametrize("moment", [on(2024, 11, 4, 7, 59, 59), on(2024, 11, 8, 9)])
def test_no_digest_by_night_or_after_the_close(world: World, campaign: str, moment: datetime) -> None:
    """Mornings of a running check only."""
    world.at(moment)
    assert digests(world) == 0
