"""Scheduled jobs run without a request."""

from __future__ import annotations

import threading

import pytest

from states.campaign import CLOSED
from tests.conftest import on
from tests.world import World
from workflow.cases.tables import Campaign
from workflow.people.accounts import grants_of
from workflow.people.presences import LIVES, Way, begin
from workflow.upkeep import scheduled
from workflow.upkeep.scheduled import run_scheduled


def test_one_round_publishes_and_closes_what_is_due(world: World) -> None:
    """On the day after the close both bulletins are there and the campaign is over; a second round does nothing."""
    world.record()
    campaign = world.open_campaign()
    world.at(on(2024, 11, 8, 9))
    _, _, done = run_scheduled(world.place)
    assert [str(day) for day in done.bulletins] == ["2024-10-30", "2024-11-06"]
    assert len(done.closed) == 1
    with world.place.store.reading() as session:
        assert session.get_one(Campaign, campaign).state == CLOSED
    _, _, again = run_scheduled(world.place)
    assert (again.bulletins, again.closed) == ((), ())


def test_one_round_ends_expired_sign_ins_by_the_setting(world: World) -> None:
    """A reviewer's sign-in ends after four idle hours where a working day is set, and once only."""
    with world.place.store.writing() as session:
        grant = grants_of(session, world.staff["reviewer"].person)[0]
        begin(session, grant, Way("password"), world.clock.moment, world.place.entropy)
    world.clock.moment += LIVES[world.place.settings.sessions].staff_idle
    assert [run_scheduled(world.place)[0].ended for _ in range(2)] == [1, 0]


def test_a_serving_process_does_the_rounds_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite one process serves, so it tends too, and a round that fails is no end of it."""
    rounds, enough = [], threading.Event()

    def one(place: object) -> None:
        rounds.append(place)
        if len(rounds) > 1:
            enough.set()
        raise OSError("the disk is full of somebody's name")

    monkeypatch.setattr(scheduled, "PAUSE", 0)
    monkeypatch.setattr(scheduled, "run_scheduled", one)
    with scheduled.tending(world.place) as here:
        assert here == (world.place.store.dialect == "sqlite")
        if here:
            assert enough.wait(30)
    if here:
        assert not any(thread.name == "kanwu-tending" for thread in threading.enumerate())
