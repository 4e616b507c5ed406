"""The college officer's checks: cases that wait for the college, and one case with its papers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from config.policy.words import COLLEGE
from states.case import RAISED
from web.desk.notes import notes_here
from web.desk.verifying import verified_here
from web.shared.act import Acting, Answer, No, Page, act, acting, faults_in, press, show
from web.shared.cases.claims import ruling
from web.shared.cases.steps import read_steps
from web.shared.figures import pictures
from web.shared.figures.pictures import opening_for
from web.shared.forms import Stepped, Verified, WordsForm, form_key, seen_version
from web.shared.numbers import ShownWhole, shown_of_claim
from web.shared.security import actor, fresh, looking, my_students, open_to, place
from web.shared.standing import CASE_TO_CHECK, PAPER_TO_CHECK, about
from workflow.cases.load import look_at_case
from workflow.cases.review.notes import NOTE
from workflow.cases.review.step_making import Steps
from workflow.cases.review.verifying import VERIFY
from workflow.cases.views.belongings import belongings
from workflow.cases.views.college_queue import waiting_for_college
from workflow.cases.views.desk_case import read_filed
from workflow.cases.views.queue.desk import desk_of
from workflow.engine import Ref
from workflow.history.entry import Entry
from workflow.verdict import Reason

bp = Blueprint("checks", __name__, url_prefix="/college/checks")

PASSES, FAILS = "passed", "failed"
ACT = {PASSES: "pass_step", FAILS: "fail_step"}
VERIFIED = ("claim", "paper", "how", "number", "seen_on", "returned_on", "words")
NOTHING_CHOSEN = Reason(
    "answer_missing", "请选择核对的结果。", remedy="属实或不属实，二者选一。", rule="answer"
)


@bp.get("")
@open_to("officer")
def queue() -> str:
    """The cases of the officer's students that wait for the college's check. The access is logged."""
    with acting() as it:
        it.note("checks")
    with looking() as session:
        at = place().clock.now(session)
        desk = desk_of(place().engine, session, actor(), at)
        return render_template(
            "college/checks.html",
            waiting=waiting_for_college(session, desk, my_students()),
            done=request.args.get("done", ""),
            at=at,
        )


@bp.get("/<string(length=32):case>", endpoint="case")
@open_to("officer")
@about(case=CASE_TO_CHECK)
def _case_page(
    case: str,
    typed: Stepped | None = None,
    no: No | None = None,
    whole: ShownWhole | None = None,
    note_typed: str = "",
    verifying: Verified | None = None,
) -> Page:
    """One case. The access is logged first."""
    with acting() as it:
        it.note("case", case)
    with looking() as session:
        at = place().clock.now(session)
        facts = look_at_case(session, case)
        assert facts is not None
        there = belongings(session, place().cipher, facts)
        moved, base = Steps(place().cipher, place().entropy).moved(session, facts)
        ruled = ruling(facts, there.entries, moved, whole)
        steps = read_steps(session, facts, ruled.of_steps, at)
        ours = [step for step in steps if step.ready and step.facts.office == COLLEGE]
        return show(
            "college/check.html",
            no,
            case=read_filed(session, case),
            claims=ruled.claims,
            papers=there.papers,
            opening=opening_for(session, facts, at),
            steps=steps,
            mine=next((step for step in ours if step.mine), None),
            barred=[step for step in ours if step.bars],
            base=base,
            notes=notes_here(session, facts, there.notes, at),
            note_typed=note_typed,
            verified=verified_here(session, facts, there, at),
            verifying=verifying or Verified(formdata=None),
            tried_to_verify=verifying is not None,
            form=typed or Stepped(formdata=None),
            at=at,
        )


@bp.post("/<string(length=32):case>")
@open_to("officer")
@about(case=CASE_TO_CHECK)
@fresh
def answer(case: str) -> Answer:
    """Record the college's answer: take up the case if it is free, then complete the step."""
    form = Stepped()
    if no := faults_in(form):
        return _case_page(case, form, no)
    action = ACT.get(form.outcome.data or "")
    if action is None:
        return _case_page(case, form, No((NOTHING_CHOSEN,)))
    details: dict[str, Any] = {"step": form.step.data, "words": form.words.data or ""}
    if action == "pass_step":
        details["base"] = form.base.data or ""
    return act(
        lambda it: _take(it, case, action, details),
        again=lambda no: _case_page(case, form, no),
        onward=url_for(".queue", done=action),
    )


@bp.post("/<string(length=32):case>/note")
@open_to("officer")
@about(case=CASE_TO_CHECK)
def note(case: str) -> Answer:
    """Add an internal note, for those who handle the case."""
    words = WordsForm().words.data or ""
    return act(
        press(Ref("case", case), NOTE, words=words),
        again=lambda no: _case_page(case, no=no, note_typed=words),
        onward=url_for(".case", case=case),
    )


@bp.post("/<string(length=32):case>/verify")
@open_to("officer")
@about(case=CASE_TO_CHECK)
def verify(case: str) -> Answer:
    """Enter what was verified, or that an original went back."""
    form = Verified()
    if no := faults_in(form):
        return _case_page(case, no=no, verifying=form)
    details = {name: form[name].data for name in VERIFIED}
    return act(
        press(Ref("case", case), VERIFY, **details),
        again=lambda no: _case_page(case, no=no, verifying=form),
        onward=url_for(".case", case=case),
    )


def _take(it: Acting, case: str, action: str, details: dict[str, Any]) -> Entry:
    """Perform in one unit of work. A repeated press gets the first result."""
    ref, key = Ref("case", case), form_key()
    seen: int | None = seen_version()
    sent_before = it.place.engine.history.subject_of(it.session, it.by.person, f"{key}:step") is not None
    facts = look_at_case(it.session, case)
    if facts is not None and facts.state == RAISED and not sent_before:
        it.perform(ref, "take_up", expected=seen, key=f"{key}:take_up")
        seen = None
    return it.perform(ref, action, expected=seen, key=f"{key}:step", **details)


@bp.get("/papers/<string(length=32):paper>")
@open_to("officer")
@about(paper=PAPER_TO_CHECK)
def paper(paper: str) -> Response:
    """One filed paper, to whom it stands open; else the page that says why not."""
    return pictures.filed_paper(paper)


@bp.post("/<string(length=32):case>/number")
@open_to("officer")
@about(case=CASE_TO_CHECK)
@fresh
def show_number(case: str) -> Answer:
    """The page with one full number of a claim, for a reason of the list. The reason is logged first."""
    said = shown_of_claim(case)
    if isinstance(said, No):
        return _case_page(case, no=said)
    return _case_page(case, whole=said)
