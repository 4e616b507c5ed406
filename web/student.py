"""The student's pages: check the record, mark what is wrong, hand in papers, file, follow it to its end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.policy import FieldWords
from states.case import CORRECTED, REJECTED
from web import pictures
from web.claims import ruling
from web.forms import Claimed, Decided, PaperHandedIn, faults_of, form_key, seen_version, status_of
from web.security import actor, not_found_for, open_to, place, record_of_mine, takes_a_paper
from web.sheet import key_of, may_file, read_filing, read_sheet, shown_state
from web.words import day
from workflow.cases.drafts import papers_of_draft, read_draft, save_draft
from workflow.cases.filing import ClaimFiled, current_case, file, target_of
from workflow.cases.queue import papers_of_case
from workflow.cases.tables import Campaign, Case
from workflow.engine import Ref
from workflow.evidence.intake import PaperRefused, take_in
from workflow.evidence.tables import Evidence
from workflow.notices.outbox import mark_seen
from workflow.records.values import value_of
from workflow.verdict import Reason, Refused

bp = Blueprint("student", __name__, url_prefix="/my")

EARLY = ("claims_are_whole", "claims_fit_together", "fields_are_free", "claims_change_something")
"""Checks that can be answered before any paper is there."""

PAPERS_AT_MOST = 12
ANSWERS_CHANGED = Reason(
    "changed_meanwhile",
    "您的填写在别的页面里有了变化，这一页没有提交。",
    rule="expected",
    remedy="请再核对一次下面的内容，然后提交。",
)
PAPER_NOT_CHOSEN = Reason("paper_empty", "没有选择文件。", remedy="请选择材料的照片。", rule="intake")
KIND_NOT_CHOSEN = Reason(
    "paper_kind_missing", "没有选择这是哪一种材料。", remedy="从列表中选择一种。", rule="intake"
)
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
        untold = any(notice.seen_at is None for notice in sheet.notices)
    if untold:
        with installation.store.writing() as session:
            mark_seen(session, record_of_mine(), sheet.at)
    return page, status


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


# -- one field that is wrong ----------------------------------------------------------------------------


@bp.get("/wrong/<field>")
@open_to("student")
def wrong(field: str) -> tuple[str, int]:
    """Ask why a field is wrong first, then for the right value."""
    words = _claimable(field)
    with place().store.reading() as session:
        drafted = read_draft(session, place().cipher, record_of_mine()).claims.get(field)
    cause = request.args.get("cause", drafted.cause if drafted else "")
    if len(words.causes) == 1:
        cause = words.causes[0]
    form = Claimed(formdata=None)
    if drafted:
        form.value.data, form.event_date.data = drafted.new, drafted.event_date
    return _wrong_page(words, cause if cause in words.causes else "", form)


@bp.post("/wrong/<field>")
@open_to("student")
def mark(field: str) -> tuple[str, int] | Response:
    """Keep one claim in the draft."""
    installation, words, form = place(), _claimable(field), Claimed()
    cause = request.form.get("cause", "")
    if not form.validate():
        return _wrong_page(words, cause, form, status=422)
    since = form.event_date.data if cause == "legal_change" else None
    claim = ClaimFiled(field, cause, "" if field == "PHOTO" else form.value.data or "", since)
    with installation.store.writing() as session:
        at = installation.clock.now(session)
        draft = read_draft(session, installation.cipher, record_of_mine())
        draft.claims[field] = claim
        target = target_of(session, record_of_mine(), at)
        general = may_file(session, target, begun_at=draft.begun_at)
        particular = may_file(session, target, claims=tuple(draft.claims.values()), begun_at=draft.begun_at)
        reasons = [*general, *(reason for reason in particular if reason.rule in EARLY)]
        if not reasons:
            save_draft(session, installation.cipher, record_of_mine(), draft, at)
    if reasons:
        return _wrong_page(words, cause, form, reasons, 422)
    return redirect(url_for(".papers"), 303)


@bp.post("/right/<field>")
@open_to("student")
def unmark(field: str) -> Response:
    """Take one claim out of the draft."""
    installation = place()
    with installation.store.writing() as session:
        draft = read_draft(session, installation.cipher, record_of_mine())
        draft.claims.pop(field, None)
        save_draft(session, installation.cipher, record_of_mine(), draft, installation.clock.now(session))
    return redirect(url_for(".papers" if draft.claims else ".record"), 303)


def _claimable(field: str) -> FieldWords:
    for words in place().school.fields:
        if words.code == field and words.claimable:
            return words
    abort(404)


def _wrong_page(
    words: FieldWords, cause: str, form: Claimed, reasons: Iterable[Reason] = (), status: int = 200
) -> tuple[str, int]:
    with place().store.reading() as session:
        at = place().clock.now(session)
        target = target_of(session, record_of_mine(), at)
        barred = may_file(session, target)
        old = value_of(session, place().cipher, record_of_mine(), words.code)
    page = render_template(
        "student/wrong.html",
        field=words,
        cause=cause,
        form=form,
        old=old,
        today=at.date(),
        barred=barred if not reasons else (),
        reasons=list(reasons),
        faults=faults_of(form),
    )
    return page, status


# -- papers ---------------------------------------------------------------------------------------------


@bp.get("/papers")
@open_to("student")
def papers() -> tuple[str, int] | Response:
    """Say which papers are needed before any is asked for; take them one by one."""
    return _papers_page()


@bp.post("/papers")
@open_to("student")
@takes_a_paper
def hand_in() -> tuple[str, int] | Response:
    """Take one paper into the draft; the same picture sent twice is one paper."""
    installation, form = place(), PaperHandedIn()
    policy = installation.school.policy
    kind = form.kind.data or ""
    if kind not in policy.evidence_kinds:
        return _papers_page([KIND_NOT_CHOSEN], 422)
    if not form.file.data:
        return _papers_page([PAPER_NOT_CHOSEN], 422)
    try:
        taken = take_in(form.file.data.read(), policy)
    except PaperRefused as no:
        return _papers_page([no.reason], 422)
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
        return _papers_page([TOO_MANY_PAPERS], 422)
    return redirect(url_for(".papers"), 303)


@bp.get("/papers/<string(length=32):paper>")
@open_to("student")
def paper(paper: str) -> Response:
    """One of the student's own papers, filed or not."""
    with place().store.reading() as session:
        if (found := _my_paper(session, paper)) is not None:
            return pictures.paper(session, found)
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


