"""An unsigned college list is deemed only where the rules say so and an officer was notified."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from config.policy import School
from tests.conftest import on
from tests.laws import holds
from tests.silence import (
    DUE,
    EMPTY,
    LATER,
    OTHER,
    TOLD,
    begin,
    go,
    officer,
    school_in_april,
    see,
    sign,
)
from tests.workflow.conftest import APRIL
from tests.world import World
from workflow.campaigns.cohort import rules_of
from workflow.campaigns.colleges.attestation import LIST, AttestationState, frozen_now, standing
from workflow.campaigns.colleges.deadline import deadline_of
from workflow.campaigns.colleges.unsigned import (
    NO_OFFICER,
    NOT_BY_RULE,
    TAKEN_BACK,
    TO_DEEM,
    UNTOLD,
    Fate,
    deem_unsigned,
    fates,
)
from workflow.campaigns.tables import Attestation
from workflow.cases.load import campaign_facts
from workflow.cases.tables import Case
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.entry import Entry
from workflow.history.replay import verify
from workflow.history.tables import EntryRow
from workflow.history.timeline import timeline
from workflow.notices.tables import Address, Delivery, Notice
from workflow.notices.texts import Letterhead, compose
from workflow.people.accounts import end_role, give_role
from workflow.people.cipher import Cipher
from workflow.people.scopes import held
from workflow.store import Store

pytestmark = pytest.mark.one_database

Make = Callable[..., World]


@pytest.fixture
def make(
    store: Store,
    cipher: Cipher,
    nchu: School,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
) -> Make:
    """A factory: the small school with the requested rules."""

    def made(**rules: Any) -> World:
        return school_in_april(store, cipher, nchu, clock, entropy, tmp_path, **rules)

    return made


@pytest.fixture
def world(make: Make) -> World:
    """A school whose rules let a college's silence count in a final check."""
    return make()


def deem(world: World, campaign: str, college: str = TOLD) -> Entry:
    """Deem one list, as the system."""
    return world.do(Ref("attestation"), "deem_list", SYSTEM, campaign=campaign, college=college)


def refusal(world: World, campaign: str, college: str = TOLD) -> tuple[str, ...]:
    """The engine's reasons against deeming a list."""
    return world.refused(Ref("attestation"), "deem_list", SYSTEM, campaign=campaign, college=college).codes


def lists(world: World, campaign: str, college: str | None = None) -> dict[str, AttestationState]:
    """The attestations in force, by college."""
    with world.place.store.reading() as session:
        return {one.college: one for one in standing(session, world.place.cipher, campaign, college)}


def ahead(world: World, campaign: str) -> dict[str, str]:
    """The expected outcome of the unsigned lists, by college."""
    with world.place.store.reading() as session:
        policy, facts = rules_of(world.place.engine, session, campaign), campaign_facts(session, campaign)
        found = fates(session, policy, facts, (TOLD, OTHER, EMPTY), world.clock.moment)
        return {college: one.why for college, one in found.items()}


def cases(world: World) -> list[tuple[Any, ...]]:
    """All columns of every case."""
    with world.place.store.reading() as session:
        rows = session.execute(select(Case.id, Case.state, Case.manner, Case.version).order_by(Case.id))
        return [tuple(row) for row in rows]


def written(world: World, event: str) -> list[Notice]:
    """The notices of one event to officers."""
    with world.place.store.reading() as session:
        found = session.scalars(select(Notice).where(Notice.event == event).order_by(Notice.owed_at)).all()
        session.expunge_all()
        return list(found)


# -- only after the deadline, only where the rules say so, only who was told -----------------------------


