"""A campaign's numbers at any moment, from the history alone: the entries of its cases and chases.

The case tables are not read, so a published number can be checked as long as the history is kept. A record
counts for its college at that moment.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from workflow.campaigns.progress.board import COLUMNS, DEEMED, PROXY, Board, board_of
from workflow.campaigns.tables import Chase
from workflow.cases.tables import Case
from workflow.history.codes import NO_REASON, REASON, find
from workflow.history.entry import DONE
from workflow.history.tables import EntryRow
from workflow.records.tables import Record, RecordChange
from workflow.store import as_text, from_text

COLLEGE = "FY"


@dataclass(frozen=True, slots=True)
class BoardPosition:
    """A case's board position since a moment: its column, and the reason for exclusion ('' if counted)."""

    since: datetime
    column: str
    excluded: str


@dataclass(frozen=True, slots=True)
class Walk:
    """All board positions of a case, oldest first."""

    case: str
    record: str
    standings: tuple[BoardPosition, ...]

    @property
    def last(self) -> BoardPosition:
        """The latest position."""
        return self.standings[-1]


def walks(
    session: Session, campaign: str, until: datetime, whom: ColumnElement[bool] | None = None
) -> Iterator[Walk]:
    """The walk of each case of a campaign up to a moment, that second included.

    ``whom`` restricts them to the records of which it is true now.
    """
    asked = (
        select(Case.record_id, EntryRow.subject, EntryRow.at, EntryRow.body)
        .join(Case, Case.id == EntryRow.subject)
        .where(Case.campaign_id == campaign, EntryRow.kind == DONE, EntryRow.at <= as_text(until))
        .order_by(EntryRow.subject, EntryRow.number)
        .execution_options(yield_per=5000)
    )
    if whom is not None:
        asked = asked.join(Record, Record.id == Case.record_id).where(whom)
    rows = session.execute(asked)
    for (record, case), lines in groupby(rows, key=lambda row: (row.record_id, row.subject)):
        yield Walk(case, record, tuple(_fold((line.at, json.loads(line.body)) for line in lines)))


def reasons_at(session: Session, campaign: str, moment: datetime) -> dict[str, str]:
    """By case, the reason for no answer that the college had noted by a moment."""
    rows = session.execute(
        select(Chase.case_id, EntryRow.body)
        .join(Chase, Chase.id == EntryRow.subject)
        .join(Case, Case.id == Chase.case_id)
        .where(
            Case.campaign_id == campaign,
            EntryRow.kind == DONE,
            EntryRow.action == "give_reason",
            EntryRow.at <= as_text(moment),
        )
        .order_by(EntryRow.subject, EntryRow.number)
    )
    found = {}
    for case, body in rows:
        reason = find(json.loads(body)["codes"], REASON).value
        found[case] = "" if reason == NO_REASON else reason
    return found


def _fold(entries: Iterator[tuple[str, Mapping[str, str]]]) -> Iterator[BoardPosition]:
    column = excluded = ""
    for at, said in entries:
        before = column, excluded
        if said["from"] != said["to"] or said["action"] == "confirm":
            column = _column(said)
        elif said["action"] == "exclude":
            excluded = said["codes"][0]
        elif said["action"] == "include":
            excluded = ""
        if (column, excluded) != before:
            yield BoardPosition(from_text(at), column, excluded)


def _column(said: Mapping[str, str]) -> str:
    if said["action"] == "deem":
        return DEEMED
    return PROXY if said["action"] == "confirm" and said["role"] != "student" else said["to"]


def board_at(session: Session, campaign: str, moment: datetime) -> Board:
    """The board by college at a moment, that second included."""
    colleges = colleges_at(session, moment)
    reasons = reasons_at(session, campaign, moment)
    tally: Counter[tuple[str, str, str, str]] = Counter()
    for walk in walks(session, campaign, moment):
        place = (colleges.get(walk.record, ""), walk.last.column, walk.last.excluded)
        tally[*place, reasons.get(walk.case, "")] += 1
    return board_of((*place, n) for place, n in tally.items())


def colleges_at(session: Session, moment: datetime) -> dict[str, str]:
    """The college of each record at a moment: today's, or the old value of the first later change."""
    found = _colleges_now(session)
    later = (
        select(RecordChange.record_id, RecordChange.old)
        .where(RecordChange.field == COLLEGE, RecordChange.at > moment)
        .order_by(RecordChange.number.desc())
    )
    for record, old in session.execute(later):  # the earliest of the later changes comes last and wins
        found[record] = old or ""
    return found


def _colleges_now(session: Session) -> dict[str, str]:
    return {id: fy or "" for id, fy in session.execute(select(Record.id, Record.fy))}


# -- day by day -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DayNumbers:
    """A campaign's numbers at the end of a day, or at the last known moment of it."""

    day: date
    numbers: Mapping[str, int]

    @property
    def counted(self) -> int:
        """The denominator of that day."""
        return sum(self.numbers.values())

    @property
    def silent(self) -> int:
        """How many had not answered yet."""
        return self.numbers["not_checked"]


@dataclass(frozen=True, slots=True)
class Trend:
    """The days of a campaign up to a moment, by college and in total."""

    total: tuple[DayNumbers, ...]
    colleges: Mapping[str, tuple[DayNumbers, ...]]


def trend(
    session: Session,
    campaign: str,
    since: datetime,
    until: datetime,
    whom: ColumnElement[bool] | None = None,
) -> Trend:
    """The numbers at the end of each day. One pass through the history.

    A record counts for its present college, so that a line shows a college and not its transfers. With
    ``whom`` only these records are counted, in total and not by college.
    """
    total: dict[date, Counter[str]] = {}
    colleges = {} if whom is not None else _colleges_now(session)
    by_college: dict[str, dict[date, Counter[str]]] = {}
    for walk in walks(session, campaign, until, whom):
        counts = [total]
        if whom is None:
            counts.append(by_college.setdefault(colleges.get(walk.record, ""), {}))
        before = ""
        for standing in walk.standings:
            after = "" if standing.excluded else standing.column
            for place in counts:
                change = place.setdefault(max(standing.since.date(), since.date()), Counter())
                if before:
                    change[before] -= 1
                if after:
                    change[after] += 1
            before = after
    days = [since.date() + timedelta(days=n) for n in range((until.date() - since.date()).days + 1)]
    return Trend(_days(total, days), {name: _days(by_college[name], days) for name in sorted(by_college)})


def _days(moves: Mapping[date, Counter[str]], days: list[date]) -> tuple[DayNumbers, ...]:
    numbers: Counter[str] = Counter()
    found = []
    for day in days:
        numbers.update(moves.get(day, {}))
        found.append(DayNumbers(day, {kind: numbers[kind] for kind in COLUMNS}))
    return tuple(found)
