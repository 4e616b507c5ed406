"""Closing a campaign: silence counts only where the rules say so and the silent student was notified."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, update

from bench.campaign import Dying, Killed
from states.case import CASE
from tests.conftest import on
from tests.world import NAME, World
from workflow.campaigns.closing import (
    ASKED_IN_VAIN,
    COUNTED,
    LEFT,
    STAYS,
    TO_DEEM,
    UNTOLD,
    close_campaign,
    silent_by_fate,
    unchecked,
)
from workflow.campaigns.progress.board import board
from workflow.cases.load import campaign_facts
from workflow.cases.rules import Rules
from workflow.cases.tables import Case
from workflow.engine import SYSTEM
from workflow.history.tables import EntryRow
from workflow.notices.tables import Notice
from workflow.records.tables import Record
from workflow.verdict import Refused

MAY = on(2028, 5, 1, 0)


def see(world: World, *records: str) -> None:
    """Mark these students' notices as seen."""
    with world.place.store.writing() as session:
        asked = update(Notice).where(Notice.record_id.in_(records))
        session.execute(asked.values(seen_at=world.clock.moment))


def mixed(world: World) -> tuple[str, dict[str, str]]:
    """A final check with a case of every kind; returns its id and the records by kind."""
    kinds = ("silent", "also silent", "untold", "left", "excluded", "confirmed", "filed", "withdrawn")
    records = {kind: world.record() for kind in kinds}
    campaign = world.open_campaign("final-2028")
    see(world, *(record for kind, record in records.items() if kind != "untold"))
    registrar = world.staff["registrar"]
    world.do(world.case_of(records["excluded"]), "exclude", registrar, words="参军", code="retained")
    world.do(world.case_of(records["confirmed"]), "confirm", world.student(records["confirmed"]))
    world.file(records["filed"], NAME)
    world.file(records["withdrawn"], NAME)
    world.do(world.case_of(records["withdrawn"]), "withdraw", world.student(records["withdrawn"]))
    with world.place.store.writing() as session:
        session.execute(update(Record).where(Record.id == records["left"]).values(xjzt="退学"))
    return campaign, records


def standing(world: World, records: dict[str, str]) -> dict[str, tuple[str, str]]:
    """The state and manner of each kind's case."""
    with world.place.store.reading() as session:
        rows = {id: (state, how) for id, state, how in session.execute(
            select(Case.record_id, Case.state, Case.manner))}  # fmt: skip
    return {kind: rows[record] for kind, record in records.items()}


def test_a_closing_touches_only_the_silent_who_were_told_and_are_enrolled(final_world: World) -> None:
    """Unfinished cases stay as they are, the excluded and the untold stay unchecked, and nobody is confirmed."""
    world = final_world
    campaign, records = mixed(world)
    before = standing(world, records)
    world.at(MAY)
    done = close_campaign(world.place.engine, world.place.store, campaign, world.staff["registrar"])
    assert done.deemed == 3
    after = standing(world, records)
    deemed = {"silent", "also silent", "withdrawn"}
    assert {kind for kind, (_, how) in after.items() if how == "deemed"} == deemed
    assert all(after[kind] == before[kind] for kind in records if kind not in deemed)
    with world.place.store.reading() as session:
        assert campaign_facts(session, campaign).state == "closed"
        total = board(session, campaign, "fy").total
        assert (total.numbers["deemed"], total.numbers["not_checked"], total.checked) == (3, 2, 2)


def test_who_stays_unchecked_is_listed_with_the_reason(final_world: World) -> None:
    """Before the close the list says what will happen, and after it the same people are left."""
    world = final_world
    campaign, records = mixed(world)
    world.at(MAY)
    policy = Rules(world.place.school)
    with world.place.store.reading() as session:
        assert silent_by_fate(session, policy, campaign) == {TO_DEEM: 3, UNTOLD: 1, LEFT: 1}
        before = unchecked(session, policy, campaign)
    assert {one.why for one in before} == {UNTOLD, LEFT}
    close_campaign(world.place.engine, world.place.store, campaign, SYSTEM)
    with world.place.store.reading() as session:
        assert unchecked(session, policy, campaign) == before
        assert silent_by_fate(session, policy, campaign) == {UNTOLD: 1, LEFT: 1}
        names = {record.xm for record in session.scalars(select(Record)) if record.id == records["untold"]}
        assert {one.name for one in unchecked(session, policy, campaign) if one.why == UNTOLD} == names


