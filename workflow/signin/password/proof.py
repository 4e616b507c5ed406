"""A person's password as proof of who they are: whether it is theirs, and setting a new one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workflow.people.accounts import open_account
from workflow.people.links import end_links
from workflow.people.presences import end_presences
from workflow.people.tables import Person
from workflow.signin.codes import end_codes
from workflow.signin.password.rules import hash_password, needs_rehash, verify, verify_nobody
from workflow.signin.tables import Password
from workflow.signin.throttle import forget_browsers

ENDED_BY_A_PASSWORD = ("strip", "message", "counter", "return")
"""Codes that open the account. A new password ends them all."""


def has_password(session: Session, person: str) -> bool:
    """Whether a person has a password."""
    return bool(stored_hash(session, person, None))


def stored_hash(session: Session, person: str | None, at: datetime | None) -> str:
    """The hash of a person's password; '' for nobody, for no password and for an account closed at ``at``."""
    row = session.execute(
        select(Password.hash, Person.closed_at)
        .join(Person, Person.id == Password.person_id)
        .where(Password.person_id == (person or ""))
    ).first()
    if row is None or (at is not None and row.closed_at is not None and row.closed_at <= at):
        return ""
    return str(row.hash)


def set_at(session: Session, person: str) -> datetime:
    """When a person last set their password. Only for one who has one."""
    return session.scalars(select(Password.set_at).where(Password.person_id == person)).one()


def is_of(hash: str, typed: str) -> bool:
    """Whether a password is the one of a stored hash. For '' it takes the same work, and is False."""
    return verify(hash, typed) if hash else verify_nobody(typed)


def check_password(session: Session, person: str | None, typed: str, at: datetime) -> bool:
    """Whether a person typed their password.

    It takes the same work for a right and a wrong one, for nobody, for a person without a password, and for a
    closed account.
    """
    return is_of(stored_hash(session, person, at), typed)


def set_password(
    session: Session, person: str, password: str, at: datetime, made_by: str = "", *, but: str = ""
) -> None:
    """Set a password. The account is open from now on; other browsers, codes and links end.

    Ask ``faults`` in ``rules.py`` first. ``made_by`` made the way in by which it is set. ``but`` is the
    digest of the one presence that stays.
    """
    session.merge(Password(person_id=person, hash=hash_password(password), set_at=at, made_by=made_by))
    session.flush()
    open_account(session, person, at)
    end_codes(session, [person], at, kinds=ENDED_BY_A_PASSWORD)
    end_links(session, person, at)
    end_presences(session, person, at, "password_changed", but=but)
    forget_browsers(session, person)


def renew_hash(session: Session, person: str, hash: str, typed: str) -> None:
    """Store a password that was just typed rightly under today's parameters, if its hash has others."""
    if needs_rehash(hash):
        session.execute(
            update(Password)
            .where(Password.person_id == person, Password.hash == hash)
            .values(hash=hash_password(typed))
        )
