"""What bars an action on a case. A guard says why not, or says nothing; none of them changes anything.

Where an action is done to a whole cohort at once, the guard's ``rows`` asks the same of the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, false, func, select, true

from states import campaign as campaign_states
from workflow.cases import rules
from workflow.cases.facts import CampaignFacts
from workflow.cases.review import holds, steps
from workflow.cases.tables import Case
from workflow.engine import SYSTEM, Attempt, Guard
from workflow.history.tables import EntryRow
from workflow.notices.deliveries import told_by
from workflow.notices.tables import Notice
from workflow.people.access import (
    grants_at_the_door,
    holds_the_role,
    people_at_the_door,
    records_of_their_own,
)
from workflow.records.tables import Record
from workflow.store import Prepared, as_text
from workflow.verdict import Reason

_CASE_OF = Prepared(
    select(Case.id).where(Case.record_id == bindparam("record"), Case.campaign_id == bindparam("campaign"))
)
TELLING = ("campaign_opened", "reminder")
"""Notices that tell a student of a campaign."""
_FILED_LAST = (
    select(func.max(EntryRow.number))
    .where(EntryRow.subject == bindparam("case"), EntryRow.action == "raise")
    .scalar_subquery()
)
_SETTLED_SINCE = Prepared(
    select(EntryRow.id)
    .where(EntryRow.subject == bindparam("case"), EntryRow.action.in_(("settle", "see")))
    .where(EntryRow.number > _FILED_LAST)
    .limit(1)
)
_TOLD_OF_THE_DECISION = Prepared(
    select(Notice.id).where(
        Notice.subject == bindparam("case"),
        Notice.event.in_(("decided_corrected", "decided_rejected")),
        Notice.owed_at == bindparam("decided_at"),
        Notice.cancelled_at.is_(None),
        (Notice.due_at <= bindparam("at")) | Notice.seen_at.is_not(None),
    )
)


def _finds(attempt: Attempt, what: Prepared, **values: str) -> bool:
    return what.run(attempt.session, values).fetchone() is not None


def said(moment: Any) -> str:
    """A date or moment as people read it; the last second of a day is that day's end."""
    return str(moment.strftime("%Y-%m-%d %H:%M:%S")) if hasattr(moment, "hour") else moment.isoformat()


# -- who ------------------------------------------------------------------------------------------------


def own_record(attempt: Attempt) -> Reason | None:
    """A student acts on their own record only; anybody else's is none of their business."""
    if ("student", attempt.subject.record.id) in grants_at_the_door(attempt):
        return None
    return Reason(
        "not_your_record", "这不是您本人的学籍记录。", remedy="请用本人的链接登录后办理。", stranger=True
    )


def not_own_case(attempt: Attempt) -> Reason | None:
    """Nobody works on a case about themselves, whatever else they are, nor for the student it is about."""
    if attempt.subject.record.id in records_of_their_own(attempt):
        return Reason("own_case", "这是您本人的个案，不能由您自己办理。", remedy="请由另一位审核人办理。")
    return None


def not_held_by_another(attempt: Attempt) -> Reason | None:
    """One person at a time: somebody else's hold bars until it ends; a stand-in has the absent one's."""
    case = attempt.subject
    if attempt.by is SYSTEM or not case.holder or case.holder in people_at_the_door(attempt.by):
        return None
    if case.held_until and case.held_until > attempt.at:
        return Reason(
            "held_by_another",
            "这个个案正由另一位审核人办理，到 {until} 为止。",
            {"until": said(case.held_until)},
            remedy="请等待对方办结、放回，或在到期后接办。",
            until=case.held_until.isoformat(),
        )
    return None


def held_by_me(attempt: Attempt) -> Reason | None:
    """Only who works on a case can put it back, or give it to another; or who stands in for them."""
    if attempt.subject.holder in people_at_the_door(attempt.by):
        return None
    return Reason("not_held_by_you", "这个个案现在不由您办理。", remedy="请先接办。")


# -- the campaign ---------------------------------------------------------------------------------------


def campaign_is_running(attempt: Attempt) -> Reason | None:
    """Cases are opened for a campaign while it runs; a case of its own needs no campaign."""
    campaign = attempt.subject.campaign
    if campaign is None or _runs(campaign, attempt):
        return None
    return Reason("campaign_not_open", "自查活动现在不在进行中。", remedy="请先开始活动。")


def _campaign_is_running_rows(attempt: Attempt) -> ColumnElement[bool]:
    return true() if _runs(attempt.subject, attempt) else false()


def _runs(campaign: CampaignFacts, attempt: Attempt) -> bool:
    return campaign.state == campaign_states.OPEN and attempt.at <= campaign.closes_at


