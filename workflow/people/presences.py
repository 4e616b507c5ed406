"""Presences: who sits at a signed-in browser, how they got in, for how long, and why it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, not_, or_, select, union, update
from sqlalchemy.orm import Session, aliased

from workflow.engine import Actor, Entropy
from workflow.people.links import SignInRefused
from workflow.people.scopes import NO_DUTY, Held, Scope, in_capacity
from workflow.people.tables import CARRIED, HELD, Grant, Person, Presence, Substitution, held_from, holds_on
from workflow.people.tokens import digest, new_token
from workflow.store import rows_changed

FRESH = timedelta(minutes=15)
"""A proof of the person (password or code) counts so long, and each act that needs it renews it."""
FRESH_LONGEST = timedelta(hours=2)
"""From the proof itself. After it the person proves themselves again, however busy they were."""


@dataclass(frozen=True, slots=True)
class Lives:
    """How long a presence lives: without a request, and altogether, for students and for staff."""

    student_idle: timedelta
    student_longest: timedelta
    staff_idle: timedelta
    staff_longest: timedelta

    def idle(self, role: str) -> timedelta:
        """The time without a request after which a presence in this role ends."""
        return self.student_idle if role == "student" else self.staff_idle

    def longest(self, role: str) -> timedelta:
        """The time after which a presence in this role ends in any case."""
        return self.student_longest if role == "student" else self.staff_longest


LIVES: Mapping[str, Lives] = {
    "workday": Lives(timedelta(hours=24), timedelta(hours=24), timedelta(hours=4), timedelta(hours=12)),
    "strict": Lives(timedelta(minutes=30), timedelta(hours=12), timedelta(minutes=15), timedelta(hours=12)),
}
"""By the setting ``sessions``."""

ENDINGS: Mapping[str, tuple[str, str]] = {
    "signed_out": ("您已退出登录", "you signed out"),
    "ended_elsewhere": ("您在别的设备上结束了这次登录", "you ended this sign-in from another device"),
    "replaced": ("这台设备上另有一次登录", "somebody signed in again on this device"),
    "idle": ("太久没有操作", "nothing was done here for too long"),
    "over": ("这次登录已满时限", "this sign-in has lasted as long as it may"),
    "role_ended": ("您的这个身份已被收回", "the role you used was taken back"),
    "password_changed": ("密码已更改", "the password was changed"),
    "code_given": ("在柜台给出了新的登录码", "a new code was given at the counter"),
    "by_administrator": ("系统管理员结束了这次登录", "the administrator ended this sign-in"),
    "closed": ("账号已停用", "the account was closed"),
}
"""Why a presence ended, by code, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Granted:
    """One present grant of a person, or of the named person they stand in for."""

    id: str
    held: Held
    given_by: str
    given_at: datetime
    last_on: date | None
    absent: str = ""
    absent_name: str = ""

    @property
    def role(self) -> str:
        """The role that it gives."""
        return self.held.role

    @property
    def capacity(self) -> tuple[str, str, str]:
        """What a presence is of: role, capacity in the role, and the absent person or ''."""
        return self.held.role, self.held.capacity, self.absent


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A signed-in browser: actor, capacity, display name, last activity, all grants.

    ``scope`` is the capacity: for a student, their record. ``standing_for`` is the name of the person for
    whom they act. ``way`` is how they got in and ``made_by`` who made that way ('' = themselves).
    ``proved_at`` is the last proof of the person or the last act that renewed it, ``proved_from`` the proof
    itself.
    """

    actor: Actor
    scope: str
    name: str
    digest: str
    seen_at: datetime
    grants: tuple[Granted, ...] = ()
    standing_for: str = ""
    way: str = "link"
    made_by: str = ""
    proved_at: datetime | None = None
    proved_from: datetime | None = None
    begun_at: datetime | None = None
    browser: str = ""

    @property
    def used(self) -> tuple[Held, ...]:
        """The grants of the capacity in which the person is here."""
        return tuple(one.held for one in self.grants if one.capacity == self.capacity)

    @property
    def capacity(self) -> tuple[str, str, str]:
        """Role, capacity in the role, and the absent person or ''."""
        return self.actor.role, self.scope, self.actor.on_behalf_of

    @property
    def college(self) -> str:
        """The college of the capacity, '' for none in particular."""
        return next((one.scope.college for one in self.used), "")

    @property
    def of_whole_college(self) -> bool:
        """Whether the capacity is for all students of a college, not only for some."""
        return any(one.of_whole_college for one in self.used)

    @property
    def narrowed_to(self) -> tuple[Scope, ...]:
        """What the capacity's students are limited to in their college. None for all of it."""
        if any(one.scope.of_whole_colleges for one in self.used):
            return ()
        return tuple(sorted({replace(one.scope, office="") for one in self.used}))

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The scopes of the capacity's grants, each once."""
        return tuple(sorted({one.scope for one in self.used}))

    @property
    def held(self) -> Held:
        """What the capacity says of its grants."""
        return in_capacity(self.actor.role, self.scope)

    @property
    def duty(self) -> str:
        """The duty of the capacity, '' for none."""
        return next((one.duty for one in self.used), NO_DUTY)

    @property
    def capacities(self) -> tuple[Granted, ...]:
        """One grant for each other capacity to which the person can switch."""
        others = {one.capacity: one for one in reversed(self.grants) if one.capacity != self.capacity}
        return tuple(reversed(others.values()))

    def is_fresh(self, at: datetime) -> bool:
        """Whether the person has proved who they are recently enough to decide, reveal, export or grant."""
        if self.proved_at is None or self.proved_from is None:
            return False
        return at < self.proved_at + FRESH and at < self.proved_from + FRESH_LONGEST


