"""Writes the history: entries with their Openings, refused attempts, and command keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from workflow.engine import AnyAttempt, Change, Entropy, SubjectRow
from workflow.history.entry import DONE, REFUSED, SALT, Entry, canonical, commitment
from workflow.history.tables import CommandKey, EntryRow, Opening
from workflow.store import InHand, Prepared, as_text, rows_changed, table_of
from workflow.verdict import Verdict

KEY_DAYS = 7


class Sealing(Protocol):
    """The cipher methods that the ledger uses."""

    def seal(self, plain: str, *, table: str, column: str, row: str) -> bytes: ...
    def open(self, sealed: bytes, *, table: str, column: str, row: str) -> str: ...
    def digest(self, kind: str, data: bytes) -> str: ...


_ENTRY_COLUMNS = ("subject", "number", "kind", "action", "actor", "role", "at", "body")
_WRITE_ENTRY = Prepared(insert(table_of(EntryRow)).values({n: bindparam(n) for n in _ENTRY_COLUMNS}))
_WRITE_OPENING = Prepared(insert(table_of(Opening)))
_WRITE_KEY = Prepared(insert(table_of(CommandKey)))
_READ_KEY = Prepared(
    select(CommandKey.body, CommandKey.subject, CommandKey.number).where(
        CommandKey.person == bindparam("person"), CommandKey.key == bindparam("key")
    )
)
_READ_ENTRY = Prepared(
    select(EntryRow.body).where(
        EntryRow.subject == bindparam("subject"), EntryRow.number == bindparam("number")
    )
)
_SINCE = Prepared(
    select(EntryRow.action, EntryRow.role, EntryRow.at)
    .where(EntryRow.subject == bindparam("subject"), EntryRow.number > bindparam("number"))
    .order_by(EntryRow.number)
)


class KeyBehind(NamedTuple):
    """What is stored for a command key: the command's digest, and the subject and number of its entry."""

    body: str
    subject: str
    number: int


KEYS: InHand[KeyBehind | None] = InHand("command_key")


class Ledger:
    """The engine's history.

    ``on_stranger`` logs an attempt by a person unrelated to the subject, ``on_borrowed_way`` an entry (by its
    number) of a session that began by a way somebody else made.
    """

    def __init__(
        self,
        cipher: Sealing,
        entropy: Entropy,
        on_stranger: Callable[[Session, AnyAttempt], None],
        on_borrowed_way: Callable[[Session, AnyAttempt, int], None],
    ) -> None:
        self._cipher, self._entropy = cipher, entropy
        self._on_stranger, self._on_borrowed_way = on_stranger, on_borrowed_way

    def write(self, attempt: AnyAttempt, number: int, target: str, change: Change, key: str) -> Entry:
        """Write the entry of a completed action, and an Opening for each personal value it commits to."""
        entry, openings = self._entry(attempt, attempt.subject.id, number, target, change, key)
        _WRITE_ENTRY.run(attempt.session, _columns(entry))
        for opening in openings:
            _WRITE_OPENING.run(attempt.session, opening)
        if attempt.by.way:
            self._on_borrowed_way(attempt.session, attempt, number)
        return entry

    def write_all(self, attempt: AnyAttempt, rows: Sequence[SubjectRow], target: str, change: Change) -> None:
        """Write one entry for each row of a set-wise action."""
        written, opened = [], []
        for row in rows:
            entry, openings = self._entry(
                attempt, row.id, row.version + 1, target or row.state, change, "", origin=row.state
            )
            written.append(_columns(entry))
            opened += openings
        _WRITE_ENTRY.run_many(attempt.session, written)
        _WRITE_OPENING.run_many(attempt.session, opened)
        if attempt.by.way:
            self._on_borrowed_way(attempt.session, attempt, 0)

    def refuse(self, session: Session, attempt: AnyAttempt, verdict: Verdict) -> None:
        """Record a refused attempt with the version it met. A stranger's attempt goes to the access log."""
        if verdict.stranger:
            self._on_stranger(session, attempt)
            return
        if attempt.subject.version == 0:
            return
        entry = _entry_of(
            attempt,
            kind=REFUSED,
            subject=attempt.subject.id,
            origin=attempt.subject.state,
            met=attempt.subject.version,
            codes=verdict.codes,
        )
        _WRITE_ENTRY.run(session, {**_columns(entry), "number": None})

    def since(self, session: Session, subject: str, number: int) -> list[Mapping[str, str]]:
        """The actions on a subject after an entry, as mappings of action, role and time (to the minute)."""
        rows = _SINCE.run(session, {"subject": subject, "number": number}).fetchall()
        return [
            {"action": action, "role": role, "at": at[:16].replace("T", " ")} for action, role, at in rows
        ]

    def body_of(self, attempt: AnyAttempt) -> str:
        """The keyed digest of a command: subject, action, person and all details."""
        subject = attempt.subject.id if attempt.subject.version else ""
        said = {
            "action": attempt.action.name,
            "by": [attempt.by.person, attempt.by.role, attempt.by.on_behalf_of],
            "details": _DETAILS.encode(attempt.details),
            "subject": subject,
        }
        return self._cipher.digest("body", canonical(said))

    def answered(self, attempt: AnyAttempt, key: str) -> tuple[str, Entry] | None:
        """The body and the entry stored for a key, or None. Keys are kept for seven days."""
        found = self._behind(attempt.session, attempt.by.person, key)
        if found is None:
            return None
        return found.body, read_entry(attempt.session, found.subject, found.number)

    def subject_of(self, session: Session, person: str, key: str) -> str | None:
        """The subject of the entry stored for a person's key, or None."""
        found = self._behind(session, person, key)
        return None if found is None else found.subject

    def entry_behind(self, session: Session, person: str, key: str) -> Entry | None:
        """The entry stored for a person's key, or None."""
        found = self._behind(session, person, key)
        return None if found is None else read_entry(session, found.subject, found.number)

    def remember(self, attempt: AnyAttempt, key: str, body: str, number: int) -> None:
        """Store the key for this entry. Same transaction, so that a failure does not use up the key."""
        _WRITE_KEY.run(
            attempt.session,
            {
                "person": attempt.by.person,
                "key": self._key(key),
                "body": body,
                "subject": attempt.subject.id,
                "number": number,
                "at": as_text(attempt.at),
            },
        )

    def _behind(self, session: Session, person: str, key: str) -> KeyBehind | None:
        """What is stored for a person's key. Read once."""
        values = {"person": person, "key": self._key(key)}
        return KEYS.once(
            session,
            tuple(values.values()),
            lambda: next((KeyBehind(*row) for row in _READ_KEY.rows(session, values)), None),
        )

    def _key(self, key: str) -> str:
        return self._cipher.digest("key", key.encode())

    def _entry(
        self,
        attempt: AnyAttempt,
        subject: str,
        number: int,
        target: str,
        change: Change,
        key: str,
        origin: str = "",
    ) -> tuple[Entry, list[dict[str, Any]]]:
        openings, values = [], {}
        for name, value in change.values.items():
            salt = self._entropy(SALT)
            values[name] = commitment(salt, name, value)
            sealed = self._cipher.seal(value, table="opening", column=name, row=f"{subject}/{number}")
            openings.append(
                {"subject": subject, "number": number, "name": name, "salt": salt, "sealed": sealed}
            )
        entry = _entry_of(
            attempt,
            kind=DONE,
            subject=subject,
            number=number,
            origin=origin or attempt.subject.state,
            target=target,
            key=self._key(key) if key else "",
            codes=tuple(map(str, change.codes)),
            claims=tuple(change.claims),
            steps=tuple(change.steps),
            evidence=tuple(change.evidence),
            values=values,
        )
        return entry, openings


