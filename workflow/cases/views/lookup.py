"""Finding cases: one student's own, one by its number, and what belongs to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workflow.cases.filing.receipts import is_receipt, plain_receipt
from workflow.cases.review.conflicts import related_rows
from workflow.cases.tables import Campaign, Case
from workflow.people.tables import Person
from workflow.records.tables import Record
from workflow.records.values import numbered
from workflow.store import InHand


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
    records = session.scalars(select(Record.id).where(numbered(said.strip()))).all()
    if records:
        return [case for record in records for case in cases_of(session, record)]
    case = session.get(Case, plain)
    return [case] if case is not None else []


def without_relatives(session: Session, cases: Sequence[Case], people: Iterable[str]) -> list[Case]:
    """Of some cases those to whose students none of these people declared a relation."""
    near = select(Case.id).where(Case.id.in_([case.id for case in cases]), related_rows(people))
    related = set(session.scalars(near)) if cases else set()
    return [case for case in cases if case.id not in related]


def numbers_beside(session: Session, said: str) -> set[str]:
    """What was typed, and the other numbers of the same students: student, candidate and receipt numbers."""
    plain = said.strip()
    receipt = select(Case.record_id).where(Case.receipt == plain_receipt(plain))
    found = session.execute(
        select(Record.xh, Record.ksh, Case.receipt)
        .outerjoin(Case, Case.record_id == Record.id)
        .where(or_(numbered(plain), Record.id.in_(receipt)))
    )
    return {plain, *(number for row in found for number in row if number)}


NAMES: InHand[str] = InHand(Person.__tablename__)
"""The name of a person, '' for nobody that is known."""


def names_of(session: Session, people: Iterable[str]) -> dict[str, str]:
    """The names of people by their ids; those in hand are not asked for again."""
    wanted = set(filter(None, people))
    found = {id: name for id in wanted if (name := NAMES.get(session, id)) is not None}
    if missing := wanted - found.keys():
        rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(missing)))
        read = dict.fromkeys(missing, "") | {row.id: row.name for row in rows}
        found |= {id: NAMES.keep(session, id, name) for id, name in read.items()}
    return {id: name for id, name in found.items() if name}
