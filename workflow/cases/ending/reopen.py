"""Reopening a decided case: undone by its decider, reopened by a second reviewer, or disputed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from sqlalchemy import select

from config.policy import Answer
from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.batches import wait_again
from workflow.cases.claims import as_filed, opened
from workflow.cases.common import keep_words, newer_claim, write_claims
from workflow.cases.ending.after_decision import AFRESH
from workflow.cases.facts import CaseFacts, StepFacts
from workflow.cases.review.step_making import NOT_ENDED, Steps, write_step
from workflow.cases.review.steps import BODIES, DECIDED, PLATFORM, was_sent_out
from workflow.engine import SYSTEM, Change, Effect, Entropy, Guard, by_name, guards, in_words
from workflow.evidence.papers import papers_in
from workflow.notices.outbox import UNTIL_UNDONE, take_back
from workflow.notices.tables import Notice
from workflow.people.cipher import Cipher
from workflow.permissions.facts import after_freezes
from workflow.records import corrections
from workflow.verdict import Reason


@in_words("同一项没有更新的申请", "no newer claim on the field")
def no_newer_claim(attempt: Attempt) -> Reason | None:
    """A decided case cannot reopen while a newer claim on the same field is open."""
    return newer_claim(attempt, attempt.subject.claims)


@in_words("在异议期内", "within the time for disputes")
def within_dispute_days(attempt: Attempt) -> Reason | None:
    """A student can dispute within the policy's number of days after the decision ("still wrong").

    Days on which their claims are frozen do not count.
    """
    case = attempt.subject
    if case.decided_at is None:
        return Reason("not_decided", "还没有办结，不能提出异议。", remedy="请等待办结。")
    days = timedelta(days=attempt.policy.periods.dispute_days)
    last = after_freezes(case.permissions, case.decided_at, days)
    if attempt.at <= last:
        return None
    return Reason(
        "dispute_is_late",
        "对结果的异议应在 {last}（北京时间）前提出。",
        {"last": last},
        remedy="请查看现在能否重新提出更正。",
    )


@in_words("是本人刚作的决定", "one's own recent decision")
def own_recent_decision(attempt: Attempt) -> Iterator[Reason]:
    """Only the decider can undo a decision, within the policy's number of minutes.

    Where a body outside decided, and the system closed the case, it is whoever entered the body's reply.
    """
    case = attempt.subject
    entered = {step.ended_by for step in replies_that_closed(case)}
    if case.decided_at is None or attempt.by.person not in (entered or {case.decided_by}):
        yield Reason("not_your_decision", "这不是您作出的决定。", remedy="如需更改，请由复核人重新审核。")
    last = case.decided_at and case.decided_at + timedelta(minutes=attempt.policy.periods.undo_minutes)
    if last is not None and attempt.at > last:
        yield Reason(
            "undo_is_late",
            "决定只能在 {last} 前撤销。",
            {"last": last},
            remedy="如需更改，请由复核人重新审核。",
        )


def replies_that_closed(case: CaseFacts) -> list[StepFacts]:
    """The steps that ended with the reply of a body outside by which the system closed a case."""
    if case.decided_by != SYSTEM.person or case.decided_at is None:
        return []
    failed = [one for one in case.every_step if one.outcome == "failed" and one.kind in BODIES]
    return [one for one in failed if one.ended_at == case.decided_at]


@in_words("结果还没有通知学生", "the student has not been told")
def decision_still_held_back(attempt: Attempt) -> Reason | None:
    """A decision cannot be undone once the student is notified."""
    case = attempt.subject
    told = select(Notice.id).where(
        Notice.subject == case.id,
        Notice.event.in_(("decided_corrected", "decided_rejected")),
        Notice.owed_at == case.decided_at,
        Notice.cancelled_at.is_(None),
        (Notice.due_at <= attempt.at) | Notice.seen_at.is_not(None),
    )
    if case.decided_at is None or attempt.session.scalar(told) is None:
        return None
    return Reason("student_was_told", "结果已经通知学生。", remedy="如需更改，请由复核人重新审核。")


def reopen_guards(cipher: Cipher) -> dict[str, Guard]:
    """The guards of undoing and reopening. One opens the claims' values to ask the policy."""

    @in_words("学校规则允许重新审核", "the school's rules let the case be reviewed again")
    def policy_lets_reopen(attempt: Attempt) -> Iterable[Reason]:
        """The rules that name a dispute or a reopening are asked about the case's claims, as filed."""
        action, case = attempt.action.name, attempt.subject
        if not rules.names_action(attempt.policy, action):
            return ()
        values = {claim: opened(cipher, claim) for claim in case.claims}
        asks_papers = rules.requires_papers(attempt.policy, action)
        put = rules.question(
            attempt.session,
            attempt.policy,
            case,
            attempt.at,
            action=action,
            claims=[as_filed(claim, new) for claim, (_, new) in values.items()],
            olds={claim.field: old for claim, (old, _) in values.items()},
            papers=[paper.kind for paper in papers_in(attempt.session, case.id)] if asks_papers else (),
        )
        answer = rules.answer_to(attempt.policy, put)
        attempt.found.answer = answer if isinstance(answer, Answer) else None
        return rules.reasons(answer)

    return guards(
        no_newer_claim,
        within_dispute_days,
        own_recent_decision,
        decision_still_held_back,
        policy_lets_reopen,
    )


