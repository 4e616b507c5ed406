"""How an address comes to be a person's present one, and who is told that it changed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.notices.contacts import YOUNG, Contact, Owner, beside, contacts_of, present
from workflow.notices.direct import ToOne, owe_to
from workflow.notices.signin_events import ADDRESS_CHANGED
from workflow.notices.tables import Address
from workflow.people.cipher import Cipher, CipherFault
from workflow.people.tables import Grant, Person
from workflow.records.rows import chunks

NEW, CHANGED, REMOVED, UNCHANGED = "new", "changed", "removed", "unchanged"


@dataclass(slots=True)
class Keeper:
    """Writes addresses of some people, by one hand at one moment, and then tells whom it concerns.

    Whose address changes is told at the one that was there before; whose account gets one more, at the
    others. The new one of an opened account opens nothing for a while.
    """

    session: Session
    cipher: Cipher
    entropy: Entropy
    by: str
    at: datetime
    rows: dict[tuple[Owner, str], Address]
    opened: set[Owner]
    _replaced: list[Contact] = field(default_factory=list)
    _came: list[Address] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        session: Session,
        cipher: Cipher,
        entropy: Entropy,
        owners: Iterable[Owner],
        by: str,
        at: datetime,
    ) -> Keeper:
        """A keeper that has read what is stored of these people."""
        whose = list(dict.fromkeys(owners))
        return cls(session, cipher, entropy, by, at, _stored(session, whose), _opened(session, whose))

    def put(self, owner: Owner, channel: str, said: str, *, vouched: bool, proved: bool = False) -> str:
        """Make an address the present one. Returns how that was: new, changed or unchanged.

        The same address again changes only what is known of it.
        """
        row = self.rows.get((owner, channel))
        mark = self.cipher.index(f"address:{channel}", said.lower())
        if row is not None and bytes(row.mark) == mark:
            return self._known_again(row, vouched=vouched, proved=proved)
        how = CHANGED if row is not None and row.sealed else NEW
        row = row or self._fresh_row(owner, channel)
        self._set_aside(row)
        row.sealed = self.cipher.seal(said, table="address", column="sealed", row=row.id)
        row.mark, row.vouched, row.proved, row.refused_at = mark, vouched, proved, None
        row.given_by, row.at = self.by, self.at
        row.opens_from = self.at + YOUNG if owner in self.opened else self.at
        self._came.append(row)
        return how

    def remove(self, owner: Owner, channel: str) -> bool:
        """Remove an address. Its row stays, with what was sent. False if there was none."""
        row = self.rows.get((owner, channel))
        if row is None or not row.sealed:
            return False
        self._set_aside(row)
        row.sealed, row.mark, row.vouched, row.proved = b"", b"", False, False
        row.refused_at, row.opens_from = row.refused_at or self.at, None
        return True

    def offer(self, owner: Owner, channel: str, said: str) -> Contact:
        """Keep an address beside the present one until it is proved. Returns where its code goes."""
        row = self.rows.get((owner, channel)) or self._fresh_row(owner, channel)
        row.former = replace(beside(self.cipher, row.id, row.former), offered=said).sealed(
            self.cipher, row.id
        )
        self.session.flush()
        return Contact(row.id, owner, channel, vouched=False)

    def take_offered(self, owner: Owner, channel: str) -> str:
        """Make the address that was offered the present one, as proved. Returns how that was, '' if none."""
        row = self.rows.get((owner, channel))
        waiting = beside(self.cipher, row.id, row.former) if row is not None else None
        if row is None or waiting is None or not waiting.offered:
            return ""
        row.former = replace(waiting, offered="").sealed(self.cipher, row.id)
        return self.put(owner, channel, waiting.offered, vouched=False, proved=True)

    def finish(self) -> None:
        """Write everything, and owe what is to be told."""
        self.session.flush()
        replaced = [ToOne(one.id, one) for one in self._replaced]
        owe_to(self.session, self.entropy, ADDRESS_CHANGED, replaced, self.at)
        came = [row for row in self._came if Owner(row.record_id, row.person_id) in self.opened]
        touched = {row.id for row in self._came} | {one.id for one in self._replaced}
        others = contacts_of(self.session, [Owner(row.record_id, row.person_id) for row in came])
        added = [ToOne(one.id, one) for one in others if one.id not in touched]
        owe_to(self.session, self.entropy, "address_added", added, self.at)

    def _known_again(self, row: Address, *, vouched: bool, proved: bool) -> str:
        if row.vouched >= vouched and row.proved >= proved and row.refused_at is None:
            return UNCHANGED
        row.vouched, row.proved, row.refused_at = row.vouched or vouched, row.proved or proved, None
        row.given_by, row.at = self.by, self.at
        return CHANGED

    def _fresh_row(self, owner: Owner, channel: str) -> Address:
        """A row without an address."""
        row = Address(
            id=self.entropy(16).hex(),
            record_id=owner.record,
            person_id=owner.person,
            channel=channel,
            sealed=b"",
            mark=b"",
            vouched=False,
            proved=False,
            given_by=self.by,
            at=self.at,
            refused_at=self.at,
        )
        self.session.add(row)
        self.rows[owner, channel] = row
        return row

    def _set_aside(self, row: Address) -> None:
        """Keep the present address beside its row, to be told of what comes now."""
        if not row.sealed or row.refused_at is not None:
            return
        with suppress(CipherFault):
            was = present(self.cipher, row.id, bytes(row.sealed))
            kept = beside(self.cipher, row.id, row.former).after(was, self.at)
            row.former = kept.sealed(self.cipher, row.id)
            owner = Owner(row.record_id, row.person_id)
            self._replaced.append(Contact(row.id, owner, row.channel, row.vouched))


def _stored(session: Session, owners: list[Owner]) -> dict[tuple[Owner, str], Address]:
    found: dict[tuple[Owner, str], Address] = {}
    for column, ids in (
        (Address.record_id, [one.record for one in owners if one.record]),
        (Address.person_id, [one.person for one in owners if one.person]),
    ):
        for some in chunks(ids):
            for row in session.scalars(select(Address).where(column.in_(some))):
                found[Owner(row.record_id, row.person_id), row.channel] = row
    return found


def _opened(session: Session, owners: list[Owner]) -> set[Owner]:
    """Those whose account has a way in of its own already."""
    found: set[Owner] = set()
    for some in chunks([one.record for one in owners if one.record]):
        records = session.scalars(
            select(Grant.scope)
            .join(Person, Person.id == Grant.person_id)
            .where(Grant.scope.in_(some), Grant.role == "student", Grant.ended_at.is_(None))
            .where(Person.opened_at.is_not(None))
        )
        found |= {Owner(record=record) for record in records}
    for some in chunks([one.person for one in owners if one.person]):
        people = session.scalars(select(Person.id).where(Person.id.in_(some), Person.opened_at.is_not(None)))
        found |= {Owner(person=person) for person in people}
    return found
