"""The school's policy as the door uses it: the text in force, and the questions put to it.

The page, the command line and the door ask the same question in the same words; this file turns a case into
the question and the answer into reasons.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, bindparam, select, true
from sqlalchemy.orm import Session

from config.calendar import first_moment
from config.policy import (
    Answer,
    CampaignPlan,
    CampaignWindow,
    ClaimAsked,
    Cohort,
    DoneRequest,
    FieldWords,
    OpenRequest,
    Question,
    QuestionFault,
    Refusal,
    School,
    Student,
    ask,
    kept_school,
)
from states import campaign as campaign_states
from workflow.cases.facts import CaseFacts, ClaimFacts, RecordFacts
from workflow.cases.filing.file import ClaimFiled
from workflow.cases.tables import Campaign, Case
from workflow.engine import Attempt
from workflow.history.rulebook import text_of
from workflow.records.origin import origin_province
from workflow.records.tables import Record
from workflow.store import Prepared, from_text
from workflow.verdict import Reason

PROXIES = ("officer", "registrar")
"""The roles in which somebody may answer for a student, where the school's rules allow it."""

_FINAL_CAMPAIGNS = Prepared(
    select(Campaign.kind, Campaign.opens_at, Campaign.closes_at)
    .join(Case, Case.campaign_id == Campaign.id)
    .where(
        Case.record_id == bindparam("record"),
        Campaign.kind == "final",
        Campaign.state.not_in((campaign_states.DRAFT, campaign_states.CANCELLED)),
    )
)


@dataclass(frozen=True, slots=True)
class Rules:
    """One policy text in force, with the few numbers the engine's rooms need of it."""

    school: School

    @property
    def digest(self) -> str:
        """How an Entry names this text."""
        return self.school.digest

    @property
    def text(self) -> bytes:
        """The canonical bytes the Rulebook keeps."""
        return self.school.text

    @property
    def slug(self) -> str:
        """The school's short name."""
        return self.school.slug

    @property
    def undo_minutes(self) -> int:
        """How long a decision can be undone and its notice is held back."""
        return self.school.policy.undo_minutes

    @property
    def hold_minutes(self) -> int:
        """How long a case is held by who took it up."""
        return self.school.policy.hold_minutes

    @property
    def dispute_days(self) -> int:
        """For how many days a student may say that a correction is still wrong."""
        return self.school.policy.dispute_days


class UnknownRules(LookupError):
    """An entry or a case names a policy text that the Rulebook does not have."""


class SchoolRules:
    """The policies of one school: each text in force from its own first day, and not before it was loaded.

    ``texts`` are in the order of loading. A text stays in force until one that was loaded after it begins;
    one that is replaced before its first day never is. The first text also judges what was before it.
    """

    def __init__(self, texts: Sequence[tuple[datetime, School]]) -> None:
        self._known = {school.digest: Rules(school) for _, school in texts}
        self._since = [(_begins(at, school), self._known[school.digest]) for at, school in texts]

    def in_force(self, at: datetime) -> Rules:
        """The text that judges what is filed at that moment."""
        begun = (rules for since, rules in reversed(self._since) if since <= at)
        return next(begun, self._since[0][1])

    def from_to(self, since: datetime, until: datetime | None = None) -> tuple[tuple[datetime, Rules], ...]:
        """The texts in force from one moment to another, each with the moment from which it judges."""
        later = sorted({at for at, _ in self._since if at > since and (until is None or at <= until)})
        found = [(since, self.in_force(since))]
        for at in later:
            if (rules := self.in_force(at)) is not found[-1][1]:
                found.append((at, rules))
        return tuple(found)

    def named(self, session: Session, digest: str) -> Rules:
        """The text of that digest; another process may have loaded it since. Raises UnknownRules."""
        if digest not in self._known:
            text = text_of(session, digest)
            if text is None or not text.holds or text.kind != "policy":
                raise UnknownRules(digest)
            self._known[digest] = Rules(kept_school(text.text))
        return self._known[digest]

    def judging(self, session: Session, case: CaseFacts, at: datetime) -> Rules:
        """The text that judges a case: that of its filing, or what is in force while nothing is filed."""
        return self.named(session, case.policy) if case.policy else self.in_force(at)

    def latest_first(self) -> tuple[Rules, ...]:
        """Every text once, the one loaded last first."""
        return tuple({rules.digest: rules for _, rules in reversed(self._since)}.values())


