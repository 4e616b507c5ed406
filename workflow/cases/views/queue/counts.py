"""How many cases are of each list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from workflow.cases.tables import Case
from workflow.cases.views.queue.desk import OTHERS, SENT, STUDENT, TO_ENTER, TURN, UNDECIDED, Desk, mark
from workflow.cases.views.queue.filter import Filter, conditions
from workflow.records.tables import Record


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


def count(session: Session, desk: Desk, chosen: Filter) -> Counts:
    """How many cases are of each list, and the colleges they are of, in one statement."""
    which, mine, free = desk.which.label("which"), mark(desk.mine, "mine"), mark(desk.free, "free")
    wanted = mark(and_(*conditions(chosen, desk)), "wanted")
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
