"""A person's own e-mail address as a way in: offered, proved by a code that was sent there, removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.notices.contacts import beside, owner_of, present
from workflow.notices.keeping import Keeper
from workflow.notices.tables import CHANNELS, Address
from workflow.people.accounts import open_account
from workflow.people.cipher import Cipher, CipherFault
from workflow.people.tables import Person
from workflow.signin.codes import find_code, use_code
from workflow.signin.tables import Password, SignInCode
from workflow.signin.telling import asked_enough, send_code

OWN = "email"
"""The channel of an address that a person gives themselves."""


class AskedTooOften(Exception):
    """A code for an address was asked for a moment ago, or often within the hour."""


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """One of a person's own addresses as they may see it: masked, and what it is good for.

    ``opens_from`` is when it begins to carry sign-in codes, if it will and does not yet.
    """

    channel: str
    masked: str
    carries: bool
    refused: bool
    opens_from: datetime | None


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """A person's addresses, and the one, masked, that waits for its code ('' = none)."""

    there: tuple[OwnAddress, ...]
    waiting: str = ""


def bind_address(
    session: Session, cipher: Cipher, entropy: Entropy, person: str, said: str, at: datetime
) -> str:
    """Send a code to an e-mail address that a person offers. Until it is typed back nothing changes.

    Returns the code's row. Raises AskedTooOften. Ask ``addresses.fits`` first.
    """
    _alone(session, person)
    if asked_enough(session, person, "address", at):
        raise AskedTooOften
    owner = owner_of(session, person)
    to = Keeper.of(session, cipher, entropy, [owner], person, at).offer(owner, OWN, said)
    return send_code(session, entropy, person, "address", to, person, at)


def prove_address(
    session: Session, cipher: Cipher, entropy: Entropy, person: str, typed: str, at: datetime
) -> bool:
    """Make the offered address the person's own, if they typed its code. It is told at the one before.

    An account that had no way in is open from now on, and the address opens at once.
    """
    _alone(session, person)
    found = find_code(session, cipher, person, typed, at, ("address",))
    if found is None or not use_code(session, found.id, at):
        return False
    owner = owner_of(session, person)
    keeper = Keeper.of(session, cipher, entropy, [owner], person, at)
    if not keeper.take_offered(owner, OWN):
        return False
    keeper.finish()
    open_account(session, person, at)
    return True


def remove_own(session: Session, cipher: Cipher, entropy: Entropy, person: str, at: datetime) -> bool:
    """Remove a person's e-mail address. It is told of that. False if there is none."""
    _alone(session, person)
    owner = owner_of(session, person)
    keeper = Keeper.of(session, cipher, entropy, [owner], person, at)
    removed = keeper.remove(owner, OWN)
    keeper.finish()
    return removed


def has_another_way(session: Session, person: str) -> bool:
    """Whether a person could still come back without their e-mail address: a password, or another address."""
    owner = owner_of(session, person)
    password = exists().where(Password.person_id == person)
    other = exists().where(
        Address.record_id == owner.record,
        Address.person_id == owner.person,
        Address.channel != OWN,
        Address.refused_at.is_(None),
        Address.vouched | Address.proved,
    )
    return bool(session.scalar(select(password | other)))


def own_addresses(session: Session, cipher: Cipher, person: str, at: datetime) -> OwnAddresses:
    """What a person sees of their own addresses."""
    owner = owner_of(session, person)
    rows = session.scalars(
        select(Address).where(Address.record_id == owner.record, Address.person_id == owner.person)
    ).all()
    there = sorted(
        (_shown(cipher, row, at) for row in rows if row.sealed),
        key=lambda one: list(CHANNELS).index(one.channel),
    )
    return OwnAddresses(tuple(there), _waiting(session, cipher, person, at))


def _alone(session: Session, person: str) -> None:
    """Whatever is done about one person's address is done one after the other."""
    session.execute(select(Person.id).where(Person.id == person).with_for_update())


def masked(address: str) -> str:
    """An address as its owner recognises it and a neighbour cannot read it: a***@school.edu.cn."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}"


def _shown(cipher: Cipher, row: Address, at: datetime) -> OwnAddress:
    try:
        said = masked(present(cipher, row.id, row.sealed))
    except CipherFault:
        said = "***"
    stands = row.vouched or row.proved
    young = row.opens_from is not None and row.opens_from > at
    return OwnAddress(
        row.channel,
        said,
        carries=stands and not young and row.refused_at is None,
        refused=row.refused_at is not None,
        opens_from=row.opens_from if stands and young else None,
    )


def _waiting(session: Session, cipher: Cipher, person: str, at: datetime) -> str:
    """The address to which a code that still opens was sent."""
    where = session.scalar(
        select(SignInCode.address_id)
        .where(SignInCode.person_id == person, SignInCode.kind == "address", SignInCode.ends_at > at)
        .where(SignInCode.used_at.is_(None), SignInCode.ended_at.is_(None))
    )
    row = session.get(Address, where) if where else None
    if row is None:
        return ""
    try:
        return masked(beside(cipher, row.id, row.former).offered)
    except CipherFault:
        return ""
