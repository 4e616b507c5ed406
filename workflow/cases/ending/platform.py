"""Claims seen on the platform: a platform file contains the claimed value, with the file's date."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
from workflow.records.roster import Plan
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
    for claim in _open_claims(session):
        if claim.field not in changed.get(claim.record_id, ()):
            continue
        claimed = _claimed(cipher, claim)
        if values_of(session, cipher, claim.record_id, claimed) == claimed:
            seen += _see(engine, session, claim.case_id, claim.id, day)
    return seen


def would_be_seen(engine: Engine, session: Session, cipher: Cipher, plan: Plan) -> int:
    """How many claims an import would show as done, without writing anything."""
    brought = {update.record: update.values for update in plan.updates}
    seen = 0
    for claim in _open_claims(session):
        values = brought.get(claim.record_id, {})
        if claim.field not in values:
            continue
        claimed = _claimed(cipher, claim)
        present = values_of(session, cipher, claim.record_id, claimed)
        after = present | {field: values[field][1] or "" for field in claimed if field in values}
        if after == claimed:
            seen += _waits(engine, session, claim.case_id, claim.id, plan.judgement.as_of) is not None
    return seen


def _open_claims(session: Session) -> Sequence[Any]:
    """The claims that nobody has settled, of cases under way."""
    return session.execute(
        select(Claim.id, Claim.case_id, Claim.record_id, Claim.field, Claim.cause, Claim.new)
        .join(Case, Case.id == Claim.case_id)
        .where(Claim.ended_at.is_(None), Claim.outcome == "", Case.state.in_((RAISED, REVIEW)))
        .order_by(Claim.case_id, Claim.id)
    ).all()


def _claimed(cipher: Cipher, claim: Any) -> dict[str, str]:
    """The values that a claim wants, by their fields."""
    new = cipher.open(claim.new, table="claim", column="new", row=claim.id)
    return following(ClaimFiled(claim.field, claim.cause, new))


def _see(engine: Engine, session: Session, case: str, claim: str, day: date) -> int:
    """Mark one claim as seen, and close the case if nothing else is open. Returns 0 if no step waits."""
    details, ref = _waits(engine, session, case, claim, day), Ref("case", case)
    if details is None:
        return 0
    engine.perform(session, ref, "see", by=SYSTEM, **details)
    words = WORDS.format(day=day.isoformat())
    if engine.check_action(session, ref, "correct", SYSTEM, words=words).allowed:
        engine.perform(session, ref, "correct", by=SYSTEM, words=words)
    return 1


def _waits(engine: Engine, session: Session, case: str, claim: str, day: date) -> dict[str, Any] | None:
    """What is said of the entry of a claim when it is seen; None if none waits, or it may not be seen."""
    facts = look_at_case(session, case)
    assert facts is not None
    waiting = [step for step in steps.unfinished(facts, claim) if step.kind == steps.PLATFORM]
    if not waiting:
        return None
    details: dict[str, Any] = {"step": waiting[0].id, "only": (claim,), "seen_on": day}
    return (
        details if engine.check_action(session, Ref("case", case), "see", SYSTEM, **details).allowed else None
    )
