"""Whether longer time to file changes anything for one student, by the rules in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from config.calendar import last_date_or_instant
from config.policy import QuestionFault, last_day
from config.policy.predicates import WithinPermission
from states import NOWHERE
from workflow.cases import rules
from workflow.cases.facts import CaseFacts
from workflow.cases.load import whole_record
from workflow.engine import AnyAttempt
from workflow.verdict import Reason

NO_SUCH_TIME = Reason(
    "extension_has_no_use",
    "学校规则里没有随延期改变的期限，延长不改变什么。",
    remedy="要让学生重新作答的，请选择“重新开放核对”。",
)


def why_not_extended(attempt: AnyAttempt, record: str, until: datetime) -> Reason | None:
    """Why longer time would change nothing for a student; None if it does, or if that cannot be said.

    An extension moves the end of the last check to a later day, and is what rules about extensions ask.
    """
    policy: rules.Rules = attempt.policy
    during = [one for rule in policy.school.policy.rules for one in rule.during]
    if any(isinstance(one, WithinPermission) and one.attribute == "extended_until" for one in during):
        return None
    if policy.school.terms.last_day is None:
        return NO_SUCH_TIME
    whole = whole_record(attempt.session, record)
    case = CaseFacts("", NOWHERE, 0, whole.facts, None, whole.claims, permissions=whole.permissions)
    asked = rules.question(attempt.session, policy, case, attempt.at)
    try:
        check = last_day(policy.school, replace(asked, extended_until=until))
    except QuestionFault:  # the record lacks the day from which the end is counted
        return None
    if check.basis == "extension":
        return None
    return Reason(
        "extension_changes_nothing",
        "这名学生本来就可以提出到 {last}，延长到 {until} 不改变什么。",
        {"last": last_date_or_instant(check.closes), "until": until},
        remedy="请填写更晚的时间；要让学生重新作答的，请选择“重新开放核对”。",
    )
