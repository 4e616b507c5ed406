"""Filing, one question a page: field, cause, date, papers. For a student, or for a proxy.

The same views serve the student's own draft and a proxy's draft; ``whose`` tells which. Each answer is
stored at once, so that a lost connection loses at most one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.policy import FieldWords
from web.shared import pictures
from web.shared.act import Acting, Answer, No, Page, Stop, act, acting, attempt, faults_in, show
from web.shared.forms import Claimed, PaperHandedIn, form_key, seen_version
from web.shared.labels import said
from web.shared.photos import PhotosRefused, each_photo, sent_too_much
from web.shared.security import add_views, fresh_for_staff, looking, place, sends_photos, takes_papers
from web.shared.standing import CASE_OF_A_PROXY, PAPER_OF_A_DRAFT, about
from web.student.view import (
    QUESTIONS,
    Filing,
    against_filing,
    displayed,
    filing_of,
    key_of,
    present_values,
    questions_of,
    read_filing,
    read_mine,
    unanswered,
    whose,
)
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.drafts import Answers, drop_draft, papers_of_draft, read_draft, save_draft
from workflow.cases.filing.file import file, raise_claims
from workflow.cases.load import lock_record
from workflow.cases.views.student_sheet import RecordSheet, papers_of
from workflow.evidence.intake import Picture
from workflow.evidence.tables import Evidence
from workflow.history.entry import Entry
from workflow.records.values import value_of
from workflow.verdict import Reason

EARLY = ("claims_are_whole", "claims_fit_together", "fields_are_free", "claims_change_something")
"""Checks that need no papers."""

ABOUT = {
    "cause": {"field_not_claimable", "cause_does_not_fit", "one_matter_two_claims", "field_has_open_claim"},
    "date": {"event_date_missing", "event_in_the_future"},
}
"""Codes that belong to one question. All other codes belong to the value."""

PAPERS_AT_MOST = 12
ANSWERS_CHANGED = Reason(
    "changed_meanwhile",
    "您的填写在别的页面里有了变化，这一页没有提交。",
    rule="expected",
    remedy="请再核对一次下面的内容，然后提交。",
)
TOO_MANY_PAPERS = Reason(
    "too_many_papers",
    "一次申请最多附 {limit} 份材料。",
    {"limit": PAPERS_AT_MOST},
    remedy="请先删去不需要的材料。",
    rule="intake",
)


# -- one wrong field: one question a page ---------------------------------------------------------------


@about(case=CASE_OF_A_PROXY)
def wrong(field: str, question: str, form: Claimed | None = None, no: No | None = None) -> Answer:
    """Ask one question about a wrong field: the cause, then the right value, then the date of change."""
    words = _claimable(field)
    with looking() as session:
        mine = read_mine(session)
        barred = against_filing(session, mine)
        old = value_of(session, place().cipher, whose().record, words.code)
    claim = mine.draft.claims.get(words.code)
    asked = questions_of(words, claim.cause if claim else "")
    if form is None:
        if sooner := _asked_sooner(words, claim, question, waiting=not barred):
            return redirect(url_for(".wrong", field=words.code, question=sooner), 303)
        form = _answers_so_far(claim)
    answer = {"cause": form.cause, "value": form.value, "date": form.event_date}[question]
    if no and no.reasons:
        answer.errors = [said(reason).says for reason in no.reasons]
    return show(
        "student/wrong.html",
        no,
        field=words,
        question=question,
        cause=claim.cause if claim else "",
        asked=asked if question in asked else (*asked, question),
        form=form,
        answer=answer,
        old=displayed(words.code, old),
        today=mine.at.date(),
        back=next((one for one in reversed(asked) if one in _before(question)), ""),
        barred=barred if not (no and no.reasons) else (),
    )


@about(case=CASE_OF_A_PROXY)
def mark(field: str, question: str) -> Answer:
    """Store one answer in the draft, and continue with the next question."""
    installation, words, form = place(), _claimable(field), Claimed()
    if no := faults_in(form):
        return wrong(field, question, form, no)
    with installation.store.writing() as session:
        lock_record(session, whose().record)
        mine, values = read_mine(session), present_values(session)
        claim = _answered(words, mine.draft.claims.get(field), question, form)
        mine.draft.claims[field] = claim
        reasons = [*against_filing(session, mine), *_against(session, mine, claim, question)]
        if not reasons:
            save_draft(session, installation.cipher, whose().record, mine.draft, mine.at, whose().person)
        filing = filing_of(session, mine, values, papers_of(session, whose().record, None, whose().person))
    if reasons:
        return wrong(field, question, form, No(reasons))
    return redirect(_onward(words, claim, filing), 303)


@about(case=CASE_OF_A_PROXY)
def unmark(field: str) -> Response:
    """Remove one claim from the draft."""
    _claimable(field)
    installation = place()
    with installation.store.writing() as session:
        lock_record(session, whose().record)
        draft = _draft(session)
        draft.claims.pop(field, None)
        at = installation.clock.now(session)
        save_draft(session, installation.cipher, whose().record, draft, at, whose().person)
    return redirect(url_for(".papers" if draft.claims else ".record"), 303)


@about(case=CASE_OF_A_PROXY)
def discarding() -> Answer:
    """Ask for confirmation before a draft is deleted."""
    with looking() as session:
        mine = read_mine(session)
        papers = papers_of(session, whose().record, None, whose().person)
    if not mine.draft.claims and not papers:
        return redirect(url_for(".record"), 303)
    return show("student/discard.html", draft=mine.draft, papers=papers)


@about(case=CASE_OF_A_PROXY)
def discard() -> Response:
    """Delete the draft and its papers."""
    with place().store.writing() as session:
        lock_record(session, whose().record)
        drop_draft(session, whose().record, whose().person)
        for paper in papers_of_draft(session, whose().record, whose().person):
            place().evidence.remove(session, paper)
    return redirect(url_for(".record"), 303)


def _claimable(field: str) -> FieldWords:
    for words in place().school.fields:
        if words.code == field and words.claimable:
            return words
    abort(404)


def _answered(words: FieldWords, so_far: ClaimFiled | None, question: str, form: Claimed) -> ClaimFiled:
    """The claim with one more answer. A new cause drops a date that it does not need."""
    claim = so_far or ClaimFiled(words.code, words.causes[0] if len(words.causes) == 1 else "", "")
    if question == "cause":
        cause = form.cause.data or ""
        since = claim.event_date if "date" in questions_of(words, cause) else None
        return replace(claim, cause=cause, event_date=since)
    if question == "value":
        return replace(claim, new="" if words.code == "PHOTO" else form.value.data or "")
    return replace(claim, event_date=form.event_date.data)


def _against(session: Session, mine: RecordSheet, claim: ClaimFiled, question: str) -> list[Reason]:
    """The reasons against one answer. Unanswered questions are ignored."""
    others = [one for one in mine.draft.claims.values() if one.field != claim.field]
    if question != "cause":
        fields = {words.code: words for words in place().school.fields}
        others = [one for one in others if not unanswered(fields[one.field], one)]
    elsewhere = ABOUT["cause"] | ABOUT["date"]
    return [
        reason
        for reason in against_filing(session, mine, claims=(*others, claim))
        if reason.rule in EARLY
        if (reason.code in ABOUT[question] if question in ABOUT else reason.code not in elsewhere)
    ]


def _onward(words: FieldWords, claim: ClaimFiled, filing: Filing) -> str:
    """The next question of this claim, then missing papers, then the last review."""
    if waiting := unanswered(words, claim):
        return url_for(".wrong", field=words.code, question=waiting[0])
    if filing.missing or filing.unanswered:
        return url_for(".papers")
    return _to_the_end(filing)


def _to_the_end(filing: Filing) -> str:
    """The last review. A proxy must first say how they were asked."""
    return url_for(".check" if whose().own or filing.mine.draft.words else ".how")


def _asked_sooner(words: FieldWords, claim: ClaimFiled | None, question: str, *, waiting: bool) -> str:
    """The question to ask first, if this one does not apply or an earlier one is open; else ''."""
    asked = questions_of(words, claim.cause if claim else "")
    if question not in asked:
        return asked[0]
    earlier = (one for one in unanswered(words, claim) if one in _before(question))
    return next(earlier, "") if waiting else ""


def _before(question: str) -> tuple[str, ...]:
    return QUESTIONS[: QUESTIONS.index(question)]


def _answers_so_far(claim: ClaimFiled | None) -> Claimed:
    """The form, filled from the draft."""
    form = Claimed(formdata=None)
    if claim:
        form.cause.data, form.value.data, form.event_date.data = claim.cause, claim.new, claim.event_date
    return form


# -- papers ---------------------------------------------------------------------------------------------


@about(case=CASE_OF_A_PROXY)
@sends_photos
def papers() -> Answer:
    """Show which papers are needed and why, and the papers already there."""
    with looking() as session:
        filing = read_filing(session)
    if not filing.mine.draft.claims:
        return redirect(url_for(".record"), 303)
    limit = place().school.policy.intake.max_bytes
    return show("student/papers.html", filing=filing, onward=_to_the_end(filing), limit=limit)


@about(case=CASE_OF_A_PROXY)
def kinds() -> Page:
    """Ask for the kind of paper to add."""
    return show("student/kinds.html", kinds=place().school.policy.evidence_kinds)


@about(case=CASE_OF_A_PROXY)
@sends_photos
def adding(kind: str, no: No | None = None) -> Page:
    """Ask for photos of one kind of paper."""
    policy = place().school.policy
    if kind not in policy.evidence_kinds:
        abort(404)
    with looking() as session:
        here = papers_of(session, whose().record, None, whose().person)
    return show(
        "student/add.html",
        no or sent_too_much(),
        kind=kind,
        there=[paper for paper in here if paper.kind == kind],
        limit=policy.intake.max_bytes,
    )


@about(case=CASE_OF_A_PROXY)
@sends_photos
@takes_papers
def hand_in(kind: str) -> Answer:
    """Add photos to the draft, each by itself. The same picture sent twice is one paper."""
    if kind not in place().school.policy.evidence_kinds:
        abort(404)

    def keep_all() -> None:
        if refused := each_photo(PaperHandedIn().file, lambda taken: _keep(kind, taken)):
            raise PhotosRefused(refused)

    return attempt(keep_all, again=lambda no: adding(kind, no), onward=url_for(".papers", _anchor="there"))


def _keep(kind: str, taken: Picture) -> None:
    with acting() as it:
        mine, kept = whose(), it.place.evidence
        lock_record(it.session, mine.record)  # a photo that is sent again waits here for the first sending
        there = papers_of_draft(it.session, mine.record, mine.person)
        if any(
            (paper.kind, paper.size) == (kind, len(taken.data)) and kept.read(it.session, paper) == taken.data
            for paper in there
        ):
            return
        if len(there) >= PAPERS_AT_MOST:
            raise Stop(TOO_MANY_PAPERS)
        kept.add(it.session, mine.record, kind, taken, it.now, mine.person)


@about(case=CASE_OF_A_PROXY)
def photo() -> Response:
    """The photo of the record; of a proxy's student only while something may be filed for them."""
    with looking() as session:
        return pictures.photo(session, whose().record)


