"""Cases of one kind at the desk: which there are, each of them to look at, and one press for those ticked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.policy import ChecklistItem, PolicyReason, QuestionFault, items_for, warnings_of
from config.policy.deciding import MOST_IN_A_BATCH
from states.case import DECIDERS
from web.desk.sentences import by_outcome, fill_in, offered_here
from web.shared.act import Answer, No, Page, show
from web.shared.cases.claims import question_of_filing
from web.shared.cases.compare import Glyph, Piece, code_points, compared
from web.shared.forms import BatchPressed, form_key, seen_cases
from web.shared.labels import refusal_words
from web.shared.security import actor, fresh, looking, open_to, place, runs_scripts
from web.shared.standing import CASE_AT_THE_DESK, about
from workflow.cases import rules
from workflow.cases.facts import CaseFacts
from workflow.cases.load import look_at_case, look_at_cases
from workflow.cases.review.batch import (
    GONE,
    BatchDone,
    BatchVerdict,
    decide_each,
    faults_of_batch,
    kind_to_be_decided,
)
from workflow.cases.review.press import APPROVED, REFUSED
from workflow.cases.tables import Case
from workflow.cases.views.alike import CaseAlike, Kind, kind_of, kinds
from workflow.cases.views.queue.desk import desk_of
from workflow.evidence.papers import Paper, papers_of_cases
from workflow.people.access import note_each
from workflow.records.tables import Record
from workflow.verdict import Reason

bp = Blueprint("batch", __name__, url_prefix="/desk/batch")

NOTHING_TICKED = Reason(
    "nothing_ticked", "没有勾选任何申请。", remedy="请勾选要一起办理的申请，再选择处理结果。", rule="batch"
)


def _too_many(most: int) -> Reason:
    said = {"most": most}
    return Reason(
        "batch_too_large",
        "一次最多办理 {most} 件。",
        said,
        remedy="请少勾选一些，其余的下一批再办。",
        rule="batch",
    )


AT_FAULT = {
    "outcome_missing": "outcome-approved",
    "refusal_code_missing": "refusal",
    "words_missing": "words",
    "words_too_long": "words",
    "checklist_not_done": "item-1",
}
"""Where on the page each reason against a whole batch is put right."""


@dataclass(frozen=True, slots=True)
class KindLine:
    """One case of a kind as its preview shows it."""

    one: CaseAlike
    before: list[Piece]
    after: list[Piece]
    points_before: list[Glyph]
    points_after: list[Glyph]
    papers: Sequence[Paper]
    warnings: tuple[PolicyReason, ...]


@dataclass(frozen=True, slots=True)
class BatchTold:
    """What became of one case, with its receipt and its student's name as far as the reader may know them."""

    done: BatchDone
    receipt: str
    name: str


@bp.get("")
@open_to(*DECIDERS)
@runs_scripts
def listed() -> Page:
    """What of one's turn could be decided together, by kind. Nobody is named."""
    with looking() as session:
        desk = desk_of(place().engine, session, actor(), place().clock.now(session))
        found = kinds(session, place().cipher, desk)
    return show("desk/batches.html", kinds=found, rules=place().school.policy.batches)


@bp.get("/<string(length=32):case>")
@open_to(*DECIDERS)
@about(case=CASE_AT_THE_DESK)
@runs_scripts
def preview(case: str, no: No | None = None, form: BatchPressed | None = None) -> Answer:
    """Each case alike to this one, to be looked at and ticked. Every access is logged first."""
    with looking() as session:
        at = place().clock.now(session)
        facts = look_at_case(session, case)
        if facts is None or not facts.policy:
            return redirect(url_for(".listed"), 303)
        judging = place().rules.named(session, facts.policy)
        desk = desk_of(place().engine, session, actor(), at)
        kind = kind_of(session, place().cipher, desk, facts, judging.school.policy.batches)
        found = look_at_cases(session, [one.case for one in kind.at_once]) if kind is not None else {}
        lines = _lines(session, judging, kind, found) if kind is not None else []
        first, *others = found.values() or (facts,)
        sentences = offered_here(session, first, judging, at, others) if lines else ()
    if kind is None or not lines:
        return redirect(url_for(".listed"), 303)
    shown = form or BatchPressed(formdata=None)
    fill_in(shown, sentences)
    with place().store.writing() as session:
        note_each(session, actor(), "case", [line.one.case for line in lines], at)
    return show(
        "desk/batch.html",
        no,
        kind=kind,
        like=case,
        lines=lines,
        at=at,
        items=_items(judging, kind),
        refusals=[(one.code, refusal_words(one.code)) for one in judging.school.policy.refusals],
        at_fault={**AT_FAULT, "nothing_ticked": f"case-{lines[0].one.case}"},
        form=shown,
        sentences=by_outcome(sentences, (APPROVED, REFUSED)),
        left_out=_left_out(form, lines),
    )


