"""How far a campaign is, college by college or class by class, and who has said nothing yet.

The numbers of a whole board are one statement. Whoever says nothing and is *deemed* correct stands in a
column of their own; whoever is excluded stands in no sum at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.orm import Session

from states.case import CHECKED_OK, CORRECTED, NOT_CHECKED, RAISED, REJECTED, REVIEW
from workflow.cases.tables import Campaign, Case
from workflow.records.tables import Record

DEEMED = "deemed"
COLUMNS = (NOT_CHECKED, CHECKED_OK, DEEMED, RAISED, REVIEW, CORRECTED, REJECTED)
"""What a counted case may be, in the order of a board; ``checked_ok`` are those who said so themselves."""

Level = Literal["fy", "bh"]
"""A board has one line for each college (``fy``) or for each class (``bh``)."""


@dataclass(frozen=True, slots=True)
class Line:
    """The cases of one college or class: how many of each kind; excluded ones by their reason."""

    name: str
    numbers: Mapping[str, int]
    excluded: Mapping[str, int] = field(default_factory=dict)

    @property
    def counted(self) -> int:
        """Every case that is not excluded: the denominator."""
        return sum(self.numbers.values())

    @property
    def checked(self) -> int:
        """Cases whose student said something: neither silent nor deemed."""
        return self.counted - self.numbers[NOT_CHECKED] - self.numbers[DEEMED]

    @property
    def left_out(self) -> int:
        """Every excluded case."""
        return sum(self.excluded.values())

    @property
    def per_mille(self) -> int:
        """How many of a thousand were checked, never rounded up: all but one of them are not all."""
        return self.checked * 1000 // self.counted if self.counted else 0


@dataclass(frozen=True, slots=True)
class Board:
    """Lines by name, and their sum."""

    lines: tuple[Line, ...]
    total: Line

    def behind_first(self) -> tuple[Line, ...]:
        """The lines with the lowest share first; those with nobody to check at the end."""
        return tuple(sorted(self.lines, key=lambda line: (not line.counted, line.per_mille, line.name)))


@dataclass(frozen=True, slots=True)
class Known:
    """A campaign as its boards name it."""

    id: str
    plan: str
    title: str
    title_en: str
    state: str
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Silent:
    """One student who has said nothing: what is needed to find and to ask them, and nothing more."""

    name: str
    number: str
    group: str


def campaigns(session: Session) -> tuple[Known, ...]:
    """Every campaign there is or was, latest first."""
    kept = Campaign
    rows = session.execute(
        select(
            kept.id, kept.plan, kept.title, kept.title_en, kept.state, kept.opens_at, kept.closes_at
        ).order_by(kept.opens_at.desc(), kept.id)
    )
    return tuple(Known(*row) for row in rows)


def board(session: Session, campaign: str, level: Level, college: str | None = None) -> Board:
    """The numbers of a campaign by college or class, of one college or of all; one statement."""
    asked = _numbers(_plain(getattr(Record, level))).where(Case.campaign_id == campaign)
    if college is not None:
        asked = asked.where(_of_college(college))
    return _board(session.execute(asked))


def board_of(rows: Iterable[tuple[str, str, str, int]]) -> Board:
    """A board from numbers counted elsewhere: unit, column, reason of exclusion ('' if counted), n."""
    return _board((unit, column, column, reason, n) for unit, column, reason, n in rows)


def totals(session: Session) -> dict[str, Line]:
    """The sums of every campaign by its id; one statement."""
    asked = _numbers(Case.campaign_id).where(Case.campaign_id.is_not(None))
    return {line.name: line for line in _board(session.execute(asked)).lines}


def takes_part(session: Session, campaign: str, college: str, group: str | None = None) -> bool:
    """Whether a college, or a class of that college, has any case in a campaign."""
    asked = select(Case.id).join(Record, Record.id == Case.record_id)
    asked = asked.where(Case.campaign_id == campaign, _of_college(college))
    if group is not None:
        asked = asked.where(_plain(Record.bh) == group)
    return session.scalar(asked.limit(1)) is not None


def silent(session: Session, campaign: str, college: str, group: str | None = None) -> tuple[Silent, ...]:
    """Who of a college, or of one class of it, has not checked and is not excluded; by class and number."""
    asked = (
        select(Record.xm, _plain(Record.xh), _plain(Record.bh))
        .join(Case, Case.record_id == Record.id)
        .where(
            Case.campaign_id == campaign,
            Case.state == NOT_CHECKED,
            Case.excluded == "",
            _of_college(college),
        )
        .order_by(_plain(Record.bh), Record.xh, Record.id)
    )
    if group is not None:
        asked = asked.where(_plain(Record.bh) == group)
    return tuple(Silent(*row) for row in session.execute(asked))


def _of_college(college: str) -> ColumnElement[bool]:
    return _plain(Record.fy) == college


def _plain(column: Any) -> ColumnElement[str]:
    """What a record does not say is '' here; written out, or PostgreSQL would not group by it."""
    return func.coalesce(column, literal_column("''"))


def _numbers(unit: ColumnElement[Any] | Any) -> Any:
    return (
        select(unit, Case.state, Case.manner, Case.excluded, func.count())
        .select_from(Case)
        .join(Record, Record.id == Case.record_id)
        .group_by(unit, Case.state, Case.manner, Case.excluded)
    )


def _board(rows: Iterable[Sequence[Any]]) -> Board:
    units: dict[str, tuple[Counter[str], Counter[str]]] = {}
    numbers: Counter[str] = Counter()
    excluded: Counter[str] = Counter()
    for unit, state, manner, reason, n in rows:
        ours, left_out = units.setdefault(unit, (Counter(), Counter()))
        if reason:
            left_out[reason] += n
            excluded[reason] += n
        else:
            kind = DEEMED if manner == DEEMED else state
            ours[kind] += n
            numbers[kind] += n
    lines = tuple(_line(unit, *units[unit]) for unit in sorted(units))
    return Board(lines, _line("", numbers, excluded))


def _line(name: str, numbers: Mapping[str, int], excluded: Mapping[str, int]) -> Line:
    return Line(name, {kind: numbers.get(kind, 0) for kind in COLUMNS}, dict(sorted(excluded.items())))
