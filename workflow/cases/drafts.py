"""Drafts: what a student has answered and not yet filed. Sealed as a whole; no state, no history."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from workflow.cases.filing import ClaimFiled
from workflow.cases.tables import Draft
from workflow.evidence.tables import Evidence
from workflow.people.cipher import Cipher


@dataclass(slots=True)
class Answers:
    """Claims by field, in the order in which they were marked, and when the draft was begun."""

    claims: dict[str, ClaimFiled] = field(default_factory=dict)
    begun_at: datetime | None = None


def read_draft(session: Session, cipher: Cipher, record: str) -> Answers:
    """What the student has answered so far; empty answers if nothing."""
    kept = session.get(Draft, record)
    return open_draft(cipher, record, kept.begun_at, kept.body) if kept is not None else Answers()


def open_draft(cipher: Cipher, record: str, begun_at: datetime, body: bytes) -> Answers:
    """The answers behind a draft's sealed body."""
    said = json.loads(cipher.open(body, table="draft", column="body", row=record))
    return Answers({row["field"]: ClaimFiled.from_json(row) for row in said}, begun_at)


def save_draft(session: Session, cipher: Cipher, record: str, answers: Answers, at: datetime) -> None:
    """Keep the answers; without any claim the draft goes away (its papers stay until they are removed)."""
    if not answers.claims:
        drop_draft(session, record)
        return
    said = json.dumps([claim.as_json() for claim in answers.claims.values()], ensure_ascii=False)
    body = cipher.seal(said, table="draft", column="body", row=record)
    session.merge(Draft(record_id=record, begun_at=answers.begun_at or at, body=body))
    session.flush()


def drop_draft(session: Session, record: str) -> None:
    """Forget the answers."""
    session.execute(delete(Draft).where(Draft.record_id == record))


def papers_of_draft(session: Session, record: str) -> list[Evidence]:
    """The papers that wait to be filed, in the order in which they came."""
    return list(
        session.scalars(
            select(Evidence)
            .where(Evidence.record_id == record, Evidence.case_id.is_(None))
            .order_by(Evidence.added_at, Evidence.id)
        )
    )
