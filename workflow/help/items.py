"""Reading help items: what waits for the office, and what one asker said. Nothing here is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from states.help import ENDED, WAITING
from workflow.help.tables import HelpItem
from workflow.history.ledger import open_value
from workflow.history.tables import Opening
from workflow.people.cipher import Cipher

SHOWN_ENDED = 50
BIRTH = 1
"""The number of the entry with which an item begins: what it commits to is the asker's."""


@dataclass(frozen=True, slots=True)
class HelpLine:
    """One item as lists show it. Nothing personal."""

    id: str
    number: str
    kind: str
    state: str
    version: int
    asked_at: datetime
    called_at: datetime | None
    call_result: str
    ended_at: datetime | None
    erased_at: datetime | None

    def days(self, at: datetime) -> int:
        """For how many days it has waited, or did wait."""
        return ((self.ended_at or at).date() - self.asked_at.date()).days


@dataclass(frozen=True, slots=True)
class HelpSaid:
    """What the asker said and what the office answered. '' for what was not said, or is erased."""

    name: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    words: str = field(default="", repr=False)
    reply: str = field(default="", repr=False)


_LINE = (
    HelpItem.id,
    HelpItem.number,
    HelpItem.kind,
    HelpItem.state,
    HelpItem.version,
    HelpItem.asked_at,
    HelpItem.called_at,
    HelpItem.call_result,
    HelpItem.ended_at,
    HelpItem.erased_at,
)


def waiting_items(session: Session) -> list[HelpLine]:
    """What waits for the office, oldest first."""
    asked = select(*_LINE).where(HelpItem.state.in_(WAITING)).order_by(HelpItem.asked_at, HelpItem.number)
    return _lines(session, asked)


def ended_items(session: Session) -> list[HelpLine]:
    """The last items that ended, latest first."""
    asked = select(*_LINE).where(HelpItem.state.in_(ENDED))
    return _lines(session, asked.order_by(HelpItem.ended_at.desc(), HelpItem.number).limit(SHOWN_ENDED))


def count_waiting(session: Session) -> int:
    """How many items wait for the office."""
    waiting = HelpItem.state.in_(WAITING)
    return session.scalar(select(func.count()).select_from(HelpItem).where(waiting)) or 0


def help_line(session: Session, id: str) -> HelpLine | None:
    """One item by its id."""
    return next(iter(_lines(session, select(*_LINE).where(HelpItem.id == id))), None)


def said_in(session: Session, cipher: Cipher, id: str) -> HelpSaid:
    """What stands in an item, opened. Whoever shows it to anybody but its asker logs that first."""
    openings = session.scalars(select(Opening).where(Opening.subject == id)).all()
    asked = {one.name: open_value(cipher, one) for one in openings if one.number == BIRTH}
    replied = [open_value(cipher, one) for one in openings if one.number != BIRTH and one.name == "words"]
    return HelpSaid(**asked, reply="".join(replied))


def _lines(session: Session, asked: Select[*tuple[Any, ...]]) -> list[HelpLine]:
    return [HelpLine(*row) for row in session.execute(asked)]
