"""What somebody wants of their lists: a filter as an address bears it, and what it asks of a case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists

from workflow.cases.review import steps
from workflow.cases.tables import Case, Claim
from workflow.cases.views.queue.desk import OTHERS, SENT, STUDENT, TO_ENTER, TURN, UNDECIDED, Desk
from workflow.records.tables import Record

MINE, FREE = "mine", "free"
CHECK = "check"
"""Of those whose turn it is: what waits for a check."""
WAITS = (CHECK, TO_ENTER, SENT, STUDENT, OTHERS)


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


def conditions(chosen: Filter, desk: Desk) -> Iterable[ColumnElement[bool]]:
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
