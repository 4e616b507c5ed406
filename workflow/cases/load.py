"""Reading a case: in a few statements, to look at it, or under the locks of whoever acts on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from states import NOWHERE
from states.case import RAISED, REVIEW
from workflow.cases.facts import CampaignFacts, CaseFacts, ClaimFacts, RecordFacts, StepFacts
from workflow.cases.tables import Campaign, Case, Claim, Step, StepClaim
from workflow.records.tables import Record
from workflow.records.values import lock_values
from workflow.store import Prepared, from_text, is_writing

_RECORD = tuple(
    getattr(Record, name)
    for name in (
        "id",
        "ksh",
        "cc",
        "xz",
        "rxrq",
        "yjbyrq",
        "xjzt",
        "fy",
        "registered_on",
        "degree_registered_on",
    )
)
_CAMPAIGN = (
    Campaign.id,
    Campaign.plan,
    Campaign.kind,
    Campaign.state,
    Campaign.opens_at,
    Campaign.closes_at,
    Campaign.version,
    Campaign.fields,
    Campaign.policy,
)
_CASE = (
    Case.id,
    Case.state,
    Case.version,
    Case.previous_id,
    Case.manner,
    Case.excluded,
    Case.filed_at,
    Case.holder,
    Case.held_until,
    Case.decided_by,
    Case.decided_at,
    Case.policy,
    Case.proxy_role,
)
_THE_CASE = (
    select(*_CASE, *_RECORD, *_CAMPAIGN)
    .join(Record, Record.id == Case.record_id)
    .outerjoin(Campaign, Campaign.id == Case.campaign_id)
    .where(Case.id == bindparam("id"))
)
_LOOK = Prepared(_THE_CASE)
_READ = Prepared(lambda dialect: _THE_CASE if dialect == "sqlite" else _THE_CASE.with_for_update(of=Case))
_CLAIMS = Prepared(
    select(
        Claim.id,
        Claim.case_id,
        Claim.field,
        Claim.field_group,
        Claim.cause,
        Claim.event_date,
        Claim.outcome,
        Claim.filed_at,
        Claim.ended_at,
        Claim.seen_on,
    )
    .where(Claim.record_id == bindparam("record"))
    .order_by(Claim.filed_at, Claim.id)
)
_STEPS = Prepared(
    select(
        Step.id,
        Step.position,
        Step.kind,
        Step.office,
        Step.duty,
        Step.four_eyes,
        Step.due,
        Step.made_at,
        Step.sent_on,
        Step.number,
        Step.objections,
        Step.outcome,
        Step.ended_by,
        Step.ended_at,
        StepClaim.claim_id,
        Step.ended_for,
    )
    .join(StepClaim, StepClaim.step_id == Step.id)
    .where(Step.case_id == bindparam("case"))
    .order_by(Step.position, Step.made_at, Step.id)
)
_RECORD_FACTS = Prepared(select(*_RECORD).where(Record.id == bindparam("id")))
_CAMPAIGN_FACTS = Prepared(select(*_CAMPAIGN).where(Campaign.id == bindparam("id")))
_RECORD_OF = Prepared(select(Case.record_id).where(Case.id == bindparam("id")))
_LOCK_RECORD = Prepared(select(Record.id).where(Record.id == bindparam("id")).with_for_update())


def read_case(session: Session, id: str) -> CaseFacts | None:
    """The case, its record and its row locked until the transaction ends; None if there is none."""
    if session.get_bind().dialect.name == "postgresql":
        found = _RECORD_OF.run(session, {"id": id}).fetchone()
        if found is None:
            return None
        lock_record(session, found[0])
    return _facts(session, _READ, id)


def look_at_case(session: Session, id: str) -> CaseFacts | None:
    """The case without a lock, for pages and previews."""
    return _facts(session, _LOOK, id)


def case_to_be(session: Session, id: str, details: Mapping[str, Any]) -> CaseFacts:
    """The case that a birth is about: ``record`` and ``campaign`` (or None) are ids among the details."""
    lock_record(session, details["record"])
    record = record_facts(session, details["record"])
    campaign = campaign_facts(session, details["campaign"]) if details.get("campaign") else None
    return CaseFacts(
        id=id,
        state=NOWHERE,
        version=0,
        record=record,
        campaign=campaign,
        claims_of_record=_claims(session, record.id),
        previous_id=details.get("previous", ""),
    )


def record_facts(session: Session, id: str) -> RecordFacts:
    """What rules ask of one record; NoResultFound if there is none."""
    found = _RECORD_FACTS.run(session, {"id": id}).fetchone()
    if found is None:
        raise NoResultFound
    return _record(found)


def campaign_facts(session: Session, id: str) -> CampaignFacts:
    """What rules ask of one campaign; NoResultFound if there is none."""
    found = _CAMPAIGN_FACTS.run(session, {"id": id}).fetchone()
    if found is None:
        raise NoResultFound
    return _campaign(found)


def lock_record(session: Session, record: str) -> None:
    """Wait until nobody else writes this record or its cases; always taken before a case's own row.

    An import holds the whole table, so its lock is asked for first. SQLite has one writer anyway.
    """
    if is_writing(session) and session.get_bind().dialect.name == "postgresql":
        lock_values(session, all_records=False)
        _LOCK_RECORD.run(session, {"id": record})


def _facts(session: Session, how: Prepared, id: str) -> CaseFacts | None:
    row = how.run(session, {"id": id}).fetchone()
    if row is None:
        return None
    case, record, campaign = row[:13], row[13:23], row[23:]
    return CaseFacts(
        id=case[0],
        state=case[1],
        version=case[2],
        previous_id=case[3] or "",
        manner=case[4],
        excluded=case[5],
        filed_at=_moment(case[6]),
        holder=case[7] or "",
        held_until=_moment(case[8]),
        decided_by=case[9] or "",
        decided_at=_moment(case[10]),
        policy=case[11],
        proxy_role=case[12],
        record=_record(record),
        campaign=None if campaign[0] is None else _campaign(campaign),
        claims_of_record=_claims(session, record[0]),
        steps=steps_of(session, case[0]) if case[1] in (RAISED, REVIEW) else (),
    )


def steps_of(session: Session, case: str) -> tuple[StepFacts, ...]:
    """Every step a case ever had, in the order in which they are taken; void ones are among them."""
    return told_of_steps(_STEPS.run(session, {"case": case}).fetchall())


def told_of_steps(rows: Iterable[Sequence[Any]]) -> tuple[StepFacts, ...]:
    """Steps from rows of their columns with one claim each, the rows of a step next to each other."""
    found = []
    for _, group in groupby(rows, key=itemgetter(0)):
        of_step = list(group)
        row = of_step[0]
        found.append(
            StepFacts(
                id=row[0],
                position=row[1],
                kind=row[2],
                office=row[3],
                duty=row[4],
                four_eyes=bool(row[5]),
                due=_day(row[6]),
                made_at=from_text(row[7]),
                sent_on=_day(row[8]),
                number=row[9],
                objections=row[10],
                outcome=row[11],
                ended_by=row[12] or "",
                ended_at=_moment(row[13]),
                claims=frozenset(one[14] for one in of_step),
                ended_for=row[15] or "",
            )
        )
    return tuple(found)


def _record(row: Sequence[Any]) -> RecordFacts:
    return RecordFacts(
        id=row[0],
        ksh=row[1],
        cc=row[2],
        xz=row[3],
        rxrq=_day(row[4]),
        yjbyrq=_day(row[5]),
        xjzt=row[6],
        fy=row[7],
        registered_on=_day(row[8]),
        degree_registered_on=_day(row[9]),
    )


def _campaign(row: Sequence[Any]) -> CampaignFacts:
    return CampaignFacts(
        id=row[0],
        plan=row[1],
        kind=row[2],
        state=row[3],
        opens_at=from_text(row[4]),
        closes_at=from_text(row[5]),
        version=row[6],
        fields=tuple(row[7].split(",")),
        policy=row[8],
    )


def _claims(session: Session, record: str) -> tuple[ClaimFacts, ...]:
    return tuple(
        ClaimFacts(
            id=row[0],
            case_id=row[1],
            field=row[2],
            group=row[3],
            cause=row[4],
            event_date=_day(row[5]),
            outcome=row[6],
            filed_at=from_text(row[7]),
            ended_at=_moment(row[8]),
            seen_on=_day(row[9]),
        )
        for row in _CLAIMS.run(session, {"record": record}).fetchall()
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
