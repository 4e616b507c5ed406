"""A case as guards, checks, effects and pages see it: frozen values, read by ``load``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What rules ask of a record. No name and no number."""

    id: str
    ksh: str | None
    cc: str | None
    xz: str | None
    rxrq: date | None
    yjbyrq: date | None
    xjzt: str
    fy: str | None
    registered_on: date | None
    degree_registered_on: date | None


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """What rules ask of a campaign."""

    id: str
    plan: str
    kind: str
    state: str
    opens_at: datetime
    closes_at: datetime
    version: int = 0
    fields: tuple[str, ...] = ()
    lifecycle: str = "campaign"
    concerns: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """One claim of the record, of this case or another."""

    id: str
    case_id: str
    field: str
    group: str
    cause: str
    event_date: date | None
    outcome: str
    filed_at: datetime
    ended_at: datetime | None
    seen_on: date | None = None


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One stage of the case's review and the claims it was made for; ``outcome`` is empty while it is open.

    ``objections`` counts what was said against a public notice.
    """

    id: str
    position: int
    kind: str
    office: str
    duty: str
    four_eyes: bool
    due: date | None
    made_at: datetime
    sent_on: date | None
    number: str
    objections: int
    outcome: str
    ended_by: str
    ended_at: datetime | None
    claims: frozenset[str]
    ended_for: str = ""

    @property
    def taken_by(self) -> frozenset[str]:
        """The persons who count as having ended it: a stand-in and the one they stood in for."""
        return frozenset(filter(None, (self.ended_by, self.ended_for)))


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """One case with its record, its campaign, every claim of the record, and its steps while it is filed."""

    id: str
    state: str
    version: int
    record: RecordFacts
    campaign: CampaignFacts | None
    claims_of_record: tuple[ClaimFacts, ...] = ()
    previous_id: str = ""
    manner: str = ""
    excluded: str = ""
    filed_at: datetime | None = None
    holder: str = ""
    held_until: datetime | None = None
    decided_by: str = ""
    decided_at: datetime | None = None
    policy: str = ""
    proxy_role: str = ""
    steps: tuple[StepFacts, ...] = ()
    lifecycle: str = "case"

    @property
    def concerns(self) -> str:
        """The record whose student is told what happens here."""
        return self.record.id

    @property
    def claims(self) -> tuple[ClaimFacts, ...]:
        """The claims of this case that still stand: withdrawn ones are history."""
        return tuple(c for c in self.claims_of_record if c.case_id == self.id and c.outcome != "withdrawn")

    @property
    def open_elsewhere(self) -> tuple[ClaimFacts, ...]:
        """Open claims of the same record in other cases."""
        return tuple(c for c in self.claims_of_record if c.case_id != self.id and c.ended_at is None)