@bp.post("/<string(length=32):case>")
@open_to(*DECIDERS)
@about(case=CASE_AT_THE_DESK)
@fresh
@runs_scripts
def decide(case: str) -> Answer:
    """Decide each case that is ticked, by itself, and say of each what became of it.

    Where a kept sentence is to be filled in, the page comes back with it and nothing is decided.
    """
    form, installation = BatchPressed(), place()
    if request.form.get("then") == "fill":
        return preview(case, form=form)
    seen = seen_cases(form.case.data or (), MOST_IN_A_BATCH)
    verdict = BatchVerdict(
        form.outcome.data or "",
        form.refusal.data or "",
        form.words.data or "",
        tuple(form.ticked.data or ()),
    )
    with looking() as session:
        kind = kind_to_be_decided(session, installation.cipher, installation.engine, case)
    if kind is None:
        return redirect(url_for(".listed"), 303)
    reasons = list(faults_of_batch(kind, verdict))
    if not seen:
        reasons = [NOTHING_TICKED]
    elif len(seen) > kind.rule.at_most:
        reasons.append(_too_many(kind.rule.at_most))
    if reasons:
        return preview(case, No(reasons), form)
    done = decide_each(
        installation.engine,
        installation.store,
        installation.cipher,
        kind,
        seen,
        verdict,
        by=actor(),
        key=form_key(),
    )
    with looking() as session:
        told = _told(session, done)
    decided = [one for one in told if one.done.entry is not None]
    return show(
        "desk/batch_done.html",
        No(status=200 if decided else 409),
        kind=kind,
        decided=decided,
        left=[one for one in told if one.done.entry is None],
        outcome=verdict.outcome,
    )


def _left_out(form: BatchPressed | None, lines: Sequence[KindLine]) -> Collection[str]:
    """The cases whose tick was taken away in a form that is shown again."""
    if form is None:
        return ()
    ticked = {said.partition(":")[0] for said in form.case.data or ()}
    return {line.one.case for line in lines} - ticked


def _items(judging: rules.Rules, kind: Kind) -> tuple[ChecklistItem, ...]:
    """What is to be looked at for the claims of a kind."""
    policy = judging.school.policy
    wanted = {item.id for one in kind.at_once for item in items_for(policy, one.field, one.cause)}
    return tuple(item for item in policy.checklist if item.id in wanted)


def _lines(
    session: Session, judging: rules.Rules, kind: Kind, facts: Mapping[str, CaseFacts]
) -> list[KindLine]:
    papers = papers_of_cases(session, [one.case for one in kind.at_once])
    return [
        _line(session, judging, one, facts[one.case], papers.get(one.case, ()))
        for one in kind.at_once
        if one.case in facts
    ]


def _line(
    session: Session, judging: rules.Rules, one: CaseAlike, facts: CaseFacts, papers: Sequence[Paper]
) -> KindLine:
    before, after = compared(*one.values)
    return KindLine(
        one,
        before,
        after,
        code_points(before),
        code_points(after),
        papers,
        tuple(_warnings(session, judging, facts, papers)),
    )


def _warnings(
    session: Session, judging: rules.Rules, facts: CaseFacts, papers: Sequence[Paper]
) -> Iterator[PolicyReason]:
    """What the rules tell reviewers about a filing, as of its filing."""
    filed_at = facts.filed_at or place().clock.now(session)
    question = question_of_filing(session, judging, facts, filed_at, papers)
    try:
        yield from warnings_of(judging.school, question)
    except QuestionFault:  # the record has lost a fact since it was filed
        return


def _told(session: Session, done: Sequence[BatchDone]) -> list[BatchTold]:
    """What became of each, with whom it is about; of what is not there nothing is told."""
    there = [one.case for one in done if GONE not in one.reasons]
    asked = select(Case.id, Case.receipt, Record.xm).join(Record).where(Case.id.in_(there))
    named: Mapping[str, tuple[str, str]] = {
        id: (receipt or "", name) for id, receipt, name in session.execute(asked)
    }
    return [BatchTold(one, *named.get(one.case, ("", ""))) for one in done]
