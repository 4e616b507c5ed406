"""Conflicts of interest: declared relations, and what somebody prepared in the student's name.

Checks compare persons, not roles; a stand-in counts as both themselves and the person they replace.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from states.case import CASE
from workflow.cases.facts import CaseFacts
from workflow.engine import SYSTEM, Attempt, Guard
from workflow.history.tables import EntryRow
from workflow.people.access import people_at_the_door, records_of_their_own
from workflow.people.standing_in import related_to
from workflow.store import Prepared
from workflow.verdict import Reason

IN_THE_STUDENTS_NAME = tuple(sorted(action.name for action in CASE.actions if "student" in action.roles))
"""What a student does, or whoever does it for them: filing, answering, handing papers in."""
_PREPARED = Prepared(
    select(EntryRow.actor, EntryRow.body).where(
        EntryRow.subject == bindparam("case"),
        EntryRow.number.is_not(None),
        EntryRow.action.in_(IN_THE_STUDENTS_NAME),
    )
)


def not_related(attempt: Attempt) -> Reason | None:
    """Nobody works on a case of somebody to whom they declared a relation, nor does their stand-in for them.

    What was taken back bars still from what had been filed by then.
    """
    if attempt.by is SYSTEM or not people_at_the_door(attempt.by) & related_people(attempt):
        return None
    return Reason(
        "related",
        "这是您申报过亲属或其他利害关系的学生的个案，不能由您办理。",
        remedy="请由另一位审核人办理；撤回申报，只对以后提交的个案有效。",
    )


def not_prepared_by_you(attempt: Attempt) -> Reason | None:
    """Who filed for the student, or handed anything in for them, decides nothing about it."""
    if attempt.by is SYSTEM or attempt.subject.record.id in records_of_their_own(attempt):
        return None
    if not people_at_the_door(attempt.by) & preparers_of_the_case(attempt):
        return None
    return Reason(
        "prepared_by_you",
        "这个个案里有您代学生提交的内容，不能再由您办理。",
        remedy="请由另一位审核人办理。",
    )


def related_people(attempt: Attempt) -> frozenset[str]:
    known = attempt.memo.get("related")
    if known is None:
        case: CaseFacts = attempt.subject
        known = attempt.memo["related"] = related_to(attempt.session, case.record.id, case.filed_at)
    return known


def preparers_of_the_case(attempt: Attempt) -> frozenset[str]:
    known = attempt.memo.get("preparers")
    if known is None:
        known = attempt.memo["preparers"] = preparers(attempt.session, attempt.subject.id)
    return known


def nearness(session: Session, case: CaseFacts) -> dict[str, frozenset[str]]:
    """Who is too near to a case, as a page tells it to the door for every action at once."""
    return {
        "related": related_to(session, case.record.id, case.filed_at),
        "preparers": preparers(session, case.id),
    }


def preparers(session: Session, case: str) -> frozenset[str]:
    """Everybody who ever did something in the student's name in a case, the student included."""
    return frozenset(_people(_PREPARED.run(session, {"case": case}).fetchall()))


def _people(rows: Iterable[tuple[str, bytes]]) -> Iterator[str]:
    for actor, body in rows:
        yield actor
        if b'"on_behalf_of"' in bytes(body):
            yield json.loads(bytes(body))["on_behalf_of"]


GUARDS: dict[str, Guard] = {
    "not_related": Guard(not_related),
    "not_prepared_by_you": Guard(not_prepared_by_you),
}
