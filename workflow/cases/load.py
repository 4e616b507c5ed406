"""Reading a case with all of its record, in one statement: to look at it, or locked by whoever acts on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Label, Select, and_, bindparam, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from states import NOWHERE
from workflow.cases.facts import (
    Afterwards,
    CampaignFacts,
    CaseFacts,
    ClaimFacts,
    RecordFacts,
    StepFacts,
    WholeRecord,
)
from workflow.cases.tables import Campaign, Case, Claim, Step, StepClaim
from workflow.records.fields import COLUMNS
from workflow.records.tables import Record
from workflow.records.values import PHOTO_DIGEST, VALUES, lock_values
from workflow.store import InHand, Prepared, drop, drop_all, from_text, hands_of, is_writing

WHOLE: InHand[WholeRecord] = InHand(
    "record", "record_photo", "cases", "campaign", "claim", "step", "step_claim"
)
RECORD_OF: InHand[str] = InHand()
"""The record of each case that was read; that never changes."""

_KEPT = tuple(column.attribute for column in COLUMNS.values())
_OF_CASE = (
    "id", "state", "version", "previous_id", "manner", "excluded", "receipt", "filed_at", "holder",
    "held_until", "decided_by", "decided_at", "ruling", "policy", "proxy", "proxy_role", "proxy_for",
    "reconfirm_until", "reconfirmed_at", "disagreed_at",
)  # fmt: skip
_OF_CAMPAIGN = (
    "id", "plan", "kind", "state", "opens_at", "closes_at", "version", "fields", "policy", "title",
    "title_en",
)  # fmt: skip
_OF_CLAIM = (
    "id", "case_id", "field", "field_group", "cause", "event_date", "outcome", "filed_at", "ended_at",
    "seen_on", "old", "new", "ruling",
)  # fmt: skip
_OF_STEP = (
    "id", "position", "kind", "office", "duty", "four_eyes", "due", "made_at", "sent_on", "number",
    "objections", "outcome", "ended_by", "ended_at", "ended_for",
)  # fmt: skip


def _labelled(prefix: str, table: Any, names: Iterable[str]) -> tuple[Label[Any], ...]:
    return tuple(getattr(table, name).label(f"{prefix}_{name}") for name in names)


_CAMPAIGN_COLUMNS = _labelled("campaign", Campaign, _OF_CAMPAIGN)
READING: Select[*tuple[Any, ...]] = (
    select(
        *_labelled("record", Record, ("id", "degree_registered_on", *_KEPT)),
        PHOTO_DIGEST.label("record_photo"),
        *_labelled("case", Case, _OF_CASE),
        *_CAMPAIGN_COLUMNS,
        *_labelled("claim", Claim, _OF_CLAIM),
        *_labelled("step", Step, _OF_STEP),
    )
    .select_from(Record)
    .outerjoin(Case, Case.record_id == Record.id)
    .outerjoin(Campaign, Campaign.id == Case.campaign_id)
    .outerjoin(Claim, and_(Claim.case_id == Case.id, Claim.record_id == Record.id))
    .outerjoin(StepClaim, StepClaim.claim_id == Claim.id)
    .outerjoin(Step, Step.id == StepClaim.step_id)
    .order_by(Claim.filed_at, Claim.id)
)
"""Everything about a record: each row bears one case, one of its claims, and one step of that claim."""

OF_RECORD = Record.id == bindparam("record")
_BY_RECORD = Prepared(READING.where(OF_RECORD))
_BY_CASE = Prepared(
    READING.where(Record.id == select(Case.record_id).where(Case.id == bindparam("case")).scalar_subquery())
)
_CAMPAIGN_FACTS = Prepared(select(*_CAMPAIGN_COLUMNS).where(Campaign.id == bindparam("id")))
_RECORD_OF = Prepared(select(Case.record_id).where(Case.id == bindparam("id")))
_LOCK_CASE = Prepared(select(Case.id).where(Case.id == bindparam("id")).with_for_update())
_LOCK_RECORD = Prepared(select(Record.id).where(Record.id == bindparam("id")).with_for_update())


# -- a case, a record, a campaign -----------------------------------------------------------------------


def look_at_case(session: Session, id: str) -> CaseFacts | None:
    """The case without a lock, for pages and previews; None if there is none."""
    whole = whole_of_case(session, id)
    return whole.case(id) if whole is not None else None


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


def case_to_be(session: Session, id: str, details: Mapping[str, Any]) -> CaseFacts:
    """The case that a birth is about: ``record`` and ``campaign`` (or None) are ids among the details."""
    lock_record(session, details["record"])
    whole = whole_record(session, details["record"])
    return unborn(
        whole,
        id,
        campaign_facts(session, details["campaign"]) if details.get("campaign") else None,
        details.get("previous", ""),
    )


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
    )


def record_facts(session: Session, id: str) -> RecordFacts:
    """What rules ask of one record; NoResultFound if there is none."""
    return whole_record(session, id).facts


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
    facts = RecordFacts(
        id=first.record_id,
        ksh=first.record_ksh,
        cc=first.record_cc,
        xz=first.record_xz,
        rxrq=_day(first.record_rxrq),
        yjbyrq=_day(first.record_yjbyrq),
        xjzt=first.record_xjzt,
        fy=first.record_fy,
        registered_on=_day(first.record_registered_on),
        degree_registered_on=_day(first.record_degree_registered_on),
    )
    claims = tuple({row.claim_id: _claim(row) for row in rows if row.claim_id is not None}.values())
    steps = steps_from_rows(rows)
    found = {row.case_id: row for row in rows if row.case_id is not None}
    cases = [_case(row, facts, claims, steps.get(id, ())) for id, row in found.items()]
    values = {name: getattr(first, f"record_{column.attribute}") for name, column in COLUMNS.items()}
    values |= {"PHOTO": first.record_photo}
    VALUES.keep(session, facts.id, values)
    for case in cases:
        RECORD_OF.keep(session, case.id, facts.id)
    return WHOLE.keep(
        session, facts.id, WholeRecord(facts, values, claims, tuple(sorted(cases, key=lateness)))
    )


def steps_from_rows(rows: Iterable[Any]) -> dict[str, tuple[StepFacts, ...]]:
    """The steps of each case in their order; each row bears one claim of one step, or none."""
    of_steps: dict[str, tuple[Any, set[str]]] = {}
    for row in rows:
        if row.step_id is not None:
            of_steps.setdefault(row.step_id, (row, set()))[1].add(row.claim_id)
    found: dict[str, list[StepFacts]] = {}
    for row, claims in of_steps.values():
        found.setdefault(row.case_id, []).append(_step(row, frozenset(claims)))
    order = attrgetter("position", "made_at", "id")
    return {case: tuple(sorted(steps, key=order)) for case, steps in found.items()}


def lateness(case: CaseFacts) -> tuple[Any, ...]:
    """The order of a record's cases: latest filing first, then the latest campaign."""
    opens_at = case.campaign.opens_at if case.campaign is not None else None
    return _latest_first(case.filed_at), _latest_first(opens_at), case.id


