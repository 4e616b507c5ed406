"""Opening a case: for a record in a campaign's cohort, or one that the registrar adds by hand."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, bindparam, exists, false, select, true

from states import campaign as campaign_states
from workflow.cases import rules
from workflow.cases.attempt import Attempt, Wave
from workflow.cases.checking.confirm import still_enrolled
from workflow.cases.common import finds, keep_words, words_given
from workflow.cases.facts import CampaignFacts
from workflow.cases.tables import Case
from workflow.engine import Change, by_name, guards, in_words
from workflow.history.codes import BY_HAND, Code
from workflow.records.tables import Record
from workflow.store import Prepared
from workflow.verdict import Reason

_CASE_OF = Prepared(
    select(Case.id).where(Case.record_id == bindparam("record"), Case.campaign_id == bindparam("campaign"))
)


@in_words("自查进行中", "the campaign runs")
def campaign_is_running(attempt: Attempt) -> Reason | None:
    """Cases are opened only while the campaign runs. A case outside a campaign needs none."""
    campaign = attempt.subject.campaign
    if campaign is None or _runs(campaign, attempt):
        return None
    return Reason("campaign_not_open", "自查活动现在不在进行中。", remedy="请先开始活动。")


def _campaign_is_running_rows(attempt: Wave) -> ColumnElement[bool]:
    return true() if _runs(attempt.subject, attempt) else false()


def _runs(campaign: CampaignFacts, attempt: Attempt | Wave) -> bool:
    return campaign.state == campaign_states.OPEN and attempt.at <= campaign.closes_at


@in_words("在自查范围内", "of the cohort")
def in_the_cohort(attempt: Attempt) -> Reason | None:
    """A campaign's case needs a record in its cohort, or one that the registrar adds by hand.

    A case outside a campaign needs no cohort.
    """
    case = attempt.subject
    if case.campaign is None or attempt.by.role == "registrar":
        return None
    if rules.cohort_names(attempt.policy, case.campaign.plan, case.record):
        return None
    return Reason(
        "not_in_cohort", "这条学籍记录不在本次自查的范围内。", remedy="如应参加，请联系学籍管理部门。"
    )


def _in_the_cohort_rows(attempt: Wave) -> ColumnElement[bool]:
    return rules.cohort_rows(rules.plan_of(attempt.policy, attempt.subject.plan).cohort)


@in_words("本次自查还没有个案", "no case in the campaign yet")
def no_case_yet(attempt: Attempt) -> Reason | None:
    """A record has at most one case in a campaign."""
    case = attempt.subject
    if case.campaign is None:
        return None
    if not finds(attempt, _CASE_OF, record=case.record.id, campaign=case.campaign.id):
        return None
    return Reason("case_exists", "本次自查中，这条记录已经有个案。", remedy="请办理已有的个案。")


def _no_case_yet_rows(attempt: Wave) -> ColumnElement[bool]:
    return ~exists().where(Case.record_id == Record.id, Case.campaign_id == attempt.subject.id)


@in_words("手工列入的，写明理由", "added by hand: with a reason, an enrolled student")
def added_with_a_reason(attempt: Attempt) -> Iterator[Reason]:
    """Adding a record to a cohort by hand needs a reason and an enrolled student. The rule needs no words."""
    if attempt.by.role != "registrar":
        return
    if (missing := words_given(attempt)) is not None:
        yield missing
    if attempt.subject.lifecycle != attempt.lifecycle.name:
        yield Reason("one_by_one", "手工列入须逐人办理。", remedy="请逐人写明理由。")
    elif attempt.subject.campaign is None:
        yield Reason("no_campaign", "手工列入须指明自查活动。", remedy="请从活动的页面办理。")
    elif (gone := still_enrolled(attempt)) is not None:
        yield gone


def say_why_added(attempt: Attempt, change: Change) -> None:
    """The entry of a record outside the rule says that it was added by hand, and why."""
    if attempt.by.role == "registrar":
        change.codes.append(Code(BY_HAND))
        keep_words(attempt, change)


GUARDS = guards(
    (campaign_is_running, _campaign_is_running_rows),
    (in_the_cohort, _in_the_cohort_rows),
    (no_case_yet, _no_case_yet_rows),
)
CHECKS = by_name(added_with_a_reason)
EFFECTS = by_name(say_why_added)
