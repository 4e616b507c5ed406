"""What a college's silence comes to for its students, where the text lets it count for them: on their pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from config.policy import School
from states.case import CHECKED_OK, NOT_CHECKED
from tests.conftest import on
from tests.laws import holds
from tests.silence import LATER, OTHER, PLAN, TOLD, go, officer, school_in_april, see, sign
from tests.web.browsing import Browser
from tests.workflow.campaigns.test_closing import see as told
from tests.world import World
from workflow.campaigns.closing import UNTOLD, WITH_COLLEGE, silent_by_fate
from workflow.campaigns.cohort import rules_of
from workflow.clock import SetClock
from workflow.engine import SYSTEM
from workflow.notices.tables import Notice
from workflow.notices.texts import Letterhead, compose
from workflow.people.cipher import Cipher
from workflow.store import Store

pytestmark = [pytest.mark.one_database]

HEAD = Letterhead("学校", "School", "https://kanwu.example")
MAY = on(2028, 5, 1, 0)


@pytest.fixture
def world(
    store: Store,
    cipher: Cipher,
    nchu: School,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
) -> World:
    """The small school in April. A college's silence counts there for its students, theirs does not."""
    return school_in_april(store, cipher, nchu, clock, entropy, tmp_path, students=("final",))


def fates(world: World, campaign: str) -> dict[str, int]:
    """What is to come of the silent students."""
    with world.place.store.reading() as session:
        return silent_by_fate(session, rules_of(world.place.engine, session, campaign), campaign)


@holds("policy_deems", "mark_deemed")
def test_the_told_students_of_a_silent_college_are_deemed_when_its_time_is_over(
    world: World, as_student: Callable[[str], Browser], as_staff: Callable[[str], Browser]
) -> None:
    """Not at their own close, not the untold, and none of a college that signed or was never told."""
    silent, untold, elsewhere = world.record(), world.record(), world.record(fy=OTHER)
    nobodys = world.record(fy="没有人的学院")
    other = officer(world, OTHER)
    campaign = world.open_campaign(PLAN)
    assert go(world).told == 2
    with world.place.store.reading() as session:
        (facts, _) = session.scalars(select(Notice.facts).where(Notice.event == "list_due")).all()
    said = "\n".join(compose("1" * 32, "list_due", MAY, MAY, facts, HEAD).lines)
    assert "本学院没有答复、又收到过通知的学生" in said
    told(world, silent, elsewhere, nobodys)
    as_staff("officer").get("/college")
    see(world, campaign, other)
    world.at(MAY)
    go(world)
    cases = [world.case_of(record) for record in (silent, untold, elsewhere, nobodys)]
    assert [world.case(case).state for case in cases] == [NOT_CHECKED] * 4
    assert fates(world, campaign) == {WITH_COLLEGE: 4}
    assert "学院到期没有签认名单的，按学校规则视为无误" in as_student(silent).get("/my").text
    assert world.may(cases[0], "deem", SYSTEM).codes == ("college_not_silent",)
    sign(world, campaign, other, college=OTHER)
    world.at(LATER)
    done = go(world)
    assert (done.deemed, done.with_them) == ((TOLD,), 1)
    assert (go(world).deemed, go(world).with_them) == ((), 0)
    assert [world.case(case).state for case in cases] == [CHECKED_OK, NOT_CHECKED, NOT_CHECKED, NOT_CHECKED]
    assert fates(world, campaign) == {UNTOLD: 1, WITH_COLLEGE: 2}
    assert "按学校规则视为无误" in as_student(silent).get("/my").text
    trail = as_staff("auditor").get(f"/audit/{cases[0].id}").text
    assert "学院到期没有签认名单" in trail and "视为无误" in trail
    assert "视为无误" in as_staff("officer").get(f"/college/{PLAN}/students/{cases[0].id}").text