def test_a_list_unsigned_at_the_deadline_stands_without_objection_where_an_officer_was_told(
    world: World,
) -> None:
    """Of three silent colleges the one that was told is deemed, once, in the second behind the deadline."""
    campaign = begin(world)
    assert go(world).told == 2
    see(world, campaign, world.staff["officer"])
    for moment in (on(2028, 5, 1, 0), DUE):
        world.at(moment)
        assert go(world).deemed == ()
    assert ahead(world, campaign) == {TOLD: TO_DEEM, OTHER: UNTOLD, EMPTY: NO_OFFICER}
    before = cases(world)
    world.at(LATER)
    assert go(world).deemed == (TOLD,)
    assert (go(world).deemed, go(world).deemed) == ((), ())
    assert ahead(world, campaign) == {OTHER: UNTOLD, EMPTY: NO_OFFICER}
    assert cases(world) == before
    (found,) = lists(world, campaign).values()
    assert (found.deemed, found.by, found.since) == (True, "", LATER)
    assert found.told is not None
    assert (found.told.name, found.told.at, found.told.way) == ("测试学院经办人", APRIL, "page")


def test_the_entry_commits_to_the_list_as_a_signature_does(world: World) -> None:
    """Every line can be opened and held against it; it says how many and who was told, and no name of a student."""
    campaign = begin(world)
    go(world)
    see(world, campaign, world.staff["officer"])
    world.at(LATER)
    go(world)
    found = lists(world, campaign, TOLD)[TOLD]
    with world.place.store.reading() as session:
        assert found.frozen == frozen_now(session, campaign, TOLD)
        (line,) = timeline(session, found.id)
        tables = {name: one.table for name, one in world.place.engine.bindings.items()}
        assert verify(session, tables, world.place.cipher).holds
    entry = line.entry
    assert entry is not None and entry.values[LIST] == found.digest
    assert (entry.action, entry.target, entry.actor) == ("deem_list", "deemed", "system")
    ours = world.staff["officer"].person
    assert set(entry.codes) == {
        "lines:2", f"officer:{ours}", "told_by:page", "told_at:2028-04-10T10:00:00+08:00"
    }  # fmt: skip
    assert "测试001".encode() not in entry.body


@holds("colleges_silence_counts")
@pytest.mark.parametrize("deems", [(), ("freshman",)])
def test_where_the_rules_do_not_say_so_an_unsigned_list_means_nothing(
    make: Make, deems: tuple[str, ...]
) -> None:
    """Nobody is written to, nothing is deemed, and the door says why."""
    world = make(deems=deems)
    campaign = begin(world)
    assert go(world).told == 0
    world.at(LATER)
    assert go(world).deemed == ()
    assert "college_silence_means_nothing" in refusal(world, campaign)
    assert ahead(world, campaign) == dict.fromkeys((TOLD, OTHER, EMPTY), NOT_BY_RULE)


@holds("colleges_are_done", "keep_the_telling")
def test_the_whole_deadline_belongs_to_the_college(world: World) -> None:
    """At its last second nothing is deemed yet, whoever asks for it."""
    campaign = begin(world)
    go(world)
    see(world, campaign, world.staff["officer"])
    world.at(DUE)
    assert refusal(world, campaign) == ("colleges_not_done",)
    world.at(LATER)
    assert deem(world, campaign).target == "deemed"


@holds("college_was_told")
def test_who_was_not_told_in_time_has_not_agreed(world: World) -> None:
    """A notice read too late proves nothing, and a college without an officer has nobody to be silent."""
    campaign = begin(world)
    go(world)
    world.at(LATER)
    see(world, campaign, world.staff["officer"])
    assert go(world).deemed == ()
    assert refusal(world, campaign) == ("officer_never_told",)
    assert refusal(world, campaign, EMPTY) == ("college_without_officer",)
    assert lists(world, campaign) == {}


def test_who_was_told_and_left_before_the_deadline_was_not_the_colleges_officer(world: World) -> None:
    """Their successor, who was told nothing, is not silent for them; told in time, they are."""
    campaign = begin(world)
    go(world)
    see(world, campaign, world.staff["officer"])
    with world.place.store.writing() as session:
        end_role(session, world.staff["officer"].person, "officer", world.clock.moment)
    assert ahead(world, campaign)[TOLD] == NO_OFFICER
    successor = officer(world, TOLD, "接任经办人")
    assert ahead(world, campaign)[TOLD] == UNTOLD
    assert go(world).told == 1
    see(world, campaign, successor)
    assert ahead(world, campaign)[TOLD] == TO_DEEM
    world.at(LATER)
    assert go(world).deemed == (TOLD,)