def in_the_cohort(attempt: Attempt) -> Reason | None:
    """A campaign's case is for a record that its cohort names, or that the registrar adds by hand.

    A case of its own needs no campaign.
    """
    case = attempt.subject
    if case.campaign is None or attempt.by.role == "registrar":
        return None
    if rules.cohort_names(attempt.policy, case.campaign.plan, case.record):
        return None
    return Reason("not_in_cohort", "这条学籍记录不在本次自查的范围内。", remedy="如应参加，请联系学籍科。")


def _in_the_cohort_rows(attempt: Attempt) -> ColumnElement[bool]:
    return rules.cohort_rows(rules.plan_of(attempt.policy, attempt.subject.plan).cohort)


def no_case_yet(attempt: Attempt) -> Reason | None:
    """One case for each record in a campaign."""
    case = attempt.subject
    if case.campaign is None:
        return None
    if not _finds(attempt, _CASE_OF, record=case.record.id, campaign=case.campaign.id):
        return None
    return Reason("case_exists", "本次自查中，这条记录已经有个案。", remedy="请办理已有的个案。")


def _no_case_yet_rows(attempt: Attempt) -> ColumnElement[bool]:
    return ~exists().where(Case.record_id == Record.id, Case.campaign_id == attempt.subject.id)


def campaign_is_open(attempt: Attempt) -> Iterator[Reason]:
    """Both the registrar's act and the calendar open a campaign; both ends belong to the window."""
    campaign = attempt.subject.campaign
    if campaign is None:
        yield Reason(
            "no_campaign", "这个个案不属于任何自查活动。", remedy="没有需要确认的事项；有误可以随时提出。"
        )
        return
    dates = {"opens": said(campaign.opens_at), "closes": said(campaign.closes_at)}
    if attempt.at < campaign.opens_at:
        yield Reason(
            "campaign_not_begun",
            "自查从 {opens} 开始。",
            dates,
            remedy="请在开始之后再来。",
            until=campaign.opens_at.isoformat(),
            source="campaigns.toml",
        )
    elif attempt.at > campaign.closes_at:
        yield Reason(
            "campaign_is_past",
            "自查已于 {closes} 截止。",
            dates,
            remedy="在读期间发现有误，仍可另行提出更正。",
            source="campaigns.toml",
        )
    elif campaign.state != campaign_states.OPEN:
        yield Reason(
            "campaign_not_open",
            "自查活动现在是“{state}”。",
            {**dates, "state": campaign_states.CAMPAIGN.state(campaign.state).zh},
            remedy="请等待学籍科开始活动。",
        )


def campaign_takes_filings(attempt: Attempt) -> Iterator[Reason]:
    """A campaign's case takes filings while it is open; a deemed one is at rest. Others go their own way."""
    case = attempt.subject
    if case.manner == "deemed":
        yield Reason(
            "deemed_at_rest", "本次自查已按“视为无误”办结。", remedy="如有误，请另行提出，会建立新的个案。"
        )
    if case.campaign is not None:
        yield from campaign_is_open(attempt)


def campaign_is_over(attempt: Attempt) -> Reason | None:
    """Silence means something only after the last second of the window."""
    campaign = attempt.subject.campaign
    if campaign is not None and _is_over(campaign, attempt):
        return None
    closes = said(campaign.closes_at) if campaign is not None else "—"
    return Reason(
        "campaign_not_over", "自查到 {closes} 才截止。", {"closes": closes}, remedy="请在截止之后办理。"
    )


def _campaign_is_over_rows(attempt: Attempt) -> ColumnElement[bool]:
    return true() if _is_over(attempt.subject, attempt) else false()


def _is_over(campaign: CampaignFacts, attempt: Attempt) -> bool:
    """Past its last second, and held at all: a cancelled campaign says nothing about anybody."""
    held = campaign.state not in (campaign_states.DRAFT, campaign_states.CANCELLED)
    return held and attempt.at > campaign.closes_at


def policy_deems(attempt: Attempt) -> Reason | None:
    """Only where the school's rules say that silence counts."""
    campaign = attempt.subject.campaign
    if campaign is not None and rules.silence_counts(attempt.policy, campaign.kind):
        return None
    return Reason(
        "silence_means_nothing", "按学校规则，本次自查中没有确认不等于无误。", remedy="请继续催办。"
    )


def _policy_deems_rows(attempt: Attempt) -> ColumnElement[bool]:
    return true() if rules.silence_counts(attempt.policy, attempt.subject.kind) else false()


def was_told(attempt: Attempt) -> Reason | None:
    """Silence is only silence when the student was told in a way that policy counts; a notice proves it."""
    if _finds(attempt, _told_of_the_campaign(rules.told_by(attempt.policy)), case=attempt.subject.id):
        return None
    return Reason("never_told", "没有学生收到通知的记录，不能视为无误。", remedy="请先通知到本人。")


