"""Enrolment changes: their effects on each case of a student who leaves or returns.

The system performs all effects, with the cause in the entry. See the table in ``docs/standing.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from states import campaign as campaign_states
from states.case import CHECKED_OK, CORRECTED, DEFERRED, NOT_CHECKED, REJECTED
from workflow.cases import rules
from workflow.cases.ending.lapse import let_lapse
from workflow.cases.facts import RecordFacts
from workflow.cases.load import whole_record
from workflow.cases.tables import Campaign, Case
from workflow.engine import SYSTEM, Engine, Ref
from workflow.history.tables import EntryRow

DECISIVE = frozenset({"XJZT", "YJBYRQ", "RXRQ", "CC"})
"""The columns that decide whether a student belongs to the school or to a campaign."""

_OPENED_BY = (
    select(EntryRow.role)
    .where(EntryRow.subject == Case.id, EntryRow.action == "open", EntryRow.kind == "done")
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class EnrolmentEffects:
    """The numbers of cases that lapsed, resumed, were excluded, or were included again."""

    lapsed: int = 0
    resumed: int = 0
    excluded: int = 0
    included: int = 0


def follow_standing(engine: Engine, session: Session, record: str, fields: Iterable[str]) -> EnrolmentEffects:
    """Apply a change in these columns to each case of a record."""
    if DECISIVE.isdisjoint(fields):
        return EnrolmentEffects()
    excluded, included = _count_anew(engine, session, record)
    return EnrolmentEffects(
        lapsed=let_lapse(engine, session, record),
        resumed=_resume(engine, session, record),
        excluded=excluded,
        included=included,
    )


def _resume(engine: Engine, session: Session, record: str) -> int:
    """Resume cases that lapsed by mistake, when the student did not leave."""
    ended = select(Case.id).where(Case.record_id == record, Case.state.in_((CORRECTED, REJECTED)))
    subjects = [Ref("case", case) for case in session.scalars(ended).all()]
    again = [
        subject for subject in subjects if engine.check_action(session, subject, "resume", SYSTEM).allowed
    ]
    for subject in again:
        engine.perform(session, subject, "resume", by=SYSTEM)
    return len(again)


def _count_anew(engine: Engine, session: Session, record: str) -> tuple[int, int]:
    """In running campaigns, exclude cases that left the cohort, and include those that returned."""
    facts = whole_record(session, record).facts
    excluded = included = 0
    for case, code, plan, started_under, opened_by in session.execute(
        select(Case.id, Case.excluded, Campaign.plan, Campaign.policy, _OPENED_BY)
        .join(Campaign)
        .where(
            Case.record_id == record,
            Campaign.state == campaign_states.OPEN,
            Case.state.in_((NOT_CHECKED, CHECKED_OK, DEFERRED)),
        )
        .order_by(Case.id)
    ).all():
        policy = engine.policies.named(session, started_under)
        if opened_by == SYSTEM.role:
            belongs = rules.cohort_names(policy, plan, facts)
        else:  # added manually, outside the cohort rule: only the status counts
            belongs = facts.xjzt in rules.plan_of(policy, plan).cohort.statuses
        subject = Ref("case", case)
        if not belongs and not code:
            code, words = _why(policy, facts)
            engine.perform(session, subject, "exclude", by=SYSTEM, code=code, words=words)
            excluded += 1
        elif belongs and code and _was_the_system(session, case):
            engine.perform(session, subject, "include", by=SYSTEM, words="重新属于本次自查的范围")
            included += 1
    return excluded, included


def exclusion_of(policy: rules.Rules, status: str) -> str:
    """The reason of exclusion for an enrolment status."""
    if status.startswith("转"):
        return "transferred"
    if status in policy.school.policy.statuses.left:
        return "left_school"
    if status.startswith("休学"):
        return "on_leave"
    return "retained" if status.startswith("保留") else "not_in_cohort"


def _why(policy: rules.Rules, facts: RecordFacts) -> tuple[str, str]:
    """The code and words of an exclusion, derived from the record."""
    code, words = exclusion_of(policy, facts.xjzt), f"学籍状态现在是“{facts.xjzt}”"
    if code == "not_in_cohort":
        words += f"，预计毕业日期现在是 {facts.yjbyrq or '空'}"
    return code, words


def _was_the_system(session: Session, case: str) -> bool:
    """True when the system made the last exclusion. A registrar's exclusion is never reversed here."""
    role = session.scalar(
        select(EntryRow.role)
        .where(EntryRow.subject == case, EntryRow.action == "exclude", EntryRow.kind == "done")
        .order_by(EntryRow.number.desc())
        .limit(1)
    )
    return role == SYSTEM.role
