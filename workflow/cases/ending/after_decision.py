"""What can still happen to a case that is decided, or that cannot be carried on.

It lapses, and is resumed when what ended it was a mistake; its student disagrees, or confirms the correction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, func, null, select, update

from config.policy import QuestionFault, rules_of
from config.policy.effects import Reconfirm
from states.case import CORRECTED, REJECTED
from workflow.cases import rules
from workflow.cases.facts import ClaimFacts
from workflow.cases.filing.file import ClaimFiled
from workflow.cases.guards import degree_is_registered, said
from workflow.cases.review.questions import open_questions
from workflow.cases.review.step_effects import Steps
from workflow.cases.tables import Case, Claim
from workflow.engine import Attempt, Change, Effect, Guard
from workflow.notices.tables import Notice
from workflow.people.cipher import Cipher
from workflow.records.texts import clean_words
from workflow.store import Prepared, as_text, from_text
from workflow.verdict import Reason

LAPSES: dict[str, tuple[str, str]] = {
    "left_school": ("已离校", "left the school"),
    "degree_registered": ("学历已注册", "the degree is registered"),
    "papers_missing": ("逾期没有补正", "what was asked for never came"),
}
"""Why a case lapses, in Chinese and English; a ruling says it as ``lapsed:`` and this."""

MAY_BE_MISTAKEN = ("left_school", "degree_registered")
CHASE_BEFORE = timedelta(days=3)
AFRESH = {"reconfirm_until": None, "reconfirmed_at": None, "disagreed_at": None}
"""What belonged to a decision that does not stand any more."""

_AFTERWARDS = Prepared(
    select(Case.reconfirm_until, Case.reconfirmed_at, Case.disagreed_at).where(Case.id == bindparam("case"))
)
_LAPSED = Prepared(
    select(Claim.id, Claim.field_group, Claim.ruling)
    .where(Claim.case_id == bindparam("case"), Claim.outcome == "lapsed")
    .order_by(Claim.filed_at, Claim.id)
)
_RESUME = Prepared(
    update(Claim.__table__)  # type: ignore[arg-type]
    .where(Claim.id == bindparam("claim"))
    .values(outcome="", ruling="", ended_at=null())
)
_CHASED = Prepared(
    select(func.count(), func.max(Notice.owed_at)).where(
        Notice.subject == bindparam("case"),
        Notice.event == "reconfirm_due",
        Notice.owed_at >= bindparam("decided_at"),
    )
)
_VALUES = Prepared(select(Claim.old, Claim.new).where(Claim.id == bindparam("claim")))


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What a decided case waits for, or has heard."""

    reconfirm_until: date | None
    reconfirmed_at: datetime | None
    disagreed_at: datetime | None


NOTHING = Afterwards(None, None, None)


@dataclass(frozen=True, slots=True)
class Lapsed:
    """One claim that lapsed, and why."""

    id: str
    group: str
    cause: str


def afterwards(attempt: Attempt) -> Afterwards:
    """Read once for each attempt; a page that has read it brings it along."""
    known: Afterwards | None = attempt.memo.get("decided")
    if known is None:
        decided = attempt.subject.state in (CORRECTED, REJECTED)
        known = attempt.memo["decided"] = _read(attempt) if decided else NOTHING
    return known


def _read(attempt: Attempt) -> Afterwards:
    until, confirmed, disagreed = _AFTERWARDS.run(attempt.session, {"case": attempt.subject.id}).fetchone()
    return Afterwards(
        None if until is None else date.fromisoformat(until),
        None if confirmed is None else from_text(confirmed),
        None if disagreed is None else from_text(disagreed),
    )


# -- lapsing and resuming -------------------------------------------------------------------------------


def cause_to_lapse(attempt: Attempt) -> str:
    """Why the case cannot be carried on, as a key of LAPSES; '' if it can."""
    if degree_is_registered(attempt):
        return "degree_registered"
    if attempt.subject.record.xjzt in rules.left_statuses(attempt.policy):
        return "left_school"
    if any(question.was_never_answered(attempt.at) for question in open_questions(attempt)):
        return "papers_missing"
    return ""


