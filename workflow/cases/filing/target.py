"""The target case of a filing: the open campaign's, or one outside a campaign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from states import campaign as campaign_states
from states.case import CHECKED_OK, NOT_CHECKED
from workflow.cases.tables import Campaign, Case
from workflow.store import Prepared, as_text

_TAKING = Prepared(
    select(Case.id)
    .join(Campaign, Campaign.id == Case.campaign_id)
    .where(
        Case.record_id == bindparam("record"),
        Campaign.state == campaign_states.OPEN,
        Campaign.opens_at <= bindparam("at"),
        Campaign.closes_at >= bindparam("at"),
        Case.state.in_((NOT_CHECKED, CHECKED_OK)),
        Case.manner != "deemed",
        Case.excluded == "",
    )
)
_WITHDRAWN = Prepared(
    select(Case.id).where(
        Case.record_id == bindparam("record"), Case.campaign_id.is_(None), Case.state == NOT_CHECKED
    )
)
_FILED_LAST = Prepared(
    select(Case.id)
    .where(Case.record_id == bindparam("record"), Case.filed_at.is_not(None))
    .order_by(Case.filed_at.desc(), Case.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a filing: an existing case, or a new one linked to the earlier one."""

    case: str = ""
    previous: str = ""


def current_case(session: Session, record: str) -> Case | None:
    """The case on a student's page: that of the open campaign, else the latest one."""
    return session.scalar(
        select(Case)
        .outerjoin(Campaign, Campaign.id == Case.campaign_id)
        .where(Case.record_id == record)
        .order_by(
            (Campaign.state == campaign_states.OPEN).desc().nulls_last(),
            Case.filed_at.desc().nulls_last(),
            Campaign.opens_at.desc().nulls_last(),
            Case.id,
        )
    )


def target_of(session: Session, record: str, at: datetime) -> Target:
    """The target of a filing now: the open campaign's case while it takes one, else a separate case."""
    if taking := first_id(_TAKING.run(session, {"record": record, "at": as_text(at)})):
        return Target(case=taking)
    if withdrawn := first_id(_WITHDRAWN.run(session, {"record": record})):
        return Target(case=withdrawn)
    return Target(previous=first_id(_FILED_LAST.run(session, {"record": record})))


def first_id(found: Any) -> str:
    """The id in a cursor's first row, or ''."""
    row = found.fetchone()
    return "" if row is None else str(row[0])