@cache
def _told_of_the_campaign(ways: tuple[str, ...]) -> Prepared:
    return Prepared(
        select(Notice.id)
        .where(Notice.subject == bindparam("case"), Notice.event.in_(TELLING), told_by(ways))
        .limit(1)
    )


def was_told_under(policy: rules.Rules) -> ColumnElement[bool]:
    """The same of the table of cases: some notice of the campaign counts as told."""
    return exists().where(
        Notice.subject == Case.id, Notice.event.in_(TELLING), told_by(rules.told_by(policy))
    )


def _was_told_rows(attempt: Attempt) -> ColumnElement[bool]:
    return was_told_under(attempt.policy)


def not_excluded(attempt: Attempt) -> Reason | None:
    """Who is excluded is in no denominator and answers nothing."""
    if not attempt.subject.excluded:
        return None
    return Reason("is_excluded", "这条记录不计入本次自查。", remedy="如应计入，请联系学籍科。")


def _not_excluded_rows(attempt: Attempt) -> ColumnElement[bool]:
    return Case.excluded == ""


def is_excluded(attempt: Attempt) -> Reason | None:
    """Only an excluded case can be included again."""
    if attempt.subject.excluded:
        return None
    return Reason("is_included", "这条记录本来就计入本次自查。", remedy="不需要办理。")


def _is_excluded_rows(attempt: Attempt) -> ColumnElement[bool]:
    return Case.excluded != ""


# -- the rules of the school ----------------------------------------------------------------------------


def still_enrolled(attempt: Attempt) -> Reason | None:
    """A case is answered by somebody who has 学籍."""
    status = attempt.subject.record.xjzt
    if status in rules.enrolled_statuses(attempt.policy):
        return None
    return Reason(
        "not_enrolled",
        "学籍状态为“{status}”，已不在籍。",
        {"status": status},
        remedy="如果学籍状态不对，请联系学籍科。",
    )


def _still_enrolled_rows(attempt: Attempt) -> ColumnElement[bool]:
    enrolled = select(Record.id).where(Record.xjzt.in_(rules.enrolled_statuses(attempt.policy)))
    return Case.record_id.in_(enrolled)


def policy_lets_file(attempt: Attempt) -> Iterable[Reason]:
    """The school's filing rule, asked whether anything may be filed at all."""
    return rules.filing_reasons(attempt)


def degree_not_registered(attempt: Attempt) -> Reason | None:
    """After degree registration nothing here may change."""
    day = attempt.subject.record.degree_registered_on
    if attempt.by is SYSTEM or not degree_is_registered(attempt):
        return None
    return Reason(
        "degree_registered",
        "学历已于 {day} 电子注册，学籍信息不再更改。",
        {"day": day.isoformat()},
        remedy="如学历信息确有错误，请向学校咨询学历勘误。",
    )


def degree_is_registered(attempt: Attempt) -> bool:
    """Whether the record's degree was registered by the day of the attempt."""
    day = attempt.subject.record.degree_registered_on
    return day is not None and day <= attempt.at.date()


# -- claims ---------------------------------------------------------------------------------------------


def nothing_settled(attempt: Attempt) -> Reason | None:
    """A filing can be taken back until its first claim is settled, and never after, though it be reopened."""
    if any(claim.outcome for claim in attempt.subject.claims) or _settled_since_filing(attempt):
        return Reason(
            "already_settled", "已有事项作出认定，不能再撤回。", remedy="请等待办结；对结果有异议可以再提出。"
        )
    return None


def _settled_since_filing(attempt: Attempt) -> bool:
    """Whether something was settled after the last filing; a reopened case has no outcomes to show it."""
    if (known := attempt.memo.get("settled")) is not None:
        return bool(known)
    return _finds(attempt, _SETTLED_SINCE, case=attempt.subject.id)


def every_claim_settled(attempt: Attempt) -> Reason | None:
    """A case is closed only when each claim has its outcome."""
    claims = attempt.subject.claims
    waiting = [claim.field for claim in claims if not claim.outcome]
    if claims and not waiting:
        return None
    return Reason(
        "claims_unsettled",
        "还有未认定的事项：{fields}。",
        {"fields": "、".join(rules.words(attempt.policy, field) for field in waiting) or "—"},
        remedy="请先逐项认定。",
    )


def some_claim_corrected(attempt: Attempt) -> Reason | None:
    """Corrected is only a case in which something was corrected."""
    if any(claim.outcome == "corrected" for claim in attempt.subject.claims):
        return None
    return Reason("nothing_corrected", "没有任何事项认定为“已更正”。", remedy="请改用“不予更正”办结。")


def no_claim_corrected(attempt: Attempt) -> Reason | None:
    """Where anything was corrected the case ends corrected, and says both."""
    if any(claim.outcome == "corrected" for claim in attempt.subject.claims):
        return Reason("something_corrected", "已有事项认定为“已更正”。", remedy="请用“更正办结”办结。")
    return None


