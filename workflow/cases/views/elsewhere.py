"""Who corrects a column that students do not have corrected here, by the school's rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from config.policy import PolicyReason, QuestionFault, Require, ask
from config.policy.effects import Route
from workflow.cases import rules
from workflow.cases.claims import ClaimFiled
from workflow.cases.facts import CaseFacts
from workflow.cases.rules.versions import Rules


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the rules say of a column: the office that has it corrected, and the reason with its source.

    ``causes`` are those for which it holds; empty if it holds whatever the cause. Without a ``reason`` no
    rule says anything, and the office is the school's default.
    """

    office: str
    reason: PolicyReason | None = None
    causes: tuple[str, ...] = ()


def who_corrects(
    session: Session, policy: Rules, case: CaseFacts, at: datetime, column: str, present: str
) -> tuple[Elsewhere, ...]:
    """Every office that the rules name for a column, or else why they do not let it be corrected.

    The rules are asked as if the column were claimed, once for each cause, with today as the day on the
    evidence.
    """
    school = policy.school
    effects = {rule.id: rule.effect for rule in school.policy.rules}
    found: dict[tuple[str, str], tuple[PolicyReason, list[str]]] = {}
    for cause in school.policy.causes:
        claim = ClaimFiled(column, cause, "", at.date())
        for reason in _of_claim(session, policy, case, at, claim, present):
            if not isinstance(effects[reason.rule], Require):
                found.setdefault((reason.rule, reason.says), (reason, []))[1].append(cause)
    routed = [one for one in found.values() if isinstance(effects[one[0].rule], Route)]
    told = []
    for reason, causes in routed or found.values():
        effect = effects[reason.rule]
        office = effect.route if isinstance(effect, Route) else rules.default_office(policy)
        every = len(causes) == len(school.policy.causes)
        told.append(Elsewhere(office, reason, () if every else tuple(causes)))
    return tuple(told) or (Elsewhere(rules.default_office(policy)),)


def _of_claim(
    session: Session, policy: Rules, case: CaseFacts, at: datetime, claim: ClaimFiled, present: str
) -> Iterator[PolicyReason]:
    """The reasons about the claim itself. None if the record lacks a fact that the rules need."""
    put = rules.question(session, policy, case, at, claims=(claim,), olds={claim.field: present})
    try:
        answer = ask(policy.school, put)
    except QuestionFault:
        return
    yield from (reason for reason in answer.reasons if "column" in reason.facts)
