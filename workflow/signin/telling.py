"""What leaves the house about sign-in: one-time codes in letters, and what a person must be told.

A code is in no table. The letter's notice names the code's row, and the worker makes the code from it when it
writes the letter.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.notices.contacts import Contact, Owner, contacts_of, usable_address
from workflow.notices.direct import ToOne, owe_to
from workflow.notices.outbox import Outbox
from workflow.notices.tables import CHANNELS, Address
from workflow.people.tables import Person
from workflow.signin.codes import LIVES, issue
from workflow.signin.tables import SignInCode

BETWEEN = timedelta(minutes=2)
"""Whoever has just asked for a code gets no second one so soon: the first is under way and opens."""
A_WHILE = timedelta(hours=1)
MOST_IN_A_WHILE = 5
"""So many codes may be asked for under one number in an hour."""


def send_code(
    session: Session, entropy: Entropy, person: str, kind: str, to: Contact, by: str, at: datetime
) -> str:
    """Make a code for a person and owe the letter that carries it to one address. Returns the code's row.

    ``kind`` is return, message or address. Whether the address may carry a code is the caller's question:
    ``usable_address``.
    """
    code = issue(session, person, kind, by, at, entropy, address=to.id)
    owe_code_letters(session, entropy, kind, [(code, to)], at)
    return code


def owe_code_letters(
    session: Session, entropy: Entropy, kind: str, codes: Sequence[tuple[str, Contact]], at: datetime
) -> None:
    """Owe the letters of codes that are made already, by their rows. Each goes to its address or nowhere."""
    letters = [ToOne(code, to) for code, to in codes]
    owe_to(session, entropy, f"code_{kind}", letters, at, act_by=at + LIVES[kind])


def ask_for_code(
    session: Session,
    entropy: Entropy,
    person: str,
    owner: Owner | None,
    at: datetime,
    channels: Collection[str] = tuple(CHANNELS),
) -> bool:
    """Send the person behind a number a code to come back, if there is an address that may carry one.

    ``channels`` are those that are set up. Returns whether a letter is owed, which the page must not show.
    For nobody, for somebody without an address, and for somebody who has just asked, the same statements are
    run and taken back.
    """
    session.execute(select(Person.id).where(Person.id == person).with_for_update())
    to = usable_address(session, owner or Owner(person="nobody"), at, channels)
    enough = asked_enough(session, person, "return", at)
    goes = bool(person) and to is not None and not enough
    whose, where = _anybody(session)
    if goes:
        whose, where = person, to
    with session.begin_nested() as there:
        if where is not None:
            send_code(session, entropy, whose, "return", where, whose, at)
        if not goes:
            there.rollback()
    return goes


def asked_enough(session: Session, person: str, kind: str, at: datetime) -> bool:
    """Whether a person has asked for a code of a kind a moment ago, or often within the hour."""
    n, last = session.execute(
        select(func.count(), func.max(SignInCode.made_at)).where(
            SignInCode.person_id == person, SignInCode.kind == kind, SignInCode.made_at > at - A_WHILE
        )
    ).one()
    return n >= MOST_IN_A_WHILE or (last is not None and last > at - BETWEEN)


def tell_everywhere(
    session: Session,
    entropy: Entropy,
    event: str,
    owner: Owner,
    at: datetime,
    *,
    subject: str = "",
    facts: str = "",
) -> None:
    """Owe what happened to a person's account on every channel that reaches them, and on their own page.

    ``subject`` is the row that it is about, if any; ``facts`` as for every notice, the role that was given
    for instance. What happened is said once on the page.
    """
    about = subject or owner.record or owner.person
    contacts = contacts_of(session, [owner])
    owe_to(session, entropy, event, [ToOne(about, one) for one in contacts], at, facts=facts)
    if not contacts:
        Outbox(entropy).owe_on(
            session, event, [(about, owner.record, owner.person)], at, occasion=entropy(8).hex(), facts=facts
        )


def _anybody(session: Session) -> tuple[str, Contact | None]:
    """Some person and some address, for work that is taken back. No address where nobody has one."""
    person = session.scalar(select(Person.id).limit(1))
    row = session.execute(
        select(Address.id, Address.record_id, Address.person_id, Address.channel, Address.vouched).limit(1)
    ).first()
    if person is None or row is None:
        return "", None
    return person, Contact(row.id, Owner(row.record_id, row.person_id), row.channel, row.vouched)
