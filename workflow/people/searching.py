"""Searches for a person or a case: what was looked for is logged as a keyed digest, never in plain text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow.engine import Actor
from workflow.people.access import note_access
from workflow.people.cipher import Cipher
from workflow.people.tables import Access, Person

MARK = 48
"""Digits of a mark: unlike a subject's id (32) and an entry's digest (64)."""


@dataclass(frozen=True, slots=True)
class SearchMade:
    """Somebody looked for a number: when, who (the name is '' if unknown), in which role, on which page."""

    at: datetime
    person: str
    name: str
    role: str
    what: str


def note_search(session: Session, cipher: Cipher, by: Actor, where: str, said: str, at: datetime) -> None:
    """Log a search, whether or not it finds anybody. ``where`` names the page, ``said`` what was typed."""
    note_access(session, by, f"search:{where}", mark_of(cipher, said), at)


def mark_of(cipher: Cipher, said: str) -> str:
    """The mark under which a search is logged: equal for what reads the same, opaque without the key."""
    return cipher.digest("search", _plain(said).encode())[:MARK]


def searches_for(
    session: Session, cipher: Cipher, numbers: Iterable[str], limit: int, by: str = ""
) -> tuple[int, list[SearchMade]]:
    """Searches for any of some numbers (by one person), latest first: how many, and the latest of them."""
    found = session.execute(
        select(
            func.count().over(),
            Access.at,
            Access.person_id,
            func.coalesce(Person.name, ""),
            Access.role,
            Access.what,
        )
        .outerjoin(Person, Person.id == Access.person_id)
        .where(Access.subject.in_({mark_of(cipher, number) for number in numbers}))
        .where(Access.what.startswith("search:"), *([Access.person_id == by] if by else []))
        .order_by(Access.id.desc())
        .limit(limit)
    ).all()
    return (found[0][0] if found else 0), [SearchMade(*row[1:]) for row in found]


def _plain(said: str) -> str:
    """What was typed without its width, case, spaces and dashes, which distinguish no two numbers."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", said).upper() if sign.isalnum())
