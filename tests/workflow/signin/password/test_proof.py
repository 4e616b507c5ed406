"""A password as proof of a person: the same work for everybody, and an end to every other way in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.workflow.signin.doors import argon2_counted
from tests.world import World
from workflow.people.accounts import grants_of
from workflow.people.links import SignInRefused, make_link, whose_link
from workflow.people.presences import Way, begin, who_is
from workflow.people.tables import Person
from workflow.people.tokens import digest
from workflow.signin.codes import find_code, issue
from workflow.signin.password import proof, rules
from workflow.signin.password.proof import check_password, has_password, set_password
from workflow.signin.tables import Password

WORDS = "云在青天水在瓶，慢慢走"


def opened(world: World, role: str = "reviewer") -> str:
    """A person who has set a password."""
    person = world.staff[role].person
    with world.place.store.writing() as session:
        set_password(session, person, WORDS, world.clock.moment)
    return person


def test_only_the_password_that_was_set_is_the_persons(world: World) -> None:
    """Another one, somebody else's account, and nobody's are all refused."""
    person, other, at = opened(world), world.staff["auditor"].person, world.clock.moment
    with world.place.store.reading() as session:
        assert has_password(session, person) and not has_password(session, other)
        assert check_password(session, person, WORDS, at)
        assert not check_password(session, person, WORDS + "。", at)
        assert not check_password(session, other, WORDS, at)
        assert not check_password(session, None, WORDS, at)


def test_a_closed_account_has_no_right_password(world: World) -> None:
    """From the moment of closing the old password proves nothing."""
    person, at = opened(world), world.clock.moment
    with world.place.store.writing() as session:
        session.execute(update(Person).where(Person.id == person).values(closed_at=at))
    with world.place.store.reading() as session:
        assert not check_password(session, person, WORDS, at)


def test_every_check_computes_argon2_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a right and a wrong password, for nobody, without a password and closed: one computation each."""
    person, at = opened(world), world.clock.moment
    closed = opened(world, "officer")
    with world.place.store.writing() as session:
        session.execute(update(Person).where(Person.id == closed).values(closed_at=at))
    computed: list[int] = []
    with world.place.store.reading() as session:
        for who, typed in (
            (person, WORDS),
            (person, "x" * 20),
            (world.staff["auditor"].person, WORDS),
            (closed, WORDS),
            (None, WORDS),
        ):
            with argon2_counted(monkeypatch) as runs:
                check_password(session, who, typed, at)
            computed.append(len(runs))
    assert computed == [1] * 5


def test_a_new_password_ends_every_other_browser_code_and_link(world: World) -> None:
    """Whoever else had a way into this account is out; the browser where it was set stays."""
    person, at, cipher = world.staff["reviewer"].person, world.clock.moment, world.place.cipher
    entropy = world.place.entropy
    with world.place.store.writing() as session:
        grant = grants_of(session, person)[0]
        here, there = (begin(session, grant, Way("password"), at, entropy) for _ in range(2))
        code = cipher.code(issue(session, person, "counter", "somebody", at, entropy))
        link = make_link(session, person, "operator", at, entropy)
        set_password(session, person, WORDS, at, but=digest(here))
    with world.place.store.reading() as session:
        assert who_is(session, digest(here), at) is not None
        assert who_is(session, digest(there), at) is None
        assert find_code(session, cipher, person, code, at, ("counter",)) is None
        with pytest.raises(SignInRefused):
            whose_link(session, link, at)


def test_the_first_password_opens_the_account_once_for_all(world: World) -> None:
    """The moment of opening stays when the password is changed later, and so does who made the way."""
    person, first = opened(world), world.clock.moment
    later = first + timedelta(days=1)
    with world.place.store.writing() as session:
        set_password(session, person, "换成另一句只有我想得到的话", later, made_by="an officer")
    with world.place.store.reading() as session:
        assert session.get_one(Person, person).opened_at == first
        kept = session.get_one(Password, person)
        assert (kept.set_at, kept.made_by) == (later, "an officer")
        assert WORDS not in kept.hash


def test_a_hash_of_earlier_parameters_is_renewed_by_its_password(world: World) -> None:
    """The same password goes on working, and is stored under today's parameters."""
    from argon2 import PasswordHasher

    person, at = opened(world), world.clock.moment
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(WORDS.encode())
    with world.place.store.writing() as session:
        session.execute(update(Password).values(hash=weak))
        assert check_password(session, person, WORDS, at)
        proof.renew_hash(session, person, weak, WORDS)
        renewed = session.scalars(select(Password.hash)).one()
        assert renewed != weak and not rules.needs_rehash(renewed)
        assert check_password(session, person, WORDS, at)
