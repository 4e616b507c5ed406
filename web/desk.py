"""The reviewer's desk: what waits, one case with old beside new, and every decision through the one door."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.policy import QuestionFault, Words, ask
from states.case import CORRECTED, RAISED, REJECTED, REVIEW
from web import pictures
from web.claims import Shown, ruling, still_standing
from web.forms import Decided, Settled, Sought, faults_of, form_key, seen_version, status_of
from web.security import actor, not_found_for, open_to, place
from workflow.cases import rules
from workflow.cases.facts import look_at_case
from workflow.cases.filing import ClaimFiled
from workflow.cases.queue import (
    PAGE,
    count_waiting,
    decided_lately,
    find_cases,
    names_of,
    papers_of_case,
    waiting,
)
from workflow.cases.tables import Campaign, Case
from workflow.engine import NoSuchSubject, Ref
from workflow.evidence.tables import Evidence
from workflow.people.access import note_access
from workflow.records.photos import photo_of
from workflow.records.tables import Record
from workflow.verdict import Reason, Refused

bp = Blueprint("desk", __name__, url_prefix="/desk")

DESK = ("reviewer", "second_reviewer")
LOOKED_FOR = {
    RAISED: ("take_up", "correct", "reject"),
    REVIEW: ("hold", "release", "settle", "correct", "reject"),
    CORRECTED: ("undo", "reopen"),
    REJECTED: ("undo", "reopen"),
}
"""The actions that a person at the desk looks for in each state; barred ones are shown with their reasons."""


# -- the queue ------------------------------------------------------------------------------------------


@bp.get("")
@open_to(*DESK)
def queue() -> str:
    """What waits, oldest first, and what was decided lately."""
    after = request.args.get("after", "")
    with place().store.reading() as session:
        at = place().clock.now(session)
        listed = waiting(session, after=after)
        return render_template(
            "desk/queue.html",
            waiting=listed,
            decided=[] if after else decided_lately(session),
            at=at,
            count=count_waiting(session),
            more=listed[-1].case if len(listed) == PAGE else "",
            after=after,
            missed="",
        )


@bp.post("/find")
@open_to(*DESK)
def find() -> tuple[str, int] | Response:
    """Go to a case by its receipt number or a student number; the number does not get into the address."""
    form = Sought()
    with place().store.reading() as session:
        cases = [case for case in find_cases(session, form.said.data or "") if case.filed_at is not None]
        if cases:
            return redirect(url_for(".case", case=cases[0].id), 303)
        at = place().clock.now(session)
        page = render_template(
            "desk/queue.html",
            waiting=waiting(session),
            decided=decided_lately(session),
            at=at,
            count=count_waiting(session),
            more="",
            after="",
            missed=form.said.data or "",
        )
    return page, 404


# -- one case -------------------------------------------------------------------------------------------


@bp.get("/<string(length=32):case>")
@open_to(*DESK)
def case(case: str) -> tuple[str, int]:
    """One case; looking at it is written down before it is shown."""
    return _case_page(case)


@bp.post(
    "/<string(length=32):case>/<any(take_up, hold, release, settle, correct, reject, undo, reopen):action>"
)
@open_to(*DESK)
def act(case: str, action: str) -> tuple[str, int] | Response:
    """Do one thing to a case: the same door for every button."""
    installation = place()
    typed, details, faults = DETAILS.get(action, _nothing)()
    if faults:
        return _case_page(case, typed, (), faults, 422)
    try:
        with installation.store.writing() as session:
            installation.engine.perform(
                session,
                Ref("case", case),
                action,
                by=actor(),
                expected=seen_version(),
                key=form_key(),
                **details,
            )
    except Refused as no:
        return _case_page(case, typed, no.verdict.reasons, (), status_of(no))
    return redirect(url_for(".case", case=case), 303)


@bp.get("/papers/<string(length=32):paper>")
@open_to(*DESK)
def paper(paper: str) -> Response:
    """One filed paper; the look is written down before the bytes leave."""
    with place().store.writing() as session:
        found = session.get(Evidence, paper)
        filed = found is not None and found.case_id is not None
        if filed:
            note_access(session, actor(), "paper", paper, place().clock.now(session))
    if not filed:
        not_found_for("paper", paper)
    with place().store.reading() as session:
        return pictures.paper(session, session.get_one(Evidence, paper))


@bp.get("/<string(length=32):case>/photo")
@open_to(*DESK)
def photo(case: str) -> Response:
    """The photo that a case's record holds now; the look is written down."""
    with place().store.writing() as session:
        found = _filed(session, case)
        note_access(session, actor(), "photo", case, place().clock.now(session))
        record = found.record_id
    with place().store.reading() as session:
        return pictures.photo(session, record)


