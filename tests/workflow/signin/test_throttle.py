"""Wrong tries slow an account at an address, and strangers a little. They lock nobody out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from config.settings import Network
from tests.conftest import CHECK_DAY
from workflow.engine import SYSTEM
from workflow.people.accounts import add_person
from workflow.people.cipher import Cipher, Keys
from workflow.people.tokens import digest
from workflow.signin.tables import KnownBrowser, Throttle
from workflow.signin.throttle import (
    ACCOUNT,
    ADDRESS,
    CAMPUS,
    EVERYBODY,
    FORGOTTEN,
    FREE,
    FREE_IN_KNOWN_BROWSER,
    KNOWN_FOR,
    LONGEST_WAIT,
    NEIGHBOURS,
    NOW,
    STRANGERS_WAIT,
    Knock,
    count_wrong,
    delay,
    forget_browsers,
    forgive,
    is_known,
    know_browser,
    wait_for,
)
from workflow.store import Store

SECOND = timedelta(seconds=1)
ZHANG = "2024110001"
HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"
Entropy = Callable[[int], bytes]


class Door:
    """A door in front of a real database: each try is counted in a unit of work of its own."""

    def __init__(self, store: Store, cipher: Cipher, campus: Sequence[Network] = ()) -> None:
        self.store = store
        self.cipher = cipher
        self.campus = campus
        self.at = CHECK_DAY

    def wrong(self, address: str, number: str = ZHANG, *, known: bool = False) -> timedelta:
        """A wrong try. Returns how long it must wait; zero means that it was verified."""
        with self.store.writing() as session:
            return count_wrong(session, self.cipher, Knock(number, address, known), self.at, self.campus)

    def round(self, addresses: Sequence[str]) -> list[timedelta]:
        """A wrong try from each address, in one unit of work, as that is faster."""
        with self.store.writing() as session:
            knocks = [Knock(ZHANG, address) for address in addresses]
            return [count_wrong(session, self.cipher, knock, self.at) for knock in knocks]

    def right(self, address: str, number: str = ZHANG, *, known: bool = False) -> timedelta:
        """A right try."""
        wait = self.wrong(address, number, known=known)
        if not wait:
            with self.store.writing() as session:
                forgive(session, self.cipher, Knock(number, address, known), self.at, self.campus)
        return wait

    def asked(self, address: str, number: str = ZHANG, *, known: bool = False) -> timedelta:
        """What the page says without a try."""
        with self.store.reading() as session:
            return wait_for(session, self.cipher, Knock(number, address, known), self.at, self.campus)

    def later(self, wait: timedelta) -> None:
        """Let time pass."""
        self.at += wait

    def marks(self) -> int:
        """How many marks are kept."""
        with self.store.reading() as session:
            return session.scalar(select(func.count()).select_from(Throttle)) or 0


def people(store: Store, entropy: Entropy) -> list[str]:
    """Two members of staff."""
    with store.writing() as session:
        return [
            add_person(session, name, "reviewer", "", SYSTEM.person, CHECK_DAY, entropy).id
            for name in ("张三丰", "李测试")
        ]


@pytest.fixture
def door(store: Store, cipher: Cipher) -> Door:
    """A door at which nobody has knocked yet."""
    return Door(store, cipher)


def test_an_account_at_an_address_waits_twice_as_long_after_each_wrong_try(door: Door) -> None:
    """Three wrong tries are free, then the wait doubles from a second and stays at a quarter of an hour."""
    waits = []
    for _ in range(15):
        assert door.wrong(HERE) == NOW
        waits.append(door.asked(HERE))
        door.later(waits[-1])
    doubled = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert [wait.total_seconds() for wait in waits] == [0, 0, *doubled, 900, 900, 900]


def test_a_wait_ends_by_itself_and_not_a_second_sooner(door: Door) -> None:
    """A try in the last second of a wait is not verified and not counted; a second later it is verified."""
    for _ in range(FREE + 5):
        door.later(door.asked(HERE))
        assert door.wrong(HERE) == NOW
    wait = door.asked(HERE)
    door.later(wait - SECOND)
    assert [door.wrong(HERE), door.wrong(HERE), door.asked(HERE)] == [SECOND] * 3
    door.later(SECOND)
    assert door.wrong(HERE) == NOW
    assert door.asked(HERE) == 2 * wait


def test_a_pair_is_forgotten_after_an_hour_without_a_try(door: Door) -> None:
    """After an hour an account at an address has its free tries again, and a second before it has not."""
    for _ in range(FREE + 2):
        door.later(door.asked(HERE))
        door.wrong(HERE)
    door.later(FORGOTTEN - SECOND)
    assert (door.wrong(HERE), door.asked(HERE)) == (NOW, delay(FREE + 3))
    door.later(FORGOTTEN)
    assert (door.wrong(HERE), door.asked(HERE)) == (NOW, NOW)


def test_a_right_try_forgives_the_pair_and_not_the_address(door: Door) -> None:
    """Who signs in has all free tries again; the address still has what others did wrong there."""
    for number in range(ADDRESS.free - 2):
        assert door.wrong(HERE, f"T{number}") == NOW
    assert [door.wrong(HERE) for _ in range(2)] == [NOW, NOW]
    assert door.wrong(HERE) == ADDRESS.every
    door.later(ADDRESS.every)
    assert door.right(HERE) == NOW
    assert door.wrong(HERE) == NOW
    assert door.wrong(HERE) == ADDRESS.every


def test_right_tries_cost_an_address_nothing(door: Door) -> None:
    """A hundred people who sign in at one address one after the other wait for nobody."""
    assert {door.right(HERE, f"2024{n:06}") for n in range(100)} == {NOW}


def test_one_address_that_tries_many_numbers_gets_one_try_in_half_a_minute(door: Door) -> None:
    """Ten thousand numbers tried from one address: some twenty are verified at once, then two a minute."""
    first = [door.wrong(HERE, f"2024{n:06}") for n in range(100)]
    assert first.count(NOW) == ADDRESS.free
    assert max(first) == ADDRESS.every
    for n in range(5):
        door.later(ADDRESS.every)
        assert door.wrong(HERE, f"2025{n:06}") == NOW
        assert door.wrong(HERE, f"2026{n:06}") == ADDRESS.every


def test_an_address_gets_its_tries_back_by_the_clock(door: Door) -> None:
    """Who comes late does not lose what has run up: forty-five seconds are one try and half of the next."""
    for n in range(ADDRESS.free):
        door.wrong(HERE, f"2024{n:06}")
    assert door.asked(HERE) == ADDRESS.every
    door.later(ADDRESS.every * 3 / 2)
    assert (door.asked(HERE), door.wrong(HERE)) == (NOW, NOW)
    assert door.asked(HERE) == door.wrong(HERE) == ADDRESS.every / 2


def test_a_right_try_gives_its_turn_to_the_next(door: Door) -> None:
    """At an address where everybody waits, those who are right let the next one in at once."""
    for n in range(ADDRESS.free):
        door.wrong(HERE, f"2024{n:06}")
    door.later(ADDRESS.every)
    assert [door.right(HERE, f"2025{n:06}") for n in range(3)] == [NOW] * 3
    assert door.asked(HERE) == NOW


@pytest.mark.one_database
def test_the_campus_shares_an_address(store: Store, cipher: Cipher) -> None:
    """In a network that the settings name, hundreds may mistype at one address before anybody waits."""
    door = Door(store, cipher, [ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48")])
    assert {door.wrong("10.3.2.1", f"2024{n:06}") for n in range(200)} == {NOW}
    for n in range(CAMPUS.free - 200):
        door.wrong("::ffff:10.3.2.1", f"2025{n:06}")
    assert door.wrong("10.3.2.1") == CAMPUS.every
    networks = {door.wrong(f"2001:db8:1:{n:x}::5") for n in range(NEIGHBOURS.free + 1)}
    assert networks == {STRANGERS_WAIT}
    for n in range(ADDRESS.free):
        door.wrong("11.0.0.1", f"2026{n:06}")
    assert door.wrong("11.0.0.1") == ADDRESS.every


@pytest.mark.parametrize(
    "address, other, one",
    [
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("198.51.100.7", "::ffff:198.51.100.7", True),
        ("198.51.100.7", "198.51.100.8", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "unix:", True),
    ],
)
def test_an_ipv6_address_counts_by_its_network(door: Door, address: str, other: str, one: bool) -> None:
    """Addresses of one /64 are one address, as is an IPv4 address written in IPv6; others are not."""
    for _ in range(FREE):
        door.wrong(address)
    assert bool(door.wrong(other)) == one


@pytest.mark.parametrize("number, written", [(ZHANG, f" {ZHANG}\t"), ("9" * 32, "9" * 40)])
def test_a_number_written_otherwise_is_the_same_account(door: Door, number: str, written: str) -> None:
    """What the door reads as one number is one account here: blanks around it and what is too long."""
    for _ in range(FREE):
        door.wrong(HERE, number)
    assert door.wrong(HERE, written) == delay(FREE)


def test_who_has_many_ipv6_networks_gains_little(door: Door) -> None:
    """One customer's /48 has two hundred tries at once, then one in three seconds; its neighbour has its own."""
    tries = [door.wrong(f"2001:db8:5:{n:x}::1", f"2024{n:06}") for n in range(300)]
    assert tries.count(NOW) == NEIGHBOURS.free
    assert door.wrong("2001:db8:5:ffff::1") == NEIGHBOURS.every
    assert door.wrong("2001:db8:6::1") == NOW
    door.later(NEIGHBOURS.every)
    assert door.right("2001:db8:5:ffff::1") == NOW


