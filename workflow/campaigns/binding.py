"""The binding of campaigns to the engine: guards, checks and effects to draft, start, extend and close."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.policy import CampaignPlan
from states import NOWHERE
from states.campaign import CAMPAIGN
from states.case import NOT_CHECKED
from workflow.campaigns.attempt import Attempt, CampaignFindings
from workflow.campaigns.closing import TO_DEEM, fates
from workflow.campaigns.cohort import cohort_size
from workflow.campaigns.colleges.reminders import (
    cases_are_of_their_college,
    owing_reminders,
    reaches_somebody,
)
from workflow.campaigns.platform_export import day_of_data_has_come, keep_export
from workflow.campaigns.progress.bulletin import (
    ALREADY_PUBLISHED,
    freezing,
    moment_is_settled,
    no_bulletin_of_that_moment,
)
from workflow.cases.common import words_given
from workflow.cases.facts import CampaignFacts
from workflow.cases.load import campaign_facts
from workflow.cases.tables import Campaign, Case
from workflow.engine import Binding, Change, Effect, Entropy, SubjectRow, by_name, details, guards, in_words
from workflow.history.codes import CLOSES_AT, TOLD, Code
from workflow.notices.outbox import Outbox
from workflow.people.access import holds_the_role
from workflow.store import as_text, table_of
from workflow.verdict import Reason


@in_words("还没有建立过", "not made before")
def plan_is_new(attempt: Attempt) -> Reason | None:
    """A plan of campaigns.toml becomes at most one campaign."""
    plan = attempt.subject.plan
    found = attempt.session.scalar(select(Campaign.id).where(Campaign.plan == plan))
    if found is None:
        return None
    return Reason("plan_in_use", "自查活动 {plan} 已经建立。", {"plan": plan}, remedy="请打开已有的活动。")


@in_words("已到开始时间", "the opening has come")
def opening_day_has_come(attempt: Attempt) -> Reason | None:
    """A campaign cannot start before its announced day."""
    if attempt.at >= attempt.subject.opens_at:
        return None
    opens = attempt.subject.opens_at
    return Reason(
        "opening_day_ahead",
        "活动从 {opens} 开始，现在还不能开始。",
        {"opens": opens},
        remedy="请在那一天之后办理；日期有变的，请先修改学校规则中的活动日期。",
        until=attempt.subject.opens_at.isoformat(),
        source="学校公布的自查活动安排",
    )


@in_words("还没有到截止时间", "the close is ahead")
def closing_day_is_ahead(attempt: Attempt) -> Reason | None:
    """A campaign cannot start after its window."""
    if attempt.at <= attempt.subject.closes_at:
        return None
    return Reason(
        "closing_day_past",
        "活动已于 {closes} 截止，不能再开始。",
        {"closes": attempt.subject.closes_at},
        remedy="请在学校规则中另列一次活动。",
        source="学校公布的自查活动安排",
    )


@in_words("已过截止时间", "the close is past")
def closing_day_is_past(attempt: Attempt) -> Reason | None:
    """A campaign runs to the last second of its window."""
    if attempt.at > attempt.subject.closes_at:
        return None
    return Reason(
        "closing_day_ahead",
        "活动到 {closes} 才截止。",
        {"closes": attempt.subject.closes_at},
        remedy="请在截止之后再来。",
        until=attempt.subject.closes_at.isoformat(),
        source="学校公布的自查活动安排",
    )


@in_words("范围内有记录", "somebody is in the cohort")
def cohort_is_not_empty(attempt: Attempt) -> Reason | None:
    """An empty cohort is a mistake, usually a roster that is not imported yet."""
    if cohort_size(attempt.session, attempt.policy, attempt.subject.plan):
        return None
    return Reason(
        "cohort_empty",
        "按学校规则规定的活动范围，没有任何学籍记录。",
        remedy="请先导入学籍名册，再开始活动。",
    )


@in_words("没有待处理的未核对个案", "no silent case is left")
def nobody_left_to_deem(attempt: Attempt) -> Reason | None:
    """Where silence counts, a campaign closes only after each silent case is deemed or shown to be exempt."""
    left = fates(attempt.session, attempt.policy, attempt.subject).get(TO_DEEM, 0)
    if left == 0:
        return None
    return Reason(
        "silent_cases_left",
        "还有 {n} 个未核对的个案没有作“视为无误”处理。",
        {"n": left},
        remedy="请再次运行结束活动。",
    )


@in_words("还没有学生作答", "nobody has answered")
def nobody_has_answered(attempt: Attempt) -> Reason | None:
    """A campaign in which students have answered cannot be cancelled, only closed."""
    answered = attempt.session.scalar(
        select(func.count())
        .select_from(Case)
        .where(Case.campaign_id == attempt.subject.id, Case.state != NOT_CHECKED)
    )
    if not answered:
        return None
    return Reason(
        "students_have_answered",
        "已有 {n} 名学生作答，不能取消。",
        {"n": answered},
        remedy="请在截止后结束活动。",
    )


@in_words("新的截止时间更晚", "the new close is later")
def new_close_is_later(attempt: Attempt) -> Reason | None:
    """An extension only moves the end later."""
    until = attempt.details.get("closes_at")
    if isinstance(until, datetime) and until > attempt.subject.closes_at and until > attempt.at:
        return None
    return Reason(
        "not_an_extension",
        "新的截止时间须晚于 {closes}。",
        {"closes": attempt.subject.closes_at},
        remedy="请填写更晚的时间。",
    )


def move_the_close(attempt: Attempt, change: Change) -> None:
    """Move the end of the window. The entry states the new end and the reason."""
    until: datetime = attempt.details["closes_at"]
    change.columns["closes_at"] = as_text(until)
    change.codes.append(Code.at(CLOSES_AT, until))
    change.values["words"] = str(attempt.details["words"]).strip()


def announcing(entropy: Entropy) -> Effect:
    """The effect that notifies the people whom an extension concerns, in the same transaction."""

    def announce_the_extension(attempt: Attempt, change: Change) -> None:
        """Notify the students who have not checked yet of the new end, and only them."""
        waiting = (
            select(Case.id, Case.record_id)
            .where(Case.campaign_id == attempt.subject.id, Case.state == NOT_CHECKED, Case.excluded == "")
            .order_by(Case.id)
        )
        # The campaign's version distinguishes one extension from the next; the case's does not.
        version = attempt.subject.version
        told = [
            SubjectRow(id, NOT_CHECKED, version, record) for id, record in attempt.session.execute(waiting)
        ]
        Outbox(entropy).owe_all(attempt, ("campaign_extended",), told)
        change.codes.append(Code.count(TOLD, len(told)))

    return announce_the_extension


def campaign_to_be(session: Session, id: str, details: Mapping[str, Any]) -> CampaignFacts | None:
    """The campaign that a draft would create. ``plan`` is a CampaignPlan of the school."""
    plan = details.get("plan")
    if plan is None:
        return None
    return CampaignFacts(id, plan.id, plan.kind, NOWHERE, plan.opens, plan.closes, fields=plan.fields)


def _born(attempt: Attempt) -> dict[str, Any]:
    plan = attempt.details["plan"]
    return {
        "plan": plan.id,
        "kind": plan.kind,
        "title": plan.title,
        "title_en": plan.title_en,
        "opens_at": as_text(plan.opens),
        "closes_at": as_text(plan.closes),
        "fields": ",".join(plan.fields),
    }


def _read(session: Session, id: str) -> CampaignFacts | None:
    locked = session.scalar(select(Campaign.id).where(Campaign.id == id).with_for_update())
    return campaign_facts(session, id) if locked else None


def _look(session: Session, id: str) -> CampaignFacts | None:
    return campaign_facts(session, id) if session.get(Campaign, id) else None


def note_the_policy(attempt: Attempt, change: Change) -> None:
    """Record the policy version that judges the campaign from start to end."""
    change.columns["policy"] = attempt.policy.digest


def _judged_by(campaign: CampaignFacts, action: str) -> str:
    """Draft and start use the policy in force. Later actions use the policy of the campaign's start."""
    return "" if action in ("draft", "start") else campaign.policy


