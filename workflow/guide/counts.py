"""Counting how the guide's situations end, and reading the counts by week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ClauseElement, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from config.settings import Network
from workflow.clock import Clock
from workflow.guide.tables import ENDINGS, GuideCount
from workflow.people.cipher import Cipher
from workflow.signin.throttle import SECOND, Limit, OpenForm, PlaceLimits, count_sent, wait_to_send
from workflow.store import Prepared, Store, table_of

MINUTE = 60 * SECOND
ENDING = OpenForm(
    "guide_ending",
    PlaceLimits(address=Limit(20, 5 * MINUTE), campus=Limit(300, 2 * SECOND), neighbours=Limit(60, MINUTE)),
    everybody=Limit(600, SECOND),
)
"""How often endings are counted: a client who sends more still sees the page."""
MOST_WEEKS = 26
"""So many weeks are shown, back from this one."""

Counted = Mapping[tuple[str, str], int]
"""How often, by situation and ending."""


@dataclass(frozen=True, slots=True)
class GuideWeek:
    """What was counted in the week that begins on a Monday."""

    monday: date
    counted: Counted

    def of(self, situation: str, ending: str) -> int:
        """How often a situation came to an ending in this week."""
        return self.counted.get((situation, ending), 0)


@dataclass(frozen=True, slots=True)
class GuideCounter:
    """Counts endings, each client's only so often. The client's address is kept as the throttle keeps it."""

    store: Store
    cipher: Cipher
    clock: Clock
    campus: Sequence[Network]

    def add(self, address: str, counted: Counted) -> bool:
        """Count what came to an end at a client. False if that client has sent too many."""
        with self.store.reading() as session:
            at = self.clock.now(session)
            if wait_to_send(session, self.cipher, ENDING, address, at, self.campus):
                return False
        with self.store.writing() as session:
            at = self.clock.now(session)
            if count_sent(session, self.cipher, ENDING, address, at, self.campus):
                return False
            add_counts(session, at.date(), counted)
        return True


def add_counts(session: Session, day: date, counted: Counted) -> None:
    """Add to a day's counts."""
    _ADD.run_many(
        session,
        [
            {"day": day.isoformat(), "situation": situation, "ending": ending, "count": count}
            for (situation, ending), count in sorted(counted.items())
            if ending in ENDINGS and count > 0
        ],
    )


def weeks(session: Session, today: date) -> tuple[GuideWeek, ...]:
    """The weeks in which something was counted, the last first."""
    since = monday_of(today) - timedelta(weeks=MOST_WEEKS - 1)
    found: dict[date, dict[tuple[str, str], int]] = {}
    for day, situation, ending, count in session.execute(
        select(GuideCount.day, GuideCount.situation, GuideCount.ending, GuideCount.count).where(
            GuideCount.day >= since
        )
    ):
        week = found.setdefault(monday_of(day), {})
        week[situation, ending] = week.get((situation, ending), 0) + count
    return tuple(GuideWeek(monday, found[monday]) for monday in sorted(found, reverse=True))


def monday_of(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


def _add(dialect: str) -> ClauseElement:
    row: dict[str, Any] = {name: bindparam(name) for name in ("day", "situation", "ending", "count")}
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    written = insert(table_of(GuideCount)).values(row)
    return written.on_conflict_do_update(
        index_elements=["day", "situation", "ending"],
        set_={"count": table_of(GuideCount).c["count"] + written.excluded["count"]},
    )


_ADD = Prepared(_add)
