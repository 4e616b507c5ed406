"""One case with whom it is about and who works on it, read in one statement for a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from workflow.cases.tables import Campaign, Case
from workflow.people.tables import Person
from workflow.records.tables import Photo, Record


@dataclass(frozen=True, slots=True)
class CaseRead:
    """A filed case in plain values; empty texts where there is nothing to say.

    ``proxy`` is the name of who filed it for the student, ``proxy_for`` of the one in whose place they did.
    """

    id: str
    version: int
    state: str
    receipt: str
    filed_at: datetime
    decided_at: datetime | None
    decided_by: str
    decided_by_name: str
    holder: str
    holder_name: str
    held_until: datetime | None
    ruling: str
    record: str
    name: str
    number: str
    college: str
    major: str
    class_: str
    campaign: tuple[str, str]
    has_photo: bool
    proxy: str
    proxy_for: str

    def held(self, at: datetime) -> bool:
        """Whether somebody works on it at a moment."""
        return bool(self.holder) and self.held_until is not None and self.held_until > at


@dataclass(frozen=True, slots=True)
class DecidedJustNow:
    """What a person decided a moment ago: enough to say so and to take it back."""

    case: str
    version: int
    receipt: str
    state: str
    decided_at: datetime


def read_filed(session: Session, case: str) -> CaseRead | None:
    """A case that was filed; None if there is none such."""
    holder, decider, proxy, proxy_for = (aliased(Person) for _ in range(4))
    row = session.execute(
        select(
            Case.id,
            Case.version,
            Case.state,
            Case.receipt,
            Case.filed_at,
            Case.decided_at,
            Case.decided_by,
            decider.name,
            Case.holder,
            holder.name,
            Case.held_until,
            Case.ruling,
            Case.record_id,
            Record.xm,
            Record.xh,
            Record.ksh,
            Record.fy,
            Record.zymc,
            Record.bh,
            Campaign.title,
            Campaign.title_en,
            exists().where(Photo.record_id == Case.record_id),
            proxy.name,
            proxy_for.name,
        )
        .join(Record, Record.id == Case.record_id)
        .outerjoin(Campaign, Campaign.id == Case.campaign_id)
        .outerjoin(holder, holder.id == Case.holder)
        .outerjoin(decider, decider.id == Case.decided_by)
        .outerjoin(proxy, proxy.id == Case.proxy)
        .outerjoin(proxy_for, proxy_for.id == Case.proxy_for)
        .where(Case.id == case)
    ).one_or_none()
    if row is None or row[4] is None:
        return None
    return CaseRead(
        id=row[0],
        version=row[1],
        state=row[2],
        receipt=row[3] or "",
        filed_at=row[4],
        decided_at=row[5],
        decided_by=row[6] or "",
        decided_by_name=row[7] or "",
        holder=row[8] or "",
        holder_name=row[9] or "",
        held_until=row[10],
        ruling=row[11],
        record=row[12],
        name=row[13],
        number=row[14] or row[15] or "",
        college=row[16] or "",
        major=row[17] or "",
        class_=row[18] or "",
        campaign=(row[19] or "", row[20] or ""),
        has_photo=row[21],
        proxy=row[22] or "",
        proxy_for=row[23] or "",
    )


def decided_just_now(session: Session, case: str, person: str) -> DecidedJustNow | None:
    """A case that this person decided, and that is decided still; None otherwise."""
    row = session.execute(
        select(Case.id, Case.version, Case.receipt, Case.state, Case.decided_at).where(
            Case.id == case, Case.decided_by == person
        )
    ).one_or_none()
    if row is None or row.decided_at is None:
        return None
    return DecidedJustNow(row.id, row.version, row.receipt or "", row.state, row.decided_at)
