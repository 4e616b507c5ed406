"""Conflicts of interest: declared relations, and what somebody prepared in the student's name.

Checks compare persons, not roles; a stand-in counts as both themselves and the person they replace.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ClauseElement

from states.case import CASE
from workflow.cases.facts import CaseFacts
from workflow.cases.tables import ActedFor
from workflow.engine import SYSTEM, Attempt, Guard
from workflow.people.access import people_at_the_door, records_of_their_own
from workflow.people.standing_in import related_to
from workflow.store import Prepared, table_of
from workflow.verdict import Reason

IN_THE_STUDENTS_NAME = tuple(sorted(action.name for action in CASE.actions if "student" in action.roles))
"""What a student does, or whoever does it for them: filing, answering, handing papers in."""
_PREPARED = Prepared(select(ActedFor.person_id).where(ActedFor.case_id == bindparam("case")))


def _once(dialect: str) -> ClauseElement:
    line: dict[str, Any] = {"case_id": bindparam("case"), "person_id": bindparam("person")}
    table = table_of(ActedFor)
    if dialect == "sqlite":
        return sqlite.insert(table).values(line).on_conflict_do_nothing()
    return postgresql.insert(table).values(line).on_conflict_do_nothing()


_ACTED = Prepared(_once)


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
    found = _PREPARED.run(session, {"case": case}).fetchall()
    return frozenset(person for (person,) in found)


def note_who_acted(attempt: Attempt) -> None:
    """Keep who did something in the student's name, with the entry that says so."""
    if attempt.action.name in IN_THE_STUDENTS_NAME:
        case = attempt.subject.id
        lines = [{"case": case, "person": person} for person in sorted(people_at_the_door(attempt.by))]
        _ACTED.run_many(attempt.session, lines)


GUARDS: dict[str, Guard] = {
    "not_related": Guard(not_related),
    "not_prepared_by_you": Guard(not_prepared_by_you),
}
