"""The binding of cases to the engine: their table, and guards, checks and effects by name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, String, literal, select

from config.profile import Profile
from states import NOWHERE
from states.case import CASE
from workflow.cases import common
from workflow.cases.attempt import Attempt, CaseFindings, Wave
from workflow.cases.checking import confirm, deem, defer, exclude, looked, open, vouch
from workflow.cases.details import CASE_DETAILS
from workflow.cases.ending import after_decision, flagging, lapse, overturned, reopen
from workflow.cases.facts import CampaignFacts, CaseFacts
from workflow.cases.filing import checks as filing_checks
from workflow.cases.filing import effects as filing_effects
from workflow.cases.filing import proxy, withdraw
from workflow.cases.letters import LetterWriter, Sender
from workflow.cases.load import case_to_be, look_at_case, read_case
from workflow.cases.review import (
    anew,
    checklist,
    conflicts,
    escalation,
    holds,
    inquiries,
    locks,
    notes,
    questions,
    settling,
    step_checks,
    steps,
    verifying,
    waits,
)
from workflow.cases.review.step_effects import StepEffects
from workflow.cases.review.step_making import Steps
from workflow.cases.tables import Case
from workflow.engine import Binding, Entropy
from workflow.people.cipher import Cipher
from workflow.records.tables import Record
from workflow.store import table_of
from workflow.verdict import Reason

COLLISIONS = {
    **dict.fromkeys(
        ("uq_claim_one_open", "claim.record_id, claim.field_group"),
        Reason(
            "field_has_open_claim",
            "这一项刚刚已有更正事项提交。",
            remedy="请刷新页面查看。",
            rule="fields_are_free",
        ),
    ),
    **dict.fromkeys(
        ("uq_cases_record_id_campaign_id", "cases.record_id, cases.campaign_id"),
        Reason(
            "case_exists", "本次自查中，这条记录已经有个案。", remedy="请办理已有的个案。", rule="no_case_yet"
        ),
    ),
    **dict.fromkeys(
        ("uq_record_xh", "record.xh"),
        Reason(
            "value_taken",
            "这个学号现在是另一条学籍记录的学号。",
            remedy="请核对两名学生的学号，先更正另一条记录，或改为不予更正。",
            rule="write_corrections",
        ),
    ),
}


def case_room(
    cipher: Cipher,
    entropy: Entropy,
    silent_colleges: deem.SilentColleges,
    sender: Sender = lambda _: Profile(),
) -> Binding:
    """Bind the case lifecycle to its table, guards, checks and effects.

    ``sender`` is the school that signs its letters and promises by when it is usually done.
    """
    making = Steps(cipher, entropy)
    writing = inquiries.Inquiries(cipher, entropy, sender)
    stepping = StepEffects(making, writing.give)
    confirming = confirm.Confirming(cipher, entropy)
    letters = LetterWriter(cipher, entropy, sender)

    def written(attempt: Attempt) -> None:
        conflicts.note_who_acted(attempt)
        letters.written(attempt)
        waits.note_what_waits(attempt, sender)

    return Binding(
        lifecycle=CASE,
        table=table_of(Case),
        guards={
            **common.GUARDS,
            **open.GUARDS,
            **confirm.GUARDS,
            **deem.Deeming(silent_colleges).guards(),
            **defer.GUARDS,
            **exclude.GUARDS,
            **filing_checks.GUARDS,
            **proxy.GUARDS,
            **withdraw.GUARDS,
            **conflicts.GUARDS,
            **holds.GUARDS,
            **anew.GUARDS,
            **flagging.GUARDS,
            **notes.GUARDS,
            **locks.GUARDS,
            **steps.GUARDS,
            **questions.GUARDS,
            **escalation.GUARDS,
            **settling.GUARDS,
            **lapse.GUARDS,
            **reopen.reopen_guards(cipher),
            **after_decision.GUARDS,
        },
        checks={
            **common.CHECKS,
            **open.CHECKS,
            **confirming.checks(),
            **vouch.CHECKS,
            **looked.CHECKS,
            **defer.CHECKS,
            **exclude.CHECKS,
            **filing_checks.ClaimChecks(cipher).all(),
            **proxy.CHECKS,
            **holds.CHECKS,
            **flagging.CHECKS,
            **notes.CHECKS,
            **step_checks.CHECKS,
            **checklist.CHECKS,
            **stepping.checks(),
            **writing.checks(),
            **verifying.CHECKS,
            **questions.QuestionChecks(cipher).all(),
            **settling.CHECKS,
        },
        effects={
            **common.EFFECTS,
            **open.EFFECTS,
            **confirming.effects(),
            **vouch.Vouching(cipher).effects(),
            **looked.EFFECTS,
            **deem.EFFECTS,
            **defer.EFFECTS,
            **exclude.EFFECTS,
            **filing_effects.FilingEffects(cipher, entropy, making).all(),
            **withdraw.EFFECTS,
            **holds.hand_effects(entropy),
            **notes.EFFECTS,
            **stepping.effects(),
            **verifying.verifying_effects(entropy),
            **checklist.EFFECTS,
            **questions.QuestionEffects(cipher, entropy, making).all(),
            **settling.SettlingEffects(cipher, entropy).all(),
            **lapse.lapse_effects(making),
            **reopen.reopen_effects(cipher, entropy, making),
            **overturned.EFFECTS,
            **flagging.flag_effects(entropy),
            **escalation.escalation_effects(entropy),
            **after_decision.EFFECTS,
        },
        standing=frozenset(
            ("holds_the_role", "own_record", "speaks_for_the_student", "of_their_college", "not_related")
        ),
        read=read_case,
        look=look_at_case,
        new_subject=case_to_be,
        insert_columns=_born,
        judged_by=_judged_by,
        written=written,
        findings=CaseFindings,
        unseen_by=notes.UNSEEN_BY,
        candidates=_candidates,
        details=CASE_DETAILS,
        collisions=COLLISIONS,
    )


def _born(attempt: Attempt) -> dict[str, Any]:
    case: CaseFacts = attempt.subject
    return {
        "record_id": case.record.id,
        "campaign_id": case.campaign.id if case.campaign else None,
        "previous_id": case.previous_id or None,
    }


def _judged_by(subject: CaseFacts | CampaignFacts, action: str) -> str:
    """The policy digest: a campaign's own, or that of the filing. '' (a new filing) is the text in force."""
    if isinstance(subject, CampaignFacts):
        return subject.policy
    if action in ("raise", "defer", "call_back"):
        return ""
    return subject.policy if subject.claims else subject.campaign.policy if subject.campaign else ""


def _candidates(attempt: Wave) -> Select[*tuple[Any, ...]]:
    """Records for a creating action, else cases of the campaign. The detail ``only`` limits the case ids."""
    if NOWHERE in attempt.lifecycle.sources(attempt.action):
        return select(
            Record.id.label("record_id"),
            literal(attempt.subject.id, String(32)).label("campaign_id"),
            Record.id.label("concerns"),
        ).order_by(Record.id)
    found = (
        select(Case.id, Case.state, Case.version, Case.record_id.label("concerns"))
        .where(Case.campaign_id == attempt.subject.id)
        .order_by(Case.id)
    )
    only = attempt.details.get("only")
    return found if only is None else found.where(Case.id.in_(only))
