"""Granting a permission, and the lists that pages show. A reason is opened only for whoever may read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from states.permission import GRANTED, PERMISSION
from workflow.engine import SYSTEM, Actor, Engine, Ref
from workflow.history.entry import Entry
from workflow.history.ledger import open_value
from workflow.history.tables import Opening
from workflow.people.cipher import Cipher
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
        return self.state == GRANTED and at <= self.until


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


def permissions_in_force(session: Session, cipher: Cipher) -> list[PermissionLine]:
    """Those in force, the first to end first."""
    return _lines(session, cipher, Permission.state == GRANTED, Permission.until, None)


def past_permissions(session: Session, cipher: Cipher) -> list[PermissionLine]:
    """The last that are over, latest first."""
    return _lines(session, cipher, Permission.state != GRANTED, Permission.ended_at.desc(), SHOWN_PAST)


def permissions_of(session: Session, cipher: Cipher, record: str) -> list[PermissionLine]:
    """Every permission of one record, latest first."""
    return _lines(session, cipher, Permission.record_id == record, Permission.granted_at.desc(), None)


def _lines(
    session: Session,
    cipher: Cipher,
    which: ColumnElement[bool],
    order: Any,
    limit: int | None,
) -> list[PermissionLine]:
    asked = select(Permission, Record.xm, Record.xh, Record.fy).join(Record).where(which)
    rows = session.execute(asked.order_by(order, Permission.id).limit(limit)).all()
    reasons = _reasons(session, cipher, [it.id for it, *_ in rows])
    return [
        PermissionLine(
            it.id, it.state, it.version, it.kind, it.record_id, name, number or "", college or "",
            it.campaign_id or "", it.until, it.granted_at, it.ended_at, reasons.get(it.id, ()),
        )
        for it, name, number, college in rows
    ]  # fmt: skip


def _reasons(session: Session, cipher: Cipher, subjects: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    if not subjects:
        return found
    asked = select(Opening).where(Opening.subject.in_(subjects), Opening.name == "words")
    for one in session.scalars(asked.order_by(Opening.subject, Opening.number)):
        found[one.subject] = (*found.get(one.subject, ()), open_value(cipher, one))
    return found
