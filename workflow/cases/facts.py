"""A record and its cases as guards, checks, effects and pages see them: frozen values, read by ``load``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from config.policy import CampaignWindow
from states import campaign as campaign_states
from states.case import CHECKED_OK, DEFERRED, NOT_CHECKED, RAISED, REVIEW
from workflow.permissions.facts import PermissionFacts, standing_one
from workflow.permissions.tables import EXTEND, FREEZE, OPEN


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What rules ask of a record. No name and no number. ``blank``: the columns without a value."""

    id: str
    ksh: str | None
    cc: str | None
    xz: str | None
    rxrq: date | None
    yjbyrq: date | None
    xjzt: str
    fy: str | None
    bh: str | None
    registered_on: date | None
    degree_registered_on: date | None
    blank: tuple[str, ...] = ()


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
    title: str = ""
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """One claim of the record, of this case or another; its two values are still sealed.

    ``returned_on``: the day on which its case was last returned to the student, while it waits for them.
    """

    id: str
    case_id: str
    field: str
    field_group: str
    cause: str
    event_date: date | None
    outcome: str
    filed_at: datetime
    ended_at: datetime | None
    seen_on: date | None = None
    old: bytes = b""
    new: bytes = b""
    ruling: str = ""
    variant: str = ""
    returned_on: date | None = None
    office: str = ""
    locks: str = ""

    @property
    def locked(self) -> frozenset[str]:
        """The fields that nobody changes elsewhere while it is open."""
        return frozenset(filter(None, self.locks.split(",")))


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
    rule: str = ""
    void_by: str = "value,paper"

    def is_voided_by(self, brought: str) -> bool:
        """Whether what a student's answer brought makes it void, once it is passed."""
        return brought in self.void_by.split(",")

    @property
    def taken_by(self) -> frozenset[str]:
        """The persons who count as having ended it: a stand-in and the one they stood in for."""
        return frozenset(filter(None, (self.ended_by, self.ended_for)))


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What a decided case waits for, or has heard."""

    reconfirm_until: date | None = None
    reconfirmed_at: datetime | None = None
    disagreed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """One case with its record, its campaign, every claim of the record, and every step it ever had.

    ``permissions`` are those that the record has, or had.
    ``returned_on``: the day on which it was last returned to the student, while it waits for them.
    ``confirmed_on``: the day on which its check was confirmed; outside a campaign, the record's last check.
    """

    id: str
    state: str
    version: int
    record: RecordFacts
    campaign: CampaignFacts | None
    claims_of_record: tuple[ClaimFacts, ...] = ()
    previous_id: str = ""
    manner: str = ""
    excluded: str = ""
    receipt: str = ""
    filed_at: datetime | None = None
    holder: str = ""
    held_until: datetime | None = None
    decided_by: str = ""
    decided_at: datetime | None = None
    ruling: str = ""
    policy: str = ""
    proxy: str = ""
    proxy_role: str = ""
    proxy_for: str = ""
    looked_on: date | None = None
    deferred_until: datetime | None = None
    deferred_fields: str = ""
    called_back_at: datetime | None = None
    confirmed_on: date | None = None
    returned_on: date | None = None
    afterwards: Afterwards = Afterwards()
    every_step: tuple[StepFacts, ...] = ()
    permissions: tuple[PermissionFacts, ...] = ()
    lifecycle: str = "case"

    @property
    def concerns(self) -> str:
        """The record whose student is told what happens here."""
        return self.record.id

    @property
    def deferred_items(self) -> tuple[str, ...]:
        """What its student last said to be wrong and to be filed later."""
        return tuple(filter(None, self.deferred_fields.split(",")))

    @property
    def steps(self) -> tuple[StepFacts, ...]:
        """The steps of the present review, void ones among them; none unless the case is under way."""
        return self.every_step if self.state in (RAISED, REVIEW) else ()

    @property
    def claims(self) -> tuple[ClaimFacts, ...]:
        """The claims of this case that still stand: withdrawn ones are history."""
        return tuple(c for c in self.claims_of_record if c.case_id == self.id and c.outcome != "withdrawn")

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes of its settled claims, each as often as there are: a decision may be more than one."""
        return tuple(sorted(claim.outcome for claim in self.claims if claim.outcome))

    def claim(self, id: str) -> ClaimFacts | None:
        """One claim of this case that still stands, or None."""
        return next((claim for claim in self.claims if claim.id == id), None)

    @property
    def open_elsewhere(self) -> tuple[ClaimFacts, ...]:
        """Open claims of the same record in other cases."""
        return tuple(c for c in self.claims_of_record if c.case_id != self.id and c.ended_at is None)

    def extended(self, at: datetime) -> PermissionFacts | None:
        """The longer time to file that holds for its student, or None."""
        return standing_one(self.permissions, EXTEND, at)

    def opened(self, at: datetime) -> PermissionFacts | None:
        """The permission that opens this check again for its student, or None."""
        return standing_one(self.permissions, OPEN, at, self.campaign.id) if self.campaign else None

    @property
    def given_time(self) -> PermissionFacts | None:
        """The permission by which its student could answer or file at the close of its campaign or later."""
        campaign = self.campaign
        if campaign is None:
            return None
        theirs = ((EXTEND, ""), (OPEN, campaign.id))
        given = (one for one in self.permissions if (one.kind, one.campaign_id) in theirs)
        return max(
            (one for one in given if one.outlasts(campaign.closes_at)), key=attrgetter("until"), default=None
        )

    def frozen(self, at: datetime) -> PermissionFacts | None:
        """The freeze of its record that holds, or None."""
        return standing_one(self.permissions, FREEZE, at)

    def takes_filings(self, at: datetime) -> bool:
        """Whether something can be filed in it at a moment: in an open campaign, or opened again."""
        campaign = self.campaign
        if campaign is None or self.excluded or self.state not in (NOT_CHECKED, CHECKED_OK, DEFERRED):
            return False
        running = campaign.state == campaign_states.OPEN and campaign.opens_at <= at <= campaign.closes_at
        return self.opened(at) is not None or (running and self.manner != "deemed")


