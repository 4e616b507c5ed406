"""Explain the policy for one record: the facts and their sources, the answer, and its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.calendar import MonthDay
from config.policy import (
    Answer,
    CampaignWindow,
    ClaimAsked,
    FinalCheck,
    OpenRequest,
    PolicyQuestion,
    PolicyReason,
    PolicyStep,
    QuestionFault,
    Require,
    Rule,
    School,
    Student,
    ask,
    final_check,
    last_day,
    rules_of,
)
from config.policy.asked import PolicyContext
from config.policy.facts import facts_of
from workflow.cases import rules
from workflow.cases.load import filing_subject, whole_record
from workflow.cases.rules import Rules, SchoolRules
from workflow.records.tables import Record
from workflow.records.values import sources_of
from workflow.simulation.whatif import AnswerSummary, over_texts, thawed

TURNS_TOLD = 8
"""The maximum number of changes shown. A school with yearly windows has no last change."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the record that rules read, and its source.

    ``kind``: ``import`` (a roster file), ``case`` (a correction), ``calendar`` (the school's, for the entry
    year), ``number`` (from the candidate number), ``act`` (of the registrar, for a class), '' for none.
    """

    name: str
    value: str | date | None
    kind: str
    source: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A final campaign that includes the student, and whether it counts for the present graduation date."""

    window: CampaignWindow
    counts: bool


@dataclass(frozen=True, slots=True)
class Derivation:
    """How the last moment for filing is derived. ``rule`` is the school's source."""

    check: FinalCheck
    last_day: MonthDay
    by_rule: datetime
    rule: str
    published: tuple[Published, ...]

    @property
    def year_before(self) -> bool:
        """True when graduation comes before the final check of its own year."""
        return self.check.class_year < self.check.expected_graduation.year


@dataclass(frozen=True, slots=True)
class Spoke:
    """A rule that applied, with its text and source."""

    id: str
    says: str
    says_en: str
    source: str


