"""Ask the school's policy about an attempt, and turn its answer into reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from config.policy import (
    Answer,
    ClaimAsked,
    FieldWords,
    PolicyQuestion,
    PolicyReason,
    QuestionFault,
    Require,
    Student,
    Words,
    ask,
)
from config.policy.asked import PolicyContext
from config.policy.effects import AddStep, Assign
from config.policy.school import Chosen
from config.policy.words import DECIDING_OUTSIDE, OFFICE_DUTIES
from states.case import PROXIES
from workflow.cases.attempt import Attempt
from workflow.cases.claims import ClaimFiled
from workflow.cases.rules.question import question
from workflow.cases.rules.versions import Rules
from workflow.people.access import duty_here
from workflow.values import Bilingual
from workflow.verdict import Reason


def filed_by(attempt: Attempt) -> str:
    """Who files, in the rules' words: the student, or a proxy by their duty or else their role."""
    role = attempt.by.role
    return filed_as(role, duty_here(attempt)) if role in PROXIES else "student"


def may_act_for_students(policy: Rules, role: str, action: str) -> bool:
    """False for a reviewer whom no rule about the action names as one who may act for a student.

    Officers and the registrar may wherever no rule bars them; a reviewer only where the rules say so.
    """
    return role not in OFFICE_DUTIES or role in policy.school.policy.named_to_act(action)


def filed_as(role: str, duty: str) -> str:
    """As what a role with or without a duty files, in the rules' words."""
    return duty or role


def filing_reasons(attempt: Attempt) -> tuple[Reason, ...]:
    """Why nothing may be filed at all, by the school's filing rule. Asked once per attempt."""
    found = attempt.found
    if found.filing is None:
        found.filing = claim_reasons(attempt, (), {}, ())
    return found.filing


def claim_reasons(
    attempt: Attempt, claims: Sequence[ClaimFiled], olds: Mapping[str, str], papers: Sequence[str]
) -> tuple[Reason, ...]:
    """Why these claims cannot be filed with these kinds of papers, by the whole policy."""
    put = question(
        attempt.session,
        attempt.policy,
        attempt.subject,
        attempt.at,
        claims=claims,
        olds=olds,
        papers=papers,
        begun_at=attempt.details.get("begun_at"),
        filed_by=filed_by(attempt),
    )
    answer = answer_to(attempt.policy, put)
    if claims and isinstance(answer, Answer):
        attempt.found.answer = answer
    return reasons(answer)


def confirming_reasons(attempt: Attempt) -> tuple[Reason, ...]:
    """Why the check cannot be confirmed now by whoever tries, by the whole policy."""
    put = question(
        attempt.session,
        attempt.policy,
        attempt.subject,
        attempt.at,
        action="confirm",
        filed_by=filed_by(attempt),
    )
    return reasons(answer_to(attempt.policy, put))


def names_action(policy: Rules, action: str) -> bool:
    """True if a rule is about an action."""
    return any(action in rule.actions for rule in policy.school.policy.rules)


def requires_papers(policy: Rules, action: str) -> bool:
    """True if a rule about an action requires a paper. No other rule asks what papers there are."""
    found = policy.school.policy.rules
    return any(action in rule.actions and isinstance(rule.effect, Require) for rule in found)


def answer_to(policy: Rules, put: PolicyQuestion) -> Answer | QuestionFault:
    """The policy's answer, or the facts that the record lacks for one."""
    try:
        return ask(policy.school, put)
    except QuestionFault as fault:
        return fault


def incomplete(fault: QuestionFault) -> Reason:
    """The record lacks a fact that a rule needs. The fact is not guessed, and filing is refused."""
    return Reason(
        "record_incomplete",
        "学籍记录缺少规则需要的内容：{faults}。",
        {"faults": "；".join(fault.faults)},
        remedy="请联系学籍管理部门补全学籍记录。",
    )


def reasons(answer: Answer | QuestionFault) -> tuple[Reason, ...]:
    """The answer's reasons as the engine's, none if the answer allows what was asked."""
    if isinstance(answer, QuestionFault):
        return (incomplete(answer),)
    if answer.may:
        return ()
    until = answer.accepted_from.isoformat() if answer.accepted_from else ""
    return tuple(reason_of(given, until) for given in answer.reasons)


def reason_of(given: PolicyReason, until: str = "") -> Reason:
    """A reason of the policy as one of the engine's; ``until`` is when it would be accepted."""
    return Reason(**given._asdict(), until=until)


# -- texts and lists of the policy ----------------------------------------------------------------------


def field_words(rules: Rules, code: str) -> FieldWords | None:
    """The school's texts for a field, or None if it does not know the field."""
    return next((field for field in rules.school.fields if field.code == code), None)


def field_name(rules: Rules, code: str) -> Bilingual:
    """A field's name, or the column's name if the school has none."""
    return field_words(rules, code) or Words(code, code, code)


def variants_for(rules: Rules, field: str, causes: Iterable[str]) -> tuple[str, ...]:
    """The circumstances that some rule on filing tells apart for a field with one of these causes."""
    policy = rules.school.policy
    asked = PolicyContext(PolicyQuestion(_ANY_MOMENT, "raise", Student()), rules.school.terms)

    def chosen(cause: str, variant: str | None) -> tuple[Chosen, ...]:
        return policy.particular(ClaimAsked(field, cause, variant=variant), asked)

    known = [cause for cause in causes if cause]
    return tuple(
        one for one in policy.variants if any(chosen(cause, one) != chosen(cause, None) for cause in known)
    )


_ANY_MOMENT = datetime.fromisoformat("2000-01-01T00:00:00+08:00")


def group_of(rules: Rules, code: str) -> str:
    """The group within which only one claim may be open. A field without a group is its own."""
    found = field_words(rules, code)
    return found.group if found else code


def default_office(rules: Rules) -> str:
    """The office for everything that no rule assigns to another."""
    return rules.school.policy.default_office


def assigns(rules: Rules) -> bool:
    """Whether any rule lets another office than the default one answer for a claim."""
    return any(isinstance(rule.effect, Assign) for rule in rules.school.policy.rules)


def bodies(rules: Rules) -> tuple[str, ...]:
    """The offices outside the school that decide: those that steps of the province and of others go to."""
    effects = (rule.effect for rule in rules.school.policy.rules)
    found = {
        one.office: None for one in effects if isinstance(one, AddStep) and one.add_step in DECIDING_OUTSIDE
    }
    return tuple(found)


def office_name(rules: Rules, office: str) -> Bilingual:
    """An office's name, or its code if the school has none."""
    return rules.school.offices.get(office) or Words(office, office, office)
