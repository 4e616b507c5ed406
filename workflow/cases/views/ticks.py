"""The two things that a campaign asks of a student: to check the record here, and to look on the platform.

Who says that they looked there is kept apart: a list that the school imported, or the student alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from states import campaign as campaign_states
from states.case import CHECKED_OK, DEFERRED, NOT_CHECKED
from workflow.cases.facts import CaseFacts

RECORD, LIST, SAID = "record", "list", "said"
"""Who says that something is done: the record of what was done here, the platform's list, the student."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One of the two: whether it is done, on which day (None if nobody says which), and who says so.

    ``listed_on`` is the day of the newest list that the school imported, whomever it names.
    """

    done: bool
    on: date | None = None
    by: str = ""
    listed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Ticks:
    """Both, for one student in a running campaign. ``said`` of ``total`` items are said right or wrong."""

    here: Tick
    there: Tick
    said: int = 0
    total: int = 0

    @property
    def open(self) -> int:
        """How many of the two are due and not done."""
        return 2 - self.here.done - self.there.done


@dataclass(frozen=True, slots=True)
class ListedLook:
    """What the platform's list says of a student: whether they have looked, when, and the list's day."""

    looked: bool
    looked_at: datetime | None
    as_of: date


def ticks_of(
    case: CaseFacts,
    at: datetime,
    rested_at: datetime | None,
    right: Collection[str],
    listed: ListedLook | None,
    listed_on: date | None,
) -> Ticks | None:
    """The two ticks of a case; None where no running campaign counts it, and it is not opened again."""
    campaign, opened = case.campaign, case.opened(at) is not None
    if campaign is None or case.excluded:
        return None
    runs = campaign.state == campaign_states.OPEN and campaign.opens_at <= at <= campaign.closes_at
    if not runs and not opened:
        return None
    here = Tick(done=False) if opened else _here(case, rested_at)
    claimed = {claim.field for claim in case.claims} if case.state != CHECKED_OK else set()
    deferred = {*case.deferred_items} if case.state == DEFERRED else set()
    confirmed = case.state == CHECKED_OK and not opened
    answered = {*campaign.fields} if confirmed else claimed | deferred | {*right}
    said = len(answered & {*campaign.fields})
    return Ticks(here, there(case.looked_on, listed, listed_on), said, len(campaign.fields))


def _here(case: CaseFacts, rested_at: datetime | None) -> Tick:
    """Done by a confirmation, or by a filing: whoever says that something is wrong has answered as well."""
    if case.state == NOT_CHECKED or case.manner == "deemed":
        return Tick(done=False)
    when = rested_at if case.state == CHECKED_OK else case.filed_at
    return Tick(done=True, on=when.date() if when else None, by=RECORD)


def there(said_on: date | None, listed: ListedLook | None, listed_on: date | None) -> Tick:
    """Done by the platform's list, else by the student's word, and each is shown as what it is.

    A list of a later day on which the student has not looked asks them to look again.
    """
    if listed is not None and listed.looked:
        day = listed.looked_at.date() if listed.looked_at else None
        return Tick(done=True, on=day, by=LIST, listed_on=listed_on)
    if said_on is None:
        return Tick(done=False, listed_on=listed_on)
    contradicted = listed is not None and listed.as_of > said_on
    return Tick(done=not contradicted, on=said_on, by=SAID, listed_on=listed_on)
