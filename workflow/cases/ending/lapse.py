"""Lapse of cases that cannot continue, and resumption of cases that lapsed by mistake."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.case import RAISED, REVIEW
from workflow.cases.attempt import Attempt
from workflow.cases.common import degree_is_registered, end_claims, newer_claim, write_claims
from workflow.cases.ending.after_decision import AFRESH
from workflow.cases.facts import ClaimFacts
from workflow.cases.review.questions import end_questions, open_questions
from workflow.cases.review.step_making import Steps
from workflow.cases.tables import Case
from workflow.engine import SYSTEM, Change, Effect, Engine, Ref, by_name, guards, in_words
from workflow.history.codes import LAPSED, Code
from workflow.store import as_text
from workflow.verdict import Reason

LAPSES: dict[str, tuple[str, str]] = {
    "left_school": ("已离校", "left the school"),
    "degree_registered": ("学历已注册", "the degree is registered"),
    "papers_missing": ("逾期没有补正", "what was asked for never came"),
}
"""Why a case lapses, in Chinese and English. The ruling is ``lapsed:`` and this key."""
MAY_BE_MISTAKEN = ("left_school", "degree_registered")

WORDS = "学生已离校或学历已注册：已更正的事项照办，其余事项终止。"


def let_lapse(engine: Engine, session: Session, record: str) -> int:
    """End the open cases of a record that has cause to lapse. Returns their number.

    If a claim is already corrected, the other claims lapse and the case is closed as corrected.
    """
    waiting = select(Case.id).where(Case.record_id == record, Case.state.in_((RAISED, REVIEW)))
    ended = 0
    for case in session.scalars(waiting).all():
        ref = Ref("case", case)
        if engine.check_action(session, ref, "lapse", SYSTEM).allowed:
            engine.perform(session, ref, "lapse", by=SYSTEM)
        elif engine.check_action(session, ref, "lapse_rest", SYSTEM).allowed:
            engine.perform(session, ref, "lapse_rest", by=SYSTEM)
            engine.perform(session, ref, "correct", by=SYSTEM, words=WORDS)
        else:
            continue
        ended += 1
    return ended


def cause_to_lapse(attempt: Attempt) -> str:
    """Why the case cannot continue, as a key of LAPSES; '' if it can."""
    if attempt.found.cause is None:
        attempt.found.cause = _cause(attempt)
    return attempt.found.cause


def _cause(attempt: Attempt) -> str:
    if degree_is_registered(attempt):
        return "degree_registered"
    if attempt.subject.record.xjzt in attempt.policy.school.policy.statuses.left:
        return "left_school"
    frozen = attempt.subject.frozen(attempt.at) is not None  # who may not answer is not late
    if not frozen and any(one.was_never_answered(attempt.at) for one in open_questions(attempt)):
        return "papers_missing"
    return ""


@in_words("已离校或学历已注册", "left, or the degree is registered")
def has_cause_to_lapse(attempt: Attempt) -> Reason | None:
    """A case lapses only if its student left, the degree is registered, or papers are overdue."""
    if cause_to_lapse(attempt):
        return None
    return Reason(
        "no_cause_to_lapse",
        "学生仍在籍，学历未注册，也没有逾期未补正的事项，没有终止的理由。",
        remedy="请继续审核。",
    )


@in_words("终止的原因已不存在", "the cause of the lapse is gone")
def lapsed_by_mistake(attempt: Attempt) -> Reason | None:
    """Claims lapsed for departure or a degree can resume when no cause to lapse remains."""
    if _resumable(attempt) and cause_to_lapse(attempt) == "":
        return None
    return Reason(
        "not_lapsed_by_mistake",
        "没有因离校或学历注册而终止、现在可以恢复的事项。",
        remedy="学生仍可以在期限内重新提出。",
    )


@in_words("同一项没有更新的申请", "no newer claim on the field")
def lapsed_fields_are_free(attempt: Attempt) -> Reason | None:
    """No newer open claim on a lapsed field. A newer claim takes priority."""
    return newer_claim(attempt, _resumable(attempt))


def _resumable(attempt: Attempt) -> tuple[ClaimFacts, ...]:
    """The claims that lapsed for a cause that can be a mistake."""
    claims = attempt.subject.claims
    return tuple(one for one in claims if one.outcome == "lapsed" and one.ruling in MAY_BE_MISTAKEN)


def close_claims_lapsed(attempt: Attempt, change: Change) -> None:
    """Close the claims with the cause of the case's lapse. This is no refusal."""
    end_claims(attempt, change, outcome="lapsed", ruling=cause_to_lapse(attempt))


def close_unsettled_lapsed(attempt: Attempt, change: Change) -> None:
    """Lapse the claims without an outcome. The others keep their outcome."""
    change.claims += [claim.id for claim in attempt.subject.claims if not claim.outcome]
    cause = cause_to_lapse(attempt)
    write_claims(attempt, change.claims, outcome="lapsed", ruling=cause)
    change.codes.append(Code(cause))


def mark_lapsed(attempt: Attempt, change: Change) -> None:
    """Record the lapse. The entry names the cause."""
    cause = cause_to_lapse(attempt)
    change.columns |= {"decided_at": as_text(attempt.at), "ruling": str(Code(LAPSED, cause))}
    change.codes.append(Code(cause))


def lapse_questions(attempt: Attempt, change: Change) -> None:
    """Lapse the unanswered questions."""
    end_questions(attempt, open_questions(attempt), "lapsed")


def lapse_effects(steps: Steps) -> dict[str, Effect]:
    """The effects of lapsing and resuming. Resuming creates new steps."""

    def resume_claims(attempt: Attempt, change: Change) -> None:
        """Reopen the lapsed claims with their original filing time. Settled claims are unchanged."""
        claims = [lapsed.id for lapsed in _resumable(attempt)]
        write_claims(attempt, claims, outcome="", ruling="", ended_at=None)
        change.claims += claims
        change.codes += map(Code, sorted({lapsed.ruling for lapsed in _resumable(attempt)}))
        change.columns |= AFRESH
        steps.rebuild(attempt, change, claims)

    return by_name(close_claims_lapsed, close_unsettled_lapsed, mark_lapsed, lapse_questions, resume_claims)


GUARDS = guards(has_cause_to_lapse, lapsed_by_mistake, lapsed_fields_are_free)
