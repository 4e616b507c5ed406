"""A college's roll in a campaign, by person, with three independent sources side by side.

*Here* the student confirms or raises. The *platform* reports who has looked there. On *paper* students sign a
class sheet. No source fills in for another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from states.case import NOT_CHECKED
from workflow.campaigns.tables import Chase
from workflow.cases.tables import Case, PlatformLook, ToldInPerson
from workflow.cases.views.outcomes import outcomes_from, outcomes_of_case
from workflow.records.reach import EVERYBODY, of_class, plain
from workflow.records.tables import Record


@dataclass(frozen=True, slots=True)
class Entrant:
    """One student of a college's roll: identity, case state, chase, and the two other sources.

    ``looked`` is None if no export of the platform names the student. ``told_…``: on which day, how and by
    whose duty they were told in person, if anybody attests it. ``outcomes`` are those of the settled
    claims of a decided case.
    """

    case: str
    record: str
    name: str
    number: str
    college: str
    group: str
    state: str
    manner: str
    excluded: str
    reason: str
    contacts: int
    last_on: date | None
    last_how: str
    last_result: str
    signed_on: date | None
    looked: bool | None
    looked_at: datetime | None
    told_on: date | None
    told_how: str
    told_duty: str
    outcomes: tuple[str, ...]

    @property
    def silent(self) -> bool:
        """Counted and without an answer."""
        return self.state == NOT_CHECKED and not self.excluded

    @property
    def answered(self) -> bool:
        """Counted and answered here: neither unchecked nor deemed."""
        return not self.excluded and self.state != NOT_CHECKED and self.manner != "deemed"


def roll(
    session: Session, campaign: str, whom: ColumnElement[bool] = EVERYBODY, group: str | None = None
) -> tuple[Entrant, ...]:
    """Some students of a campaign, or those of them in a class, by class and number. One statement."""
    asked = _asked().where(Case.campaign_id == campaign, whom)
    if group is not None:
        asked = asked.where(of_class(group))
    order = (plain(Record.fy), plain(Record.bh), Record.xh, Record.id)
    return tuple(_entrant(row) for row in session.execute(asked.order_by(*order)))


def one_of_the_roll(
    session: Session, campaign: str, case: str, whom: ColumnElement[bool] = EVERYBODY
) -> Entrant | None:
    """One of some students of a campaign by their case, or None."""
    asked = _asked().where(Case.campaign_id == campaign, Case.id == case, whom)
    found = session.execute(asked).one_or_none()
    return None if found is None else _entrant(found)


def silent_of(entrants: Iterable[Entrant], reason: str | None = None) -> tuple[Entrant, ...]:
    """Students who have not answered. With ``reason``, only those with that noted reason ('' for none)."""
    return tuple(one for one in entrants if one.silent and reason in (None, one.reason))


def only_there(entrants: Iterable[Entrant]) -> tuple[Entrant, ...]:
    """Students who looked on the platform and have not answered here."""
    return tuple(one for one in entrants if one.silent and one.looked)


def only_here(entrants: Iterable[Entrant]) -> tuple[Entrant, ...]:
    """Students who answered here and, by the platform's export, have not looked there."""
    return tuple(one for one in entrants if one.answered and one.looked is False)


def _asked() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Case.id, Record.id, Record.xm, plain(Record.xh), plain(Record.fy), plain(Record.bh),
            Case.state, Case.manner, Case.excluded,
            plain(Chase.reason), func.coalesce(Chase.contacts, 0), Chase.last_on, plain(Chase.last_how),
            plain(Chase.last_result), Chase.signed_on, PlatformLook.looked, PlatformLook.looked_at,
            ToldInPerson.told_on, plain(ToldInPerson.how), plain(ToldInPerson.duty), outcomes_of_case(),
        )
        .join(Record, Record.id == Case.record_id)
        .outerjoin(Chase, Chase.case_id == Case.id)
        .outerjoin(PlatformLook, PlatformLook.case_id == Case.id)
        .outerjoin(ToldInPerson, ToldInPerson.case_id == Case.id)
    )  # fmt: skip


def _entrant(row: Any) -> Entrant:
    cells = (*row[:-1], outcomes_from(row[-1]))
    return Entrant(*cells)
