"""Whether the registrar can open a check again for one student."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from states import campaign as campaign_states
from states.case import CHECKED_OK, DEFERRED, NOT_CHECKED
from workflow.cases.facts import CaseFacts
from workflow.cases.load import whole_record
from workflow.engine import AnyAttempt
from workflow.verdict import Reason

NO_CHECK = Reason(
    "no_such_check", "这名学生没有这次自查的核对。", remedy="请选择列出的一次自查，或先把学生列入活动。"
)
STILL_OPEN = Reason(
    "check_still_open",
    "这次核对还开放，学生现在就可以作答。",
    remedy="不需要重新开放；截止或确认之后再办理。",
)
UNDER_WAY = Reason("check_under_way", "这次核对中已提出更正，不能重新开放。", remedy="请在那一份申请里办理。")
LEFT_OUT = Reason(
    "check_left_out", "这名学生不计入这次自查，不能重新开放核对。", remedy="请先在活动范围里重新计入。"
)
RESTING = (NOT_CHECKED, CHECKED_OK, DEFERRED)
"""Where nothing is under way, so that the check can be answered once more."""


def why_not_openable(attempt: AnyAttempt, record: str, campaign: str) -> Reason | None:
    """Why a record's check in a campaign is not to be opened again; None if it can be."""
    cases = whole_record(attempt.session, record).cases
    found = next((case for case in cases if case.campaign and case.campaign.id == campaign), None)
    return NO_CHECK if found is None else _why_not(found, attempt.at)


def openable_checks(session: Session, record: str, at: datetime) -> tuple[CaseFacts, ...]:
    """The checks of a record that could be opened again now, latest first."""
    cases = sorted(
        (case for case in whole_record(session, record).cases if _why_not(case, at) is None),
        key=lambda case: case.campaign.opens_at.timestamp() if case.campaign else 0.0,
        reverse=True,
    )
    return tuple(cases)


def _why_not(case: CaseFacts, at: datetime) -> Reason | None:
    """Why a check is not to be opened again at a moment; None if it can be."""
    if case.campaign is None or case.campaign.state in campaign_states.NOT_HELD:
        return NO_CHECK
    if case.excluded:
        return LEFT_OUT
    if case.state not in RESTING:
        return UNDER_WAY
    takes_answers = case.state in (NOT_CHECKED, DEFERRED) and case.takes_filings(at)
    return STILL_OPEN if takes_answers else None
