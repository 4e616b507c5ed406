"""How the demonstration's students get in: strips for all before the campaign, used by those who came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from states.case import NOT_CHECKED
from workflow.cases.tables import Case, Draft
from workflow.engine import Actor
from workflow.history.tables import EntryRow
from workflow.people.tables import Grant, Person
from workflow.records.tables import Record
from workflow.signin.codes import shown
from workflow.signin.numbers import signin_name
from workflow.signin.strips import Whom, begin_run, carry_out
from workflow.signin.tables import SignInCode
from workflow.store import from_text
from workflow.upkeep.installation import Installation


@dataclass(frozen=True, slots=True)
class StripToTry:
    """One printed strip of a student who has not signed in yet: name, number, code, and its last moment."""

    name: str
    number: str
    code: str
    until: datetime


def hand_out_strips(place: Installation, registrar: Actor, at: datetime) -> None:
    """The registrar prints a code for every enrolled student."""
    whom = Whom(tuple(place.school.policy.statuses.enrolled))
    with place.store.writing() as session:
        begin_run(session, registrar, "strips", whom, at, place.entropy)
    while carry_out(place.store, place.entropy, at):
        continue


def remember_who_came_in(session: Session) -> None:
    """Each student who acted had used their strip before: the code is used and the account open."""
    first = session.execute(
        select(EntryRow.actor, func.min(EntryRow.at))
        .where(EntryRow.role == "student")
        .group_by(EntryRow.actor)
    )
    came = [{"who": person, "when": from_text(at)} for person, at in first]
    if not came:
        return
    connection = session.connection()
    people, codes = Person.__table__, SignInCode.__table__
    connection.execute(
        update(Person).where(people.c.id == bindparam("who")).values(opened_at=bindparam("when")), came
    )
    connection.execute(
        update(SignInCode)
        .where(codes.c.person_id == bindparam("who"), codes.c.used_at.is_(None))
        .values(used_at=bindparam("when")),
        came,
    )


def strip_of_somebody(place: Installation, session: Session, at: datetime) -> StripToTry | None:
    """The strip of a silent student who may use it: the last by number, whom no part has."""
    found = session.execute(
        select(Record.xm, Record.xh, Record.ksh, SignInCode.id, SignInCode.ends_at)
        .join(Grant, (Grant.scope == Record.id) & (Grant.role == "student") & Grant.ended_at.is_(None))
        .join(Person, Person.id == Grant.person_id)
        .join(SignInCode, SignInCode.person_id == Person.id)
        .join(Case, Case.record_id == Record.id)
        .outerjoin(Draft, Draft.record_id == Record.id)
        .where(SignInCode.kind == "strip", SignInCode.used_at.is_(None), SignInCode.ended_at.is_(None))
        .where(SignInCode.ends_at > at, Person.opened_at.is_(None), Person.closed_at.is_(None))
        .where(Case.state == NOT_CHECKED, Case.excluded == "", Draft.record_id.is_(None))
        .where(~Record.xm.contains("?"), ~Record.xm.contains("·"))
        .order_by(Record.xh.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    code = shown(place.cipher.code(found.id))
    return StripToTry(found.xm, signin_name(found.xh, found.ksh), code, found.ends_at)
