"""One person's addresses: which may carry a sign-in code, and what lies sealed beside the present one."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from workflow.notices.tables import CHANNELS, Address
from workflow.people.cipher import Cipher, CipherFault
from workflow.people.tables import Grant
from workflow.records.rows import chunks

YOUNG = timedelta(hours=72)
"""A new address of an opened account opens nothing for so long."""

FORMER_KEPT = timedelta(days=7)
"""An earlier address is kept so long, to be told of the change."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of an address: a record's student or a member of staff."""

    record: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """One address of a person, without the address itself."""

    id: str
    owner: Owner
    channel: str
    vouched: bool


def owner_of(session: Session, person: str) -> Owner:
    """Whose addresses a person's are: those of the student's record, else the member of staff's."""
    record = session.scalar(
        select(Grant.scope).where(
            Grant.person_id == person, Grant.role == "student", Grant.ended_at.is_(None)
        )
    )
    return Owner(record=record) if record else Owner(person=person)


def usable_address(
    session: Session, owner: Owner, at: datetime, channels: Collection[str] = tuple(CHANNELS)
) -> Contact | None:
    """The first address of a person to which a sign-in code may go now, by one of these channels."""
    return usable_addresses(session, [owner], at, channels).get(owner)


def usable_addresses(
    session: Session, owners: Iterable[Owner], at: datetime, channels: Collection[str] = tuple(CHANNELS)
) -> dict[Owner, Contact]:
    """The same for many people. Whoever has none is missing.

    An address carries codes when the school vouched for it or its owner proved it, the channel has not
    refused it, and it is not young.
    """
    carries = (
        or_(Address.vouched, Address.proved),
        or_(Address.opens_from.is_(None), Address.opens_from <= at),
    )
    found: dict[Owner, Contact] = {}
    for contact in _contacts(session, owners, channels, *carries):
        found.setdefault(contact.owner, contact)
    return found


def contacts_of(
    session: Session, owners: Iterable[Owner], channels: Collection[str] = tuple(CHANNELS)
) -> list[Contact]:
    """Every address of some people that the channel has not refused, in the order of channels."""
    return _contacts(session, owners, channels)


def _contacts(
    session: Session, owners: Iterable[Owner], channels: Collection[str], *more: ColumnElement[bool]
) -> list[Contact]:
    owners = list(dict.fromkeys(owners))
    known: list[Contact] = []
    for column, ids in (
        (Address.record_id, [one.record for one in owners if one.record]),
        (Address.person_id, [one.person for one in owners if one.person]),
    ):
        for some in chunks(ids):
            rows = session.execute(
                select(Address.id, Address.record_id, Address.person_id, Address.channel, Address.vouched)
                .where(column.in_(some), Address.refused_at.is_(None), Address.channel.in_(list(channels)))
                .where(*more)
            )
            known += [Contact(row[0], Owner(row[1], row[2]), row[3], row[4]) for row in rows]
    return sorted(known, key=lambda one: list(CHANNELS).index(one.channel))


# -- beside the present address -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beside:
    """Addresses beside a row's present one: earlier ones by the moment of change, and one to be proved."""

    former: Mapping[str, str] = field(default_factory=dict, repr=False)
    offered: str = field(default="", repr=False)

    def after(self, address: str, at: datetime) -> Beside:
        """The same when ``address`` stops being the present one. What is long gone is dropped.

        Of two changes in one second the first one's address is told.
        """
        begin = (at - FORMER_KEPT).isoformat()
        kept = {moment: was for moment, was in self.former.items() if moment >= begin}
        return Beside({at.isoformat(): address} | kept, self.offered)

    def sealed(self, cipher: Cipher, row: str) -> bytes | None:
        """For the column ``former`` of a row. Nothing when there is nothing."""
        if not self.former and not self.offered:
            return None
        said = json.dumps({"former": dict(self.former), "offered": self.offered})
        return cipher.seal(said, table="address", column="former", row=row)


def beside(cipher: Cipher, row: str, sealed: bytes | None) -> Beside:
    """Open the column ``former`` of a row. Raises CipherFault."""
    if not sealed:
        return Beside()
    said = json.loads(cipher.open(sealed, table="address", column="former", row=row))
    return Beside(said["former"], said["offered"])


def present(cipher: Cipher, row: str, sealed: bytes) -> str:
    """The address of a row, '' when it was removed. Raises CipherFault."""
    return cipher.open(sealed, table="address", column="sealed", row=row) if sealed else ""


def former_at(cipher: Cipher, row: str, sealed: bytes | None, at: datetime) -> str:
    """The address that a change at this moment replaced. Raises CipherFault when it is kept no more."""
    return _there(beside(cipher, row, sealed).former.get(at.isoformat(), ""))


def offered(cipher: Cipher, row: str, sealed: bytes | None) -> str:
    """The address that waits for its proof. Raises CipherFault when there is none."""
    return _there(beside(cipher, row, sealed).offered)


def _there(address: str) -> str:
    if not address:
        raise CipherFault("address.former: not kept any more")
    return address
