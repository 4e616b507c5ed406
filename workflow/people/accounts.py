"""People, grants and sign-in. Sign-in uses one-time links, never a password chosen by somebody else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, func, insert, or_, select, union, update
from sqlalchemy.orm import Session, aliased

from states import ROLES
from workflow.engine import Actor, Entropy
from workflow.people.tables import CARRIED, Grant, Person, Presence, SignInLink, Substitution
from workflow.store import rows_changed

LINK_LIFE = timedelta(days=3)
IDLE = {"student": timedelta(minutes=30)}
STAFF_IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)


class SignInRefused(Exception):
    """A link that is used, expired or unknown. The three look the same from outside."""


class UnknownRole(ValueError):
    """A role that cannot be granted."""


@dataclass(frozen=True, slots=True)
class Granted:
    """One present grant of a person, or of the named person they stand in for."""

    id: str
    role: str
    scope: str
    absent: str = ""
    absent_name: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A signed-in browser: actor, scope of the grant used, display name, last activity, all grants.

    ``standing_for`` is the name of the person for whom they act.
    """

    actor: Actor
    scope: str
    name: str
    digest: str
    seen_at: datetime
    grants: tuple[Granted, ...] = ()
    standing_for: str = ""


@dataclass(frozen=True, slots=True)
class Alive:
    """One browser where a member of staff is signed in now."""

    person: str
    name: str
    role: str
    scope: str
    begun_at: datetime
    seen_at: datetime


def add_person(
    session: Session, name: str, role: str, scope: str, by: str, at: datetime, entropy: Entropy
) -> Person:
    """Add a person with one grant. Raises UnknownRole for a role that cannot be granted."""
    person = Person(id=entropy(16).hex(), name=name, made_at=at)
    session.add(person)
    session.flush()
    give_role(session, person.id, role, scope, by, at, entropy)
    return person


def give_role(
    session: Session, person: str, role: str, scope: str, by: str, at: datetime, entropy: Entropy
) -> None:
    """Grant a person a role within a scope. Raises UnknownRole for a role that cannot be granted."""
    if role not in ROLES or role == "system":
        raise UnknownRole(role)
    session.add(
        Grant(id=entropy(16).hex(), person_id=person, role=role, scope=scope, given_by=by, given_at=at)
    )
    session.flush()


def end_role(session: Session, person: str, role: str, at: datetime, scope: str | None = None) -> int:
    """End a person's grants of a role, or that of one scope, and every browser signed in with them.

    Returns how many grants.
    """
    ended = 0
    for table in (Presence, Grant):
        which = [table.person_id == person, table.role == role, table.ended_at.is_(None)]
        if scope is not None:
            which.append(table.scope == scope)
        ended = rows_changed(session, update(table).where(*which).values(ended_at=at))
    return ended


def student_of(session: Session, record: str, name: str, by: str, at: datetime, entropy: Entropy) -> Person:
    """The account of a record's student, created when first needed."""
    found = session.scalar(
        select(Person)
        .join(Grant)
        .where(Grant.role == "student", Grant.scope == record, Grant.ended_at.is_(None))
    )
    return found or add_person(session, name, "student", record, by, at, entropy)


def add_students(
    session: Session, records: Sequence[tuple[str, str]], by: str, at: datetime, entropy: Entropy
) -> dict[str, str]:
    """Create accounts for records (id and name) without one. Returns the person of each record."""
    people = {record: entropy(16).hex() for record, _ in records}
    if not records:
        return people
    session.execute(
        insert(Person), [{"id": people[record], "name": name, "made_at": at} for record, name in records]
    )
    session.execute(
        insert(Grant),
        [
            {
                "id": entropy(16).hex(),
                "person_id": person,
                "role": "student",
                "scope": record,
                "given_by": by,
                "given_at": at,
            }
            for record, person in people.items()
        ],
    )
    return people


def make_link(session: Session, person: str, at: datetime, entropy: Entropy) -> str:
    """Create a one-time token of 256 bits for the person's link. Their earlier unused links end."""
    session.execute(
        update(SignInLink)
        .where(SignInLink.person_id == person, SignInLink.used_at.is_(None))
        .values(ends_at=at)
    )
    token = _token(entropy)
    session.add(SignInLink(digest=digest(token), person_id=person, made_at=at, ends_at=at + LINK_LIFE))
    session.flush()
    return token


def whose_link(session: Session, token: str, at: datetime) -> Person:
    """The person of a link, without using it. Raises SignInRefused."""
    link = session.get(SignInLink, digest(token))
    if link is None or link.used_at is not None or link.ends_at <= at:
        raise SignInRefused
    return session.get_one(Person, link.person_id)


def sign_in(session: Session, token: str, at: datetime, entropy: Entropy) -> str:
    """Use a link and sign in with the first role. Returns the browser's token. Raises SignInRefused."""
    person = whose_link(session, token, at)
    used = rows_changed(
        session,
        update(SignInLink)
        .where(SignInLink.digest == digest(token), SignInLink.used_at.is_(None))
        .values(used_at=at),
    )
    grants = grants_of(session, person.id)
    if used != 1 or not grants:
        raise SignInRefused
    return _begin(session, grants[0], at, entropy)


def change_role(session: Session, here: SignedIn, grant_id: str, at: datetime, entropy: Entropy) -> str:
    """Switch to another grant, with a new token: one's own, or one of a person one stands in for.

    Raises SignInRefused for any other grant.
    """
    grant = session.get(Grant, grant_id)
    if grant is None or grant.ended_at is not None:
        raise SignInRefused
    person = here.actor.person
    now = who_is(session, here.digest, at)
    if now is None or grant_id not in {one.id for one in now.grants}:
        raise SignInRefused
    sign_out(session, here.digest, at)
    return _begin(session, grant, at, entropy, person)


