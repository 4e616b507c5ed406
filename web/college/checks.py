"""The college officer's checks: what waits for the college's word, and one case with the papers beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from states.case import RAISED
from web.shared import pictures
from web.shared.claims import ruling, still_standing
from web.shared.forms import Stepped, faults_of, form_key, seen_version, status_of
from web.shared.security import actor, me, not_found_for, open_to, place
from web.shared.steps import StepShown, read_steps
from workflow.cases.facts import CaseFacts
from workflow.cases.load import look_at_case, steps_of
from workflow.cases.review.conflicts import nearness
from workflow.cases.review.step_making import Steps
from workflow.cases.review.steps import COLLEGE
from workflow.cases.views.college_queue import is_theirs, waiting_for_college
from workflow.cases.views.desk_case import read_filed
from workflow.cases.views.lookup import papers_of_case
from workflow.engine import Ref
from workflow.evidence.tables import Evidence
from workflow.people.access import grants_of, note_access
from workflow.verdict import Reason, Refused

bp = Blueprint("checks", __name__, url_prefix="/college/checks")

PASSES, FAILS = "passed", "failed"
ACT = {PASSES: "pass_step", FAILS: "fail_step"}
NOTHING_CHOSEN = Reason(
    "answer_missing", "请选择核对的结果。", remedy="属实或不属实，二者选一。", rule="answer"
)


@bp.get("")
@open_to("officer")
def queue() -> str:
    """The cases of the officer's own college that wait for its check; the look is written down."""
    with place().store.writing() as session:
        note_access(session, actor(), "checks", "", place().clock.now(session))
    with place().store.reading() as session:
        at = place().clock.now(session)
        return render_template(
            "college/checks.html",
            college=me().scope,
            waiting=waiting_for_college(session, me().scope),
            done=request.args.get("done", ""),
            at=at,
        )


@bp.get("/<string(length=32):case>")
@open_to("officer")
def case(case: str) -> tuple[str, int]:
    """One case; looking at it is written down before it is shown."""
    return _case_page(case)


@bp.post("/<string(length=32):case>")
@open_to("officer")
def answer(case: str) -> tuple[str, int] | Response:
    """What the college says: the case is taken up if nobody did, the step is taken, and the case goes on."""
    form = Stepped()
    faults = [] if form.validate() else faults_of(form)
    act = ACT.get(form.outcome.data or "")
    if faults or act is None:
        return _case_page(case, form, [] if faults else [NOTHING_CHOSEN], faults, 422)
    details: dict[str, Any] = {"step": form.step.data, "words": form.words.data or ""}
    if act == "pass_step":
        details["base"] = form.base.data or ""
    try:
        with place().store.writing() as session:
            _take(session, case, act, details)
    except Refused as no:
        return _case_page(case, form, no.verdict.reasons, (), status_of(no))
    return redirect(url_for(".queue", done=act), 303)


def _take(session: Session, case: str, act: str, details: dict[str, Any]) -> None:
    """One unit of work: a press sent twice is answered by what it did the first time."""
    engine, ref, key = place().engine, Ref("case", case), form_key()
    seen: int | None = seen_version()
    sent_before = engine.history.subject_of(session, actor().person, f"{key}:step") is not None
    facts = look_at_case(session, case)
    if facts is not None and facts.state == RAISED and not sent_before:
        engine.perform(session, ref, "take_up", by=actor(), expected=seen, key=f"{key}:take_up")
        seen = None
    engine.perform(session, ref, act, by=actor(), expected=seen, key=f"{key}:step", **details)


@bp.get("/papers/<string(length=32):paper>")
@open_to("officer")
def paper(paper: str) -> Response:
    """One paper of such a case; the look is written down before the bytes leave."""
    with place().store.writing() as session:
        found = session.get(Evidence, paper)
        filed = found.case_id if found is not None else None
        theirs = filed is not None and is_theirs(session, filed, me().scope)
        if theirs:
            note_access(session, actor(), "paper", paper, place().clock.now(session))
    if not theirs:
        not_found_for("paper", paper)
    with place().store.reading() as session:
        return pictures.paper(session, session.get_one(Evidence, paper))


def _case_page(
    case: str,
    typed: Stepped | None = None,
    reasons: Iterable[Reason] = (),
    faults: Iterable[tuple[str, str]] = (),
    status: int = 200,
) -> tuple[str, int]:
    with place().store.writing() as session:
        theirs = is_theirs(session, case, me().scope)
        if theirs:
            note_access(session, actor(), "case", case, place().clock.now(session))
    if not theirs:
        not_found_for("case", case)
    with place().store.reading() as session:
        at = place().clock.now(session)
        facts = look_at_case(session, case)
        assert facts is not None
        ruled = ruling(session, case)
        steps = _steps(session, facts, ruled.of_steps)
        moved, base = Steps(place().cipher, place().entropy).moved(session, facts)
        page = render_template(
            "college/check.html",
            college=me().scope,
            case=read_filed(session, case),
            claims=[
                {
                    "field": one.claim.field,
                    "cause": one.claim.cause,
                    "event_date": one.claim.event_date,
                    "old": one.old,
                    "before": one.before,
                    "after": one.after,
                    "points_before": one.points_before,
                    "points_after": one.points_after,
                    "moved": moved.get(one.claim.id),
                }
                for one in still_standing(ruled.claims)
            ],
            papers=[(one.id, one.kind) for one in papers_of_case(session, case)],
            steps=steps,
            mine=next((step for step in steps if step.mine and step.office == COLLEGE), None),
            base=base,
            form=typed or Stepped(formdata=None),
            reasons=list(reasons),
            faults=list(faults),
            at=at,
        )
    return page, status


def _steps(session: Session, facts: CaseFacts, words: Mapping[str, str]) -> tuple[StepShown, ...]:
    at = place().clock.now(session)
    known = {"grants": grants_of(session, actor(), at), **nearness(session, facts)}
    every = facts.steps or steps_of(session, facts.id)
    return read_steps(session, facts, every, words, at.date(), known)
