"""The front door of the small school, with numbers for its staff, codes, and who sits where afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.world import World
from workflow.people.accounts import OPERATOR
from workflow.people.presences import SignedIn, who_is
from workflow.people.tables import Person
from workflow.people.tokens import digest
from workflow.signin.codes import issue
from workflow.signin.door import Caller, FrontDoor
from workflow.signin.password import rules
from workflow.signin.password.proof import set_password
from workflow.signin.tables import SignInCode

WORDS = "云在青天水在瓶，慢慢走路看远山"
OTHER = "月落乌啼霜满天，江枫渔火对愁眠"
HOME = "198.51.100.7"


def front_door(world: World, **more: Any) -> FrontDoor:
    """The door of the small school."""
    place = world.place
    return FrontDoor(
        place.store, place.cipher, place.clock, place.entropy, place.school, place.settings.passwords, **more
    )


def numbered(world: World, role: str, number: str) -> str:
    """Give a member of staff a number. Returns the person."""
    person = world.staff[role].person
    with world.place.store.writing() as session:
        session.execute(update(Person).where(Person.id == person).values(number=number))
    return person


def opened(world: World, role: str, number: str, password: str = WORDS) -> str:
    """A member of staff with a number and a password."""
    person = numbered(world, role, number)
    with world.place.store.writing() as session:
        set_password(session, person, password, world.clock.moment)
    return person


def code_for(world: World, person: str, kind: str, by: str = OPERATOR) -> str:
    """A new code for a person, as it is printed or sent."""
    with world.place.store.writing() as session:
        row = issue(session, person, kind, by, world.clock.moment, world.place.entropy)
    return world.place.cipher.code(row)


def xh_of(record: str) -> str:
    """The student number of one of the small school's records."""
    return f"2401{int(record, 16):05d}"


def from_home(number: str, **more: Any) -> Caller:
    """Somebody at home who types a number."""
    return Caller(number, HOME, **more)


def at_browser(world: World, token: str) -> SignedIn | None:
    """Who sits at the browser with this token now."""
    with world.place.store.reading() as session:
        return who_is(session, digest(token), world.clock.moment)


def codes_used(world: World) -> int:
    """How many codes were used up."""
    with world.place.store.reading() as session:
        return len(session.scalars(select(SignInCode.id).where(SignInCode.used_at.is_not(None))).all())


@contextmanager
def argon2_counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every computation of Argon2 from now on."""
    runs: list[str] = []
    hasher = rules._HASHER

    class Counting:
        """The hasher of the product, with a count."""

        def hash(self, secret: bytes) -> str:
            """Count and hash."""
            runs.append("hash")
            return hasher.hash(secret)

        def verify(self, stored: str, secret: bytes) -> bool:
            """Count and verify."""
            runs.append("verify")
            return hasher.verify(stored, secret)

        def check_needs_rehash(self, stored: str) -> bool:
            """As the product's."""
            return hasher.check_needs_rehash(stored)

    with monkeypatch.context() as patch:
        patch.setattr(rules, "_HASHER", Counting())
        yield runs
