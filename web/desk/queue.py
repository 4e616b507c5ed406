"""The reviewer's queue: the waiting cases, taking the next, and the filter in the address."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, redirect, request, url_for
from flask_babel import ngettext

from config.policy.words import COLLEGE, STEP_KINDS
from states.case import DECIDERS
from web.desk.find import acts_for_students
from web.desk.last_act import last_act, last_case
from web.shared.act import Acting, Answer, No, Page, act, acting, show
from web.shared.forms import form_key
from web.shared.security import actor, looking, open_to, place, runs_scripts
from workflow.cases.review.press import take_next
from workflow.cases.review.waits import SETTLE
from workflow.cases.views.queue.counts import CAP, count, facets
from workflow.cases.views.queue.desk import desk_of
from workflow.cases.views.queue.evening import evening_of
from workflow.cases.views.queue.filter import AGES, DUE, FLAGGED, Filter
from workflow.cases.views.queue.lists import PAGE, decided_lately, waiting
from workflow.cases.views.queue.saved import remove_view, rename_view, save_view, views_of
from workflow.cases.views.whose_turn import turns_in_review
from workflow.verdict import Reason

bp = Blueprint("desk", __name__, url_prefix="/desk")


NOTHING_FREE = Reason(
    "nothing_free",
    "没有可以领办的申请：都有人在办，或不符合筛选条件。",
    remedy="请放宽筛选条件，或等待他人退回待办、经办到期。",
    rule="queue",
)


@bp.get("")
@open_to(*DECIDERS)
@runs_scripts
def queue(no: No | None = None) -> Page:
    """Waiting cases by what is due, and recent decisions. The list of names is logged as one access first."""
    chosen, after, by = chosen_filter(), request.args.get("after", ""), actor()
    with acting() as it:
        it.note("queue")
    with looking() as session:
        at = place().clock.now(session)
        desk = desk_of(place().engine, session, by, at)
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
            facets=facets(session, desk, chosen),
            views=views_of(session, by.person),
            evening=evening_of(session, by, at),
            chosen=chosen,
            known=_known_values(),
            at=at,
            more=listed[-1].case if len(listed) == PAGE else "",
            after=after,
            acts_for_students=acts_for_students(),
            hold_minutes=place().school.policy.periods.hold_minutes,
            **last_act(session, at),
        )


@bp.post("/next")
@open_to(*DECIDERS)
@runs_scripts
def take() -> Answer:
    """Take up the free case that is due first; one that the person has just done with comes last."""
    chosen, last = chosen_filter(), last_case()

    def taken_but(one: str) -> str:
        return take_next(place().engine, place().store, chosen, by=actor(), key=form_key(), but=one)

    if taken := taken_but(last) or taken_but(""):
        return redirect(url_for(".case", case=taken, **chosen.said(), done=last or None), 303)
    return queue(No((NOTHING_FREE,), status=409))


@bp.post("/views")
@open_to(*DECIDERS)
@runs_scripts
def keep_view() -> Answer:
    """Save the present filter under a name, or rename or remove one of the person's own views."""
    chosen, form = chosen_filter(), request.form
    name, view = form.get("name", ""), form.get("view", "")

    def kept(it: Acting) -> None:
        if form.get("what") == "remove":
            remove_view(it.session, it.by, view)
        elif form.get("what") == "rename":
            rename_view(it.session, it.by, view, name)
        else:
            at = it.place.clock.now(it.session)
            save_view(it.session, it.by, name, chosen, at, it.place.entropy)

    return act(kept, again=queue, onward=url_for(".queue", **chosen.said()))


def chosen_filter() -> Filter:
    """The filter in the address, without unknown values."""
    return Filter.known(request.args, _known_values())


def _known_values() -> dict[str, list[str]]:
    """The values of each facet that the school's rules have; what the rules of before had is not offered."""
    school = place().school
    return {
        "field": [field.code for field in school.fields if field.claimable],
        "cause": list(school.policy.causes),
        "office": [COLLEGE, *school.offices],
        "step": [*STEP_KINDS, SETTLE],
        "due": list(DUE),
        "age": list(AGES),
        "flagged": [FLAGGED],
    }


# -- formats --------------------------------------------------------------------------------------------


@bp.app_template_filter("capped")
def capped(n: int) -> str:
    """A count that is exact up to a thousand."""
    return f"{CAP}+" if n > CAP else str(n)


@bp.app_template_filter("waited")
def waited(since: datetime, at: datetime) -> str:
    """A waiting time as people say it."""
    minutes = max(int((at - since).total_seconds()) // 60, 0)
    if minutes < 60:
        return str(ngettext("%(num)d 分钟", "%(num)d 分钟", minutes))
    if minutes < 24 * 60:
        return str(ngettext("%(num)d 小时", "%(num)d 小时", minutes // 60))
    return str(ngettext("%(num)d 天", "%(num)d 天", minutes // (24 * 60)))
