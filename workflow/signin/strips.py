"""Runs of first codes: for a class, a college or the school, made in pieces beside the served pages.

A run is a row that says how far it is. Each piece makes the missing accounts and the codes of some hundred
students in its own unit of work, and notes in the same unit where the next one goes on: a killed process
repeats nobody and leaves nobody out.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, exists, func, select
from sqlalchemy.orm import Session

from workflow.engine import Actor, Entropy
from workflow.notices.contacts import Owner, usable_addresses
from workflow.notices.tables import CHANNELS
from workflow.people.access import note_access
from workflow.people.accounts import add_students
from workflow.people.scopes import Held, Scope
from workflow.people.tables import Grant, Person
from workflow.records.reach import covered_rows, of_class, of_college, plain, reaches, rows_of
from workflow.records.tables import Record
from workflow.signin.codes import LIVES, issue_all
from workflow.signin.tables import SignInCode, StripRun
from workflow.signin.telling import owe_code_letters
from workflow.store import Store

PIECE = 500
"""How many students one unit of work takes."""
SHEET = 500
"""How many strips one print page has at most, so that a browser can print it."""
LISTED = timedelta(days=180)
"""How long a run stays in the list."""

HANDS: dict[str, tuple[str, str]] = {
    "strips": ("打印成条，裁开发给本人", "strips to print, cut and hand out"),
    "list": ("名单，由辅导员逐个告诉本人", "a list, from which the counsellor tells each student"),
    "message": ("发到本人的邮箱或企业微信", "messages to the students' own addresses"),
}
"""How the codes of a run travel."""

STANDINGS: dict[str, tuple[str, str]] = {
    "live": ("可用", "may be used"),
    "used": ("已用", "used"),
    "ended": ("已作废", "ended"),
    "past": ("已过期", "out of date"),
}
"""What has become of a code."""


@dataclass(frozen=True, slots=True)
class Whom:
    """For whom a run is: the whole school, a college, or a class of one; and what counts as enrolled.

    None stands for all, '' for students without a college or class. ``beside`` is a run of messages, whose
    students that got none are meant. ``within`` are the scopes that narrow it further, none for no such.
    """

    statuses: tuple[str, ...]
    college: str | None = None
    group: str | None = None
    beside: str = ""
    within: tuple[Scope, ...] = ()

    @property
    def stored(self) -> str:
        """As it is stored."""
        said: dict[str, Any] = {
            "beside": self.beside,
            "class": self.group,
            "college": self.college,
            "statuses": list(self.statuses),
        }
        if self.within:
            said["within"] = [asdict(scope) for scope in self.within]
        return json.dumps(said, ensure_ascii=False, sort_keys=True)

    @classmethod
    def read(cls, stored: str) -> Whom:
        """What was stored."""
        said = json.loads(stored)
        within = tuple(Scope(**scope) for scope in said.get("within", ()))
        return cls(tuple(said["statuses"]), said["college"], said["class"], said["beside"], within)

    def is_inside(self, grants: Iterable[Held]) -> bool:
        """Whether each part of it is inside the scope of a grant, as far as the run itself says."""
        known = [one.scope for one in grants if reaches(one)]
        parts = [part for part in self.within or (Scope(),) if self._asks(part)]
        return bool(parts) and all(any(self._is_inside(part, one) for one in known) for part in parts)

    def _asks(self, part: Scope) -> bool:
        """Whether a part can hold anybody of the college and the class that are asked for."""
        asked = (part.college, self.college), (part.class_name, self.group)
        return all(not named or wanted in (None, named) for named, wanted in asked)

    def _is_inside(self, part: Scope, scope: Scope) -> bool:
        asked = (
            (scope.college, self.college or part.college),
            (scope.class_name, self.group or part.class_name),
            (scope.entry_year, part.entry_year),
            (scope.level, part.level),
        )
        return all(wanted in ("", said) for wanted, said in asked)

    @property
    def rows(self) -> tuple[ColumnElement[bool], ...]:
        """The same as conditions on records and their students' accounts."""
        found: list[ColumnElement[bool]] = [Record.xjzt.in_(self.statuses)]
        if self.college is not None:
            found.append(of_college(self.college))
        if self.group is not None:
            found.append(of_class(self.group))
        if self.within:
            found.append(rows_of(self.within))
        if self.beside:
            got_one = exists().where(SignInCode.run_id == self.beside, SignInCode.person_id == Person.id)
            found.append(~got_one)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Piecework:
    """What a piece of a run needs: where chance comes from, and by which channels a message can leave."""

    entropy: Entropy
    channels: Collection[str]


