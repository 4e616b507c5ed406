"""Telling members of staff of their roles, and sending the code that opens an account, shown to nobody."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy.orm import Session

from workflow.engine import Actor, Entropy
from workflow.notices.contacts import Contact, Owner, usable_address
from workflow.people.access import note_access
from workflow.people.scopes import Held
from workflow.signin.telling import send_code, tell_everywhere


def tell_of_role(
    session: Session, entropy: Entropy, event: str, person: str, what: Held, at: datetime
) -> None:
    """Owe a member of staff the news of a role that was given, renewed, taken back or is over."""
    facts = {"role": what.role} | ({"duty": what.duty} if what.duty else {})
    tell_everywhere(session, entropy, event, Owner(person=person), at, facts=json.dumps(facts))


def vouched_contact(session: Session, person: str, at: datetime) -> Contact | None:
    """The address of a member of staff that the school vouched for and that may receive a code now."""
    contact = usable_address(session, Owner(person=person), at)
    return contact if contact is not None and contact.vouched else None


def send_opening_code(session: Session, entropy: Entropy, person: str, by: Actor, at: datetime) -> bool:
    """Send a code that opens the account to the person's vouched address. False: there is none.

    Whoever presses never sees the code.
    """
    contact = vouched_contact(session, person, at)
    if contact is None:
        return False
    send_code(session, entropy, person, "message", contact, by.person, at)
    note_access(session, by, "code:message", person, at)
    return True
