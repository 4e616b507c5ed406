"""Substitutions of absent staff, and declared relations to students (conflicts of interest).

A stand-in acts in a role of the absent person from the first to the last day, both included. What they do
carries both names, and checks that compare persons count both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from workflow.engine import Actor, Entropy
from workflow.people.access import note_access
from workflow.people.clashes import clashes, offices_of, roles_in_reach
from workflow.people.granting import one_at_a_time
from workflow.people.tables import CARRIED, Grant, Person, Presence, Relation, Substitution, holds_on
from workflow.verdict import Reason, Refused, Verdict, named

LONGEST = timedelta(days=366)
SHOWN_AFTERWARDS = timedelta(days=60)

NOT_OF_THE_STAFF = Reason(
    "not_of_the_staff",
    "请选择两位在职的工作人员：请假人和代办人。",
    remedy="离开的人要有可以代办的身份：学院经办人、审核人、复核人或学籍管理员。",
)
THE_SAME_PERSON = Reason("the_same_person", "自己不能代自己办理。", remedy="请选择另一位工作人员代办。")
NOT_ONESELF = Reason(
    "not_oneself",
    "不能把自己登记为代办人。",
    remedy="请由另一位系统管理员或学籍管理员登记。",
)
DAYS_MISSING = Reason(
    "days_missing",
    "代办要写明第一天和最后一天，最后一天不早于第一天，也不早于今天。",
    remedy="请填写两个日期；两天都算在内。",
)
TOO_LONG = Reason(
    "stand_in_too_long",
    "代办最长一年。",
    remedy="更长的，请由系统管理员授予身份。",
)
OVERLAPPING = Reason(
    "stand_in_overlaps",
    "这两人之间，这段日子已有代办登记。",
    remedy="请先提前结束那一次，或改日期。",
)
NO_SUCH_SUBSTITUTION = Reason("no_such_stand_in", "这次代办已经结束。", remedy="请刷新页面查看。")
NO_SUCH_RELATION = Reason("no_such_relation", "没有这一条申报。", remedy="请刷新页面查看。")


@dataclass(frozen=True, slots=True)
class Absence:
    """One substitution, with the names of both persons and of the person who recorded it."""

    id: str
    absent: str
    absent_name: str
    stand_in: str
    stand_in_name: str
    first: date
    last: date
    made_by: str
    made_at: datetime
    ended_at: datetime | None

    def lasts(self, at: datetime) -> bool:
        """True when the stand-in may act at a moment."""
        return self.ended_at is None and self.first <= at.date() <= self.last

    def ahead(self, at: datetime) -> bool:
        """True when it has not begun yet."""
        return self.ended_at is None and at.date() < self.first


@dataclass(frozen=True, slots=True)
class Declared:
    """One relation that a person declared, by record."""

    id: str
    record: str
    made_at: datetime
    ended_at: datetime | None


def _refused(action: str, *reasons: Reason) -> Refused:
    return Refused(Verdict(action, tuple(named("standing_in", reasons))))


# -- substitutions --------------------------------------------------------------------------------------


def stand_in(
    session: Session,
    absent: str,
    other: str,
    first: date | None,
    last: date | None,
    by: Actor,
    at: datetime,
    entropy: Entropy,
) -> str:
    """Let one person act for another from a first to a last day. Returns the substitution's id.

    Raises Refused with every reason. No person can make themselves a stand-in.
    """
    one_at_a_time(session)
    if reasons := _why_not(session, absent, other, first, last, by, at):
        raise _refused("stand_in", *reasons)
    made = Substitution(
        id=entropy(16).hex(),
        absent=absent,
        stand_in=other,
        first=first,
        last=last,
        made_by=by.person,
        made_at=at,
    )
    session.add(made)
    session.flush()
    note_access(session, by, "stand_in", made.id, at)
    return made.id


def _why_not(
    session: Session,
    absent: str,
    other: str,
    first: date | None,
    last: date | None,
    by: Actor,
    at: datetime,
) -> list[Reason]:
    reasons = []
    if absent not in _holding(session, CARRIED, at) or other not in _holding(session, None, at):
        reasons.append(NOT_OF_THE_STAFF)
    reasons += _brought_together(session, absent, other, at)
    if absent and absent == other:
        reasons.append(THE_SAME_PERSON)
    if other == by.person:
        reasons.append(NOT_ONESELF)
    if first is None or last is None or not max(first, at.date()) <= last:
        reasons.append(DAYS_MISSING)
    elif last - first > LONGEST:
        reasons.append(TOO_LONG)
    elif session.scalar(
        select(Substitution.id).where(
            Substitution.absent == absent,
            Substitution.stand_in == other,
            Substitution.ended_at.is_(None),
            Substitution.first <= last,
            Substitution.last >= first,
        )
    ):
        reasons.append(OVERLAPPING)
    return reasons


def _brought_together(session: Session, absent: str, other: str, at: datetime) -> list[Reason]:
    """Why the stand-in's own roles and those of the absent one must not meet."""
    own = roles_in_reach(session, other, at)
    carried = {one.role for one in offices_of(session, absent, at)} & set(CARRIED)
    return [] if carried <= own else clashes(own | carried)


