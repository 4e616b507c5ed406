"""The one clock: Asia/Shanghai, truncated to the second, read once per command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """A source of the current moment of a command."""

    def now(self, session: Session | None = None) -> datetime:
        """The present moment, aware, in Asia/Shanghai, to the second."""
        ...


def to_second(moment: datetime) -> datetime:
    """The same instant in Asia/Shanghai, truncated to the second."""
    return moment.astimezone(SHANGHAI).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The database's clock on PostgreSQL, where several machines may serve; the machine's clock on SQLite.

    ``behind`` is the offset of a practice installation into the past. A production installation has zero.
    """

    behind: timedelta = timedelta(0)

    def now(self, session: Session | None = None) -> datetime:
        if session is not None and session.get_bind().dialect.name == "postgresql":
            moment: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        else:
            moment = datetime.now(SHANGHAI)
        return to_second(moment - self.behind)


@dataclass(slots=True)
class SetClock:
    """A clock that returns a fixed moment, for tests, simulations and benches."""

    moment: datetime

    def now(self, session: Session | None = None) -> datetime:
        return to_second(self.moment)
