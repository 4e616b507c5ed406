"""A campaign's progress by college or class, and the students who have not answered.

A whole board is one statement. *Deemed* cases and those confirmed by a *proxy* have columns of their own.
Excluded cases are in no sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from states.case import CHECKED_OK, CORRECTED, DEFERRED, NOT_CHECKED, RAISED, REJECTED, REVIEW
from workflow.campaigns.tables import Chase
from workflow.cases.tables import Campaign, Case
from workflow.records.reach import EVERYBODY, of_class, plain
from workflow.records.tables import Record

PROXY, DEEMED = "proxy", "deemed"
COLUMNS = (NOT_CHECKED, CHECKED_OK, PROXY, DEEMED, DEFERRED, RAISED, REVIEW, CORRECTED, REJECTED)
"""The columns of a counted case, in board order. ``checked_ok`` means confirmed by the student."""

Level = Literal["fy", "bh"]
"""A board has one line for each college (``fy``) or for each class (``bh``)."""


@dataclass(frozen=True, slots=True)
class BoardLine:
    """The cases of one college or class: how many in each column; excluded ones by reason.

    ``silent``: unchecked cases by the reason that the college noted, '' for none.
    """

    name: str
    numbers: Mapping[str, int]
    excluded: Mapping[str, int] = field(default_factory=dict)
    silent: Mapping[str, int] = field(default_factory=dict)

    @property
    def counted(self) -> int:
        """The denominator: every case that is not excluded."""
        return sum(self.numbers.values())

    @property
    def checked(self) -> int:
        """Cases answered by the student or a proxy: neither unchecked nor deemed."""
        return self.counted - self.numbers[NOT_CHECKED] - self.numbers[DEEMED]

    @property
    def left_out(self) -> int:
        """Every excluded case."""
        return sum(self.excluded.values())

    @property
    def per_mille(self) -> int:
        """How many of a thousand were checked, rounded down: 1000 means all."""
        return self.checked * 1000 // self.counted if self.counted else 0


@dataclass(frozen=True, slots=True)
class Board:
    """Lines by name, and their sum."""

    lines: tuple[BoardLine, ...]
    total: BoardLine

    def behind_first(self) -> tuple[BoardLine, ...]:
        """The lines with the lowest share first. Lines without counted cases come last."""
        return tuple(sorted(self.lines, key=lambda line: (not line.counted, line.per_mille, line.name)))


@dataclass(frozen=True, slots=True)
class Known:
    """A campaign as shown on boards. ``policy``: the digest of the rules by which it was started."""

    id: str
    plan: str
    title: str
    title_en: str
    state: str
    opens_at: datetime
    closes_at: datetime
    policy: str


def campaigns(session: Session) -> tuple[Known, ...]:
    """Every campaign, past ones included, latest first."""
    kept = Campaign
    rows = session.execute(
        select(
            kept.id,
            kept.plan,
            kept.title,
            kept.title_en,
            kept.state,
            kept.opens_at,
            kept.closes_at,
            kept.policy,
        ).order_by(kept.opens_at.desc(), kept.id)
    )
    return tuple(Known(*row) for row in rows)


def board(session: Session, campaign: str, level: Level, whom: ColumnElement[bool] = EVERYBODY) -> Board:
    """The numbers of a campaign by college or class, of all students or some. One statement."""
    asked = _numbers(plain(getattr(Record, level))).where(Case.campaign_id == campaign, whom)
    return _board(session.execute(asked))


def board_of(rows: Iterable[tuple[str, str, str, str, int]]) -> Board:
    """A board from rows of (unit, column, exclusion reason or '', reason for no answer, n)."""
    units: dict[str, _Sums] = {}
    for unit, column, excluded, silence, n in rows:
        units.setdefault(unit, _Sums()).add(column, excluded, silence, n)
    total = sum(units.values(), _Sums())
    return Board(tuple(units[unit].line(unit) for unit in sorted(units)), total.line(""))


def column_of(state: str, manner: str) -> str:
    """The column of a counted case: its state, except that proxy and deemed are separate columns."""
    return manner if state == CHECKED_OK and manner in (PROXY, DEEMED) else state


def totals(session: Session) -> dict[str, BoardLine]:
    """The sums of every campaign by its id. One statement."""
    asked = _numbers(Case.campaign_id).where(Case.campaign_id.is_not(None))
    return {line.name: line for line in _board(session.execute(asked)).lines}


def takes_part(session: Session, campaign: str, whom: ColumnElement[bool], group: str | None = None) -> bool:
    """True if some of these students, or of those in a class, have a case in a campaign."""
    asked = select(Case.id).join(Record, Record.id == Case.record_id)
    asked = asked.where(Case.campaign_id == campaign, whom)
    if group is not None:
        asked = asked.where(of_class(group))
    return session.scalar(asked.limit(1)) is not None


def _numbers(unit: ColumnElement[Any] | Any) -> Any:
    silence = plain(Chase.reason)
    return (
        select(unit, Case.state, Case.manner, Case.excluded, silence, func.count())
        .select_from(Case)
        .join(Record, Record.id == Case.record_id)
        .outerjoin(Chase, Chase.case_id == Case.id)
        .group_by(unit, Case.state, Case.manner, Case.excluded, silence)
    )


def _board(rows: Iterable[Sequence[Any]]) -> Board:
    return board_of(
        (unit, column_of(state, manner), excluded, silence, n)
        for unit, state, manner, excluded, silence, n in rows
    )


@dataclass(slots=True)
class _Sums:
    """The numbers of one line while they are summed."""

    numbers: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)

    def add(self, column: str, excluded: str, silence: str, n: int) -> None:
        if excluded:
            self.excluded[excluded] += n
            return
        self.numbers[column] += n
        if column == NOT_CHECKED:
            self.silent[silence] += n

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(self.numbers + other.numbers, self.excluded + other.excluded, self.silent + other.silent)

    def line(self, name: str) -> BoardLine:
        numbers = {column: self.numbers[column] for column in COLUMNS}
        return BoardLine(
            name, numbers, dict(sorted(self.excluded.items())), dict(sorted(self.silent.items()))
        )
