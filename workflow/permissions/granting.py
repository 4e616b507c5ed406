"""Granting a permission, and the lists that pages show. Lists of many students have no reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from states.permission import GRANTED, PERMISSION
from workflow.engine import SYSTEM, Actor, Engine, Ref
from workflow.history.entry import Entry
from workflow.history.ledger import open_value
from workflow.history.tables import Opening
from workflow.people.cipher import Cipher
from workflow.permissions.facts import stands_at
from workflow.permissions.tables import Permission
from workflow.records.tables import Record

SHOWN_PAST = 50


@dataclass(frozen=True, slots=True)
class PermissionLine:
    """A permission as a list shows it. ``reasons``: why it was granted, and why it was taken back."""

    id: str
    state: str
    version: int
    kind: str
    record: str
    name: str
    number: str
    college: str
    campaign: str
    until: datetime
    granted_at: datetime
    ended_at: datetime | None
    reasons: tuple[str, ...] = field(default=(), repr=False)

    def stands(self, at: datetime) -> bool:
        """Whether it holds at a moment."""
        return stands_at(at, self.granted_at, self.until, self.ended_at)


_LINE: tuple[Any, ...] = (
    Permission.id,
    Permission.state,
    Permission.version,
    Permission.kind,
    Permission.record_id,
    Record.xm,
    func.coalesce(Record.xh, ""),
    func.coalesce(Record.fy, ""),
    func.coalesce(Permission.campaign_id, ""),
    Permission.until,
    Permission.granted_at,
    Permission.ended_at,
)


def grant(
    engine: Engine,
    session: Session,
    by: Actor,
    *,
    record: str,
    kind: str,
    campaign: str,
    until: datetime | None,
    words: str,
    key: str = "",
) -> Entry:
    """Grant a permission; one of its kind that is past its end is ended first. Raises Refused."""
    past = (
        Permission.record_id == record,
        Permission.kind == kind,
        Permission.state == GRANTED,
        Permission.until < engine.clock.now(session),
    )
    for id in session.scalars(select(Permission.id).where(*past)).all():
        engine.perform(session, Ref(PERMISSION.name, id), "end", by=SYSTEM)
    said: dict[str, Any] = {"record": record, "kind": kind, "campaign": campaign, "words": words}
    if until is not None:
        said["until"] = until
    done: Entry = engine.perform(session, Ref(PERMISSION.name), "grant", by=by, key=key, **said)
    return done


def permissions_in_force(session: Session) -> list[PermissionLine]:
    """Those in force, the first to end first."""
    return _lines(session, Permission.state == GRANTED, Permission.until)


def past_permissions(session: Session) -> list[PermissionLine]:
    """The last that are over, latest first."""
    return _lines(session, Permission.state != GRANTED, Permission.ended_at.desc(), SHOWN_PAST)


def permissions_of(session: Session, cipher: Cipher, record: str) -> list[PermissionLine]:
    """Every permission of one record, latest first, with its reasons."""
    lines = _lines(session, Permission.record_id == record, Permission.granted_at.desc())
    reasons = reasons_of(session, cipher, [one.id for one in lines])
    return [replace(one, reasons=reasons.get(one.id, ())) for one in lines]


def reasons_of(session: Session, cipher: Cipher, permissions: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Why each was granted, then why it was taken back."""
    found: dict[str, tuple[str, ...]] = {}
    if not permissions:
        return found
    asked = select(Opening).where(Opening.subject.in_(permissions), Opening.name == "words")
    for one in session.scalars(asked.order_by(Opening.subject, Opening.number)):
        found[one.subject] = (*found.get(one.subject, ()), open_value(cipher, one))
    return found


def _lines(
    session: Session, which: ColumnElement[bool], order: Any, most: int | None = None
) -> list[PermissionLine]:
    asked = (
        select(*_LINE)
        .join(Record, Record.id == Permission.record_id)
        .where(which)
        .order_by(order, Permission.id)
        .limit(most)
    )
    return [PermissionLine(*row) for row in session.execute(asked)]
