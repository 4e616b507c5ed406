"""Roles of staff given and taken: each leaves a line in the access log with who did it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from workflow.engine import SYSTEM, Actor, Entropy
from workflow.people.access import note_access
from workflow.people.accounts import OPERATOR, end_grants, end_passed_grants, end_role, give_role
from workflow.people.clashes import offices_of
from workflow.people.links import end_links
from workflow.people.presences import end_presences
from workflow.people.scopes import Held
from workflow.people.tables import HELD, Grant, Person, SavedView, SentenceRow, held_from, holds_on
from workflow.verdict import Reason, Refused, Verdict, named

BY_OPERATOR = Actor(OPERATOR, "system")
"""Who acts on the command line."""

LAST_ADMINISTRATOR = Reason(
    "last_administrator",
    "这是最后一位系统管理员，不能收回，也不能停用。",
    remedy="请先授予另一个人。",
)
NOT_HELD = Reason("no_such_grant", "这个身份已经收回。", remedy="请刷新页面查看。")
CLOSED_ALREADY = Reason("closed_already", "这个账号已经停用。", remedy="请刷新页面查看。")


def one_at_a_time(session: Session) -> None:
    """Let nobody else give or take a role until this unit of work ends.

    What one person decides rests on what the others hold. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text('LOCK TABLE "grant" IN SHARE ROW EXCLUSIVE MODE'))


def enlist(session: Session, name: str, number: str, at: datetime, entropy: Entropy) -> Person:
    """Make an account for a member of staff, without any role."""
    person = Person(id=entropy(16).hex(), name=name, made_at=at, number=number or None)
    session.add(person)
    session.flush()
    return person


def give(
    session: Session,
    by: Actor,
    person: str,
    what: Held,
    at: datetime,
    entropy: Entropy,
    *,
    confirmed_by: str | None = None,
    last_on: date | None = None,
) -> None:
    """Give a role, and write down who gave it."""
    give_role(session, person, what, by.person, at, entropy, confirmed_by=confirmed_by, last_on=last_on)
    note_access(session, by, f"grant:{what.role}", person, at)


def renew(
    session: Session,
    by: Actor,
    person: str,
    what: Held,
    at: datetime,
    entropy: Entropy,
    *,
    confirmed_by: str | None = None,
    last_on: date | None = None,
) -> None:
    """Give a grant that is held another last day: it ends and is given again. Nobody is signed out."""
    for _ in range(end_grants(session, person, what, at)):
        note_access(session, by, f"grant_end:{what.role}", person, at)
    give(session, by, person, what, at, entropy, confirmed_by=confirmed_by, last_on=last_on)


def take_back(
    session: Session, by: Actor, person: str, role: str, at: datetime, what: Held | None = None
) -> int:
    """End one grant of a role (None: all of them), at once and by one person. Returns how many grants.

    Raises Refused if it is not held, or if the last administrator would go.
    """
    one_at_a_time(session)
    held = [one for one in offices_of(session, person, at) if one.role == role and what in (None, one)]
    if not held:
        raise _refused("take_back_role", NOT_HELD)
    if role == "administrator" and not administrators(session, at, but=person):
        raise _refused("take_back_role", LAST_ADMINISTRATOR)
    return _end(session, by, person, role, at, what)


def end_passed(session: Session, at: datetime) -> list[tuple[str, Held]]:
    """End every grant whose last day is over. Returns whose, and what."""
    passed = session.execute(
        select(Grant.person_id, *HELD)
        .where(Grant.ended_at.is_(None), Grant.last_on < at.date())
        .order_by(Grant.person_id, Grant.id)
    ).all()
    found = [(row.person_id, held_from(row)) for row in passed]
    for person, role in dict.fromkeys((person, what.role) for person, what in found):
        end_passed_grants(session, person, role, at)
    for person, what in found:
        note_access(session, SYSTEM, f"grant_end:{what.role}", person, at)
    return found


def close_account(session: Session, by: Actor, person: str, at: datetime) -> None:
    """Close an account at once: its sessions, links and roles end, and what it kept goes. Raises Refused."""
    one_at_a_time(session)
    held = offices_of(session, person, at)
    if session.get_one(Person, person).closed_at is not None:
        raise _refused("close_account", CLOSED_ALREADY)
    if any(one.role == "administrator" for one in held) and not administrators(session, at, but=person):
        raise _refused("close_account", LAST_ADMINISTRATOR)
    session.execute(update(Person).where(Person.id == person).values(closed_at=at))
    end_presences(session, person, at, "closed")
    end_links(session, person, at)
    for own in (SentenceRow, SavedView):
        session.execute(delete(own).where(own.person_id == person))
    note_access(session, by, "closed", person, at)
    for role in dict.fromkeys(one.role for one in held):
        _end(session, by, person, role, at, None)


def administrators(session: Session, at: datetime, *, but: str = "") -> int:
    """How many people are administrators at a moment, apart from one."""
    return (
        session.scalar(
            select(func.count(Grant.person_id.distinct()))
            .join(Person, Person.id == Grant.person_id)
            .where(Grant.role == "administrator", holds_on(at.date()), Person.closed_at.is_(None))
            .where(Grant.person_id != but)
        )
        or 0
    )


def _end(session: Session, by: Actor, person: str, role: str, at: datetime, what: Held | None) -> int:
    ended = end_role(session, person, role, at, what)
    for _ in range(ended):
        note_access(session, by, f"grant_end:{role}", person, at)
    return ended


def _refused(action: str, *reasons: Reason) -> Refused:
    return Refused(Verdict(action, tuple(named("people", reasons))))
