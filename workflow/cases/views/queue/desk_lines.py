"""How somebody's lists are walked: by the lines of what waits, at each desk of theirs, in the order of due.

A list is a few walks, each along one index from what is due first, so that a page costs the same however
many wait. Whether a line is a person's is said here of the line what the guards of taking a case say of the
case; the walks of the tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeAlias

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from config.policy.words import COLLEGE, COLLEGE_DUTIES
from workflow.cases.review import waits
from workflow.cases.review.holds import held_by
from workflow.cases.review.steps import taken_apart_by
from workflow.cases.rules import UnknownRules, default_office
from workflow.cases.tables import LAST, UNDECIDED, ActedFor, Case, DecidedBefore, Step, WaitsAt
from workflow.cases.views.queue.desk import OTHERS, SENT, STUDENT, TO_ENTER, TURN, Desk
from workflow.cases.views.queue.filter import FREE, MINE, Filter, asked_of_lines, due_within
from workflow.people.access import held_here, holds_the_role, people_at_the_door, records_of_their_own
from workflow.people.scopes import Held, Scope
from workflow.people.tables import Relation
from workflow.records.reach import reaches, rows_of, students_in
from workflow.records.tables import Record
from workflow.school.profile import in_force
from workflow.store import as_text, table_of

Conditions: TypeAlias = tuple[ColumnElement[bool], ...]
Place: TypeAlias = tuple[str, str, str]
EVERYBODY = Scope()
LINES = table_of(WaitsAt)
_SAME_CASE = LINES.alias("line_of_case")
FEW = 1000
"""So many lines are put in order at once."""
_KEPT_FROM = (ActedFor, DecidedBefore)
"""Tables of who may not work on a case: who acted in its student's name, and who decided it before."""
ORDER = ("due", "filed_at", "case_id")
"""What is due first stands first; of the same day the oldest."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The lines of a desk that one grant is for: of these students, for a duty, under some policy texts."""

    desk: str
    scope: Scope = EVERYBODY
    duty: str | None = None
    texts: tuple[str, ...] | None = None

    def of(self, lines: FromClause, *, few: bool = False) -> Iterator[ColumnElement[bool]]:
        """The same of lines. ``few`` are found by the case, as one is: no index of the desk is offered."""
        found = few or lines is _SAME_CASE
        yield (lines.c.desk + "" if found else lines.c.desk) == self.desk
        yield from _students(lines, self.scope, found=found)
        if self.duty is not None:
            yield or_(lines.c.duty.not_in(COLLEGE_DUTIES), lines.c.duty == self.duty)
        if self.texts is not None:
            yield lines.c.policy.in_(self.texts)

    def is_all_of(self, desk: str, scope: Scope) -> bool:
        """Whether every line of a desk is meant, as far as these students go."""
        return self.desk == desk and self.duty is None and self.texts is None and self.scope.holds(scope)


def _students(lines: FromClause, scope: Scope, *, found: bool = False) -> Iterator[ColumnElement[bool]]:
    """The lines of these students; ``found``: their cases are found already, so no index of these is used."""
    if scope.college:
        yield (lines.c.college + "" if found else lines.c.college) == scope.college
    if scope.entry_year:
        yield (lines.c.year + "" if found else lines.c.year) == scope.entry_year
    rest = replace(scope, college="", entry_year="")
    if rest != Scope():
        yield exists().where(Record.id == lines.c.record_id, rows_of([rest]))


