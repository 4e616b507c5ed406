"""The student's pages: check the record, mark what is wrong, hand in papers, file, follow it to its end.

Each question has a page of its own and each answer is kept at once, so that a lost connection loses one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.policy import FieldWords
from web import pictures
from web.forms import Claimed, Decided, PaperHandedIn, faults_of, form_key, seen_version, status_of
from web.security import actor, not_found_for, open_to, place, record_of_mine, takes_a_paper
from web.sheet import (
    QUESTIONS,
    Filing,
    against_filing,
    filing_of,
    key_of,
    present_values,
    questions_of,
    read_filing,
    read_mine,
    read_sheet,
    unanswered,
)
from web.story import read_story
from web.words import day, said
from workflow.cases.drafts import drop_draft, papers_of_draft, read_draft, save_draft
from workflow.cases.facts import lock_record
from workflow.cases.filing import ClaimFiled, current_case, file
from workflow.cases.sheets import CaseSheet, RecordSheet, papers_of
from workflow.cases.tables import Case
from workflow.engine import Ref
from workflow.evidence.intake import PaperRefused, take_in
from workflow.evidence.tables import Evidence
from workflow.notices.outbox import mark_seen
from workflow.records.values import value_of
from workflow.verdict import Reason, Refused

bp = Blueprint("student", __name__, url_prefix="/my")

EARLY = ("claims_are_whole", "claims_fit_together", "fields_are_free", "claims_change_something")
"""Checks that can be answered before any paper is there."""

ABOUT = {
    "cause": {"field_not_claimable", "cause_does_not_fit", "one_matter_two_claims", "field_has_open_claim"},
    "date": {"event_date_missing", "event_in_the_future"},
}
"""The codes that speak of one question; those that are in neither list speak of the value."""

PAPERS_AT_MOST = 12
ANSWERS_CHANGED = Reason(
    "changed_meanwhile",
    "您的填写在别的页面里有了变化，这一页没有提交。",
    rule="expected",
    remedy="请再核对一次下面的内容，然后提交。",
)
PAPER_NOT_CHOSEN = Reason("paper_empty", "没有选择文件。", remedy="请选择材料的照片。", rule="intake")
TOO_MANY_PAPERS = Reason(
    "too_many_papers",
    "一次申请最多附 {limit} 份材料。",
    {"limit": PAPERS_AT_MOST},
    remedy="请先删去不需要的材料。",
    rule="intake",
)


# -- the record -----------------------------------------------------------------------------------------


@bp.get("")
@open_to("student")
def record() -> tuple[str, int]:
    """What is due, the record field by field, and what is under way."""
    return _record_page()


def _record_page(reasons: Iterable[Reason] = (), status: int = 200) -> tuple[str, int]:
    installation = place()
    with installation.store.reading() as session:
        sheet = read_sheet(session)
    page = render_template("student/record.html", sheet=sheet, reasons=list(reasons), faults=[])
    if not all(notice.seen for notice in sheet.notices):
        with installation.store.writing() as session:
            mark_seen(session, record_of_mine(), sheet.at)
    return page, status


@bp.get("/confirm")
@open_to("student")
def sure() -> tuple[str, int] | Response:
    """Show once more, in full, what is about to be confirmed: a touch in passing confirms nothing."""
    with place().store.reading() as session:
        sheet = read_sheet(session)
    if sheet.draft.claims or sheet.confirm is None or not sheet.confirm.allowed:
        return redirect(url_for(".record"), 303)
    return render_template("student/sure.html", sheet=sheet, reasons=[], faults=[]), 200


@bp.post("/confirm")
@open_to("student")
def confirm() -> tuple[str, int] | Response:
    """Say that everything is right."""
    installation = place()
    expected, key = seen_version(), form_key()
    try:
        with installation.store.writing() as session:
            case = current_case(session, record_of_mine())
            if case is None:
                abort(404)
            installation.engine.perform(
                session,
                Ref("case", case.id),
                "confirm",
                by=actor(),
                expected=expected,
                key=key,
                seen=request.form.get("seen", "-"),
            )
    except Refused as no:
        return _record_page(no.verdict.reasons, status_of(no))
    return redirect(url_for(".record"), 303)


@bp.get("/photo")
@open_to("student")
def photo() -> Response:
    """The student's own photo."""
    with place().store.reading() as session:
        return pictures.photo(session, record_of_mine())


