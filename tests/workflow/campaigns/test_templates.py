"""A campaign that a template makes is opened like one that the school announced."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from tests.conftest import on
from tests.world import World
from workflow.campaigns.cohort import plans_of
from workflow.campaigns.opening import open_campaign
from workflow.campaigns.progress.board import board
from workflow.cases.tables import Campaign, Case
from workflow.records.tables import Record


def test_a_final_check_takes_everybody_whose_last_check_it_is(world: World) -> None:
    """Four years or two, entered whenever, January's graduates and who is on leave; the next class is not in it."""
    inside = {
        world.record(rxrq=date(2024, 9, 15), yjbyrq=date(2028, 7, 1)),
        world.record(cc="专升本", xz="2", rxrq=date(2026, 9, 15), yjbyrq=date(2028, 7, 1)),
        world.record(cc="专科", xz="3", rxrq=date(2025, 9, 15), yjbyrq=date(2028, 6, 25)),
        world.record(rxrq=date(2024, 9, 15), yjbyrq=date(2029, 1, 10)),
        world.record(rxrq=date(2023, 9, 15), yjbyrq=date(2028, 7, 1), xjzt="休学"),
    }
    world.record(yjbyrq=date(2028, 4, 30))  # whose final check was a year before
    world.record(yjbyrq=date(2029, 5, 1))
    world.record(yjbyrq=date(2028, 7, 1), xjzt="退学")
    world.record(yjbyrq=None)
    world.at(on(2028, 4, 1, 9))
    place = world.place

    opened = open_campaign(place.engine, place.store, "final-2028", world.staff["registrar"])

    with place.store.reading() as session:
        campaign = session.get_one(Campaign, opened.campaign)
        records = set(session.scalars(select(Case.record_id).where(Case.campaign_id == campaign.id)))
        found = board(session, campaign.id, "fy")
        assert (campaign.kind, campaign.closes_at) == ("final", on(2028, 4, 30, 23, 59, 59))
    assert records == inside and opened.cases == found.total.counted == 5


def test_a_late_arrival_comes_into_it_too(world: World) -> None:
    """Opened again it finds its template again, and only who is missing gets a case."""
    world.record(yjbyrq=date(2028, 7, 1))
    world.at(on(2028, 4, 1, 9))
    place, registrar = world.place, world.staff["registrar"]
    open_campaign(place.engine, place.store, "final-2028", registrar)
    late = world.record(yjbyrq=date(2028, 12, 31))
    again = open_campaign(place.engine, place.store, "final-2028", registrar)
    with place.store.reading() as session:
        in_it = session.scalars(select(Record.id).join(Case, Case.record_id == Record.id)).all()
    assert again.cases == 1 and late in in_it


def test_an_opened_campaign_stays_on_the_list_when_its_time_is_over(world: World) -> None:
    """What was opened is named beside what comes next, each once."""
    school = world.place.school
    ids = [plan.id for plan in plans_of(school, date(2028, 5, 1), ["final-2028", "freshman-2024", "gone"])]
    assert ids == ["freshman-2024", "final-2028", "freshman-2028", "yearly-2028", "final-2029"]
