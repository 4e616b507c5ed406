"""Scheduled job of campaigns: bulletins on their days, closing, the colleges' deadline.

Idempotent: it repeats nothing, and finishes what a kill interrupted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from states.campaign import CLOSING, OPEN
from workflow.campaigns.closing import CHUNK, Closed, close_campaign, deem_with_their_colleges
from workflow.campaigns.colleges.deadline import tell_colleges
from workflow.campaigns.colleges.unsigned import deem_unsigned
from workflow.campaigns.progress.bulletin import due, publish
from workflow.cases.tables import Campaign
from workflow.engine import SYSTEM, Engine
from workflow.store import Store


@dataclass(frozen=True, slots=True)
class ScheduledCampaignWork:
    """The result of a run: the days whose bulletins were made, and the campaigns that were closed.

    ``told``: how many notices of the colleges' deadline were owed. ``deemed``: the colleges whose unsigned
    lists now stand without objection. ``with_them``: how many silent students were deemed correct for that.
    """

    bulletins: tuple[date, ...]
    closed: tuple[Closed, ...]
    told: int = 0
    deemed: tuple[str, ...] = ()
    with_them: int = 0


def run_scheduled(engine: Engine, store: Store, *, at_most: int = CHUNK) -> ScheduledCampaignWork:
    """Make due bulletins, close the campaigns that are over, apply the colleges' deadline."""
    made = []
    with store.reading() as session:
        now = engine.clock.now(session)
        waiting = due(engine, session, now)
        over = session.scalars(
            select(Campaign.id)
            .where(Campaign.state.in_((OPEN, CLOSING)), Campaign.closes_at < now)
            .order_by(Campaign.closes_at, Campaign.id)
        ).all()
    for one in waiting:
        with store.writing() as session:
            if one in due(engine, session, now):  # no other process was faster
                publish(engine, session, one.campaign, SYSTEM, one.day, one.as_of)
                made.append(one.day)
    closed = tuple(close_campaign(engine, store, campaign, SYSTEM, at_most=at_most) for campaign in over)
    told = tell_colleges(engine, store)
    deemed = deem_unsigned(engine, store)
    with_them = deem_with_their_colleges(engine, store, at_most=at_most)
    return ScheduledCampaignWork(tuple(made), closed, told, deemed, with_them)
