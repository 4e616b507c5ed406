"""Role checks inside the engine's transaction, and the writing of the access log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from workflow.engine import Actor, AnyAttempt, Grants, in_words
from workflow.people.scopes import NO_DUTY, Held
from workflow.people.tables import CARRIED, HELD, Access, Grant, Substitution, held_from, holds_on
from workflow.store import InHand, Prepared
from workflow.values import role_named
from workflow.verdict import Reason

_GRANTS = Prepared(
    select(*HELD).where(
        Grant.person_id == bindparam("person"),
        holds_on(bindparam("day")),
    )
)
_STANDS_IN = Prepared(
    select(Substitution.id).where(
        Substitution.absent == bindparam("absent"),
        Substitution.stand_in == bindparam("person"),
        Substitution.first <= bindparam("day"),
        Substitution.last >= bindparam("day"),
        Substitution.ended_at.is_(None),
    )
)


GRANTS: InHand[Grants] = InHand("grant")
"""The present grants of a person."""
_STANDING_IN: InHand[bool] = InHand("substitution")


def grants_of(session: Session, by: Actor, at: datetime) -> Grants:
    """The grants in which the actor may act at a moment.

    A stand-in has the carried roles of the absent person while the substitution lasts.
    """
    if not by.on_behalf_of:
        return _grants(session, by.person, at)
    if not _stands_in(session, by, at):
        return frozenset()
    return frozenset(grant for grant in _grants(session, by.on_behalf_of, at) if grant.role in CARRIED)


def _grants(session: Session, person: str, at: datetime) -> Grants:
    asked = {"person": person, "day": at.date().isoformat()}
    return GRANTS.once(
        session, person, lambda: frozenset(held_from(row) for row in _GRANTS.rows(session, asked))
    )


def _stands_in(session: Session, by: Actor, at: datetime) -> bool:
    values = {"absent": by.on_behalf_of, "person": by.person, "day": at.date().isoformat()}
    return _STANDING_IN.once(session, tuple(values.values()), lambda: bool(_STANDS_IN.rows(session, values)))


def grants_at_the_door(attempt: AnyAttempt) -> Grants:
    """The actor's present grants, read inside the transaction."""
    if attempt.grants is None:
        attempt.grants = grants_of(attempt.session, attempt.by, attempt.at)
    return attempt.grants


def held_here(attempt: AnyAttempt) -> tuple[Held, ...]:
    """Of the actor's grants those that they use: of their role, and of the capacity they are in."""
    by, grants = attempt.by, grants_at_the_door(attempt)
    return tuple(sorted(one for one in grants if one.role == by.role and by.capacity in (None, one.capacity)))


def duty_here(attempt: AnyAttempt) -> str:
    """The duty in which the actor acts, or '' if they have none or it is not known which."""
    duties = {one.duty for one in held_here(attempt)}
    return duties.pop() if len(duties) == 1 else NO_DUTY


def people_at_the_door(by: Actor) -> frozenset[str]:
    """The persons who count as acting: a stand-in and the person they replace both count."""
    return frozenset(filter(None, (by.person, by.on_behalf_of)))


def records_of_their_own(attempt: AnyAttempt) -> frozenset[str]:
    """The records whose student is one of the acting persons."""
    if attempt.by.on_behalf_of:
        held = [
            grant
            for one in people_at_the_door(attempt.by)
            for grant in _grants(attempt.session, one, attempt.at)
        ]
    else:
        held = list(grants_at_the_door(attempt))
    return frozenset(one.record for one in held if one.role == "student")


@in_words("现在仍有这个身份，且在其职责范围内", "the role is held now, and this is in its scope")
def holds_the_role(attempt: AnyAttempt) -> Reason | None:
    """The actor must hold the role now, not only at sign-in. Nobody can act as the system."""
    if attempt.by.is_system:
        return None
    if attempt.by.role == "system" or not held_here(attempt):
        return Reason(
            "role_not_held",
            "您现在没有“{role}”的权限。",
            {"role": role_named(attempt.by.role)},
            remedy="如需办理，请联系系统管理员授权。",
            stranger=True,
        )
    return None


def note_access(
    session: Session,
    by: Actor,
    what: str,
    subject: str,
    at: datetime,
    *,
    allowed: bool = True,
    why: str = "",
) -> None:
    """Write one line of the access log. It never contains what was seen. ``why``: a code of REASONS."""
    session.add(
        Access(at=at, person_id=by.person, role=by.role, what=what, subject=subject, allowed=allowed, why=why)
    )
    session.flush()


def note_each(session: Session, by: Actor, what: str, subjects: Iterable[str], at: datetime) -> None:
    """Write one line of the access log for each of several subjects that one page shows."""
    session.add_all(
        Access(at=at, person_id=by.person, role=by.role, what=what, subject=subject, allowed=True, why="")
        for subject in subjects
    )
    session.flush()


def note_stranger(session: Session, attempt: AnyAttempt) -> None:
    """Log an attempt at a subject that does not concern the person, or whom one not born would concern."""
    subject = attempt.subject.id if attempt.subject.version else attempt.subject.concerns
    note_access(session, attempt.by, f"try:{attempt.action.name}", subject, attempt.at, allowed=False)


def note_borrowed_way(session: Session, attempt: AnyAttempt, number: int) -> None:
    """One line beside an entry that was made in a session begun by a way that somebody else made."""
    by = attempt.by
    session.add(
        Access(
            at=attempt.at,
            person_id=by.person,
            role=by.role,
            what=f"way:{by.way}:{number}",
            subject=attempt.subject.id,
            allowed=True,
            maker=by.way_by,
        )
    )
    session.flush()