class DeskLines:
    """The lists of one desk as walks along its lines."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._now = desk, desk.now
        self._people = sorted(people_at_the_door(desk.by))
        self._today = desk.at.date().isoformat()

    def keys(self, chosen: Filter, *position: ColumnElement[bool], limit: int, back: bool = False) -> CTE:
        """The places of the first cases of a list that a filter lets through, at most so many, in order.

        ``position`` limits them to those behind or before a place; ``back`` has the last ones instead.
        """
        found = [
            self._piece((*walk, *self._wanted(chosen), *position), limit, back)
            for walk in self._walks(chosen)
        ]
        return in_order(found or [_places((false(),))], limit, back)

    def of_case(self, case: str) -> Select[*tuple[Any, ...]]:
        """The place of a case that waits."""
        return _places((LINES.c.case_id == case,)).limit(1)

    # -- whose lines they are ---------------------------------------------------------------------------

    @cached_property
    def _grants(self) -> tuple[Held, ...]:
        now = self._now
        if now.by.role not in now.action.roles or holds_the_role(now) is not None:
            return ()
        return tuple(one for one in held_here(now) if reaches(one))

    @cached_property
    def _reaches(self) -> tuple[Reach, ...]:
        """Every desk at which this person acts, and for which students."""
        found = (reach for one in self._grants for reach in self._of_grant(one))
        return tuple(dict.fromkeys(found))

    def _of_grant(self, one: Held) -> Iterator[Reach]:
        students, office = students_in(one.scope), one.scope.office
        if one.role == "officer":
            yield Reach(COLLEGE, students, one.known_as)
        elif one.role == "second_reviewer":
            yield from (Reach(desk) for desk in self._desk.desks if desk != COLLEGE)
        elif not office:
            yield Reach(waits.HOME, students)
        else:
            yield Reach(office, students)
            yield from self._at_home(office, students)

    def _at_home(self, office: str, students: Scope) -> Iterator[Reach]:
        """An office is the default one by some texts, or by all."""
        texts = tuple(one for one in self._desk.texts if self._default(one) == office)
        if texts:
            yield Reach(waits.HOME, students, texts=None if texts == self._desk.texts else texts)

    def _default(self, text: str) -> str:
        return default_office(self._desk.engine.policies.named(self._now.session, text))

    def _theirs(self, lines: FromClause) -> ColumnElement[bool]:
        """The lines that are this person's to act on."""
        return and_(
            or_(false(), *(and_(*reach.of(lines)) for reach in self._reaches)), *self._not_another(lines)
        )

    def _not_another(self, lines: FromClause) -> Iterator[ColumnElement[bool]]:
        """What bars from single lines: another step of the claims was theirs, or the rules are lost."""
        apart = exists().where(Step.id == lines.c.step_id, taken_apart_by(self._people))
        yield or_(lines.c.apart == 0, ~apart)
        if self._desk.lost:
            yield lines.c.policy.not_in(self._desk.lost)

    def _barred(self, lines: FromClause) -> ColumnElement[bool]:
        """Cases with which somebody has to do, but not as one who works on them."""
        there = (
            exists().where(kind.case_id == lines.c.case_id, kind.person_id.in_(self._people))
            for kind in _KEPT_FROM
        )
        return or_(lines.c.record_id.in_(self._own), *there)

    @cached_property
    def _own(self) -> list[str]:
        return sorted(records_of_their_own(self._now))

    def _not_related(self, lines: FromClause) -> ColumnElement[bool]:
        stood = or_(Relation.ended_at.is_(None), Relation.ended_at > lines.c.filed_at)
        theirs = Relation.person_id.in_(self._people)
        return ~exists().where(Relation.record_id == lines.c.record_id, theirs, stood)

    # -- the lists --------------------------------------------------------------------------------------

    def _walks(self, chosen: Filter) -> Iterator[Conditions]:
        if chosen.who == MINE:
            yield self._held(chosen)
        elif chosen.waits == OTHERS:
            yield from self._of_others()
        else:
            yield from self._of_theirs(chosen.waits, few=bool(chosen.flagged))

    def _of_theirs(self, which: str, *, few: bool) -> Iterator[Conditions]:
        bars = (*self._not_another(LINES), ~self._barred(LINES), self._not_related(LINES))
        for reach in self._reaches:
            for lane in self._lanes(which):
                yield (*reach.of(LINES, few=few), *lane, *bars)

    def _lanes(self, which: str) -> tuple[Conditions, ...]:
        """The lanes of a list; a case stands in the first of its lists alone."""
        lane = LINES.c.lane
        out = lane == waits.OUT
        if which == TURN:
            return ((lane == waits.TURN,), (out, LINES.c.due < self._today, LINES.c.until < self._today))
        if which == TO_ENTER:
            return ((lane == waits.ENTER, ~self._another(now=True)),)
        if which == SENT:
            waiting = LINES.c.until >= self._today
            return ((out, waiting, ~self._another(now=True), ~self._another(now=False)),)
        assert which == STUDENT, which
        return ((lane == waits.STUDENT,),)

    def _at_once(self, lines: FromClause) -> ColumnElement[bool]:
        over = and_(lines.c.lane == waits.OUT, lines.c.until < self._today)
        return or_(lines.c.lane == waits.TURN, over)

    def _another(self, *, now: bool | None) -> ColumnElement[bool]:
        """The case has a line of theirs that is to be acted on now, or one to be entered, or any at all."""
        lines = _SAME_CASE
        which = () if now is None else (self._at_once(lines),) if now else (lines.c.lane == waits.ENTER,)
        return exists().where(lines.c.case_id == LINES.c.case_id, *which, self._theirs(lines))

    def _held(self, chosen: Filter) -> Conditions:
        """What they work on is few: it is found by its holder, in whatever list it stands."""
        held = select(Case.id).where(
            held_by(self._people, self._desk.at), Case.state.in_(UNDECIDED), self._desk.in_scope
        )
        return (LINES.c.case_id.in_(held),)

    def _of_others(self) -> Iterator[Conditions]:
        """What is in somebody's scope and not theirs to act on: other desks, and what they are kept from."""
        not_theirs = ~self._another(now=None)
        around = (self._not_related(LINES), *self._in_scope())
        for scope in dict.fromkeys(students_in(one.scope) for one in self._grants):
            for desk in self._desk.desks:
                if not any(reach.is_all_of(desk, scope) for reach in self._reaches):
                    others = (or_(self._barred(LINES), not_theirs), *around)
                    for lane in waits.LANES:
                        here = (LINES.c.desk == desk, LINES.c.lane == lane)
                        yield (*here, *_students(LINES, scope), *others)
                    continue
                apart = (LINES.c.desk == desk, LINES.c.apart == literal_column("1"))
                yield (*apart, *_students(LINES, scope), not_theirs, *around)
                # These are few and found by the case: the index of the desk would be walked to its end.
                of_desk = (LINES.c.desk + "" == desk, *_students(LINES, scope, found=True))
                for kind in _KEPT_FROM:
                    theirs = select(kind.case_id).where(kind.person_id.in_(self._people))
                    yield (*of_desk, LINES.c.case_id.in_(theirs), *around)
                if self._own:
                    yield (*of_desk, LINES.c.record_id.in_(self._own), *around)
                if self._desk.lost:
                    yield (*of_desk, LINES.c.policy.in_(self._desk.lost), *around)

    def _in_scope(self) -> Iterator[ColumnElement[bool]]:
        """Of another office's reviewer only the cases that the office has to do with."""
        if any(one.role == "reviewer" and one.scope.office for one in self._grants):
            yield exists().where(Case.id == LINES.c.case_id, self._desk.in_scope)

    def _wanted(self, chosen: Filter) -> Conditions:
        wanted = [*asked_of_lines(LINES, chosen)]
        if chosen.age:
            wanted.append(self._waited(chosen))
        if chosen.due:
            wanted.append(due_within(LINES.c.due, chosen.due, self._desk.at))
        if chosen.who == FREE:
            held = Case.holder.is_not(None), Case.held_until > self._desk.at
            wanted.append(~exists().where(Case.id == LINES.c.case_id, *held))
        return tuple(wanted)

    def _waited(self, chosen: Filter) -> ColumnElement[bool]:
        """Filed so long ago: found by that if they are few, else met soon on the walk by what is due."""
        filed_by = as_text(self._desk.at - timedelta(days=int(chosen.age)))
        filed_at: ColumnElement[str] = type_coerce(LINES.c.filed_at, String)
        such = [
            select(LINES.c.case_id)
            .where(LINES.c.desk == reach.desk, LINES.c.lane == lane, filed_at <= filed_by)
            .limit(FEW)
            .subquery()
            for reach in self._reaches
            for lane in waits.LANES
        ]
        counted = [select(func.count()).select_from(one).scalar_subquery() for one in such]
        many = bool(such) and max(self._now.session.execute(select(*counted)).one()) >= FEW
        return (filed_at + "" if many else filed_at) <= filed_by

    def _piece(self, which: Iterable[ColumnElement[bool]], limit: int, back: bool) -> Any:
        order = [LINES.c[name].desc() if back else LINES.c[name] for name in ORDER]
        return _places(tuple(which)).order_by(*order).limit(limit)

    def colleges(self) -> Select[*tuple[Any, ...]]:
        """The colleges that have a line of theirs to act on: found one after the other in an index."""
        found = [_next_college(reach.desk) for reach in self._reaches]
        return union_all(*found) if found else select(literal("")).where(false())  # type: ignore[return-value]


