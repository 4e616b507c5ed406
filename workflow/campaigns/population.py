"""The population of a running campaign after its opening: it changes by entries only.

Who leaves the statuses of the cohort (leave, transfer, departure) is excluded with the reason; who comes back
is counted again. What the registrar excluded by hand stays excluded.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from states import campaign as campaign_states
from states.case import CHECKED_OK, NOT_CHECKED
from workflow.campaigns.cohort import rules_of
from workflow.cases import rules
from workflow.cases.tables import Campaign, Case
from workflow.engine import SYSTEM, Engine, Ref
from workflow.history.entry import DONE
from workflow.history.tables import EntryRow
from workflow.records.tables import Record

BACK = "学籍状态恢复为“{status}”，重新计入。"
AWAY = "学籍状态变为“{status}”，不计入本次自查。"


def follow_status(engine: Engine, session: Session, record: str) -> tuple[int, int]:
    """Exclude or include the cases of a record as its status now asks; returns how many of each."""
    status = session.scalar(select(Record.xjzt).where(Record.id == record)) or ""
    running = session.execute(
        select(Case.id, Case.excluded, Campaign.id, Campaign.plan)
        .join(Campaign)
        .where(
            Case.record_id == record,
            Case.state.in_((NOT_CHECKED, CHECKED_OK)),
            Campaign.state == campaign_states.OPEN,
        )
    ).all()
    excluded = included = 0
    for case, left_out, campaign, plan in running:
        policy = rules_of(engine, session, campaign)
        belongs = status in rules.plan_of(policy, plan).cohort.statuses
        if not belongs and not left_out:
            said, code = AWAY.format(status=status), exclusion_of(policy, status)
            engine.perform(session, Ref("case", case), "exclude", by=SYSTEM, code=code, words=said)
            excluded += 1
        elif belongs and left_out and _by_the_system(session, case):
            engine.perform(session, Ref("case", case), "include", by=SYSTEM, words=BACK.format(status=status))
            included += 1
    return excluded, included


def exclusion_of(policy: rules.Rules, status: str) -> str:
    """The reason of exclusion that an enrolment status stands for."""
    if status.startswith("转"):
        return "transferred"
    if status in rules.left_statuses(policy):
        return "left_school"
    if status.startswith("休学"):
        return "on_leave"
    return "retained" if status.startswith("保留") else "not_in_cohort"


def _by_the_system(session: Session, case: str) -> bool:
    """Whether the standing exclusion of a case was the system's, and not somebody's decision."""
    role = session.scalar(
        select(EntryRow.role)
        .where(EntryRow.subject == case, EntryRow.kind == DONE, EntryRow.action == "exclude")
        .order_by(EntryRow.number.desc())
        .limit(1)
    )
    return role == SYSTEM.role
