"""Somebody's desk: in which of their lists a case stands, as the guards of taking it say of its row.

It is said by the guards of taking a case, asked of the table of cases, so that a list holds what the engine
lets a person take and nothing else. Each such case stands in exactly one of four: it is their turn, it is to
be entered on the platform, it is out with somebody else, or it is with its student. The queue is walked by
lines (``desk_lines``), which say the same; a college's list, the worksheet and batches ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from config.policy.words import COLLEGE
from states.case import CASE, RAISED, REVIEW
from workflow.cases.attempt import Attempt
from workflow.cases.review import steps
from workflow.cases.review.holds import held_by
from workflow.cases.review.questions import something_is_asked
from workflow.cases.rules import UnknownRules, default_office
from workflow.cases.tables import UNDECIDED, Case, Step, WaitsAt
from workflow.engine import Actor, Engine
from workflow.people.access import grants_at_the_door, grants_of, people_at_the_door

TAKING = {RAISED: "take_up", REVIEW: "hold"}
"""How a case of each state is taken."""
STANDING = ("holds_the_role", "of_their_college", "not_related")
"""The guards that tell whether somebody has to do with a case at all."""
HELD = "not_held_by_another"
"""The guard that keeps a case on somebody's list although another works on it now."""
TURN, TO_ENTER, SENT, STUDENT, OTHERS = "", "enter", "sent", "student", "others"
"""The lists: their turn, to be entered, out with somebody else, with the student; and what is for others."""


@dataclass(frozen=True)
class Desk:
    """Somebody's lists, as the engine judges at a moment: an attempt to take a case, for each policy text.

    ``now`` is the attempt under the text in force. ``desks`` are those at which anything waits, ``texts``
    judge it, and ``lost`` are texts that cannot be read any more.
    """

    engine: Engine
    by: Actor
    at: datetime
    attempts: tuple[tuple[str, Attempt], ...]
    now: Attempt
    desks: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    @cached_property
    def which(self) -> ColumnElement[str]:
        """The one list in which an undecided case stands for this person."""
        return case(
            (~self._takable, OTHERS),
            (something_is_asked(), STUDENT),
            (self._at_once, TURN),
            (self.to_enter(Step.id).exists(), TO_ENTER),
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

    def to_enter(self, *columns: Any) -> Select[*tuple[Any, ...]]:
        """Of the ready steps of a case, the entries on the platform that this person makes."""
        return steps.ready_steps(*columns).where(steps.ONLY_TO_ENTER, self._under(steps.theirs))

    @cached_property
    def _takable(self) -> ColumnElement[bool]:
        return self._let_through(lambda name: name != HELD)

    @cached_property
    def _at_once(self) -> ColumnElement[bool]:
        """Something is to decide now: a step that nobody outside is at, or claims to settle.

        The entry of a claim that was approved is none.
        """
        decides = and_(~steps.ONLY_TO_ENTER, ~_sent(self.at))
        return self._under(lambda attempt: steps.turn_rows(attempt, decides))

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


def desk_of(
    engine: Engine,
    session: Session,
    by: Actor,
    at: datetime,
) -> Desk:
    """The desk of somebody signed in; every policy text that judges an undecided case is asked once."""
    desks, texts = _desks_and_texts(session)
    known = tuple(text for text in texts if _is_known(engine, session, text))
    grants = grants_of(session, by, at)
    return Desk(
        engine,
        by,
        at,
        tuple(
            (text, engine.of_rows(session, CASE.name, action, by, at, text, grants))
            for text in known
            for action in _apart(TAKING.values())
        ),
        engine.of_rows(session, CASE.name, TAKING[REVIEW], by, at, "", grants),
        desks,
        known,
        tuple(sorted(set(texts) - set(known))),
    )


def _desks_and_texts(session: Session) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The desks at which anything waits, and the texts that judge it: each found in an index, one by one."""
    desks, texts = _one_by_one(WaitsAt.desk), _one_by_one(Case.policy, _OPEN)
    both = union_all(
        select(literal("desk").label("what"), desks.label("value")).where(desks.is_not(None)),
        select(literal("text"), texts).where(texts.is_not(None)),
    )
    rows = session.execute(both).all()
    return tuple(row.value for row in rows if row.what == "desk"), tuple(
        row.value for row in rows if row.what == "text"
    )


_OPEN = Case.state.in_(bindparam("undecided", UNDECIDED, expanding=True, literal_execute=True))
"""Undecided, as the index of these cases says it: a parameter would not be seen to mean the same."""


def _one_by_one(column: InstrumentedAttribute[str], *where: ColumnElement[bool]) -> ColumnElement[Any]:
    """The values of an indexed column, each once, without a look at every row."""
    first = select(func.min(column).label("value")).where(*where).cte(recursive=True)
    later = select(func.min(column)).where(*where, column > first.c.value).scalar_subquery()
    every: ColumnElement[Any] = first.union_all(select(later).where(first.c.value.is_not(None))).c.value
    return every


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


def _sent(at: datetime) -> ColumnElement[bool]:
    """A step that another body is at, and whose time is not over."""
    still = or_(Step.due.is_(None), Step.due >= at.date())
    return and_(Step.kind.in_((*steps.ANSWERED, steps.NOTICE)), Step.sent_on.is_not(None), still)


def mark(what: ColumnElement[bool], name: str) -> ColumnElement[int]:
    """1 or 0: neither database groups by a condition as it stands."""
    return case((what, 1), else_=0).label(name)
