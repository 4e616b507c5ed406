"""The Rulebook: every lifecycle and policy text that was ever in force, by digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from states import Act, Lifecycle, Move, State
from workflow.history.tables import Rule
from workflow.store import as_text


class PolicyText(Protocol):
    """A policy as the Rulebook sees it: canonical bytes and their digest."""

    @property
    def digest(self) -> str: ...
    @property
    def text(self) -> bytes: ...
    @property
    def slug(self) -> str: ...


def keep(
    session: Session, lifecycles: Iterable[Lifecycle], policies: Iterable[PolicyText], at: datetime
) -> int:
    """Add every text that the Rulebook does not have yet; returns how many were new."""
    known = set(session.scalars(select(Rule.digest)))
    texts = [("lifecycle", life.name, life.digest, life.text) for life in lifecycles]
    texts += [("policy", policy.slug, policy.digest, policy.text) for policy in policies]
    new = [text for text in texts if text[2] not in known]
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for kind, name, digest, text in new:  # another process may start at the same moment and keep it too
        row = {"digest": digest, "kind": kind, "name": name, "kept_at": as_text(at), "text": text}
        session.execute(make(Rule).values(row).on_conflict_do_nothing())
    return len(new)


@dataclass(frozen=True, slots=True)
class RuleText:
    """A text of the Rulebook; ``holds`` says whether it still is what its digest names."""

    digest: str
    kind: str
    name: str
    kept_at: str
    text: bytes
    holds: bool


def text_of(session: Session, digest: str) -> RuleText | None:
    """One text of the Rulebook by its digest."""
    row = session.execute(
        select(Rule.digest, Rule.kind, Rule.name, Rule.kept_at, Rule.text).where(Rule.digest == digest)
    ).first()
    return None if row is None else RuleText(*row, hashlib.sha256(row.text).hexdigest() == digest)


def lifecycles(session: Session) -> dict[str, Lifecycle]:
    """Every lifecycle in the Rulebook by its digest; raises ValueError for a text its digest denies."""
    return {
        rule.digest: lifecycle_from(rule.text, rule.digest)
        for rule in session.scalars(select(Rule).where(Rule.kind == "lifecycle"))
    }


def policies(session: Session) -> set[str]:
    """The digest of every policy in the Rulebook; raises ValueError for a text its digest denies."""
    found = session.execute(select(Rule.digest, Rule.text).where(Rule.kind == "policy")).all()
    for digest, text in found:
        _must_be(text, digest)
    return {digest for digest, _ in found}


def lifecycle_from(text: bytes, digest: str) -> Lifecycle:
    """The lifecycle behind its canonical bytes."""
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
