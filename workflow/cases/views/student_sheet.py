"""One record with its cases, claims, campaigns and draft, as plain values read in one statement, for pages.

The door reads its subject for itself, under a lock; what stands here is what a page shows and asks about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import CompoundSelect, and_, bindparam, cast, exists, func, literal, null, select, union_all
from sqlalchemy.orm import Session, aliased

from config.policy import CampaignWindow
from states import NOWHERE
from states import campaign as campaign_states
from states.case import CHECKED_OK, CORRECTED, NOT_CHECKED, RAISED, REJECTED, REVIEW
from workflow.cases.ending.after_decision import Afterwards
from workflow.cases.facts import CampaignFacts, CaseFacts, ClaimFacts, RecordFacts, StepFacts
from workflow.cases.filing.drafts import Answers, added_by, open_draft
from workflow.cases.filing.target import Target
from workflow.cases.review.questions import QuestionFacts
from workflow.cases.tables import Campaign, Case, Claim, Draft, Question, Step, StepClaim
from workflow.evidence.tables import Evidence
from workflow.history.tables import EntryRow
from workflow.notices.outbox import HELD_BACK
from workflow.notices.tables import Notice
from workflow.people.cipher import Cipher
from workflow.people.tables import Person
from workflow.records.tables import Record
from workflow.store import from_text


@dataclass(frozen=True, slots=True)
class SealedClaim(ClaimFacts):
    """A claim with its two values, still sealed."""

    old: bytes = b""
    new: bytes = b""
    ruling: str = ""


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """One case as its student may see it.

    ``held_back``: a decision that can still be undone is not told yet. ``rested_at`` is when it was last
    confirmed or deemed. ``asked`` is how many questions wait for the student, ``asked_until`` the first of
    their last days. ``steps`` are all it ever had; of its facts they are part only while it is open.
    ``proxy`` is the name of who filed it for the student, ``proxy_for`` of the one in whose place they did.
    """

    facts: CaseFacts
    receipt: str
    ruling: str
    title: str
    title_en: str
    held_back: bool
    rested_at: datetime | None
    afterwards: Afterwards
    asked: int
    asked_until: date | None
    steps: tuple[StepFacts, ...] = ()
    proxy: str = ""
    proxy_for: str = ""

    @property
    def id(self) -> str:
        """The case's id."""
        return self.facts.id

    @property
    def version(self) -> int:
        """The version a form made from this page was shown."""
        return self.facts.version

    @property
    def state(self) -> str:
        """The state as its student sees it: a decision that can still be undone is none yet."""
        decided = self.facts.state in (CORRECTED, REJECTED)
        return REVIEW if decided and self.held_back else self.facts.state

    @property
    def told(self) -> bool:
        """Whether there is a decision and the student may know it."""
        return self.state in (CORRECTED, REJECTED)

    @property
    def reconfirm_until(self) -> date | None:
        """Until when the student is to say that the correction is right; None if nothing is waited for."""
        waits = self.told and self.afterwards.reconfirmed_at is None
        return self.afterwards.reconfirm_until if waits else None

    @property
    def claims(self) -> tuple[SealedClaim, ...]:
        """Every claim of the case, withdrawn ones included, in the order in which they were filed."""
        mine = [claim for claim in self.facts.claims_of_record if claim.case_id == self.id]
        return tuple(claim for claim in mine if isinstance(claim, SealedClaim))


