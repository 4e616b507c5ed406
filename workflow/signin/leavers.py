"""People who have left the school: for a year they may still sign in and read what was decided."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.policy.words import Statuses
from workflow.records.tables import Record
from workflow.records.values import sources_of


def left_too_long_ago(session: Session, record: str, statuses: Statuses, today: date) -> bool:
    """Whether a record's student left the school more than a year ago.

    Their status says that they left; the file or the decision that says so first has the date.
    """
    status = session.scalars(select(Record.xjzt).where(Record.id == record)).one_or_none()
    if status not in statuses.left:
        return False
    return today > _a_year_after(sources_of(session, record)["XJZT"].day)


def _a_year_after(day: date) -> date:
    later = day.year + 1
    return date(later, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=later)