# -- one field that is wrong: one question a page -------------------------------------------------------


@bp.get("/wrong/<field>/<any(cause, value, date):question>")
@open_to("student")
def wrong(field: str, question: str) -> tuple[str, int] | Response:
    """Ask one question about a field that is wrong: why, then the right value, then since when."""
    return _question_page(_claimable(field), question)


@bp.post("/wrong/<field>/<any(cause, value, date):question>")
@open_to("student")
def mark(field: str, question: str) -> tuple[str, int] | Response:
    """Keep one answer in the draft, and go on to the next question."""
    installation, words, form = place(), _claimable(field), Claimed()
    if not form.validate():
        return _question_page(words, question, form, status=422)
    with installation.store.writing() as session:
        lock_record(session, record_of_mine())
        mine, values = read_mine(session), present_values(session)
        claim = _answered(words, mine.draft.claims.get(field), question, form)
        mine.draft.claims[field] = claim
        reasons = [*against_filing(session, mine), *_against(session, mine, claim, question, values)]
        if not reasons:
            save_draft(session, installation.cipher, record_of_mine(), mine.draft, mine.at)
        filing = filing_of(session, mine, values, papers_of(session, record_of_mine(), None))
    if reasons:
        return _question_page(words, question, form, reasons, 422)
    return redirect(_onward(words, claim, filing), 303)


@bp.post("/right/<field>")
@open_to("student")
def unmark(field: str) -> Response:
    """Take one claim out of the draft."""
    installation = place()
    with installation.store.writing() as session:
        lock_record(session, record_of_mine())
        draft = read_draft(session, installation.cipher, record_of_mine())
        draft.claims.pop(field, None)
        save_draft(session, installation.cipher, record_of_mine(), draft, installation.clock.now(session))
    return redirect(url_for(".papers" if draft.claims else ".record"), 303)


@bp.get("/discard")
@open_to("student")
def discarding() -> str | Response:
    """Ask once more before a draft goes away."""
    with place().store.reading() as session:
        mine = read_mine(session)
        papers = papers_of(session, record_of_mine(), None)
    if not mine.draft.claims and not papers:
        return redirect(url_for(".record"), 303)
    return render_template("student/discard.html", draft=mine.draft, papers=papers, reasons=[], faults=[])


@bp.post("/discard")
@open_to("student")
def discard() -> Response:
    """Forget the draft and its papers."""
    with place().store.writing() as session:
        lock_record(session, record_of_mine())
        drop_draft(session, record_of_mine())
        for paper in papers_of_draft(session, record_of_mine()):
            place().evidence.remove(session, paper)
    return redirect(url_for(".record"), 303)


def _claimable(field: str) -> FieldWords:
    for words in place().school.fields:
        if words.code == field and words.claimable:
            return words
    abort(404)


def _answered(words: FieldWords, so_far: ClaimFiled | None, question: str, form: Claimed) -> ClaimFiled:
    """The claim with one more answer; another cause forgets the date that belonged to the old one."""
    claim = so_far or ClaimFiled(words.code, words.causes[0] if len(words.causes) == 1 else "", "")
    if question == "cause":
        cause = form.cause.data or ""
        since = claim.event_date if "date" in questions_of(words, cause) else None
        return replace(claim, cause=cause, event_date=since)
    if question == "value":
        return replace(claim, new="" if words.code == "PHOTO" else form.value.data or "")
    return replace(claim, event_date=form.event_date.data)


def _against(
    session: Session, mine: RecordSheet, claim: ClaimFiled, question: str, values: dict[str, str]
) -> list[Reason]:
    """What speaks against one answer; what is not answered yet is no fault of this one."""
    others = [one for one in mine.draft.claims.values() if one.field != claim.field]
    if question != "cause":
        fields = {words.code: words for words in place().school.fields}
        others = [one for one in others if not unanswered(fields[one.field], one)]
    elsewhere = ABOUT["cause"] | ABOUT["date"]
    return [
        reason
        for reason in against_filing(session, mine, claims=(*others, claim), values=values)
        if reason.rule in EARLY
        if (reason.code in ABOUT[question] if question in ABOUT else reason.code not in elsewhere)
    ]


