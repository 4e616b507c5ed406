"""What a student's pages are about: the record with what is due, and the draft as it would be filed now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from config.policy import Answer, FieldWords, FinalCheck, QuestionFault, ask, last_day
from states.campaign import OPEN
from states.case import CASE, CORRECTED, REJECTED, REVIEW
from web.security import actor, place, record_of_mine
from workflow.cases import rules
from workflow.cases.checks import following, shown
from workflow.cases.drafts import Answers, papers_of_draft, read_draft
from workflow.cases.facts import CaseFacts, case_to_be, look_at_case
from workflow.cases.filing import ClaimFiled, Target, current_case, target_of
from workflow.cases.queue import announced, cases_of, claims_of
from workflow.cases.tables import Campaign, Case
from workflow.engine import Ref
from workflow.evidence.tables import Evidence
from workflow.notices.outbox import due_for
from workflow.notices.tables import Notice
from workflow.records.tables import Record
from workflow.records.values import value_of
from workflow.verdict import Reason, Verdict


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the record: its words, its value, and the case in which it is already disputed."""

    words: FieldWords
    value: str
    disputed_in: str
    drafted: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything the student's first page says."""

    at: datetime
    record: Record
    rows: list[Row]
    case: Case | None
    state: str
    campaign: Campaign | None
    confirm: Verdict | None
    seen: str
    draft: Answers
    barred: tuple[Reason, ...]
    last: FinalCheck | None
    notices: list[Notice]
    cases: list[tuple[Case, str]]

    @property
    def status(self) -> str:
        """The enrolment status as the platform shows it: 在籍（注册学籍）."""
        policy, status = place().school.policy, self.record.xjzt
        if status in policy.enrolled_statuses:
            return f"在籍（{status}）"
        return f"不在籍（{status}）" if status in policy.left_statuses else status

    @property
    def days_left(self) -> int:
        """Whole days until the campaign's last day; 0 on that day."""
        return (self.campaign.closes_at.date() - self.at.date()).days if self.campaign else 0


@dataclass(frozen=True, slots=True)
class Change:
    """One claim as old beside new, with what follows from it (a number carries birth date and sex)."""

    claim: ClaimFiled
    old: str
    follows: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Filing:
    """The draft as it would be filed now."""

    draft: Answers
    changes: list[Change]
    papers: list[Evidence]
    answer: Answer | None
    reasons: tuple[Reason, ...]
    key: str

    @property
    def missing(self) -> tuple[str, ...]:
        """Kinds of papers that are not there yet."""
        return self.answer.missing if self.answer else ()

    @property
    def lacking(self) -> list[Reason]:
        """What the policy says of papers that are not there yet."""
        if self.answer is None or not self.answer.missing or self.answer.outcome != "incomplete":
            return []
        return [replace(reason, until="") for reason in rules.reasons(self.answer)]


def read_sheet(session: Session) -> Sheet:
    """Everything about the signed-in student's record, as it is now."""
    installation, record = place(), record_of_mine()
    at = installation.clock.now(session)
    case = current_case(session, record)
    campaign = session.get(Campaign, case.campaign_id) if case and case.campaign_id else None
    runs = campaign is not None and campaign.state == OPEN and campaign.opens_at <= at <= campaign.closes_at
    target = target_of(session, record, at)
    draft = read_draft(session, installation.cipher, record)
    return Sheet(
        at=at,
        record=session.get_one(Record, record),
        rows=_rows(session, record, draft),
        case=case,
        state=shown_state(session, case, at) if case else "",
        campaign=campaign if runs else None,
        confirm=installation.engine.may(session, Ref("case", case.id), "confirm", actor()) if case else None,
        seen=_seen(session, case),
        draft=draft,
        barred=may_file(session, target, begun_at=draft.begun_at),
        last=last_filing_day(session, target, at),
        notices=due_for(session, record, at),
        cases=[(one, shown_state(session, one, at)) for one in cases_of(session, record) if one.filed_at],
    )


def _seen(session: Session, case: Case | None) -> str:
    """What stands for the values the page shows: only these can be confirmed."""
    facts = look_at_case(session, case.id) if case else None
    return shown(session, place().cipher, facts)[1] if facts else ""