def test_where_silence_means_nothing_everybody_silent_stays_unchecked(world: World) -> None:
    """The freshmen's check closes, told or not, and each of them is listed."""
    record = world.record()
    campaign = world.open_campaign()
    see(world, record)
    world.at(on(2024, 11, 8, 0))
    assert close_campaign(world.place.engine, world.place.store, campaign, SYSTEM).deemed == 0
    with world.place.store.reading() as session:
        (left,) = unchecked(session, Rules(world.place.school), campaign)
    assert left.why == ASKED_IN_VAIN
    assert world.case(world.case_of(record)).state == "not_checked"


def test_nothing_is_closed_before_the_last_second_is_over(final_world: World) -> None:
    """The whole window belongs to the students: at 23:59:59 nothing happens yet."""
    world = final_world
    world.record()
    campaign = world.open_campaign("final-2028")
    world.at(on(2028, 4, 30, 23, 59, 59))
    with pytest.raises(Refused) as no:
        close_campaign(world.place.engine, world.place.store, campaign, world.staff["registrar"])
    assert no.value.codes == ("closing_day_ahead",)


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("at", range(6))
def test_killed_at_any_moment_and_run_again_it_ends_the_same(
    final_world: World, at: int, committed: bool
) -> None:
    """Every silent case is deemed once, by one entry with one notice, wherever the first run died."""
    world = final_world
    records = [world.record() for _ in range(7)]
    campaign = world.open_campaign("final-2028")
    see(world, *records)
    world.at(MAY)
    engine, store = world.place.engine, world.place.store
    dying = Dying(store, at, committed=committed)
    try:
        close_campaign(engine, dying, campaign, SYSTEM, at_most=2)  # type: ignore[arg-type]
    except Killed:
        close_campaign(engine, store, campaign, SYSTEM, at_most=2)
    with store.reading() as session:
        count = select(func.count()).select_from(EntryRow)
        assert session.scalar(count.where(EntryRow.action == "deem")) == len(records)
        assert session.scalar(select(func.count()).where(Notice.event == "deemed")) == len(records)
        actions = session.scalars(
            select(EntryRow.action).where(EntryRow.subject == campaign).order_by(EntryRow.number)
        ).all()
    assert actions == ["draft", "start", "wind_up", "close"]


def test_a_closed_campaign_closed_again_stays_as_it_is(final_world: World) -> None:
    """The second run finds nothing to do, and refuses nothing."""
    world = final_world
    record = world.record()
    campaign = world.open_campaign("final-2028")
    see(world, record)
    world.at(MAY)
    engine, store = world.place.engine, world.place.store
    close_campaign(engine, store, campaign, SYSTEM)
    assert close_campaign(engine, store, campaign, SYSTEM).deemed == 0


def test_whoever_waits_hears_how_far_the_closing_is(final_world: World) -> None:
    """The number so far, after each wave."""
    world = final_world
    records = [world.record() for _ in range(5)]
    campaign = world.open_campaign("final-2028")
    see(world, *records)
    world.at(MAY)
    heard: list[int] = []
    close_campaign(world.place.engine, world.place.store, campaign, SYSTEM, heard.append, at_most=2)
    assert heard == [2, 4, 5]


@pytest.mark.parametrize("graduates", [date(2029, 1, 10), date(2028, 7, 1)])
def test_the_untold_are_found_whatever_day_they_graduate(final_world: World, graduates: date) -> None:
    """Who was never shown the opening stays unchecked, a winter graduate like everybody else."""
    world = final_world
    world.record(yjbyrq=graduates)
    campaign = world.open_campaign("final-2028")
    world.at(MAY)
    close_campaign(world.place.engine, world.place.store, campaign, SYSTEM)
    with world.place.store.reading() as session:
        assert [one.why for one in unchecked(session, Rules(world.place.school), campaign)] == [UNTOLD]


def test_what_a_closing_says_of_silent_cases_is_what_the_guards_of_deeming_bar() -> None:
    """Each guard is who is counted, why a case stays, or that the window is past, which a closing waits for."""
    assert {*COUNTED, *STAYS, "campaign_is_over"} == set(CASE.action("deem").guards)
