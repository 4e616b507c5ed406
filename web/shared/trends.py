"""A campaign's days on a page: how the silent grow fewer, and what the last days let expect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from states.campaign import OPEN
from web.shared.charts import burn_down
from workflow.campaigns.progress.board import Known
from workflow.campaigns.progress.forecast import Forecast, forecast
from workflow.campaigns.progress.numbers import DayNumbers, Trend, trend


def days_of(session: Session, campaign: Known, now: datetime, college: str | None = None) -> Trend:
    """The days of a campaign until now or its end, of all colleges or of one."""
    until = max(campaign.opens_at, min(now, campaign.closes_at))
    return trend(session, campaign.id, campaign.opens_at, until, college)


def outlook(campaign: Known, days: Sequence[DayNumbers], now: datetime) -> Forecast | None:
    """What the last days let expect; None for a campaign that does not run, or has not run for a day."""
    return forecast(days, now, campaign.closes_at) if campaign.state == OPEN else None


def way_down_of(campaign: Known, days: Sequence[DayNumbers], now: datetime) -> dict[str, Any]:
    """What the templates of ``trends.html`` show of some days: ``days``, ``ahead`` and ``picture``."""
    ahead = outlook(campaign, days, now)
    return {
        "days": [day for day in days if day.counted],
        "ahead": ahead,
        "picture": burn_down(days, campaign.opens_at, campaign.closes_at, now, ahead),
    }
