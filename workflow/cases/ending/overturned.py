"""Who made a decision, told by the entries of its case, and kept when it is disputed or reopened."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import bindparam, select

from workflow.cases.attempt import Attempt
from workflow.cases.letters import DECISIONS
from workflow.cases.review.conflicts import kept_once
from workflow.cases.tables import DecidedBefore
from workflow.engine import Change, by_name
from workflow.history.codes import DECIDED_OUTSIDE, find
from workflow.history.entry import Entry
from workflow.history.tables import EntryRow
from workflow.store import Prepared

LAST_WORD = ("settle", "pass_step", "fail_step")
"""The acts that say what becomes of an item."""
OVERTURNS = ("dispute", "reopen")
_ENTRIES = Prepared(
    select(EntryRow.body)
    .where(EntryRow.subject == bindparam("case"), EntryRow.number.is_not(None))
    .order_by(EntryRow.number)
)

_DECIDED = kept_once(DecidedBefore)


@dataclass(slots=True)
class Deciders:
    """Who makes the decision of a case, told entry by entry: who closes it, and the last word on each item.

    An item that nobody has said a word of is decided by whoever enters it on the platform; one that a body
    outside decided, by nobody here. A stand-in counts with the one they stand in for. ``overturned`` are
    those of the decisions before.
    """

    closed: frozenset[str] = frozenset()
    settled: dict[str, frozenset[str]] = field(default_factory=dict)
    overturned: set[str] = field(default_factory=set)

    @property
    def standing(self) -> frozenset[str]:
        """Who made the decision that stands."""
        return self.closed.union(*self.settled.values())

    def fold(self, entry: Entry) -> None:
        """Let one done entry say what it changed."""
        here = (entry.actor, entry.on_behalf_of) if entry.role != "system" else ()
        people = frozenset(filter(None, here))
        if entry.action in OVERTURNS:
            self.overturned |= self.standing
        if entry.action in (*OVERTURNS, "raise"):
            self.closed, self.settled = frozenset(), {}
        elif entry.action == "undo":
            self.closed = frozenset()
        elif entry.action in DECISIONS:
            self.closed = people
        elif entry.action in LAST_WORD:
            self.settled |= dict.fromkeys(entry.claims, people)
        elif find(entry.codes, DECIDED_OUTSIDE).value:
            self.settled |= dict.fromkeys(entry.claims, frozenset[str]())
        elif entry.action == "see":
            self.settled = dict.fromkeys(entry.claims, people) | self.settled


def remember_who_decided(attempt: Attempt, change: Change) -> None:
    """Keep who made the decision that is overturned now: row predicates cannot look into the entries."""
    case, deciders = attempt.subject.id, Deciders()
    for row in _ENTRIES.rows(attempt.session, {"case": case}):
        deciders.fold(Entry.from_body(bytes(row.body)))
    _DECIDED.run_many(
        attempt.session, [{"case": case, "person": person} for person in sorted(deciders.standing)]
    )


EFFECTS = by_name(remember_who_decided)