def _rows(session: Session, record: str, draft: Answers) -> list[Row]:
    disputed = {
        claim.field_group: claim.case_id
        for case in cases_of(session, record)
        for claim in claims_of(session, case.id)
        if claim.ended_at is None
    }
    return [
        Row(
            words,
            value_of(session, place().cipher, record, words.code),
            disputed.get(words.group, ""),
            words.code in draft.claims,
        )
        for words in place().school.fields
    ]


def shown_state(session: Session, case: Case, at: datetime) -> str:
    """The state as its student sees it: a decision that can still be undone is none yet."""
    decided = case.state in (CORRECTED, REJECTED)
    return REVIEW if decided and not announced(session, case, at) else case.state


def may_file(
    session: Session,
    target: Target,
    *,
    claims: Sequence[ClaimFiled] = (),
    papers: Sequence[str] = (),
    begun_at: datetime | None = None,
) -> tuple[Reason, ...]:
    """Why the door would not take a filing; without claims: why nothing at all could be filed."""
    verdict = place().engine.may(
        session,
        Ref("case", target.case),
        "raise",
        actor(),
        record=record_of_mine(),
        campaign=None,
        previous=target.previous,
        claims=tuple(claims),
        papers=tuple(papers),
        begun_at=begun_at,
    )
    # A case of its own is opened by the filing itself: that it is not there yet bars nothing.
    passed = {"state"} if not target.case else set()
    if not claims:
        passed |= set(CASE.action("raise").checks)
    return tuple(reason for reason in verdict.reasons if reason.rule not in passed)


def facts_of(session: Session, target: Target) -> CaseFacts:
    """The case a filing would go to, or the one that would be opened for it."""
    found = look_at_case(session, target.case) if target.case else None
    return found or case_to_be(session, "", {"record": record_of_mine(), "previous": target.previous})


def last_filing_day(session: Session, target: Target, at: datetime) -> FinalCheck | None:
    """The last moment for filing and how it was derived; None if the record lacks the dates."""
    policy = place().engine.policies.in_force(at)
    try:
        return last_day(place().school, rules.question(session, policy, facts_of(session, target), at))
    except QuestionFault:
        return None


def read_filing(session: Session) -> Filing:
    """The draft with its papers, what the policy says to it, and why the door would not take it."""
    installation, record = place(), record_of_mine()
    at = installation.clock.now(session)
    draft = read_draft(session, installation.cipher, record)
    papers = papers_of_draft(session, record)
    target = target_of(session, record, at)
    claims = tuple(draft.claims.values())
    olds = {claim.field: value_of(session, installation.cipher, record, claim.field) for claim in claims}
    question = rules.question(
        session,
        installation.engine.policies.in_force(at),
        facts_of(session, target),
        at,
        claims=claims,
        olds=olds,
        papers=tuple(paper.kind for paper in papers),
        begun_at=draft.begun_at,
    )
    try:
        answer = ask(installation.school, question)
    except QuestionFault:  # the reasons say which fact the record lacks
        answer = None
    reasons = may_file(
        session, target, claims=claims, papers=[paper.id for paper in papers], begun_at=draft.begun_at
    )
    if answer is not None and answer.outcome == "incomplete":
        # Waiting does not bring a paper: no date belongs beside what is missing.
        reasons = tuple(replace(reason, until="") for reason in reasons)
    return Filing(
        draft=draft,
        changes=[_change(session, claim, olds[claim.field]) for claim in claims],
        papers=papers,
        answer=answer,
        reasons=reasons,
        key=key_of(draft, papers),
    )


def _change(session: Session, claim: ClaimFiled, old: str) -> Change:
    follows = [
        (field, value_of(session, place().cipher, record_of_mine(), field), value)
        for field, value in following(claim).items()
        if field != claim.field
    ]
    return Change(claim, old, follows)


def key_of(draft: Answers, papers: Sequence[Evidence]) -> str:
    """The key of exactly this draft: what was checked is what is filed, once."""
    said = [
        [claim.as_json() for claim in draft.claims.values()],
        [paper.id for paper in papers],
        draft.begun_at.isoformat() if draft.begun_at else "",
    ]
    return place().cipher.digest("filing", json.dumps(said, sort_keys=True).encode())
