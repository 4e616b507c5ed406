"""Sending: due notices are sent once, others never, and a killed worker loses nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import astuple
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from config.settings import ROOT, Smtp
from tests.conftest import on
from tests.mailbox import Mailbox
from tests.wecom import WecomStub
from tests.workflow.notices.conftest import reach, with_channels, work
from tests.world import NAME, World
from workflow.engine import SYSTEM, Ref
from workflow.notices.deliveries import (
    FRESH,
    LEASE,
    LONGEST_WAIT,
    MARGIN,
    MOST_ATTEMPTS,
    Quiet,
    health,
    lease,
    proofs,
    route,
    try_again,
    wait_after,
)
from workflow.notices.tables import Delivery, Notice
from workflow.notices.texts import TITLES
from workflow.notices.worker import nobody_answered
from workflow.signin.codes import spent
from workflow.upkeep.sending import worker_of

MINUTE = timedelta(minutes=1)
MAIL = "someone@students.school.example"


def filed(world: World, **address: str) -> str:
    """A reachable student who has filed. Returns the record."""
    record = world.record()
    reach(world, record, **(address or {"email": MAIL}))
    world.open_campaign()
    world.file(record, NAME)
    return record


def rejected(world: World) -> tuple[str, Ref]:
    """A student whose filing was just refused, with all earlier notices sent."""
    record = filed(world)
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    world.settle_all(case, "refused")
    work(world)
    world.do(case, "reject", world.staff["reviewer"], words="材料不足", refusal="record_is_right")
    return record, case


def subjects(mailbox: Mailbox) -> list[str]:
    """The subjects of the letters, in Chinese."""
    return [str(letter["Subject"]).split(" · ")[0] for _, letter in mailbox.letters]


def deliveries(world: World) -> list[tuple[str, str, str]]:
    """Event, status and fault of every delivery."""
    with world.place.store.reading() as session:
        rows = session.execute(
            select(Notice.event, Delivery.status, Delivery.error)
            .join(Delivery, Delivery.notice_id == Notice.id)
            .order_by(Notice.event, Delivery.channel)
        )
        return [(row[0], row[1], row[2]) for row in rows]


# -- what leaves ----------------------------------------------------------------------------------------


def test_what_happened_is_told_once_and_no_more(postal: World, mailbox: Mailbox) -> None:
    """However often workers look, each event of a case reaches its student in one letter."""
    filed(postal)
    work(postal)
    work(postal)
    assert sorted(subjects(mailbox)) == sorted([TITLES["filed"][0]])
    assert set(mailbox.addresses) == {MAIL}
    assert ("filed", "sent", "") in deliveries(postal)


def test_whoever_has_answered_is_not_asked_any_more(postal: World, mailbox: Mailbox) -> None:
    """The letter that asks for a check is dropped when the student files before it could leave."""
    filed(postal)
    work(postal)
    assert ("campaign_opened", "cancelled", "answered") in deliveries(postal)


def test_whoever_is_reached_by_nothing_has_their_page(postal: World, mailbox: Mailbox) -> None:
    """Without an address nothing is sent, nothing is tried again, and the health page counts it."""
    postal.record()
    postal.open_campaign()
    work(postal)
    assert mailbox.letters == [] and deliveries(postal) == []
    with postal.place.store.reading() as session:
        assert health(session, postal.clock.moment).unreached == 1


def test_an_address_that_comes_later_is_still_in_time_for_two_days(postal: World, mailbox: Mailbox) -> None:
    """Addresses imported after the opening let its letters go; those of notices long past do not."""
    soon, late = postal.record(), postal.record()
    postal.open_campaign()
    work(postal)
    reach(postal, soon, email=MAIL)
    work(postal)
    assert subjects(mailbox) == [TITLES["campaign_opened"][0]]
    postal.at(postal.clock.moment + FRESH)
    reach(postal, late, email="late@students.school.example")
    work(postal)
    assert len(mailbox.letters) == 1


def test_nothing_old_leaves_when_a_channel_is_set_up(world: World, mailbox: Mailbox) -> None:
    """A school that turns e-mail on writes to nobody about last month."""
    record = world.record()
    reach(world, record, email=MAIL)
    world.open_campaign()
    world.at(world.clock.moment + FRESH)
    work(with_channels(world, mailbox.settings()))
    assert mailbox.letters == []


def test_a_decision_leaves_only_when_it_cannot_be_undone(postal: World, mailbox: Mailbox) -> None:
    """Held back to the end of the undoing and one minute more, in which an undoing may still be committed."""
    rejected(postal)
    decided = postal.clock.moment
    before = len(mailbox.letters)
    postal.at(decided + 10 * MINUTE)
    work(postal)
    assert len(mailbox.letters) == before
    postal.at(decided + 10 * MINUTE + MARGIN)
    work(postal)
    assert subjects(mailbox)[before:] == [TITLES["decided_rejected"][0]]


def test_what_was_undone_is_never_told(postal: World, mailbox: Mailbox) -> None:
    """A decision taken back within its ten minutes leaves no letter, then or later."""
    _, case = rejected(postal)
    postal.do(case, "undo", postal.staff["reviewer"])
    postal.at(postal.clock.moment + timedelta(hours=1))
    work(postal)
    assert TITLES["decided_rejected"][0] not in subjects(mailbox)


def test_what_was_rolled_back_is_never_told(postal: World, mailbox: Mailbox) -> None:
    """A deed that was undone with its unit of work owes nothing."""
    record = postal.record()
    reach(postal, record, email=MAIL)
    with pytest.raises(RuntimeError), postal.place.store.writing() as session:
        postal.place.engine.perform(session, Ref("case"), "open", by=SYSTEM, record=record, campaign=None)
        raise RuntimeError
    work(postal)
    assert mailbox.letters == []


def test_what_is_taken_back_after_it_was_routed_is_not_sent(postal: World, mailbox: Mailbox) -> None:
    """The notice is asked again in the transaction that leases: routed is not yet sent."""
    filed(postal)
    mailbox.data = lambda to: "451 later"
    work(postal)
    with postal.place.store.writing() as session:
        session.execute(update(Notice).values(cancelled_at=postal.clock.moment))
    mailbox.data = lambda to: None
    postal.at(postal.clock.moment + timedelta(hours=1))
    work(postal)
    assert mailbox.letters == []
    assert ("filed", "cancelled", "taken_back") in deliveries(postal)


def test_what_can_not_be_done_any_more_is_not_asked(postal: World, mailbox: Mailbox) -> None:
    """A letter that asks for a check by a moment that is past stays in the house."""
    record = postal.record()
    reach(postal, record, email=MAIL)
    postal.at(on(2024, 11, 7, 21, 59))
    postal.open_campaign()
    mailbox.data = lambda to: "451 later"
    work(postal)
    mailbox.data = lambda to: None
    postal.at(on(2024, 11, 8, 8))
    work(postal)
    assert mailbox.letters == []
    assert deliveries(postal) == [("campaign_opened", "cancelled", "too_late")]


# -- when -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "goes"),
    [
        (on(2024, 10, 25, 21, 59, 59), True),
        (on(2024, 10, 25, 22), False),
        (on(2024, 10, 26, 6, 59, 59), False),
        (on(2024, 10, 26, 7), True),
    ],
)
def test_nobody_is_written_to_by_night(postal: World, mailbox: Mailbox, moment: object, goes: bool) -> None:
    """From ten in the evening to seven in the morning everything waits, to the second."""
    filed(postal)
    postal.at(moment)  # type: ignore[arg-type]
    work(postal)
    assert bool(mailbox.letters) == goes


def test_the_evening_of_the_close_is_not_quiet(postal: World, mailbox: Mailbox) -> None:
    """What ends tonight is told tonight; a letter that does not end tonight waits for the morning."""
    silent, filer = postal.record(), postal.record()
    reach(postal, silent, email=MAIL)
    reach(postal, filer, email="other@students.school.example")
    postal.at(on(2024, 11, 7, 22, 30))
    postal.open_campaign()
    postal.file(filer, NAME)
    work(postal)
    assert subjects(mailbox) == [TITLES["campaign_opened"][0]]
    assert mailbox.addresses == [MAIL]


# -- faults ---------------------------------------------------------------------------------------------


def test_a_letter_that_does_not_go_is_tried_again_later(postal: World, mailbox: Mailbox) -> None:
    """4xx: wait, longer each time, and then it goes, with nothing lost and nothing doubled."""
    filed(postal)
    mailbox.data = lambda to: "451 try later"
    work(postal)
    assert ("filed", "failed", "try_later") in deliveries(postal)
    mailbox.data = lambda to: None
    work(postal)
    assert mailbox.letters == []
    postal.at(postal.clock.moment + 2 * MINUTE)
    work(postal)
    assert len(mailbox.letters) == 1


def test_waits_grow_and_differ(postal: World) -> None:
    """Each wait is about twice the last, up to two hours, and no two workers come back at the same second."""
    entropy = postal.place.entropy
    waits = [[wait_after(n, entropy) for _ in range(40)] for n in range(1, MOST_ATTEMPTS)]
    for n, some in enumerate(waits):
        whole = min(MINUTE * 2**n, LONGEST_WAIT)
        assert all(whole * 0.5 <= one < whole * 1.5 for one in some)
        assert len(set(some)) > 20
    assert sum((some[0] for some in waits), timedelta()) > timedelta(hours=12)


def test_what_never_goes_is_given_up_and_can_be_tried_again(postal: World, mailbox: Mailbox) -> None:
    """After so many attempts it is a dead letter, listed by its fault; one press owes it again."""
    filed(postal)
    mailbox.data = lambda to: "452 full"
    for _ in range(MOST_ATTEMPTS):
        work(postal)
        postal.at(_by_day(postal))
    assert ("filed", "dead", "try_later") in deliveries(postal)
    with postal.place.store.reading() as session:
        (dead,) = health(session, postal.clock.moment).dead
    assert (dead.channel, dead.error, dead.answer, dead.n) == ("email", "try_later", 452, 1)
    mailbox.data = lambda to: None
    with postal.place.store.writing() as session:
        assert try_again(session, postal.clock.moment, "email", "try_later") == 1
    work(postal)
    assert subjects(mailbox) == [TITLES["filed"][0]]


def _by_day(world: World) -> object:
    later = world.clock.moment + 2 * LONGEST_WAIT
    return later if not Quiet().reigns(later) else later + timedelta(hours=10)


def test_a_server_that_is_away_costs_one_letter_an_attempt_and_the_others_none(world: World) -> None:
    """While the channel is down the queue waits as it is: no letter ages for a fault that is not its own."""
    with_channels(world, Smtp("127.0.0.1", 1, "none", "kanwu@school.example"))
    records = [world.record() for _ in range(3)]
    for n, record in enumerate(records):
        reach(world, record, email=f"s{n}@students.school.example")
    world.open_campaign()
    worker = work(world)
    work(world, worker)
    with world.place.store.reading() as session:
        rows = session.execute(select(Delivery.attempts, Delivery.error).order_by(Delivery.attempts))
        assert [tuple(row) for row in rows] == [(0, ""), (0, ""), (1, "unreachable")]


def test_an_address_that_is_nobodys_is_left_and_the_next_way_taken(
    both: World, mailbox: Mailbox, wecom: WecomStub
) -> None:
    """WeCom knows nobody of that name, so the letter goes by mail; and from then on by mail at once."""
    record = filed(both, wecom="zhang.san", email=MAIL)
    work(both)
    assert sorted(deliveries(both)) == [
        ("campaign_opened", "cancelled", "answered"),
        ("filed", "dead", "address_refused"),
        ("filed", "sent", ""),
    ]
    calls = len(wecom.calls)
    both.do(both.case_of(record), "withdraw", both.student(record))
    work(both)
    assert subjects(mailbox) == [TITLES["filed"][0], TITLES["withdrawn"][0]]
    assert len(wecom.calls) == calls


def test_one_message_reaches_a_person_by_one_way(both: World, mailbox: Mailbox, wecom: WecomStub) -> None:
    """With both addresses known the message goes by WeCom alone."""
    wecom.members = {"zhang.san"}
    filed(both, wecom="zhang.san", email=MAIL)
    work(both)
    assert [title for _, title in wecom.arrived] == [TITLES["filed"][0]] and mailbox.letters == []


def test_two_given_up_ways_are_tried_again_as_one(both: World, mailbox: Mailbox, wecom: WecomStub) -> None:
    """Trying everything again never makes two messages of one notice."""
    filed(both, wecom="zhang.san", email=MAIL)
    mailbox.rcpt = lambda to: "550 no such user"
    work(both)
    with both.place.store.writing() as session:
        assert try_again(session, both.clock.moment) == 1
    mailbox.rcpt = lambda to: None
    wecom.members = {"zhang.san"}
    work(both)
    assert len(mailbox.letters) + len(wecom.arrived) == 1


# -- several workers, and killed ones -------------------------------------------------------------------


def test_two_workers_never_hold_the_same_letter(postal: World) -> None:
    """What one has leased the other does not get, until the lease runs out."""
    place = postal.place
    for n in range(3):
        reach(postal, postal.record(), email=f"s{n}@students.school.example")
    postal.open_campaign()
    with place.store.writing() as session:
        assert route(session, postal.clock.moment, ["email"], place.entropy) == 3

    def hold() -> set[str]:
        with place.store.writing() as session:
            batch = lease(
                session, postal.clock.moment, "email", Quiet(), place.entropy, nobody_answered, spent,
                at_most=2, alike=False,
            )  # fmt: skip
            return {item.notice for item in batch.items} if batch else set()

    first, second, third = hold(), hold(), hold()
    assert (len(first), len(second), len(third)) == (2, 1, 0) and not first & second
    postal.at(postal.clock.moment + LEASE)
    assert hold() in (first, second)


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_workers_at_the_same_moment_pass_each_other_by(postal: World) -> None:
    """On PostgreSQL a second worker skips what a first one is leasing, without waiting for it."""
    place = postal.place
    for n in range(4):
        reach(postal, postal.record(), email=f"s{n}@students.school.example")
    postal.open_campaign()
    with place.store.writing() as one, place.store.writing() as two:
        assert route(one, postal.clock.moment, ["email"], place.entropy, at_most=2) == 2
        assert route(two, postal.clock.moment, ["email"], place.entropy) == 2
    held = []
    with place.store.writing() as one, place.store.writing() as two:
        for session in (one, two):
            batch = lease(
                session, postal.clock.moment, "email", Quiet(), place.entropy, nobody_answered, spent,
                at_most=2, alike=False,
            )  # fmt: skip
            assert batch is not None
            held.append({item.notice for item in batch.items})
    assert len(held[0]) == len(held[1]) == 2 and not held[0] & held[1]


@pytest.mark.parametrize("accepted", [False, True])
def test_a_worker_killed_while_it_sends_loses_nothing(
    postal: World, mailbox: Mailbox, accepted: bool
) -> None:
    """Killed before the server took the letter it goes once; killed after, it goes again as the same letter."""
    reach(postal, postal.record(), email=MAIL)
    postal.open_campaign()
    url = postal.place.store.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.workflow.notices.a_worker"],
        stdin=subprocess.PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": _path()}, text=True,
    ) as process:  # fmt: skip

        def kill(to: str = "") -> str | None:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return "hang up"

        if accepted:
            mailbox.after = kill
        else:
            mailbox.data = kill
        head = astuple(worker_of(postal.place).head)
        at, port = postal.clock.moment.isoformat(), mailbox.settings().port
        said = {"url": url, "at": at, "port": port, "head": head}
        process.communicate(json.dumps(said) + "\n")
    assert process.returncode == -signal.SIGKILL
    assert len(mailbox.letters) == accepted
    mailbox.data, mailbox.after = lambda to: None, lambda: None
    work(postal)
    assert len(mailbox.letters) == accepted
    postal.at(postal.clock.moment + LEASE)
    work(postal)
    assert len(mailbox.letters) == 1 + accepted
    assert len(set(mailbox.ids)) == 1 and len(set(mailbox.raw)) == 1
    work(postal)
    assert len(mailbox.letters) == 1 + accepted


def _path() -> str:
    return os.pathsep.join(str(Path(one or ".").absolute()) for one in sys.path)


# -- proof ----------------------------------------------------------------------------------------------


def test_how_a_student_was_told_can_be_shown(postal: World, mailbox: Mailbox) -> None:
    """For each notice: when it was sent, and under which id it stands in the mail server's own log."""
    record = filed(postal)
    work(postal)
    with postal.place.store.reading() as session:
        (proof,) = [one for one in proofs(session, record) if one.event == "filed"]
    assert (proof.channel, proof.status, proof.sent_at) == ("email", "sent", postal.clock.moment)
    assert [proof.reference] == mailbox.ids


def test_without_a_channel_nothing_leaves_and_nothing_is_written(world: World) -> None:
    """A school that has set nothing up has a worker that does nothing."""
    filed(world)
    assert worker_of(world.place).step() == 0
    assert deliveries(world) == []
