"""What waits for somebody: the lists of their cases, the neighbours of a case in them, the next one free.

The lists are made of the guards of taking a case, asked of the table of cases, so that they hold what the
engine lets a person take and nothing else. Each such case stands in exactly one of four: it is their turn,
it is to be entered on the platform, it is out with somebody else, or it is with its student.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    SQLColumnExpression,
    String,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from config.policy.words import COLLEGE
from states.case import CASE, CORRECTED, RAISED, REJECTED, REVIEW
from workflow.cases.attempt import Attempt
from workflow.cases.facts import is_held
from workflow.cases.review import steps
from workflow.cases.review.holds import held_by
from workflow.cases.review.questions import something_is_asked
from workflow.cases.rules import UnknownRules, default_office
from workflow.cases.tables import Case, Claim, Step
from workflow.cases.views.outcomes import outcomes_from, outcomes_of_case
from workflow.engine import Actor, Engine
from workflow.people.access import grants_at_the_door, grants_of, people_at_the_door
from workflow.people.tables import Person
from workflow.records.tables import Record

PAGE = 50
UNDECIDED = (RAISED, REVIEW)
DECIDED = (CORRECTED, REJECTED)
TAKING = {RAISED: "take_up", REVIEW: "hold"}
"""How a case of each state is taken."""
STANDING = ("holds_the_role", "of_their_college", "not_related")
"""The guards that tell whether somebody has to do with a case at all."""
HELD = "not_held_by_another"
"""The guard that keeps a case on somebody's list although another works on it now."""
MINE, FREE = "mine", "free"
TURN, TO_ENTER, SENT, STUDENT, OTHERS = "", "enter", "sent", "student", "others"
"""The lists: their turn, to be entered, out with somebody else, with the student; and what is for others."""
CHECK = "check"
"""Of those whose turn it is: what waits for a check."""
WAITS = (CHECK, TO_ENTER, SENT, STUDENT, OTHERS)


@dataclass(frozen=True)
class Desk:
    """Somebody's lists, as the engine judges at a moment: an attempt to take a case, for each policy text.

    ``now`` is the attempt under the text in force.
    """

    engine: Engine
    by: Actor
    at: datetime
    attempts: tuple[tuple[str, Attempt], ...]
    now: Attempt

    @cached_property
    def which(self) -> ColumnElement[str]:
        """The one list in which an undecided case stands for this person."""
        return case(
            (~self._takable, OTHERS),
            (something_is_asked(), STUDENT),
            (self._at_once, TURN),
            (self.ready(steps.PLATFORM), TO_ENTER),
            else_=SENT,
        )

    @cached_property
    def free(self) -> ColumnElement[bool]:
        """Nobody works on it, so that the engine gives whoever may take it a case of their lists now."""
        return and_(self._let_through(lambda name: name == HELD), ~self.mine)

    @cached_property
    def mine(self) -> ColumnElement[bool]:
        """This person works on it, or the one in whose place they act."""
        return held_by(people_at_the_door(self.by), self.at)

    @cached_property
    def in_scope(self) -> ColumnElement[bool]:
        """The cases that the person has to do with at all: no list and no count has others."""
        return concerning(self.engine, self.now)

    def ready(self, *kinds: str) -> ColumnElement[bool]:
        """A step of such a kind is ready that this person takes."""
        return self._under(
            lambda attempt: (
                steps.ready_steps(Step.id).where(Step.kind.in_(kinds), steps.theirs(attempt)).exists()
            )
        )

    def of_college(self, *columns: Any) -> Select[*tuple[Any, ...]]:
        """Of the ready steps of a case, those that this officer of a college takes."""
        return steps.ready_steps(*columns).where(
            Step.office == COLLEGE, Step.kind.in_(steps.DECIDED), self._under(steps.theirs)
        )

    @cached_property
    def _takable(self) -> ColumnElement[bool]:
        return self._let_through(lambda name: name != HELD)

    @cached_property
    def _at_once(self) -> ColumnElement[bool]:
        """Something is to decide now: a step that nobody outside is at, or claims to settle.

        An entry on the platform is none, once the case was taken up.
        """
        decides = or_(Step.kind != steps.PLATFORM, Case.state == RAISED)
        return self._under(lambda attempt: steps.turn_rows(attempt, and_(decides, ~_sent(self.at))))

    def _let_through(self, asked: Callable[[str], bool]) -> ColumnElement[bool]:
        """The cases that the guards chosen let be taken."""
        return self._under(
            lambda attempt: self.engine.let_through(
                attempt, filter(asked, (*attempt.lifecycle.guards, *attempt.action.guards))
            )
        )

    def _under(self, asked: Callable[[Attempt], ColumnElement[bool]]) -> ColumnElement[bool]:
        """What is asked of each case, under the text that judges it."""
        under = (
            and_(Case.policy == text, asked(attempt))
            for text, attempt in self.attempts
            if self.by.role in attempt.action.roles
        )
        return or_(false(), *under)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reviewer wants of the queue: whose, waiting for what, about which field, of which college."""

    who: str = ""
    field: str = ""
    college: str = ""
    waits: str = ""

    def __bool__(self) -> bool:
        return bool(self.said())

    def said(self) -> dict[str, Any]:
        """The filter as an address bears it: nothing personal, and nothing that is not chosen."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a list of cases: no numbers of people. ``by`` holds it, or decided it."""

    case: str
    receipt: str
    name: str
    fields: tuple[str, ...]
    filed_at: datetime
    by: str
    by_name: str
    held_until: datetime | None

    def held(self, at: datetime) -> bool:
        """Whether somebody works on it at a moment."""
        return is_held(self.by, self.held_until, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Line):
    """One case of a reviewer's list.

    ``free``: the engine lets the person take it now, and nobody works on it.
    """

    college: str
    state: str
    decided_at: datetime | None
    outcomes: tuple[str, ...] = ()
    free: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """How many are of each list, are the person's already, free of those of their turn, and pass a filter."""

    turn: int
    mine: int
    free: int
    chosen: int
    enter: int
    sent: int
    student: int
    others: int
    colleges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that could come next; ``action`` makes it the person's, '' where it is theirs already."""

    case: str
    action: str


