"""Turn a case into a question to the school's policy, and the answer into reasons.

The page, the command line and the engine ask the same question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from config.policy import (
    Answer,
    CampaignWindow,
    ClaimAsked,
    DoneRequest,
    FieldWords,
    OpenRequest,
    PolicyQuestion,
    PolicyReason,
    QuestionFault,
    Student,
    Words,
    ask,
)
from config.policy.effects import Assign
from workflow.cases.attempt import Attempt
from workflow.cases.claims import ClaimFiled
from workflow.cases.facts import CaseFacts, ClaimFacts, RecordFacts
from workflow.cases.load import whole_record
from workflow.cases.rules.versions import Rules
from workflow.people.access import duty_here
from workflow.records.origin import origin_province
from workflow.values import Bilingual
from workflow.verdict import Reason

PROXIES = ("officer", "registrar")
"""The roles in which a proxy may answer for a student, if the school's rules allow it."""


def question(
    session: Session,
    rules: Rules,
    case: CaseFacts,
    at: datetime,
    *,
    claims: Sequence[ClaimFiled] = (),
    olds: Mapping[str, str] | None = None,
    papers: Sequence[str] = (),
    begun_at: datetime | None = None,
    finals: tuple[CampaignWindow, ...] | None = None,
    filed_by: str = "",
) -> PolicyQuestion:
    """The question to the policy: may these claims be filed at that moment with these papers?

    ``filed_by`` is the duty or role of who files. By default it is that in which the case was filed.
    """
    return PolicyQuestion(
        at=at,
        action="raise",
        student=student(rules, case.record),
        claims=tuple(
            ClaimAsked(
                field=claim.field,
                cause=claim.cause,
                event_date=claim.event_date,
                old=(olds or {}).get(claim.field, ""),
                new=claim.new,
            )
            for claim in claims
        ),
        evidence=tuple(papers),
        filed_by=filed_by or case.proxy_role or "student",
        begun_at=begun_at,
        campaigns=whole_record(session, case.record.id).finals if finals is None else finals,
        open_requests=tuple(_open(case)),
        done_requests=tuple(_done(case)),
    )


def student(rules: Rules, record: RecordFacts) -> Student:
    """The policy's view of a record. The school's calendar supplies a missing registration date."""
    registered = record.registered_on
    if registered is None and record.rxrq is not None:
        registered = rules.school.registered_on(record.rxrq)
    return Student(
        category=record.cc,
        entry_date=record.rxrq,
        expected_graduation=record.yjbyrq,
        years=float(record.xz) if record.xz else None,
        enrolment_status=record.xjzt,
        registered_on=registered,
        degree_registered_on=record.degree_registered_on,
        origin_province=origin_province(record.ksh),
        college=record.fy,
    )


def filed_by(attempt: Attempt) -> str:
    """Who files, in the rules' words: the student, or a proxy by their duty or else their role."""
    role = attempt.by.role
    return filed_as(role, duty_here(attempt)) if role in PROXIES else "student"


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
    try:
        answer = ask(attempt.policy.school, put)
        if claims:
            attempt.found.answer = answer
        return tuple(reasons(answer))
    except QuestionFault as fault:
        return (incomplete(fault),)


def incomplete(fault: QuestionFault) -> Reason:
    """The record lacks a fact that a rule needs. The fact is not guessed, and filing is refused."""
    return Reason(
        "record_incomplete",
        "学籍记录缺少规则需要的内容：{faults}。",
        {"faults": "；".join(fault.faults)},
        remedy="请联系学籍科补全学籍记录。",
    )


def reasons(answer: Answer) -> Iterator[Reason]:
    """The answer's reasons as the engine's, none if the answer allows filing."""
    if not answer.may:
        until = answer.next_date.isoformat() if answer.next_date else ""
        yield from (reason_of(given, until) for given in answer.reasons)


def reason_of(given: PolicyReason, until: str = "") -> Reason:
    """A reason of the policy as one of the engine's; ``until`` is when the answer may change."""
    return Reason(**given._asdict(), until=until)


def _open(case: CaseFacts) -> Iterator[OpenRequest]:
    for claims in _by_case(claim for claim in case.open_elsewhere):
        yield OpenRequest(
            fields=tuple(claim.field for claim in claims),
            filed_on=claims[0].filed_at.date(),
            state="under_review",
        )


def _done(case: CaseFacts) -> Iterator[DoneRequest]:
    ended = (c for c in case.claims_of_record if c.ended_at is not None and c.outcome != "withdrawn")
    for claims in _by_case(ended):
        done = max(claim.ended_at for claim in claims if claim.ended_at is not None)
        outcomes = {claim.outcome for claim in claims}
        yield DoneRequest(
            fields=tuple(claim.field for claim in claims),
            filed_on=claims[0].filed_at.date(),
            state="corrected" if "corrected" in outcomes else "rejected",
            done_on=done.date(),
        )


def _by_case(claims: Iterable[ClaimFacts]) -> Iterable[list[ClaimFacts]]:
    cases: dict[str, list[ClaimFacts]] = {}
    for claim in claims:
        cases.setdefault(claim.case_id, []).append(claim)
    return cases.values()


# -- texts and lists of the policy ----------------------------------------------------------------------


def field_words(rules: Rules, code: str) -> FieldWords | None:
    """The school's texts for a field, or None if it does not know the field."""
    return next((field for field in rules.school.fields if field.code == code), None)


def field_name(rules: Rules, code: str) -> Bilingual:
    """A field's name, or the column's name if the school has none."""
    return field_words(rules, code) or Words(code, code, code)


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


def office_name(rules: Rules, office: str) -> Bilingual:
    """An office's name, or its code if the school has none."""
    return rules.school.offices.get(office) or Words(office, office, office)