def test_a_letter_counts_where_the_rules_say_so_and_only_sent_in_time_to_a_vouched_address(
    make: Make,
) -> None:
    """As with students: the channel took it before the deadline, and the address came from the office."""
    world = make(told_by=("email",))
    campaign = begin(world)
    go(world)
    see(world, campaign, world.staff["officer"])
    assert ahead(world, campaign)[TOLD] == UNTOLD
    for vouched, at, why in ((False, APRIL, UNTOLD), (True, LATER, UNTOLD), (True, DUE, TO_DEEM)):
        sent(world, world.staff["officer"], vouched, at)
        assert ahead(world, campaign)[TOLD] == why
    world.at(LATER)
    assert go(world).deemed == (TOLD,)
    told = lists(world, campaign)[TOLD].told
    assert told is not None and (told.way, told.at) == ("email", DUE)


def sent(world: World, by: Actor, vouched: bool, at: datetime) -> None:
    """Record a delivery of the one notice to an officer."""
    with world.place.store.writing() as session:
        notice = session.scalars(select(Notice.id).where(Notice.person_id == by.person)).one()
        if session.get(Address, "a" * 32) is None:
            address = {
                "person_id": by.person,
                "channel": "email",
                "sealed": b"",
                "mark": b"",
                "given_by": "x",
            }
            session.add(Address(id="a" * 32, vouched=True, at=APRIL, **address))
            session.flush()
            delivery = {"notice_id": notice, "address_id": "a" * 32, "channel": "email", "status": "sent"}
            session.add(Delivery(id="b" * 32, next_at=APRIL, vouched=vouched, sent_at=at, **delivery))
        session.flush()
        session.execute(update(Delivery).values(vouched=vouched, sent_at=at))


def test_an_extension_gives_the_colleges_as_much_and_they_are_told_anew(world: World) -> None:
    """The days behind the students' end stay the colleges'; who was told of the old deadline alone is untold."""
    campaign = begin(world)
    go(world)
    see(world, campaign, world.staff["officer"])
    until = on(2028, 5, 2, 23, 59, 59)
    registrar = world.staff["registrar"]
    world.do(Ref("campaign", campaign), "extend", registrar, closes_at=until, words="平台维护")
    assert ahead(world, campaign)[TOLD] == UNTOLD
    assert go(world).told == 2
    with world.place.store.reading() as session:
        facts = campaign_facts(session, campaign)
        deadline = deadline_of(rules_of(world.place.engine, session, campaign), facts)
    assert deadline is not None and deadline.at == on(2028, 5, 12, 23, 59, 59)
    see(world, campaign, world.staff["officer"])
    world.at(LATER)
    assert go(world).deemed == ()
    world.at(on(2028, 5, 13, 0))
    assert go(world).deemed == (TOLD,)


def test_a_college_whose_students_are_gone_has_no_list_to_deem(world: World) -> None:
    """Told, and then without anybody in the campaign: there is nothing to agree to, and tending goes on."""
    campaign = begin(world)
    nobody = officer(world, "空学院")
    assert go(world).told == 2  # not the officer whose college takes no part
    see(world, campaign, world.staff["officer"])
    see(world, campaign, nobody)
    world.at(LATER)
    assert "list_empty" in refusal(world, campaign, "空学院")
    assert go(world).deemed == (TOLD,)


# -- once, however often it is run or killed -------------------------------------------------------------


class Killed(BaseException):
    """Simulates a killed process."""


