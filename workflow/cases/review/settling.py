"""Giving each claim its outcome, and closing a case of which every claim has one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from config.policy import QuestionFault, rules_of
from config.policy.effects import Reconfirm
from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.claims import as_filed, following, opened
from workflow.cases.common import end_claims, keep_words, words_given, write_claims
from workflow.cases.review import steps
from workflow.cases.review.step_checks import seen_is_whole
from workflow.cases.review.steps import still_open, unfinished
from workflow.cases.tables import SETTLED
from workflow.engine import Change, Effect, Entropy, by_name, guards, in_words
from workflow.history.codes import DECIDED_OUTSIDE, RECONFIRM_UNTIL, SEEN_ON, Code
from workflow.people.cipher import Cipher
from workflow.records import corrections
from workflow.records.texts import clean_words, too_long
from workflow.store import as_text
from workflow.verdict import Reason


@in_words("每一项都已认定", "every claim is settled")
def every_claim_settled(attempt: Attempt) -> Reason | None:
    """A case is closed only when each claim has its outcome."""
    claims = attempt.subject.claims
    waiting = [claim.field for claim in claims if not claim.outcome]
    if claims and not waiting:
        return None
    return Reason(
        "claims_unsettled",
        "还有未认定的事项：{fields}。",
        {"fields": tuple(rules.field_name(attempt.policy, field) for field in waiting)},
        remedy="请先逐项认定。",
    )


@in_words("各环节都已完成", "every step is done")
def no_step_open(attempt: Attempt) -> Reason | None:
    """A case is closed only when no corrected claim has a step ahead of it."""
    case = attempt.subject
    ahead = [
        step
        for claim in case.claims
        if claim.outcome in ("", "corrected")
        for step in unfinished(case, claim.id)
    ]
    return still_open(ahead) if ahead else None


@in_words("需要时写了理由", "words are given where they are asked for")
def words_given_if_asked(attempt: Attempt) -> Reason | None:
    """Refusing needs words; a close by which nothing is refused needs them where the school asks for them.

    What the system closes was said by whoever decided it.
    """
    claims = attempt.subject.claims
    refuses = attempt.action.name == "reject" and any(claim.outcome == "refused" for claim in claims)
    if not attempt.by.is_system and (refuses or attempt.policy.school.policy.decisions.words_on_approval):
        return words_given(attempt)
    return too_long(clean_words(attempt.details.get("words") or ""))


NO_GROUND = Reason(
    "refusal_code_missing", "请选择不予更正的理由类别。", remedy="从学校规则列出的类别中选择。"
)


@in_words("选了规则中的理由", "a ground of the school's list")
def refusal_code_known(attempt: Attempt) -> Reason | None:
    """A refusal is of a kind (不予受理 or 驳回) and has a code of the policy's own list.

    Where a body outside decided, that is the ground, and only the system names it.
    """
    said = attempt.details.get("refusal")
    if attempt.by.is_system:
        known = {claim.ruling for claim in attempt.subject.claims if is_decided_outside(claim.ruling)}
    else:
        known = {refusal.code for refusal in attempt.policy.school.policy.refusals}
    return None if said in known else NO_GROUND


def is_decided_outside(ruling: str) -> bool:
    """Whether a ruling is the decision of a body outside."""
    return Code.parse(ruling).name == DECIDED_OUTSIDE


@in_words("该项还没有认定", "the claim is open")
def claim_is_open(attempt: Attempt) -> Reason | None:
    """Only a claim of this case can be settled, and it may be settled anew until the case is closed."""
    if attempt.subject.claim(attempt.details.get("claim") or "") is not None:
        return None
    return Reason("no_such_claim", "这个个案里没有这一项。", remedy="请刷新页面后重新选择。")


@in_words("认定结果填写完整", "the outcome is whole")
def outcome_is_whole(attempt: Attempt) -> Iterator[Reason]:
    """*Corrected* needs the day of the platform and no step ahead, *refused* a code and words."""
    outcome = attempt.details.get("outcome")
    if outcome not in SETTLED:
        yield Reason(
            "outcome_missing", "请选择审核决定。", remedy="同意更正、不予更正或原记录无误，三者选一。"
        )
    if outcome == "corrected":
        yield from seen_is_whole(attempt)
        ahead = steps.unfinished(attempt.subject, str(attempt.details.get("claim")))
        if ahead:
            yield steps.still_open(ahead)
    if outcome == "refused":
        for reason in (words_given(attempt), refusal_code_known(attempt)):
            if reason is not None:
                yield reason


class SettlingEffects:
    """The effects of settling and closing; they open the values that were claimed."""

    def __init__(self, cipher: Cipher, entropy: Entropy) -> None:
        self._cipher, self._entropy = cipher, entropy

    def all(self) -> dict[str, Effect]:
        """Every effect by the name lifecycles use."""
        return by_name(
            settle_claim,
            self.take_back_refused,
            self.write_corrections,
            mark_decided,
            self.await_reconfirmation,
        )

    def take_back_refused(self, attempt: Attempt, change: Change) -> None:
        """What an earlier decision of this case wrote and this one does not bear out goes back."""
        standing = {field for values in self._corrected(attempt) for field in values}
        corrections.take_back(
            attempt.session,
            self._cipher,
            attempt.subject.record.id,
            attempt.subject.id,
            attempt.subject.filed_at or attempt.at,
            attempt.at,
            self._entropy,
            except_for=standing,
        )

    def write_corrections(self, attempt: Attempt, change: Change) -> None:
        """The record takes the values of the corrected claims; the old ones stay in the record's history."""
        for values in self._corrected(attempt):
            corrections.correct(
                attempt.session,
                self._cipher,
                attempt.subject.record.id,
                values,
                attempt.subject.id,
                attempt.at,
                self._entropy,
            )
            change.values |= {f"{field}.new": value for field, value in values.items()}

    def _corrected(self, attempt: Attempt) -> Iterator[dict[str, str]]:
        """The record's values that each corrected claim brings about; a photo is no value."""
        for claim in sorted(attempt.subject.claims, key=lambda claim: claim.id):
            if claim.outcome == "corrected" and claim.field != "PHOTO":
                yield following(as_filed(claim, opened(self._cipher, claim).new))

    def await_reconfirmation(self, attempt: Attempt, change: Change) -> None:
        """Where the policy asks for it: until when the student is to say that the correction is right."""
        days = self._within(attempt)
        if days:
            until = (attempt.at + timedelta(days=days)).date()
            change.columns["reconfirm_until"] = until.isoformat()
            change.codes.append(Code.on_day(RECONFIRM_UNTIL, until))

    def _within(self, attempt: Attempt) -> int:
        """The shortest time that a rule about a corrected claim gives; 0 if none asks."""
        school = attempt.policy.school
        if not any(isinstance(rule.effect, Reconfirm) for rule in school.policy.rules):
            return 0
        corrected = [claim for claim in attempt.subject.claims if claim.outcome == "corrected"]
        values = {claim.id: opened(self._cipher, claim) for claim in corrected}
        put = rules.question(
            attempt.session,
            attempt.policy,
            attempt.subject,
            attempt.subject.filed_at or attempt.at,
            claims=[as_filed(claim, values[claim.id].new) for claim in corrected],
            olds={claim.field: values[claim.id].old for claim in corrected},
        )
        try:
            held = rules_of(school, put)
        except QuestionFault:  # the record has lost a fact since it was filed
            return 0
        effects = (rule.effect for of_claim in held for rule in of_claim)
        return min((one.reconfirm for one in effects if isinstance(one, Reconfirm)), default=0)


