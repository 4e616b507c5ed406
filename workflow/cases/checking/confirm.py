"""Confirming: requires an open campaign, an enrolled student, and the values that the page showed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from config.calendar import date_or_instant
from config.policy import Words
from states import campaign as campaign_states
from states.case import CHECKED_OK
from workflow.cases import rules
from workflow.cases.attempt import Attempt, Wave
from workflow.cases.common import keep_words
from workflow.cases.facts import CaseFacts
from workflow.cases.filing.proxy import CONFIRMED_FOR_YOU, by_whom
from workflow.cases.tables import MANNERS, Case
from workflow.engine import Asking, Change, Effect, Entropy, by_name, guards, in_words
from workflow.history.codes import DUTY, Code
from workflow.notices.outbox import Outbox
from workflow.people.access import duty_here
from workflow.people.cipher import Cipher
from workflow.records.tables import Record
from workflow.records.values import values_of
from workflow.verdict import Reason

VALUES_CHANGED = Reason(
    "values_changed", "在您查看之后，学籍信息有更新。", remedy="请刷新页面，重新核对后再确认。"
)


@in_words("尚未作答，或由学籍管理员重新开放", "not answered yet, or opened again by the registrar")
def not_answered_yet(attempt: Attempt) -> Reason | None:
    """A check is answered once, unless the registrar opens it again for this student."""
    case = attempt.subject
    if case.state != CHECKED_OK or case.opened(attempt.at) is not None:
        return None
    return Reason(
        "answered_already",
        "这次核对已按“{state}”办结。",
        {"state": Words(case.manner, *MANNERS[case.manner])},
        remedy="如需重新核对，请联系学籍管理部门；发现有误的，请查看现在能否提出更正。",
    )


@in_words("在自查的起止时间内，或由学籍管理员重新开放", "within the campaign's window, or opened again")
def campaign_is_open(attempt: Attempt) -> Iterator[Reason]:
    """The campaign is open by the registrar's act and by its dates, or for this student by a permission.

    Both ends belong to the window.
    """
    campaign = attempt.subject.campaign
    if attempt.subject.opened(attempt.at) is not None:
        return
    if campaign is None:
        yield Reason(
            "no_campaign",
            "这个个案不属于任何自查活动。",
            remedy="没有需要确认的事项；发现有误的，请查看现在能否提出更正。",
        )
        return
    dates = {"opens": date_or_instant(campaign.opens_at), "closes": campaign.closes_at}
    if attempt.at < campaign.opens_at:
        yield Reason(
            "campaign_not_begun",
            "自查从 {opens} 开始。",
            dates,
            remedy="请在开始之后再来。",
            until=campaign.opens_at.isoformat(),
            source="学校公布的自查活动安排",
        )
    elif attempt.at > campaign.closes_at:
        yield Reason(
            "campaign_is_past",
            "自查已于 {closes}（北京时间）截止。",
            dates,
            remedy="发现有误的，请查看现在能否另行提出更正。",
            source="学校公布的自查活动安排",
        )
    elif campaign.state != campaign_states.OPEN:
        yield Reason(
            "campaign_not_open",
            "自查活动现在是“{state}”。",
            {**dates, "state": campaign_states.CAMPAIGN.state(campaign.state)},
            remedy="请等待学籍管理部门开始活动。",
        )


@in_words("在籍", "enrolled")
def still_enrolled(attempt: Attempt) -> Reason | None:
    """Only an enrolled student (with 学籍) can answer a case."""
    status = attempt.subject.record.xjzt
    if status in attempt.policy.school.policy.statuses.enrolled:
        return None
    return Reason(
        "not_enrolled",
        "学籍状态为“{status}”，已不在籍。",
        {"status": status},
        remedy="如果学籍状态不对，请联系学籍管理部门。",
    )


def _still_enrolled_rows(attempt: Wave) -> ColumnElement[bool]:
    enrolled = select(Record.id).where(Record.xjzt.in_(attempt.policy.school.policy.statuses.enrolled))
    return Case.record_id.in_(enrolled)


@in_words("学校规则允许确认", "the school's rules let the check be confirmed")
def policy_lets_confirm(attempt: Attempt) -> Iterable[Reason]:
    """The school's rules are asked about a confirmation as they are about a filing."""
    return rules.confirming_reasons(attempt)


def shown(session: Session, cipher: Cipher, case: CaseFacts) -> tuple[str, str]:
    """The values a campaign asks a student to confirm, as JSON, and their keyed digest."""
    fields = case.campaign.fields if case.campaign else ()
    return as_shown(cipher, values_of(session, cipher, case.record.id, fields))


def as_shown(cipher: Cipher, values: Mapping[str, str]) -> tuple[str, str]:
    """The same for values that were already read."""
    said = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return said, cipher.digest("seen", said.encode())


class Confirming:
    """The checks and effects of a confirmation. They decrypt the record's present values."""

    def __init__(self, cipher: Cipher, entropy: Entropy) -> None:
        self._cipher, self._entropy = cipher, entropy

    def checks(self) -> dict[str, Asking]:
        """Every check by its name in the lifecycles."""
        return by_name(self.values_as_seen)

    def effects(self) -> dict[str, Effect]:
        """Every effect by its name in the lifecycles."""
        return by_name(self.mark_confirmed, forget_confirmation)

    @in_words("信息与页面上看到的一致", "the values are those that were seen")
    def values_as_seen(self, attempt: Attempt) -> Reason | None:
        """A student confirms what the page showed. A value that changed meanwhile was not seen."""
        seen = attempt.details.get("seen")
        if seen is None or seen == shown(attempt.session, self._cipher, attempt.subject)[1]:
            return None
        return VALUES_CHANGED

    def mark_confirmed(self, attempt: Attempt, change: Change) -> None:
        """Mark the case as confirmed by the student or by a proxy. The entry commits to the values."""
        proxy = attempt.by.role != "student"
        change.columns["manner"] = "proxy" if proxy else "confirmed"
        change.columns["confirmed_on"] = attempt.at.date().isoformat()
        if proxy:
            Outbox(self._entropy).owe(attempt, (CONFIRMED_FOR_YOU,), by_whom(attempt))
            keep_words(attempt, change)
            if duty := duty_here(attempt):
                change.codes.append(Code(DUTY, duty))
        change.values["confirmed"] = shown(attempt.session, self._cipher, attempt.subject)[0]


def forget_confirmation(attempt: Attempt, change: Change) -> None:
    """A confirmed value has changed, so the confirmation no longer holds."""
    change.columns |= {"manner": "", "confirmed_on": None}


GUARDS = guards(
    not_answered_yet,
    campaign_is_open,
    (still_enrolled, _still_enrolled_rows),
    policy_lets_confirm,
)