def test_a_number_that_nobody_has_is_slowed_alike(door: Door) -> None:
    """An invented number waits as long as a real one, try for try."""
    waits = []
    for number in (ZHANG, "no such number"):
        door.at = CHECK_DAY
        said = []
        for _ in range(FREE + 4):
            door.later(door.asked(HERE, number))
            said.append((door.wrong(HERE, number), door.asked(HERE, number)))
        waits.append(said)
    assert waits[0] == waits[1]


def test_a_browser_that_signed_in_before_never_waits_for_strangers(door: Door) -> None:
    """Whatever strangers do from the same address and elsewhere, the known browser is verified at once."""
    for n in range(ADDRESS.free + 5):
        door.wrong(HERE)
        door.wrong(HERE, f"2024{n:06}")
    assert door.wrong(HERE) > NOW
    assert door.asked(HERE, known=True) == NOW
    assert door.right(HERE, known=True) == NOW


def test_a_known_browser_is_not_a_place_to_guess(door: Door) -> None:
    """After thirty wrong tries in it a known browser is slowed like any other, at that address alone."""
    for _ in range(FREE_IN_KNOWN_BROWSER):
        assert door.wrong(HERE, known=True) == NOW
    for _ in range(FREE):
        assert door.wrong(HERE, known=True) == NOW
    assert door.wrong(HERE, known=True) == door.asked(HERE, known=True) == delay(FREE)
    for _ in range(FREE):
        door.wrong(ELSEWHERE)
    assert (door.wrong(ELSEWHERE), door.wrong(ELSEWHERE, known=True)) == (delay(FREE), NOW)
    door.later(FORGOTTEN)
    for _ in range(FREE):
        door.wrong(HERE)
    assert (door.asked(HERE), door.asked(HERE, known=True)) == (delay(FREE), NOW)
    assert door.wrong(HERE, known=True) == NOW


