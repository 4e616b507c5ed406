"""An address of one's own as a way in: proved before it counts, told when it goes, one hand at a time."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.mailbox import Mailbox
from tests.workflow.notices.conftest import keep, reach, work
from tests.world import World
from workflow.notices.addresses import Given
from workflow.notices.contacts import YOUNG, Owner, usable_address
from workflow.notices.outbox import due_for
from workflow.notices.tables import Address
from workflow.people.tables import Person
from workflow.signin.binding import (
    AskedTooOften,
    bind_address,
    masked,
    own_addresses,
    prove_address,
    remove_own,
)
from workflow.signin.codes import LIVES
from workflow.signin.telling import tell_everywhere

OLD, NEW, OTHER = "old@students.school.example", "new@mail.example", "other@mail.example"


@pytest.fixture
def owner(postal: World) -> Owner:
    """A student with an opened account and an address that the school vouches for."""
    record = postal.record()
    reach(postal, record, vouched=True, email=OLD)
    person = postal.student(record).person
    with postal.place.store.writing() as session:
        session.execute(update(Person).where(Person.id == person).values(opened_at=postal.clock.moment))
    return Owner(record=record)


def bind(world: World, owner: Owner, said: str) -> str:
    """Offer an address. Returns the code that was sent there."""
    place, person = world.place, world.student(owner.record).person
    with place.store.writing() as session:
        code = bind_address(session, place.cipher, place.entropy, person, said, world.clock.moment)
    return place.cipher.code(code)


def prove(world: World, owner: Owner, code: str) -> bool:
    place, person = world.place, world.student(owner.record).person
    with place.store.writing() as session:
        return prove_address(session, place.cipher, place.entropy, person, code, world.clock.moment)


def shown(world: World, owner: Owner) -> tuple[list[str], str]:
    """What the person sees: their addresses, and the one that waits for its code."""
    person = world.student(owner.record).person
    with world.place.store.reading() as session:
        found = own_addresses(session, world.place.cipher, person, world.clock.moment)
    return [one.masked for one in found.there], found.waiting


def carries(world: World, owner: Owner) -> bool:
    with world.place.store.reading() as session:
        return usable_address(session, owner, world.clock.moment) is not None


def test_an_offered_address_is_nothing_until_it_is_proved(
    postal: World, owner: Owner, mailbox: Mailbox
) -> None:
    """Notices and codes go on to the present one; the offered one waits sealed, and for fifteen minutes."""
    code = bind(postal, owner, NEW)
    assert shown(postal, owner) == (["o***@students.school.example"], "n***@mail.example")
    assert carries(postal, owner)
    with postal.place.store.reading() as session:
        former = session.scalars(select(Address.former)).one()
    assert former is not None and NEW.encode() not in bytes(former)
    postal.at(postal.clock.moment + LIVES["address"])
    assert shown(postal, owner)[1] == "" and not prove(postal, owner, code)
    work(postal)
    assert mailbox.letters == []


def test_of_two_offers_the_second_counts(postal: World, owner: Owner) -> None:
    """The first one's code ends with the second offer: nobody proves an address by another one's code."""
    first = bind(postal, owner, NEW)
    postal.at(postal.clock.moment + timedelta(minutes=2))
    second = bind(postal, owner, OTHER)
    assert not prove(postal, owner, first) and prove(postal, owner, second)
    assert shown(postal, owner)[0] == ["o***@mail.example"]


def test_a_school_file_in_between_takes_no_proof_away(postal: World, owner: Owner) -> None:
    """The file changes the present address while another one waits: the one that is proved last counts."""
    code = bind(postal, owner, NEW)
    keep(postal, [Given(owner, "email", OTHER)], vouched=True)
    assert prove(postal, owner, code)
    assert shown(postal, owner)[0] == ["n***@mail.example"]


def test_proving_the_address_that_is_there_changes_nothing_else(
    postal: World, owner: Owner, mailbox: Mailbox
) -> None:
    """Whoever proves the school's own address goes on with it, without waiting and without news."""
    assert prove(postal, owner, bind(postal, owner, OLD))
    work(postal)
    assert carries(postal, owner) and mailbox.addresses == []


def test_a_second_code_so_soon_is_refused(postal: World, owner: Owner) -> None:
    """No other mailbox is flooded from here."""
    bind(postal, owner, NEW)
    with pytest.raises(AskedTooOften):
        bind(postal, owner, OTHER)


def test_a_removed_address_can_be_bound_again(postal: World, owner: Owner, mailbox: Mailbox) -> None:
    """It is told that it went, and comes back only by a proof, as a new one does."""
    place, person = postal.place, postal.student(owner.record).person
    with place.store.writing() as session:
        assert remove_own(session, place.cipher, place.entropy, person, postal.clock.moment)
        assert not remove_own(session, place.cipher, place.entropy, person, postal.clock.moment)
    work(postal)
    assert mailbox.addresses == [OLD] and shown(postal, owner) == ([], "")
    assert prove(postal, owner, bind(postal, owner, OLD))
    assert not carries(postal, owner)
    postal.at(postal.clock.moment + YOUNG)
    assert carries(postal, owner)


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_two_presses_at_one_moment_prove_once(postal: World, owner: Owner) -> None:
    """The code is used by one of them, and the former address is told once."""
    code = bind(postal, owner, NEW)
    barrier, proved = threading.Barrier(2), []

    def press() -> None:
        barrier.wait()
        proved.append(prove(postal, owner, code))

    postal.student(owner.record)
    both = [threading.Thread(target=press) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(proved) == [False, True]
    with postal.place.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Address)) == 1


def test_what_was_told_by_two_channels_stands_once_on_the_page(both: World) -> None:
    """One line for one event; a letter with a code is no line at all."""
    record = both.record()
    owner = Owner(record=record)
    reach(both, record, wecom="zhang.san", email=OLD)
    with both.place.store.writing() as session:
        tell_everywhere(session, both.place.entropy, "code_given", owner, both.clock.moment)
    bind(both, owner, NEW)
    with both.place.store.reading() as session:
        shown_there = due_for(session, record, both.clock.moment)
    assert [one.event for one in shown_there] == ["code_given"]


@pytest.mark.parametrize(
    ("said", "seen"),
    [("zhang.san@school.edu.cn", "z***@school.edu.cn"), ("a@b.cn", "a***@b.cn"), ("zhang.san", "z***")],
)
def test_a_mask_shows_the_first_letter_and_the_domain(said: str, seen: str) -> None:
    """Enough for its owner to know it again, too little to write to it."""
    assert masked(said) == seen
