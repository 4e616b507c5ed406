"""Filing in three steps: a page for each wrong field, the papers, the last review. For a student, or a proxy.

The same views serve the student's own draft and a proxy's draft; ``whose`` tells which. Each page is stored
at once, so that a lost connection loses at most one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.policy import FieldWords
from web.shared.act import Acting, Answer, No, Page, Stop, act, acting, attempt, faults_in, show
from web.shared.figures import pictures
from web.shared.figures.photos import PhotosRefused, each_photo, sent_too_much
from web.shared.forms import Claimed, PaperHandedIn, form_key, seen_version
from web.shared.security import add_views, fresh_for_staff, looking, place, sends_photos, takes_papers
from web.shared.standing import CASE_OF_A_PROXY, PAPER_OF_A_DRAFT, about
from web.student.view import (
    HANDLED,
    Filing,
    against_field,
    against_filing,
    at_fault,
    displayed,
    filing_of,
    held_back,
    is_outside,
    key_of,
    present_values,
    questions_of,
    read_filing,
    read_mine,
    said_right,
    unanswered,
    unless_telling,
    variants_of,
    whatever_papers,
    whose,
)
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.drafts import Answers, papers_of_draft, read_draft, save_draft
from workflow.cases.filing.file import file, raise_claims
from workflow.cases.load import lock_record
from workflow.cases.views.student_sheet import RecordSheet, papers_of
from workflow.evidence.intake import Picture
from workflow.evidence.papers import Paper
from workflow.evidence.tables import Evidence
from workflow.history.entry import Entry
from workflow.verdict import Reason

EARLY = ("claims_are_whole", "claims_fit_together", "fields_are_free", "claims_change_something")
"""Checks that need no papers."""

POINTS = {
    "cause": {"field_not_claimable", "cause_does_not_fit", "one_matter_two_claims", "field_has_open_claim"},
    "event_date": {"event_date_missing", "event_in_the_future"},
    "variant": {"variant_unknown"},
}
"""Codes that belong to one control of the page of a wrong field. All other codes belong to the value."""

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


# -- one wrong field ------------------------------------------------------------------------------------


@about(case=CASE_OF_A_PROXY)
def wrong(field: str, form: Claimed | None = None, no: No | None = None) -> Answer:
    """Ask about a wrong field: the cause, the right value, and the date of a change by law."""
    words = _claimable(field)
    with looking() as session:
        mine = read_mine(session)
        values = present_values(mine)
        barred = against_filing(session, mine) or against_field(session, mine, words, values)
    no, old = unless_telling(no, mine), values[words.code]
    reasons = no.reasons if no else ()
    form = form or _answers_so_far(mine.draft.claims.get(words.code))
    for control in (form.cause, form.variant, form.value, form.event_date):
        at_fault(control, [it for it in reasons if _point(it) == control.id])
    waiting = [one for one, claim in mine.draft.claims.items() if one == words.code or _waits(one, claim)]
    return show(
        "student/wrong.html",
        no,
        field=words,
        questions=questions_of(words, "legal_change" if "legal_change" in words.causes else ""),
        form=form,
        variants=variants_of(mine, words.code, words.causes),
        outside=is_outside(mine),
        old=displayed(words.code, old),
        today=mine.at.date(),
        points={reason.code: _point(reason) for reason in reasons},
        waiting=waiting,
        barred=barred if not reasons else (),
    )


@about(case=CASE_OF_A_PROXY)
def mark(field: str) -> Answer:
    """Store what is said of a wrong field in the draft, and continue with what is missing next."""
    installation, words, form = place(), _claimable(field), Claimed()
    if no := faults_in(form):
        return wrong(field, form, no)
    with installation.store.writing() as session:
        lock_record(session, whose().record)
        mine = read_mine(session)
        values = present_values(mine)
        claim = _claim_of(mine, words, form)
        others = {code: one for code, one in mine.draft.claims.items() if code != claim.field}
        mine.draft.claims[claim.field] = claim
        mine.draft.right.pop(claim.field, None)
        reasons = against_filing(session, mine) or _against(session, mine, values, others, claim)
        if not reasons:
            save_draft(session, installation.cipher, whose().record, mine.draft, mine.at, whose().person)
        filing = filing_of(session, mine, values, papers_of(session, whose().record, None, whose().person))
    if reasons:
        return wrong(field, form, No(reasons))
    return redirect(onward(filing), 303)


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
    """Delete the claims of a draft and its papers. The marks 无误 stay."""
    with place().store.writing() as session:
        lock_record(session, whose().record)
        draft = _draft(session)
        draft.claims.clear()
        at = place().clock.now(session)
        save_draft(session, place().cipher, whose().record, draft, at, whose().person)
        for paper in papers_of_draft(session, whose().record, whose().person):
            place().evidence.remove(session, paper)
    return redirect(url_for(".record"), 303)


def _claimable(field: str) -> FieldWords:
    for words in place().school.fields:
        if words.code == field and words.claimable:
            return words
    abort(404)


def begun(words: FieldWords) -> ClaimFiled:
    """The claim for a field that is only marked as wrong so far."""
    return ClaimFiled(words.code, words.causes[0] if len(words.causes) == 1 else "", "")


def _claim_of(mine: RecordSheet, words: FieldWords, form: Claimed) -> ClaimFiled:
    """The claim as it was filled in. A date or a circumstance stays only where the cause asks for it."""
    claim = begun(words)
    cause = form.cause.data or claim.cause
    asked, variant = questions_of(words, cause), form.variant.data or ""
    return replace(
        claim,
        cause=cause,
        variant=variant if variant in variants_of(mine, words.code, (cause,)) else "",
        new=(form.value.data or "") if "value" in asked else "",
        event_date=form.event_date.data if "date" in asked else None,
    )


def _point(reason: Reason) -> str:
    """The control of the page that a reason is about."""
    return next((control for control, codes in POINTS.items() if reason.code in codes), "value")


def _waits(field: str, claim: ClaimFiled) -> bool:
    return bool(unanswered(_claimable(field), claim))


def _against(
    session: Session,
    mine: RecordSheet,
    values: Mapping[str, str],
    others: Mapping[str, ClaimFiled],
    claim: ClaimFiled,
) -> Sequence[Reason]:
    """The reasons against one claim that need no papers. Other fields count once they are filled in."""
    whole = [one for code, one in others.items() if not _waits(code, one)]
    reasons = against_filing(session, mine, claims=(*whole, claim))
    return [
        *(reason for reason in reasons if reason.rule in EARLY),
        *whatever_papers(session, mine, values, (*whole, claim)),
        *(against_pairs(session, mine, (*others.values(), claim)) if len(whole) < len(others) else ()),
    ]


def against_pairs(session: Session, mine: RecordSheet, claims: Sequence[ClaimFiled]) -> Iterator[Reason]:
    """The reasons against marking these fields together, whatever will be said of each."""
    fields = {words.code: words for words in place().school.fields}
    supposed = [replace(claim, cause=claim.cause or fields[claim.field].causes[0]) for claim in claims]
    for reason in against_filing(session, mine, claims=supposed):
        if reason.code == "one_matter_two_claims":
            yield reason


def onward(filing: Filing) -> str:
    """The next field to fill in, then missing papers, then the last review."""
    if filing.unanswered:
        return url_for(".wrong", field=filing.unanswered[0][0])
    if filing.missing:
        return url_for(".papers")
    return _to_the_end(filing)


def _to_the_end(filing: Filing) -> str:
    """The last review. A proxy must first say how they were asked."""
    return url_for(".check" if whose().own or filing.mine.draft.words else ".how")


def _answers_so_far(claim: ClaimFiled | None) -> Claimed:
    """The form, filled from the draft."""
    form = Claimed(formdata=None)
    form.variant.data = claim.variant if claim else ""
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
    return show("student/check.html", unless_telling(no, filing.mine), filing=filing)


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
        if key_of(draft, [paper.id for paper in here]) != key:
            raise Stop(ANSWERS_CHANGED, 409)
        return _file(it, draft, here, key).subject

    return act(
        as_it_was_shown,
        again=check,
        onward=lambda case: url_for(".receipt", case=case),
    )


def _file(it: Acting, draft: Answers, here: Sequence[Paper], key: str) -> Entry:
    """File as the student, or as a proxy in the campaign's case."""
    engine, mine, claims = it.place.engine, whose(), tuple(draft.claims.values())
    papers = [paper.id for paper in here]
    if mine.own:
        sheet = read_mine(it.session)
        if held_back(sheet) and against_filing(it.session, sheet, claims=claims, papers=here):
            raise Stop(HANDLED)
        right = said_right(sheet, present_values(sheet))
        return file(
            engine,
            it.session,
            mine.record,
            it.by,
            claims,
            papers,
            key=key,
            begun_at=draft.begun_at,
            right=right,
        )
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
WRONG_FIELD = "/wrong/<field>"
VIEWS: tuple[tuple[str, str, View], ...] = (
    ("GET", WRONG_FIELD, wrong),
    ("POST", WRONG_FIELD, mark),
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
