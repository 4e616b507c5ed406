"""A case as guards, checks and effects see it: read once, in three statements, under the row's lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from states import NOWHERE
from workflow.cases.tables import Campaign, Case, Claim
from workflow.records.tables import Record
from workflow.records.values import lock_values
from workflow.store import Prepared, from_text, is_writing


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


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """One case with its record, its campaign and every claim of the record."""

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


_RECORD = tuple(
    getattr(Record, name)
    for name in (
        "id",
        "ksh",
        "cc",
        "xz",
        "rxrq",
        "yjbyrq",
        "xjzt",
        "fy",
        "registered_on",
        "degree_registered_on",
    )
)
_CAMPAIGN = (
    Campaign.id,
    Campaign.plan,
    Campaign.kind,
    Campaign.state,
    Campaign.opens_at,
    Campaign.closes_at,
    Campaign.version,
    Campaign.fields,
)
_CASE = (
    Case.id,
    Case.state,
    Case.version,
    Case.previous_id,
    Case.manner,
    Case.excluded,
    Case.filed_at,
    Case.holder,
    Case.held_until,
    Case.decided_by,
    Case.decided_at,
)
_THE_CASE = (
    select(*_CASE, *_RECORD, *_CAMPAIGN)
    .join(Record, Record.id == Case.record_id)
    .outerjoin(Campaign, Campaign.id == Case.campaign_id)
    .where(Case.id == bindparam("id"))
)
_LOOK = Prepared(_THE_CASE)
_READ = Prepared(lambda dialect: _THE_CASE if dialect == "sqlite" else _THE_CASE.with_for_update(of=Case))
_CLAIMS = Prepared(
    select(
        Claim.id,
        Claim.case_id,
        Claim.field,
        Claim.field_group,
        Claim.cause,
        Claim.event_date,
        Claim.outcome,
        Claim.filed_at,
        Claim.ended_at,
    )
    .where(Claim.record_id == bindparam("record"))
    .order_by(Claim.filed_at, Claim.id)
)


def read_case(session: Session, id: str) -> CaseFacts | None:
    """The case, its record and its row locked until the transaction ends; None if there is none."""
    if session.get_bind().dialect.name == "postgresql":
        record = session.scalar(select(Case.record_id).where(Case.id == id))
        if record is None:
            return None
        lock_record(session, record)
    return _facts(session, _READ, id)


def look_at_case(session: Session, id: str) -> CaseFacts | None:
    """The case without a lock, for pages and previews."""
    return _facts(session, _LOOK, id)


def case_to_be(session: Session, id: str, details: Mapping[str, Any]) -> CaseFacts:
    """The case that a birth is about: ``record`` and ``campaign`` (or None) are ids among the details."""
    lock_record(session, details["record"])
    record = record_facts(session, details["record"])
    campaign = campaign_facts(session, details["campaign"]) if details.get("campaign") else None
    return CaseFacts(
        id=id,
        state=NOWHERE,
        version=0,
        record=record,
        campaign=campaign,
        claims_of_record=_claims(session, record.id),
        previous_id=details.get("previous", ""),
    )


def record_facts(session: Session, id: str) -> RecordFacts:
    """What rules ask of one record; NoResultFound if there is none."""
    return RecordFacts(*session.execute(select(*_RECORD).where(Record.id == id)).one())


def campaign_facts(session: Session, id: str) -> CampaignFacts:
    """What rules ask of one campaign; NoResultFound if there is none."""
    found = session.execute(select(Campaign).where(Campaign.id == id)).scalar_one()
    session.refresh(found)
    return CampaignFacts(
        found.id,
        found.plan,
        found.kind,
        found.state,
        found.opens_at,
        found.closes_at,
        found.version,
        tuple(found.fields.split(",")),
    )


def lock_record(session: Session, record: str) -> None:
    """Wait until nobody else writes this record or its cases; always taken before a case's own row.

    An import holds the whole table, so its lock is asked for first. SQLite has one writer anyway.
    """
    if is_writing(session) and session.get_bind().dialect.name == "postgresql":
        lock_values(session, all_records=False)
        session.execute(select(Record.id).where(Record.id == record).with_for_update())


def _facts(session: Session, how: Prepared, id: str) -> CaseFacts | None:
    row = how.run(session, {"id": id}).fetchone()
    if row is None:
        return None
    case, record, campaign = row[:11], row[11:21], row[21:]
    return CaseFacts(
        id=case[0],
        state=case[1],
        version=case[2],
        previous_id=case[3] or "",
        manner=case[4],
        excluded=case[5],
        filed_at=_moment(case[6]),
        holder=case[7] or "",
        held_until=_moment(case[8]),
        decided_by=case[9] or "",
        decided_at=_moment(case[10]),
        record=RecordFacts(
            id=record[0],
            ksh=record[1],
            cc=record[2],
            xz=record[3],
            rxrq=_day(record[4]),
            yjbyrq=_day(record[5]),
            xjzt=record[6],
            fy=record[7],
            registered_on=_day(record[8]),
            degree_registered_on=_day(record[9]),
        ),
        campaign=None
        if campaign[0] is None
        else CampaignFacts(
            campaign[0],
            campaign[1],
            campaign[2],
            campaign[3],
            from_text(campaign[4]),
            from_text(campaign[5]),
            campaign[6],
            tuple(campaign[7].split(",")),
        ),
        claims_of_record=_claims(session, record[0]),
    )


def _claims(session: Session, record: str) -> tuple[ClaimFacts, ...]:
    return tuple(
        ClaimFacts(
            row[0], row[1], row[2], row[3], row[4], _day(row[5]), row[6], from_text(row[7]), _moment(row[8])
        )
        for row in _CLAIMS.run(session, {"record": record}).fetchall()
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