def reopen_effects(cipher: Cipher, entropy: Entropy, steps: Steps) -> dict[str, Effect]:
    """The effects of undoing and reopening. They reverse what the decision wrote."""

    def renew_steps(attempt: Attempt, change: Change) -> None:
        """Remake the school's own decided steps. Steps that other bodies passed keep their outcome.

        What the rules ask of a dispute or a reopening comes behind them, ahead of the platform.
        """
        case = attempt.subject
        for step in case.every_step:
            by_the_close = step.outcome == "void" and step.ended_at == case.decided_at
            if (step.outcome == "void" and not by_the_close) or (
                step.outcome == "passed" and step.kind not in (*DECIDED, PLATFORM)
            ):
                continue
            if step.outcome != "void":
                steps.end(attempt, step, "void", step.ended_by, step.ended_for)
            change.steps.append(steps.copy(attempt, step, step.claims, anew=True))
        if attempt.found.answer is not None:
            steps.insert(attempt, change, attempt.found.answer)

    def take_back_decision(attempt: Attempt, change: Change) -> None:
        """Undo everything the decision wrote. Only the history keeps it."""
        corrections.take_back(
            attempt.session,
            cipher,
            attempt.subject.record.id,
            attempt.subject.id,
            attempt.subject.decided_at or attempt.at,
            attempt.at,
            entropy,
        )
        take_back(attempt.session, attempt.subject.id, UNTIL_UNDONE, attempt.at)
        standing = [claim.id for claim in attempt.subject.claims]
        write_claims(attempt, standing, ended_at=None)
        change.claims += standing
        change.columns |= AFRESH

    return by_name(renew_steps, restore_steps, reopen_claims, take_back_decision)


def restore_steps(attempt: Attempt, change: Change) -> None:
    """Reopen the steps that the undone decision voided, and those whose reply was the decision.

    What was sent with a batch waits for its answer there again.
    """
    case = attempt.subject
    replies = replies_that_closed(case)
    voided = [
        step
        for step in case.every_step
        if step.outcome == "void" and step.ended_at == case.decided_at and not step.ended_by
    ]
    for step in (*voided, *replies):
        write_step(attempt, step.id, **NOT_ENDED)
    for step in replies:
        write_claims(attempt, step.claims, outcome="", ruling="")
    sent = {claim for step in (*voided, *replies) if was_sent_out(step) for claim in step.claims}
    if sent and case.decided_at is not None:
        wait_again(attempt.session, sent, case.decided_at)


def reopen_claims(attempt: Attempt, change: Change) -> None:
    """Reopen the claims without their outcome. Notices not sent yet are cancelled."""
    take_back(attempt.session, attempt.subject.id, UNTIL_UNDONE, attempt.at)
    change.claims += [claim.id for claim in attempt.subject.claims]
    write_claims(attempt, change.claims, outcome="", ruling="", seen_on=None, ended_at=None)
    change.columns |= AFRESH
    keep_words(attempt, change)
