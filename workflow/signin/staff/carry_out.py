"""Carrying out what a plan about staff would change: accounts, roles, addresses, codes, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workflow.engine import Actor, Entropy
from workflow.notices.addresses import Given, take_addresses
from workflow.notices.contacts import Owner
from workflow.people.access import note_access
from workflow.people.cipher import Cipher
from workflow.people.granting import enlist, give, renew, take_back
from workflow.people.tables import Person
from workflow.signin.staff.outlook import Outlook, Prospect
from workflow.signin.staff.telling import send_opening_code, tell_of_role


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What was done: new accounts, roles given and ended, codes sent, and whom nothing reached."""

    people: tuple[str, ...]
    given: int
    ended: int
    codes: int
    unreached: tuple[str, ...]
    scopes_checked: bool


def carry_out(
    session: Session,
    cipher: Cipher,
    entropy: Entropy,
    outlook: Outlook,
    by: Actor,
    at: datetime,
    *,
    confirmed_by: str | None = None,
) -> CarriedOut:
    """Do all that an outlook shows. Whoever has no way in yet and a vouched address is sent a code."""
    new, given, ended, codes = [], 0, 0, 0
    unreached = []
    for one in outlook.prospects:
        if not one.changes:
            continue
        person = one.person or enlist(session, one.name, one.number, at, entropy).id
        if not one.person:
            new.append(person)
        _rename(session, one, person, by, at)
        _address(session, cipher, entropy, one, person, by, at)
        given += _give(session, entropy, one, person, by, at, confirmed_by)
        if _needs_a_code(session, one, person):
            sent = send_opening_code(session, entropy, person, by, at)
            codes += sent
            unreached += [] if sent else [person]
    if outlook.ends_gone:
        for one_gone in outlook.gone:
            ended += take_back(session, by, one_gone.person, one_gone.held.role, at, one_gone.held)
            tell_of_role(session, entropy, "role_ended", one_gone.person, one_gone.held, at)
    return CarriedOut(tuple(new), given, ended, codes, tuple(unreached), outlook.scopes_checked)


def _give(
    session: Session,
    entropy: Entropy,
    one: Prospect,
    person: str,
    by: Actor,
    at: datetime,
    confirmed_by: str | None,
) -> int:
    """Give what is new, and another last day to what is held. Returns how many grants."""
    given = [change for change in one.changes if change.held is not None]
    for change in given:
        assert change.held is not None
        how = give if change.what == "role" else renew
        how(
            session,
            by,
            person,
            change.held,
            at,
            entropy,
            confirmed_by=confirmed_by,
            last_on=change.last_on,
        )
        event = "role_given" if change.what == "role" else "role_renewed"
        tell_of_role(session, entropy, event, person, change.held, at)
    return len(given)


def _rename(session: Session, one: Prospect, person: str, by: Actor, at: datetime) -> None:
    for change in one.changes:
        if change.what == "number":
            session.execute(update(Person).where(Person.id == person).values(number=one.number))
        elif change.what == "name":
            session.execute(update(Person).where(Person.id == person).values(name=one.name))
        else:
            continue
        note_access(session, by, f"staff_{change.what}", person, at)


def _address(
    session: Session, cipher: Cipher, entropy: Entropy, one: Prospect, person: str, by: Actor, at: datetime
) -> None:
    changed = {change.of for change in one.changes if change.what in ("new_address", "address", "no_address")}
    if not changed:
        return
    given = [Given(Owner(person=person), channel, said) for channel, said in one.addresses]
    take_addresses(
        session,
        cipher,
        entropy,
        [one for one in given if one.channel in changed],
        vouched=True,
        by=by.person,
        at=at,
    )
    for _ in changed:
        note_access(session, by, "staff_address", person, at)


def _needs_a_code(session: Session, one: Prospect, person: str) -> bool:
    """A new account, or one without a way in that has now got an address."""
    if not one.person:
        return True
    opened = session.scalar(select(Person.opened_at).where(Person.id == person))
    return opened is None and any(change.what == "new_address" for change in one.changes)