@dataclass(frozen=True, slots=True)
class RecordSheet:
    """A record and all that is under way for it. Cases: latest filing first, those without one at the end."""

    at: datetime
    record: RecordFacts
    name: str
    number: str
    draft: Answers
    cases: tuple[CaseSheet, ...]
    claims: tuple[SealedClaim, ...]

    def case(self, id: str) -> CaseSheet | None:
        """One case of this record, or None."""
        return next((case for case in self.cases if case.id == id), None)

    @property
    def current(self) -> CaseSheet | None:
        """The case the first page is about: of the campaign that is open, else the latest one."""
        return min(self.cases, key=_importance, default=None)

    @property
    def target(self) -> Target:
        """Where a filing would go now; the same answer as ``target_of`` gives to the door."""
        for case in self.cases:
            if _takes_filings(case.facts, self.at):
                return Target(case=case.id)
        withdrawn = [c.id for c in self.cases if c.facts.campaign is None and c.facts.state == NOT_CHECKED]
        if withdrawn:
            return Target(case=withdrawn[0])
        filed = [case for case in self.cases if case.facts.filed_at is not None]
        return Target(previous=filed[0].id if filed else "")

    @property
    def filing_subject(self) -> CaseFacts:
        """The case a filing would go to, or the one that would be opened for it."""
        target = self.target
        found = self.case(target.case) if target.case else None
        if found is not None:
            return found.facts
        return CaseFacts(
            id="",
            state=NOWHERE,
            version=0,
            record=self.record,
            campaign=None,
            claims_of_record=self.claims,
            previous_id=target.previous,
        )

    @property
    def finals(self) -> tuple[CampaignWindow, ...]:
        """The final campaigns that take this record in, as the policy asks for them."""
        campaigns = [case.facts.campaign for case in self.cases]
        return tuple(
            CampaignWindow(campaign.kind, campaign.opens_at, campaign.closes_at)
            for campaign in campaigns
            if campaign is not None and campaign.kind == "final"
            if campaign.state not in (campaign_states.DRAFT, campaign_states.CANCELLED)
        )


@dataclass(frozen=True, slots=True)
class Paper:
    """What is known of a paper; its bytes lie in the evidence store."""

    id: str
    record_id: str
    case_id: str | None
    kind: str
    size: int
    added_by: str | None = None
    """Who handed it in, where that is not the student; asked of papers that wait to be filed."""


def read_record(session: Session, cipher: Cipher, record: str, at: datetime, person: str = "") -> RecordSheet:
    """Everything about one record in one statement; NoResultFound if there is no such record.

    The draft is the student's own, or that of a person who is about to file for them.
    """
    rows = session.execute(_SHEET, {"record": record, "at": at, "person": person}).all()
    first = rows[0]._mapping
    facts = RecordFacts(**{name: first[f"record_{name}"] for name in _RECORD})
    of_claims = {row.claim_id: row for row in rows if row.claim_id is not None}
    claims = tuple(_claim(row) for row in of_claims.values())
    steps = _steps(rows)
    seen = {row.case_id: row for row in rows if row.case_id is not None}
    cases = [_case(row, facts, claims, steps.get(row.case_id, ())) for row in seen.values()]
    return RecordSheet(
        at=at,
        record=facts,
        name=first["xm"],
        number=first["xh"] or "",
        draft=open_draft(cipher, record, first["begun_at"], first["body"], person)
        if first["body"]
        else Answers(),
        cases=tuple(sorted(cases, key=_lateness)),
        claims=claims,
    )


def papers_of(session: Session, record: str, case: str | None, person: str = "") -> tuple[Paper, ...]:
    """The papers of a case, or of a draft (None) of the student or of a person; in the order they came."""
    drafted = and_(Evidence.case_id.is_(None), added_by(person))
    belongs = drafted if case is None else Evidence.case_id == case
    found = session.execute(
        select(
            Evidence.id,
            Evidence.record_id,
            Evidence.case_id,
            Evidence.kind,
            Evidence.size,
            Evidence.added_by,
        )
        .where(Evidence.record_id == record, belongs)
        .order_by(Evidence.added_at, Evidence.id)
    )
    return tuple(Paper(*row) for row in found)


@dataclass(frozen=True, slots=True)
class SealedQuestion(QuestionFacts):
    """A question with what was asked and answered, still sealed."""

    asked: bytes
    answer: bytes | None


@dataclass(frozen=True, slots=True)
class Belongings:
    """What came to a case: its papers, and the questions of its present filing with their answers."""

    papers: tuple[Paper, ...]
    questions: tuple[SealedQuestion, ...]


def belongings(session: Session, record: str, case: CaseSheet) -> Belongings:
    """The papers of a case and what was asked in it, in one statement."""
    rows = session.execute(_BELONGINGS, {"record": record, "case": case.id}).all()
    since = case.facts.filed_at
    return Belongings(
        papers=tuple(
            Paper(row.id, record, case.id, row.kind, row.number) for row in rows if row.what == "paper"
        ),
        questions=tuple(
            _question(row) for row in rows if row.what == "question" and since is not None and row.at >= since
        ),
    )


def _question(row: Any) -> SealedQuestion:
    return SealedQuestion(
        id=row.id,
        kind=row.kind,
        about=row.about,
        asked_at=row.at,
        due=row.due,
        warned=row.number,
        warned_on=row.warned_on,
        outcome=row.outcome,
        ended_at=row.ended_at,
        asked=row.asked,
        answer=row.answer,
    )