def read_entry(session: Session, subject: str, number: int) -> Entry:
    """One done entry of a subject. Raises NoResultFound if there is none."""
    found = _READ_ENTRY.run(session, {"subject": subject, "number": number}).fetchone()
    if found is None:
        raise NoResultFound
    return Entry.from_body(bytes(found[0]))


def forget_old_keys(session: Session, now: datetime) -> int:
    """Delete command keys older than seven days. Returns their number."""
    old = as_text(now - timedelta(days=KEY_DAYS))
    return rows_changed(session, delete(CommandKey).where(CommandKey.at < old))


def erase_openings(session: Session, subject: str) -> int:
    """Delete every personal value of a subject's history. Its entries stay. Returns their number."""
    return rows_changed(session, delete(Opening).where(Opening.subject == subject))


def open_value(cipher: Sealing, opening: Opening) -> str:
    """The personal value stored in an Opening."""
    return cipher.open(
        opening.sealed, table="opening", column=opening.name, row=f"{opening.subject}/{opening.number}"
    )


def open_words(cipher: Sealing, subject: str, number: int, sealed: bytes | None) -> str:
    """The free text of an entry; '' if it has none or it is erased."""
    return open_named(cipher, "words", subject, number, sealed)


def open_named(cipher: Sealing, name: str, subject: str, number: int, sealed: bytes | None) -> str:
    """The value of an entry by its name; '' if it has none or it is erased."""
    if sealed is None:
        return ""
    return cipher.open(sealed, table="opening", column=name, row=f"{subject}/{number}")


def _entry_of(attempt: AnyAttempt, **said: Any) -> Entry:
    """An entry with what every entry takes from its attempt."""
    return Entry(
        lifecycle=attempt.lifecycle.digest,
        action=attempt.action.name,
        actor=attempt.by.person,
        role=attempt.by.role,
        on_behalf_of=attempt.by.on_behalf_of,
        at=as_text(attempt.at),
        policy=attempt.policy.digest,
        **said,
    )


def _columns(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _ENTRY_COLUMNS} | {"number": entry.number or None}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if hasattr(value, "as_json"):
        return value.as_json()
    raise TypeError(f"{type(value).__name__} cannot be part of a command")


_DETAILS = json.JSONEncoder(default=_plain, sort_keys=True, ensure_ascii=True)