def has_cause_to_lapse(attempt: Attempt) -> Reason | None:
    """A case lapses when its student left, the degree is registered or papers never came, never otherwise."""
    if cause_to_lapse(attempt):
        return None
    return Reason(
        "no_cause_to_lapse",
        "学生仍在籍，学历未注册，也没有逾期未补正的事项，没有终止的理由。",
        remedy="请继续审核。",
    )


def lapsed_by_mistake(attempt: Attempt) -> Reason | None:
    """What lapsed because the student left is resumed when it turns out that they did not."""
    if _resumable(attempt) and cause_to_lapse(attempt) == "":
        return None
    return Reason(
        "not_lapsed_by_mistake",
        "没有因离校或学历注册而终止、现在可以恢复的事项。",
        remedy="学生仍可以在期限内重新提出。",
    )


def lapsed_fields_are_free(attempt: Attempt) -> Reason | None:
    """What was raised anew meanwhile goes its own way."""
    mine = {lapsed.group for lapsed in _resumable(attempt)}
    newer = [claim for claim in attempt.subject.open_elsewhere if claim.group in mine]
    if not newer:
        return None
    return Reason(
        "newer_claim_open",
        "同一字段已有新的更正事项在办理（{filed}提交）。",
        {"filed": said(newer[0].filed_at)},
        remedy="请在新的个案中办理。",
    )


def _resumable(attempt: Attempt) -> tuple[Lapsed, ...]:
    known: tuple[Lapsed, ...] | None = attempt.memo.get("lapsed")
    if known is None:
        rows = _LAPSED.run(attempt.session, {"case": attempt.subject.id}).fetchall()
        known = tuple(Lapsed(*row) for row in rows if row[2] in MAY_BE_MISTAKEN)
        attempt.memo["lapsed"] = known
    return known


# -- disagreeing ----------------------------------------------------------------------------------------


def something_denied(attempt: Attempt) -> Reason | None:
    """Who got everything has nothing to disagree with; "still wrong" is another thing."""
    granted = all(claim.outcome == "corrected" for claim in attempt.subject.claims)
    if attempt.subject.state == REJECTED or not granted:
        return None
    return Reason(
        "nothing_denied",
        "您提出的事项都已更正，没有未予更正的决定。",
        remedy="更正后仍有误的，请选择“仍有误”。",
    )


def not_disagreed_yet(attempt: Attempt) -> Reason | None:
    """One statement for each decision; it cannot be changed afterwards."""
    at = afterwards(attempt).disagreed_at
    if at is None:
        return None
    return Reason(
        "disagreed_already",
        "您已于 {at} 对这次决定提交了不同意见。",
        {"at": said(at)},
        remedy="不同意见会一直附在这份申请后面。",
    )


def keep_disagreement(attempt: Attempt, change: Change) -> None:
    """The statement stays with the case: its words are committed to by the entry."""
    change.columns["disagreed_at"] = as_text(attempt.at)
    change.values["words"] = clean_words(attempt.details.get("words") or "")


# -- confirming that it is right ------------------------------------------------------------------------


def reconfirmation_is_open(attempt: Attempt) -> Reason | None:
    """Asked for by the policy, and not yet given."""
    after = afterwards(attempt)
    if after.reconfirmed_at is not None:
        return Reason(
            "reconfirmed_already",
            "您已于 {at} 确认更正结果。",
            {"at": said(after.reconfirmed_at)},
            remedy="以后发现有误，仍可以提出。",
        )
    if after.reconfirm_until is None:
        return Reason(
            "no_reconfirmation_asked", "学校规则没有要求确认更正结果。", remedy="有误的，请选择“仍有误”。"
        )
    return None