# -- what belongs to a case -----------------------------------------------------------------------------

_BELONGINGS: CompoundSelect[*tuple[Any, ...]] = union_all(
    select(
        literal("paper").label("what"),
        Evidence.id,
        Evidence.kind,
        Evidence.added_at.label("at"),
        Evidence.size.label("number"),
        *(
            cast(null(), column.type).label(column.name)
            for column in (
                Question.__table__.c[name]
                for name in ("about", "due", "warned_on", "outcome", "ended_at", "asked", "answer")
            )
        ),
    ).where(Evidence.record_id == bindparam("record"), Evidence.case_id == bindparam("case")),
    select(
        literal("question").label("what"),
        Question.id,
        Question.kind,
        Question.asked_at,
        Question.warned,
        Question.about,
        Question.due,
        Question.warned_on,
        Question.outcome,
        Question.ended_at,
        Question.asked,
        Question.answer,
    ).where(Question.case_id == bindparam("case")),
).order_by("at", "id")


# -- the one statement ----------------------------------------------------------------------------------

_RECORD = tuple(field.name for field in fields(RecordFacts))
_STEP = tuple(field.name for field in fields(StepFacts) if field.name != "claims")
_HELD_BACK = exists().where(
    Notice.subject == Case.id,
    Notice.event.in_(sorted(HELD_BACK)),
    Notice.owed_at == Case.decided_at,
    Notice.cancelled_at.is_(None),
    Notice.due_at > bindparam("at"),
)
_RESTED_AT = (
    select(func.max(EntryRow.at))
    .where(EntryRow.subject == Case.id, EntryRow.action.in_(("confirm", "deem")), EntryRow.kind == "done")
    .scalar_subquery()
)
_WAITING = select(Question).where(Question.case_id == Case.id, Question.ended_at.is_(None))
_ASKED = _WAITING.with_only_columns(func.count()).scalar_subquery()
_ASKED_UNTIL = _WAITING.with_only_columns(func.min(Question.due)).scalar_subquery()
_PROXY, _PROXY_FOR = aliased(Person), aliased(Person)
_SHEET = (
    select(
        *(getattr(Record, name).label(f"record_{name}") for name in _RECORD),
        Record.xm,
        Record.xh,
        Draft.begun_at,
        Draft.body,
        *(
            getattr(Case, name).label(f"case_{name}")
            for name in (
                "id", "state", "version", "previous_id", "manner", "excluded", "filed_at", "holder",
                "held_until", "decided_by", "decided_at", "receipt", "ruling", "policy", "reconfirm_until",
                "reconfirmed_at", "disagreed_at",
                "proxy_role",
            )
        ),
        *(
            getattr(Campaign, name).label(f"campaign_{name}")
            for name in (
                "id", "plan", "kind", "state", "opens_at", "closes_at", "version", "fields", "title",
                "title_en", "policy",
            )
        ),
        _PROXY.name.label("proxy"),
        _PROXY_FOR.name.label("proxy_for"),
        _HELD_BACK.label("held_back"),
        _RESTED_AT.label("rested_at"),
        _ASKED.label("asked"),
        _ASKED_UNTIL.label("asked_until"),
        *(
            getattr(Claim, name).label(f"claim_{name}")
            for name in (
                "id", "case_id", "field", "field_group", "cause", "event_date", "outcome", "filed_at",
                "ended_at", "old", "new",
                "seen_on", "ruling",
            )
        ),
        *(getattr(Step, name).label(f"step_{name}") for name in _STEP),
    )
    .select_from(Record)
    .outerjoin(Draft, and_(Draft.record_id == Record.id, Draft.person == bindparam("person")))
    .outerjoin(Case, Case.record_id == Record.id)
    .outerjoin(_PROXY, _PROXY.id == Case.proxy)
    .outerjoin(_PROXY_FOR, _PROXY_FOR.id == Case.proxy_for)
    .outerjoin(Campaign, Campaign.id == Case.campaign_id)
    .outerjoin(Claim, and_(Claim.case_id == Case.id, Claim.record_id == Record.id))
    .outerjoin(StepClaim, StepClaim.claim_id == Claim.id)
    .outerjoin(Step, Step.id == StepClaim.step_id)
    .where(Record.id == bindparam("record"))
    .order_by(Claim.filed_at, Claim.id)
)  # fmt: skip