Typed = tuple[Any, dict[str, Any], list[tuple[str, str]]]


def _nothing() -> Typed:
    return None, {}, []


def _settled() -> Typed:
    form = Settled()
    faults = [] if form.validate() else faults_of(form)
    details = {
        "claim": form.claim.data,
        "outcome": form.outcome.data,
        "seen_on": form.seen_on.data,
        "words": form.words.data or "",
    }
    return form, details, faults


def _worded() -> Typed:
    form = Decided()
    return form, {"words": form.words.data or ""}, []


def _rejected() -> Typed:
    form = Decided()
    return form, {"words": form.words.data or "", "refusal": form.refusal.data or ""}, []


DETAILS: dict[str, Callable[[], Typed]] = {
    "settle": _settled,
    "correct": _worded,
    "reject": _rejected,
    "reopen": _worded,
}
"""What each action takes from its form; the others take nothing."""


def _filed(session: Session, case: str) -> Case:
    """A case that was filed: others are no business of the desk."""
    found = session.get(Case, case)
    if found is None or found.filed_at is None:
        raise NoSuchSubject(case)
    return found


def _case_page(
    case: str,
    typed: Any = None,
    reasons: Iterable[Reason] = (),
    faults: Iterable[tuple[str, str]] = (),
    status: int = 200,
) -> tuple[str, int]:
    with place().store.writing() as session:
        _filed(session, case)
        note_access(session, actor(), "case", case, place().clock.now(session))
    with place().store.reading() as session:
        page = render_template(
            "desk/case.html",
            **_shown(session, _filed(session, case)),
            typed=typed,
            done=(request.view_args or {}).get("action", ""),
            decided=Decided(formdata=None),
            reasons=list(reasons),
            faults=list(faults),
            status=status,
        )
    return page, status


def _shown(session: Session, case: Case) -> dict[str, Any]:
    """Everything about a case that its page shows."""
    school = place().school
    verdicts = place().engine.available(session, Ref("case", case.id), actor())
    looked_for = LOOKED_FOR.get(case.state, ())
    ruled, papers = ruling(session, case.id), papers_of_case(session, case.id)
    claims = still_standing(ruled.claims)
    return {
        "case": case,
        "record": session.get_one(Record, case.record_id),
        "campaign": session.get(Campaign, case.campaign_id) if case.campaign_id else None,
        "at": place().clock.now(session),
        "claims": claims,
        "said": ruled.words,
        "papers": papers,
        "has_photo": photo_of(session, case.record_id) is not None,
        "may": {verdict.action: verdict for verdict in verdicts if verdict.action in looked_for},
        "names": names_of(session, [id for id in (case.holder, case.decided_by) if id]),
        "refusals": school.policy.refusals,
        "warnings": _warnings(session, case, claims, papers),
        "unsupported": school.policy.unsupported,
    }


def _warnings(
    session: Session, case: Case, claims: Sequence[Shown], papers: Sequence[Evidence]
) -> list[Words]:
    """What the policy tells reviewers of a filing, asked as of the moment of filing."""
    facts = look_at_case(session, case.id)
    if facts is None or case.filed_at is None:
        return []
    question = rules.question(
        session,
        place().engine.policies.in_force(case.filed_at),
        facts,
        case.filed_at,
        claims=tuple(
            ClaimFiled(it.claim.field, it.claim.cause, it.new, it.claim.event_date) for it in claims
        ),
        olds={it.claim.field: it.old for it in claims},
        papers=tuple(paper.kind for paper in papers),
    )
    try:
        flags = ask(place().school, question).flags
    except QuestionFault:
        return []
    return [place().school.policy.codes[flag] for flag in flags]
