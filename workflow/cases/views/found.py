"""Who is found at the desk: by a number exactly, by a name, its pinyin or initials; namesakes told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, union_all
from sqlalchemy.orm import Session

from workflow.cases.filing.receipts import plain_receipt
from workflow.cases.tables import UNDECIDED, Campaign, Case
from workflow.cases.views.lookup import LATEST_FIRST, cases_behind
from workflow.people.cipher import Cipher
from workflow.records.name_readings import NameSearch, named
from workflow.records.pinyin import MAX_READINGS
from workflow.records.tables import NameReading, Record
from workflow.records.texts import clean_number
from workflow.records.values import numbered_or_held

SHOWN = 50
SAID_LIMIT = 64
"""More characters than any name or number has."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that was found, with what tells its student from namesakes; ``spelt`` is the name in pinyin."""

    case: str
    record: str
    receipt: str
    state: str
    filed_at: datetime | None
    name: str
    number: str
    class_: str
    major: str
    college: str
    spelt: str

    @property
    def undecided(self) -> bool:
        """True if the case still waits for a decision."""
        return self.state in UNDECIDED


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, sorted by the reading of the name; ``more`` if there is more than is shown."""

    hits: tuple[Hit, ...] = ()
    more: bool = False

    @property
    def only(self) -> Hit | None:
        """The case to open at once, if all are one student's: the latest that waits, else the latest."""
        if not self.hits or self.more or len({hit.record for hit in self.hits}) > 1:
            return None
        return min(self.hits, key=lambda hit: not hit.undecided)


def find_at_desk(session: Session, cipher: Cipher, said: str, *only: ColumnElement[bool]) -> Found:
    """The cases behind a number or a name, as far as ``only`` lets them be seen. One statement.

    A number is a receipt's, a letter's, a student's, a candidate's or an ID number, and always a whole one.
    What is left out costs what is not there costs.
    """
    plain = clean_number(said)
    names = named(plain)
    if not plain:
        return Found()
    hits = _by_name(session, names, only) if names else _by_number(session, cipher, plain, only)
    return Found(tuple(hits[:SHOWN]), len(hits) > SHOWN)


def _by_number(
    session: Session, cipher: Cipher, plain: str, only: tuple[ColumnElement[bool], ...]
) -> list[Hit]:
    behind = cases_behind(plain, numbered_or_held(cipher, plain))
    asked = _cases(NameReading.number == 0).outerjoin(Campaign, Campaign.id == Case.campaign_id)
    asked = asked.where(Case.id.in_(behind), *only)
    hits = [_hit(row) for row in session.execute(asked.order_by(*LATEST_FIRST).limit(SHOWN + 1))]
    receipt = plain_receipt(plain)
    return [hit for hit in hits if hit.receipt == receipt] or hits


def _by_name(
    session: Session, names: Sequence[NameSearch], only: tuple[ColumnElement[bool], ...]
) -> list[Hit]:
    """The first hits of each way to mean what was typed, together.

    A case stands as often in the rows as readings of its name fit, at most MAX_READINGS times.
    """
    most = (SHOWN + 1) * MAX_READINGS
    each = [_cases(one.where).where(*only).order_by(*one.order, Case.id).limit(most) for one in names]
    asked = union_all(*(select(one.subquery()) for one in each)) if len(each) > 1 else each[0]
    hits = [_hit(row) for row in session.execute(asked)]
    hits.sort(key=lambda hit: -hit.filed_at.timestamp() if hit.filed_at else 0)
    hits.sort(key=lambda hit: (hit.spelt, hit.name, hit.number))
    return list({hit.case: hit for hit in reversed(hits)}.values())[::-1]


def _cases(reading: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Cases with their students and the readings of these that fit."""
    return (
        select(
            Case.id.label("case"),
            Case.record_id,
            Case.receipt,
            Case.state,
            Case.filed_at,
            Record.xm,
            Record.xh,
            Record.ksh,
            Record.bh,
            Record.zymc,
            Record.fy,
            NameReading.spelt,
        )
        .select_from(NameReading)
        .join(Record, Record.id == NameReading.record_id)
        .join(Case, Case.record_id == Record.id)
        .where(reading)
    )


def _hit(row: Any) -> Hit:
    number = row.xh or row.ksh or ""
    words = (row.xm, number, row.bh or "", row.zymc or "", row.fy or "", row.spelt)
    return Hit(row.case, row.record_id, row.receipt or "", row.state, row.filed_at, *words)
