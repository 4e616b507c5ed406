"""A student has checked and found something wrong that the rules take only later: said now, filed then.

It counts as an answer and is none of the others: nothing is filed, nothing is confirmed, and silence is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from config.calendar import start_of
from config.policy import Answer, QuestionFault
from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.facts import CaseFacts
from workflow.engine import Change, by_name, guards, in_words
from workflow.history.codes import ACCEPTED_FROM, DEFERRED_FIELD, Code
from workflow.store import as_text
from workflow.verdict import Reason


@in_words("规则规定待受理的算已核对", "by the rules a deferred change counts as checked")
def deferral_counts(attempt: Attempt) -> Reason | None:
    """Only where the school's text says so."""
    if attempt.policy.school.policy.silence.deferred_counts:
        return None
    return Reason(
        "deferral_means_nothing",
        "按学校规则，不登记以后再提出的更正。",
        remedy="请在受理的时间提出；信息都对的，请确认无误。",
    )


@in_words("按规则现在不受理，以后受理", "the rules take it later")
def policy_defers(attempt: Attempt) -> Iterator[Reason]:
    """The rules answer not yet, and from when: what they take now is filed, what they refuse is refused."""
    if not attempt.policy.school.policy.silence.deferred_counts:
        return
    answer = _answer(attempt.session, attempt.policy, attempt.subject, attempt.at)
    if isinstance(answer, Answer) and answer.may:
        yield Reason("accepted_now", "现在就受理更正，不必推后。", remedy="请直接申请更正。")
    elif not isinstance(answer, Answer) or answer.outcome != "defer" or answer.accepted_from is None:
        yield from rules.reasons(answer)


def taken_from(session: Session, policy: rules.Rules, case: CaseFacts, at: datetime) -> datetime:
    """The first moment at which a filing that the rules defer would be taken."""
    answer = _answer(session, policy, case, at)
    assert isinstance(answer, Answer)
    begins = answer.accepted_from
    assert begins is not None
    return begins if isinstance(begins, datetime) else start_of(begins)


def _answer(session: Session, policy: rules.Rules, case: CaseFacts, at: datetime) -> Answer | QuestionFault:
    return rules.answer_to(policy, rules.question(session, policy, case, at, filed_by="student"))


@in_words("选了有误的项目", "some item is said to be wrong")
def deferred_fields_fit(attempt: Attempt) -> Iterator[Reason]:
    """At least one item, each of the campaign and such that something can be filed on it."""
    fields, campaign = attempt.details.get("fields") or (), attempt.subject.campaign
    if not fields:
        yield Reason("nothing_deferred", "没有选择有误的项目。", remedy="请至少选择一项。")
    for field in fields:
        words = rules.field_words(attempt.policy, field)
        if campaign is None or field not in campaign.fields or words is None or not words.claimable:
            yield Reason(
                "field_not_asked", "所选的项目中，有的不在本次核对范围内。", remedy="请刷新页面后重新选择。"
            )


@in_words("已到受理的时间", "the rules take it now")
def deferral_is_over(attempt: Attempt) -> Reason | None:
    """The time has come, the student was not told yet, and has filed nothing since."""
    case = attempt.subject
    until = case.deferred_until
    filed = any(until is not None and claim.filed_at >= until for claim in case.claims_of_record)
    if until is not None and attempt.at >= until and case.called_back_at is None and not filed:
        return None
    return Reason("deferral_not_over", "还没有到受理的时间，或已提醒过。", remedy="不需要办理。")


def keep_deferral(attempt: Attempt, change: Change) -> None:
    """Keep which items are wrong, and from when a filing is taken."""
    fields = attempt.details["fields"]
    begins = taken_from(attempt.session, attempt.policy, attempt.subject, attempt.at)
    change.columns |= {
        "manner": "",
        "deferred_until": as_text(begins),
        "deferred_fields": ",".join(fields),
        "called_back_at": None,
    }
    change.codes += [*(Code(field, DEFERRED_FIELD) for field in fields), Code.at(ACCEPTED_FROM, begins)]


def mark_called_back(attempt: Attempt, change: Change) -> None:
    """The student was told that a filing is taken now."""
    change.columns["called_back_at"] = as_text(attempt.at)


GUARDS = guards(deferral_counts, policy_defers, deferral_is_over)
CHECKS = by_name(deferred_fields_fit)
EFFECTS = by_name(keep_deferral, mark_called_back)