def _onward(words: FieldWords, claim: ClaimFiled, filing: Filing) -> str:
    """The next question of this claim; then the papers while one is missing, then a last look."""
    if waiting := unanswered(words, claim):
        return url_for(".wrong", field=words.code, question=waiting[0])
    if filing.missing or filing.unanswered:
        return url_for(".papers")
    return url_for(".check")


def _question_page(
    words: FieldWords,
    question: str,
    form: Claimed | None = None,
    reasons: list[Reason] | None = None,
    status: int = 200,
) -> tuple[str, int] | Response:
    with place().store.reading() as session:
        mine = read_mine(session)
        barred = against_filing(session, mine)
        old = value_of(session, place().cipher, record_of_mine(), words.code)
    claim = mine.draft.claims.get(words.code)
    asked = questions_of(words, claim.cause if claim else "")
    if form is None:
        if question not in asked:
            return redirect(url_for(".wrong", field=words.code, question=asked[0]), 303)
        waiting = [one for one in unanswered(words, claim) if one in QUESTIONS[: QUESTIONS.index(question)]]
        if waiting and not barred:
            return redirect(url_for(".wrong", field=words.code, question=waiting[0]), 303)
        form = Claimed(formdata=None)
        if claim:
            form.cause.data, form.value.data, form.event_date.data = claim.cause, claim.new, claim.event_date
    answer = {"cause": form.cause, "value": form.value, "date": form.event_date}[question]
    if reasons:
        answer.errors = [said(reason).says for reason in reasons]
    before = QUESTIONS[: QUESTIONS.index(question)]
    page = render_template(
        "student/wrong.html",
        field=words,
        question=question,
        cause=claim.cause if claim else "",
        asked=asked if question in asked else (*asked, question),
        form=form,
        answer=answer,
        old=old,
        today=mine.at.date(),
        back=next((one for one in reversed(asked) if one in before), ""),
        barred=barred if not reasons else (),
        reasons=reasons or [],
        faults=faults_of(form) if not reasons else [],
    )
    return page, status


# -- papers ---------------------------------------------------------------------------------------------


@bp.get("/papers")
@open_to("student")
def papers() -> tuple[str, int] | Response:
    """Say which papers are needed and why, before any is asked for; show those that are there."""
    with place().store.reading() as session:
        filing = read_filing(session)
    if not filing.draft.claims:
        return redirect(url_for(".record"), 303)
    return render_template("student/papers.html", filing=filing, reasons=[], faults=[]), 200


@bp.get("/papers/add")
@open_to("student")
def kinds() -> str:
    """Ask which kind of paper is to be added."""
    return render_template(
        "student/kinds.html", kinds=place().school.policy.evidence_kinds, reasons=[], faults=[]
    )


@bp.get("/papers/add/<kind>")
@open_to("student")
def adding(kind: str) -> tuple[str, int] | Response:
    """Ask for one photo of one paper."""
    return _upload_page(kind)


@bp.post("/papers/add/<kind>")
@open_to("student")
@takes_a_paper
def hand_in(kind: str) -> tuple[str, int] | Response:
    """Take one photo into the draft; the same picture sent twice is one paper."""
    installation, form = place(), PaperHandedIn()
    policy = installation.school.policy
    if kind not in policy.evidence_kinds:
        abort(404)
    if not form.file.data:
        return _upload_page(kind, [PAPER_NOT_CHOSEN], 422)
    try:
        taken = take_in(form.file.data.read(), policy)
    except PaperRefused as no:
        return _upload_page(kind, [no.reason], 422)
    with installation.store.writing() as session:
        there = papers_of_draft(session, record_of_mine())
        again = any(
            (paper.kind, paper.size) == (kind, len(taken.data))
            and installation.evidence.read(session, paper) == taken.data
            for paper in there
        )
        full = len(there) >= PAPERS_AT_MOST and not again
        if not again and not full:
            at = installation.clock.now(session)
            installation.evidence.add(session, record_of_mine(), kind, taken, at)
    if full:
        return _upload_page(kind, [TOO_MANY_PAPERS], 422)
    return redirect(url_for(".papers", _anchor="there"), 303)