# -- whose cases ----------------------------------------------------------------------------------------


def concerning(engine: Engine, now: Attempt) -> ColumnElement[bool]:
    """The cases, decided or not, that somebody has to do with at all, each under the text that judges it.

    ``now`` is an attempt under the text in force. Of the others only the default office counts here, so that
    those of the same office are asked as one. It also judges a case whose text this process has not read.
    """
    if now.by.role not in now.action.roles:
        return false()
    apart: dict[str, list[str]] = {}
    for rules in engine.policies.in_hand:
        apart.setdefault(default_office(rules), []).append(rules.digest)
    apart.pop(default_office(now.policy), None)
    by_now = engine.let_through(now, STANDING)
    if not apart:
        return by_now
    by_others = (
        and_(Case.policy.in_(texts), engine.let_through(_under_text(engine, now, texts[0]), STANDING))
        for texts in apart.values()
    )
    return or_(and_(Case.policy.not_in(chain(*apart.values())), by_now), *by_others)


def _under_text(engine: Engine, now: Attempt, text: str) -> Attempt:
    """The same attempt under another text."""
    grants = grants_at_the_door(now)
    return engine.of_rows(now.session, CASE.name, now.action.name, now.by, now.at, text, grants)


# -- lists ----------------------------------------------------------------------------------------------


def desk_of(
    engine: Engine,
    session: Session,
    by: Actor,
    at: datetime,
) -> Desk:
    """The desk of somebody signed in; every policy text that judges an undecided case is asked once."""
    texts = session.scalars(select(Case.policy).where(Case.state.in_(UNDECIDED)).distinct()).all()
    grants = grants_of(session, by, at)
    return Desk(
        engine,
        by,
        at,
        tuple(
            (text, engine.of_rows(session, CASE.name, action, by, at, text, grants))
            for text in texts
            if _is_known(engine, session, text)
            for action in _apart(TAKING.values())
        ),
        engine.of_rows(session, CASE.name, TAKING[REVIEW], by, at, "", grants),
    )