@about(case=CASE_OF_A_PROXY, paper=PAPER_OF_A_DRAFT)
def paper(paper: str) -> Response:
    """One of the papers of the student, or of who files for them."""
    return _drawn(paper, pictures.paper)


@about(case=CASE_OF_A_PROXY, paper=PAPER_OF_A_DRAFT)
def thumbnail(paper: str) -> Response:
    """The same, small: a list of photos costs a phone some kilobytes, not some megabytes."""
    return _drawn(paper, pictures.thumbnail)


def _drawn(paper: str, draw: Callable[[Session, Evidence], Response]) -> Response:
    with looking() as session:
        return draw(session, session.get(Evidence, paper) or abort(404))


@about(case=CASE_OF_A_PROXY, paper=PAPER_OF_A_DRAFT)
def take_back(paper: str) -> Response:
    """Remove a paper from the draft. A filed one stays."""
    with place().store.writing() as session:
        found = session.get(Evidence, paper)
        if found is not None and found.case_id is None:
            place().evidence.remove(session, found)
    return redirect(url_for(".papers"), 303)


# -- filing ---------------------------------------------------------------------------------------------


@about(case=CASE_OF_A_PROXY)
def check(no: No | None = None) -> Answer:
    """Show everything for a last review before filing."""
    with looking() as session:
        filing = read_filing(session)
    if not filing.mine.draft.claims and no is None:
        return redirect(url_for(".record"), 303)
    return show("student/check.html", no, filing=filing)