def _places(which: Conditions) -> Select[*tuple[Any, ...]]:
    columns = [LINES.c[name] for name in ORDER]
    return select(*columns).where(*which).group_by(*columns)


def _next_college(desk: str) -> Select[*tuple[Any, ...]]:
    """A walk from college to college, which reads no line twice."""
    here = (LINES.c.desk == desk, LINES.c.lane == waits.TURN)
    first = select(func.min(LINES.c.college).label("college")).where(*here).cte(recursive=True)
    later = select(func.min(LINES.c.college)).where(*here, LINES.c.college > first.c.college)
    rest = select(later.scalar_subquery()).where(first.c.college.is_not(None))
    every = first.union_all(rest)
    return select(every.c.college).where(every.c.college.is_not(None))


def in_order(pieces: Sequence[Any], limit: int, back: bool = False) -> CTE:
    """Pieces of a list as one, each case once."""
    both = union_all(*(select(piece.subquery()) for piece in pieces)).subquery()
    columns = [both.c[name] for name in ORDER]
    order = [one.desc() if back else one for one in columns]
    return select(*columns).group_by(*columns).order_by(*order).limit(limit).cte()


def place_of(session: Session, desk: Desk, case: str, chosen: Filter) -> Place:
    """Where a case stands in a list, or stood while it waited there; before all others if it never did."""
    lanes = (waits.TURN, waits.OUT) if chosen.waits == TURN else waits.LANES
    now = select(LINES.c.due).where(LINES.c.case_id == case, LINES.c.lane.in_(lanes)).limit(1)
    ended = select(func.max(Step.ended_at)).where(Step.case_id == case).scalar_subquery()
    last = select(func.min(Step.due)).where(Step.case_id == case, Step.ended_at == ended)
    asked = select(
        Case.filed_at,
        Case.policy,
        now.scalar_subquery().label("now"),
        type_coerce(last.scalar_subquery(), String).label("last"),
    )
    found = session.execute(asked.where(Case.id == case, Case.filed_at.is_not(None))).one_or_none()
    if found is None:
        return "", "", case
    due = found.now or found.last or _promised(session, desk, found.policy, found.filed_at)
    return due or LAST, as_text(found.filed_at), case


def _promised(session: Session, desk: Desk, text: str, filed_at: datetime) -> str | None:
    try:
        policy = desk.engine.policies.named(session, text)
        return waits.promised_on(in_force(session).profile, policy, filed_at)
    except UnknownRules:
        return None


def behind(place: Place) -> ColumnElement[bool]:
    """What stands behind a place."""
    return _in_row(lambda key, there: key > there, place)


def from_on(place: Place) -> ColumnElement[bool]:
    """What stands at a place or behind it."""
    return _in_row(lambda key, there: key >= there, place)


def before(place: Place) -> ColumnElement[bool]:
    """What stands before a place."""
    return _in_row(lambda key, there: key < there, place)


def _in_row(how: Callable[[Any, Any], Any], place: Place) -> ColumnElement[bool]:
    """A comparison of whole places, which walks an index from there on."""
    said: ColumnElement[bool] = how(
        tuple_(*(type_coerce(LINES.c[name], String) for name in ORDER)), tuple_(*place)
    )
    return said
