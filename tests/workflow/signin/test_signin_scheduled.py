"""What has expired ends for good, and what nobody needs any more goes; who could get in stays on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from tests.conftest import CHECK_DAY
from workflow.clock import SetClock
from workflow.engine import SYSTEM
from workflow.people.accounts import add_person, grants_of
from workflow.people.cipher import Cipher
from workflow.people.presences import LIVES, Way, begin, seen_again, who_is
from workflow.people.tables import Presence
from workflow.people.tokens import digest
from workflow.signin.codes import issue
from workflow.signin.scheduled import SweptSignIns, run_scheduled
from workflow.signin.tables import KeptPress, KnownBrowser, SignInCode, Throttle
from workflow.signin.throttle import (
    FORGOTTEN,
    FREE,
    KNOWN_FOR,
    Knock,
    count_wrong,
    delay,
    forget_marks,
    is_known,
    know_browser,
    wait_for,
)
from workflow.store import Store

SECOND = timedelta(seconds=1)
Entropy = Callable[[int], bytes]


@pytest.fixture
def person(store: Store, entropy: Entropy) -> str:
    """A reviewer."""
    with store.writing() as session:
        return add_person(session, "李测试", "reviewer", "", SYSTEM.person, CHECK_DAY, entropy).id


def entered(store: Store, entropy: Entropy, person: str, at: datetime) -> str:
    """A browser in which a person signed in. Returns the digest of its token."""
    with store.writing() as session:
        return digest(begin(session, grants_of(session, person)[0], Way("password"), at, entropy))


def because(store: Store, presence: str) -> str:
    """Why a presence ended; '' while it is open."""
    with store.reading() as session:
        return session.get_one(Presence, presence).ended_because


@pytest.mark.parametrize("setting", sorted(LIVES))
def test_an_expired_sign_in_ends_for_good_and_says_why(
    store: Store, clock: SetClock, entropy: Entropy, person: str, setting: str
) -> None:
    """Idle or over, it ends in the round of that second; a clock set back afterwards does not revive it."""
    lives = LIVES[setting]
    idle, over = (entered(store, entropy, person, CHECK_DAY) for _ in range(2))
    clock.moment = CHECK_DAY + lives.staff_idle - SECOND
    assert run_scheduled(store, clock, entropy, lives) == SweptSignIns()
    with store.writing() as session:
        seen_again(session, over, CHECK_DAY + lives.staff_longest - SECOND)
    clock.moment = CHECK_DAY + lives.staff_longest
    assert run_scheduled(store, clock, entropy, lives) == SweptSignIns(ended=2)
    assert run_scheduled(store, clock, entropy, lives) == SweptSignIns()
    assert (because(store, idle), because(store, over)) == ("idle", "over")
    with store.reading() as session:
        assert who_is(session, idle, CHECK_DAY, lives) is None


def test_what_is_past_its_time_goes_and_who_could_get_in_stays(
    store: Store, clock: SetClock, entropy: Entropy, person: str, cipher: Cipher
) -> None:
    """Kept presses, known browsers and throttle marks go at the second they end; codes and presences never."""
    with store.writing() as session:
        count_wrong(session, cipher, Knock("2024110001", "198.51.100.7"), CHECK_DAY)
        browser = know_browser(session, None, person, CHECK_DAY, entropy)
        issue(session, person, "counter", SYSTEM.person, CHECK_DAY, entropy)
        press = {"presence": "x", "person_id": person, "sealed": b"x", "made_at": CHECK_DAY}
        session.add(KeptPress(id="one", ends_at=CHECK_DAY + timedelta(minutes=10), **press))
    entered(store, entropy, person, CHECK_DAY)
    lives = LIVES["workday"]
    rounds = []
    for ends in (timedelta(minutes=10), FORGOTTEN, KNOWN_FOR):
        for moment in (CHECK_DAY + ends - SECOND, CHECK_DAY + ends):
            clock.moment = moment
            done = run_scheduled(store, clock, entropy, lives)
            rounds.append((done.presses, done.marks, done.browsers))
            with store.reading() as session:
                assert is_known(session, browser, person, moment) == (moment < CHECK_DAY + KNOWN_FOR)
    assert rounds == [(0, 0, 0), (1, 0, 0), (0, 0, 0), (0, 4, 0), (0, 0, 0), (0, 0, 1)]
    with store.reading() as session:
        kept = [session.scalar(select(func.count()).select_from(one)) for one in (SignInCode, Presence)]
        gone = [session.scalar(select(func.count()).select_from(one)) for one in (KeptPress, KnownBrowser)]
    assert (kept, gone) == ([1, 1], [0, 0])


def test_marks_of_an_attack_are_deleted_piece_by_piece(
    store: Store, clock: SetClock, entropy: Entropy, cipher: Cipher
) -> None:
    """Whatever the size of a piece, all forgotten marks go in one run, and those that count stay."""
    with store.writing() as session:
        for n in range(20):
            count_wrong(session, cipher, Knock(f"T{n}", f"203.0.113.{n}"), CHECK_DAY)
    late = CHECK_DAY + FORGOTTEN
    with store.writing() as session:
        for _ in range(FREE):
            count_wrong(session, cipher, Knock("T0", "203.0.113.0"), late)
    clock.moment = late
    assert run_scheduled(store, clock, entropy, LIVES["workday"], at_most=7).marks == 3 * 19
    with store.reading() as session:
        assert wait_for(session, cipher, Knock("T0", "203.0.113.0"), late) == delay(FREE)


def test_an_attack_cannot_fill_the_database(store: Store, cipher: Cipher) -> None:
    """Beyond what is kept the oldest marks go first, so that the newest waits hold."""
    with store.writing() as session:
        for n in range(30):
            count_wrong(session, cipher, Knock(f"T{n}", f"203.0.113.{n}"), CHECK_DAY)
        for _ in range(FREE):
            count_wrong(session, cipher, Knock("T", "198.51.100.7"), CHECK_DAY + SECOND)
    with store.writing() as session:
        gone = forget_marks(session, CHECK_DAY + SECOND, 1_000, most=4)
        assert session.scalar(select(func.count()).select_from(Throttle)) == 4
        assert gone == 3 * 30
        assert wait_for(session, cipher, Knock("T", "198.51.100.7"), CHECK_DAY + SECOND) == delay(FREE)
