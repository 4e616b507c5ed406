"""Whose hands a case may be in: who is too near to it, who gives it to whom, and through whose hands it went.

Persons are counted, never roles: whoever acts for another counts as both.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from states.case import CASE, DECIDERS
from workflow.cases.facts import CaseFacts
from workflow.cases.review.steps import turn_is_theirs
from workflow.engine import SYSTEM, Actor, Asking, Attempt, Change, Guard
from workflow.history.entry import Entry
from workflow.history.tables import EntryRow
from workflow.people.access import people_at_the_door, records_of_their_own
from workflow.people.standing_in import related_to
from workflow.people.tables import Grant, Person
from workflow.store import Prepared, as_text, from_text
from workflow.verdict import Reason

IN_THE_STUDENTS_NAME = tuple(sorted(action.name for action in CASE.actions if "student" in action.roles))
"""What a student does, or whoever does it for them: filing, answering, handing papers in."""
HANDS = ("take_up", "hold", "release", "hand_over", "undo")
"""The actions that put a case into somebody's hands, or out of them."""

_PREPARED = Prepared(
    select(EntryRow.actor, EntryRow.body).where(
        EntryRow.subject == bindparam("case"),
        EntryRow.number.is_not(None),
        EntryRow.action.in_(IN_THE_STUDENTS_NAME),
    )
)
_ABLE = Prepared(
    select(Person.id, Person.name, Grant.role, Grant.scope)
    .join(Grant, Grant.person_id == Person.id)
    .where(
        Grant.ended_at.is_(None),
        or_(
            Grant.role.in_(DECIDERS),
            and_(Grant.role == "officer", Grant.scope == bindparam("college")),
            and_(Grant.role == "student", Grant.scope == bindparam("record")),
        ),
    )
    .order_by(Person.name, Person.id, Grant.role)
)


# -- who is too near ------------------------------------------------------------------------------------


def not_related(attempt: Attempt) -> Reason | None:
    """Nobody works on a case of somebody to whom they declared a relation, nor does their stand-in for them.

    What was taken back bars still from what had been filed by then.
    """
    if attempt.by is SYSTEM or not people_at_the_door(attempt.by) & _related(attempt):
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
    if not people_at_the_door(attempt.by) & _preparers(attempt):
        return None
    return Reason(
        "prepared_by_you",
        "这个个案里有您代学生提交的内容，不能再由您办理。",
        remedy="请由另一位审核人办理。",
    )


def _related(attempt: Attempt) -> frozenset[str]:
    known = attempt.memo.get("related")
    if known is None:
        case: CaseFacts = attempt.subject
        known = attempt.memo["related"] = related_to(attempt.session, case.record.id, case.filed_at)
    return known


def _preparers(attempt: Attempt) -> frozenset[str]:
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


# -- from hand to hand ----------------------------------------------------------------------------------


def receiver_may_hold(attempt: Attempt) -> Reason | None:
    """A case is handed to somebody who could take hold of it themselves, and not back to who holds it."""
    to = attempt.details.get("to") or ""
    if to and to in receivers(attempt):
        return None
    return Reason(
        "receiver_cannot_hold",
        "请选择一位现在能办理这个个案的人。",
        remedy="从列出的人中选择；没有列出的，没有这个身份，现在轮不到，或与这个个案有关。",
    )


def receivers(attempt: Attempt) -> dict[str, str]:
    """Who could be given a case by whoever acts: id and name of each, in the order of their names."""
    case: CaseFacts = attempt.subject
    found = _ABLE.run(attempt.session, {"record": case.record.id, "college": case.record.fy or ""}).fetchall()
    names = {id: name for id, name, _, _ in found}
    grants: dict[str, set[tuple[str, str]]] = {}
    for id, _, role, scope in found:
        grants.setdefault(id, set()).add((role, scope))
    barred = _related(attempt) | _preparers(attempt) | people_at_the_door(attempt.by) | {case.holder}
    return {
        id: names[id]
        for id, held in grants.items()
        if id not in barred and ("student", case.record.id) not in held and _has_a_turn(attempt, id, held)
    }


def _has_a_turn(attempt: Attempt, person: str, grants: Collection[tuple[str, str]]) -> bool:
    """Whether somebody could do what the case waits for now, in one of their roles."""
    return any(
        not list(
            turn_is_theirs(
                replace(attempt, by=Actor(person, role), details={}, memo={"grants": frozenset(grants)})
            )
        )
        for role, _ in grants
    )


def held_until(attempt: Attempt) -> str:
    """Until when a hold lasts that begins now."""
    return as_text(attempt.at + timedelta(minutes=attempt.policy.hold_minutes))


def hold_it(attempt: Attempt, change: Change) -> None:
    """Who takes a case up works on it, for as long as policy gives; from whom it was taken is said."""
    before = attempt.subject.holder
    if before and before != attempt.by.person:
        change.codes.append(f"from:{before}")
    change.columns |= {"holder": attempt.by.person, "held_until": held_until(attempt)}


def hand_over(attempt: Attempt, change: Change) -> None:
    """The one named holds it from now on."""
    to = attempt.details["to"]
    change.codes.append(f"to:{to}")
    change.columns |= {"holder": to, "held_until": held_until(attempt)}


def let_go(attempt: Attempt, change: Change) -> None:
    """Nobody works on it any more."""
    change.columns |= {"holder": None, "held_until": None}


GUARDS = {
    "not_related": Guard(not_related),
    "not_prepared_by_you": Guard(not_prepared_by_you),
}
CHECKS: dict[str, Asking] = {"receiver_may_hold": receiver_may_hold}


# -- what the page tells of it --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handled:
    """One time that a case came into or out of somebody's hands; empty names where there is nobody."""

    action: str
    at: datetime
    name: str
    on_behalf_of: str
    taken_from: str
    given_to: str


def through_hands(session: Session, case: str) -> list[Handled]:
    """Through whose hands a case went, oldest first."""
    entries = [
        Entry.from_body(body)
        for body in session.scalars(
            select(EntryRow.body)
            .where(EntryRow.subject == case, EntryRow.number.is_not(None), EntryRow.action.in_(HANDS))
            .order_by(EntryRow.number)
        )
    ]
    named = [dict(code.split(":", 1) for code in entry.codes if ":" in code) for entry in entries]
    people = {person for said in named for person in said.values()}
    people |= {person for entry in entries for person in (entry.actor, entry.on_behalf_of)}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
    names = {row.id: row.name for row in rows}
    return [
        Handled(
            entry.action,
            from_text(entry.at),
            names.get(entry.actor, ""),
            names.get(entry.on_behalf_of, ""),
            names.get(said.get("from", ""), ""),
            names.get(said.get("to", ""), ""),
        )
        for entry, said in zip(entries, named, strict=True)
    ]
