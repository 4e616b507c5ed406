"""The target case of a filing: the open campaign's, or one outside a campaign."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from states import campaign as campaign_states
from workflow.cases.facts import Target
from workflow.cases.load import whole_record
from workflow.cases.tables import Campaign, Case


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
    """Where a filing goes now: the open campaign's case while it can take one, else a case of its own."""
    return whole_record(session, record).target(at)
