"""The school's questions to a student, one page each, and additional papers."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, abort, redirect, url_for
from sqlalchemy.orm import Session

from web.shared.act import Acting, Answer, No, Stop, acting, attempt, show
from web.shared.cases.questions import QuestionView
from web.shared.figures.photos import PhotosRefused, each_photo, sent_too_much
from web.shared.forms import Answered, form_key, seen_version
from web.shared.labels import said
from web.shared.security import looking, open_to, place, record_of_mine, sends_photos, takes_papers
from web.shared.standing import OWN_CASE, OWN_QUESTION, about
from web.student.filing import PAPERS_AT_MOST, TOO_MANY_PAPERS
from web.student.story import Story, read_story, story_of, unless_held_back
from web.student.view import present_values
from workflow.cases.review.questions import voided_by
from workflow.cases.views.student_sheet import papers_of
from workflow.engine import Ref
from workflow.evidence.intake import Picture

bp = Blueprint("answers", __name__, url_prefix="/my/cases/<string(length=32):case>")


# -- one question ---------------------------------------------------------------------------------------


@bp.get("/questions/<string(length=32):asked>")
@open_to("student")
@about(case=OWN_CASE, asked=OWN_QUESTION)
@sends_photos
def question(case: str, asked: str, form: Answered | None = None, no: No | None = None) -> Answer:
    """Show one question. If it is answered already, return to the case."""
    with looking() as session:
        story, one = _asked(session, case, asked)
        present = present_values(story.mine).get(one.about, "") if one.facts.kind == "value" else ""
    if not one.facts.open:
        return redirect(url_for("student.follow", case=case, _anchor="asked"), 303)
    matter = next((it for it in story.matters if it.claim.id == one.claim), None)
    no = no or sent_too_much()
    if form is None:
        form = Answered(formdata=None)
        form.value.data = matter.new if matter else ""
    answer = {"paper": form.file, "value": form.value}.get(one.facts.kind, form.words)
    if no:
        answer.errors = [said(reason).says for reason in no.reasons]
    waiting = [it.facts.id for it in story.open_questions]
    return show(
        "student/question.html",
        no,
        story=story,
        case=story.case,
        asked=one,
        matter=matter,
        present=present,
        number=waiting.index(one.facts.id) + 1,
        waiting=len(waiting),
        form=form,
        answer=answer,
        limit=place().school.policy.intake.max_bytes,
    )


@bp.post("/questions/<string(length=32):asked>")
@open_to("student")
@about(case=OWN_CASE, asked=OWN_QUESTION)
@sends_photos
@takes_papers
def answer(case: str, asked: str) -> Answer:
    """Give one answer. Other questions are unchanged."""
    form = Answered()
    with looking() as session:
        one = _asked(session, case, asked)[1]
    kind = one.about if one.facts.kind == "paper" else ""
    typed = {"words": form.words.data or "", "value": form.value.data or ""} if not kind else {}
    return attempt(
        lambda: _send(case, "answer", kind, form, question=asked, **typed),
        again=lambda no: question(case, asked, form, no),
        onward=url_for("student.follow", case=case, _anchor="asked"),
    )


def _asked(session: Session, case: str, asked: str) -> tuple[Story, QuestionView]:
    story = read_story(session, case)
    one = next((it for it in story.questions if it.facts.id == asked), None)
    return story, one or abort(404)


# -- additional papers ----------------------------------------------------------------------------------


@bp.get("/more")
@open_to("student")
@about(case=OWN_CASE)
def more(case: str) -> Answer:
    """Ask for the kind of the additional paper."""
    story = story_of(case)
    if not story.may["supply"].allowed:
        return redirect(url_for("student.follow", case=case), 303)
    kinds = place().school.policy.evidence_kinds
    voids = bool(voided_by(story.case.facts, "paper"))
    return show("student/more.html", story=story, case=story.case, kinds=kinds, voids=voids)


@bp.get("/more/<kind>")
@open_to("student")
@about(case=OWN_CASE)
@sends_photos
def adding(case: str, kind: str, no: No | None = None) -> Answer:
    """Ask for photos of it."""
    if kind not in place().school.policy.evidence_kinds:
        abort(404)
    story = story_of(case)
    if not story.may["supply"].allowed and no is None:
        return redirect(url_for("student.follow", case=case), 303)
    return show(
        "student/adding.html",
        unless_held_back(no, story.case) or sent_too_much(),
        case=story.case,
        kind=kind,
        there=[paper for paper in story.papers if paper.kind == kind],
        limit=place().school.policy.intake.max_bytes,
    )


@bp.post("/more/<kind>")
@open_to("student")
@about(case=OWN_CASE)
@sends_photos
@takes_papers
def supply(case: str, kind: str) -> Answer:
    """Add papers to a filed case."""
    if kind not in place().school.policy.evidence_kinds:
        abort(404)
    return attempt(
        lambda: _send(case, "supply", kind, Answered()),
        again=lambda no: adding(case, kind, no),
        onward=url_for("student.follow", case=case, _anchor="papers"),
    )


# -- performing -----------------------------------------------------------------------------------------


def _send(case: str, action: str, kind: str, form: Answered, **typed: str) -> None:
    """Perform the action, with its photos if it needs any. They are read before the write transaction.

    Photos are stored only if the engine allows the action. An answer closes its question, so it is given with
    all its photos or not at all. Of others, those that are good are added, and the rest is refused by name.
    """
    key, subject, expected = form_key(), Ref("case", case), seen_version()
    pictures: list[Picture] = []
    refused = each_photo(form.file, pictures.append) if kind else []
    if refused and (action == "answer" or not pictures):
        raise PhotosRefused(refused)
    with acting() as it:
        if it.place.engine.history.subject_of(it.session, it.by.person, key) == case:
            return  # repeated request: already done
        details = dict[str, object](typed)
        if pictures and it.place.engine.check_action(it.session, subject, action, it.by).allowed:
            details["papers"] = tuple(_keep(it, case, kind, pictures))
        it.perform(subject, action, expected=expected, key=key, **details)
    if refused:
        raise PhotosRefused(refused)


def _keep(it: Acting, case: str, kind: str, pictures: list[Picture]) -> Iterator[str]:
    record = record_of_mine()
    if len(papers_of(it.session, record, case)) + len(pictures) > 2 * PAPERS_AT_MOST:
        raise Stop(TOO_MANY_PAPERS)
    for picture in pictures:
        yield it.place.evidence.add(it.session, record, kind, picture, it.now).id
