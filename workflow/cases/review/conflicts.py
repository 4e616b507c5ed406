"""Conflicts of interest: declared relations, and what somebody prepared in the student's name.

Checks compare persons, not roles; a stand-in counts as both themselves and the person they replace.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, SQLColumnExpression, bindparam, exists, literal, or_, select, union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ClauseElement

from states.case import CASE
from workflow.cases.attempt import Attempt
from workflow.cases.facts import CaseFacts
from workflow.cases.tables import ActedFor, Case, DecidedBefore
from workflow.engine import guards, in_words
from workflow.people.access import people_at_the_door, records_of_their_own
from workflow.people.tables import Relation
from workflow.store import InHand, Prepared, as_text, table_of
from workflow.verdict import Reason

IN_THE_STUDENTS_NAME = tuple(sorted(action.name for action in CASE.actions if "student" in action.roles))
"""What a student does, or whoever does it for them: filing, answering, handing papers in."""


def _stood_at(filed_at: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """A declared relation still stood when something was filed."""
    return or_(Relation.ended_at.is_(None), Relation.ended_at > filed_at)


TOO_NEAR = union_all(
    select(literal("related").label("what"), Relation.person_id.label("person")).where(
        Relation.record_id == bindparam("record"), _stood_at(bindparam("filed_at"))
    ),
    select(literal("prepared"), ActedFor.person_id).where(ActedFor.case_id == bindparam("case")),
    select(literal("decided"), DecidedBefore.person_id).where(DecidedBefore.case_id == bindparam("case")),
)
"""Who declared a relation to a record, acted in its student's name in a case, or decided the case before."""
_NEAR = Prepared(TOO_NEAR)


def kept_once(lines: type[ActedFor] | type[DecidedBefore]) -> Prepared:
    """The statement that keeps a ``person`` of a ``case``, who may be kept already."""

    def made(dialect: str) -> ClauseElement:
        line: dict[str, Any] = {"case_id": bindparam("case"), "person_id": bindparam("person")}
        insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
        return insert(table_of(lines)).values(line).on_conflict_do_nothing()

    return Prepared(made)


_ACTED = kept_once(ActedFor)


@in_words("与学生没有申报的利害关系", "no declared relation to the student")
def not_related(attempt: Attempt) -> Reason | None:
    """Nobody has to do with a case of somebody to whom they declared a relation, nor has their stand-in.

    What was taken back bars still from what had been filed by then.
    """
    if attempt.by.is_system or not people_at_the_door(attempt.by) & related_people(attempt):
        return None
    return Reason(
        "related",
        "这是您申报过亲属或其他利害关系的学生的个案，不能由您办理。",
        remedy="请由另一位审核人办理；撤回申报，只对以后提交的个案有效。",
        stranger=True,
    )


def _not_related_rows(attempt: Attempt) -> ColumnElement[bool]:
    return ~related_rows(people_at_the_door(attempt.by))


def related_rows(people: Iterable[str]) -> ColumnElement[bool]:
    """The cases to whose students one of these people declared a relation: they see none of them."""
    return exists().where(
        Relation.record_id == Case.record_id,
        Relation.person_id.in_(sorted(people)),
        _stood_at(Case.filed_at),
    )


@in_words("没有代学生提交过", "did not file for the student")
def not_prepared_by_you(attempt: Attempt) -> Reason | None:
    """Who filed for the student, or handed anything in for them, decides nothing about it."""
    if attempt.by.is_system or attempt.subject.record.id in records_of_their_own(attempt):
        return None
    if not people_at_the_door(attempt.by) & preparers_of_the_case(attempt):
        return None
    return Reason(
        "prepared_by_you",
        "这个个案里有您代学生提交的内容，不能再由您办理。",
        remedy="请由另一位审核人办理。",
    )


def _not_prepared_rows(attempt: Attempt) -> ColumnElement[bool]:
    acted = exists().where(
        ActedFor.case_id == Case.id, ActedFor.person_id.in_(sorted(people_at_the_door(attempt.by)))
    )
    return or_(Case.record_id.in_(sorted(records_of_their_own(attempt))), ~acted)


def related_people(attempt: Attempt) -> frozenset[str]:
    """Who declared a relation to the student that still stood when the case was filed."""
    return _near(attempt.session, attempt.subject).related


def preparers_of_the_case(attempt: Attempt) -> frozenset[str]:
    """Everybody who ever did something in the student's name in the case, the student included."""
    return _near(attempt.session, attempt.subject).preparers


def deciders_before(attempt: Attempt) -> frozenset[str]:
    """Who made a decision of the case that was disputed or reopened."""
    return _near(attempt.session, attempt.subject).deciders


class Near(NamedTuple):
    """The people who are too near to a case to work on it."""

    related: frozenset[str]
    preparers: frozenset[str]
    deciders: frozenset[str]


NEAR: InHand[Near] = InHand(Relation.__tablename__, ActedFor.__tablename__, DecidedBefore.__tablename__)


def _near(session: Session, case: CaseFacts) -> Near:
    return NEAR.once(session, case.id, lambda: near(_NEAR.rows(session, about(case))))


def about(case: CaseFacts) -> dict[str, str]:
    """What TOO_NEAR is asked of a case."""
    filed_at = as_text(case.filed_at) if case.filed_at is not None else "9"
    return {"case": case.id, "record": case.record.id, "filed_at": filed_at}


def near(found: Iterable[tuple[str, str]]) -> Near:
    """Who is too near, from what makes each person so and who it is."""
    every = set(found)
    kinds = ("related", "prepared", "decided")
    return Near(*(frozenset(person for what, person in every if what == kind) for kind in kinds))


def note_who_acted(attempt: Attempt) -> None:
    """Keep who did something in the student's name, with the entry that says so."""
    if attempt.action.name in IN_THE_STUDENTS_NAME:
        case = attempt.subject.id
        lines = [{"case": case, "person": person} for person in sorted(people_at_the_door(attempt.by))]
        _ACTED.run_many(attempt.session, lines)


GUARDS = guards((not_related, _not_related_rows), (not_prepared_by_you, _not_prepared_rows))
