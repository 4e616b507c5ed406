"""What becomes of the silence of students whom the registrar gave time, at the close and long after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from config.policy import School
from states.case import CHECKED_OK, NOT_CHECKED
from tests.conftest import on
from tests.laws import holds
from tests.silence import LATER, PLAN, go, school_in_april
from tests.web.browsing import Browser
from tests.web.college.test_their_students import fates
from tests.workflow.campaigns.test_closing import see as told
from tests.workflow.permissions.test_permissions import granted
from tests.world import World
from workflow.campaigns.closing import GIVEN_TIME, TO_DEEM, WITH_COLLEGE, unchecked
from workflow.campaigns.cohort import rules_of
from workflow.clock import SetClock
from workflow.engine import SYSTEM
from workflow.people.cipher import Cipher
from workflow.permissions.scheduled import run_scheduled
from workflow.store import Store

pytestmark = [pytest.mark.one_database]
MAY = on(2028, 5, 1, 0)
DAY = timedelta(days=1)


@pytest.fixture(params=[(), ("final",)], ids=["own", "college"])
def world(
    request: pytest.FixtureRequest,
    store: Store,
    cipher: Cipher,
    nchu: School,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
) -> World:
    """The small school in April, where the students' own silence counts, or that of their college."""
    return school_in_april(store, cipher, nchu, clock, entropy, tmp_path, students=request.param)


@holds("no_time_given")
def test_whom_time_was_given_at_the_close_is_never_deemed_and_stays_on_the_list(
    world: World, as_student: Callable[[str], Browser], as_staff: Callable[[str], Browser]
) -> None:
    """Not when that time is over, nor with their college, nor if it was granted since; their page says so."""
    with_college = bool(world.place.school.policy.silence.colleges_deem_students)
    extended, opened, early, plain = (world.record() for _ in range(4))
    campaign = world.open_campaign(PLAN)
    go(world)
    as_staff("officer").get("/college")
    told(world, extended, opened, early, plain)
    granted(world, extended, "extend", MAY + 2 * DAY)
    back = granted(world, early, "extend", MAY + 2 * DAY)
    world.do(back, "take_back", world.staff["registrar"], words="填错了人")
    silent = WITH_COLLEGE if with_college else TO_DEEM
    assert fates(world, campaign) == {GIVEN_TIME: 1, silent: 3}
    world.at(MAY)
    if with_college:
        go(world)
        granted(world, opened, "open", MAY + DAY, campaign=campaign)
    else:
        granted(world, opened, "extend", MAY + DAY)
        go(world)
    assert fates(world, campaign) == {GIVEN_TIME: 2} | ({silent: 2} if with_college else {})
    world.at(LATER)
    run_scheduled(world.place.engine, world.place.store)
    go(world)
    cases = [world.case_of(one) for one in (extended, opened, early, plain)]
    assert [world.case(one).state for one in cases] == [NOT_CHECKED, NOT_CHECKED, CHECKED_OK, CHECKED_OK]
    assert world.refused(cases[0], "deem", SYSTEM).codes == ("time_was_given",)
    assert fates(world, campaign) == {GIVEN_TIME: 2}
    with world.place.store.reading() as session:
        left = unchecked(session, rules_of(world.place.engine, session, campaign), campaign)
    assert [one.why for one in left] == [GIVEN_TIME, GIVEN_TIME]
    assert "没有确认不视为无误" in as_student(extended).get("/my").text
