"""The target case of a filing: the open campaign's, or one outside a campaign."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from states import campaign as campaign_states
from states.permission import GRANTED
from workflow.cases.facts import Target
from workflow.cases.load import whole_record
from workflow.cases.tables import Campaign, Case
from workflow.permissions.tables import Permission


def current_case(session: Session, record: str, at: datetime) -> Case | None:
    """The case on a student's page: one opened again for them, else of the open campaign, else the latest."""
    opened = exists().where(
        Permission.record_id == record,
        Permission.campaign_id == Case.campaign_id,
        Permission.state == GRANTED,
        Permission.until >= at,
    )
    return session.scalar(
        select(Case)
        .outerjoin(Campaign, Campaign.id == Case.campaign_id)
        .where(Case.record_id == record)
        .order_by(
            opened.desc(),
            (Campaign.state == campaign_states.OPEN).desc().nulls_last(),
            Case.filed_at.desc().nulls_last(),
            Campaign.opens_at.desc().nulls_last(),
            Case.id,
        )
    )


def target_of(session: Session, record: str, at: datetime) -> Target:
    """Where a filing goes now: the open campaign's case while it can take one, else a case of its own."""
    return whole_record(session, record).target(at)
