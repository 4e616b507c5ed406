"""Overdue steps: whom the school's text names is told, once for each last day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, insert, select

from config.policy.deciding import Escalation
from config.policy.words import COLLEGE_DUTIES
from workflow.cases.attempt import Attempt
from workflow.cases.review.questions import open_questions, pauses_of, questions_of
from workflow.cases.review.steps import ready
from workflow.cases.tables import Escalated
from workflow.cases.views.whose_turn import OpenStep, due_day
from workflow.engine import Change, Effect, Entropy, by_name, guards
from workflow.history.codes import DUE, TOLD, Code
from workflow.history.entry import Entry
from workflow.notices.outbox import Outbox
from workflow.people.tables import Grant, Relation, held_from, holds_on
from workflow.records.reach import covers
from workflow.store import InHand, from_text, table_of
from workflow.verdict import Reason

TOLD_OF: InHand[frozenset[tuple[Any, ...]]] = InHand(Escalated.__tablename__)
"""Of which kind of step, last day and number of working days somebody was told, by case."""
STEP_OVERDUE = "step_overdue"
"""The notice to those who are told."""


@dataclass(frozen=True, slots=True)
class OverdueTold:
    """One of the people who were told of overdue steps by an entry of the case."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Escalating:
    """One time that people were told of overdue steps: of which last days, and who, if anybody."""

    at: datetime
    days: tuple[date, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OverdueStep:
    """A kind of step that is late by so much that the text names somebody to be told."""

    kind: str
    due: date
    rule: Escalation


def escalation_is_due(attempt: Attempt) -> Reason | None:
    """A step that can be taken is late by as much as the text says, and nobody was told for that last day."""
    if _to_tell(attempt):
        return None
    return Reason(
        "nothing_to_escalate", "没有需要督办的逾期环节。", remedy="环节逾期到学校规定的天数时再督办。"
    )


def _to_tell(attempt: Attempt) -> list[OverdueStep]:
    """What is overdue and untold, each kind, day and rule once."""
    if not (overdue := dict.fromkeys(_overdue(attempt))):
        return []
    case = attempt.subject.id
    asked = select(Escalated.kind, Escalated.due, Escalated.working_days).where(Escalated.case_id == case)
    told = TOLD_OF.once(
        attempt.session, case, lambda: frozenset(map(tuple, attempt.session.execute(asked).all()))
    )
    return [one for one in overdue if (one.kind, one.due, one.rule.working_days) not in told]


def _overdue(attempt: Attempt) -> Iterator[OverdueStep]:
    """What is overdue. Nothing is while the student is asked something, or the record frozen."""
    case, calendar = attempt.subject, attempt.policy.school.calendar
    rules: tuple[Escalation, ...] = attempt.policy.school.policy.escalations
    if not rules or open_questions(attempt) or case.frozen(attempt.at) is not None:
        return
    pauses = pauses_of(questions_of(attempt))
    today = attempt.at.date()
    for one in ready(case):
        step = one.step
        waits = OpenStep(step.kind, step.office, step.duty, step.made_at, step.due, step.sent_on)
        if (due := due_day(calendar, waits, pauses)) is None:
            continue
        for rule in rules:
            late = calendar.working_days_after(due, rule.working_days) if rule.working_days else due
            if step.kind in rule.steps and late is not None and today > late:
                yield OverdueStep(step.kind, due, rule)


def escalation_effects(entropy: Entropy) -> dict[str, Effect]:
    """The effects by the name lifecycles use. One owes notices, which have ids."""

    def tell_of_overdue_steps(attempt: Attempt, change: Change) -> None:
        """Keep that it was told, and owe one notice to each of those named who may see the case."""
        case = attempt.subject
        overdue = _to_tell(attempt)
        people = sorted(
            {person for rule in {one.rule for one in overdue} for person in _named(attempt, rule)}
        )
        lines = [
            {"case_id": case.id, "kind": one.kind, "due": one.due, "working_days": one.rule.working_days}
            for one in overdue
        ]
        attempt.session.execute(insert(table_of(Escalated)), lines)
        change.codes += [Code.on_day(DUE, day) for day in sorted({one.due for one in overdue})]
        change.codes.append(Code(TOLD, str(len(people))))
        Outbox(entropy).owe_on(
            attempt.session,
            STEP_OVERDUE,
            [(case.id, "", person) for person in people],
            attempt.at,
            occasion=str(case.version + 1),
        )

    return by_name(tell_of_overdue_steps)


def _named(attempt: Attempt, rule: Escalation) -> Iterator[str]:
    """The people of these roles and duties in whose scope the student is, but for relatives."""
    roles = {"officer" if one in COLLEGE_DUTIES else one for one in rule.to}
    related = exists().where(
        Relation.person_id == Grant.person_id,
        Relation.record_id == attempt.subject.record.id,
        Relation.ended_at.is_(None),
    )
    asked = select(Grant).where(Grant.role.in_(sorted(roles)), holds_on(attempt.at.date()), ~related)
    for grant in attempt.session.scalars(asked):
        held = held_from(grant)
        duty = (held.duty or held.role) if held.role == "officer" else held.role
        if duty in rule.to and covers(held, attempt.subject.record):
            yield grant.person_id


def escalated(entries: Iterable[Entry], told: Collection[OverdueTold]) -> list[Escalating]:
    """When a case's overdue steps were told of, by its entries, oldest first."""
    return [
        Escalating(
            from_text(entry.at),
            overdue_days(entry),
            tuple(sorted(one.name for one in told if one.number == entry.number)),
        )
        for entry in entries
        if entry.action == "escalate"
    ]


def overdue_days(entry: Entry) -> tuple[date, ...]:
    """The last days of which an entry tells that they are over."""
    codes = (Code.parse(code) for code in entry.codes)
    return tuple(code.day for code in codes if code.name == DUE and code.day is not None)


GUARDS = guards(escalation_is_due)