def _is_known(engine: Engine, session: Session, text: str) -> bool:
    """Whether a policy text can be read; a case whose text is lost is on nobody's desk, and bars no other."""
    try:
        engine.policies.named(session, text)
    except UnknownRules:
        return False
    return True


def _apart(actions: Iterable[str]) -> Iterator[str]:
    """Of actions with the same guards one: what is asked of rows is the same."""
    by_guards = {CASE.action(name).guards: name for name in actions}
    yield from by_guards.values()


def waiting(
    session: Session, desk: Desk, chosen: Filter, *, after: str = "", limit: int = PAGE
) -> list[Listed]:
    """The cases of a list, oldest first; ``after`` is the last case of the page before."""
    asked = _lines(Case.holder, desk).where(*_wanted(chosen, desk)).order_by(Case.filed_at, Case.id)
    if after:
        last = select(Case.filed_at).where(Case.id == after).scalar_subquery()
        asked = asked.where(_later(func.coalesce(last, literal("", String)), after))
    return _listed(session, asked.limit(limit))


def decided_lately(session: Session, desk: Desk, *, limit: int = 20) -> list[Listed]:
    """The cases decided last, latest first."""
    asked = _lines(Case.decided_by).where(
        Case.state.in_(DECIDED), Case.decided_at.is_not(None), desk.in_scope
    )
    return _listed(session, asked.order_by(Case.decided_at.desc(), Case.id).limit(limit))


def around(
    session: Session, desk: Desk, chosen: Filter, case: str, filed_at: datetime, *, limit: int
) -> tuple[list[Listed], list[Listed]]:
    """The one before a case's place in the queue, and those from it on; without anybody's name.

    The case itself stands among them whatever the filter lets through, as long as it waits.
    """
    itself = and_(Case.id == case, Case.state.in_(UNDECIDED))
    wanted = or_(and_(*_wanted(chosen, desk)), itself)
    lines = _lines(Case.holder, desk, named=False).where(wanted)
    earlier = or_(Case.filed_at < filed_at, and_(Case.filed_at == filed_at, Case.id < case))
    before = lines.where(earlier, Case.id != case).order_by(Case.filed_at.desc(), Case.id.desc()).limit(1)
    onward = lines.where(or_(Case.id == case, ~earlier)).order_by(Case.filed_at, Case.id).limit(limit)
    both = union_all(*(select(part.subquery()) for part in (before, onward)))
    found = sorted(_listed(session, both), key=lambda one: (one.filed_at, one.case))
    ahead = [one for one in found if (one.filed_at, one.case) < (filed_at, case)]
    return ahead, found[len(ahead) :]


def count(session: Session, desk: Desk, chosen: Filter) -> Counts:
    """How many cases are of each list, and the colleges they are of, in one statement."""
    which, mine, free = desk.which.label("which"), _mark(desk.mine, "mine"), _mark(desk.free, "free")
    wanted = _mark(and_(*_wanted(chosen, desk)), "wanted")
    rows = session.execute(
        select(Record.fy, which, mine, free, wanted, func.count().label("n"))
        .select_from(Case)
        .join(Record, Record.id == Case.record_id)
        .where(Case.state.in_(UNDECIDED), desk.in_scope)
        .group_by(Record.fy, "which", "mine", "free", "wanted")
    ).all()

    def sum_of(asked: Callable[[Any], bool]) -> int:
        return sum(row.n for row in rows if asked(row))

    return Counts(
        turn=sum_of(lambda row: row.which == TURN),
        mine=sum_of(lambda row: row.mine),
        free=sum_of(lambda row: row.which == TURN and row.free),
        chosen=sum_of(lambda row: row.wanted),
        enter=sum_of(lambda row: row.which == TO_ENTER),
        sent=sum_of(lambda row: row.which == SENT),
        student=sum_of(lambda row: row.which == STUDENT),
        others=sum_of(lambda row: row.which == OTHERS),
        colleges=tuple(sorted({row.fy for row in rows if row.fy})),
    )


