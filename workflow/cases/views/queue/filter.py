"""What somebody wants of their lists: a filter as an address bears it, and what it asks of a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_

from workflow.cases.flags import EVER_FLAGGED
from workflow.cases.tables import LAST
from workflow.cases.views.queue.desk import OTHERS, SENT, STUDENT, TO_ENTER

MINE, FREE = "mine", "free"
WAITS = (TO_ENTER, SENT, STUDENT, OTHERS)
OVERDUE, TODAY, WEEK = "overdue", "today", "week"
DUE = (OVERDUE, TODAY, WEEK)
"""By when it is due: the day is over, it is today, or within seven days from today on."""
AGES = ("3", "7", "14", "30")
"""Waited for so many days or longer."""
FLAGGED = "yes"
"""An import showed something of it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reviewer wants of the queue: whose, in which list, and one value of each facet at most."""

    who: str = ""
    field: str = ""
    college: str = ""
    waits: str = ""
    office: str = ""
    cause: str = ""
    step: str = ""
    age: str = ""
    due: str = ""
    flagged: str = ""

    def __bool__(self) -> bool:
        return bool(self.said())

    def said(self) -> dict[str, Any]:
        """The filter as an address bears it: nothing personal, and nothing that is not chosen."""
        return {name: value for name, value in asdict(self).items() if value}

    def only(self, who: str) -> Filter:
        """The same of what is free, or one's own."""
        return replace(self, who=who)

    @property
    def facets(self) -> dict[str, Any]:
        """What narrows a list."""
        return {name: value for name, value in self.said().items() if name not in ("who", "waits")}

    @classmethod
    def known(cls, said: Mapping[str, str], values: Mapping[str, Any]) -> Filter:
        """Of what an address says the values that there are; a college's name is taken as it is."""
        return cls(
            who=_of(said, "who", (MINE, FREE)),
            waits=_of(said, "waits", WAITS),
            age=_of(said, "age", AGES),
            due=_of(said, "due", DUE),
            flagged=_of(said, "flagged", (FLAGGED,)),
            college=said.get("college", "")[:64],
            **{name: _of(said, name, values[name]) for name in ("field", "office", "cause", "step")},
        )


def _of(said: Mapping[str, str], name: str, values: Any) -> str:
    value = said.get(name, "")
    return value if value in values else ""


def asked_of_lines(lines: FromClause, chosen: Filter) -> Iterator[ColumnElement[bool]]:
    """What a filter asks of a line, beside whose it is and when."""
    for name, column in _COLUMNS.items():
        if value := getattr(chosen, name):
            yield lines.c[column] == value
    if chosen.flagged:
        yield lines.c.case_id.in_(EVER_FLAGGED)


_COLUMNS = {"field": "field", "college": "college", "office": "office", "cause": "cause", "step": "kind"}


def due_within(due: ColumnElement[str], which: str, at: datetime) -> ColumnElement[bool]:
    """What is due by a word of ``DUE``."""
    today = at.date()
    if which == OVERDUE:
        return due < today.isoformat()
    if which == TODAY:
        return due == today.isoformat()
    return and_(due >= today.isoformat(), due <= (today + timedelta(days=7)).isoformat(), due != LAST)
