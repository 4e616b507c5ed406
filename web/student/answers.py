"""What the school asked of a student, one question a page, and papers that come without being asked for."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, abort, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from web.shared.forms import Answered, form_key, seen_version, status_of
from web.shared.security import actor, open_to, place, record_of_mine, takes_a_paper
from web.shared.words import said
from web.student.filing import PAPER_NOT_CHOSEN, PAPERS_AT_MOST, TOO_MANY_PAPERS
from web.student.record import my_case
from web.student.story import Asked, Story, read_story
from web.student.view import present_values
from workflow.cases.views.student_sheet import CaseSheet, papers_of
from workflow.engine import Ref
from workflow.evidence.intake import PaperRefused, Picture, take_in
from workflow.verdict import Reason, Refused

bp = Blueprint("answers", __name__, url_prefix="/my/cases/<string(length=32):case>")


# -- one question ---------------------------------------------------------------------------------------


@bp.get("/questions/<string(length=32):asked>")
@open_to("student")
def question(case: str, asked: str) -> tuple[str, int] | Response:
    """Ask one thing; what was answered meanwhile leads back to the case."""
    return _question_page(case, asked)


@bp.post("/questions/<string(length=32):asked>")
@open_to("student")
@takes_a_paper
def answer(case: str, asked: str) -> tuple[str, int] | Response:
    """Give one answer; the others wait as they were."""
    form = Answered()
    with place().store.reading() as session:
        _, _, one = _asked(session, case, asked)
    kind = one.about if one.kind == "paper" else ""
    typed = {"words": form.words.data or "", "value": form.value.data or ""} if not kind else {}
    try:
        sent = _send(case, "answer", kind, form, question=asked, **typed)
    except PaperRefused as no:
        return _question_page(case, asked, form, [no.reason], 422)
    except Refused as no:
        return _question_page(case, asked, form, no.verdict.reasons, status_of(no))
    if not sent:
        return _question_page(case, asked, form, [PAPER_NOT_CHOSEN], 422)
    return redirect(url_for("student.follow", case=case, _anchor="asked"), 303)


def _question_page(
    case: str,
    asked: str,
    form: Answered | None = None,
    reasons: Iterable[Reason] = (),
    status: int = 200,
) -> tuple[str, int] | Response:
    with place().store.reading() as session:
        story, found, one = _asked(session, case, asked)
        present = present_values(session).get(one.about, "") if one.kind == "value" else ""
    if not one.open:
        return redirect(url_for("student.follow", case=case, _anchor="asked"), 303)
    matter = next((it for it in story.matters if it.claim == one.claim), None)
    reasons = list(reasons)
    if form is None:
        form = Answered(formdata=None)
        form.value.data = matter.new if matter else ""
    answer = {"paper": form.file, "value": form.value}.get(one.kind, form.words)
    if reasons:
        answer.errors = [said(reason).says for reason in reasons]
    waiting = [it.id for it in story.open_questions]
    page = render_template(
        "student/question.html",
        story=story,
        case=found,
        asked=one,
        matter=matter,
        present=present,
        number=waiting.index(one.id) + 1,
        waiting=len(waiting),
        form=form,
        answer=answer,
        limit=place().school.policy.max_bytes,
        reasons=reasons,
        faults=[],
    )
    return page, status


def _asked(session: Session, case: str, asked: str) -> tuple[Story, CaseSheet, Asked]:
    mine, found = my_case(session, case)
    story = read_story(session, mine, found)
    one = next((it for it in story.questions if it.id == asked), None)
    if one is None:
        abort(404)
    return story, found, one


# -- papers that nobody asked for -----------------------------------------------------------------------


@bp.get("/more")
@open_to("student")
def more(case: str) -> tuple[str, int] | Response:
    """Ask which kind of paper comes on top."""
    with place().store.reading() as session:
        mine, found = my_case(session, case)
        story = read_story(session, mine, found)
    if not story.supply.allowed:
        return redirect(url_for("student.follow", case=case), 303)
    page = render_template(
        "student/more.html",
        story=story,
        case=found,
        kinds=place().school.policy.evidence_kinds,
        reasons=[],
        faults=[],
    )
    return page, 200


@bp.get("/more/<kind>")
@open_to("student")
def adding(case: str, kind: str) -> tuple[str, int] | Response:
    """Ask for one photo of it."""
    return _adding_page(case, kind)


@bp.post("/more/<kind>")
@open_to("student")
@takes_a_paper
def supply(case: str, kind: str) -> tuple[str, int] | Response:
    """Take one more paper to a filed case."""
    if kind not in place().school.policy.evidence_kinds:
        abort(404)
    try:
        sent = _send(case, "supply", kind, Answered())
    except PaperRefused as no:
        return _adding_page(case, kind, [no.reason], 422)
    except Refused as no:
        return _adding_page(case, kind, no.verdict.reasons, status_of(no))
    if not sent:
        return _adding_page(case, kind, [PAPER_NOT_CHOSEN], 422)
    return redirect(url_for("student.follow", case=case, _anchor="papers"), 303)


def _adding_page(
    case: str, kind: str, reasons: Iterable[Reason] = (), status: int = 200
) -> tuple[str, int] | Response:
    if kind not in place().school.policy.evidence_kinds:
        abort(404)
    with place().store.reading() as session:
        mine, found = my_case(session, case)
        story = read_story(session, mine, found)
    if not story.supply.allowed and not reasons:
        return redirect(url_for("student.follow", case=case), 303)
    page = render_template(
        "student/adding.html",
        case=found,
        kind=kind,
        there=[paper for paper in story.papers if paper.kind == kind],
        limit=place().school.policy.max_bytes,
        reasons=list(reasons),
        faults=[],
    )
    return page, status


# -- the one door ---------------------------------------------------------------------------------------


def _send(case: str, action: str, kind: str, form: Answered, **typed: str) -> bool:
    """Do it, with a photo of that kind if one belongs to it; False where the photo was not chosen.

    Raises Refused and PaperRefused. A photo is kept only for what the door lets through.
    """
    installation, key, subject = place(), form_key(), Ref("case", case)
    expected = seen_version()
    picture: Picture | None = None
    if kind:
        if not form.file.data:
            return False
        picture = take_in(form.file.data.read(), installation.school.policy)
    with installation.store.writing() as session:
        my_case(session, case)
        if installation.engine.history.subject_of(session, actor().person, key) == case:
            return True  # sent again: it was taken already
        details = dict[str, object](typed)
        if picture and installation.engine.may(session, subject, action, actor()).allowed:
            details["papers"] = (_keep(session, case, kind, picture),)
        installation.engine.perform(
            session, subject, action, by=actor(), expected=expected, key=key, **details
        )
    return True


def _keep(session: Session, case: str, kind: str, picture: Picture) -> str:
    installation = place()
    if len(papers_of(session, record_of_mine(), case)) >= 2 * PAPERS_AT_MOST:
        raise PaperRefused(TOO_MANY_PAPERS)
    at = installation.clock.now(session)
    return installation.evidence.add(session, record_of_mine(), kind, picture, at).id