def _upload_page(kind: str, reasons: Iterable[Reason] = (), status: int = 200) -> tuple[str, int] | Response:
    policy = place().school.policy
    if kind not in policy.evidence_kinds:
        abort(404)
    with place().store.reading() as session:
        there = [paper for paper in papers_of(session, record_of_mine(), None) if paper.kind == kind]
    page = render_template(
        "student/add.html",
        kind=kind,
        there=there,
        limit=policy.max_bytes,
        reasons=list(reasons),
        faults=[],
    )
    return page, status


@bp.get("/papers/<string(length=32):paper>")
@open_to("student")
def paper(paper: str) -> Response:
    """One of the student's own papers, filed or not."""
    with place().store.reading() as session:
        if (found := _my_paper(session, paper)) is not None:
            return pictures.paper(session, found)
    not_found_for("paper", paper)


@bp.get("/papers/<string(length=32):paper>/small")
@open_to("student")
def thumbnail(paper: str) -> Response:
    """The same, small: a list of photos costs a phone some kilobytes, not some megabytes."""
    with place().store.reading() as session:
        if (found := _my_paper(session, paper)) is not None:
            return pictures.thumbnail(session, found)
    not_found_for("paper", paper)


@bp.post("/papers/<string(length=32):paper>/remove")
@open_to("student")
def take_back(paper: str) -> Response:
    """Take a paper out of the draft; one that is gone already is gone."""
    with place().store.writing() as session:
        found = _my_paper(session, paper)
        mine = found is not None
        if found is not None and found.case_id is None:
            place().evidence.remove(session, found)
    if not mine and _is_somebodys(paper):
        not_found_for("paper", paper)
    return redirect(url_for(".papers"), 303)


def _my_paper(session: Session, paper: str) -> Evidence | None:
    found = session.get(Evidence, paper)
    return found if found is not None and found.record_id == record_of_mine() else None


def _is_somebodys(paper: str) -> bool:
    with place().store.reading() as session:
        return session.get(Evidence, paper) is not None


# -- filing ---------------------------------------------------------------------------------------------


@bp.get("/check")
@open_to("student")
def check() -> tuple[str, int] | Response:
    """Show everything once more before it is filed."""
    return _check_page()


@bp.post("/check")
@open_to("student")
def hand_over() -> tuple[str, int] | Response:
    """File exactly the draft that was shown; sent twice it is filed once."""
    installation, key = place(), form_key()
    if (filed := _filed_under(key)) is not None:
        return redirect(url_for(".receipt", case=filed), 303)
    try:
        with installation.store.writing() as session:
            draft = read_draft(session, installation.cipher, record_of_mine())
            mine = papers_of_draft(session, record_of_mine())
            same = key_of(draft, mine) == key
            if same:
                entry = file(
                    installation.engine,
                    session,
                    record_of_mine(),
                    actor(),
                    tuple(draft.claims.values()),
                    [paper.id for paper in mine],
                    key=key,
                    begun_at=draft.begun_at,
                )
    except Refused as no:
        if (filed := _filed_under(key)) is not None:
            return redirect(url_for(".receipt", case=filed), 303)
        return _check_page(no.verdict.reasons, status_of(no))
    if not same:
        if (filed := _filed_under(key)) is not None:
            return redirect(url_for(".receipt", case=filed), 303)
        return _check_page([ANSWERS_CHANGED], 409)
    return redirect(url_for(".receipt", case=entry.subject), 303)


def _filed_under(key: str) -> str | None:
    """The case that this key already stands for."""
    with place().store.reading() as session:
        return place().engine.history.subject_of(session, actor().person, key)