def _begins(loaded_at: datetime, school: School) -> datetime:
    return max(loaded_at, first_moment(school.policy.valid_from))


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
) -> Question:
    """What the policy is asked about a case: may these claims be filed, at that moment, with these papers?

    ``filed_by`` is the role in which they are; left out, the role in which the case was filed.
    """
    return Question(
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
        campaigns=_final_campaigns(session, case.record.id) if finals is None else finals,
        open_requests=tuple(_open(case)),
        done_requests=tuple(_done(case)),
    )


def student(rules: Rules, record: RecordFacts) -> Student:
    """The policy's view of a record; what the roster does not say comes from the school's calendar."""
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


def filing_reasons(attempt: Attempt) -> tuple[Reason, ...]:
    """Why nothing may be filed at all, by the school's filing rule; asked once per attempt."""
    known: tuple[Reason, ...] | None = attempt.memo.get("filing")
    if known is None:
        known = attempt.memo["filing"] = _asked(attempt, (), {}, ())
    return known


def claim_reasons(
    attempt: Attempt, claims: Sequence[ClaimFiled], olds: Mapping[str, str], papers: Sequence[str]
) -> tuple[Reason, ...]:
    """Why these claims cannot be filed with these kinds of papers, by the whole policy."""
    return _asked(attempt, claims, olds, papers)


def _asked(
    attempt: Attempt, claims: Sequence[ClaimFiled], olds: Mapping[str, str], papers: Sequence[str]
) -> tuple[Reason, ...]:
    begun_at = attempt.details.get("begun_at")
    role = attempt.by.role
    put = question(
        attempt.session,
        attempt.policy,
        attempt.subject,
        attempt.at,
        claims=claims,
        olds=olds,
        papers=papers,
        begun_at=begun_at,
        finals=attempt.memo.get("finals"),
        filed_by=role if role in PROXIES else "student",
    )
    try:
        answer = ask(attempt.policy.school, put)
        if claims:
            attempt.memo["answer"] = answer
        return tuple(reasons(answer))
    except QuestionFault as fault:
        return (incomplete(fault),)


def incomplete(fault: QuestionFault) -> Reason:
    """A fact that a rule needs is not in the record: nobody guesses it, and nobody files without it."""
    return Reason(
        "record_incomplete",
        "学籍记录缺少规则需要的内容：{faults}。",
        {"faults": "；".join(fault.faults)},
        remedy="请联系学籍科补全学籍记录。",
    )


def reasons(answer: Answer) -> Iterator[Reason]:
    """The answer's reasons as the door gives them, unless it is an acceptance."""
    if answer.may:
        return
    for given in answer.reasons:
        yield Reason(
            code=given.code,
            template=given.template,
            facts=given.facts,
            remedy=given.remedy,
            rule=given.rule,
            source=given.source,
            until=_iso(answer.next_date),
            template_en=given.template_en,
            remedy_en=given.remedy_en,
        )


# -- the words and lists of the policy ------------------------------------------------------------------


def field_words(rules: Rules, code: str) -> FieldWords | None:
    """What the school says of a field, or None if it does not know it."""
    return next((field for field in rules.school.fields if field.code == code), None)


def words(rules: Rules, code: str) -> str:
    """A field's Chinese name; the column itself where the school has none."""
    found = field_words(rules, code)
    return found.zh if found else code


