"""Drafts: answers not yet filed, by a student or by a proxy. A draft has no state and no history.

A student's draft also keeps the marks 无误. A mark holds for the value that was seen, and ends with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from workflow.cases.claims import ClaimFiled
from workflow.cases.tables import Draft
from workflow.evidence.tables import Evidence
from workflow.people.cipher import Cipher


@dataclass(slots=True)
class Answers:
    """Claims by field, in the order in which they were marked, and when the first of them was.

    ``words`` come from a proxy and say how the request was received. ``right`` are the values that a
    student said to be right, by field.
    """

    claims: dict[str, ClaimFiled] = field(default_factory=dict)
    begun_at: datetime | None = None
    words: str = ""
    right: dict[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """True when nothing is marked, neither as wrong nor as right."""
        return not self.claims and not self.right

    def still_right(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The fields said to be right whose value is still the one that was seen."""
        return tuple(code for code, seen in self.right.items() if values.get(code) == seen)


def read_draft(session: Session, cipher: Cipher, record: str, person: str = "") -> Answers:
    """The draft of the student or of their proxy ``person``. Empty answers if there is none."""
    kept = session.get(Draft, (record, person))
    return open_draft(cipher, record, kept.begun_at, kept.body, person) if kept is not None else Answers()


def open_draft(cipher: Cipher, record: str, begun_at: datetime, body: bytes, person: str = "") -> Answers:
    """Decrypt the answers in a draft's sealed body."""
    said = json.loads(cipher.open(body, table="draft", column="body", row=record + person))
    claims = {row["field"]: ClaimFiled.from_json(row) for row in said["claims"]}
    return Answers(claims, begun_at if claims else None, said["words"], said.get("right", {}))


def save_draft(
    session: Session, cipher: Cipher, record: str, answers: Answers, at: datetime, person: str = ""
) -> None:
    """Save the answers. Without any mark the draft is deleted; its papers stay until they are removed.

    Marks alone begin no filing: the time of the draft is that of its first claim.
    """
    if answers.empty:
        drop_draft(session, record, person)
        return
    claims = [claim.as_json() for claim in answers.claims.values()]
    kept = {"claims": claims, "words": answers.words, "right": answers.right}
    said = json.dumps(kept, ensure_ascii=False)
    body = cipher.seal(said, table="draft", column="body", row=record + person)
    session.merge(Draft(record_id=record, person=person, begun_at=answers.begun_at or at, body=body))
    session.flush()


def drop_draft(session: Session, record: str, person: str = "") -> None:
    """Delete the draft."""
    session.execute(delete(Draft).where(Draft.record_id == record, Draft.person == person))


def drop_marks(session: Session, cipher: Cipher, record: str, at: datetime) -> None:
    """Delete the marks of a student's draft. Its claims stay."""
    draft = read_draft(session, cipher, record)
    if draft.right:
        draft.right.clear()
        save_draft(session, cipher, record, draft, at)


def papers_of_draft(session: Session, record: str, person: str = "") -> list[Evidence]:
    """The papers of a draft, in the order in which they were added."""
    return list(
        session.scalars(
            select(Evidence)
            .where(Evidence.record_id == record, Evidence.case_id.is_(None), added_by(person))
            .order_by(Evidence.added_at, Evidence.id)
        )
    )


def added_by(person: str) -> ColumnElement[bool]:
    """The papers that the student uploaded, or those that ``person`` uploaded for them."""
    return Evidence.added_by == person if person else Evidence.added_by.is_(None)
