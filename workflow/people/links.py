"""One-time links: for demonstration and practice, and from the operator's command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.people.tables import Person, SignInLink
from workflow.people.tokens import digest, new_token
from workflow.store import rows_changed

LINK_LIFE = timedelta(days=3)


class SignInRefused(Exception):
    """A link that is used, expired or unknown. The three look the same from outside."""


@dataclass(frozen=True, slots=True)
class Linked:
    """Whom a link is for, and who made it ('' for links of earlier versions)."""

    person: str
    made_by: str


def make_link(session: Session, person: str, by: str, at: datetime, entropy: Entropy) -> str:
    """Create a one-time token of 256 bits for the person's link. Their earlier unused links end."""
    end_links(session, person, at)
    token = new_token(entropy)
    session.add(
        SignInLink(digest=digest(token), person_id=person, made_at=at, ends_at=at + LINK_LIFE, made_by=by)
    )
    session.flush()
    return token


def end_links(session: Session, person: str, at: datetime) -> None:
    """End a person's unused links: a later one was made, or the way in is another one from now on."""
    session.execute(
        update(SignInLink)
        .where(SignInLink.person_id == person, SignInLink.used_at.is_(None), SignInLink.ends_at > at)
        .values(ends_at=at)
    )


def link_of(site: str, token: str) -> str:
    """The address of a link. The token stands behind ``#``, which a browser sends to no server."""
    return f"{site}/in#{token}"


def whose_link(session: Session, token: str, at: datetime) -> Linked:
    """Whom a link is for, without using it. Raises SignInRefused."""
    link = session.get(SignInLink, digest(token))
    if link is None or link.used_at is not None or link.ends_at <= at:
        raise SignInRefused
    if session.get_one(Person, link.person_id).closed_at is not None:
        raise SignInRefused
    return Linked(link.person_id, link.made_by)


def use_link(session: Session, token: str, at: datetime) -> Linked:
    """Use a link up. Raises SignInRefused, also where another browser was faster."""
    linked = whose_link(session, token, at)
    used = rows_changed(
        session,
        update(SignInLink)
        .where(SignInLink.digest == digest(token), SignInLink.used_at.is_(None))
        .values(used_at=at),
    )
    if used != 1:
        raise SignInRefused
    return linked