def _holding(session: Session, roles: Collection[str] | None, at: datetime) -> frozenset[str]:
    """The people who hold one of these roles at a moment. None means any role of the staff."""
    wanted = Grant.role != "student" if roles is None else Grant.role.in_(roles)
    return frozenset(session.scalars(select(Grant.person_id).where(holds_on(at.date()), wanted)))


def end_early(session: Session, substitution: str, by: Actor, at: datetime) -> None:
    """End a substitution now, with the sign-ins that use it. Raises Refused if it is over."""
    found = session.get(Substitution, substitution)
    if found is None or found.ended_at is not None or found.last < at.date():
        raise _refused("end_stand_in", NO_SUCH_SUBSTITUTION)
    session.execute(update(Substitution).where(Substitution.id == substitution).values(ended_at=at))
    session.execute(
        update(Presence)
        .where(Presence.person_id == found.stand_in, Presence.on_behalf_of == found.absent)
        .where(Presence.ended_at.is_(None))
        .values(ended_at=at, ended_because="role_ended")
    )
    note_access(session, by, "stand_in_ended", substitution, at)


def absences(session: Session, at: datetime) -> list[Absence]:
    """Substitutions that are running, still to come or recently ended, latest first."""
    absent, other, maker = aliased(Person), aliased(Person), aliased(Person)
    rows: Iterable[Sequence[Any]] = session.execute(
        select(
            Substitution.id,
            Substitution.absent,
            absent.name,
            Substitution.stand_in,
            other.name,
            Substitution.first,
            Substitution.last,
            func.coalesce(maker.name, ""),
            Substitution.made_at,
            Substitution.ended_at,
        )
        .join(absent, absent.id == Substitution.absent)
        .join(other, other.id == Substitution.stand_in)
        .outerjoin(maker, maker.id == Substitution.made_by)
        .where(Substitution.last >= at.date() - SHOWN_AFTERWARDS)
        .order_by(Substitution.first.desc(), Substitution.id)
    )
    return [Absence(*row) for row in rows]


def who_could(session: Session, at: datetime) -> list[tuple[str, str]]:
    """Staff who can be stood in for, and stand in for others, as (id, name) sorted by name."""
    could = _holding(session, CARRIED, at)
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(could)))
    return sorted(((row.id, row.name) for row in rows), key=lambda one: (one[1], one[0]))


# -- relations ------------------------------------------------------------------------------------------


def declare(session: Session, by: Actor, record: str, at: datetime, entropy: Entropy) -> None:
    """Record that a person is related to a record's student. Idempotent."""
    stands = select(Relation.id).where(
        Relation.person_id == by.person, Relation.record_id == record, Relation.ended_at.is_(None)
    )
    if session.scalar(stands) is None:
        session.add(Relation(id=entropy(16).hex(), person_id=by.person, record_id=record, made_at=at))
        session.flush()
        note_access(session, by, "relation", record, at)


def take_back(session: Session, by: Actor, relation: str, at: datetime) -> None:
    """End one's own declaration. It still bars from cases filed before. Raises Refused."""
    found = session.get(Relation, relation)
    if found is None or found.person_id != by.person or found.ended_at is not None:
        raise _refused("take_back_relation", NO_SUCH_RELATION)
    session.execute(update(Relation).where(Relation.id == relation).values(ended_at=at))
    note_access(session, by, "relation_ended", found.record_id, at)


def relations_of(session: Session, person: str) -> list[Declared]:
    """A person's declarations, latest first, including the ended ones."""
    rows = session.execute(
        select(Relation.id, Relation.record_id, Relation.made_at, Relation.ended_at)
        .where(Relation.person_id == person)
        .order_by(Relation.made_at.desc(), Relation.id)
    )
    return [Declared(*row) for row in rows]


def tied_to(session: Session, people: frozenset[str], at: datetime) -> frozenset[str]:
    """Everybody who stands in for one of these people today, or for whom one of them stands in."""
    both = Substitution.absent, Substitution.stand_in
    rows = session.execute(
        select(*both)
        .where(or_(*(one.in_(sorted(people)) for one in both)))
        .where(Substitution.first <= at.date(), Substitution.last >= at.date())
        .where(Substitution.ended_at.is_(None))
    )
    return frozenset(person for row in rows for person in row) - people


def why_not_second(
    session: Session,
    first: frozenset[str],
    here: frozenset[str],
    at: datetime,
    *,
    own: Reason,
    stand_in: Reason,
) -> Reason | None:
    """Why these people cannot be the second person: they are the ``first`` themselves, or tied to them today.

    ``own`` and ``stand_in`` say it in the words of what is done.
    """
    if first & here:
        return own
    if first and tied_to(session, first, at) & here:
        return stand_in
    return None


def ever_related(people: Iterable[str]) -> Select[str]:
    """The records to whose students one of these people ever declared a relation. It selects their ids."""
    return select(Relation.record_id).where(Relation.person_id.in_(sorted(people)))