@dataclass(frozen=True, slots=True)
class CorrectionNeeds:
    """What the correction of one field needs for one cause.

    ``papers``: each with its accepted alternatives. ``lacking``: facts that the policy still needs.
    """

    field: str
    cause: str
    outcome: str
    papers: tuple[tuple[str, ...], ...] = ()
    steps: tuple[PolicyStep, ...] = ()
    office: str = ""
    reasons: tuple[PolicyReason, ...] = ()
    spoke: tuple[Spoke, ...] = ()
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """A moment from which the answer changes."""

    at: datetime
    said: AnswerSummary
    reasons: tuple[PolicyReason, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The policy's full answer on one record at a moment.

    ``answer`` is None if a fact that a rule needs is missing; ``lacking`` names it. ``needs`` are as of
    ``needs_at``: now, or the first moment when filing is allowed, or None if never.
    """

    record: str
    name: str
    number: str
    college: str
    at: datetime
    facts: tuple[Fact, ...]
    pending: tuple[OpenRequest, ...]
    answer: Answer | None
    lacking: tuple[str, ...]
    flags: tuple[Spoke, ...]
    derivation: Derivation | None
    turns: tuple[AnswerChange, ...]
    needs_at: datetime | None
    needs: tuple[CorrectionNeeds, ...]


def explain(session: Session, policies: SchoolRules, record: str, at: datetime) -> Explanation:
    """Explain one record by the policy in force at a moment and by the policies that follow.

    The caller must log the access before anything is shown.
    """
    texts = [(since, one.school) for since, one in policies.from_to(at)]
    school = texts[0][1]
    whole = whole_record(session, record)

    def put(when: datetime, by: School) -> PolicyQuestion:
        return rules.question(session, Rules(by), filing_subject(whole, when), when)

    question, again = put(at, school), thawed(texts, whole.permissions)
    lacking: tuple[str, ...] = ()
    answer: Answer | None = None
    turns: list[AnswerChange] = []
    try:
        answer = ask(school, question)
        turns = [
            AnswerChange(moment, said, given.reasons if given else ())
            for moment, said, given in islice(_changes(over_texts(again, put)), TURNS_TOLD)
        ]
    except QuestionFault as fault:
        lacking = fault.faults
    name, number, ksh, college = session.execute(
        select(Record.xm, Record.xh, Record.ksh, Record.fy).where(Record.id == record)
    ).one()
    needs, needs_at = tuple[CorrectionNeeds, ...](), _needs_at(at, answer, turns)
    if needs_at is not None:
        later: School = policies.in_force(needs_at).school
        needs = tuple(needs_of(later, put(needs_at, later)))
    return Explanation(
        record=record,
        name=name,
        number=number or ksh or "",
        college=college or "",
        at=at,
        facts=tuple(_facts(session, school, record, question.student)),
        pending=question.open_requests,
        answer=answer,
        lacking=lacking,
        flags=tuple(_flags(school, question, answer)),
        derivation=_derivation(school, question),
        turns=tuple(turns),
        needs_at=needs_at,
        needs=needs,
    )


def _changes(
    said: Iterable[tuple[datetime, AnswerSummary, Answer | None]],
) -> Iterator[tuple[datetime, AnswerSummary, Answer | None]]:
    """Only the answers that differ from the one before. A new policy with the same answer is no change."""
    before: AnswerSummary | None = None
    for at, now, answer in said:
        if before is not None and now != before:
            yield at, now, answer
        before = now


def _needs_at(at: datetime, answer: Answer | None, turns: Iterable[AnswerChange]) -> datetime | None:
    if answer is not None and answer.may:
        return at
    return next((turn.at for turn in turns if turn.said.outcome == "accept"), None)


# -- facts and derivation -------------------------------------------------------------------------------


def _facts(session: Session, school: School, record: str, student: Student) -> Iterator[Fact]:
    sources = sources_of(session, record)

    def of(name: str, column: str, value: str | date | None) -> Fact:
        source = sources[column]
        return Fact(name, value, source.kind, source.name, source.day)

    yield of("enrolment_status", "XJZT", student.enrolment_status)
    yield of("entry_date", "RXRQ", student.entry_date)
    yield _registration(session, school, record, student)
    yield of("expected_graduation", "YJBYRQ", student.expected_graduation)
    registered = student.degree_registered_on
    yield Fact("degree_registered_on", registered, "act" if registered else "")
    yield of("category", "CC", student.category)
    yield Fact("origin_province", student.origin_province, "number")


def _registration(session: Session, school: School, record: str, student: Student) -> Fact:
    own = session.scalar(select(Record.registered_on).where(Record.id == record))
    if own is not None or student.entry_date is None:
        return Fact("registered_on", own, "import" if own else "")
    for known in school.calendar.registrations:
        if known.entry_year == student.entry_date.year:
            return Fact("registered_on", known.registered_on, "calendar", known.source)
    return Fact("registered_on", None, "")


def _derivation(school: School, question: PolicyQuestion) -> Derivation | None:
    """None without an expected graduation date, or if the school has no final check."""
    rule = school.policy.final_check
    try:
        check = last_day(school, question)
    except QuestionFault:
        return None
    assert rule is not None
    expected = check.expected_graduation
    return Derivation(
        check=check,
        last_day=rule.last_day,
        by_rule=final_check(expected, last_day=rule.last_day).closes,
        rule=rule.source,
        published=tuple(
            Published(window, final_check(expected, [window], last_day=rule.last_day).basis == "campaign")
            for window in question.campaigns
            if window.kind == "final"
        ),
    )


# -- needs of each field and cause ----------------------------------------------------------------------


def needs_of(school: School, question: PolicyQuestion) -> Iterator[CorrectionNeeds]:
    """The needs of each field and cause, asked one at a time and without papers."""
    for words in school.fields:
        for cause in words.causes if words.claimable else ():
            need, asked = need_of(school, question, ClaimAsked(words.code, cause))
            spoke = rules_of(school, asked)[0] if need.outcome else ()
            yield replace(need, spoke=tuple(_spoke(school, asked, rule) for rule in spoke))


def need_of(
    school: School, question: PolicyQuestion, claim: ClaimAsked
) -> tuple[CorrectionNeeds, PolicyQuestion]:
    """The needs of one field and cause, and the question that was asked.

    If a rule needs the event date, the day of the question is used.
    """
    for event_date in (None, question.at.date()):
        asked = replace(question, claims=(replace(claim, event_date=event_date),))
        try:
            answer = ask(school, asked)
        except QuestionFault as fault:
            lacking = fault.faults
            continue
        given = answer.claims[0]
        papers = tuple(_papers(school, answer)) if given.missing else ()
        need = CorrectionNeeds(
            claim.field, claim.cause, given.outcome, papers, given.steps, given.office, answer.reasons
        )
        return need, asked
    return CorrectionNeeds(claim.field, claim.cause, "", lacking=lacking), asked


def alike_needs(needs: Iterable[CorrectionNeeds]) -> list[list[CorrectionNeeds]]:
    """The needs of each field. Causes with equal needs are grouped."""
    found: dict[CorrectionNeeds, list[CorrectionNeeds]] = {}
    for need in needs:
        alone = replace(need, cause="", reasons=())
        found.setdefault(alone, []).append(need)
    return list(found.values())


def _papers(school: School, answer: Answer) -> Iterator[tuple[str, ...]]:
    """The papers that an answer asks for, each with its accepted alternatives."""
    asking = {reason.rule for reason in answer.reasons}
    for rule in school.policy.rules:
        if rule.id in asking and isinstance(rule.effect, Require):
            yield (rule.effect.require, *rule.effect.instead)


def _flags(school: School, question: PolicyQuestion, answer: Answer | None) -> Iterator[Spoke]:
    """The flags that reviewers would see, with the texts of the policy's list."""
    for flag in answer.flags if answer else ():
        words = school.policy.flag(flag)
        source = next(
            (rule.source for rule in school.policy.rules if getattr(rule.effect, "warn", "") == flag), ""
        )
        yield Spoke(flag, words.zh, words.en, source)


def _spoke(school: School, question: PolicyQuestion, rule: Rule) -> Spoke:
    facts = facts_of(school, PolicyContext(question, school.terms), rule, question.claims[0])
    return Spoke(rule.id, rule.says.format_map(facts), rule.says_en.format_map(facts), rule.source)
