"""Withdrawing a filing: possible until a claim is settled or a step is sent."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from states.permission import USED_UP
from workflow.cases.attempt import Attempt
from workflow.cases.common import end_claims, finds
from workflow.cases.letters import DECISIONS
from workflow.cases.review.questions import end_questions, open_questions
from workflow.cases.review.steps import kinds_of
from workflow.engine import Change, Ref, by_name, guards, in_words
from workflow.history.tables import EntryRow
from workflow.permissions.tables import OPEN
from workflow.store import InHand, Prepared
from workflow.verdict import Reason

SETTLES = ("settle", "see", *DECISIONS)
"""The acts after which something of a case is settled, or was."""
_FILED_LAST = (
    select(func.max(EntryRow.number))
    .where(EntryRow.subject == bindparam("case"), EntryRow.action == "raise")
    .scalar_subquery()
)
_SETTLED_SINCE = Prepared(
    select(EntryRow.id)
    .where(EntryRow.subject == bindparam("case"), EntryRow.action.in_(SETTLES))
    .where(EntryRow.number > _FILED_LAST)
    .limit(1)
)
SETTLED: InHand[bool] = InHand("entry")
"""Whether something of a case was settled after its last filing."""


@in_words("没有事项作出认定", "no claim is settled")
def nothing_settled(attempt: Attempt) -> Reason | None:
    """A filing can be withdrawn until its first claim is settled. Reopening does not change that."""
    if any(claim.outcome for claim in attempt.subject.claims) or _settled_since_filing(attempt):
        return Reason(
            "already_settled", "已有事项作出认定，不能再撤回。", remedy="请等待办结；对结果有异议可以再提出。"
        )
    return None


def _settled_since_filing(attempt: Attempt) -> bool:
    """True if a claim was settled after the last filing. A reopened case has no outcomes to show it."""
    case = attempt.subject.id
    return SETTLED.once(attempt.session, case, lambda: finds(attempt, _SETTLED_SINCE, case=case))


@in_words("没有环节已经发出", "nothing was sent out")
def nothing_sent(attempt: Attempt) -> Reason | None:
    """A student cannot withdraw a filing after a step was sent to another body."""
    sent = [step for step in attempt.subject.steps if step.sent_on and step.outcome != "void"]
    if not sent:
        return None
    return Reason(
        "already_sent",
        "“{steps}”已发出，不能再撤回。",
        {"steps": kinds_of(sent)},
        remedy="请等待办结；对结果有异议可以再提出。",
    )


def give_opening_back(attempt: Attempt, change: Change) -> None:
    """A filing that is withdrawn in time was no answer: the check is open for its student again."""
    case = attempt.subject
    if case.campaign is None or any(one.kind == OPEN and one.stands(attempt.at) for one in case.permissions):
        return
    for one in case.permissions:
        used = one.state == USED_UP and one.ended_at == case.filed_at
        if used and one.campaign_id == case.campaign.id and attempt.at <= one.until:
            change.then.append((Ref(one.lifecycle, one.id), "give_back"))


def close_claims_withdrawn(attempt: Attempt, change: Change) -> None:
    """End the claims without a judgement."""
    end_claims(attempt, change, outcome="withdrawn")


def drop_questions(attempt: Attempt, change: Change) -> None:
    """A student who withdraws a filing need not answer its questions."""
    end_questions(attempt, open_questions(attempt), "dropped")


GUARDS = guards(nothing_settled, nothing_sent)
EFFECTS = by_name(close_claims_withdrawn, drop_questions, give_opening_back)