JUST_DRAFTED = Reason(
    "plan_in_use", "这个自查活动刚刚已经建立。", remedy="请刷新页面，打开已有的活动。", rule="plan_is_new"
)


def campaign_room(entropy: Entropy) -> Binding:
    """Bind the campaign lifecycle to its table and rules."""
    return Binding(
        lifecycle=CAMPAIGN,
        table=table_of(Campaign),
        guards=guards(
            holds_the_role,
            plan_is_new,
            opening_day_has_come,
            closing_day_is_ahead,
            closing_day_is_past,
            cohort_is_not_empty,
            nobody_left_to_deem,
            nobody_has_answered,
        ),
        checks=by_name(
            words_given,
            new_close_is_later,
            moment_is_settled,
            no_bulletin_of_that_moment,
            cases_are_of_their_college,
            reaches_somebody,
            day_of_data_has_come,
        ),
        effects=by_name(
            move_the_close,
            note_the_policy,
            announcing(entropy),
            freezing(entropy),
            owing_reminders(entropy),
            keep_export,
        ),
        standing=frozenset(("holds_the_role",)),
        read=_read,
        look=_look,
        new_subject=campaign_to_be,
        insert_columns=_born,
        judged_by=_judged_by,
        findings=CampaignFindings,
        details={
            "plan": lambda said: isinstance(said, CampaignPlan),
            "words": details.maybe_text,
            "closes_at": details.moment,
            "day": details.day,
            "as_of": details.moment,
            "cases": details.texts,
            "file": details.text,
            "data_of": details.day,
        },
        collisions=dict.fromkeys(("uq_campaign_plan", "campaign.plan"), JUST_DRAFTED)
        | dict.fromkeys(
            ("uq_bulletin_campaign_id_as_of", "bulletin.campaign_id, bulletin.as_of"), ALREADY_PUBLISHED
        ),
    )
