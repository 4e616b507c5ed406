"""One-time codes: 50 bits that the code key makes from a row's id, so that no code is stored anywhere."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from workflow.engine import Entropy
from workflow.people.cipher import CODE_LENGTH, LETTERS, Cipher
from workflow.signin.tables import CODE_KINDS, SignInCode
from workflow.store import rows_changed

LIVES: dict[str, timedelta] = {
    "strip": timedelta(days=14),
    "message": timedelta(days=14),
    "counter": timedelta(days=1),
    "return": timedelta(minutes=15),
    "address": timedelta(minutes=15),
}
"""How long a code of each kind opens something."""

SEEN_BY_ITS_MAKER = frozenset({"strip", "counter"})
"""Kinds whose code the maker sees: what happens in the session that they open is marked with the maker."""


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A live code that somebody typed rightly."""

    id: str
    person: str
    kind: str
    made_by: str
    address: str


def issue(
    session: Session,
    person: str,
    kind: str,
    by: str,
    at: datetime,
    entropy: Entropy,
    *,
    address: str | None = None,
) -> str:
    """Make one code. The person's earlier unused ones of its kind end. Returns the row's id, not the code."""
    (made,) = issue_all(session, [person], kind, by, at, entropy, address=address)
    return made


def issue_all(
    session: Session,
    people: Sequence[str],
    kind: str,
    by: str,
    at: datetime,
    entropy: Entropy,
    *,
    run: str | None = None,
    address: str | None = None,
    addresses: Mapping[str, str] | None = None,
) -> list[str]:
    """Make a code for each person, in two statements. Their earlier unused codes of this kind end.

    ``addresses`` has the address of each person, where each has another than ``address``.
    """
    if kind not in CODE_KINDS:
        raise ValueError(f"no such kind of code: {kind}")
    end_codes(session, people, at, kinds=(kind,))
    rows = [
        {
            "id": entropy(16).hex(),
            "person_id": person,
            "kind": kind,
            "made_by": by,
            "made_at": at,
            "ends_at": at + LIVES[kind],
            "run_id": run,
            "address_id": (addresses or {}).get(person, address),
        }
        for person in people
    ]
    if rows:
        session.execute(insert(SignInCode), rows)
    return [str(row["id"]) for row in rows]


def end_codes(
    session: Session, people: Sequence[str], at: datetime, kinds: Iterable[str] = CODE_KINDS
) -> None:
    """End the unused codes of some people."""
    session.execute(
        update(SignInCode)
        .where(SignInCode.person_id.in_(people), SignInCode.kind.in_(list(kinds)))
        .where(SignInCode.used_at.is_(None), SignInCode.ended_at.is_(None))
        .values(ended_at=at)
    )


def find_code(
    session: Session, cipher: Cipher, person: str | None, typed: str, at: datetime, kinds: Iterable[str]
) -> FoundCode | None:
    """The person's live code of some kinds that was typed, without using it up.

    Every live code is compared in full. For nobody, and for somebody without a code, one is compared too, so
    that the three take the same time.
    """
    said = normalised(typed)
    rows = session.execute(
        select(
            SignInCode.id, SignInCode.person_id, SignInCode.kind, SignInCode.made_by, SignInCode.address_id
        )
        .where(SignInCode.person_id == (person or ""), SignInCode.kind.in_(list(kinds)))
        .where(
            SignInCode.used_at.is_(None),
            SignInCode.ended_at.is_(None),
            SignInCode.ends_at > at,
            SignInCode.made_at <= at,
        )
    ).all()
    right = None
    for id, owner, kind, made_by, address in rows:
        if hmac.compare_digest(cipher.code(id), said):
            right = FoundCode(id, owner, kind, made_by, address or "")
    if not rows:
        hmac.compare_digest(cipher.code("nobody"), said)
    return right


def use_code(session: Session, id: str, at: datetime) -> bool:
    """Use a code up. False if another request was faster."""
    return (
        rows_changed(
            session,
            update(SignInCode)
            .where(SignInCode.id == id, SignInCode.used_at.is_(None), SignInCode.ended_at.is_(None))
            .values(used_at=at),
        )
        == 1
    )


def spent(session: Session, ids: Collection[str], at: datetime) -> set[str]:
    """Those of some codes that open nothing any more: used, ended, or past their time."""
    live = set(
        session.scalars(
            select(SignInCode.id).where(
                SignInCode.id.in_(ids),
                SignInCode.used_at.is_(None),
                SignInCode.ended_at.is_(None),
                SignInCode.ends_at > at,
            )
        )
    )
    return set(ids) - live


def normalised(typed: str) -> str:
    """What somebody typed, as a code is written: capitals, no spaces, no dashes. '' if it can be none."""
    said = "".join(letter for letter in typed.upper() if letter.isalnum())
    return said if len(said) == CODE_LENGTH and set(said) <= set(LETTERS) else ""


def shown(code: str) -> str:
    """A code as it is printed: two groups of five."""
    return f"{code[: CODE_LENGTH // 2]}-{code[CODE_LENGTH // 2 :]}"
