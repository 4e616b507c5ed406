"""Claims seen on the platform: a platform file contains the claimed value, with the file's date."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.case import RAISED, REVIEW
from workflow.cases.claims import ClaimFiled, following
from workflow.cases.load import look_at_case
from workflow.cases.review import steps
from workflow.cases.tables import Case, Claim
from workflow.engine import SYSTEM, Engine, Ref
from workflow.people.cipher import Cipher
from workflow.records.values import values_of

WORDS = "{day} 的平台数据已显示申请的内容，予以办结。"


def take_as_seen(
    engine: Engine, session: Session, cipher: Cipher, changed: Mapping[str, Collection[str]], day: date
) -> int:
    """Pass the platform step of each open claim whose value a file of that day brought. Returns the count.

    ``changed`` names the fields of each record that the file changed. The system then corrects claims with
    no other open step, and closes cases with no open claim.
    """
    seen = 0
    for id, case, record, field, cause, new in session.execute(
        select(Claim.id, Claim.case_id, Claim.record_id, Claim.field, Claim.cause, Claim.new)
        .join(Case, Case.id == Claim.case_id)
        .where(Claim.ended_at.is_(None), Claim.outcome == "", Case.state.in_((RAISED, REVIEW)))
        .order_by(Claim.case_id, Claim.id)
    ).all():
        if field not in changed.get(record, ()):
            continue
        claimed = following(ClaimFiled(field, cause, cipher.open(new, table="claim", column="new", row=id)))
        if values_of(session, cipher, record, claimed) == claimed:
            seen += _see(engine, session, case, id, day)
    return seen


def _see(engine: Engine, session: Session, case: str, claim: str, day: date) -> int:
    """Mark one claim as seen, and close the case if nothing else is open. Returns 0 if no step waits."""
    facts, ref = look_at_case(session, case), Ref("case", case)
    assert facts is not None
    waiting = [step for step in steps.unfinished(facts, claim) if step.kind == steps.PLATFORM]
    if not waiting:
        return 0
    details: dict[str, Any] = {"step": waiting[0].id, "only": (claim,), "seen_on": day}
    if not engine.check_action(session, ref, "see", SYSTEM, **details).allowed:
        return 0
    engine.perform(session, ref, "see", by=SYSTEM, **details)
    words = WORDS.format(day=day.isoformat())
    if engine.check_action(session, ref, "correct", SYSTEM, words=words).allowed:
        engine.perform(session, ref, "correct", by=SYSTEM, words=words)
    return 1
