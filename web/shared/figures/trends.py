"""A campaign's daily numbers on a page: the burn-down of the silent, and the forecast."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from states.campaign import OPEN
from web.shared.figures.charts import burn_down
from workflow.campaigns.progress.board import Known
from workflow.campaigns.progress.forecast import Forecast, forecast
from workflow.campaigns.progress.numbers import DayNumbers, Trend, trend


def days_of(
    session: Session, campaign: Known, now: datetime, whom: ColumnElement[bool] | None = None
) -> Trend:
    """The days of a campaign until now or its end, of all students or some."""
    until = max(campaign.opens_at, min(now, campaign.closes_at))
    return trend(session, campaign.id, campaign.opens_at, until, whom)


def outlook(campaign: Known, days: Sequence[DayNumbers], now: datetime) -> Forecast | None:
    """The forecast from recent days. None if the campaign does not run or has run less than a day."""
    return forecast(days, now, campaign.closes_at) if campaign.state == OPEN else None


def way_down_of(campaign: Known, days: Sequence[DayNumbers], now: datetime) -> dict[str, Any]:
    """The template variables of ``trends.html``: ``days``, ``ahead`` and ``picture``."""
    ahead = outlook(campaign, days, now)
    return {
        "days": [day for day in days if day.counted],
        "ahead": ahead,
        "picture": burn_down(days, campaign.opens_at, campaign.closes_at, now, ahead),
    }