def test_a_right_try_in_a_known_browser_forgives_the_wrong_ones_there(door: Door) -> None:
    """Who mistypes thirty times in their own browser, and gets it right in between, is never slowed."""
    for times in (FREE_IN_KNOWN_BROWSER - 1, FREE_IN_KNOWN_BROWSER):
        assert door.right(HERE, known=True) == NOW
        for _ in range(times):
            assert door.wrong(HERE, known=True) == NOW
    for _ in range(FREE):
        door.wrong(HERE)
    assert door.wrong(HERE, known=True) == delay(FREE)


@pytest.mark.one_database
def test_the_owner_gets_in_after_ten_thousand_wrong_tries_from_two_hundred_addresses(door: Door) -> None:
    """The owner's known browser is verified at once; one they never used, from home, after five seconds."""
    addresses = [f"203.0.{n}.9" for n in range(200)]
    verified = 0
    for _ in range(50):
        verified += door.round(addresses).count(NOW)
        door.later(SECOND)
    assert ACCOUNT.free < verified < 2_000
    assert door.right(HERE, known=True) == NOW
    assert door.wrong(HERE) == STRANGERS_WAIT
    door.later(STRANGERS_WAIT)
    door.round(addresses)
    assert door.right(HERE) == NOW


def test_where_an_account_is_attacked_a_stranger_waits_once(door: Door) -> None:
    """After fifty wrong tries on an account a new address waits five seconds before its first, then tries."""
    for n in range(ACCOUNT.free):
        assert door.wrong(f"203.0.{n}.9") == NOW
    assert door.wrong(HERE) == STRANGERS_WAIT
    assert door.asked(HERE) == STRANGERS_WAIT
    assert door.wrong(HERE, "2024110002") == NOW
    door.later(STRANGERS_WAIT - SECOND)
    assert door.wrong(HERE) == SECOND
    door.later(SECOND)
    assert [door.wrong(HERE) for _ in range(FREE)] == [NOW] * FREE
    assert door.wrong(HERE) == delay(FREE)
    door.later(FORGOTTEN)
    assert door.wrong(ELSEWHERE) == NOW


