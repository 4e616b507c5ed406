"""Telling members of staff what was done about them, and sending the code that opens a new account."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.engine import Actor, Entropy
from workflow.notices.outbox import Outbox
from workflow.notices.tables import Address
from workflow.people.access import note_access
from workflow.signin.codes import issue


def tell_staff(
    session: Session, entropy: Entropy, event: str, person: str, at: datetime, *, role: str = ""
) -> None:
    """Owe a member of staff the news of an act about their account."""
    Outbox(entropy).owe_on(
        session,
        event,
        [(person, "", person)],
        at,
        occasion=entropy(8).hex(),
        facts=json.dumps({"role": role}) if role else "",
    )


def tell_student(session: Session, entropy: Entropy, event: str, record: str, at: datetime) -> None:
    """Owe a student the news of an act about their account."""
    Outbox(entropy).owe_on(session, event, [(record, record, "")], at, occasion=entropy(8).hex())


def send_code(session: Session, entropy: Entropy, person: str, by: Actor, at: datetime) -> bool:
    """Send a code that opens the account to the person's vouched address. False: there is none.

    Whoever presses never sees the code.
    """
    address = vouched_address(session, person, at)
    if address is None:
        return False
    code = issue(session, person, "message", by.person, at, entropy, address=address)
    note_access(session, by, "code:message", person, at)
    Outbox(entropy).owe_on(
        session, "code", [(person, "", person)], at, occasion=code, facts=json.dumps({"code": code})
    )
    return True


def vouched_address(session: Session, person: str, at: datetime) -> str | None:
    """A member of staff's vouched address that may receive codes now, WeCom before e-mail."""
    rows = session.execute(
        select(Address.channel, Address.id)
        .where(Address.person_id == person, Address.vouched, Address.refused_at.is_(None))
        .where(Address.opens_from.is_(None) | (Address.opens_from <= at))
    )
    by_channel = {channel: id for channel, id in rows}
    return by_channel.get("wecom") or by_channel.get("email")