def _check_page(reasons: Iterable[Reason] = (), status: int = 200) -> tuple[str, int] | Response:
    with place().store.reading() as session:
        filing = read_filing(session)
    if not filing.draft.claims and status == 200:
        return redirect(url_for(".record"), 303)
    page = render_template("student/check.html", filing=filing, reasons=list(reasons), faults=[])
    return page, status


# -- a case and its end ---------------------------------------------------------------------------------


@bp.get("/receipts/<string(length=32):case>")
@open_to("student")
def receipt(case: str) -> str:
    """The receipt: the number, what happens next, and by when."""
    with place().store.reading() as session:
        mine, found = my_case(session, case)
        story = read_story(session, mine, found)
    return render_template("student/receipt.html", story=story, case=found, reasons=[], faults=[])


@bp.get("/cases/<string(length=32):case>")
@open_to("student")
def follow(case: str) -> tuple[str, int]:
    """Where it is now, who must act, until when, and what was decided."""
    return _case_page(case)


@bp.get("/cases/<string(length=32):case>/letter")
@open_to("student")
def letter(case: str) -> str:
    """The decision as a letter to print; before there is one, the receipt of the filing."""
    with place().store.reading() as session:
        mine, found = my_case(session, case)
        story = read_story(session, mine, found)
    if not found.receipt:
        abort(404)
    return render_template("student/letter.html", story=story, case=found, reasons=[], faults=[])


@bp.get("/cases/<string(length=32):case>/withdraw")
@open_to("student")
def withdrawing(case: str) -> str | Response:
    """Ask once more before a filing is taken back."""
    with place().store.reading() as session:
        mine, found = my_case(session, case)
        story = read_story(session, mine, found)
    if not story.withdraw.allowed:
        return redirect(url_for(".follow", case=case), 303)
    return render_template("student/withdraw.html", story=story, case=found, reasons=[], faults=[])


@bp.post("/cases/<string(length=32):case>/<any(withdraw, dispute, disagree, reconfirm):action>")
@open_to("student")
def act(case: str, action: str) -> tuple[str, int] | Response:
    """Withdraw a filing, confirm a correction or say that it is still wrong, disagree with a decision."""
    installation, form = place(), Decided()
    details = {"words": form.words.data or ""} if action in ("dispute", "disagree") else {}
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
        return _case_page(case, action, form, no.verdict.reasons, status_of(no))
    return redirect(url_for(".follow", case=case), 303)


def my_case(session: Session, case: str) -> tuple[RecordSheet, CaseSheet]:
    """One of the student's own cases, with the record; another's is found by nobody."""
    mine = read_mine(session)
    if (found := mine.case(case)) is not None:
        return mine, found
    if session.get(Case, case) is not None:
        not_found_for("case", case)
    abort(404)


def _case_page(
    case: str,
    tried: str = "",
    form: Decided | None = None,
    reasons: Iterable[Reason] = (),
    status: int = 200,
) -> tuple[str, int]:
    with place().store.reading() as session:
        mine, found = my_case(session, case)
        story = read_story(session, mine, found)
    page = render_template(
        "student/case.html",
        story=story,
        case=found,
        tried=tried,
        typed=form,
        empty=Decided(formdata=None),
        reasons=list(reasons),
        faults=[],
    )
    return page, status


# -- words of the pages ---------------------------------------------------------------------------------


@bp.app_template_filter("value")
def value(text: str, field: str) -> str:
    """A value as people write it."""
    if field == "CSRQ" and text:
        try:
            return day(date.fromisoformat(text))
        except ValueError:
            return text
    return text


@bp.app_template_filter("masked")
def masked(number: str) -> str:
    """A number that its holder recognises and a neighbour does not learn: 110****123X."""
    shown = (3, 4) if len(number) >= 12 else (1, 1)
    return f"{number[: shown[0]]}****{number[-shown[1] :]}" if number else ""


@bp.app_template_filter("grouped")
def grouped(number: str) -> list[str]:
    """A resident's number in three pieces, area, birth and the rest, as an eye checks it; others whole."""
    return [number[:6], number[6:14], number[14:]] if len(number) == 18 else [number]