@dataclass(frozen=True, slots=True)
class WaitingClass:
    """A class with students who have no way in yet, and how many they are."""

    college: str
    name: str
    n: int


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run: who made it, when, for whom, how far it is, and how many of its codes were used."""

    id: str
    by: str
    name: str
    role: str
    hand: str
    whom: Whom
    made_at: datetime
    ends_at: datetime
    total: int
    done: int
    finished_at: datetime | None
    codes: int
    used: int

    @property
    def finished(self) -> bool:
        """Whether everybody has been taken in hand."""
        return self.finished_at is not None

    @property
    def without_address(self) -> int:
        """Of a run of messages: the students whom no code could be sent to."""
        return self.done - self.codes if self.hand == "message" else 0


@dataclass(frozen=True, slots=True)
class StripSheet:
    """One print page of a run: which strips in their order, and from which class to which."""

    number: int
    skip: int
    n: int
    first: tuple[str, str]
    last: tuple[str, str]


@dataclass(frozen=True, slots=True)
class CodeStrip:
    """One student's code as it stands on paper. ``id`` is the code's row, from which the code is made."""

    id: str
    name: str
    number: str
    is_candidate: bool
    college: str
    group: str
    ends_at: datetime
    standing: str


# -- making a run ---------------------------------------------------------------------------------------


def waiting_classes(session: Session, whom: Whom) -> tuple[WaitingClass, ...]:
    """How many enrolled students have no way in yet, by college and class."""
    by = plain(Record.fy), plain(Record.bh)
    found = session.execute(_waiting(whom, *by, func.count()).group_by(*by).order_by(*by))
    return tuple(WaitingClass(*row) for row in found)


def begin_run(
    session: Session, by: Actor, hand: str, whom: Whom, at: datetime, entropy: Entropy, *, key: str = ""
) -> StripRun | None:
    """Note a run, to be carried out in pieces. Returns None if nobody is waiting.

    The same ``key`` (32 characters) a second time is the same run.
    """
    if hand not in HANDS:
        raise ValueError(f"no such hand: {hand}")
    if key and (known := session.get(StripRun, key)) is not None:
        return known
    total = session.scalar(_waiting(whom, func.count())) or 0
    if not total:
        return None
    run = StripRun(
        id=key or entropy(16).hex(),
        made_by=by.person,
        role=by.role,
        hand=hand,
        scope=whom.stored,
        made_at=at,
        ends_at=at + LIVES[_kind(hand)],
        total=total,
        done=0,
        after="",
    )
    session.add(run)
    note_access(session, by, f"codes:run:{hand}", run.id, at)
    return run


def carry_out(
    store: Store,
    entropy: Entropy,
    at: datetime,
    run: str = "",
    channels: Collection[str] = tuple(CHANNELS),
) -> int:
    """Take the next students of a run, by default the oldest unfinished one, in a unit of work of its own.

    ``channels`` are those by which a message can leave. Returns how many students were taken or passed over;
    0 when there is nothing more to do. May be called by several processes at once: one of them works on a run
    at a time.
    """
    unfinished = select(StripRun.id).where(StripRun.finished_at.is_(None))
    oldest = unfinished.order_by(StripRun.made_at, StripRun.id).limit(1)
    with store.reading() as session:
        found = session.scalar(unfinished.where(StripRun.id == run) if run else oldest)
    if found is None:
        return 0
    with store.writing() as session:
        row = session.scalar(
            select(StripRun)
            .where(StripRun.id == found, StripRun.finished_at.is_(None))
            .with_for_update(skip_locked=True)
        )
        return _take_piece(session, row, at, Piecework(entropy, channels)) if row is not None else 0


def _take_piece(session: Session, run: StripRun, at: datetime, by: Piecework) -> int:
    """The next students by their record: accounts, codes, and where the next piece goes on. At least 1."""
    asked = _waiting(Whom.read(run.scope), Record.id, Record.xm, Person.id).where(Record.id > run.after)
    students = session.execute(asked.order_by(Record.id).limit(PIECE)).all()
    known = {record: person for record, _, person in students if person}
    new = [(record, name) for record, name, person in students if not person]
    people = known | add_students(session, new, run.made_by, at, by.entropy)
    if run.hand == "message":
        _send(session, run, people, at, by)
    else:
        issue_all(session, list(people.values()), "strip", run.made_by, at, by.entropy, run=run.id)
    run.done += len(students)
    run.after = students[-1][0] if students else run.after
    run.ends_at = at + LIVES[_kind(run.hand)]
    if len(students) < PIECE:
        run.finished_at = at
    session.flush()
    return len(students) or 1


def _send(session: Session, run: StripRun, people: Mapping[str, str], at: datetime, by: Piecework) -> None:
    """Owe each student a letter with their code who has an address that may carry it. The others get none."""
    found = usable_addresses(session, [Owner(record=record) for record in people], at, by.channels)
    to = {people[owner.record]: contact for owner, contact in found.items()}
    addresses = {person: contact.id for person, contact in to.items()}
    codes = issue_all(
        session, list(to), "message", run.made_by, at, by.entropy, run=run.id, addresses=addresses
    )
    owe_code_letters(session, by.entropy, "message", list(zip(codes, to.values(), strict=True)), at)


def _waiting(whom: Whom, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Enrolled students who have no way in yet. Each has one account, or none so far."""
    held = and_(Grant.scope == Record.id, Grant.role == "student", Grant.ended_at.is_(None))
    return (
        select(*columns)
        .select_from(Record)
        .outerjoin(Grant, held)
        .outerjoin(Person, Person.id == Grant.person_id)
        .where(*whom.rows, Person.opened_at.is_(None), Person.closed_at.is_(None))
    )