def _begin(session: Session, grant: Grant, at: datetime, entropy: Entropy, person: str = "") -> str:
    token = _token(entropy)
    stands_in = bool(person) and person != grant.person_id
    session.add(
        Presence(
            digest=digest(token),
            person_id=person or grant.person_id,
            role=grant.role,
            scope=grant.scope,
            on_behalf_of=grant.person_id if stands_in else None,
            begun_at=at,
            seen_at=at,
        )
    )
    session.flush()
    return token


_LASTS = (
    Substitution.first <= bindparam("day"),
    Substitution.last >= bindparam("day"),
    Substitution.ended_at.is_(None),
)
_HOLDER = aliased(Person)
_ACTING = union(
    select(Presence.person_id.label("person")).where(Presence.digest == bindparam("digest")),
    select(Substitution.absent)
    .join(Presence, Presence.person_id == Substitution.stand_in)
    .where(Presence.digest == bindparam("digest"), *_LASTS),
).subquery()
_WHO = (
    select(Presence, Person.name, Grant.id, Grant.role, Grant.scope, _HOLDER.id, _HOLDER.name)
    .select_from(_ACTING)
    .join(Grant, and_(Grant.person_id == _ACTING.c.person, Grant.ended_at.is_(None)))
    .join(_HOLDER, _HOLDER.id == Grant.person_id)
    .join(Presence, Presence.digest == bindparam("digest"))
    .join(Person, Person.id == Presence.person_id)
    .where(Presence.ended_at.is_(None), or_(Grant.person_id == Presence.person_id, Grant.role.in_(CARRIED)))
    .order_by(Grant.given_at, Grant.id)
)
"""The person at a browser: their grants, and the carried grants of those they stand in for today."""


def who_is(session: Session, token_digest: str, at: datetime) -> SignedIn | None:
    """The person at a browser, or None if the sign-in has ended or expired or its grant is gone."""
    found = session.execute(_WHO, {"digest": token_digest, "day": at.date()}).all()
    if not found:
        return None
    presence, name = found[0][:2]
    of_ones_own = [Granted(*row[2:5]) for row in found if row[5] == presence.person_id]
    grants = (*of_ones_own, *(Granted(*row[2:]) for row in found if row[5] != presence.person_id))
    used = (presence.role, presence.scope, presence.on_behalf_of or "")
    grant = next((one for one in grants if (one.role, one.scope, one.absent) == used), None)
    idle = IDLE.get(presence.role, STAFF_IDLE)
    if grant is None or presence.seen_at + idle <= at or presence.begun_at + LONGEST <= at:
        return None
    return SignedIn(
        Actor(presence.person_id, presence.role, grant.absent),
        presence.scope,
        name,
        token_digest,
        presence.seen_at,
        grants,
        grant.absent_name,
    )


def seen_again(session: Session, token_digest: str, at: datetime) -> None:
    """Keep a sign-in from expiring."""
    session.execute(update(Presence).where(Presence.digest == token_digest).values(seen_at=at))


def sign_out(session: Session, token_digest: str, at: datetime) -> None:
    """End a sign-in. Its token becomes invalid."""
    session.execute(update(Presence).where(Presence.digest == token_digest).values(ended_at=at))


def end_presences(session: Session, person: str, at: datetime) -> int:
    """End every sign-in of a person, on all devices. Returns how many were still open."""
    which = Presence.person_id == person, Presence.ended_at.is_(None), _alive(at)
    return rows_changed(session, update(Presence).where(*which).values(ended_at=at))


def signed_in_now(session: Session, at: datetime) -> tuple[dict[str, int], list[Alive]]:
    """How many browsers are signed in, by role, and those of staff, last seen first. Lists no student."""
    here = (Presence.ended_at.is_(None), _alive(at))
    counted = session.execute(select(Presence.role, func.count()).where(*here).group_by(Presence.role))
    staff = session.execute(
        select(
            Presence.person_id,
            Person.name,
            Presence.role,
            Presence.scope,
            Presence.begun_at,
            Presence.seen_at,
        )
        .join(Person, Person.id == Presence.person_id)
        .where(*here, Presence.role != "student")
        .order_by(Presence.seen_at.desc(), Presence.digest)
    )
    return {role: n for role, n in counted}, [Alive(*row) for row in staff]


def _alive(at: datetime) -> ColumnElement[bool]:
    """Not expired: the same rule as in ``who_is``, as a condition on rows."""
    idle = [and_(Presence.role == role, Presence.seen_at > at - idle) for role, idle in IDLE.items()]
    others = and_(Presence.role.not_in(IDLE), Presence.seen_at > at - STAFF_IDLE)
    return and_(Presence.begun_at > at - LONGEST, or_(*idle, others))


def grants_of(session: Session, person: str) -> list[Grant]:
    """A person's present grants, oldest first."""
    return list(
        session.scalars(
            select(Grant)
            .where(Grant.person_id == person, Grant.ended_at.is_(None))
            .order_by(Grant.given_at, Grant.id)
        )
    )


def digest(token: str) -> str:
    """The stored form of a token. It has 256 random bits, so a plain SHA-256 reveals nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def _token(entropy: Entropy) -> str:
    return base64.urlsafe_b64encode(entropy(32)).decode().rstrip("=")