def _latest_first(moment: datetime | None) -> float:
    return -moment.timestamp() if moment is not None else 0.0


def _case(
    row: Any, record: RecordFacts, claims: tuple[ClaimFacts, ...], steps: tuple[StepFacts, ...]
) -> CaseFacts:
    return CaseFacts(
        id=row.case_id,
        state=row.case_state,
        version=row.case_version,
        record=record,
        campaign=None if row.campaign_id is None else _campaign(row),
        claims_of_record=claims,
        previous_id=row.case_previous_id or "",
        manner=row.case_manner,
        excluded=row.case_excluded,
        receipt=row.case_receipt or "",
        filed_at=_moment(row.case_filed_at),
        holder=row.case_holder or "",
        held_until=_moment(row.case_held_until),
        decided_by=row.case_decided_by or "",
        decided_at=_moment(row.case_decided_at),
        ruling=row.case_ruling,
        policy=row.case_policy,
        proxy=row.case_proxy or "",
        proxy_role=row.case_proxy_role,
        proxy_for=row.case_proxy_for or "",
        afterwards=Afterwards(
            _day(row.case_reconfirm_until), _moment(row.case_reconfirmed_at), _moment(row.case_disagreed_at)
        ),
        every_step=steps,
    )


def _campaign(row: Any) -> CampaignFacts:
    return CampaignFacts(
        id=row.campaign_id,
        plan=row.campaign_plan,
        kind=row.campaign_kind,
        state=row.campaign_state,
        opens_at=from_text(row.campaign_opens_at),
        closes_at=from_text(row.campaign_closes_at),
        version=row.campaign_version,
        fields=tuple(row.campaign_fields.split(",")),
        policy=row.campaign_policy,
        title=row.campaign_title,
        title_en=row.campaign_title_en,
    )


def _claim(row: Any) -> ClaimFacts:
    return ClaimFacts(
        id=row.claim_id,
        case_id=row.claim_case_id,
        field=row.claim_field,
        group=row.claim_field_group,
        cause=row.claim_cause,
        event_date=_day(row.claim_event_date),
        outcome=row.claim_outcome,
        filed_at=from_text(row.claim_filed_at),
        ended_at=_moment(row.claim_ended_at),
        seen_on=_day(row.claim_seen_on),
        old=row.claim_old,
        new=row.claim_new,
        ruling=row.claim_ruling,
    )


def _step(row: Any, claims: frozenset[str]) -> StepFacts:
    return StepFacts(
        id=row.step_id,
        position=row.step_position,
        kind=row.step_kind,
        office=row.step_office,
        duty=row.step_duty,
        four_eyes=bool(row.step_four_eyes),
        due=_day(row.step_due),
        made_at=from_text(row.step_made_at),
        sent_on=_day(row.step_sent_on),
        number=row.step_number,
        objections=row.step_objections,
        outcome=row.step_outcome,
        ended_by=row.step_ended_by or "",
        ended_at=_moment(row.step_ended_at),
        claims=claims,
        ended_for=row.step_ended_for or "",
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