def group_of(rules: Rules, code: str) -> str:
    """The group within which only one claim may be open; a field alone is its own group."""
    found = field_words(rules, code)
    return found.group if found else code


def refusals(rules: Rules) -> dict[str, Refusal]:
    """The codes with which a case can be refused."""
    return {refusal.code: refusal for refusal in rules.school.policy.refusals}


def enrolled_statuses(rules: Rules) -> Collection[str]:
    """The values of 学籍状态 that mean 在籍."""
    return rules.school.policy.enrolled_statuses


def left_statuses(rules: Rules) -> Collection[str]:
    """The values of 学籍状态 that mean that the student left, or never came."""
    return rules.school.policy.left_statuses


def default_office(rules: Rules) -> str:
    """The office that does what no rule gives to another."""
    return rules.school.policy.default_office


def office_words(rules: Rules, office: str) -> str:
    """An office's Chinese name; its code where the school has none."""
    found = rules.school.offices.get(office)
    return found.zh if found else office


def silence_counts(rules: Rules, kind: str) -> bool:
    """Whether silence through a campaign of this kind means correct."""
    return rules.school.policy.deems(kind)


def colleges_silence_counts(rules: Rules, kind: str) -> bool:
    """Whether a list that no college signs in a campaign of this kind stands without objection."""
    return rules.school.policy.deems_colleges(kind)


def told_by(rules: Rules) -> tuple[str, ...]:
    """What counts as having told a student that a campaign runs, or an officer of the colleges' deadline."""
    return rules.school.policy.silence.told_by


def plan_of(rules: Rules, plan: str) -> CampaignPlan:
    """A campaign as campaigns.toml has it, itself or by a template; KeyError if it has neither."""
    found = rules.school.campaign(plan)
    if found is None:
        raise KeyError(plan)
    return found


def cohort_names(rules: Rules, plan: str, record: RecordFacts) -> bool:
    """Whether a campaign's cohort names this record."""
    cohort = plan_of(rules, plan).cohort
    first, last = entry_days(cohort)
    since, until = graduation_days(cohort)
    return (
        (not cohort.entry_years or (record.rxrq is not None and first <= record.rxrq <= last))
        and (not _by_graduation(cohort) or (record.yjbyrq is not None and since <= record.yjbyrq <= until))
        and (not cohort.levels or record.cc in cohort.levels)
        and record.xjzt in cohort.statuses
    )


def cohort_rows(cohort: Cohort) -> ColumnElement[bool]:
    """The same of the table of records."""
    return and_(
        Record.rxrq.between(*entry_days(cohort)) if cohort.entry_years else true(),
        Record.yjbyrq.between(*graduation_days(cohort)) if _by_graduation(cohort) else true(),
        Record.cc.in_(cohort.levels) if cohort.levels else true(),
        Record.xjzt.in_(cohort.statuses),
    )


def entry_days(cohort: Cohort) -> tuple[date, date]:
    """First and last day of entry of a cohort (its years are contiguous)."""
    return date(min(cohort.entry_years, default=1900), 1, 1), date(
        max(cohort.entry_years, default=9999), 12, 31
    )


def graduation_days(cohort: Cohort) -> tuple[date, date]:
    """First and last expected day of graduation of a cohort."""
    return cohort.graduates_since or date(1900, 1, 1), cohort.graduates_until or date(9999, 12, 31)


def _by_graduation(cohort: Cohort) -> bool:
    return cohort.graduates_since is not None or cohort.graduates_until is not None


def _final_campaigns(session: Session, record: str) -> tuple[CampaignWindow, ...]:
    found = _FINAL_CAMPAIGNS.run(session, {"record": record}).fetchall()
    return tuple(CampaignWindow(kind, from_text(opens), from_text(closes)) for kind, opens, closes in found)


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


def _iso(moment: date | datetime | None) -> str:
    return moment.isoformat() if moment else ""
