"""A permission as guards, checks and pages read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from states.permission import GRANTED, PERMISSION


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
        """Whether it holds at a moment. Its last second is within; a late round prolongs nothing."""
        return self.state == GRANTED and at <= self.until


def standing_one(
    permissions: Iterable[PermissionFacts], kind: str, at: datetime, campaign: str = ""
) -> PermissionFacts | None:
    """The permission of a kind that holds at a moment; of a check opened again that of the campaign."""
    return next(
        (one for one in permissions if one.kind == kind and one.campaign_id == campaign and one.stands(at)),
        None,
    )
