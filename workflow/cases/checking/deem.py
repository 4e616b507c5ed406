"""Deeming: what no answer through a campaign means, where the school's rules give it a meaning."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, and_, bindparam, exists, false, or_, select, true

from states import campaign as campaign_states
from states.permission import GRANTED
from workflow.cases.attempt import Attempt, Wave
from workflow.cases.common import finds
from workflow.cases.facts import CampaignFacts
from workflow.cases.tables import Case
from workflow.engine import Change, by_name, guards, in_words
from workflow.notices.deliveries import told_by
from workflow.notices.tables import Notice
from workflow.permissions.tables import EXTEND, OPEN, Permission
from workflow.store import Prepared
from workflow.verdict import Reason

TELLING = ("campaign_opened", "reminder")
"""Notices that tell a student about a campaign."""


@in_words("自查已截止", "the campaign is over")
def campaign_is_over(attempt: Attempt) -> Reason | None:
    """Silence counts only after the last second of the window."""
    campaign = attempt.subject.campaign
    if campaign is not None and _is_over(campaign, attempt):
        return None
    closes = campaign.closes_at if campaign is not None else "—"
    return Reason(
        "campaign_not_over", "自查到 {closes} 才截止。", {"closes": closes}, remedy="请在截止之后办理。"
    )


def _campaign_is_over_rows(attempt: Wave) -> ColumnElement[bool]:
    return true() if _is_over(attempt.subject, attempt) else false()


def _is_over(campaign: CampaignFacts, attempt: Attempt | Wave) -> bool:
    """True after its last second, if it was held: a cancelled campaign deems no case."""
    held = campaign.state not in (campaign_states.DRAFT, campaign_states.CANCELLED)
    return held and attempt.at > campaign.closes_at


@in_words("规则规定未提出视为无误", "by the rules silence counts")
def policy_deems(attempt: Attempt) -> Reason | None:
    """A case is deemed only where the school's rules say that silence counts."""
    campaign = attempt.subject.campaign
    if campaign is not None and campaign.kind in attempt.policy.school.policy.silence.deems:
        return None
    return Reason(
        "silence_means_nothing", "按学校规则，本次自查中没有确认不等于无误。", remedy="请继续催办。"
    )


def _policy_deems_rows(attempt: Wave) -> ColumnElement[bool]:
    return true() if attempt.subject.kind in attempt.policy.school.policy.silence.deems else false()


@in_words("学生看到过通知", "the student has seen the notice")
def was_told(attempt: Attempt) -> Reason | None:
    """A student can be deemed correct only if a notice reached them through a channel the policy accepts."""
    ways = attempt.policy.school.policy.silence.told_by
    if finds(attempt, _told_of_the_campaign(ways), case=attempt.subject.id):
        return None
    return Reason("never_told", "没有学生收到通知的记录，不能视为无误。", remedy="请先通知到本人。")


@cache
def _told_of_the_campaign(ways: tuple[str, ...]) -> Prepared:
    return Prepared(
        select(Notice.id)
        .where(Notice.subject == bindparam("case"), Notice.event.in_(TELLING), told_by(ways))
        .limit(1)
    )


def _was_told_rows(attempt: Wave) -> ColumnElement[bool]:
    told = told_by(attempt.policy.school.policy.silence.told_by)
    return exists().where(Notice.subject == Case.id, Notice.event.in_(TELLING), told)


@in_words("没有另给时间", "no more time was given")
def no_time_given(attempt: Attempt) -> Reason | None:
    """Silence means nothing while the registrar still lets this student answer or file."""
    case = attempt.subject
    given = case.opened(attempt.at) or case.extended(attempt.at)
    if given is None:
        return None
    return Reason(
        "time_was_given",
        "学籍管理员于 {since} 另给了时间，至 {until}。",
        {"since": given.granted_at, "until": given.until},
        remedy="到期以前不能视为无误。",
    )


def _no_time_given_rows(attempt: Wave) -> ColumnElement[bool]:
    lets_answer = or_(
        Permission.kind == EXTEND,
        and_(Permission.kind == OPEN, Permission.campaign_id == Case.campaign_id),
    )
    return ~exists().where(
        Permission.record_id == Case.record_id,
        Permission.state == GRANTED,
        Permission.until >= attempt.at,
        lets_answer,
    )


def mark_deemed(attempt: Attempt, change: Change) -> None:
    """Mark the case as deemed, which differs from confirmed: the student has not answered."""
    change.columns["manner"] = "deemed"


GUARDS = guards(
    (campaign_is_over, _campaign_is_over_rows),
    (policy_deems, _policy_deems_rows),
    (was_told, _was_told_rows),
    (no_time_given, _no_time_given_rows),
)
EFFECTS = by_name(mark_deemed)
