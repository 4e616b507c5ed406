"""One record with its cases, claims, campaigns and draft, as plain values read in one statement, for pages.

The door reads its subject for itself, under a lock; what stands here is what a page shows and asks about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, exists, func, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session, aliased

from states import campaign as campaign_states
from states.case import CORRECTED, REJECTED
from workflow.cases.checking.vouch import SaidRight, still_as_seen
from workflow.cases.facts import (
    CaseFacts,
    ClaimFacts,
    RecordFacts,
    Target,
    WholeRecord,
)
from workflow.cases.filing.drafts import Answers, added_by, open_draft
from workflow.cases.load import OF_RECORD, READING, filing_subject, lateness, whole_from_rows
from workflow.cases.rules import filed_as
from workflow.cases.tables import Case, Draft, PlatformExport, PlatformLook, Question, ToldInPerson, Vouch
from workflow.cases.views.announced import Untold, untold_changes, whole_as_announced
from workflow.cases.views.since_shown import LATER_IMPORT, since_shown
from workflow.cases.views.ticks import ListedLook, Ticks, ticks_of
from workflow.evidence.papers import COLUMNS, Paper, keep
from workflow.evidence.tables import Evidence
from workflow.history.codes import DUTY, find
from workflow.history.entry import Entry
from workflow.history.tables import EntryRow
from workflow.notices.outbox import HELD_BACK
from workflow.notices.tables import Notice
from workflow.people.cipher import Cipher
from workflow.people.tables import Person
from workflow.permissions.facts import PermissionFacts
from workflow.records.values import opened_values
from workflow.store import Prepared, as_text, from_text


@dataclass(frozen=True, slots=True)
class ProxyConfirmation:
    """Who confirmed for a student: the name, and the duty or else the role."""

    name: str
    duty: str


class TellingSheet(NamedTuple):
    """Somebody attests to have told the student: on which day, how, and in which duty."""

    on: date
    how: str
    duty: str


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """One case as its student may see it.

    ``held_back``: there is a decision that can still be undone; ``facts`` are those of before it, because it
    is not told yet. ``rested_at`` is when it was last
    confirmed or deemed. ``asked`` is how many questions wait for the student, ``asked_until`` the first of
    their last days.
    ``proxy`` is the name of who filed it for the student, ``proxy_for`` of the one in whose place they did.
    ``right`` are the items that the student said to be right, since when; one whose value has changed or that
    is disputed is not among them. ``listed`` is what the platform's list says of the student, ``listed_on``
    the day of the campaign's newest list. ``since_shown``: since the data of which day the record has what a
    refused or lapsed claim asked for. ``confirmed_for_you``: who confirmed it for them, if anybody.
    ``told_in_person``: who says that they told the student of the check, if anybody.
    """

    facts: CaseFacts
    held_back: bool
    rested_at: datetime | None
    asked: int
    asked_until: date | None
    proxy: str = ""
    proxy_for: str = ""
    right: Mapping[str, datetime] = field(default_factory=dict)
    listed: ListedLook | None = None
    listed_on: date | None = None
    since_shown: Mapping[str, date] = field(default_factory=dict)
    confirmed_for_you: ProxyConfirmation | None = None
    told_in_person: TellingSheet | None = None

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

    def ticks(self, at: datetime) -> Ticks | None:
        """The two things that its campaign asks of the student; None if it asks nothing now."""
        return ticks_of(self.facts, at, self.rested_at, self.right, self.listed, self.listed_on)


@dataclass(frozen=True, slots=True)
class RecordSheet:
    """A record and all that is under way for it. Cases: latest filing first, those without one at the end.

    Its values are those that its student was told of: what a decision changed that can still be undone stands
    in ``untold`` alone.
    """

    at: datetime
    whole: WholeRecord
    name: str
    number: str
    draft: Answers
    cases: tuple[CaseSheet, ...]
    untold: Untold

    @property
    def record(self) -> RecordFacts:
        """What rules ask of the record."""
        return self.whole.facts

    def values(self, cipher: Cipher, fields: Iterable[str]) -> dict[str, str]:
        """Some values of the record as text, as its student was told of them."""
        return opened_values(cipher, self.record.id, fields, self.whole.values)

    def case(self, id: str) -> CaseSheet | None:
        """One case of this record, or None."""
        return next((case for case in self.cases if case.id == id), None)

    @property
    def current(self) -> CaseSheet | None:
        """The case the first page is about: opened again, else of the open campaign, else the latest one."""
        return min(self.cases, key=lambda case: _importance(case, self.at), default=None)

    @property
    def ticks(self) -> Ticks | None:
        """The two things that the running campaign asks of the student; None where none asks anything."""
        current = self.current
        return current.ticks(self.at) if current is not None else None

    @property
    def permissions(self) -> tuple[PermissionFacts, ...]:
        """What the registrar granted the student, or froze, and holds now."""
        return tuple(one for one in self.whole.permissions if one.stands(self.at))

    def campaign_titles(self, id: str) -> tuple[str, str]:
        """The titles of a campaign in which the student has a case."""
        of_cases = (case.facts.campaign for case in self.cases)
        return next((one.title, one.title_en) for one in of_cases if one is not None and one.id == id)

    def ended(self, field: str) -> ClaimFacts | None:
        """The newest claim on a field whose outcome the student may know; None if there is none."""
        told = {case.id for case in self.cases if case.told}
        found = [
            claim
            for claim in self.whole.claims
            if claim.field == field and claim.case_id in told and claim.outcome not in ("", "withdrawn")
        ]
        return max(found, key=lambda claim: (claim.ended_at or claim.filed_at, claim.id), default=None)

    def since_shown(self, field: str) -> date | None:
        """Since the data of which day a field has what its newest told claim asked for in vain."""
        ended = self.ended(field)
        case = self.case(ended.case_id) if ended is not None else None
        return case.since_shown.get(ended.id) if ended is not None and case is not None else None

    @property
    def target(self) -> Target:
        """Where a filing would go now."""
        return self.whole.target(self.at)

    @property
    def filing_subject(self) -> CaseFacts:
        """The case a filing would go to, or the one that would be opened for it."""
        return filing_subject(self.whole, self.at)


def read_record(session: Session, cipher: Cipher, record: str, at: datetime, person: str = "") -> RecordSheet:
    """Everything about one record in one statement; NoResultFound if there is no such record.

    While a decision is held back, a second one reads what it changed; where somebody confirmed for the
    student, one reads who did. The draft is the student's own, or that
    of a person who is about to file for them.
    """
    rows = _SHEET.rows(session, {"record": record, "at": as_text(at), "person": person})
    if not rows:
        raise NoResultFound
    first = rows[0]
    held_back = {row.case_id for row in rows if row.held_back}
    untold = untold_changes(session, cipher, record, held_back)
    whole = whole_as_announced(whole_from_rows(session, rows), held_back, untold.before)
    of_case: dict[str, list[Any]] = {}
    for row in rows:
        of_case.setdefault(row.case_id, []).append(row)
    drafted = first.draft_body is not None
    return RecordSheet(
        at=at,
        whole=whole,
        name=whole.values["XM"],
        number=whole.values["XH"] or "",
        draft=open_draft(cipher, record, first.draft_begun_at, first.draft_body, person)
        if drafted
        else Answers(),
        cases=tuple(
            replace(
                _case(cipher, of_case[case.id], case, whole),
                confirmed_for_you=_proxy_confirmation(session, case),
            )
            for case in whole.cases
        ),
        untold=untold,
    )


def _proxy_confirmation(session: Session, case: CaseFacts) -> ProxyConfirmation | None:
    if case.manner != "proxy":
        return None
    name, body = session.execute(
        select(Person.name, EntryRow.body)
        .join(Person, Person.id == EntryRow.actor)
        .where(EntryRow.subject == case.id, EntryRow.action == "confirm", EntryRow.kind == "done")
        .order_by(EntryRow.number.desc())
        .limit(1)
    ).one()
    entry = Entry.from_body(body)
    return ProxyConfirmation(name, filed_as(entry.role, find(entry.codes, DUTY).value))


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
_LISTED_ON = (
    select(func.max(PlatformExport.as_of))
    .where(PlatformExport.campaign_id == Case.campaign_id)
    .scalar_subquery()
)
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
        Vouch.field.label("right_field"),
        Vouch.vouched_at,
        Vouch.seen,
        PlatformLook.looked,
        PlatformLook.looked_at,
        PlatformLook.as_of,
        _LISTED_ON.label("listed_on"),
        LATER_IMPORT.label("later_import"),
        ToldInPerson.told_on,
        ToldInPerson.how.label("told_how"),
        ToldInPerson.duty.label("told_duty"),
    )
    .outerjoin(Draft, and_(Draft.record_id == bindparam("record"), Draft.person == bindparam("person")))
    .outerjoin(_PROXY, _PROXY.id == Case.proxy)
    .outerjoin(_PROXY_FOR, _PROXY_FOR.id == Case.proxy_for)
    .outerjoin(Vouch, Vouch.case_id == Case.id)
    .outerjoin(PlatformLook, PlatformLook.case_id == Case.id)
    .outerjoin(ToldInPerson, ToldInPerson.case_id == Case.id)
    .where(OF_RECORD)
)


def _case(cipher: Cipher, rows: Sequence[Any], facts: CaseFacts, whole: WholeRecord) -> CaseSheet:
    row = rows[0]
    rested_at = None if row.rested_at is None else from_text(row.rested_at)
    listed = None if row.looked is None else ListedLook(row.looked, row.looked_at, row.as_of)
    imported = {one.claim_id: one.later_import for one in rows if one.later_import is not None}
    return CaseSheet(
        facts,
        row.held_back,
        rested_at,
        row.asked,
        row.asked_until,
        row.proxy or "",
        row.proxy_for or "",
        right=_right(cipher, rows, facts, whole),
        listed=listed,
        listed_on=row.listed_on,
        since_shown=since_shown(cipher, facts, whole.values, imported),
        told_in_person=row.told_on and TellingSheet(row.told_on, row.told_how, row.told_duty),
    )


def _right(cipher: Cipher, rows: Sequence[Any], facts: CaseFacts, whole: WholeRecord) -> dict[str, datetime]:
    """The items said to be right that still are as they were seen, and that no claim disputes since."""
    said = {row.right_field: SaidRight(row.right_field, row.vouched_at, row.seen) for row in rows if row.seen}
    disputed = {
        claim.field: claim.filed_at
        for claim in whole.claims
        if claim.case_id != facts.id and claim.outcome != "withdrawn"
    }
    values = opened_values(cipher, whole.facts.id, said, whole.values)
    return {
        name: one.at
        for name, one in said.items()
        if still_as_seen(cipher, whole.facts.id, one, values)
        and not (name in disputed and disputed[name] >= one.at)
    }


def _importance(case: CaseSheet, at: datetime) -> tuple[Any, ...]:
    campaign = case.facts.campaign
    rank = 2 if campaign is None else 0 if campaign.state == campaign_states.OPEN else 1
    return case.facts.opened(at) is None, rank, *lateness(case.facts)