@pytest.mark.one_database
def test_many_wrong_tries_everywhere_slow_strangers_by_seconds(door: Door) -> None:
    """After three hundred at once everybody new waits five seconds once, but for five a second."""
    for n in range(EVERYBODY.free):
        assert door.wrong(f"203.0.{n % 100}.{n // 100}", f"2024{n:06}") == NOW
    assert door.wrong(HERE) == STRANGERS_WAIT
    assert door.right(ELSEWHERE, known=True) == NOW
    door.later(SECOND)
    a_second_later = [door.wrong(f"198.51.100.{n}", f"2025{n:06}") for n in range(10, 20)]
    assert a_second_later == [NOW] * 5 + [STRANGERS_WAIT] * 5
    door.later(timedelta(minutes=1))
    assert door.right(ELSEWHERE) == NOW


def test_a_clock_set_back_opens_nothing_and_lengthens_nothing(door: Door) -> None:
    """Set back by a day, a wait is as long as it was and then ends; nothing that was counted is forgotten."""
    for _ in range(FREE + 6):
        door.later(door.asked(HERE))
        door.wrong(HERE)
    wait = door.asked(HERE)
    door.later(-timedelta(days=1))
    assert door.asked(HERE) == NOW  # so that the try is made which brings the mark to this clock
    assert door.wrong(HERE) == door.asked(HERE) == wait
    door.later(SECOND)
    assert door.wrong(HERE) == door.asked(HERE) == wait - SECOND
    door.later(wait - SECOND)
    assert door.wrong(HERE) == NOW
    assert door.asked(HERE) == 2 * wait


def test_a_clock_set_back_leaves_an_address_its_limit(door: Door) -> None:
    """Set back by a day, an address that was full waits at most its half minute and stays full after it."""
    for n in range(ADDRESS.free):
        door.wrong(HERE, f"2024{n:06}")
    door.later(-timedelta(days=1))
    assert NOW < door.wrong(HERE) <= ADDRESS.every
    door.later(ADDRESS.every)
    assert door.wrong(HERE) == NOW
    assert door.wrong(HERE) == ADDRESS.every


def test_marks_say_neither_number_nor_address(door: Door) -> None:
    """What is kept of a try is a digest under a key: without the key not even a guess can be tested."""
    door.wrong(HERE)
    with door.store.reading() as session:
        marks = set(session.scalars(select(Throttle.mark)))
    other = Cipher(Keys(b"\1" * 32, b"\2" * 32, b"\3" * 32))
    assert len(marks) == 4 and all(len(mark) == 64 and mark.isalnum() for mark in marks)
    with door.store.writing() as session:
        count_wrong(session, other, Knock(ZHANG, HERE), door.at)
    assert door.marks() == 8


def test_tries_made_at_the_same_moment_are_all_counted(door: Door) -> None:
    """Of thirty tries that arrive together only the free ones are verified, and a restart forgets none."""
    together = Barrier(10)

    def burst(_: int) -> list[timedelta]:
        together.wait()
        return [door.wrong(HERE) for _ in range(3)]

    with ThreadPoolExecutor(10) as pool:
        waits = [wait for some in pool.map(burst, range(10)) for wait in some]
    assert waits.count(NOW) == FREE
    opened_again = Store(door.store.url)
    assert Door(opened_again, door.cipher).asked(HERE) == delay(FREE)
    opened_again.close()


def test_tries_on_many_accounts_at_the_same_moment_lose_no_count(door: Door) -> None:
    """Ten clients try ten numbers each from one address at once: exactly the address's free ones pass."""
    together = Barrier(10)

    def burst(client: int) -> list[timedelta]:
        together.wait()
        return [door.wrong(HERE, f"2024{client:03}{n:03}") for n in range(10)]

    with ThreadPoolExecutor(10) as pool:
        waits = [wait for some in pool.map(burst, range(10)) for wait in some]
    assert waits.count(NOW) == ADDRESS.free


