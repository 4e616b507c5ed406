"""The worksheet of the platform: what somebody has to enter there, old and new, in the order of its search.

The platform finds a student by one number at a time. So the rows are in the order of the student numbers, and
who has none yet stands by the candidate number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from config.policy.words import COLUMNS as CLAIMABLE
from states.case import CORRECTED, REVIEW
from workflow.cases.claims import ClaimFiled, following, opened
from workflow.cases.facts import is_held
from workflow.cases.tables import Case, Claim, Step
from workflow.cases.views.queue.counts import CAP
from workflow.cases.views.queue.desk import TO_ENTER, Desk
from workflow.people.cipher import Cipher
from workflow.people.tables import Person
from workflow.records.fields import COLUMNS
from workflow.records.tables import Record, RosterImport
from workflow.records.values import opened_values, stored_form

PAGE = 50
_VALUES = tuple(field for field in CLAIMABLE if field in COLUMNS)
_NUMBER = func.coalesce(Record.xh, Record.ksh, "")


@dataclass(frozen=True, slots=True)
class Sifted:
    """Which part of the worksheet somebody wants: one field, one college, or both."""

    field: str = ""
    college: str = ""

    def said(self) -> dict[str, Any]:
        """The part as an address bears it: nothing that is not chosen."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class ChangeToEnter:
    """One value to be entered: the claim, what stands there and what should.

    ``follows`` are the values that change with it. ``now`` is the record's present value where it is neither
    of the two: then somebody has to look at the case first.
    """

    claim: str
    field: str
    old: str
    new: str
    follows: tuple[tuple[str, str], ...] = ()
    now: str | None = None


@dataclass(frozen=True, slots=True)
class RowToEnter:
    """One case of the worksheet, at the version that was read: whose it is, and what is to be entered."""

    case: str
    version: int
    receipt: str
    name: str
    number: str
    candidate: str
    college: str
    state: str
    by: str
    by_name: str
    held_until: datetime | None
    changes: tuple[ChangeToEnter, ...] = ()

    def held(self, at: datetime) -> bool:
        """Whether somebody works on it at a moment."""
        return is_held(self.by, self.held_until, at)

    @property
    def moved(self) -> bool:
        """Whether the record changed since the filing, so that the case has to be looked at."""
        return any(one.now is not None for one in self.changes)


@dataclass(frozen=True, slots=True)
class EntryCounts:
    """How many cases are to be entered: all of them, by college and by field; ``more`` than are counted."""

    cases: int
    more: bool
    colleges: Mapping[str, int]
    fields: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class EnteredCase:
    """A case that somebody closed just now, so that it can be taken back."""

    case: str
    receipt: str
    name: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class ShownByImport:
    """How many claims a roster showed as entered, and the day its data are of."""

    seen: int
    as_of: date


def to_enter(
    session: Session,
    desk: Desk,
    cipher: Cipher,
    chosen: Sifted,
    *,
    after: str = "",
    limit: int = PAGE,
) -> list[RowToEnter]:
    """A page of the worksheet; ``after`` is the last case of the page before."""
    asked = _rows().where(*_waiting(desk), *_sifted(desk, chosen)).order_by(_NUMBER, Case.id)
    if after:
        asked = asked.where(_behind(after))
    rows = session.execute(asked.limit(limit)).all()
    changes = _changes(session, desk, cipher, {row.case: row for row in rows})
    return [_row(row, changes.get(row.case, ())) for row in rows]


def named_rows(session: Session, desk: Desk, cases: Collection[str]) -> list[RowToEnter]:
    """Cases that may stand on no worksheet any more, as far as the person has to do with them."""
    if not cases:
        return []
    asked = _rows().where(Case.id.in_(sorted(cases)), Case.filed_at.is_not(None), desk.in_scope)
    return [_row(row, ()) for row in session.execute(asked.order_by(_NUMBER, Case.id))]


def count_to_enter(session: Session, desk: Desk) -> EntryCounts:
    """How many cases are to be entered, by college and by field, in one statement."""
    fields = desk.to_enter(func.aggregate_strings(Claim.field, ",")).scalar_subquery()
    waiting = (
        select(func.coalesce(Record.fy, "").label("college"), fields.label("fields"))
        .select_from(Case)
        .join(Record, Record.id == Case.record_id)
        .where(*_waiting(desk))
        .limit(CAP + 1)
        .subquery()
    )
    rows = session.execute(
        select(waiting.c.college, waiting.c.fields, func.count().label("n")).group_by(
            waiting.c.college, waiting.c.fields
        )
    )
    colleges, by_field = Counter[str](), Counter[str]()
    for row in rows:
        colleges[row.college] += row.n
        for field in set(row.fields.split(",")):
            by_field[field] += row.n
    cases = colleges.total()
    return EntryCounts(min(cases, CAP), cases > CAP, dict(sorted(colleges.items())), by_field)


