"""What counts as notified before silence may count: by default only what the student saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from config.policy import School, load_school
from config.policy.reading.load import PolicyFaults
from config.settings import Settings
from tests.conftest import nchu_folder, on
from tests.mailbox import Mailbox
from tests.workflow.conftest import APRIL, FINAL
from tests.workflow.notices.conftest import reach, with_channels, work
from tests.world import World
from workflow.campaigns.closing import TO_DEEM, silent_by_fate
from workflow.clock import SetClock
from workflow.engine import SYSTEM
from workflow.notices.outbox import mark_seen
from workflow.people.cipher import Cipher
from workflow.store import Store
from workflow.upkeep.installation import assemble, keep_rules

MAY = on(2028, 5, 1, 0)
PAGE, MAIL = ("page",), ("page", "email")
Opened = Callable[[tuple[str, ...]], World]


@pytest.fixture
def opened(
    store: Store, cipher: Cipher, nchu: School, clock: SetClock, entropy: Callable[[int], bytes],
    tmp_path: Path, mailbox: Mailbox,
) -> Opened:  # fmt: skip
    """A factory: a school of four silent students in its final check, by what counts as notified.

    The first has a vouched address, the second one that is not vouched for, the third one that does not work,
    the fourth none.
    """

    def make(told_by: tuple[str, ...]) -> World:
        clock.moment = APRIL
        silence = replace(nchu.policy.silence, told_by=told_by)
        school = replace(
            nchu, campaigns=(*nchu.campaigns, FINAL), policy=replace(nchu.policy, silence=silence)
        )
        settings = Settings(tmp_path, store.url.render_as_string(hide_password=False), "", nchu_folder())
        settings.evidence.mkdir(exist_ok=True)
        place = assemble(settings, store, cipher, keep_rules(store, clock, school), clock, entropy)
        world = with_channels(World(place, clock), mailbox.settings())
        records = [world.record() for _ in range(4)]
        reach(world, records[0], vouched=True, email="one@students.school.example")
        reach(world, records[1], email="two@students.school.example")
        reach(world, records[2], vouched=True, email="gone@students.school.example")
        mailbox.rcpt = lambda to: "550 no" if to.startswith("gone") else None
        world.open_campaign(FINAL.id)
        return world

    return make


def deemed(world: World) -> list[int]:
    """The students who could be deemed now, one by one. The count over the table must agree."""
    found = []
    with world.place.store.reading() as session:
        engine, at = world.place.engine, world.clock.moment
        cases = [world.case_of(f"{n:032x}") for n in range(1, 5)]
        for n, case in enumerate(cases, start=1):
            if engine.check_action(session, case, "deem", SYSTEM).allowed:
                found.append(n)
        campaign = world.case(cases[0]).campaign
        assert campaign is not None
        fates = silent_by_fate(session, engine.policies.in_force(at), campaign.id)
        assert fates.get(TO_DEEM, 0) == len(found)
    return found


def see(world: World, n: int) -> None:
    """The n-th student opens their page."""
    with world.place.store.writing() as session:
        mark_seen(session, f"{n:032x}", world.clock.moment)


def test_a_letter_that_was_sent_is_not_yet_read(opened: Opened) -> None:
    """By default only what the student saw on their page counts, whatever left the house."""
    world = opened(PAGE)
    work(world)
    see(world, 4)
    world.at(MAY)
    assert deemed(world) == [4]


def test_where_policy_says_so_a_letter_to_an_address_vouched_for_counts(opened: Opened) -> None:
    """Not one to an address that nobody vouched for, and not one that was refused."""
    world = opened(MAIL)
    work(world)
    world.at(MAY)
    assert deemed(world) == [1]
    assert {reason.code for reason in world.refused(world.case_of(f"{2:032x}"), "deem", SYSTEM).reasons} == {
        "never_told"
    }


def test_what_has_not_left_told_nobody(opened: Opened) -> None:
    """A letter that waits is no proof."""
    world = opened(MAIL)
    world.at(MAY)
    assert deemed(world) == []


def test_a_reminder_that_was_sent_tells_of_the_campaign(opened: Opened, mailbox: Mailbox) -> None:
    """Whoever's opening could not leave in time was told by the reminder three days before the close."""
    world = opened(MAIL)
    world.at(APRIL + timedelta(days=17))
    work(world)
    assert any("请在截止前核对" in str(letter["Subject"]) for _, letter in mailbox.letters)
    world.at(MAY)
    assert deemed(world) == [1]


def test_a_way_that_does_not_exist_is_a_fault_of_the_policy(tmp_path: Path) -> None:
    """Told by pigeon names file and line."""
    for file in nchu_folder().glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        (tmp_path / file.name).write_text(
            text.replace('deems = ["final"]', 'deems = ["final"]\ntold_by = ["pigeon"]'), encoding="utf-8"
        )
    with pytest.raises(PolicyFaults, match=r"policy\.toml:\d+: .*pigeon"):
        load_school(tmp_path)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [("remind_at = 08:00:00", "remind_at = 06:00:00"), ("remind_days = [7, 3, 1]", "remind_days = [-1]")],
)
def test_sending_that_contradicts_itself_is_a_fault_of_the_policy(
    tmp_path: Path, was: str, becomes: str
) -> None:
    """Reminders by night, or after the close, name file and line."""
    for file in nchu_folder().glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        (tmp_path / file.name).write_text(text.replace(was, becomes), encoding="utf-8")
    with pytest.raises(PolicyFaults, match=r"policy\.toml:\d+: "):
        load_school(tmp_path)
