"""What an act on a batch names, and what a body answers to a line of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TypeAlias

from sqlalchemy import select

from workflow.cases.load import lock_record
from workflow.cases.rules import Rules
from workflow.cases.tables import Claim
from workflow.engine import Attempt as AttemptOn
from workflow.outgoing.batches.choosing import WaitingClaim, waiting_claims
from workflow.outgoing.batches.facts import BatchFacts, LineFacts
from workflow.people.access import people_at_the_door
from workflow.records.texts import clean_text
from workflow.store import is_writing

Attempt: TypeAlias = "AttemptOn[BatchFacts, Rules, None]"


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What a body said to one line of a batch, and on which day."""

    line: str
    verdict: str
    answered_on: date

    def as_json(self) -> dict[str, str]:
        """As part of a command."""
        return {**asdict(self), "answered_on": self.answered_on.isoformat()}


def claims_named(attempt: Attempt) -> tuple[str, ...]:
    """The claims that an act names, each once."""
    return tuple(dict.fromkeys(attempt.details.get("claims") or ()))


def lines_named(attempt: Attempt) -> list[LineFacts]:
    """The lines of the batch that an act names by their claims."""
    found = (attempt.subject.line_of(one) for one in claims_named(attempt))
    return [line for line in found if line is not None]


def typed_number(attempt: Attempt) -> str:
    """The number that was typed for the letter."""
    return clean_text(attempt.details.get("number") or "")


def waiting_here(attempt: Attempt) -> list[WaitingClaim]:
    """Of the claims that are named those that can go in; their records are locked first."""
    wanted, session = claims_named(attempt), attempt.session
    if is_writing(session):
        records = session.scalars(select(Claim.record_id).where(Claim.id.in_(wanted)).distinct())
        for record in sorted(records):
            lock_record(session, record)
    here = people_at_the_door(attempt.by)
    return waiting_claims(session, attempt.subject.office, here, only=wanted, limit=len(wanted))
