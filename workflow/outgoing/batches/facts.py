"""A batch as guards, checks and pages read it: its lines, and where the claim of each stands now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, or_, select
from sqlalchemy.orm import Session, aliased

from states.batch import BATCH, COLLECTING
from workflow.cases.batches import AGREED, REFUSED, Batch, BatchLine
from workflow.cases.review.steps import BODIES
from workflow.cases.tables import Claim, Step, StepClaim
from workflow.outgoing.jobs.files import LIFE

OUT, WITHDRAWN, LAPSED, SETTLED, VOID, IN, WAITS = (
    "out",
    "withdrawn",
    "lapsed",
    "settled",
    "void",
    "in",
    "waits",
)
FALLEN = (WITHDRAWN, LAPSED, SETTLED, VOID)
"""Standings of a line whose claim does not go to the body any more, although nobody took it out."""
STANDINGS: dict[str, tuple[str, str]] = {
    IN: ("在批次中", "in the batch"),
    WAITS: ("等待答复", "waits for an answer"),
    AGREED: ("已同意", "agreed"),
    REFUSED: ("不同意", "refused"),
    "more": ("需补充", "more wanted"),
    OUT: ("已移出", "left the batch"),
    WITHDRAWN: ("学生已撤回", "withdrawn by the student"),
    LAPSED: ("已终止", "ended without a decision"),
    SETTLED: ("已另行认定", "settled otherwise"),
    VOID: ("环节已作废", "its step is void"),
}
"""Where a line stands, in Chinese and English."""

AGREEMENT = LIFE
"""As the file of an export job, what a batch exports may be taken so long after a second person agreed."""


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line of a batch. ``step`` is the step of its body in which the claim is now, '' if it has none."""

    id: str
    number: int
    case: str
    record: str
    claim: str
    step: str
    standing: str
    asked_by: str = ""
    asked_for: str = ""
    asked_entry: int = 0
    verdict: str = ""
    answered_on: date | None = None
    over: bool = False

    @property
    def asks_out(self) -> bool:
        """Whether somebody asked for it to leave, and nobody has answered that yet."""
        return bool(self.asked_by) and not self.over

    @property
    def is_fallen(self) -> bool:
        """Whether its claim ended or changed while it was in the batch."""
        return self.standing in FALLEN

    @property
    def fell_out(self) -> bool:
        """The same of a line that still has to leave, or end with its batch."""
        return not self.over and self.is_fallen


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """One batch with every line that it ever had, in their order."""

    id: str
    state: str
    version: int
    office: str
    month: str
    opened_at: datetime
    frozen_by: frozenset[str] = frozenset()
    frozen_at: datetime | None = None
    agreed_by: frozenset[str] = frozenset()
    agreed_at: datetime | None = None
    number: str = ""
    sent_on: date | None = None
    ended_at: datetime | None = None
    every_line: tuple[LineFacts, ...] = ()
    lifecycle: str = BATCH.name
    concerns: str = ""

    @property
    def lines(self) -> tuple[LineFacts, ...]:
        """The lines that are in it; of one that has ended, those that it ended with."""
        return tuple(line for line in self.every_line if line.standing != OUT)

    @property
    def standing(self) -> tuple[LineFacts, ...]:
        """The lines whose claims go to the body, or went."""
        return tuple(line for line in self.lines if line.standing not in FALLEN)

    @property
    def waiting(self) -> tuple[LineFacts, ...]:
        """The lines that wait for the body's answer."""
        return tuple(line for line in self.lines if line.standing in (IN, WAITS))

    @property
    def collects(self) -> bool:
        """Whether lines are still put in and taken out by one person."""
        return self.state == COLLECTING

    def line_of(self, claim: str) -> LineFacts | None:
        """The line in which a claim is now, or None."""
        return next((line for line in self.lines if line.claim == claim and not line.over), None)

    def may_be_taken(self, at: datetime) -> bool:
        """Whether the second person's agreement holds, so that what it exports may be downloaded."""
        return self.agreed_at is not None and at < self.agreed_at + AGREEMENT


