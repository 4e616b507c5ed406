"""A permission as guards, checks and pages read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter

from config.calendar import Pause
from states.permission import GRANTED, PERMISSION, USED_UP
from workflow.permissions.tables import FREEZE


@dataclass(frozen=True, slots=True)
class PermissionFacts:
    """One act of the registrar on a record. ``campaign_id`` is '' but for a check opened again."""

    id: str
    state: str
    version: int
    record_id: str
    kind: str
    campaign_id: str
    until: datetime
    granted_at: datetime
    ended_at: datetime | None = None
    lifecycle: str = PERMISSION.name

    @property
    def concerns(self) -> str:
        """The record whose student is told."""
        return self.record_id

    @property
    def over_at(self) -> datetime:
        """When it is over, or was: at its end, or when it was used up or taken back before that."""
        return self.until if self.ended_at is None else min(self.until, self.ended_at)

    def stands(self, at: datetime) -> bool:
        """Whether it holds at a moment, or held then, whatever became of it later.

        Its last second is within; a late round prolongs nothing.
        """
        return stands_at(at, self.granted_at, self.until, self.ended_at)

    def outlasts(self, moment: datetime) -> bool:
        """Whether it holds at a moment or afterwards, or did: to that moment at least."""
        return self.until >= moment and (self.ended_at is None or self.ended_at > moment)

    def used_at(self, at: datetime) -> PermissionFacts:
        """The same as what was done at that moment saw it: not yet used up by that very act."""
        by_it = self.state == USED_UP and self.ended_at == at
        return replace(self, state=GRANTED, ended_at=None) if by_it else self


def stands_at(at: datetime, granted_at: datetime, until: datetime, ended_at: datetime | None) -> bool:
    """Whether what was granted at a moment, until another, stands or stood at a third."""
    return granted_at <= at <= until and (ended_at is None or at < ended_at)


def standing_one(
    permissions: Iterable[PermissionFacts], kind: str, at: datetime, campaign: str = ""
) -> PermissionFacts | None:
    """The permission of a kind that holds at a moment; of a check opened again that of the campaign."""
    return next(
        (one for one in permissions if one.kind == kind and one.campaign_id == campaign and one.stands(at)),
        None,
    )


def freezes(permissions: Iterable[PermissionFacts]) -> tuple[Pause, ...]:
    """The days of the freezes, on which no term of the student runs: the first and the last included."""
    return tuple(
        Pause(one.granted_at.date(), one.over_at.date()) for one in permissions if one.kind == FREEZE
    )


def after_freezes(permissions: Iterable[PermissionFacts], begins: datetime, length: timedelta) -> datetime:
    """The end of a term that begins at a moment. While a freeze stands, it does not run."""
    ends = begins + length
    for one in sorted(permissions, key=attrgetter("granted_at")):
        if one.kind == FREEZE and one.granted_at <= ends and one.over_at > begins:
            ends += one.over_at - max(one.granted_at, begins)
    return ends
