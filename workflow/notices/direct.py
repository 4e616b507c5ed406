"""Notices to an address that is named, instead of whichever reaches the person first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.notices.contacts import Contact
from workflow.notices.deliveries import new_delivery
from workflow.notices.outbox import Outbox
from workflow.notices.tables import Delivery, Notice
from workflow.store import table_of, write_rows


@dataclass(frozen=True, slots=True)
class ToOne:
    """One notice to one address. ``subject`` is what it speaks of, never a value."""

    subject: str
    to: Contact


def owe_to(
    session: Session,
    entropy: Entropy,
    event: str,
    letters: Sequence[ToOne],
    at: datetime,
    *,
    act_by: datetime | None = None,
    facts: str = "",
) -> None:
    """Owe one notice of an event to each of these addresses, whatever else is owed to their people."""
    if not letters:
        return
    occasion = entropy(8).hex()
    outbox, notices = Outbox(entropy), []
    for channel in dict.fromkeys(letter.to.channel for letter in letters):
        there = [letter for letter in letters if letter.to.channel == channel]
        addressees = [(letter.subject, letter.to.owner.record, letter.to.owner.person) for letter in there]
        ids = outbox.owe_on(
            session, event, addressees, at, occasion=f"{occasion}-{channel}", act_by=act_by, facts=facts
        )
        notices += list(zip(ids, there, strict=True))
    session.execute(
        insert(Delivery),
        [
            new_delivery(entropy, notice, (letter.to.channel, letter.to.id, letter.to.vouched), at)
            for notice, letter in notices
        ],
    )
    write_rows(session, table_of(Notice), [notice for notice, _ in notices], {"routed_at": at})