def test_a_browser_is_known_to_the_person_who_signed_in_with_it(store: Store, entropy: Entropy) -> None:
    """It is known to everybody who signed in with it, to nobody else, and for half a year."""
    one, two = people(store, entropy)
    with store.writing() as session:
        first = know_browser(session, None, one, CHECK_DAY, entropy)
        assert is_known(session, first, one, CHECK_DAY)
        second = know_browser(session, first, two, CHECK_DAY + SECOND, entropy)
        assert not is_known(session, first, one, CHECK_DAY)
        assert is_known(session, second, one, CHECK_DAY) and is_known(session, second, two, CHECK_DAY)
        assert not is_known(session, second, "", CHECK_DAY) and not is_known(session, None, one, CHECK_DAY)
        assert is_known(session, second, one, CHECK_DAY + KNOWN_FOR - SECOND)
        assert not is_known(session, second, one, CHECK_DAY + KNOWN_FOR)
        assert digest(second) in set(session.scalars(select(KnownBrowser.digest)))


def test_a_browser_gets_a_new_token_at_each_sign_in(store: Store, entropy: Entropy) -> None:
    """A token that somebody put into the browser, or copied from it, is worth nothing after a sign-in."""
    one, _ = people(store, entropy)
    with store.writing() as session:
        planted = know_browser(session, "planted by somebody", one, CHECK_DAY, entropy)
        again = know_browser(session, planted, one, CHECK_DAY, entropy)
        worth = [
            is_known(session, token, one, CHECK_DAY) for token in ("planted by somebody", planted, again)
        ]
    assert worth == [False, False, True]


def test_a_new_password_or_counter_code_forgets_the_persons_browsers(store: Store, entropy: Entropy) -> None:
    """All browsers of that person are unknown to the account, and stay known to others."""
    one, two = people(store, entropy)
    with store.writing() as session:
        shared = know_browser(session, None, two, CHECK_DAY, entropy)
        shared = know_browser(session, shared, one, CHECK_DAY, entropy)
        phone = know_browser(session, None, one, CHECK_DAY, entropy)
        assert forget_browsers(session, one) == 2
        assert not is_known(session, shared, one, CHECK_DAY)
        assert not is_known(session, phone, one, CHECK_DAY)
        assert is_known(session, shared, two, CHECK_DAY)


ADDRESSES = [HERE, ELSEWHERE, "2001:db8::1", "10.0.0.1"]
NUMBERS = [ZHANG, "2024110002", "no such number"]
tries = st.tuples(
    st.sampled_from(ADDRESSES), st.sampled_from(NUMBERS), st.integers(1, 25), st.integers(-4000, 4000)
)


@pytest.fixture(scope="module")
def empty(sqlite_model: Path) -> bytes:
    """The bytes of an empty database."""
    return sqlite_model.read_bytes()


@settings(max_examples=30)
@given(strangers=st.lists(tries, max_size=6))
def test_no_strangers_keep_anybody_out(
    empty: bytes, cipher: Cipher, strangers: list[tuple[str, str, int, int]]
) -> None:
    """Whatever strangers try, when, and with what clock: a known browser is verified at once, and one at an
    address of its own after five seconds at most, however many they are in the meantime; every pair's wait ends.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "kanwu.db"
        file.write_bytes(empty)
        door = Door(Store(f"sqlite:///{file}"), cipher)
        for address, number, times, seconds in strangers:
            for _ in range(times):
                assert door.wrong(address, number) <= max(LONGEST_WAIT, ADDRESS.every)
            door.later(seconds * SECOND)
        assert door.right(HERE, known=True) == NOW
        wait = door.wrong("192.0.2.1")
        assert wait in (NOW, STRANGERS_WAIT)
        for address, number, times, _ in strangers:
            for _ in range(times):
                door.wrong(address, number)
        door.later(wait)
        assert door.right("192.0.2.1") == NOW
        for address in ADDRESSES:
            for _ in range(3):  # by its own tries, then once as a stranger to the account
                if wait := door.wrong(address):
                    door.later(wait)
                else:
                    break
            assert not wait
        door.store.close()
