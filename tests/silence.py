"""A school whose rules allow a college's silence to count, and actions there in May."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.policy import School
from config.policy.words import Sending, Silence
from config.settings import Settings
from tests.conftest import nchu_folder, on
from tests.workflow.conftest import APRIL, FINAL
from tests.world import World
from workflow.campaigns.colleges.attestation import frozen_now, seen_as
from workflow.campaigns.colleges.deadline import mark_deadline_seen
from workflow.campaigns.scheduled import ScheduledCampaignWork, run_scheduled
from workflow.clock import SetClock
from workflow.engine import Actor, Ref
from workflow.history.entry import Entry
from workflow.people.accounts import add_person
from workflow.people.cipher import Cipher
from workflow.store import Store
from workflow.upkeep.installation import assemble, keep_rules

PLAN = FINAL.id
TOLD, OTHER, EMPTY = "测试学院", "另一学院", "没有人的学院"
DUE = on(2028, 5, 10, 23, 59, 59)
"""The colleges' deadline. The students' deadline is 30 April."""
LATER = on(2028, 5, 11, 0)


def school_in_april(
    store: Store,
    cipher: Cipher,
    nchu: School,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    folder: Path,
    *,
    deems: tuple[str, ...] = ("final",),
    told_by: tuple[str, ...] = ("page",),
    students: tuple[str, ...] = (),
    **sending: Any,
) -> World:
    """The small school in April. Its rules let a college's silence count in these kinds of check.

    In ``students`` it counts for the students as well, whose own silence then means nothing.
    """
    clock.moment = APRIL
    own = () if students else ("final",)
    silence = Silence(own, "测试的规则", told_by, deems, students)
    policy = replace(nchu.policy, silence=silence, sending=Sending("tests", **sending))
    plans = (*nchu.campaigns, replace(FINAL, colleges_close=DUE))
    school = replace(nchu, campaigns=plans, policy=policy)
    settings = Settings(folder, store.url.render_as_string(hide_password=False), "", nchu_folder())
    settings.evidence.mkdir(exist_ok=True)
    place = assemble(settings, store, cipher, keep_rules(store, clock, school), clock, entropy)
    return World(place, clock)


def begin(world: World) -> str:
    """A final check of three colleges, with an officer in the first two. No one is notified yet."""
    for college in (TOLD, TOLD, OTHER, EMPTY):
        world.record(fy=college)
    officer(world, OTHER)
    return world.open_campaign(PLAN)


def officer(world: World, college: str, name: str = "外院经办人") -> Actor:
    """One more officer."""
    with world.place.store.writing() as session:
        made = add_person(
            session, name, "officer", college, "system", world.clock.moment, world.place.entropy
        )
        return Actor(made.id, "officer")


def see(world: World, campaign: str, by: Actor) -> None:
    """Record that an officer's page showed the deadline."""
    with world.place.store.writing() as session:
        mark_deadline_seen(session, campaign, by.person, world.clock.moment)


def go(world: World) -> ScheduledCampaignWork:
    """Run the scheduled jobs."""
    return run_scheduled(world.place.engine, world.place.store)


def sign(world: World, campaign: str, by: Actor, deemed: str = "", college: str = TOLD) -> Entry:
    """Sign a college's list, by default the first one's, or its deemed attestation."""
    with world.place.store.reading() as session:
        seen = seen_as(world.place.cipher, frozen_now(session, campaign, college))
    more = {} if deemed else {"campaign": campaign, "college": college}
    return world.do(Ref("attestation", deemed), "sign", by, seen=seen, **more)
