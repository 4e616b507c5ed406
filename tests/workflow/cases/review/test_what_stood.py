"""What the registrar had granted when a case was filed, once that is used up, ended or not granted yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import on
from tests.workflow.cases.review.test_questions import ask, claim_of, the
from tests.workflow.cases.rules.driving import PLATFORM, driven, rule
from tests.workflow.permissions.test_permissions import granted
from tests.world import World
from workflow.campaigns.closing import close_campaign
from workflow.cases.claims import ClaimFiled
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.rules import question
from workflow.clock import SetClock
from workflow.engine import SYSTEM
from workflow.people.cipher import Cipher
from workflow.permissions.scheduled import run_scheduled
from workflow.store import Store

pytestmark = [pytest.mark.one_database]
DAY = timedelta(days=1)
GIVEN_NAME = ClaimFiled("XM", "admission_error", "测试零零一")
SURNAME = "侧试零零一"
Drive = Callable[..., World]


@pytest.fixture
def drive(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> Drive:
    """Drives one rule in the small school, with the platform's step behind it."""
    return lambda *rules: driven(store, cipher, clock, entropy, tmp_path, *rules, rule("end", PLATFORM))


SURNAME_APPROVED = rule("surname", 'add_step = "approval", office = "registrar"', 'changed = ["surname"]')
BARRED = {
    "open": rule("past", 'refuse = "WORD"', 'out_of_campaign = ["freshman"]', 'actions = ["raise"]'),
    "extend": rule("late", 'refuse = "WORD"', "extended = false", 'actions = ["raise"]'),
}


@pytest.mark.parametrize("kind", ["open", "extend"])
def test_an_answer_is_judged_by_what_stood_at_the_filing(drive: Drive, kind: str) -> None:
    """A permission that is used up or over later takes no step away from what it let a student file."""
    world = drive(BARRED[kind], SURNAME_APPROVED)
    record = world.record()
    campaign = world.open_campaign()
    if kind == "open":
        world.at(on(2024, 11, 8))
        close_campaign(world.place.engine, world.place.store, campaign, SYSTEM)
    granted(world, record, kind, world.clock.moment + DAY, campaign=campaign if kind == "open" else "")
    world.file(record, GIVEN_NAME)
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    ask(world, case, QuestionAsked("value", claim_of(world, case), "请核对"))
    world.at(world.clock.moment + 2 * DAY)
    run_scheduled(world.place.engine, world.place.store)
    world.do(case, "answer", world.student(record), question=the(world, case, "value"), value=SURNAME)
    assert [one.kind for one in world.case(case).steps if not one.outcome] == ["approval", "platform"]


def test_what_is_granted_later_opens_nothing_earlier(drive: Drive) -> None:
    """The question as of a moment counts what stood then, whatever was granted, used or taken back since."""
    world = drive()
    record = world.record()
    campaign = world.open_campaign()
    before, given = on(2024, 11, 8), on(2024, 11, 10)
    world.at(before)
    close_campaign(world.place.engine, world.place.store, campaign, SYSTEM)
    world.at(given)
    frozen = granted(world, record, "freeze")
    granted(world, record, "open", campaign=campaign)
    world.at(given + DAY)
    world.do(frozen, "take_back", world.staff["registrar"], words="已查清")
    facts = world.case(world.case_of(record))
    with world.place.store.reading() as session:
        rules = world.place.engine.policies.in_force(world.clock.moment)
        asked = [question(session, rules, facts, at) for at in (before, given, given + DAY)]
    opened = given + 9 * DAY
    assert [one.opened_until for one in asked] == [None, opened, opened]
    assert [one.campaigns[0].closes == opened for one in asked] == [False, True, True]
    assert [one.frozen_on for one in asked] == [None, given.date(), None]