def settle_claim(attempt: Attempt, change: Change) -> None:
    """One claim gets its outcome, and the case stays where it is."""
    details = attempt.details
    claim = next(claim for claim in attempt.subject.claims if claim.id == details["claim"])
    seen_on = details["seen_on"] if details["outcome"] == "corrected" else None
    ruling = str(details.get("refusal") or "") if details["outcome"] == "refused" else ""
    write_claims(attempt, [claim.id], outcome=details["outcome"], ruling=ruling, seen_on=seen_on)
    change.claims.append(claim.id)
    change.codes.append(Code(claim.field, details["outcome"]))
    if seen_on is not None:
        change.codes.append(Code.on_day(SEEN_ON, seen_on))
    if ruling:
        change.codes.append(Code(ruling))
    keep_words(attempt, change)


def mark_decided(attempt: Attempt, change: Change) -> None:
    """Who decided and when; every claim ends with the case."""
    change.columns |= {
        "decided_by": attempt.by.person,
        "decided_at": as_text(attempt.at),
        "ruling": str(attempt.details.get("refusal", "")),
    }
    end_claims(attempt, change)
    if attempt.details.get("refusal"):
        change.codes.append(Code.parse(str(attempt.details["refusal"])))
    keep_words(attempt, change)


GUARDS = guards(every_claim_settled, no_step_open)
CHECKS = by_name(words_given_if_asked, refusal_code_known, claim_is_open, outcome_is_whole)
