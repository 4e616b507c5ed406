"""Answering for a student: only where the school's rules allow it, marked as such, told to the student."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy.orm import Session

from config.policy import QuestionFault, ask
from workflow.cases import rules
from workflow.cases.checks import words_given
from workflow.cases.facts import CaseFacts
from workflow.cases.guards import own_record
from workflow.engine import Actor, Attempt, Engine, Ref
from workflow.history.entry import Entry
from workflow.people.access import grants_at_the_door
from workflow.verdict import Reason

CONFIRMED_FOR_YOU = "confirmed_for_you"
"""The notice to a student whom somebody else confirmed."""


def confirm_by_proxy(
    engine: Engine,
    session: Session,
    case: CaseFacts,
    by: Actor,
    *,
    words: str,
    seen: str,
    expected: int | None = None,
    key: str = "",
) -> Entry:
    """Confirm a record for its student; the entry says who did, the case that it was a proxy. Raises Refused.

    ``words`` say how the student's answer was received.
    """
    entry: Entry = engine.perform(
        session,
        Ref("case", case.id),
        "confirm",
        by=by,
        expected=expected,
        key=key,
        words=words,
        seen=seen,
    )
    return entry


def speaks_for_the_student(attempt: Attempt) -> Iterator[Reason]:
    """A student answers for themselves; an officer for their college's students where the rules allow it."""
    by, record = attempt.by, attempt.subject.record
    if by.role not in ("officer", "registrar"):
        if (stranger := own_record(attempt)) is not None:
            yield stranger
        return
    if by.role == "officer" and ("officer", record.fy or "") not in grants_at_the_door(attempt):
        yield Reason(
            "not_your_college", "这不是您所在学院的学生。", remedy="请由该学院的经办人办理。", stranger=True
        )
        return
    put = rules.question(attempt.session, attempt.policy, attempt.subject, attempt.at)
    try:
        answer = ask(attempt.policy.school, replace(put, action="confirm", filed_by=by.role))
    except QuestionFault as fault:
        yield Reason(
            "record_incomplete",
            "学籍记录缺少规则需要的内容：{faults}。",
            {"faults": "；".join(fault.faults)},
            remedy="请联系学籍科补全学籍记录。",
        )
        return
    yield from rules.reasons(answer)


def proxy_says_how(attempt: Attempt) -> Reason | None:
    """Whoever answers for somebody says how that person's answer was received."""
    return None if attempt.by.role == "student" else words_given(attempt)
