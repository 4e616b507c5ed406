"""Finding cases: what waits for a reviewer, what was decided lately, one student's own, one by its number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from states.case import CORRECTED, RAISED, REJECTED, REVIEW
from workflow.cases.filing import is_receipt, plain_receipt
from workflow.cases.tables import Campaign, Case, Claim
from workflow.evidence.tables import Evidence
from workflow.people.tables import Person
from workflow.records.tables import Record

PAGE = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list of cases: names, no numbers of people."""

    case: str
    receipt: str
    name: str
    fields: tuple[str, ...]
    state: str
    filed_at: datetime | None
    decided_at: datetime | None
    holder: str
    holder_name: str
    held_until: datetime | None


def waiting(session: Session, *, after: str = "", limit: int = PAGE) -> list[Listed]:
    """Filed cases that nobody has decided, oldest first; ``after`` is the last case of the page before."""
    asked = select(Case).where(Case.state.in_((RAISED, REVIEW))).order_by(Case.filed_at, Case.id).limit(limit)
    if after and (last := session.get(Case, after)) is not None:
        later = and_(Case.filed_at == last.filed_at, Case.id > last.id)
        asked = asked.where(or_(Case.filed_at > last.filed_at, later))
    return _listed(session, session.scalars(asked).all())


def count_waiting(session: Session) -> int:
    """How many filed cases nobody has decided."""
    return session.scalar(select(func.count()).select_from(Case).where(Case.state.in_((RAISED, REVIEW)))) or 0


def decided_lately(session: Session, *, limit: int = 20) -> list[Listed]:
    """The cases decided last, latest first."""
    return _listed(
        session,
        session.scalars(
            select(Case)
            .where(Case.state.in_((CORRECTED, REJECTED)), Case.decided_at.is_not(None))
            .order_by(Case.decided_at.desc(), Case.id)
            .limit(limit)
        ).all(),
    )


def cases_of(session: Session, record: str) -> list[Case]:
    """Every case of one record: latest filing first, cases without a filing at the end."""
    return list(
        session.scalars(
            select(Case)
            .outerjoin(Campaign, Campaign.id == Case.campaign_id)
            .where(Case.record_id == record)
            .order_by(Case.filed_at.desc().nulls_last(), Campaign.opens_at.desc().nulls_last(), Case.id)
        )
    )


def find_cases(session: Session, said: str) -> list[Case]:
    """The cases behind a receipt number, a student or candidate number, or a case id; or none."""
    plain = plain_receipt(said.strip())
    if is_receipt(plain):
        found = session.scalars(select(Case).where(Case.receipt == plain)).all()
        if found:
            return list(found)
    records = session.scalars(
        select(Record.id).where(or_(Record.xh == said.strip(), Record.ksh == said.strip()))
    ).all()
    if records:
        return [case for record in records for case in cases_of(session, record)]
    case = session.get(Case, plain)
    return [case] if case is not None else []


def claims_of(session: Session, case: str) -> list[Claim]:
    """Every claim of a case, withdrawn ones included, in the order in which they were filed."""
    return list(
        session.scalars(select(Claim).where(Claim.case_id == case).order_by(Claim.filed_at, Claim.field))
    )


def papers_of_case(session: Session, case: str) -> list[Evidence]:
    """The papers that belong to a case, in the order in which they came."""
    return list(
        session.scalars(
            select(Evidence).where(Evidence.case_id == case).order_by(Evidence.added_at, Evidence.id)
        )
    )


def _listed(session: Session, cases: Sequence[Case]) -> list[Listed]:
    names = {
        row.id: row.xm
        for row in session.execute(
            select(Record.id, Record.xm).where(Record.id.in_([case.record_id for case in cases]))
        )
    }
    fields: dict[str, list[str]] = {}
    for row in session.execute(
        select(Claim.case_id, Claim.field)
        .where(Claim.case_id.in_([case.id for case in cases]), Claim.outcome != "withdrawn")
        .order_by(Claim.filed_at, Claim.field)
    ):
        fields.setdefault(row.case_id, []).append(row.field)
    holders = names_of(session, (case.holder for case in cases if case.holder))
    return [
        Listed(
            case=case.id,
            receipt=case.receipt or "",
            name=names[case.record_id],
            fields=tuple(fields.get(case.id, ())),
            state=case.state,
            filed_at=case.filed_at,
            decided_at=case.decided_at,
            holder=case.holder or "",
            holder_name=holders.get(case.holder or "", ""),
            held_until=case.held_until,
        )
        for case in cases
    ]


def names_of(session: Session, people: Iterable[str]) -> dict[str, str]:
    """The names of people by their ids."""
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(set(people))))
    return {row.id: row.name for row in rows}