def _papers_page(reasons: Iterable[Reason] = (), status: int = 200) -> tuple[str, int] | Response:
    policy = place().school.policy
    with place().store.reading() as session:
        filing = read_filing(session)
        if not filing.draft.claims:
            return redirect(url_for(".record"), 303)
        missing = filing.missing
        page = render_template(
            "student/papers.html",
            filing=filing,
            kinds=[*missing, *(kind for kind in policy.evidence_kinds if kind not in missing)],
            reasons=list(reasons),
            limit=policy.max_bytes,
            chosen=request.form.get("kind", ""),
        )
    return page, status


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
        page = render_template("student/check.html", filing=filing, reasons=list(reasons))
    return page, status


# -- a case and its end ---------------------------------------------------------------------------------


@bp.get("/receipts/<string(length=32):case>")
@open_to("student")
def receipt(case: str) -> str:
    """The receipt: the number, and what happens next."""
    with place().store.reading() as session:
        found = _my_case(session, case)
        return render_template("student/receipt.html", case=found)


@bp.get("/cases/<string(length=32):case>")
@open_to("student")
def follow(case: str) -> tuple[str, int]:
    """Where it is now, who must act, and what was decided."""
    return _case_page(case)


@bp.post("/cases/<string(length=32):case>/<any(withdraw, dispute):action>")
@open_to("student")
def act(case: str, action: str) -> tuple[str, int] | Response:
    """Withdraw a filing, or say that a correction is still wrong."""
    installation, form = place(), Decided()
    details = {"words": form.words.data or ""} if action == "dispute" else {}
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
        return _case_page(case, form, no.verdict.reasons, status_of(no))
    return redirect(url_for(".follow", case=case), 303)


def _my_case(session: Session, case: str) -> Case:
    found = session.get(Case, case)
    if found is None:
        abort(404)
    if found.record_id != record_of_mine():
        not_found_for("case", case)
    return found


def _case_page(
    case: str, form: Decided | None = None, reasons: Iterable[Reason] = (), status: int = 200
) -> tuple[str, int]:
    installation = place()
    with installation.store.reading() as session:
        found = _my_case(session, case)
        at = installation.clock.now(session)
        state = shown_state(session, found, at)
        told = state in (CORRECTED, REJECTED)
        ruled = ruling(session, case)
        verdicts = installation.engine.available(session, Ref("case", case), actor())
        papers = papers_of_case(session, case)
        policy = installation.engine.policies.in_force(at)
        page = render_template(
            "student/case.html",
            case=found,
            state=state,
            told=told,
            ruled=ruled,
            papers=papers,
            campaign=session.get(Campaign, found.campaign_id) if found.campaign_id else None,
            may={verdict.action: verdict for verdict in verdicts},
            form=form or Decided(formdata=None),
            dispute_until=found.decided_at + timedelta(days=policy.dispute_days)
            if told and found.decided_at
            else None,
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
    """A number that its holder recognises and a neighbour does not learn: 110***********123X."""
    if len(number) < 12:
        return number[:1] + "*" * max(len(number) - 2, 0) + number[-1:] if number else ""
    return number[:3] + "*" * (len(number) - 7) + number[-4:]
