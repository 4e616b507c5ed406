"""One case with whom it is about and who works on it, in plain values for a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.load import whole_of_case
from workflow.cases.tables import Case
from workflow.cases.views.lookup import names_of


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
    whole = whole_of_case(session, case)
    facts = whole.case(case) if whole is not None else None
    if whole is None or facts is None or facts.filed_at is None:
        return None
    names = names_of(session, (facts.holder, facts.decided_by, facts.proxy, facts.proxy_for))
    said: dict[str, str] = {field: whole.values[field] or "" for field in ("XM", "FY", "ZYMC", "BH")}
    return CaseRead(
        id=facts.id,
        version=facts.version,
        state=facts.state,
        receipt=facts.receipt,
        filed_at=facts.filed_at,
        decided_at=facts.decided_at,
        decided_by=facts.decided_by,
        decided_by_name=names.get(facts.decided_by, ""),
        holder=facts.holder,
        holder_name=names.get(facts.holder, ""),
        held_until=facts.held_until,
        ruling=facts.ruling,
        record=facts.record.id,
        name=said["XM"],
        number=whole.values["XH"] or whole.values["KSH"] or "",
        college=said["FY"],
        major=said["ZYMC"],
        class_=said["BH"],
        campaign=(facts.campaign.title, facts.campaign.title_en) if facts.campaign else ("", ""),
        has_photo=whole.values["PHOTO"] is not None,
        proxy=names.get(facts.proxy, ""),
        proxy_for=names.get(facts.proxy_for, ""),
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
