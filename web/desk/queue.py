"""The reviewer's queue: the waiting cases, taking the next, and the filter in the address."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, redirect, request, url_for
from flask_babel import ngettext

from web.desk.find import acts_for_students
from web.desk.last_act import last_act, last_case
from web.shared.act import Answer, No, Page, acting, show
from web.shared.forms import form_key
from web.shared.security import actor, looking, open_to, place, runs_scripts
from workflow.cases.review.press import take_next
from workflow.cases.views.queue.counts import count
from workflow.cases.views.queue.desk import desk_of
from workflow.cases.views.queue.filter import FREE, MINE, WAITS, Filter
from workflow.cases.views.queue.lists import PAGE, decided_lately, waiting
from workflow.cases.views.whose_turn import turns_in_review
from workflow.verdict import Reason

bp = Blueprint("desk", __name__, url_prefix="/desk")


DESK = ("reviewer", "second_reviewer")
NOTHING_FREE = Reason(
    "nothing_free",
    "没有可以领办的申请：都有人在办，或不符合筛选条件。",
    remedy="请放宽筛选条件，或等待他人退回待办、经办到期。",
    rule="queue",
)


@bp.get("")
@open_to(*DESK)
@runs_scripts
def queue(no: No | None = None) -> Page:
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
            counts=count(session, desk, chosen),
            chosen=chosen,
            at=at,
            more=listed[-1].case if len(listed) == PAGE else "",
            after=after,
            acts_for_students=acts_for_students(),
            claimable=[field.code for field in place().school.fields if field.claimable],
            hold_minutes=place().school.policy.periods.hold_minutes,
            **last_act(session, at),
        )


@bp.post("/next")
@open_to(*DESK)
@runs_scripts
def take() -> Answer:
    """Take up the free case that has waited longest; one that the person has just done with comes last."""
    chosen, last = chosen_filter(), last_case()

    def taken_but(one: str) -> str:
        return take_next(place().engine, place().store, chosen, by=actor(), key=form_key(), but=one)

    if taken := taken_but(last) or taken_but(""):
        return redirect(url_for(".case", case=taken, **chosen.said(), done=last or None), 303)
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
