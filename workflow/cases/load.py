"""Reading a case with all of its record, in one statement: to look at it, or locked by whoever acts on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from inspect import signature
from operator import attrgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from config.policy.words import COLUMNS as CLAIMABLE
from states import NOWHERE
from workflow.cases.facts import (
    Afterwards,
    CampaignFacts,
    CaseFacts,
    ClaimFacts,
    RecordFacts,
    StepFacts,
    WholeRecord,
    last_confirmed,
)
from workflow.cases.tables import Campaign, Case, Claim, Question, Step, StepClaim
from workflow.engine import is_id
from workflow.permissions.facts import PermissionFacts
from workflow.permissions.tables import Permission
from workflow.records.fields import COLUMNS
from workflow.records.tables import Record
from workflow.records.values import PHOTO_DIGEST, VALUES, lock_values, stored_form
from workflow.store import Base, InHand, Prepared, drop, drop_all, hands_of, is_writing, table_of

WHOLE: InHand[WholeRecord] = InHand(
    "record", "record_photo", "cases", "campaign", "claim", "step", "step_claim", "permission"
)
"""A record that was read. What is asked of a student is written only together with the row of its case."""
RECORD_OF: InHand[str] = InHand()
"""The record of each case that was read; that never changes."""

Made = TypeVar("Made")


class _Part(Generic[Made]):
    """The columns of a table that are the fields of one kind of facts, labelled by a prefix."""

    def __init__(self, prefix: str, facts: Callable[..., Made], table: type[Base]) -> None:
        columns, self._facts = table_of(table).c, facts
        said = {name: one for name, one in signature(facts).parameters.items() if name in columns}
        self._labels = {name: f"{prefix}_{name}" for name in said}
        self.columns = tuple(
            _as_said(columns[name], one.annotation).label(self._labels[name]) for name, one in said.items()
        )

    def of(self, row: Any, **more: Any) -> Made:
        """The facts that a row bears, with what its columns do not say."""
        return self._facts(**{name: getattr(row, label) for name, label in self._labels.items()} | more)


def _as_said(column: Column[Any], annotation: str) -> ColumnElement[Any]:
    """Facts say '' of nobody and of no number where a table has no value."""
    return func.coalesce(column, "") if column.nullable and annotation == "str" else column


_RECORD = _Part("record", RecordFacts, Record)
_CASE = _Part("case", CaseFacts, Case)
_AFTERWARDS = _Part("case", Afterwards, Case)
_CAMPAIGN = _Part("campaign", CampaignFacts, Campaign)
_CLAIM = _Part("claim", ClaimFacts, Claim)
_STEP = _Part("step", StepFacts, Step)
_PERMISSION = _Part("permission", PermissionFacts, Permission)
RETURNED_AT = (
    select(func.max(Question.asked_at))
    .where(Question.case_id == Case.id, Question.ended_at.is_(None))
    .correlate(Case)
    .scalar_subquery()
)
"""When a case was last returned to its student, while it waits for them."""
READING: Select[*tuple[Any, ...]] = (
    select(
        *_RECORD.columns,
        *(stored_form(name).label(f"value_{name}") for name in COLUMNS),
        PHOTO_DIGEST.label("value_PHOTO"),
        *_CASE.columns,
        RETURNED_AT.label("returned_at"),
        *_AFTERWARDS.columns,
        *_CAMPAIGN.columns,
        *_CLAIM.columns,
        *_STEP.columns,
        *_PERMISSION.columns,
    )
    .select_from(Record)
    .outerjoin(Case, Case.record_id == Record.id)
    .outerjoin(Campaign, Campaign.id == Case.campaign_id)
    .outerjoin(Claim, and_(Claim.case_id == Case.id, Claim.record_id == Record.id))
    .outerjoin(StepClaim, StepClaim.claim_id == Claim.id)
    .outerjoin(Step, Step.id == StepClaim.step_id)
    .outerjoin(Permission, Permission.record_id == Record.id)
    .order_by(Claim.filed_at, Claim.id)
)
"""Everything about a record: each row bears one case, a claim, a step of it, and a permission."""

OF_RECORD = Record.id == bindparam("record")
_BY_RECORD = Prepared(READING.where(OF_RECORD))
_BY_CASE = Prepared(
    READING.where(Record.id == select(Case.record_id).where(Case.id == bindparam("case")).scalar_subquery())
)
_CAMPAIGN_FACTS = Prepared(select(*_CAMPAIGN.columns).where(Campaign.id == bindparam("id")))
_RECORD_OF = Prepared(select(Case.record_id).where(Case.id == bindparam("id")))
_LOCK_CASE = Prepared(select(Case.id).where(Case.id == bindparam("id")).with_for_update())
_LOCK_RECORD = Prepared(select(Record.id).where(Record.id == bindparam("id")).with_for_update())


# -- a case, a record, a campaign -----------------------------------------------------------------------


def look_at_case(session: Session, id: str) -> CaseFacts | None:
    """The case without a lock, for pages and previews; None if there is none."""
    whole = whole_of_case(session, id)
    return whole.case(id) if whole is not None else None


def look_at_cases(session: Session, ids: Collection[str]) -> dict[str, CaseFacts]:
    """Several cases, read with their records in one statement; those that are not there are left out."""
    of_records: dict[str, list[Any]] = {}
    records = select(Case.record_id).where(Case.id.in_(ids))
    for row in session.execute(READING.where(Record.id.in_(records))):
        of_records.setdefault(row.record_id, []).append(row)
    wholes = [whole_from_rows(session, rows) for rows in of_records.values()]
    return {case.id: case for whole in wholes for case in whole.cases if case.id in ids}


def whole_of_case(session: Session, id: str) -> WholeRecord | None:
    """The record that a case is of, with all its cases; None if there is no such case."""
    record = RECORD_OF.get(session, id)
    whole = WHOLE.get(session, record) if record is not None else None
    if whole is None and (rows := _BY_CASE.rows(session, {"case": id})):
        whole = whole_from_rows(session, rows)
    return whole


def read_case(session: Session, id: str) -> CaseFacts | None:
    """The case, its record and its row locked until the transaction ends; None if there is none.

    What was only looked at before in this unit of work is read again, under the locks.
    """
    if _locks_rows(session):
        found = RECORD_OF.get(session, id) or next(
            (row.record_id for row in _RECORD_OF.rows(session, {"id": id})), None
        )
        if found is None:
            return None
        lock_record(session, found)
        _lock(session, _LOCK_CASE, "cases", id, lambda: drop(session, "cases"))
    return look_at_case(session, id)


def lock_record(session: Session, record: str) -> None:
    """Wait until nobody else writes this record or its cases; always taken before a case's own row.

    An import holds the whole table, so its lock is asked for first. SQLite has one writer anyway.
    """
    if _locks_rows(session):
        lock_values(session, all_records=False)
        _lock(session, _LOCK_RECORD, "record", record, lambda: drop_all(session))


def _locks_rows(session: Session) -> bool:
    return is_writing(session) and session.get_bind().dialect.name == "postgresql"


def _lock(session: Session, how: Prepared, table: str, id: str, forget: Callable[[], None]) -> None:
    """Lock a row once in a unit of work, and forget what may have changed while it waited."""
    hands = hands_of(session)
    if hands is None or hands.locks(table, id):
        how.run(session, {"id": id})
        forget()


def whole_record(session: Session, record: str) -> WholeRecord:
    """A record with all its cases and claims; NoResultFound if there is none."""
    if (whole := WHOLE.get(session, record)) is not None:
        return whole
    rows = _BY_RECORD.rows(session, {"record": record})
    if not rows:
        raise NoResultFound
    return whole_from_rows(session, rows)


def case_to_be(session: Session, id: str, details: Mapping[str, Any]) -> CaseFacts | None:
    """The case that a birth is about: ``record`` and ``campaign`` (or None) are ids among the details.

    None if there is no such record or campaign.
    """
    record, campaign = details.get("record", ""), details.get("campaign") or None
    if not is_id(record) or not (campaign is None or is_id(campaign)):
        return None
    try:
        lock_record(session, record)
        whole = whole_record(session, record)
        facts = None if campaign is None else campaign_facts(session, campaign)
    except NoResultFound:
        return None
    return unborn(whole, id, facts, details.get("previous", ""))


def unborn(whole: WholeRecord, id: str, campaign: CampaignFacts | None, previous: str) -> CaseFacts:
    """A case of a record that is not there yet."""
    return CaseFacts(
        id=id,
        state=NOWHERE,
        version=0,
        record=whole.facts,
        campaign=campaign,
        claims_of_record=whole.claims,
        previous_id=previous,
        permissions=whole.permissions,
        confirmed_on=last_confirmed(whole.cases) if campaign is None else None,
    )


def filing_subject(whole: WholeRecord, at: datetime) -> CaseFacts:
    """The case that a filing at a moment goes to, or the one that would be opened for it."""
    target = whole.target(at)
    return whole.case(target.case) or unborn(whole, "", None, target.previous)


def campaign_facts(session: Session, id: str) -> CampaignFacts:
    """What rules ask of one campaign; NoResultFound if there is none."""
    found = _CAMPAIGN_FACTS.rows(session, {"id": id})
    if not found:
        raise NoResultFound
    return _campaign(found[0])


# -- rows made into facts -------------------------------------------------------------------------------


def whole_from_rows(session: Session, rows: Sequence[Any]) -> WholeRecord:
    """A record from the rows of its reading, kept in hand with its values and the cases that it has."""
    first = rows[0]
    values = {name: getattr(first, f"value_{name}") for name in (*COLUMNS, "PHOTO")}
    facts = _RECORD.of(first, blank=tuple(name for name in CLAIMABLE if not values[name]))
    claims = tuple({row.claim_id: _claim(row) for row in rows if row.claim_id is not None}.values())
    steps = steps_from_rows(rows)
    permissions = permissions_from_rows(rows)
    found = {row.case_id: row for row in rows if row.case_id is not None}
    cases = [_case(row, facts, claims, steps.get(id, ()), permissions) for id, row in found.items()]
    confirmed = last_confirmed(cases)
    cases = [replace(one, confirmed_on=confirmed) if one.campaign is None else one for one in cases]
    VALUES.keep(session, facts.id, values)
    for case in cases:
        RECORD_OF.keep(session, case.id, facts.id)
    ordered = tuple(sorted(cases, key=lateness))
    return WHOLE.keep(session, facts.id, WholeRecord(facts, values, claims, ordered, permissions))


def permissions_from_rows(rows: Iterable[Any]) -> tuple[PermissionFacts, ...]:
    """The permissions that a record has, or had, in their order."""
    found = {row.permission_id: _PERMISSION.of(row) for row in rows if row.permission_id is not None}
    return tuple(sorted(found.values(), key=attrgetter("granted_at", "id")))


def steps_from_rows(rows: Iterable[Any]) -> dict[str, tuple[StepFacts, ...]]:
    """The steps of each case in their order; each row bears one claim of one step, or none."""
    of_steps: dict[str, tuple[Any, set[str]]] = {}
    for row in rows:
        if row.step_id is not None:
            of_steps.setdefault(row.step_id, (row, set()))[1].add(row.claim_id)
    found: dict[str, list[StepFacts]] = {}
    for row, claims in of_steps.values():
        found.setdefault(row.case_id, []).append(_STEP.of(row, claims=frozenset(claims)))
    order = attrgetter("position", "made_at", "id")
    return {case: tuple(sorted(steps, key=order)) for case, steps in found.items()}


def lateness(case: CaseFacts) -> tuple[Any, ...]:
    """The order of a record's cases: latest filing first, then the latest campaign."""
    opens_at = case.campaign.opens_at if case.campaign is not None else None
    return _latest_first(case.filed_at), _latest_first(opens_at), case.id


def _latest_first(moment: datetime | None) -> float:
    return -moment.timestamp() if moment is not None else 0.0


def _claim(row: Any) -> ClaimFacts:
    return _CLAIM.of(row, returned_on=_returned_on(row))


def _returned_on(row: Any) -> date | None:
    returned: datetime | None = row.returned_at
    return None if returned is None else returned.date()


def _case(
    row: Any,
    record: RecordFacts,
    claims: tuple[ClaimFacts, ...],
    steps: tuple[StepFacts, ...],
    permissions: tuple[PermissionFacts, ...],
) -> CaseFacts:
    return _CASE.of(
        row,
        record=record,
        campaign=None if row.campaign_id is None else _campaign(row),
        claims_of_record=claims,
        returned_on=_returned_on(row),
        afterwards=_AFTERWARDS.of(row),
        every_step=steps,
        permissions=permissions,
    )


def _campaign(row: Any) -> CampaignFacts:
    return _CAMPAIGN.of(row, fields=tuple(row.campaign_fields.split(",")))
