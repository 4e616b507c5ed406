"""A permission as guards, checks and pages read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from states.permission import GRANTED, PERMISSION, USED_UP


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

    def stands(self, at: datetime) -> bool:
        """Whether it holds at a moment, or held then, whatever became of it later.

        Its last second is within; a late round prolongs nothing.
        """
        over = self.ended_at is not None and at >= self.ended_at
        return self.granted_at <= at <= self.until and not over

    def outlasts(self, moment: datetime) -> bool:
        """Whether it holds at a moment or afterwards, or did: to that moment at least."""
        return self.until >= moment and (self.ended_at is None or self.ended_at > moment)

    def used_at(self, at: datetime) -> PermissionFacts:
        """The same as what was done at that moment saw it: not yet used up by that very act."""
        by_it = self.state == USED_UP and self.ended_at == at
        return replace(self, state=GRANTED, ended_at=None) if by_it else self


def standing_one(
    permissions: Iterable[PermissionFacts], kind: str, at: datetime, campaign: str = ""
) -> PermissionFacts | None:
    """The permission of a kind that holds at a moment; of a check opened again that of the campaign."""
    return next(
        (one for one in permissions if one.kind == kind and one.campaign_id == campaign and one.stands(at)),
        None,
    )
