"""Telling members of staff what was done about them, and sending the code that opens a new account."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy.orm import Session

from workflow.engine import Actor, Entropy
from workflow.notices.contacts import Owner, usable_address
from workflow.people.access import note_access
from workflow.signin.telling import send_code as send_code_to
from workflow.signin.telling import tell_everywhere


def tell_staff(
    session: Session, entropy: Entropy, event: str, person: str, at: datetime, *, role: str = ""
) -> None:
    """Owe a member of staff the news of an act about their account, on every channel."""
    facts = json.dumps({"role": role}) if role else ""
    tell_everywhere(session, entropy, event, Owner(person=person), at, facts=facts)


def tell_student(session: Session, entropy: Entropy, event: str, record: str, at: datetime) -> None:
    """Owe a student the news of an act about their account, on every channel and on their page."""
    tell_everywhere(session, entropy, event, Owner(record=record), at)


def send_code(session: Session, entropy: Entropy, person: str, by: Actor, at: datetime) -> bool:
    """Send a code that opens the account to the person's vouched address. False: there is none.

    Whoever presses never sees the code.
    """
    to = usable_address(session, Owner(person=person), at)
    if to is None:
        return False
    send_code_to(session, entropy, person, "message", to, by.person, at)
    note_access(session, by, "code:message", person, at)
    return True
