"""What waits for a reviewer: the queue and its filters, the neighbours of a case in it, the next one free."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, exists, func, literal, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from states.case import CORRECTED, RAISED, REJECTED, REVIEW
from workflow.cases.review import steps
from workflow.cases.tables import Case, Claim, Question, Step, StepClaim
from workflow.engine import Actor
from workflow.people.tables import Person
from workflow.records.tables import Record

PAGE = 50
UNDECIDED = (RAISED, REVIEW)
DECIDED = (CORRECTED, REJECTED)
MINE, FREE = "mine", "free"
CHECK, PLATFORM, SENT, OTHERS = "check", "platform", "sent", "others"
WAITS = (CHECK, PLATFORM, SENT, OTHERS)
"""What a case can wait for: a check, an entry on the platform, an answer from outside, somebody else here."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose queue it is: the person, and the offices whose steps are theirs; ``second``: any but a college's.

    ``home``: they do what belongs to the school's own office, settling and closing among it.
    """

    person: str
    offices: tuple[str, ...] = ()
    home: bool = True
    second: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reviewer wants of the queue: whose, waiting for what, about which field, of which college."""

    who: str = ""
    field: str = ""
    college: str = ""
    waits: str = ""

    def __bool__(self) -> bool:
        return bool(self.who or self.field or self.college or self.waits)

    def said(self) -> dict[str, Any]:
        """The filter as an address bears it: nothing personal, and nothing that is not chosen."""
        chosen = {"who": self.who, "field": self.field, "college": self.college, "waits": self.waits}
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
    """How many wait for this desk, are held by the person, by nobody, pass a filter; and wait elsewhere."""

    all: int
    mine: int
    free: int
    chosen: int
    sent: int
    others: int
    colleges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that could come next; ``action`` makes it the person's, '' where it is theirs already."""

    case: str
    action: str


# -- lists ----------------------------------------------------------------------------------------------


def waiting(
    session: Session, desk: Desk, at: datetime, chosen: Filter, *, after: str = "", limit: int = PAGE
) -> list[Listed]:
    """Filed cases that wait for this desk, oldest first; ``after`` is the last case of the page before."""
    asked = _lines(Case.holder).where(*_wanted(chosen, desk, at)).order_by(Case.filed_at, Case.id)
    if after:
        last = select(Case.filed_at).where(Case.id == after).scalar_subquery()
        asked = asked.where(_later(func.coalesce(last, literal("", String)), after))
    return _listed(session, asked.limit(limit))


def decided_lately(session: Session, *, limit: int = 20) -> list[Listed]:
    """The cases decided last, latest first."""
    asked = _lines(Case.decided_by).where(Case.state.in_(DECIDED), Case.decided_at.is_not(None))
    return _listed(session, asked.order_by(Case.decided_at.desc(), Case.id).limit(limit))


def around(
    session: Session, desk: Desk, at: datetime, chosen: Filter, case: str, filed_at: datetime, *, limit: int
) -> tuple[list[Listed], list[Listed]]:
    """The one before a case's place in the queue, and those from it on; without anybody's name.

    The case itself stands among them whatever the filter lets through, as long as it waits.
    """
    itself = and_(Case.id == case, Case.state.in_(UNDECIDED))
    wanted = or_(and_(*_wanted(chosen, desk, at)), itself)
    lines = _lines(Case.holder, named=False).where(wanted)
    earlier = or_(Case.filed_at < filed_at, and_(Case.filed_at == filed_at, Case.id < case))
    before = lines.where(earlier, Case.id != case).order_by(Case.filed_at.desc(), Case.id.desc()).limit(1)
    onward = lines.where(or_(Case.id == case, ~earlier)).order_by(Case.filed_at, Case.id).limit(limit)
    return _listed(session, before), _listed(session, onward)


def count(session: Session, desk: Desk, at: datetime, chosen: Filter) -> Counts:
    """How many cases wait, and the colleges they are of, in one statement."""
    rows = session.execute(
        select(
            Record.fy,
            _how_many(_turn(desk, at)),
            _how_many(_held_by(desk.person, at)),
            _how_many(and_(_turn(desk, at), _free(at))),
            _how_many(and_(*_wanted(chosen, desk, at))),
            _how_many(and_(_outside(at), ~_turn(desk, at))),
            _how_many(~or_(_turn(desk, at), _outside(at))),
        )
        .select_from(Case)
        .join(Record, Record.id == Case.record_id)
        .where(Case.state.in_(UNDECIDED))
        .group_by(Record.fy)
        .order_by(Record.fy)
    ).all()
    numbers = [[int(n) for n in row[1:]] for row in rows]
    sums = [sum(column) for column in zip(*numbers, strict=True)] if numbers else [0] * 6
    turn, mine, free, wanted, sent, others = sums
    return Counts(turn, mine, free, wanted, sent, others, tuple(row[0] for row in rows if row[0]))