@dataclass(frozen=True, slots=True)
class Way:
    """How a presence begins: the way in, who made it ('' = the person), and whether it proves the person."""

    name: str
    made_by: str = ""
    proves: bool = True


@dataclass(frozen=True, slots=True)
class Ended:
    """A presence that has ended: whose, in which role, and why (a code of ENDINGS).

    ``noted``: its end stands in the database, so that no clock that goes back revives it.
    """

    person: str
    role: str
    because: str
    scope: str = ""
    on_behalf_of: str = ""
    noted: bool = True


@dataclass(frozen=True, slots=True)
class Alive:
    """One browser where a member of staff is signed in now."""

    person: str
    name: str
    held: Held
    begun_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class OwnPresence:
    """One of a person's own sign-ins, for the list from which they can end it. ``id`` is no token."""

    id: str
    role: str
    way: str
    browser: str
    begun_at: datetime
    seen_at: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class PastSignIn:
    """When and how a person signed in."""

    begun_at: datetime
    way: str
    browser: str


def begin(
    session: Session,
    grant: Grant,
    way: Way,
    at: datetime,
    entropy: Entropy,
    *,
    browser: str = "",
    person: str = "",
    since: SignedIn | None = None,
) -> str:
    """Sign a browser in with a grant. Returns its token.

    ``person`` is a stand-in who uses the grant. ``since`` is the presence that goes on in another role: its
    beginning and its proof stay.
    """
    proved = at if way.proves else None
    token = new_token(entropy)
    stands_in = bool(person) and person != grant.person_id
    session.add(
        Presence(
            digest=digest(token),
            person_id=person or grant.person_id,
            role=grant.role,
            scope=held_from(grant).capacity,
            on_behalf_of=grant.person_id if stands_in else None,
            begun_at=(since and since.begun_at) or at,
            seen_at=at,
            way=way.name,
            made_by=way.made_by,
            proved_at=since.proved_at if since else proved,
            proved_from=since.proved_from if since else proved,
            browser=browser,
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
    select(
        Presence,
        Person.name,
        Grant.id,
        *HELD,
        Grant.given_by,
        Grant.given_at,
        Grant.last_on,
        _HOLDER.id.label("holder"),
        _HOLDER.name.label("holder_name"),
    )
    .select_from(_ACTING)
    .join(Grant, and_(Grant.person_id == _ACTING.c.person, holds_on(bindparam("day"))))
    .join(_HOLDER, _HOLDER.id == Grant.person_id)
    .join(Presence, Presence.digest == bindparam("digest"))
    .join(Person, Person.id == Presence.person_id)
    .where(Presence.ended_at.is_(None), Person.closed_at.is_(None))
    .where(or_(Grant.person_id == Presence.person_id, Grant.role.in_(CARRIED)))
    .order_by(Grant.given_at, Grant.id)
)
"""The person at a browser: their grants, and the carried grants of those they stand in for today."""


def who_is(
    session: Session, token_digest: str, at: datetime, lives: Lives = LIVES["workday"]
) -> SignedIn | None:
    """The person at a browser, or None if the sign-in has ended or expired or its grant is gone."""
    found = session.execute(_WHO, {"digest": token_digest, "day": at.date()}).all()
    if not found:
        return None
    presence, name = found[0][:2]
    grants = tuple(
        _granted(row, "" if row.holder == presence.person_id else row.holder)
        for row in sorted(found, key=lambda row: row.holder != presence.person_id)
    )
    used = (presence.role, presence.scope, presence.on_behalf_of or "")
    grant = next((one for one in grants if one.capacity == used), None)
    if grant is None or _expired(presence, at, lives):
        return None
    somebody_elses = presence.way if presence.made_by else ""
    return SignedIn(
        Actor(
            presence.person_id,
            presence.role,
            grant.absent,
            capacity=presence.scope,
            way=somebody_elses,
            way_by=presence.made_by,
        ),
        presence.scope,
        name,
        token_digest,
        presence.seen_at,
        grants,
        grant.absent_name,
        presence.way,
        presence.made_by,
        presence.proved_at,
        presence.proved_from,
        presence.begun_at,
        presence.browser,
    )


def _granted(row: Any, absent: str) -> Granted:
    return Granted(
        row.id,
        held_from(row),
        row.given_by,
        row.given_at,
        row.last_on,
        absent,
        row.holder_name if absent else "",
    )


def change_role(
    session: Session,
    here: SignedIn,
    grant_id: str,
    at: datetime,
    entropy: Entropy,
    lives: Lives = LIVES["workday"],
) -> str:
    """Switch to another grant, with a new token: one's own, or one of a person one stands in for.

    The way in and its proof stay what they were. Raises SignInRefused for any other grant.
    """
    grant, now = session.get(Grant, grant_id), who_is(session, here.digest, at, lives)
    if now is None or grant is None or grant.ended_at is not None:
        raise SignInRefused
    if grant_id not in {one.id for one in now.grants}:
        raise SignInRefused
    fresh = begin(
        session,
        grant,
        Way(now.way, now.made_by),
        at,
        entropy,
        browser=now.browser,
        person=here.actor.person,
        since=now,
    )
    sign_out(session, here.digest, at, "replaced")
    return fresh


def seen_again(session: Session, token_digest: str, at: datetime, *, fresh_act: bool = False) -> None:
    """Keep a sign-in from expiring. ``fresh_act`` also renews the proof of the person."""
    values: dict[str, datetime] = {"seen_at": at} | ({"proved_at": at} if fresh_act else {})
    session.execute(update(Presence).where(Presence.digest == token_digest).values(**values))


def prove(session: Session, token_digest: str, at: datetime) -> None:
    """The person at a browser has proved again who they are."""
    session.execute(
        update(Presence).where(Presence.digest == token_digest).values(proved_at=at, proved_from=at)
    )


def sign_out(session: Session, token_digest: str, at: datetime, because: str = "signed_out") -> None:
    """End a sign-in. Its token becomes invalid."""
    session.execute(
        update(Presence)
        .where(Presence.digest == token_digest, Presence.ended_at.is_(None))
        .values(ended_at=at, ended_because=because)
    )


def end_presences(session: Session, person: str, at: datetime, because: str, *, but: str = "") -> int:
    """End every sign-in of a person, on all devices but one. Returns how many had not ended before."""
    which = Presence.person_id == person, Presence.ended_at.is_(None), Presence.digest != but
    return rows_changed(session, update(Presence).where(*which).values(ended_at=at, ended_because=because))


def end_expired(session: Session, at: datetime, lives: Lives) -> int:
    """End what has expired, so that a clock set back revives nothing. Returns how many."""
    return rows_changed(
        session,
        update(Presence)
        .where(Presence.ended_at.is_(None), not_(_alive(at, lives)))
        .values(ended_at=at, ended_because=case((_idle(at, lives), "idle"), else_="over")),
    )


def why_ended(session: Session, token_digest: str, at: datetime, lives: Lives) -> Ended | None:
    """Why there is nobody at a browser that had signed in. None for one that never had. Only reads."""
    presence = session.get(Presence, token_digest)
    if presence is None:
        return None
    noted = presence.ended_at is not None
    because = presence.ended_because if noted else _ending_now(session, presence, at, lives)
    return Ended(
        presence.person_id, presence.role, because, presence.scope, presence.on_behalf_of or "", noted
    )


def _ending_now(session: Session, presence: Presence, at: datetime, lives: Lives) -> str:
    if presence.seen_at + lives.idle(presence.role) <= at:
        return "idle"
    if _expired(presence, at, lives):
        return "over"
    return "closed" if session.get_one(Person, presence.person_id).closed_at is not None else "role_ended"


def end_own(session: Session, here: SignedIn, id: str, at: datetime) -> bool:
    """End one of a person's own other sign-ins, by its id in ``own_presences``. False if there is none."""
    digests = session.scalars(
        select(Presence.digest).where(
            Presence.person_id == here.actor.person,
            Presence.ended_at.is_(None),
            Presence.digest != here.digest,
        )
    )
    found = next((one for one in digests if _id_of(one) == id), None)
    if found is not None:
        sign_out(session, found, at, "ended_elsewhere")
    return found is not None


def last_sign_ins(session: Session, person: str, limit: int) -> list[PastSignIn]:
    """When and how a person signed in lately, last first. A change of role is no sign-in."""
    found = session.execute(
        select(Presence.begun_at, Presence.way, Presence.browser)
        .where(Presence.person_id == person)
        .group_by(Presence.begun_at, Presence.way, Presence.browser)
        .order_by(Presence.begun_at.desc(), Presence.way)
        .limit(limit)
    )
    return [PastSignIn(*row) for row in found]


def _id_of(token_digest: str) -> str:
    """How a person's own list names a sign-in. It tells nothing of the digest."""
    return digest(token_digest)[:16]


def own_presences(session: Session, here: SignedIn, at: datetime, lives: Lives) -> list[OwnPresence]:
    """A person's own open sign-ins, last seen first."""
    found = session.scalars(
        select(Presence)
        .where(Presence.person_id == here.actor.person, Presence.ended_at.is_(None), _alive(at, lives))
        .order_by(Presence.seen_at.desc(), Presence.digest)
    )
    return [
        OwnPresence(
            _id_of(one.digest),
            one.role,
            one.way,
            one.browser,
            one.begun_at,
            one.seen_at,
            one.digest == here.digest,
        )
        for one in found
    ]


def signed_in_now(
    session: Session, at: datetime, lives: Lives = LIVES["workday"]
) -> tuple[dict[str, int], list[Alive]]:
    """How many browsers are signed in, by role, and those of staff, last seen first. Lists no student."""
    here = (Presence.ended_at.is_(None), _alive(at, lives))
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
    return {role: n for role, n in counted}, [
        Alive(row.person_id, row.name, in_capacity(row.role, row.scope), row.begun_at, row.seen_at)
        for row in staff
    ]


def _expired(presence: Presence, at: datetime, lives: Lives) -> bool:
    role = presence.role
    return presence.seen_at + lives.idle(role) <= at or presence.begun_at + lives.longest(role) <= at


def _idle(at: datetime, lives: Lives) -> ColumnElement[bool]:
    """Without a request for too long, as a condition on rows."""
    student, seen_at = Presence.role == "student", Presence.seen_at
    return or_(
        and_(student, seen_at <= at - lives.student_idle),
        and_(not_(student), seen_at <= at - lives.staff_idle),
    )


def _alive(at: datetime, lives: Lives) -> ColumnElement[bool]:
    """Not expired: the same rule as ``_expired``, as a condition on rows."""
    students = and_(
        Presence.role == "student",
        Presence.seen_at > at - lives.student_idle,
        Presence.begun_at > at - lives.student_longest,
    )
    staff = and_(
        Presence.role != "student",
        Presence.seen_at > at - lives.staff_idle,
        Presence.begun_at > at - lives.staff_longest,
    )
    return or_(students, staff)