def entered_lately(
    session: Session, desk: Desk, people: Iterable[str], since: datetime, *, limit: int = PAGE
) -> list[EnteredCase]:
    """The cases that somebody closed as corrected since a moment, latest first."""
    asked = (
        select(Case.id, func.coalesce(Case.receipt, "").label("receipt"), Record.xm, Case.decided_at)
        .join(Record, Record.id == Case.record_id)
        .where(
            Case.state == CORRECTED,
            Case.decided_by.in_(sorted(people)),
            Case.decided_at >= since,
            desk.in_scope,
        )
    )
    rows = session.execute(asked.order_by(Case.decided_at.desc(), Case.id).limit(limit))
    return [EnteredCase(row.id, row.receipt, row.xm, row.decided_at) for row in rows]


def shown_lately(session: Session) -> ShownByImport | None:
    """The roster taken in last, if it showed claims as entered."""
    asked = select(RosterImport.seen, RosterImport.as_of).order_by(RosterImport.at.desc(), RosterImport.id)
    last = session.execute(asked.limit(1)).one_or_none()
    return ShownByImport(last.seen, last.as_of) if last is not None and last.seen else None


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Case.id.label("case"),
            Case.version,
            func.coalesce(Case.receipt, "").label("receipt"),
            Record.id.label("record"),
            Record.xm.label("name"),
            func.coalesce(Record.xh, "").label("number"),
            func.coalesce(Record.ksh, "").label("candidate"),
            func.coalesce(Record.fy, "").label("college"),
            Case.state,
            func.coalesce(Case.holder, "").label("by"),
            func.coalesce(Person.name, "").label("by_name"),
            Case.held_until,
            *(stored_form(field).label(f"value_{field}") for field in _VALUES),
        )
        .join(Record, Record.id == Case.record_id)
        .outerjoin(Person, Person.id == Case.holder)
    )


def _row(row: Any, changes: Iterable[ChangeToEnter]) -> RowToEnter:
    said = row._mapping
    names = (name for name in RowToEnter.__slots__ if name != "changes")
    return RowToEnter(**{name: said[name] for name in names}, changes=tuple(changes))


def _waiting(desk: Desk) -> tuple[ColumnElement[bool], ...]:
    return Case.state == REVIEW, desk.in_scope, desk.which == TO_ENTER


def _sifted(desk: Desk, chosen: Sifted) -> Iterable[ColumnElement[bool]]:
    if chosen.field:
        yield desk.to_enter(Step.id).where(Claim.field == chosen.field).exists()
    if chosen.college:
        yield Record.fy == chosen.college


def _behind(case: str) -> ColumnElement[bool]:
    """The rows behind that of a case; all of them where there is no such case."""
    last, its, own = aliased(Case), aliased(Record), _NUMBER
    asked = select(func.coalesce(its.xh, its.ksh, "")).join(last, last.record_id == its.id)
    number = func.coalesce(asked.where(last.id == case).scalar_subquery(), "")
    return or_(own > number, and_(own == number, Case.id > case))


def _changes(
    session: Session, desk: Desk, cipher: Cipher, rows: Mapping[str, Any]
) -> dict[str, list[ChangeToEnter]]:
    """What is to be entered of each case, in the order of the filing, in one statement."""
    found: dict[str, list[ChangeToEnter]] = {}
    if not rows:
        return found
    asked = desk.to_enter(
        Case.id.label("case"), Claim.id, Claim.field, Claim.cause, Claim.old, Claim.new, Claim.filed_at
    ).where(Case.id.in_(sorted(rows)))
    for claim in session.execute(asked.order_by(Claim.filed_at, Claim.field, Claim.id)):
        found.setdefault(claim.case, []).append(_change(cipher, rows[claim.case], claim))
    return found


def _change(cipher: Cipher, row: Any, claim: Any) -> ChangeToEnter:
    old, new = opened(cipher, claim)
    if claim.field == "PHOTO":
        return ChangeToEnter(claim.id, claim.field, old, new)
    stored = {field: row._mapping[f"value_{field}"] for field in _VALUES}
    follows = following(ClaimFiled(claim.field, claim.cause, new))
    present = opened_values(cipher, row.record, (claim.field, *follows), stored)
    return ChangeToEnter(
        claim.id,
        claim.field,
        old,
        new,
        tuple(
            (field, value)
            for field, value in follows.items()
            if field != claim.field and present[field] != value
        ),
        None if present[claim.field] in (old, new) else present[claim.field],
    )