def _claim(row: Any) -> SealedClaim:
    return SealedClaim(
        id=row.claim_id,
        case_id=row.claim_case_id,
        field=row.claim_field,
        group=row.claim_field_group,
        cause=row.claim_cause,
        event_date=row.claim_event_date,
        outcome=row.claim_outcome,
        filed_at=row.claim_filed_at,
        ended_at=row.claim_ended_at,
        old=row.claim_old,
        new=row.claim_new,
        seen_on=row.claim_seen_on,
        ruling=row.claim_ruling,
    )


def _steps(rows: Sequence[Any]) -> dict[str, tuple[StepFacts, ...]]:
    """The steps of each case in their order; each row bears one claim of one step."""
    claims: dict[str, set[str]] = {}
    first: dict[str, Any] = {}
    for row in rows:
        if row.step_id is not None:
            claims.setdefault(row.step_id, set()).add(row.claim_id)
            first[row.step_id] = row
    found: dict[str, list[StepFacts]] = {}
    for id, row in first.items():
        said = {name: row._mapping[f"step_{name}"] for name in _STEP}
        names = {name: said[name] or "" for name in ("ended_by", "ended_for")}
        step = StepFacts(**said | names | {"claims": frozenset(claims[id])})
        found.setdefault(row.case_id, []).append(step)
    order = attrgetter("position", "made_at", "id")
    return {case: tuple(sorted(steps, key=order)) for case, steps in found.items()}


def _case(
    row: Any, record: RecordFacts, claims: tuple[SealedClaim, ...], steps: tuple[StepFacts, ...]
) -> CaseSheet:
    facts = CaseFacts(
        id=row.case_id,
        state=row.case_state,
        version=row.case_version,
        record=record,
        campaign=_campaign(row),
        claims_of_record=claims,
        previous_id=row.case_previous_id or "",
        manner=row.case_manner,
        excluded=row.case_excluded,
        filed_at=row.case_filed_at,
        holder=row.case_holder or "",
        held_until=row.case_held_until,
        decided_by=row.case_decided_by or "",
        decided_at=row.case_decided_at,
        policy=row.case_policy,
        proxy_role=row.case_proxy_role,
        steps=steps if row.case_state in (RAISED, REVIEW) else (),
    )
    return CaseSheet(
        facts=facts,
        receipt=row.case_receipt or "",
        ruling=row.case_ruling,
        title=row.campaign_title or "",
        title_en=row.campaign_title_en or "",
        held_back=bool(row.held_back),
        rested_at=from_text(row.rested_at) if row.rested_at else None,
        afterwards=Afterwards(row.case_reconfirm_until, row.case_reconfirmed_at, row.case_disagreed_at),
        asked=row.asked,
        asked_until=row.asked_until,
        steps=steps,
        proxy=row.proxy or "",
        proxy_for=row.proxy_for or "",
    )


def _campaign(row: Any) -> CampaignFacts | None:
    if row.campaign_id is None:
        return None
    return CampaignFacts(
        row.campaign_id,
        row.campaign_plan,
        row.campaign_kind,
        row.campaign_state,
        row.campaign_opens_at,
        row.campaign_closes_at,
        row.campaign_version,
        tuple(row.campaign_fields.split(",")),
        policy=row.campaign_policy,
    )


def _takes_filings(case: CaseFacts, at: datetime) -> bool:
    campaign = case.campaign
    return (
        campaign is not None
        and campaign.state == campaign_states.OPEN
        and campaign.opens_at <= at <= campaign.closes_at
        and case.state in (NOT_CHECKED, CHECKED_OK)
        and case.manner != "deemed"
        and not case.excluded
    )


def _lateness(case: CaseSheet) -> tuple[Any, ...]:
    campaign = case.facts.campaign
    return _latest_first(case.facts.filed_at), _latest_first(campaign.opens_at if campaign else None), case.id


def _importance(case: CaseSheet) -> tuple[Any, ...]:
    campaign = case.facts.campaign
    rank = 2 if campaign is None else 0 if campaign.state == campaign_states.OPEN else 1
    return rank, *_lateness(case)


def _latest_first(moment: datetime | None) -> float:
    return -moment.timestamp() if moment is not None else 0.0
