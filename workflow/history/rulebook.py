"""The Rulebook: every lifecycle, policy text, notice and guide ever in force, by digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from states import Act, Lifecycle, Move, State
from workflow.history.tables import Loaded, RuleRow
from workflow.store import as_text, from_text

PRIVACY, GUIDE, NOTICE = "privacy", "guide", "notice"
"""Kinds of texts that are shown and are no rules: a privacy notice, a guide, a notice to the students."""


class KeptText(Protocol):
    """A text as the Rulebook keeps it: canonical bytes and their digest."""

    @property
    def digest(self) -> str: ...
    @property
    def text(self) -> bytes: ...


class PolicyText(KeptText, Protocol):
    """The part of a policy that the Rulebook uses."""

    @property
    def slug(self) -> str: ...


def keep(session: Session, lifecycles: Iterable[Lifecycle], policy: PolicyText, at: datetime) -> int:
    """Add the texts that the Rulebook does not have yet. Returns the number of new texts.

    Also records a load of the policy if it differs from the last loaded one.
    """
    known = set(session.scalars(select(RuleRow.digest)))
    texts = [("lifecycle", life.name, life.digest, life.text) for life in lifecycles]
    texts.append(("policy", policy.slug, policy.digest, policy.text))
    new = [text for text in texts if text[2] not in known]
    for kind, name, digest, text in new:
        _add(session, kind, name, digest, text, at)
    if session.scalar(select(Loaded.digest).order_by(Loaded.id.desc()).limit(1)) != policy.digest:
        session.execute(insert(Loaded).values(digest=policy.digest, at=as_text(at)))
    return len(new)


def keep_shown(session: Session, kind: str, text: KeptText, name: str, at: datetime) -> None:
    """Add a text that is shown and is no rule, if the Rulebook does not have it yet."""
    if session.scalar(select(RuleRow.digest).where(RuleRow.digest == text.digest)) is None:
        _add(session, kind, name, text.digest, text.text, at)


def _add(session: Session, kind: str, name: str, digest: str, text: bytes, at: datetime) -> None:
    """Add a text. Another process may add the same one at the same moment."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {"digest": digest, "kind": kind, "name": name, "kept_at": as_text(at), "text": text}
    session.execute(make(RuleRow).values(row).on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class RuleText:
    """A text of the Rulebook. ``holds`` is True when the text matches its digest."""

    digest: str
    kind: str
    name: str
    kept_at: str
    text: bytes
    holds: bool


def text_of(session: Session, digest: str) -> RuleText | None:
    """The text of the Rulebook with a digest, or None."""
    row = session.execute(
        select(RuleRow.digest, RuleRow.kind, RuleRow.name, RuleRow.kept_at, RuleRow.text).where(
            RuleRow.digest == digest
        )
    ).first()
    return None if row is None else RuleText(*row, hashlib.sha256(row.text).hexdigest() == digest)


def version_of(session: Session, kind: str, digest: str) -> RuleText | None:
    """One version of a text of a kind. None for a text of another kind, or one that is broken."""
    found = text_of(session, digest)
    return found if found is not None and found.kind == kind and found.holds else None


def loaded(session: Session) -> list[tuple[datetime, str, bytes]]:
    """The policy texts in load order, as (moment, digest, bytes).

    Raises ValueError for a text that does not match its digest.
    """
    found = session.execute(
        select(Loaded.at, Loaded.digest, RuleRow.text)
        .join(RuleRow, RuleRow.digest == Loaded.digest)
        .order_by(Loaded.id)
    ).all()
    for _, digest, text in found:
        _must_be(text, digest)
    return [(from_text(at), digest, text) for at, digest, text in found]


def lifecycles(session: Session) -> dict[str, Lifecycle]:
    """All lifecycles of the Rulebook by digest. Raises ValueError for a text that does not match it."""
    return {
        rule.digest: lifecycle_from(rule.text, rule.digest)
        for rule in session.scalars(select(RuleRow).where(RuleRow.kind == "lifecycle"))
    }


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The part of the Rulebook that a replay needs: its lifecycles, and the digests of its policies.

    If a text was altered, ``fault`` describes it and the rest is empty.
    """

    lifecycles: Mapping[str, Lifecycle]
    policies: frozenset[str]
    fault: str = ""


def whole(session: Session) -> Rulebook:
    """Read the whole Rulebook. Every text must match its digest."""
    found = session.execute(select(RuleRow.digest, RuleRow.kind, RuleRow.text)).all()
    try:
        for digest, _, text in found:
            _must_be(text, digest)
    except ValueError as fault:
        return Rulebook({}, frozenset(), str(fault))
    lives = {digest: lifecycle_from(text, digest) for digest, kind, text in found if kind == "lifecycle"}
    return Rulebook(lives, frozenset(digest for digest, kind, _ in found if kind == "policy"))


@lru_cache(maxsize=64)  # a digest always names the same lifecycle
def lifecycle_from(text: bytes, digest: str) -> Lifecycle:
    """Build a lifecycle from its canonical bytes. Raises ValueError if they do not match the digest."""
    _must_be(text, digest)
    said = json.loads(text)
    parts: dict[str, Any] = {
        name: tuple(kind(**_tuples(row)) for row in said.pop(name))
        for name, kind in (("states", State), ("moves", Move), ("acts", Act))
    }
    return Lifecycle(**_tuples(said), **parts)


def _must_be(text: bytes, digest: str) -> None:
    if hashlib.sha256(text).hexdigest() != digest:
        raise ValueError(f"the text of rule {digest[:12]} was altered")


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
