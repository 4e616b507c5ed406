"""The reviewer's queue: the waiting cases, finding one, taking the next, and the filter in the address."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import ngettext
from sqlalchemy.orm import Session

from web.shared.act import Answer, No, Page, acting, looked_for, show
from web.shared.forms import Sought, form_key
from web.shared.gate.limits import limited
from web.shared.security import actor, looking, open_to, place, runs_scripts
from web.shared.standing import concerns_me
from workflow.cases.review.press import take_next
from workflow.cases.rules import may_act_for_students
from workflow.cases.tables import Case
from workflow.cases.views.desk_case import DecidedJustNow, decided_just_now
from workflow.cases.views.lookup import find_cases
from workflow.cases.views.queue.counts import count
from workflow.cases.views.queue.desk import UNDECIDED, desk_of
from workflow.cases.views.queue.filter import FREE, MINE, WAITS, Filter
from workflow.cases.views.queue.lists import PAGE, decided_lately, waiting
from workflow.cases.views.whose_turn import turns_in_review
from workflow.engine import is_id
from workflow.verdict import Reason

bp = Blueprint("desk", __name__, url_prefix="/desk")


DESK = ("reviewer", "second_reviewer")
NOTHING_FREE = Reason(
    "nothing_free",
    "没有可以领办的申请：都有人在办，或不符合筛选条件。",
    remedy="请放宽筛选条件，或等待他人放回待办、经办到期。",
    rule="queue",
)


@bp.get("")
@open_to(*DESK)
@runs_scripts
def queue(no: No | None = None, missed: str = "") -> Page:
    """Waiting cases, oldest first, and recent decisions. The list of names is logged as one access first."""
    chosen, after = chosen_filter(), request.args.get("after", "")
    with acting() as it:
        it.note("queue")
    with looking() as session:
        at = place().clock.now(session)
        desk = desk_of(place().engine, session, actor(), at)
        listed = waiting(session, desk, chosen, after=after)
        states = {row.case: row.state for row in listed}
        whose = turns_in_review(session, states, place().school.calendar)
        return show(
            "desk/queue.html",
            no,
            waiting=listed,
            turns=whose,
            decided=[] if after or chosen else decided_lately(session, desk),
            counts=count(session, desk),
            chosen=chosen,
            at=at,
            more=listed[-1].case if len(listed) == PAGE else "",
            after=after,
            missed=missed,
            acts_for_students=_acts_for_students(),
            claimable=[field.code for field in place().school.fields if field.claimable],
            hold_minutes=place().school.policy.periods.hold_minutes,
            **last_decision(session, at),
        )


@bp.post("/find")
@open_to(*DESK)
@limited("searches")
@runs_scripts
def find() -> Answer:
    """Find a case by its receipt, a letter or its student. The search is logged, and no address bears it.

    Whom the rules let act for students also finds the student who has filed nothing.
    """
    said = Sought().said.data or ""
    looked_for("desk", said)
    if request.form.get("what") == "file" and _acts_for_students():
        return _for_a_student(said)
    with looking() as session:
        cases = find_cases(session, said, Case.filed_at.is_not(None), concerns_me(session))
        found = min(cases, key=lambda case: case.state not in UNDECIDED).id if cases else ""
    if found:
        return redirect(url_for(".case", case=found), 303)
    return queue(No(status=404), missed=said)


def _for_a_student(said: str) -> Answer:
    """On to the pages on which one acts for the student of a campaign's case."""
    with looking() as session:
        cases = find_cases(session, said, Case.campaign_id.is_not(None), concerns_me(session))
        found = cases[0].id if cases else ""
    if found:
        return redirect(url_for("proxy.record", case=found), 303)
    return queue(No(status=404), missed=said)


def _acts_for_students() -> bool:
    """True if the rules name the role among those that may act for a student."""
    policy = place().engine.policies.in_force(place().clock.now())
    return any(may_act_for_students(policy, actor().role, action) for action in ("raise", "confirm"))


@bp.post("/next")
@open_to(*DESK)
@runs_scripts
def take() -> Answer:
    """Take up the free case that has waited longest."""
    chosen, installation = chosen_filter(), place()
    taken = take_next(installation.engine, installation.store, chosen, by=actor(), key=form_key())
    if taken:
        return redirect(url_for(".case", case=taken, **chosen.said()), 303)
    return queue(No((NOTHING_FREE,), status=409))


def chosen_filter() -> Filter:
    """The filter in the address, without unknown values."""
    who, field, college, waits = (request.args.get(name, "") for name in ("who", "field", "college", "waits"))
    known = {words.code for words in place().school.fields if words.claimable}
    return Filter(
        who if who in (MINE, FREE) else "",
        field if field in known else "",
        college[:64],
        waits if waits in WAITS else "",
    )


def last_decision(session: Session, at: datetime) -> dict[str, Any]:
    """The decision just made on the previous page, and until when it can be undone."""
    case = request.args.get("done", "")
    done: DecidedJustNow | None = decided_just_now(session, case, actor().person) if is_id(case) else None
    until = done and done.decided_at + timedelta(minutes=place().school.policy.periods.undo_minutes)
    return {"done": done, "undo_until": until if until and at <= until else None}


# -- formats --------------------------------------------------------------------------------------------


@bp.app_template_filter("waited")
def waited(since: datetime, at: datetime) -> str:
    """A waiting time as people say it."""
    minutes = max(int((at - since).total_seconds()) // 60, 0)
    if minutes < 60:
        return str(ngettext("%(num)d 分钟", "%(num)d 分钟", minutes))
    if minutes < 24 * 60:
        return str(ngettext("%(num)d 小时", "%(num)d 小时", minutes // 60))
    return str(ngettext("%(num)d 天", "%(num)d 天", minutes // (24 * 60)))