def test_killed_between_two_lists_it_goes_on_where_it_was(world: World) -> None:
    """What was deemed stays, the rest is done by the next run, and each list is deemed once."""
    campaign = begin(world)
    other = next(one for one in written_to(world, campaign) if one.person != world.staff["officer"].person)
    for one in (world.staff["officer"], other):
        see(world, campaign, one)
    world.at(LATER)

    def die(college: str) -> None:
        raise Killed

    with pytest.raises(Killed):
        deem_unsigned(world.place.engine, world.place.store, die)
    assert len(lists(world, campaign)) == 1
    go(world)
    assert set(lists(world, campaign)) == {TOLD, OTHER}
    with world.place.store.reading() as session:
        deeds = select(func.count()).select_from(EntryRow).where(EntryRow.action == "deem_list")
        assert session.scalar(deeds) == 2


def written_to(world: World, campaign: str) -> list[Actor]:
    """All officers notified of the deadline."""
    go(world)
    return [Actor(one.person_id, "officer") for one in written(world, "list_due")]


def test_killed_within_a_list_nothing_of_it_is_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """State, entry and opening come together or not at all."""
    campaign = begin(world)
    go(world)
    see(world, campaign, world.staff["officer"])
    world.at(LATER)
    store, whole = world.place.store, type(world.place.store).writing

    @contextmanager
    def dying(self: Store) -> Iterator[Session]:
        with whole(self) as session:
            yield session
            if session.scalar(select(func.count()).select_from(Attestation)):
                raise Killed

    monkeypatch.setattr(type(store), "writing", dying)
    with pytest.raises(Killed):
        deem_unsigned(world.place.engine, store)
    monkeypatch.undo()
    assert lists(world, campaign) == {}
    assert go(world).deemed == (TOLD,)


# -- an officer comes later ------------------------------------------------------------------------------


def test_a_later_signature_replaces_what_was_deemed_and_the_history_keeps_both(world: World) -> None:
    """The same list, first by nobody and then by an officer, late, in the closed campaign."""
    campaign = begin(world)
    go(world)
    ours = world.staff["officer"]
    see(world, campaign, ours)
    world.at(LATER)
    go(world)
    deemed = lists(world, campaign)[TOLD]
    world.at(on(2028, 5, 12))
    entry = sign(world, campaign, ours, deemed.id)
    assert (entry.origin, entry.target, entry.number) == ("deemed", "signed", 2)
    found = lists(world, campaign, TOLD)[TOLD]
    assert (found.deemed, found.by, found.since, found.told) == (
        False,
        "测试学院经办人",
        on(2028, 5, 12),
        None,
    )
    assert found.frozen is not None and found.digest == entry.values[LIST] != deemed.digest
    with world.place.store.reading() as session:
        actions = [line.entry.action for line in timeline(session, found.id) if line.entry]
        tables = {name: one.table for name, one in world.place.engine.bindings.items()}
        assert verify(session, tables, world.place.cipher).holds
    assert sorted(actions) == ["deem_list", "sign"]
    assert go(world).deemed == ()


def test_only_the_colleges_officer_signs_or_takes_back_what_was_deemed(world: World) -> None:
    """Neither another college's officer nor the registrar speaks for it; nor does an officer deem a list."""
    campaign = begin(world)
    go(world)
    ours = world.staff["officer"]
    see(world, campaign, ours)
    world.at(LATER)
    go(world)
    ref = Ref("attestation", lists(world, campaign)[TOLD].id)
    stranger = officer(world, OTHER, "另一位")
    assert "not_your_college" in world.refused(ref, "take_back", stranger, words="不同意").codes
    assert "not_your_role" in world.refused(ref, "take_back", world.staff["registrar"], words="不同意").codes
    asked = {"campaign": campaign, "college": OTHER}
    assert "not_your_role" in world.refused(Ref("attestation"), "deem_list", ours, **asked).codes
    assert world.do(ref, "take_back", ours, words="有三名学生的专业有误").target == "withdrawn"


