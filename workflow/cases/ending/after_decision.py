"""After a decision: the student disagrees with it, or confirms the correction."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from states.case import CORRECTED, REJECTED
from workflow.cases.attempt import Attempt
from workflow.cases.facts import Afterwards
from workflow.engine import Change, by_name, guards, in_words
from workflow.notices.tables import Notice
from workflow.records.texts import clean_words
from workflow.store import as_text
from workflow.verdict import Reason

CHASE_BEFORE = timedelta(days=3)
AFRESH = {
    "ruling": "",
    "decided_by": None,
    "decided_at": None,
    "reconfirm_until": None,
    "reconfirmed_at": None,
    "disagreed_at": None,
}
"""Reset values of the columns that belong to a cancelled decision."""


def afterwards(attempt: Attempt) -> Afterwards:
    """The student's reactions to a decided case. Empty for any other case."""
    case = attempt.subject
    return case.afterwards if case.state in (CORRECTED, REJECTED) else Afterwards()


@in_words("结果已通知", "the decision is announced")
def decision_is_announced(attempt: Attempt) -> Reason | None:
    """A decision that can still be undone is not announced, so no one can object to it yet."""
    case = attempt.subject
    announced = case.decided_at and case.decided_at + timedelta(minutes=attempt.policy.periods.undo_minutes)
    if announced is None or attempt.at >= announced:
        return None
    return Reason(
        "not_announced", "结果还没有通知。", remedy="请等待通知后再提出。", until=announced.isoformat()
    )


# -- disagreement ---------------------------------------------------------------------------------------


@in_words("有不予更正的事项", "some item was not corrected")
def something_denied(attempt: Attempt) -> Reason | None:
    """A student whose claims were all corrected cannot disagree. "Still wrong" is a different action."""
    granted = all(claim.outcome == "corrected" for claim in attempt.subject.claims)
    if attempt.subject.state == REJECTED or not granted:
        return None
    return Reason(
        "nothing_denied",
        "您提出的事项都已更正，没有不予更正的决定。",
        remedy="更正后仍有误的，请选择“仍有误”。",
    )


@in_words("对这次决定没有提交过不同意见", "no statement on the decision yet")
def not_disagreed_yet(attempt: Attempt) -> Reason | None:
    """One statement for each decision. It cannot be changed afterwards."""
    at = afterwards(attempt).disagreed_at
    if at is None:
        return None
    return Reason(
        "disagreed_already",
        "您已于 {at} 对这次决定提交了不同意见。",
        {"at": at},
        remedy="不同意见会一直附在这份申请后面。",
    )


def keep_disagreement(attempt: Attempt, change: Change) -> None:
    """Keep the statement with the case. The entry commits to its words."""
    change.columns["disagreed_at"] = as_text(attempt.at)
    change.values["words"] = clean_words(attempt.details.get("words") or "")


# -- confirming the correction --------------------------------------------------------------------------


@in_words("更正结果等待学生确认", "the confirmation is asked for and open")
def reconfirmation_is_open(attempt: Attempt) -> Reason | None:
    """The policy asks for the confirmation, and it is not given yet."""
    after = afterwards(attempt)
    if after.reconfirmed_at is not None:
        return Reason(
            "reconfirmed_already",
            "您已于 {at} 确认更正结果。",
            {"at": after.reconfirmed_at},
            remedy="以后发现有误，仍可以提出。",
        )
    if after.reconfirm_until is None:
        return Reason(
            "no_reconfirmation_asked", "学校规则没有要求确认更正结果。", remedy="有误的，请选择“仍有误”。"
        )
    return None


@in_words("已到提醒的日期", "a reminder is due")
def chasing_is_due(attempt: Attempt) -> Reason | None:
    """Remind three days before the last day and once after it, at most once a day."""
    until, today = afterwards(attempt).reconfirm_until, attempt.at.date()
    if until is not None and attempt.subject.decided_at is not None:
        owed = (today >= until - CHASE_BEFORE) + (today > until)
        asked = select(func.count(), func.max(Notice.owed_at)).where(
            Notice.subject == attempt.subject.id,
            Notice.event == "reconfirm_due",
            Notice.owed_at >= attempt.subject.decided_at,
        )
        sent, last = attempt.session.execute(asked).one()
        if sent < owed and (last is None or last.date() < today):
            return None
    return Reason("no_chasing_due", "现在不到催促的时候。", remedy="到期前三天和到期后各催一次。")


def mark_reconfirmed(attempt: Attempt, change: Change) -> None:
    """Record that the student confirmed the correction."""
    change.columns["reconfirmed_at"] = as_text(attempt.at)


GUARDS = guards(
    decision_is_announced, something_denied, not_disagreed_yet, reconfirmation_is_open, chasing_is_due
)
EFFECTS = by_name(mark_reconfirmed, keep_disagreement)
