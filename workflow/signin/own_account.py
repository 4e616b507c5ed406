"""A person's own account: how they sign in, and a new password with everything that it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.notices.contacts import owner_of
from workflow.people.presences import SignedIn, prove
from workflow.people.tables import Person
from workflow.records.tables import Record
from workflow.signin.numbers import signin_name
from workflow.signin.password.proof import set_password
from workflow.signin.tables import Password
from workflow.signin.telling import tell_everywhere


@dataclass(frozen=True, slots=True)
class OwnWayIn:
    """The number with which a person signs in, and whether they have a password."""

    number: str = field(repr=False)
    has_password: bool


def own_way_in(session: Session, here: SignedIn) -> OwnWayIn:
    """How a signed-in person gets in, in one statement."""
    record = here.scope if here.actor.role == "student" else ""
    number, xh, ksh, password = session.execute(
        select(Person.number, Record.xh, Record.ksh, Password.set_at)
        .outerjoin(Password, Password.person_id == Person.id)
        .outerjoin(Record, Record.id == record)
        .where(Person.id == here.actor.person)
    ).one()
    return OwnWayIn(signin_name(xh, ksh) if record else number or "", password is not None)


def change_password(session: Session, entropy: Entropy, here: SignedIn, password: str, at: datetime) -> None:
    """Set a person's new password. Their other sign-ins end, their browsers are known no more, they are told.

    Ask ``faults`` in ``password/rules.py`` first. Whoever chooses a password has proved who they are.
    """
    person = here.actor.person
    set_password(session, person, password, at, here.made_by, but=here.digest)
    prove(session, here.digest, at)
    tell_everywhere(session, entropy, "password_set", owner_of(session, person), at)