def next_in_line(
    session: Session,
    desk: Desk,
    chosen: Filter,
    *,
    after: str = "",
    tried: Collection[str] = (),
    limit: int = 20,
) -> list[Candidate]:
    """The cases a person could work on next: those behind ``after`` first, then from the oldest on.

    They are free, unless the person is going through what they hold already, and do not wait for the student.
    """
    mine = chosen.who == MINE
    last = select(Case.filed_at).where(Case.id == after).scalar_subquery()
    behind = _later(func.coalesce(last, literal("", String)), after)
    which = desk.which
    rows = session.execute(
        select(Case.id, Case.state)
        .join(Record, Record.id == Case.record_id)
        .where(*_wanted(chosen, desk), Case.id.not_in({after, *tried}))
        .where(~something_is_asked() if mine else and_(which.in_((TURN, TO_ENTER, SENT)), desk.free))
        .order_by(case((behind, 0), else_=1), Case.filed_at, Case.id)
        .limit(limit)
    )
    return [Candidate(row.id, "" if mine else TAKING[row.state]) for row in rows]


def _lines(
    by: InstrumentedAttribute[str | None], desk: Desk | None = None, *, named: bool = True
) -> Select[*tuple[Any, ...]]:
    fields = select(func.aggregate_strings(Claim.field, ",")).where(
        Claim.case_id == Case.id, Claim.outcome != "withdrawn"
    )
    return columns_of_lines(
        by,
        fields,
        (Record.xm if named else literal("")).label("name"),
        _text(Record.fy).label("college"),
        Case.state,
        Case.decided_at,
        outcomes_of_case().label("outcomes"),
        _mark(false() if desk is None else and_(desk.which != OTHERS, desk.free), "free"),
    )


def columns_of_lines(
    by: InstrumentedAttribute[str | None], fields: Select[*tuple[Any, ...]], *more: SQLColumnExpression[Any]
) -> Select[*tuple[Any, ...]]:
    """What every list of cases shows, by the names of a line, and what one list shows beside it."""
    return (
        select(
            Case.id.label("case"),
            _text(Case.receipt).label("receipt"),
            fields.scalar_subquery().label("fields"),
            Case.filed_at,
            _text(by).label("by"),
            _text(Person.name).label("by_name"),
            Case.held_until,
            *more,
        )
        .join(Record, Record.id == Case.record_id)
        .outerjoin(Person, Person.id == by)
    )


def line_values(row: Any) -> dict[str, Any]:
    """The values of a line by their names: its fields each once, in order."""
    return {**row._mapping, "fields": tuple(sorted(set((row.fields or "").split(","))))}


def _text(column: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    return func.coalesce(column, "")


def _listed(
    session: Session, asked: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
) -> list[Listed]:
    rows = session.execute(asked)
    return [Listed(**line_values(row) | {"outcomes": outcomes_from(row.outcomes)}) for row in rows]


def _wanted(chosen: Filter, desk: Desk) -> Iterable[ColumnElement[bool]]:
    """What a filter asks of a case and its record."""
    yield Case.state.in_(UNDECIDED)
    yield desk.in_scope
    if chosen.waits in (TO_ENTER, SENT, STUDENT, OTHERS):
        yield desk.which == chosen.waits
    elif chosen.waits or chosen.who != MINE:
        yield desk.which == TURN
    if chosen.waits == CHECK:
        yield desk.ready(*steps.DECIDED)
    if chosen.who == MINE:
        yield desk.mine
    if chosen.who == FREE:
        yield desk.free
    if chosen.field:
        yield exists().where(
            Claim.case_id == Case.id, Claim.field == chosen.field, Claim.outcome != "withdrawn"
        )
    if chosen.college:
        yield Record.fy == chosen.college


def _sent(at: datetime) -> ColumnElement[bool]:
    """A step that another body is at, and whose time is not over."""
    still = or_(Step.due.is_(None), Step.due >= at.date())
    return and_(Step.kind.in_((*steps.ANSWERED, steps.NOTICE)), Step.sent_on.is_not(None), still)


def _later(filed_at: ColumnElement[Any], case: str) -> ColumnElement[bool]:
    return or_(Case.filed_at > filed_at, and_(Case.filed_at == filed_at, Case.id > case))


def _mark(what: ColumnElement[bool], name: str) -> ColumnElement[int]:
    """1 or 0: neither database groups by a condition as it stands."""
    return case((what, 1), else_=0).label(name)
