"""Filing claims: in the open campaign's case, or in a new case outside a campaign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflow.cases.claims import ClaimFiled
from workflow.cases.facts import Target
from workflow.cases.filing.target import target_of
from workflow.cases.load import lock_record, whole_record
from workflow.engine import SYSTEM, Actor, Engine, Ref
from workflow.history.entry import Entry


def file(
    engine: Engine,
    session: Session,
    record: str,
    by: Actor,
    claims: Sequence[ClaimFiled],
    papers: Sequence[str],
    *,
    key: str = "",
    begun_at: datetime | None = None,
    right: Sequence[str] = (),
) -> Entry:
    """File claims for a record: in the open campaign's case, or in a new case outside a campaign.

    ``right`` are the fields that the student said to be right. Raises Refused with every reason; then no case
    and no claim is created. A filing repeated under its key goes to the same case as the first time, wherever
    a new one would go now.
    """
    lock_record(session, record)  # else a repetition could be filed between the next two reads
    subject = _filed_before(engine, session, record, by, key) if key else ""
    target = Target(subject) if subject else target_of(session, record, engine.clock.now(session))
    subject = target.case
    if not subject:
        opened = engine.perform(
            session, Ref("case"), "open", by=SYSTEM, record=record, campaign=None, previous=target.previous
        )
        subject = opened.subject
    return raise_claims(
        engine, session, subject, by, claims, papers, key=key, begun_at=begun_at, right=tuple(right)
    )


def raise_claims(
    engine: Engine,
    session: Session,
    case: str,
    by: Actor,
    claims: Sequence[ClaimFiled],
    papers: Sequence[str],
    **more: Any,
) -> Entry:
    """File claims in a case. Raises Refused. A proxy adds ``words``: how the request was received."""
    entry: Entry = engine.perform(
        session,
        Ref("case", case),
        "raise",
        by=by,
        claims=tuple(claim.clean() for claim in claims),
        papers=tuple(papers),
        **more,
    )
    return entry


def _filed_before(engine: Engine, session: Session, record: str, by: Actor, key: str) -> str:
    case = engine.history.subject_of(session, by.person, key) or ""
    return case if whole_record(session, record).case(case) is not None else ""
