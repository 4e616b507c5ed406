"""One record with its cases, claims, campaigns and draft, as plain values read in one statement, for pages.

The door reads its subject for itself, under a lock; what stands here is what a page shows and asks about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session, aliased

from states import campaign as campaign_states
from states.case import CORRECTED, REJECTED
from workflow.cases.facts import (
    CaseFacts,
    ClaimFacts,
    RecordFacts,
    Target,
    WholeRecord,
)
from workflow.cases.filing.drafts import Answers, added_by, open_draft
from workflow.cases.load import OF_RECORD, READING, lateness, unborn, whole_from_rows
from workflow.cases.tables import Case, Draft, Question
from workflow.cases.views.announced import whole_as_announced
from workflow.evidence.papers import COLUMNS, Paper, keep
from workflow.evidence.tables import Evidence
from workflow.history.tables import EntryRow
from workflow.notices.outbox import HELD_BACK
from workflow.notices.tables import Notice
from workflow.people.cipher import Cipher
from workflow.people.tables import Person
from workflow.store import Prepared, as_text, from_text


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """One case as its student may see it.

    ``held_back``: there is a decision that can still be undone; ``facts`` are those of before it, because it
    is not told yet. ``rested_at`` is when it was last
    confirmed or deemed. ``asked`` is how many questions wait for the student, ``asked_until`` the first of
    their last days.
    ``proxy`` is the name of who filed it for the student, ``proxy_for`` of the one in whose place they did.
    """

    facts: CaseFacts
    held_back: bool
    rested_at: datetime | None
    asked: int
    asked_until: date | None
    proxy: str = ""
    proxy_for: str = ""

    @property
    def id(self) -> str:
        """The case's id."""
        return self.facts.id

    @property
    def state(self) -> str:
        """The state as its student sees it: a decision that can still be undone is none yet."""
        return self.facts.state

    @property
    def told(self) -> bool:
        """Whether there is a decision and the student may know it."""
        return self.state in (CORRECTED, REJECTED)

    @property
    def reconfirm_until(self) -> date | None:
        """Until when the student is to say that the correction is right; None if nothing is waited for."""
        waits = self.told and self.facts.afterwards.reconfirmed_at is None
        return self.facts.afterwards.reconfirm_until if waits else None

    @property
    def claims(self) -> tuple[ClaimFacts, ...]:
        """Every claim of the case, withdrawn ones included, in the order in which they were filed."""
        return tuple(claim for claim in self.facts.claims_of_record if claim.case_id == self.id)


@dataclass(frozen=True, slots=True)
class RecordSheet:
    """A record and all that is under way for it. Cases: latest filing first, those without one at the end."""

    at: datetime
    whole: WholeRecord
    name: str
    number: str
    draft: Answers
    cases: tuple[CaseSheet, ...]

    @property
    def record(self) -> RecordFacts:
        """What rules ask of the record."""
        return self.whole.facts

    def case(self, id: str) -> CaseSheet | None:
        """One case of this record, or None."""
        return next((case for case in self.cases if case.id == id), None)

    @property
    def current(self) -> CaseSheet | None:
        """The case the first page is about: of the campaign that is open, else the latest one."""
        return min(self.cases, key=_importance, default=None)

    @property
    def target(self) -> Target:
        """Where a filing would go now."""
        return self.whole.target(self.at)

    @property
    def filing_subject(self) -> CaseFacts:
        """The case a filing would go to, or the one that would be opened for it."""
        target = self.target
        return self.whole.case(target.case) or unborn(self.whole, "", None, target.previous)


def read_record(session: Session, cipher: Cipher, record: str, at: datetime, person: str = "") -> RecordSheet:
    """Everything about one record in one statement; NoResultFound if there is no such record.

    The draft is the student's own, or that of a person who is about to file for them.
    """
    rows = _SHEET.rows(session, {"record": record, "at": as_text(at), "person": person})
    if not rows:
        raise NoResultFound
    first, of_case = rows[0], {row.case_id: row for row in rows}
    held_back = {case for case, row in of_case.items() if row.held_back}
    whole = whole_as_announced(whole_from_rows(session, rows), held_back)
    drafted = first.draft_body is not None
    return RecordSheet(
        at=at,
        whole=whole,
        name=whole.values["XM"],
        number=whole.values["XH"] or "",
        draft=open_draft(cipher, record, first.draft_begun_at, first.draft_body, person)
        if drafted
        else Answers(),
        cases=tuple(_case(of_case[case.id], case) for case in whole.cases),
    )


def papers_of(session: Session, record: str, case: str | None, person: str = "") -> tuple[Paper, ...]:
    """The papers of a case, or of a draft (None) of the student or of a person; in the order they came."""
    drafted = and_(Evidence.case_id.is_(None), added_by(person))
    belongs = drafted if case is None else Evidence.case_id == case
    found = session.execute(
        select(*COLUMNS).where(Evidence.record_id == record, belongs).order_by(Evidence.added_at, Evidence.id)
    )
    papers = tuple(Paper(*row) for row in found)
    keep(session, papers)
    return papers


# -- the one statement ----------------------------------------------------------------------------------
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
_SHEET = Prepared(
    READING.add_columns(
        Draft.begun_at.label("draft_begun_at"),
        Draft.body.label("draft_body"),
        _PROXY.name.label("proxy"),
        _PROXY_FOR.name.label("proxy_for"),
        _HELD_BACK.label("held_back"),
        _RESTED_AT.label("rested_at"),
        _ASKED.label("asked"),
        _ASKED_UNTIL.label("asked_until"),
    )
    .outerjoin(Draft, and_(Draft.record_id == bindparam("record"), Draft.person == bindparam("person")))
    .outerjoin(_PROXY, _PROXY.id == Case.proxy)
    .outerjoin(_PROXY_FOR, _PROXY_FOR.id == Case.proxy_for)
    .where(OF_RECORD)
)


def _case(row: Any, facts: CaseFacts) -> CaseSheet:
    rested_at = None if row.rested_at is None else from_text(row.rested_at)
    return CaseSheet(
        facts, row.held_back, rested_at, row.asked, row.asked_until, row.proxy or "", row.proxy_for or ""
    )


def _importance(case: CaseSheet) -> tuple[Any, ...]:
    campaign = case.facts.campaign
    rank = 2 if campaign is None else 0 if campaign.state == campaign_states.OPEN else 1
    return rank, *lateness(case.facts)
