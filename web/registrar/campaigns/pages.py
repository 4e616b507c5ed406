"""The registrar's campaigns: plans, progress, and opening a campaign. Rosters are in rosters.py."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request, url_for
from sqlalchemy.orm import Session

from config.policy import CampaignPlan
from states.campaign import DRAFT, OPEN
from web.college.board import begun, of_plan
from web.shared.act import Answer, No, Page, Stop, attempt, show
from web.shared.security import actor, fresh, open_to, place
from workflow.campaigns.cohort import plans_of, records_and_cohorts, without_case
from workflow.campaigns.opening import open_campaign
from workflow.campaigns.progress.board import BoardLine, Known, board, totals
from workflow.campaigns.progress.board import campaigns as known_campaigns
from workflow.engine import Ref
from workflow.help.items import count_waiting
from workflow.records.reach import EVERYBODY, of_college
from workflow.verdict import Reason

bp = Blueprint("registrar", __name__, url_prefix="/registrar")

COHORT_CHANGED = Reason(
    "cohort_changed",
    "您查看之后，需建个案的记录数有变化，本次未办理。",
    remedy="请核对新的数字，再按一次。",
    rule="cohort",
)


HOLIDAYS_ARE_OUT = 11
"""The month by which the holidays of the next year have been published."""


@dataclass(frozen=True, slots=True)
class PlannedCampaign:
    """One plan of campaigns.toml, its present cohort size, the campaign made from it, and its totals.

    ``unknown`` lists the years of its days that have no entered holiday calendar.
    """

    plan: CampaignPlan
    cohort: int
    campaign: Known | None
    total: BoardLine | None
    unknown: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OpeningPreview:
    """What opening would do now: the number of records, and the reasons against it."""

    planned: PlannedCampaign
    reached: int
    barred: tuple[Reason, ...]

    @property
    def again(self) -> bool:
        """True when the campaign already runs and opening only adds late arrivals."""
        return self.planned.campaign is not None and self.planned.campaign.state == OPEN


@bp.get("")
@open_to("registrar")
def campaigns() -> str:
    """All campaigns with dates and numbers. The next ones from the templates come last."""
    installation = place()
    with installation.store.reading() as session:
        now = installation.clock.now(session)
        policy = installation.engine.policies.in_force(now)
        known = {one.plan: one for one in known_campaigns(session)}
        plans = plans_of(installation.school, now.date(), known)
        records, cohorts = records_and_cohorts(session, policy, [plan.id for plan in plans])
        sums = totals(session)
        asking = count_waiting(session)
    planned = [_planned(plan, cohorts[plan.id], known.get(plan.id), sums) for plan in plans]
    gaps = installation.school.calendar_gaps(now.date(), 2 if now.month >= HOLIDAYS_ARE_OUT else 1)
    unknown = {year for one in planned if one.campaign is None for year in one.unknown}
    unknown |= {gap.year for gap in gaps}
    return render_template(
        "registrar/campaigns/campaigns.html",
        planned=planned,
        records=records,
        unknown=sorted(unknown),
        asking=asking,
    )


@bp.get("/<plan>")
@open_to("registrar")
def campaign(plan: str, no: No | None = None) -> Page:
    """One plan before it is opened: dates, cohort, and reasons against opening. GET changes nothing."""
    with place().store.reading() as session:
        opening = _opening(session, _plan(plan))
    return show("registrar/campaigns/campaign.html", no, it=opening)


@bp.post("/<plan>/open")
@open_to("registrar")
@fresh
def open_(plan: str) -> Answer:
    """Open a campaign for its whole cohort, or add late arrivals. Idempotent."""
    found = _plan(plan)
    seen = request.form.get("reached", "")
    if not (seen.isascii() and seen.isdigit() and len(seen) < 10):
        abort(400)

    def as_it_was_seen() -> None:
        with place().store.reading() as session:
            now = _opening(session, found)
        if not now.barred and now.reached != int(seen):
            raise Stop(COHORT_CHANGED, 409)
        open_campaign(place().engine, place().store, plan, actor())

    return attempt(
        as_it_was_seen, again=lambda no: campaign(plan, no), onward=url_for(".campaign", plan=plan)
    )


@bp.get("/<plan>/board", endpoint="colleges")
@bp.get("/<plan>/classes", endpoint="classes", defaults={"by_class": True})
@open_to("registrar")
def colleges(plan: str, *, by_class: bool = False) -> str:
    """Progress by college, or by class of one college. No names."""
    college = request.args.get("college", "") if by_class else None
    with place().store.reading() as session:
        known = begun(session)
        campaign = of_plan(known, plan)
        whom = EVERYBODY if college is None else of_college(college)
        found = board(session, campaign.id, "bh" if by_class else "fy", whom)
    if by_class and not found.lines:
        abort(404)
    return render_template(
        "registrar/campaigns/board.html", campaigns=known, campaign=campaign, board=found, college=college
    )


def _plan(plan: str) -> CampaignPlan:
    return place().school.campaign(plan) or abort(404)


def _planned(
    plan: CampaignPlan, cohort: int, known: Known | None, sums: dict[str, BoardLine]
) -> PlannedCampaign:
    unknown = place().school.unknown_years(plan)
    return PlannedCampaign(plan, cohort, known, sums.get(known.id) if known else None, unknown)


def _opening(session: Session, plan: CampaignPlan) -> OpeningPreview:
    policy = place().engine.policies.in_force(place().clock.now(session))
    known = next((one for one in known_campaigns(session) if one.plan == plan.id), None)
    _records, cohorts = records_and_cohorts(session, policy, [plan.id])
    planned = _planned(plan, cohorts[plan.id], known, {})
    reached = without_case(session, policy, plan.id, known.id if known else None)
    return OpeningPreview(planned, reached, _barred(session, plan, known))


def _barred(session: Session, plan: CampaignPlan, known: Known | None) -> tuple[Reason, ...]:
    """The engine's reasons against opening. A plan first becomes a draft campaign."""
    engine = place().engine
    if known is None:
        verdict = engine.check_action(session, Ref("campaign"), "start", actor(), plan=plan)
        return tuple(reason for reason in verdict.reasons if reason.rule != "state")
    action = "admit" if known.state == OPEN else "start"
    more = {"plan": plan} if known.state == DRAFT else {}
    return engine.check_action(session, Ref("campaign", known.id), action, actor(), **more).reasons
