"""Deeming: what no answer through a campaign means, where the school's rules give it a meaning."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, bindparam, exists, false, or_, select, true

from config.policy.words import TELLERS
from states import campaign as campaign_states
from workflow.cases.attempt import Attempt, Wave
from workflow.cases.common import finds
from workflow.cases.facts import CampaignFacts
from workflow.cases.tables import Case, ToldInPerson
from workflow.engine import Change, by_name, guards, in_words
from workflow.notices.deliveries import told_by
from workflow.notices.tables import Notice
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


@in_words("学生看到过通知，或被当面告知过", "the student has seen the notice, or was told in person")
def was_told(attempt: Attempt) -> Reason | None:
    """A student can be deemed correct only if they were told in a way that the policy accepts.

    That is a notice by a channel, or the word of who holds a duty and told them in person.
    """
    ways = attempt.policy.school.policy.silence.told_by
    if finds(attempt, _told_of_the_campaign(ways), case=attempt.subject.id):
        return None
    if finds(attempt, _told_by_somebody(ways), case=attempt.subject.id):
        return None
    return Reason("never_told", "没有学生收到通知的记录，不能视为无误。", remedy="请先通知到本人。")


@cache
def _told_of_the_campaign(ways: tuple[str, ...]) -> Prepared:
    return Prepared(
        select(Notice.id)
        .where(Notice.subject == bindparam("case"), Notice.event.in_(TELLING), told_by(ways))
        .limit(1)
    )


@cache
def _told_by_somebody(ways: tuple[str, ...]) -> Prepared:
    attested = select(ToldInPerson.case_id).where(ToldInPerson.case_id == bindparam("case"))
    return Prepared(attested.where(_by_tellers(ways)))


def _by_tellers(ways: tuple[str, ...]) -> ColumnElement[bool]:
    return ToldInPerson.duty.in_([duty for duty in TELLERS if duty in ways])


def _was_told_rows(attempt: Wave) -> ColumnElement[bool]:
    ways = attempt.policy.school.policy.silence.told_by
    return or_(
        exists().where(Notice.subject == Case.id, Notice.event.in_(TELLING), told_by(ways)),
        exists().where(ToldInPerson.case_id == Case.id, _by_tellers(ways)),
    )


def mark_deemed(attempt: Attempt, change: Change) -> None:
    """Mark the case as deemed, which differs from confirmed: the student has not answered."""
    change.columns["manner"] = "deemed"


GUARDS = guards(
    (campaign_is_over, _campaign_is_over_rows), (policy_deems, _policy_deems_rows), (was_told, _was_told_rows)
)
EFFECTS = by_name(mark_deemed)