def chasing_is_due(attempt: Attempt) -> Reason | None:
    """Asked again three days before the last day, and once after it; never twice on one day."""
    until, today = afterwards(attempt).reconfirm_until, attempt.at.date()
    if until is not None and attempt.subject.decided_at is not None:
        owed = (today >= until - CHASE_BEFORE) + (today > until)
        sent, last = _CHASED.run(
            attempt.session,
            {"case": attempt.subject.id, "decided_at": as_text(attempt.subject.decided_at)},
        ).fetchone()
        if sent < owed and (last is None or from_text(last).date() < today):
            return None
    return Reason("no_chasing_due", "现在不到催促的时候。", remedy="到期前三天和到期后各催一次。")


def mark_reconfirmed(attempt: Attempt, change: Change) -> None:
    """The student looked, and it is right."""
    change.columns["reconfirmed_at"] = as_text(attempt.at)


class AfterlifeEffects:
    """The effects after a decision; one asks the policy about the values that were corrected."""

    def __init__(self, cipher: Cipher, steps: Steps) -> None:
        self._cipher, self._steps = cipher, steps

    def all(self) -> dict[str, Effect]:
        """Every effect by the name lifecycles use."""
        return {
            "await_reconfirmation": self.await_reconfirmation,
            "mark_reconfirmed": mark_reconfirmed,
            "keep_disagreement": keep_disagreement,
            "resume_claims": self.resume_claims,
        }

    def resume_claims(self, attempt: Attempt, change: Change) -> None:
        """The claims that lapsed stand again, filed when they were filed; those that were settled stay so."""
        claims = [lapsed.id for lapsed in _resumable(attempt)]
        _RESUME.run_many(attempt.session, [{"claim": claim} for claim in claims])
        change.claims += claims
        change.codes += sorted({lapsed.cause for lapsed in _resumable(attempt)})
        change.columns |= {"ruling": "", "decided_by": None, "decided_at": None, **AFRESH}
        self._steps.rebuild(attempt, change, claims)

    def await_reconfirmation(self, attempt: Attempt, change: Change) -> None:
        """Where the policy asks for it: until when the student is to say that the correction is right."""
        days = self._within(attempt)
        if days:
            until = (attempt.at + timedelta(days=days)).date()
            change.columns["reconfirm_until"] = until.isoformat()
            change.codes.append(f"reconfirm_until:{until.isoformat()}")

    def _within(self, attempt: Attempt) -> int:
        """The shortest time that a rule about a corrected claim gives; 0 if none asks."""
        school = attempt.policy.school
        if not any(isinstance(rule.effect, Reconfirm) for rule in school.policy.rules):
            return 0
        corrected = [claim for claim in attempt.subject.claims if claim.outcome == "corrected"]
        values = [self._values(attempt, claim) for claim in corrected]
        put = rules.question(
            attempt.session,
            attempt.policy,
            attempt.subject,
            attempt.subject.filed_at or attempt.at,
            claims=[
                ClaimFiled(claim.field, claim.cause, new, claim.event_date)
                for claim, (_, new) in zip(corrected, values, strict=True)
            ],
            olds={claim.field: old for claim, (old, _) in zip(corrected, values, strict=True)},
        )
        try:
            held = rules_of(school, put)
        except QuestionFault:  # the record has lost a fact since it was filed
            return 0
        effects = (rule.effect for of_claim in held for rule in of_claim)
        return min((one.reconfirm for one in effects if isinstance(one, Reconfirm)), default=0)

    def _values(self, attempt: Attempt, claim: ClaimFacts) -> tuple[str, str]:
        old, new = _VALUES.run(attempt.session, {"claim": claim.id}).fetchone()
        return (
            self._cipher.open(old, table="claim", column="old", row=claim.id),
            self._cipher.open(new, table="claim", column="new", row=claim.id),
        )


GUARDS: dict[str, Guard] = {
    "has_cause_to_lapse": Guard(has_cause_to_lapse),
    "lapsed_by_mistake": Guard(lapsed_by_mistake),
    "lapsed_fields_are_free": Guard(lapsed_fields_are_free),
    "something_denied": Guard(something_denied),
    "not_disagreed_yet": Guard(not_disagreed_yet),
    "reconfirmation_is_open": Guard(reconfirmation_is_open),
    "chasing_is_due": Guard(chasing_is_due),
}
