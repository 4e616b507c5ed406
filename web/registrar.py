"""The registrar's page: the school's campaigns, how far each is, and opening one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.policy import CampaignPlan
from states.campaign import DRAFT, OPEN
from web.forms import status_of
from web.security import actor, open_to, place
from workflow.campaigns.cohort import cohort_size, counts
from workflow.campaigns.opening import open_campaign
from workflow.cases.rules import Rules
from workflow.cases.tables import Campaign
from workflow.engine import Ref
from workflow.records.tables import Record
from workflow.verdict import Reason, Refused

bp = Blueprint("registrar", __name__, url_prefix="/registrar")


@dataclass(frozen=True, slots=True)
class Planned:
    """One plan of campaigns.toml, the campaign it became, and why it cannot be opened now."""

    plan: CampaignPlan
    campaign: Campaign | None
    cohort: int
    counts: Mapping[str, int]
    barred: tuple[Reason, ...]

    @property
    def cases(self) -> int:
        """How many counted cases the campaign has."""
        return sum(self.counts.values())


@bp.get("")
@open_to("registrar")
def campaigns() -> tuple[str, int]:
    """Every campaign of the school with its dates and numbers."""
    return _page()


@bp.post("/<plan>/open")
@open_to("registrar")
def open_(plan: str) -> tuple[str, int] | Response:
    """Open a campaign for its whole cohort; once more for late arrivals. Doing it twice changes nothing."""
    if plan not in {one.id for one in place().school.campaigns}:
        abort(404)
    try:
        open_campaign(place().engine, place().store, plan, actor())
    except Refused as no:
        return _page(no.verdict.reasons, status_of(no))
    return redirect(url_for(".campaigns"), 303)


def _page(reasons: Iterable[Reason] = (), status: int = 200) -> tuple[str, int]:
    with place().store.reading() as session:
        policy = place().engine.policies.in_force(place().clock.now(session))
        known = {row.plan: row for row in session.scalars(select(Campaign))}
        page = render_template(
            "registrar/campaigns.html",
            planned=[
                _planned(session, policy, plan, known.get(plan.id)) for plan in place().school.campaigns
            ],
            records=session.scalar(select(func.count()).select_from(Record)),
            reasons=list(reasons),
            faults=[],
        )
    return page, status


def _planned(session: Session, policy: Rules, plan: CampaignPlan, campaign: Campaign | None) -> Planned:
    return Planned(
        plan,
        campaign,
        cohort_size(session, policy, plan.id),
        counts(session, campaign.id) if campaign else {},
        _barred(session, plan, campaign),
    )


def _barred(session: Session, plan: CampaignPlan, campaign: Campaign | None) -> tuple[Reason, ...]:
    """What the door would say to opening it; a plan becomes a campaign on the way."""
    if campaign is not None and campaign.state == OPEN:
        return ()
    engine = place().engine
    if campaign is not None and campaign.state != DRAFT:
        return engine.may(session, Ref("campaign", campaign.id), "start", actor()).reasons
    subject = Ref("campaign", campaign.id if campaign else "")
    verdict = engine.may(session, subject, "start", actor(), plan=plan)
    return tuple(reason for reason in verdict.reasons if campaign is not None or reason.rule != "state")