def next_in_line(
    session: Session, desk: Desk, at: datetime, chosen: Filter, *, after: str = "", limit: int = 20
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
        .where(*_wanted(chosen, desk, at), Case.id != after)
        .where(_held_by(desk.person, at) if mine else _free(at), ~_waits_for_the_student())
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


def desk_of(by: Actor, grants: Collection[tuple[str, str]], default_office: str) -> Desk:
    """The desk of somebody signed in, by their grants; whole-school reviewers are the default office's."""
    scopes = [scope for role, scope in grants if role == by.role]
    home = "" in scopes
    offices = {scope or default_office for scope in scopes}
    second = by.role == "second_reviewer"
    return Desk(by.person, tuple(sorted(offices)), home or second, second)


def _wanted(chosen: Filter, desk: Desk, at: datetime) -> Iterable[ColumnElement[bool]]:
    """What a filter asks of a case and its record."""
    yield Case.state.in_(UNDECIDED)
    if chosen.who == MINE:
        yield _held_by(desk.person, at)
    if chosen.waits == SENT:
        yield _outside(at)
    elif chosen.waits == OTHERS:
        yield ~or_(_turn(desk, at), _outside(at))
    elif chosen.waits:
        kinds = (PLATFORM,) if chosen.waits == PLATFORM else steps.DECIDED
        yield _ready(and_(_theirs(desk), Step.kind.in_(kinds)))
    elif chosen.who != MINE:
        yield _turn(desk, at)
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


def _turn(desk: Desk, at: datetime) -> ColumnElement[bool]:
    """A step is ready that this desk takes and that nobody outside is at; or it is the desk's to settle.

    While the student is asked something, it is nobody else's turn.
    """
    taking = _ready(and_(_theirs(desk), ~_sent(at)))
    return and_(or_(taking, _to_settle()) if desk.home else taking, ~_waits_for_the_student())


def _outside(at: datetime) -> ColumnElement[bool]:
    return _ready(_sent(at))


def _sent(at: datetime) -> ColumnElement[bool]:
    """A step that another body is at, and whose time is not over."""
    still = or_(Step.due.is_(None), Step.due >= at.date())
    return and_(Step.kind.in_((*steps.ANSWERED, steps.NOTICE)), Step.sent_on.is_not(None), still)


def _ready(which: ColumnElement[bool]) -> ColumnElement[bool]:
    """The case has such a step, open, with an unsettled claim whose earlier steps are passed."""
    named, earlier, of_claim = aliased(StepClaim), aliased(Step), aliased(StepClaim)
    ahead = exists().where(
        of_claim.claim_id == named.claim_id,
        earlier.id == of_claim.step_id,
        earlier.position < Step.position,
        earlier.outcome.in_(("", "failed")),
    )
    return (
        select(Step.id)
        .join(named, named.step_id == Step.id)
        .join(Claim, Claim.id == named.claim_id)
        .where(Step.case_id == Case.id, Step.ended_at.is_(None), Claim.outcome == "", which, ~ahead)
        .correlate(Case)
        .exists()
    )


def _theirs(desk: Desk) -> ColumnElement[bool]:
    """A step that this desk takes: of its offices, and of no claim of which another step was theirs alone."""
    decided = Step.kind.in_(steps.DECIDED)
    other, of_other, named = aliased(Step), aliased(StepClaim), aliased(StepClaim)
    taken = exists().where(
        named.step_id == Step.id,
        of_other.claim_id == named.claim_id,
        other.id == of_other.step_id,
        other.id != Step.id,
        other.ended_by == desk.person,
        other.kind.in_(steps.DECIDED),
        other.outcome.in_(("passed", "failed")),
        or_(other.four_eyes, Step.four_eyes),
    )
    if desk.second:
        office: ColumnElement[bool] = Step.office != steps.COLLEGE
    else:
        office = and_(Step.office.in_(desk.offices), Step.duty != "second_reviewer")
    outside = true() if desk.home else Step.office.in_(desk.offices)
    return or_(and_(decided, office, ~taken), and_(~decided, outside))


def _to_settle() -> ColumnElement[bool]:
    """Nothing is without an outcome, or something is that has no step ahead, or one that failed."""
    waiting = and_(Claim.case_id == Case.id, Claim.outcome == "")

    def of_claim(*outcomes: str) -> ColumnElement[bool]:
        return exists().where(
            StepClaim.claim_id == Claim.id, Step.id == StepClaim.step_id, Step.outcome.in_(outcomes)
        )

    free = exists().where(waiting, or_(of_claim("failed"), ~of_claim("", "failed")))
    return or_(~exists().where(waiting), free)


def _held_by(person: str, at: datetime) -> ColumnElement[bool]:
    return and_(Case.holder == person, Case.held_until > at)


def _free(at: datetime) -> ColumnElement[bool]:
    return or_(Case.holder.is_(None), Case.held_until.is_(None), Case.held_until <= at)


def _later(filed_at: ColumnElement[Any], case: str) -> ColumnElement[bool]:
    return or_(Case.filed_at > filed_at, and_(Case.filed_at == filed_at, Case.id > case))


def _how_many(what: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((what, 1), else_=0))
