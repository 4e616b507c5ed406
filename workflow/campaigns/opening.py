"""Opening a campaign: its draft, its start, and a case for every record of the cohort."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.campaign import DRAFT, OPEN
from workflow.cases import rules
from workflow.cases.load import campaign_facts
from workflow.cases.tables import Campaign
from workflow.engine import SYSTEM, Actor, Engine, Ref
from workflow.store import Store

CHUNK = 50_000


@dataclass(frozen=True, slots=True)
class Opened:
    """The result of an opening: the campaign's id and how many cases it opened."""

    campaign: str
    cases: int


def open_campaign(
    engine: Engine,
    store: Store,
    plan: str,
    by: Actor,
    progress: Callable[[int], None] = lambda n: None,
    *,
    at_most: int = CHUNK,
) -> Opened:
    """Draft and start one of the school's planned campaigns and open a case for each record of its cohort.

    Idempotent. Run again on an open campaign, it opens cases for late arrivals and finishes after a kill.
    Raises Refused, or KeyError for a plan that campaigns.toml does not have.
    """
    made = 0
    with store.writing() as session:
        campaign = _started(engine, session, plan, by)
        more, made = _wave(engine, session, campaign, at_most)
    progress(made)
    while more:
        with store.writing() as session:
            more, done = _wave(engine, session, campaign, at_most)
        made += done
        progress(made)
    return Opened(campaign, made)


def _started(engine: Engine, session: Session, plan: str, by: Actor) -> str:
    found = session.scalar(select(Campaign).where(Campaign.plan == plan))
    if found is None:
        in_force = engine.policies.in_force(engine.clock.now(session))
        entry = engine.perform(session, Ref("campaign"), "draft", by=by, plan=rules.plan_of(in_force, plan))
        id, state = entry.subject, DRAFT
    else:
        id, state = found.id, found.state
    engine.perform(session, Ref("campaign", id), "admit" if state == OPEN else "start", by=by)
    return str(id)


def _wave(engine: Engine, session: Session, campaign: str, at_most: int) -> tuple[bool, int]:
    # One batch at a time: two would open cases for the same late arrivals.
    session.execute(select(Campaign.id).where(Campaign.id == campaign).with_for_update())
    tally = engine.perform_all(session, "open", campaign_facts(session, campaign), by=SYSTEM, at_most=at_most)
    return tally.more, tally.done
