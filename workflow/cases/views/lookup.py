"""Finding cases: one student's own, one by its number, and what belongs to it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, CompoundSelect, false, or_, select, union_all
from sqlalchemy.orm import Session

from workflow.cases.filing.receipts import is_receipt, plain_receipt
from workflow.cases.tables import Campaign, Case
from workflow.letters.register import bearing, spoken_number
from workflow.letters.tables import LetterRow
from workflow.people.cipher import Cipher
from workflow.people.standing_in import ever_related
from workflow.people.tables import Person
from workflow.records.tables import Record
from workflow.records.values import numbered, numbered_or_held, opened_values
from workflow.store import InHand

LATEST_FIRST = (Case.filed_at.desc().nulls_last(), Campaign.opens_at.desc().nulls_last(), Case.id)
"""The latest filing first, cases without a filing at the end."""


def cases_of(session: Session, record: str) -> list[Case]:
    """Every case of one record: latest filing first, cases without a filing at the end."""
    return list(
        session.scalars(
            select(Case)
            .outerjoin(Campaign, Campaign.id == Case.campaign_id)
            .where(Case.record_id == record)
            .order_by(*LATEST_FIRST)
        )
    )


def find_cases(session: Session, said: str, *only: ColumnElement[bool]) -> list[Case]:
    """The cases behind a receipt number, a letter's, a student's or candidate's, or a case id; or none.

    ``only`` limits them in the same statement: one that is left out costs what one that is not there costs.
    """
    plain = plain_receipt(said.strip())
    found = session.scalars(
        select(Case)
        .outerjoin(Campaign, Campaign.id == Case.campaign_id)
        .where(Case.id.in_(cases_behind(said, numbered(said.strip()))), *only)
        .order_by(*LATEST_FIRST)
    ).all()
    return [one for one in found if one.receipt == plain] or [*found]


def cases_behind(said: str, records: ColumnElement[bool]) -> CompoundSelect[tuple[str]]:
    """The ids of the cases of these records, and of those behind a receipt's or letter's number or an id."""
    plain = plain_receipt(said.strip())
    numbers = Case.receipt == plain if is_receipt(plain) else false()
    return union_all(
        select(Case.id).where(or_(Case.id == plain, numbers)),
        select(Case.id).join(Record, Record.id == Case.record_id).where(records),
        select(LetterRow.case_id).where(bearing(said)),
    )


def numbers_beside(
    session: Session, cipher: Cipher, said: str, people: Iterable[str]
) -> tuple[set[str], bool]:
    """What was typed, and the other numbers of the same students: their own, of filings and of letters.

    And whether one of these people ever declared a relation to one of the students.
    """
    plain = said.strip()
    receipt = select(Case.record_id).where(Case.receipt == plain_receipt(plain))
    letter = select(Case.record_id).join(LetterRow, LetterRow.case_id == Case.id).where(bearing(plain))
    related = Record.id.in_(ever_related(people))
    found = session.execute(
        select(
            related,
            Record.xh,
            Record.ksh,
            Case.receipt,
            LetterRow.word,
            LetterRow.year,
            LetterRow.number,
            Record.id,
            Record.sfzh,
        )
        .outerjoin(Case, Case.record_id == Record.id)
        .outerjoin(LetterRow, LetterRow.case_id == Case.id)
        .where(or_(numbered_or_held(cipher, plain), Record.id.in_(receipt), Record.id.in_(letter)))
    ).all()
    letters = {spoken_number(*row[4:7]) for row in found if row.word}
    numbers = {number for row in found for number in row[1:4] if number}
    held = {row.id: {"SFZH": row.sfzh} for row in found}
    of_documents = {opened_values(cipher, id, ("SFZH",), stored)["SFZH"] for id, stored in held.items()}
    return {plain, *numbers, *letters, *of_documents} - {""}, any(row[0] for row in found)


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
