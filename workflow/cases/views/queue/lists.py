"""The lists themselves: a page of one, the neighbours of a case in it, the next one free."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from states.case import CORRECTED, REJECTED
from workflow.cases.review.questions import something_is_asked
from workflow.cases.tables import Case
from workflow.cases.views.queue.desk import SENT, TAKING, TO_ENTER, TURN, UNDECIDED, Desk
from workflow.cases.views.queue.filter import MINE, Filter, conditions
from workflow.cases.views.queue.lines import Listed, lines_of, listed
from workflow.records.tables import Record

PAGE = 50
DECIDED = (CORRECTED, REJECTED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that could come next; ``action`` makes it the person's, '' where it is theirs already."""

    case: str
    action: str


def waiting(
    session: Session, desk: Desk, chosen: Filter, *, after: str = "", limit: int = PAGE
) -> list[Listed]:
    """The cases of a list, oldest first; ``after`` is the last case of the page before."""
    asked = lines_of(Case.holder, desk).where(*conditions(chosen, desk)).order_by(Case.filed_at, Case.id)
    if after:
        last = select(Case.filed_at).where(Case.id == after).scalar_subquery()
        asked = asked.where(_later(func.coalesce(last, literal("", String)), after))
    return listed(session, asked.limit(limit))


def decided_lately(session: Session, desk: Desk, *, limit: int = 20) -> list[Listed]:
    """The cases decided last, latest first."""
    asked = lines_of(Case.decided_by).where(
        Case.state.in_(DECIDED), Case.decided_at.is_not(None), desk.in_scope
    )
    return listed(session, asked.order_by(Case.decided_at.desc(), Case.id).limit(limit))


def around(
    session: Session, desk: Desk, chosen: Filter, case: str, filed_at: datetime, *, limit: int
) -> tuple[list[Listed], list[Listed]]:
    """The one before a case's place in the queue, and those from it on; without anybody's name.

    The case itself stands among them whatever the filter lets through, as long as it waits.
    """
    itself = and_(Case.id == case, Case.state.in_(UNDECIDED))
    wanted = or_(and_(*conditions(chosen, desk)), itself)
    lines = lines_of(Case.holder, desk, named=False).where(wanted)
    earlier = or_(Case.filed_at < filed_at, and_(Case.filed_at == filed_at, Case.id < case))
    before = lines.where(earlier, Case.id != case).order_by(Case.filed_at.desc(), Case.id.desc()).limit(1)
    onward = lines.where(or_(Case.id == case, ~earlier)).order_by(Case.filed_at, Case.id).limit(limit)
    both = union_all(*(select(part.subquery()) for part in (before, onward)))
    found = sorted(listed(session, both), key=lambda one: (one.filed_at, one.case))
    ahead = [one for one in found if (one.filed_at, one.case) < (filed_at, case)]
    return ahead, found[len(ahead) :]


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
        .where(*conditions(chosen, desk), Case.id.not_in({after, *tried}))
        .where(~something_is_asked() if mine else and_(which.in_((TURN, TO_ENTER, SENT)), desk.free))
        .order_by(case((behind, 0), else_=1), Case.filed_at, Case.id)
        .limit(limit)
    )
    return [Candidate(row.id, "" if mine else TAKING[row.state]) for row in rows]


def _later(filed_at: ColumnElement[Any], case: str) -> ColumnElement[bool]:
    return or_(Case.filed_at > filed_at, and_(Case.filed_at == filed_at, Case.id > case))
