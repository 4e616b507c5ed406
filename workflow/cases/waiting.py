"""What waits for a reviewer: the queue and its filters, the neighbours of a case in it, the next one free."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from states.case import CORRECTED, RAISED, REJECTED, REVIEW
from workflow.cases.tables import Case, Claim, Question
from workflow.people.tables import Person
from workflow.records.tables import Record

PAGE = 50
UNDECIDED = (RAISED, REVIEW)
DECIDED = (CORRECTED, REJECTED)
MINE, FREE = "mine", "free"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reviewer wants of the queue: whose (all, mine, free), about which field, of which college."""

    who: str = ""
    field: str = ""
    college: str = ""

    def __bool__(self) -> bool:
        return bool(self.who or self.field or self.college)

    def said(self) -> dict[str, str]:
        """The filter as an address bears it: nothing personal, and nothing that is not chosen."""
        chosen = {"who": self.who, "field": self.field, "college": self.college}
        return {name: value for name, value in chosen.items() if value}


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list of cases: no numbers of people. ``by`` holds it, or decided it."""

    case: str
    receipt: str
    name: str
    college: str
    fields: tuple[str, ...]
    state: str
    filed_at: datetime
    decided_at: datetime | None
    by: str
    by_name: str
    held_until: datetime | None

    def held(self, at: datetime) -> bool:
        """Whether somebody works on it at a moment."""
        return bool(self.by) and self.held_until is not None and self.held_until > at


@dataclass(frozen=True, slots=True)
class Counts:
    """How many wait: all, those the person holds, those nobody holds, those a filter lets through."""

    all: int
    mine: int
    free: int
    chosen: int
    colleges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that could come next; ``action`` makes it the person's, '' where it is theirs already."""

    case: str
    action: str


# -- lists ----------------------------------------------------------------------------------------------


def waiting(
    session: Session, person: str, at: datetime, chosen: Filter, *, after: str = "", limit: int = PAGE
) -> list[Listed]:
    """Filed cases that nobody has decided, oldest first; ``after`` is the last case of the page before."""
    asked = _lines(Case.holder).where(*_wanted(chosen, person, at)).order_by(Case.filed_at, Case.id)
    if after:
        last = select(Case.filed_at).where(Case.id == after).scalar_subquery()
        asked = asked.where(_later(func.coalesce(last, literal("", String)), after))
    return _listed(session, asked.limit(limit))


def decided_lately(session: Session, *, limit: int = 20) -> list[Listed]:
    """The cases decided last, latest first."""
    asked = _lines(Case.decided_by).where(Case.state.in_(DECIDED), Case.decided_at.is_not(None))
    return _listed(session, asked.order_by(Case.decided_at.desc(), Case.id).limit(limit))


def around(
    session: Session, person: str, at: datetime, chosen: Filter, case: str, filed_at: datetime, *, limit: int
) -> tuple[list[Listed], list[Listed]]:
    """The one before a case's place in the queue, and those from it on; without anybody's name.

    The case itself stands among them whatever the filter lets through, as long as it waits.
    """
    itself = and_(Case.id == case, Case.state.in_(UNDECIDED))
    wanted = or_(and_(*_wanted(chosen, person, at)), itself)
    lines = _lines(Case.holder, named=False).where(wanted)
    earlier = or_(Case.filed_at < filed_at, and_(Case.filed_at == filed_at, Case.id < case))
    before = lines.where(earlier, Case.id != case).order_by(Case.filed_at.desc(), Case.id.desc()).limit(1)
    onward = lines.where(or_(Case.id == case, ~earlier)).order_by(Case.filed_at, Case.id).limit(limit)
    return _listed(session, before), _listed(session, onward)