@about(case=CASE_OF_A_PROXY)
@fresh_for_staff
def hand_over() -> Answer:
    """File exactly the reviewed draft. Sent twice, it is filed once."""
    key = form_key()

    def as_it_was_shown(it: Acting) -> str:
        lock_record(it.session, whose().record)  # a repeated request waits here
        if (filed := it.place.engine.history.subject_of(it.session, it.by.person, key)) is not None:
            return filed
        draft = _draft(it.session)
        here = papers_of(it.session, whose().record, None, whose().person)
        papers = [paper.id for paper in here]
        if key_of(draft, papers) != key:
            raise Stop(ANSWERS_CHANGED, 409)
        return _file(it, draft, papers, key).subject

    return act(
        as_it_was_shown,
        again=check,
        onward=lambda case: url_for(".receipt", case=case),
    )


def _file(it: Acting, draft: Answers, papers: list[str], key: str) -> Entry:
    """File as the student, or as a proxy in the campaign's case."""
    engine, mine, claims = it.place.engine, whose(), tuple(draft.claims.values())
    if mine.own:
        return file(engine, it.session, mine.record, it.by, claims, papers, key=key, begun_at=draft.begun_at)
    return raise_claims(
        engine,
        it.session,
        mine.case,
        it.by,
        claims,
        papers,
        words=draft.words,
        expected=seen_version(),
        key=key,
    )


def _draft(session: Session) -> Answers:
    return read_draft(session, place().cipher, whose().record, whose().person)


# -- routes ---------------------------------------------------------------------------------------------

View = Callable[..., Any]
PAPER = "/papers/<string(length=32):paper>"
ANSWER = "/wrong/<field>/<any(cause, value, date):question>"
VIEWS: tuple[tuple[str, str, View], ...] = (
    ("GET", ANSWER, wrong),
    ("POST", ANSWER, mark),
    ("POST", "/right/<field>", unmark),
    ("GET", "/discard", discarding),
    ("POST", "/discard", discard),
    ("GET", "/papers", papers),
    ("GET", "/papers/add", kinds),
    ("GET", "/papers/add/<kind>", adding),
    ("POST", "/papers/add/<kind>", hand_in),
    ("GET", "/photo", photo),
    ("GET", PAPER, paper),
    ("GET", f"{PAPER}/small", thumbnail),
    ("POST", f"{PAPER}/remove", take_back),
    ("GET", "/check", check),
    ("POST", "/check", hand_over),
)


def stand_at(bp: Blueprint, *roles: str) -> None:
    """Add these views to a blueprint for some roles. It must define the pages ``record`` and ``receipt``."""
    add_views(bp, VIEWS, *roles)
