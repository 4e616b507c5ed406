"""Whose hands a case may be in: who is too near to it, who gives it to whom, and through whose hands it went.

Persons are counted, never roles: whoever acts for another counts as both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from states.case import CASE, DECIDERS
from workflow.cases.facts import CaseFacts
from workflow.engine import SYSTEM, Asking, Attempt, Change, Guard
from workflow.history.entry import Entry
from workflow.history.tables import EntryRow
from workflow.people.access import people_at_the_door, records_of_their_own
from workflow.people.standing_in import as_filed, related_to, relation_stands
from workflow.people.tables import Grant, Person, Relation
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
_THEIRS = aliased(Grant)
_ABLE = Prepared(
    select(Person.id, Person.name)
    .join(Grant, Grant.person_id == Person.id)
    .where(Grant.role.in_(DECIDERS), Grant.ended_at.is_(None))
    .where(
        ~exists().where(
            _THEIRS.person_id == Person.id,
            _THEIRS.role == "student",
            _THEIRS.scope == bindparam("record"),
            _THEIRS.ended_at.is_(None),
        ),
        ~exists().where(Relation.person_id == Person.id, *relation_stands()),
    )
    .distinct()
    .order_by(Person.name, Person.id)
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
    """A case is handed to somebody who could take it up themselves, and not back to who holds it."""
    to = attempt.details.get("to") or ""
    if to and to in receivers(attempt.session, attempt.subject, attempt.by.person):
        return None
    return Reason(
        "receiver_cannot_hold",
        "请选择一位能办理这个个案的审核人或复核人。",
        remedy="从列出的人中选择；没有列出的，没有这个身份，或与这个个案有关。",
    )


def receivers(session: Session, case: CaseFacts, holder: str) -> dict[str, str]:
    """Who could be given a case by its holder: id and name of each, in the order of their names."""
    values = {"record": case.record.id, "filed_at": as_filed(case.filed_at)}
    able = _ABLE.run(session, values).fetchall()
    barred = preparers(session, case.id) | {holder} if able else frozenset()
    return {id: name for id, name in able if id not in barred}


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