def _kind(hand: str) -> str:
    return "message" if hand == "message" else "strip"


# -- what a run gives -----------------------------------------------------------------------------------


def runs(session: Session, grants: Sequence[Held], at: datetime) -> list[RunLine]:
    """The runs of the last half-year that are for students in the scope of some grants, latest first."""
    found = session.execute(
        _lines(_counted())
        .where(StripRun.made_at > at - LISTED)
        .order_by(StripRun.made_at.desc(), StripRun.id)
    )
    return [line for line in map(_line, found) if line.whom.is_inside(grants)]


def run_of(session: Session, id: str, grants: Sequence[Held]) -> RunLine | None:
    """One run, if it is for students in the scope of some grants."""
    counted = _counted(SignInCode.run_id == id)
    row = session.execute(_lines(counted).where(StripRun.id == id)).one_or_none()
    line = None if row is None else _line(row)
    return line if line is not None and line.whom.is_inside(grants) else None


def is_run_for(session: Session, id: str, grants: Iterable[Held]) -> bool:
    """Whether a run is there, and for students in the scope of some grants."""
    scope = session.scalar(select(StripRun.scope).where(StripRun.id == id))
    return scope is not None and Whom.read(scope).is_inside(grants)


def sheets(session: Session, run: str, grants: Sequence[Held]) -> list[StripSheet]:
    """The print pages of a run: whole classes in their order, a class too large for one page on several."""
    by = plain(Record.fy), plain(Record.bh)
    found = session.execute(_given(run, grants, *by, func.count()).group_by(*by).order_by(*by))
    made: list[StripSheet] = []
    skip = 0
    for college, group, n in found:
        where = college, group
        last = made[-1] if made else None
        if last is not None and last.n + n <= SHEET:
            made[-1] = replace(last, n=last.n + n, last=where)
        else:
            parts = [min(SHEET, n - done) for done in range(0, n, SHEET)]
            made += [
                StripSheet(len(made) + 1 + at, skip + SHEET * at, part, where, where)
                for at, part in enumerate(parts)
            ]
        skip += n
    return made


def strips_of(
    session: Session, run: str, grants: Sequence[Held], at: datetime, sheet: StripSheet | None = None
) -> list[CodeStrip]:
    """The codes of a run by class and number: all, or those of one print page."""
    number = plain(Record.xh), plain(Record.ksh)
    by = plain(Record.fy), plain(Record.bh)
    ends = SignInCode.ends_at, SignInCode.used_at, SignInCode.ended_at
    asked = _given(run, grants, SignInCode.id, Record.xm, *number, *by, *ends)
    asked = asked.order_by(*by, *number, Record.id)
    if sheet is not None:
        asked = asked.offset(sheet.skip).limit(sheet.n)
    return [_strip(row, at) for row in session.execute(asked)]


def by_class(strips: Iterable[CodeStrip]) -> list[tuple[str, str, list[CodeStrip]]]:
    """Strips in their order, each class by itself."""
    found: list[tuple[str, str, list[CodeStrip]]] = []
    for one in strips:
        if not found or found[-1][:2] != (one.college, one.group):
            found.append((one.college, one.group, []))
        found[-1][2].append(one)
    return found


def _given(run: str, grants: Sequence[Held], *columns: Any) -> Select[*tuple[Any, ...]]:
    """The codes of a run with their students, without those who have left the scope of the grants since."""
    held = and_(Grant.person_id == SignInCode.person_id, Grant.role == "student", Grant.ended_at.is_(None))
    return (
        select(*columns)
        .select_from(SignInCode)
        .join(Grant, held)
        .join(Record, Record.id == Grant.scope)
        .where(SignInCode.run_id == run, covered_rows(grants))
    )


def _strip(row: Any, at: datetime) -> CodeStrip:
    id, name, xh, ksh, college, group, ends_at, used_at, ended_at = row
    standing = "used" if used_at else "ended" if ended_at else "past" if ends_at <= at else "live"
    return CodeStrip(id, name, xh or ksh, not xh, college, group, ends_at, standing)


def _counted(*only: ColumnElement[bool]) -> Subquery:
    used = func.sum(case((SignInCode.used_at.is_not(None), 1), else_=0)).label("used")
    asked = select(SignInCode.run_id, func.count().label("codes"), used)
    return asked.where(SignInCode.run_id.is_not(None), *only).group_by(SignInCode.run_id).subquery()


def _lines(counted: Subquery) -> Select[*tuple[Any, ...]]:
    return (
        select(
            StripRun, plain(Person.name), func.coalesce(counted.c.codes, 0), func.coalesce(counted.c.used, 0)
        )
        .outerjoin(counted, counted.c.run_id == StripRun.id)
        .outerjoin(Person, Person.id == StripRun.made_by)
    )


def _line(row: Any) -> RunLine:
    run, name, codes, used = row
    return RunLine(
        run.id, run.made_by, name, run.role, run.hand, Whom.read(run.scope), run.made_at, run.ends_at,
        run.total, run.done, run.finished_at, int(codes), int(used),
    )  # fmt: skip
