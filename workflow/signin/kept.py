"""Presses that were interrupted: kept sealed for ten minutes, for the person who pressed and nobody else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.people.cipher import Cipher
from workflow.signin.tables import KeptPress
from workflow.store import rows_changed

KEPT = timedelta(minutes=10)
"""How long an interrupted press is kept."""
LARGEST = 128 * 1024
"""Bytes of one press. A larger one is not kept."""
AT_MOST = 5
"""Presses of one person at a time. A further one takes the place of the oldest."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What somebody was about to send: where to, in which role, the fields as typed, and the chosen files.

    ``to`` is the address with its query. ``files`` are (field, file name): the files are not kept.
    """

    to: str
    role: str
    scope: str
    on_behalf_of: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...] = ()


def keep_press(
    session: Session,
    cipher: Cipher,
    pressed: Pressed,
    person: str,
    presence: str,
    at: datetime,
    entropy: Entropy,
) -> str | None:
    """Keep a press for its person. Returns its id, or None if it is too large to be kept."""
    plain = _as_text(pressed)
    if len(plain.encode()) > LARGEST:
        return None
    forget_kept(session, at)
    _make_room(session, person)
    id = entropy(16).hex()
    session.add(
        KeptPress(
            id=id,
            presence=presence,
            person_id=person,
            sealed=cipher.seal(plain, table="kept_press", column="sealed", row=id),
            made_at=at,
            ends_at=at + KEPT,
        )
    )
    session.flush()
    return id


def kept_press(session: Session, cipher: Cipher, id: str, person: str, at: datetime) -> Pressed | None:
    """A person's kept press. None for an unknown, used or expired one, and for somebody else's."""
    sealed = session.scalar(
        select(KeptPress.sealed).where(
            KeptPress.id == id,
            KeptPress.person_id == person,
            KeptPress.used_at.is_(None),
            KeptPress.made_at <= at,
            KeptPress.ends_at > at,
        )
    )
    if sealed is None:
        return None
    return _from_text(cipher.open(sealed, table="kept_press", column="sealed", row=id))


def use_press(session: Session, id: str, person: str, at: datetime) -> bool:
    """Mark a press as sent on. False if it has been sent on before.

    One that has expired meanwhile may go on: whoever sends it has all its fields at hand.
    """
    mine = KeptPress.id == id, KeptPress.person_id == person
    if rows_changed(session, update(KeptPress).where(*mine, KeptPress.used_at.is_(None)).values(used_at=at)):
        return True
    return session.scalar(select(KeptPress.id).where(*mine)) is None


def forget_kept(session: Session, at: datetime) -> int:
    """Delete the presses that have expired. Returns how many."""
    return rows_changed(session, delete(KeptPress).where(KeptPress.ends_at <= at))


def _make_room(session: Session, person: str) -> None:
    mine = session.scalars(
        select(KeptPress.id)
        .where(KeptPress.person_id == person)
        .order_by(KeptPress.made_at.desc(), KeptPress.id)
    ).all()
    session.execute(delete(KeptPress).where(KeptPress.id.in_(mine[AT_MOST - 1 :])))


def _as_text(pressed: Pressed) -> str:
    said = {
        "to": pressed.to,
        "as": [pressed.role, pressed.scope, pressed.on_behalf_of],
        "fields": pressed.fields,
        "files": pressed.files,
    }
    return json.dumps(said, ensure_ascii=False)


def _from_text(text: str) -> Pressed:
    said = json.loads(text)
    role, scope, on_behalf_of = said["as"]
    return Pressed(said["to"], role, scope, on_behalf_of, _pairs(said["fields"]), _pairs(said["files"]))


def _pairs(said: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in said)