def count(session: Session, person: str, at: datetime, chosen: Filter) -> Counts:
    """How many filed cases nobody has decided, and the colleges they are of, in one statement."""
    rows = session.execute(
        select(
            Record.fy,
            func.count(),
            _how_many(_held_by(person, at)),
            _how_many(_free(at)),
            _how_many(and_(*_wanted(chosen, person, at))),
        )
        .select_from(Case)
        .join(Record, Record.id == Case.record_id)
        .where(Case.state.in_(UNDECIDED))
        .group_by(Record.fy)
        .order_by(Record.fy)
    ).all()
    numbers = [[int(n) for n in row[1:]] for row in rows]
    every, mine, free, wanted = (
        (sum(column) for column in zip(*numbers, strict=True)) if numbers else (0,) * 4
    )
    return Counts(every, mine, free, wanted, tuple(row[0] for row in rows if row[0]))


def next_in_line(
    session: Session, person: str, at: datetime, chosen: Filter, *, after: str = "", limit: int = 20
) -> list[Candidate]:
    """The cases a person could work on next: those behind ``after`` first, then from the oldest on.

    They are free, unless the person is going through what they hold already, and do not wait for the student.
    """
    mine = chosen.who == MINE
    last = select(Case.filed_at).where(Case.id == after).scalar_subquery()
    behind = _later(func.coalesce(last, literal("", String)), after)
    rows = session.execute(
        select(Case.id, Case.state)
        .join(Record, Record.id == Case.record_id)
        .where(*_wanted(chosen, person, at), Case.id != after)
        .where(_held_by(person, at) if mine else _free(at), ~_waits_for_the_student())
        .order_by(case((behind, 0), else_=1), Case.filed_at, Case.id)
        .limit(limit)
    )
    taking = {RAISED: "take_up", REVIEW: "hold"}
    return [Candidate(row.id, "" if mine else taking[row.state]) for row in rows]


def _lines(by: InstrumentedAttribute[str | None], *, named: bool = True) -> Select[*tuple[Any, ...]]:
    fields = (
        select(func.aggregate_strings(Claim.field, ","))
        .where(Claim.case_id == Case.id, Claim.outcome != "withdrawn")
        .scalar_subquery()
    )
    return (
        select(
            Case.id,
            Case.receipt,
            Record.xm if named else literal(""),
            Record.fy,
            fields,
            Case.state,
            Case.filed_at,
            Case.decided_at,
            by,
            Person.name,
            Case.held_until,
        )
        .join(Record, Record.id == Case.record_id)
        .outerjoin(Person, Person.id == by)
    )


def _listed(session: Session, asked: Select[*tuple[Any, ...]]) -> list[Listed]:
    return [
        Listed(
            case=id,
            receipt=receipt or "",
            name=name,
            college=college or "",
            fields=tuple(sorted((fields or "").split(","))),
            state=state,
            filed_at=filed_at,
            decided_at=decided_at,
            by=by or "",
            by_name=by_name or "",
            held_until=held_until,
        )
        for id, receipt, name, college, fields, state, filed_at, decided_at, by, by_name, held_until in (
            session.execute(asked)
        )
    ]


def _wanted(chosen: Filter, person: str, at: datetime) -> Iterable[ColumnElement[bool]]:
    """What a filter asks of a case and its record."""
    yield Case.state.in_(UNDECIDED)
    if chosen.who == MINE:
        yield _held_by(person, at)
    if chosen.who == FREE:
        yield _free(at)
    if chosen.field:
        yield exists().where(
            Claim.case_id == Case.id, Claim.field == chosen.field, Claim.outcome != "withdrawn"
        )
    if chosen.college:
        yield Record.fy == chosen.college


def _waits_for_the_student() -> ColumnElement[bool]:
    return exists().where(Question.case_id == Case.id, Question.ended_at.is_(None))


def _held_by(person: str, at: datetime) -> ColumnElement[bool]:
    return and_(Case.holder == person, Case.held_until > at)


def _free(at: datetime) -> ColumnElement[bool]:
    return or_(Case.holder.is_(None), Case.held_until.is_(None), Case.held_until <= at)


def _later(filed_at: ColumnElement[Any], case: str) -> ColumnElement[bool]:
    return or_(Case.filed_at > filed_at, and_(Case.filed_at == filed_at, Case.id > case))


def _how_many(what: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((what, 1), else_=0))
