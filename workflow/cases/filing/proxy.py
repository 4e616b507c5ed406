"""Answering for a student by proxy: only if the school's rules allow it, marked, with a notice."""

from __future__ import annotations

import json
from collections.abc import Iterator

from states.case import DECIDERS, PROXIES
from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.checking.exclude import not_excluded
from workflow.cases.common import not_own_case, own_record, words_given
from workflow.cases.reach import held_for, out_of_scope
from workflow.cases.review.conflicts import not_related
from workflow.engine import by_name, guards, in_words
from workflow.records.texts import clean_words
from workflow.values import role_named
from workflow.verdict import Reason

CONFIRMED_FOR_YOU = "confirmed_for_you"
"""The notice to a student whose record a proxy confirmed."""

FILED, FILED_FOR_YOU = "filed", "filed_for_you"
"""The notices to a student who filed, and to one for whom a proxy filed."""


@in_words("本人，或规则允许的代办人", "the student, or who may answer for them")
def speaks_for_the_student(attempt: Attempt) -> Iterator[Reason]:
    """A student answers for themselves; staff for the students in their scope if the rules allow it.

    Whether the rules let a proxy confirm or file is asked with everything else that they are asked. A
    reviewer, who is there to decide, needs to be named by them, and is neither the student nor near to them.
    """
    by = attempt.by
    if by.role not in PROXIES:
        yield from filter(None, (own_record(attempt),))
        return
    if by.role == "officer" and not held_for(attempt):
        yield out_of_scope()
        return
    if by.role in DECIDERS:
        yield from filter(None, (not_own_case(attempt), not_related(attempt)))
    if not rules.may_act_for_students(attempt.policy, by.role, attempt.action.name):
        yield not_named(by.role)


def not_named(role: str) -> Reason:
    """Why a reviewer whom the rules do not name does nothing for a student."""
    return Reason(
        "not_named_to_act",
        "按学校规则，{role}不代学生办理。",
        {"role": role_named(role)},
        remedy="请学生本人登录办理。",
        rule="speaks_for_the_student",
    )


@in_words("代办限于自查活动的个案", "a proxy keeps to a campaign's case")
def proxy_keeps_to_the_campaign(attempt: Attempt) -> Reason | None:
    """A proxy files only in the case of a campaign that counts the student."""
    if attempt.by.role == "student":
        return None
    if attempt.subject.campaign is None:
        return Reason(
            "proxy_outside_campaign",
            "代为提出，只在自查活动的个案里办理。",
            remedy="自查活动以外发现有误，请学生本人登录提出。",
        )
    return not_excluded(attempt)


@in_words("代办的写明怎样受托", "a proxy says how they were asked")
def proxy_says_how(attempt: Attempt) -> Reason | None:
    """A proxy must say how the student's answer was received."""
    if attempt.by.role == "student":
        return None
    if not clean_words(attempt.details.get("words") or ""):
        return Reason(
            "words_missing",
            "请写明学生本人怎样提出或答复的。",
            remedy="写明哪一天、本人到场还是来电、来信。",
        )
    return words_given(attempt)


def by_whom(attempt: Attempt) -> str:
    """What a notice to the student says of a proxy: in which duty or role they acted. No name."""
    return json.dumps({"filed_by": rules.filed_by(attempt)})


GUARDS = guards(speaks_for_the_student, proxy_keeps_to_the_campaign)
CHECKS = by_name(proxy_says_how)
