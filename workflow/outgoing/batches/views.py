"""Batches as pages show them: a list, and the lines of one with whose they are and why one is to leave."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from states.batch import CLOSED, DISSOLVED
from workflow.cases.batches import Batch, BatchLine
from workflow.cases.tables import Case, Claim
from workflow.history.ledger import open_value
from workflow.history.tables import Opening
from workflow.outgoing.batches.choosing import near_lines
from workflow.outgoing.batches.facts import BatchFacts, LineFacts
from workflow.people.cipher import Cipher
from workflow.people.tables import Person
from workflow.records.tables import Record

SHOWN_PAST = 50


@dataclass(frozen=True, slots=True)
class BatchShown:
    """One batch of a list."""

    id: str
    state: str
    office: str
    month: str
    number: str
    opened_at: datetime
    sent_on: date | None
    lines: int
    waiting: int


@dataclass(frozen=True, slots=True)
class LineShown:
    """One line with whose it is; of a student who is too near to the reader, nothing but the line."""

    it: LineFacts
    near: bool
    name: str = field(repr=False)
    student_number: str = field(repr=False)
    college: str
    receipt: str
    column: str
    asker: str
    why: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BatchPeople:
    """Who opened, froze and agreed to a batch, by name; '' where nobody did yet."""

    opened: str
    frozen: str
    agreed: str


def live_batches(session: Session) -> list[BatchShown]:
    """Those that have not ended, the latest first."""
    return _listed(session, live=True)


def past_batches(session: Session) -> list[BatchShown]:
    """The last that have, the latest first."""
    return _listed(session, live=False)


def people_of_batch(session: Session, id: str) -> BatchPeople:
    """The names of a batch's people."""
    opened, frozen, agreed = (aliased(Person) for _ in range(3))
    asked = (
        select(opened.name, func.coalesce(frozen.name, ""), func.coalesce(agreed.name, ""))
        .select_from(Batch)
        .join(opened, opened.id == Batch.opened_by)
        .outerjoin(frozen, frozen.id == Batch.frozen_by)
        .outerjoin(agreed, agreed.id == Batch.agreed_by)
        .where(Batch.id == id)
    )
    return BatchPeople(*session.execute(asked).one())


def lines_shown(
    session: Session, cipher: Cipher, batch: BatchFacts, people: Collection[str]
) -> list[LineShown]:
    """Every line that a batch ever had, in their order, as these people may see it."""
    near = frozenset(near_lines(session, batch.id, people))
    asked = (
        select(BatchLine.id, Record, Case.receipt, Claim.field, Person.name, Opening)
        .join(Record, Record.id == BatchLine.record_id)
        .join(Case, Case.id == BatchLine.case_id)
        .join(Claim, Claim.id == BatchLine.claim_id)
        .outerjoin(Person, Person.id == BatchLine.asked_by)
        .outerjoin(
            Opening,
            and_(
                Opening.subject == BatchLine.batch_id,
                Opening.number == BatchLine.asked_entry,
                Opening.name == "words",
            ),
        )
        .where(BatchLine.batch_id == batch.id)
    )
    of_lines = {row[0]: row for row in session.execute(asked)}
    found = []
    for line in batch.every_line:
        _, record, receipt, column, asker, opening = of_lines[line.id]
        if line.number in near:
            found.append(LineShown(line, True, "", "", "", "", "", "", ""))
            continue
        why = open_value(cipher, opening) if opening is not None else ""
        whose = record.xm or "", record.xh or "", record.fy or "", receipt or ""
        found.append(LineShown(line, False, *whose, column, asker or "", why))
    return found


def _listed(session: Session, *, live: bool) -> list[BatchShown]:
    ended = Batch.state.in_((CLOSED, DISSOLVED))
    inside = or_(BatchLine.over_at.is_(None), Batch.ended_at.is_not(None))
    there = and_(BatchLine.id.is_not(None), BatchLine.out_at.is_(None), inside)
    waits = and_(BatchLine.over_at.is_(None), BatchLine.verdict == "")
    asked = (
        select(
            Batch.id,
            Batch.state,
            Batch.office,
            Batch.month,
            Batch.number,
            Batch.opened_at,
            Batch.sent_on,
            func.count(case((or_(there, BatchLine.verdict != ""), 1))),
            func.count(case((waits, 1))),
        )
        .outerjoin(BatchLine, BatchLine.batch_id == Batch.id)
        .where(~ended if live else ended)
        .group_by(Batch.id)
        .order_by(Batch.opened_at.desc(), Batch.id)
        .limit(None if live else SHOWN_PAST)
    )
    return [BatchShown(*row) for row in session.execute(asked)]
