"""The registrar's running campaigns: burn-down, extension, closing, silent students, cohort exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from states.campaign import CLOSED, CLOSING
from web.college.board import campaign_of, named
from web.shared.act import (
    Acting,
    Answer,
    No,
    Page,
    Stop,
    act,
    acting,
    attempt,
    faults_in,
    looked_for,
    press,
    show,
)
from web.shared.downloads import as_text, csv_file, harmless
from web.shared.figures.trends import days_of, outlook, way_down_of
from web.shared.forms import Extended, SetApart, form_key
from web.shared.gate.limits import limited
from web.shared.security import actor, fresh, open_to, place
from web.shared.words import pick
from workflow.campaigns.closing import TO_DEEM, WHYS, Unchecked, close_campaign, silent_by_fate, unchecked
from workflow.campaigns.cohort import add_by_hand, case_in, record_of_number, rules_of
from workflow.campaigns.cohort import set_apart as cohorts_apart
from workflow.campaigns.graduation.last_day import graduating, moved_since
from workflow.campaigns.progress.board import Known, board
from workflow.campaigns.progress.forecast import Forecast
from workflow.campaigns.progress.numbers import DayNumbers
from workflow.cases.facts import CampaignFacts
from workflow.cases.load import campaign_facts
from workflow.cases.tables import EXCLUSIONS
from workflow.clock import SHANGHAI
from workflow.engine import Ref
from workflow.verdict import Reason

bp = Blueprint("running", __name__, url_prefix="/registrar")

SHOWN = 200
"""The maximum number of names on a page. The file has all of them."""

LOOK_BACK = timedelta(days=180)
SET_APART = ("exclude", "include", "add", "file")

NUMBER_UNKNOWN = Reason(
    "number_unknown", "没有这个学号的学籍记录。", remedy="请核对学号；新生请先导入名册。", rule="number"
)
WHAT_MISSING = Reason("what_missing", "请选择怎么办。", remedy="不计入、重新计入，或手工列入。", rule="what")
NO_CASE_HERE = Reason(
    "no_case_here",
    "这名学生不在本次自查中。",
    remedy="应参加的，请选“手工列入”。",
    rule="what",
)


@dataclass(frozen=True, slots=True)
class Expected:
    """One college of a campaign: its name, its latest numbers, and the forecast from recent days."""

    name: str
    latest: DayNumbers
    ahead: Forecast | None


@dataclass(frozen=True, slots=True)
class EndingPreview:
    """A campaign before its end: the reasons against extending or closing now, and the silent by reason."""

    campaign: Known
    version: int
    cannot_extend: tuple[Reason, ...]
    cannot_close: tuple[Reason, ...]
    silent: dict[str, int]

    @property
    def over(self) -> bool:
        """True when it is closed."""
        return self.campaign.state == CLOSED

    @property
    def half_way(self) -> bool:
        """True when closing has begun and is not finished."""
        return self.campaign.state == CLOSING

    @property
    def stay(self) -> int:
        """The number of students who stay unchecked."""
        return sum(n for why, n in self.silent.items() if why != TO_DEEM)


@bp.get("/<plan>/trend")
@open_to("registrar")
@limited("reports")
def burn_down(plan: str) -> str:
    """The burn-down to the last day: a chart, the same numbers as a table, and a forecast of recent days."""
    installation = place()
    with installation.store.reading() as session:
        campaign, now = named(session, plan), installation.clock.now(session)
        found = days_of(session, campaign, now)
    colleges = [
        Expected(name, days[-1], outlook(campaign, days, now))
        for name, days in found.colleges.items()
        if days[-1].counted
    ]
    colleges.sort(key=lambda one: (-(one.ahead.worst if one.ahead else one.latest.silent), one.name))
    return render_template(
        "registrar/campaigns/trend.html",
        campaign=campaign,
        colleges=colleges,
        now=now,
        **way_down_of(campaign, found.total, now),
    )


@bp.get("/<plan>/end")
@open_to("registrar")
def end(plan: str, form: Extended | None = None, no: No | None = None) -> Page:
    """Extending and closing: the effect of each, and the reasons against it now. GET changes nothing."""
    with place().store.reading() as session:
        it = _ending(session, named(session, plan))
    return show("registrar/campaigns/end.html", no, it=it, form=form or Extended(formdata=None), why=_why)


@bp.post("/<plan>/extend")
@open_to("registrar")
@fresh
def extend(plan: str) -> Answer:
    """Extend to the last second of a day. Students who have not checked are notified in the same act."""
    form = Extended()
    campaign = campaign_of(plan)
    if no := faults_in(form):
        return end(plan, form, no)
    day = form.until.data
    until = datetime.combine(day, time(23, 59, 59), SHANGHAI) if day else campaign.closes_at
    return act(
        press(Ref("campaign", campaign.id), "extend", closes_at=until, words=form.words.data),
        again=lambda no: end(plan, form, no),
        onward=url_for(".end", plan=plan),
    )


@bp.post("/<plan>/close")
@open_to("registrar")
@fresh
def close(plan: str) -> Answer:
    """Close a campaign after its end. After an interruption, closing continues where it stopped."""
    campaign = campaign_of(plan)
    return attempt(
        lambda: close_campaign(place().engine, place().store, campaign.id, actor()),
        again=lambda no: end(plan, None, no),
        onward=url_for(".end", plan=plan),
    )


@bp.get("/<plan>/unchecked")
@open_to("registrar")
def left_over(plan: str) -> str:
    """Students who are silent and not deemed correct: name, number, class, reason. The access is logged."""
    campaign, found, at = _left_over(plan, "unchecked")
    return render_template(
        "registrar/campaigns/unchecked.html",
        campaign=campaign,
        people=found[:SHOWN],
        all=len(found),
        at=at,
        why=_why,
    )


@bp.get("/<plan>/unchecked.csv")
@open_to("registrar")
@fresh
@limited("exports")
def left_over_file(plan: str) -> Response:
    """The whole list as a file. The download is logged too."""
    campaign, found, at = _left_over(plan, "unchecked.csv")
    return csv_file(
        f"left-unchecked-{campaign.plan}-{at:%Y%m%d-%H%M}",
        (_("学院"), _("班级"), _("学号"), _("姓名"), _("原因")),
        (
            (
                harmless(one.college),
                as_text(one.group),
                as_text(one.number),
                harmless(one.name),
                _why(one.why),
            )
            for one in found
        ),
    )


@bp.get("/<plan>/cohort")
@open_to("registrar")
def cohort(plan: str, form: SetApart | None = None, no: No | None = None) -> Page:
    """Cohort exceptions with their reasons, and the form for another. The access is logged."""
    with acting() as it:
        campaign = named(it.session, plan)
        it.note("cohort", campaign.id)
    with place().store.reading() as session:
        total = board(session, campaign.id, "fy").total
        apart = cohorts_apart(session, campaign.id)
        version = campaign_facts(session, campaign.id).version
    return show(
        "registrar/campaigns/cohort.html",
        no,
        campaign=campaign,
        total=total,
        apart=apart[:SHOWN],
        all=len(apart),
        version=version,
        form=form or SetApart(formdata=None),
        codes=[(code, pick(*words)) for code, words in EXCLUSIONS.items()],
    )


@bp.post("/<plan>/cohort")
@open_to("registrar")
@fresh
def set_apart(plan: str) -> Answer:
    """Exclude a student, include them again, add one outside the rule, or continue to file for one."""
    form = SetApart()
    form.validate()
    looked_for("cohort", form.number.data or "")
    with place().store.reading() as session:
        campaign = named(session, plan)
        record = record_of_number(session, form.number.data or "")
        case = case_in(session, campaign.id, record) if record else None
    if form.what.data == "file" and case is not None:
        return redirect(url_for("proxy.record", case=case), 303)
    return act(
        lambda it: _apart(it, form, campaign.id, record, case),
        again=lambda no: cohort(plan, form, no),
        onward=url_for(".cohort", plan=plan),
    )


@bp.get("/graduating")
@open_to("registrar")
def calendar() -> str:
    """Graduating classes by their last filing day, with moved days marked. The access is logged."""
    with acting() as it:
        now = it.note("graduating")
    with place().store.reading() as session:
        policy = place().engine.policies.in_force(now)
        return render_template(
            "registrar/campaigns/graduating.html",
            classes=graduating(session, policy, now),
            moved=moved_since(session, policy, now - LOOK_BACK)[:SHOWN],
            since=now - LOOK_BACK,
            now=now,
        )


def _ending(session: Session, campaign: Known) -> EndingPreview:
    engine, ref = place().engine, Ref("campaign", campaign.id)
    facts: CampaignFacts = campaign_facts(session, campaign.id)
    closing: tuple[Reason, ...] = ()
    if facts.state != CLOSING:
        closing = engine.check_action(session, ref, "wind_up", actor()).reasons
    policy = rules_of(engine, session, campaign.id)
    return EndingPreview(
        campaign=campaign,
        version=facts.version,
        cannot_extend=engine.check_action(session, ref, "extend", actor()).reasons,
        cannot_close=closing,
        silent=silent_by_fate(session, policy, campaign.id),
    )


def _apart(it: Acting, form: SetApart, campaign: str, record: str | None, case: str | None) -> None:
    what = form.what.data
    if record is None:
        raise Stop(NUMBER_UNKNOWN)
    if what not in SET_APART:
        raise Stop(WHAT_MISSING)
    if case is None and what != "add":
        raise Stop(NO_CASE_HERE)
    words, key = form.words.data or "", form_key()
    if what == "add" or case is None:
        add_by_hand(it.place.engine, it.session, campaign, record, it.by, words, key)
    else:
        code: dict[str, Any] = {"code": form.code.data or "other"} if what == "exclude" else {}
        it.perform(Ref("case", case), what, key=key, words=words, **code)


def _left_over(plan: str, what: str) -> tuple[Known, tuple[Unchecked, ...], datetime]:
    with acting() as it:
        campaign = named(it.session, plan)
        at = it.note(what, campaign.id)
    with place().store.reading() as session:
        policy = rules_of(place().engine, session, campaign.id)
        return campaign, unchecked(session, policy, campaign.id), at


def _why(code: str) -> str:
    return pick(*WHYS[code])