@holds("college_said_nothing")
def test_a_college_that_has_spoken_is_not_silent(world: World) -> None:
    """What it took back is not deemed, neither a signature nor what had been deemed; it may sign again."""
    campaign = begin(world)
    go(world)
    ours = world.staff["officer"]
    see(world, campaign, ours)
    world.at(on(2028, 5, 2))
    first = sign(world, campaign, ours)
    assert refusal_later(world, campaign) == ("college_has_spoken",)
    world.at(on(2028, 5, 3))
    world.do(Ref("attestation", first.subject), "take_back", ours, words="漏了一名学生")
    assert ahead(world, campaign)[TOLD] == TAKEN_BACK
    world.at(LATER)
    assert go(world).deemed == ()
    assert refusal(world, campaign) == ("college_has_spoken",)
    sign(world, campaign, ours)
    assert TOLD not in ahead(world, campaign)


def refusal_later(world: World, campaign: str) -> tuple[str, ...]:
    """The reasons against deeming a list after the deadline."""
    now, world.clock.moment = world.clock.moment, LATER
    codes = refusal(world, campaign)
    world.clock.moment = now
    return codes


# -- what officers are told ------------------------------------------------------------------------------


def test_an_officer_is_told_once_of_what_will_happen_and_when(world: World) -> None:
    """From the start of the check: the deadline, the colleges, what an unsigned list comes to; no student's name."""
    begin(world)
    assert (go(world).told, go(world).told) == (2, 0)
    (notice,) = [one for one in written(world, "list_due") if one.person_id == world.staff["officer"].person]
    assert (notice.record_id, notice.act_by) == ("", DUE)
    head = Letterhead("测试学校", "Test school", "https://kanwu.school.example")
    letter = compose(notice.id, notice.event, notice.owed_at, notice.act_by, notice.facts, head)
    text, text_en = "\n".join(letter.lines), "\n".join(letter.lines_en)
    assert TOLD in text and "视为无异议" in text and "2028-05-10 23:59:59" in text
    assert "stands without objection" in text_en and "测试001" not in text


def test_a_second_college_is_told_of_by_a_notice_of_its_own(world: World) -> None:
    """Who answers for one more college hears of that list too, and is silent for it only then."""
    campaign = begin(world)
    go(world)
    ours = world.staff["officer"]
    see(world, campaign, ours)
    with world.place.store.writing() as session:
        give_role(session, ours.person, held("officer", EMPTY), SYSTEM.person, APRIL, world.place.entropy)
    assert ahead(world, campaign)[EMPTY] == UNTOLD
    assert go(world).told == 1
    see(world, campaign, ours)
    assert ahead(world, campaign)[EMPTY] == TO_DEEM


def test_officers_are_reminded_on_the_days_of_policy_while_their_list_is_unsigned(make: Make) -> None:
    """When it can be signed, by day, once a day, and nobody whose list stands."""
    world = make(remind_days=(10, 7, 3))
    campaign = begin(world)
    go(world)
    world.at(on(2028, 4, 30, 9))  # ten days earlier, while the students' time still runs
    assert go(world).told == 0
    world.at(on(2028, 5, 3, 7, 59, 59))
    assert go(world).told == 0
    world.at(on(2028, 5, 3, 9))
    assert (go(world).told, go(world).told) == (2, 0)
    sign(world, campaign, world.staff["officer"])
    world.at(on(2028, 5, 7, 9))
    assert go(world).told == 1
    assert [one.occasion for one in written(world, "list_reminder")] == [
        "2028-05-03",
        "2028-05-03",
        "2028-05-07",
    ]


def test_a_fate_says_how_the_college_was_told(world: World) -> None:
    """Before the deadline already, so that the registrar can telephone the others."""
    campaign = begin(world)
    go(world)
    see(world, campaign, world.staff["officer"])
    with world.place.store.reading() as session:
        policy, facts = rules_of(world.place.engine, session, campaign), campaign_facts(session, campaign)
        found = fates(session, policy, facts, (TOLD, OTHER), world.clock.moment)
    assert found[OTHER] == Fate(UNTOLD)
    assert found[TOLD].told is not None and found[TOLD].told.name == "测试学院经办人"