def look_at_batch(session: Session, id: str, *, lock: bool = False) -> BatchFacts | None:
    """A batch with its lines, locked by whoever acts on it; None if there is none."""
    it = session.get(Batch, id, with_for_update=lock or None, populate_existing=True)
    if it is None:
        return None
    return BatchFacts(
        id=it.id,
        state=it.state,
        version=it.version,
        office=it.office,
        month=it.month,
        opened_at=it.opened_at,
        frozen_by=_people(it.frozen_by, it.frozen_for),
        frozen_at=it.frozen_at,
        agreed_by=_people(it.agreed_by, it.agreed_for),
        agreed_at=it.agreed_at,
        number=it.number,
        sent_on=it.sent_on,
        ended_at=it.ended_at,
        every_line=tuple(_lines(session, it)),
    )


def in_live_batch() -> Any:
    """Of a row of claims: it waits in a batch."""
    return exists().where(BatchLine.claim_id == Claim.id, BatchLine.over_at.is_(None)).correlate(Claim)


def _people(*ids: str | None) -> frozenset[str]:
    return frozenset(filter(None, ids))


def _lines(session: Session, batch: Batch) -> Iterable[LineFacts]:
    """The lines in their order, each with the step of the batch's body in which its claim is, or was last."""
    found: dict[str, Any] = {}
    for row in session.execute(_reading(batch.id, batch.office)):
        found[row.BatchLine.id] = row
    return map(_line, found.values())


_LAST_OR_FIRST_OPEN: tuple[ColumnElement[Any], ...] = (
    Step.ended_at.is_(None),
    case((Step.ended_at.is_(None), -Step.position), else_=Step.position),
)
"""An order in which the last one counts: of two steps to one body a claim is in the first that is open."""


def _reading(batch: str, office: str) -> Select[*tuple[Any, ...]]:
    named = aliased(StepClaim)
    theirs = (
        (Step.id == named.step_id)
        & Step.kind.in_(BODIES)
        & (Step.office == office)
        & (Step.outcome != "void")
    )
    return (
        select(BatchLine, Claim.outcome.label("claimed"), Step.id.label("step"), Step.outcome, Step.sent_on)
        .join(Claim, Claim.id == BatchLine.claim_id)
        .outerjoin(named, named.claim_id == BatchLine.claim_id)
        .outerjoin(Step, theirs)
        .where(BatchLine.batch_id == batch)
        .add_columns(_was_made_void(office).label("void"))
        .order_by(BatchLine.number, Step.id.is_not(None), *_LAST_OR_FIRST_OPEN, Step.id)
        .execution_options(populate_existing=True)
    )


def _was_made_void(office: str) -> Any:
    """The step with which a line came in is void: one that was made anew asks for something else.

    Before it was sent, neither is what was checked ahead of it.
    """
    named, gone = aliased(StepClaim), aliased(Step)
    theirs = gone.kind.in_(BODIES) & (gone.office == office)
    ahead = Step.sent_on.is_(None) & (gone.position < Step.position)
    return exists().where(
        named.claim_id == BatchLine.claim_id,
        gone.id == named.step_id,
        gone.outcome == "void",
        theirs | ahead,
        or_(gone.id == BatchLine.step_id, gone.ended_at > BatchLine.put_at),
    )


def _line(row: Any) -> LineFacts:
    line: BatchLine = row.BatchLine
    return LineFacts(
        id=line.id,
        number=line.number,
        case=line.case_id,
        record=line.record_id,
        claim=line.claim_id,
        step=row.step or "",
        standing=_standing(row),
        asked_by=line.asked_by or "",
        asked_for=line.asked_for or "",
        asked_entry=line.asked_entry or 0,
        verdict=line.verdict,
        answered_on=line.answered_on,
        over=line.over_at is not None,
    )


def _standing(row: Any) -> str:
    """Where a line stands: what is known of it alone first, then of its claim, then of its step."""
    line: BatchLine = row.BatchLine
    if line.out_at is not None:
        return OUT
    if line.verdict:
        return line.verdict
    if row.claimed in (WITHDRAWN, LAPSED):
        return str(row.claimed)
    if row.step is None or row.void:
        return VOID
    if row.outcome:
        return AGREED if row.outcome == "passed" else REFUSED
    if row.claimed:
        return SETTLED
    return WAITS if row.sent_on is not None else IN