def is_held(by: str, until: datetime | None, at: datetime) -> bool:
    """Whether somebody works on a case at a moment."""
    return bool(by) and until is not None and until > at


@dataclass(frozen=True, slots=True)
class Target:
    """The case a filing would go to: one that exists, or one of its own, linked to the earlier one."""

    case: str = ""
    previous: str = ""


@dataclass(frozen=True, slots=True)
class WholeRecord:
    """A record with all its claims and cases: latest filing first, those without one at the end.

    ``values`` are the stored forms of all its values by the platform's columns, and the digest of its photo.
    ``permissions`` are the acts of the registrar for its student, past ones too.
    """

    facts: RecordFacts
    values: Mapping[str, Any]
    claims: tuple[ClaimFacts, ...]
    cases: tuple[CaseFacts, ...]
    permissions: tuple[PermissionFacts, ...] = ()

    def case(self, id: str) -> CaseFacts | None:
        """One case of this record, or None."""
        return next((case for case in self.cases if case.id == id), None)

    def target(self, at: datetime) -> Target:
        """Where a filing goes: a check that takes one, first one opened again; else a case of its own."""
        taking = [case for case in self.cases if case.takes_filings(at)]
        if taking:
            return Target(case=min(taking, key=lambda case: case.opened(at) is None).id)
        withdrawn = [case.id for case in self.cases if case.campaign is None and case.state == NOT_CHECKED]
        if withdrawn:
            return Target(case=withdrawn[0])
        filed = [case for case in self.cases if case.filed_at is not None]
        return Target(previous=filed[0].id if filed else "")

    def campaigns_at(self, at: datetime) -> tuple[CampaignWindow, ...]:
        """The campaigns of all kinds that take this record in, as the policy asks for them at a moment.

        One in which it does not count is none. One that is opened again for the student lasts until the end
        of that permission.
        """
        found = [case.campaign for case in self.cases if case.campaign is not None and not case.excluded]
        opened = {one.campaign_id: one.until for one in self.permissions if one.stands(at)}
        return in_order(
            CampaignWindow(
                campaign.kind,
                campaign.opens_at,
                max(campaign.closes_at, opened.get(campaign.id, campaign.closes_at)),
            )
            for campaign in found
            if campaign.state not in campaign_states.NOT_HELD
        )


def last_confirmed(cases: Iterable[CaseFacts]) -> date | None:
    """The day on which the last check of a record was confirmed, if it is."""
    checks = {
        one.campaign.opens_at: one.confirmed_on
        for one in cases
        if one.campaign is not None and one.campaign.state not in campaign_states.NOT_HELD
    }
    return checks[max(checks)] if checks else None


def in_order(windows: Iterable[CampaignWindow]) -> tuple[CampaignWindow, ...]:
    """Windows by their beginning, their end and their kind."""
    return tuple(sorted(windows, key=attrgetter("opens", "closes", "kind")))