def no_newer_claim(attempt: Attempt) -> Reason | None:
    """What was decided cannot be taken up again under a newer open claim on the same field."""
    mine = {claim.group for claim in attempt.subject.claims}
    newer = [claim for claim in attempt.subject.open_elsewhere if claim.group in mine]
    if not newer:
        return None
    return Reason(
        "newer_claim_open",
        "同一字段已有新的更正事项在办理（{filed}提交）。",
        {"filed": said(newer[0].filed_at)},
        remedy="请在新的个案中办理。",
    )


# -- after the decision ---------------------------------------------------------------------------------


def within_dispute_days(attempt: Attempt) -> Reason | None:
    """ "Still wrong" can be said for so many days after the decision as policy gives."""
    case = attempt.subject
    if case.decided_at is None:
        return Reason("not_decided", "还没有办结，不能提出异议。", remedy="请等待办结。")
    last = case.decided_at + timedelta(days=attempt.policy.dispute_days)
    if attempt.at <= last:
        return None
    return Reason(
        "dispute_is_late",
        "对结果的异议应在 {last} 前提出。",
        {"last": said(last)},
        remedy="在读期间仍可重新提出更正。",
    )


def decision_is_announced(attempt: Attempt) -> Reason | None:
    """What can still be undone has not been said yet, so nobody can object to it."""
    case = attempt.subject
    announced = case.decided_at and case.decided_at + timedelta(minutes=attempt.policy.undo_minutes)
    if announced is None or attempt.at >= announced:
        return None
    return Reason(
        "not_announced", "结果还没有通知。", remedy="请等待通知后再提出。", until=announced.isoformat()
    )


def own_recent_decision(attempt: Attempt) -> Iterator[Reason]:
    """A decision can be undone by who made it, within the minutes policy gives."""
    case = attempt.subject
    if case.decided_at is None or case.decided_by != attempt.by.person:
        yield Reason("not_your_decision", "这不是您作出的决定。", remedy="如需更改，请由复核人重新审理。")
    last = case.decided_at and case.decided_at + timedelta(minutes=attempt.policy.undo_minutes)
    if last is not None and attempt.at > last:
        yield Reason(
            "undo_is_late",
            "决定只能在 {last} 前撤销。",
            {"last": said(last)},
            remedy="如需更改，请由复核人重新审理。",
        )


def decision_still_held_back(attempt: Attempt) -> Reason | None:
    """What the student has been told cannot be made unsaid."""
    case = attempt.subject
    if case.decided_at is None or not _finds(
        attempt,
        _TOLD_OF_THE_DECISION,
        case=case.id,
        decided_at=as_text(case.decided_at),
        at=as_text(attempt.at),
    ):
        return None
    return Reason("student_was_told", "结果已经通知学生。", remedy="如需更改，请由复核人重新审理。")


GUARDS: dict[str, Guard] = {
    "holds_the_role": Guard(holds_the_role),
    "own_record": Guard(own_record),
    "not_own_case": Guard(not_own_case),
    "not_held_by_another": Guard(not_held_by_another),
    "held_by_me": Guard(held_by_me),
    **holds.GUARDS,
    "campaign_is_running": Guard(campaign_is_running, _campaign_is_running_rows),
    "in_the_cohort": Guard(in_the_cohort, _in_the_cohort_rows),
    "no_case_yet": Guard(no_case_yet, _no_case_yet_rows),
    "campaign_is_open": Guard(campaign_is_open),
    "campaign_takes_filings": Guard(campaign_takes_filings),
    "campaign_is_over": Guard(campaign_is_over, _campaign_is_over_rows),
    "policy_deems": Guard(policy_deems, _policy_deems_rows),
    "was_told": Guard(was_told, _was_told_rows),
    "not_excluded": Guard(not_excluded, _not_excluded_rows),
    "is_excluded": Guard(is_excluded, _is_excluded_rows),
    "still_enrolled": Guard(still_enrolled, _still_enrolled_rows),
    "policy_lets_file": Guard(policy_lets_file),
    "degree_not_registered": Guard(degree_not_registered),
    "nothing_settled": Guard(nothing_settled),
    "every_claim_settled": Guard(every_claim_settled),
    "some_claim_corrected": Guard(some_claim_corrected),
    "no_claim_corrected": Guard(no_claim_corrected),
    "no_newer_claim": Guard(no_newer_claim),
    "decision_is_announced": Guard(decision_is_announced),
    "within_dispute_days": Guard(within_dispute_days),
    "own_recent_decision": Guard(own_recent_decision),
    "decision_still_held_back": Guard(decision_still_held_back),
    **steps.GUARDS,
}
