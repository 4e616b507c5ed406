"""The lines of the list of claims, over all campaigns and filings: one claim each, walked from key to key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as kept
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    exists,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from config.calendar import Calendar, first_moment, last_moment
from workflow.cases.batches import Batch, BatchLine
from workflow.cases.tables import UNDECIDED, Campaign, Case, Claim, Step, StepClaim, WaitsAt
from workflow.cases.views.queue.counts import CAP
from workflow.cases.views.whose_turn import Turn, turns_in_review
from workflow.outgoing.claims.asked import LATEST, OPEN, OUTCOME_WORDS, OWN, ClaimFilter
from workflow.people.scopes import Scope
from workflow.people.standing_in import ever_related
from workflow.records.reach import plain, rows_of
from workflow.records.tables import Record
from workflow.store import as_text

PAGE = 50
PIECE = 500


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One claim: whose it is, what it asks for, where it stands. Values and ID number are sealed.

    ``title`` is the campaign's in both languages, '' for a filing of its own. ``kinds`` are what it waits
    for, ``numbers`` those of the letters and batches with which it was sent, ``batches`` the
    body and the month of those that it did not leave.
    """

    id: str
    case_id: str
    record_id: str
    receipt: str
    name: str
    xh: str
    ksh: str
    college: str
    group: str
    entered: date | None
    sfzh: bytes | None = kept(repr=False)
    title: str
    title_en: str
    field: str
    cause: str
    variant: str
    old: bytes = kept(repr=False)
    new: bytes = kept(repr=False)
    office: str
    filed_at: datetime
    kinds: tuple[str, ...]
    lanes: tuple[str, ...]
    numbers: tuple[str, ...]
    batches: tuple[str, ...]
    state: str
    outcome: str
    ruling: str
    ended_at: datetime | None
    seen_on: date | None
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class ClaimTotals:
    """How many claims there are of each outcome, and of all; each exact up to a cap, CAP + 1 beyond."""

    all: int
    of: Mapping[str, int]


def page_of_claims(
    session: Session,
    calendar: Calendar,
    chosen: ClaimFilter,
    people: Iterable[str] = (),
    *,
    order: str = LATEST,
    after: str = "",
    limit: int = PAGE,
) -> list[ClaimLine]:
    """The claims of a filter in their order; ``after`` is the last of the page before.

    Claims of students to whom one of ``people`` ever declared a relation are left out.
    """
    keys = _ORDERS[order]
    asked = _keys(keys).where(*conditions(chosen, people)).limit(limit)
    if after and (place := session.execute(_keys(keys).where(Claim.id == after)).one_or_none()):
        behind = tuple_(*keys.columns, Claim.id), tuple_(*map(_bound, place))
        asked = asked.where(behind[0] < behind[1] if keys.back else behind[0] > behind[1])
    places = asked.order_by(*keys.in_order(*keys.columns, Claim.id)).subquery()
    lines = _lines().join(places, places.c.id == Claim.id)
    rows = session.execute(lines.order_by(*keys.in_order(*places.c))).all()
    states = {row.case_id: row.state for row in rows if row.state in UNDECIDED}
    turns = turns_in_review(session, states, calendar) if states else {}
    return [_line(row, turns.get(row.case_id)) for row in rows]


def every_claim(
    session: Session, calendar: Calendar, chosen: ClaimFilter, people: Iterable[str], order: str
) -> Iterator[ClaimLine]:
    """The same from the first to the last, read piece by piece."""
    after = ""
    while True:
        piece = page_of_claims(session, calendar, chosen, people, order=order, after=after, limit=PIECE)
        yield from piece
        if len(piece) < PIECE:
            return
        after = piece[-1].id


def totals(session: Session, chosen: ClaimFilter, people: Iterable[str] = ()) -> ClaimTotals:
    """How many there are by outcome, in one statement that counts no further than the cap."""
    theirs = list(conditions(chosen, people))
    parts = [
        select(literal(name).label("name"), _at_most(*theirs, *outcome).label("n"))
        for name, outcome in {
            "": (),
            **{name: (Claim.outcome == ("" if name == OPEN else name),) for name in OUTCOME_WORDS},
        }.items()
    ]
    found = {row.name: row.n for row in session.execute(union_all(*parts))}
    return ClaimTotals(found.pop(""), found)


def count_claims(session: Session, chosen: ClaimFilter, people: Iterable[str]) -> tuple[int, int]:
    """How many claims a filter has, and of how many students."""
    asked = _joined(select(func.count(), func.count(Claim.record_id.distinct())))
    claims, students = session.execute(asked.where(*conditions(chosen, people))).one()
    return claims, students


def conditions(chosen: ClaimFilter, people: Iterable[str] = ()) -> Iterator[ColumnElement[bool]]:
    """What a filter asks of a claim, its case and its record."""
    for name in ("field", "cause", "ruling"):
        if value := getattr(chosen, name):
            yield getattr(Claim, name) == value
    if chosen.outcome:
        yield Claim.outcome == ("" if chosen.outcome == OPEN else chosen.outcome)
    if chosen.campaign:
        yield Case.campaign_id.is_(None) if chosen.campaign == OWN else Case.campaign_id == chosen.campaign
    if chosen.college:
        yield Record.fy == chosen.college
    if chosen.year:
        yield rows_of([Scope(entry_year=chosen.year)])
    waits = _waits(chosen)
    if waits:
        yield exists().where(*_OF_CLAIM, *waits)
    if chosen.number:
        yield exists().where(
            StepClaim.claim_id == Claim.id, Step.id == StepClaim.step_id, Step.number == chosen.number
        )
    if chosen.batch:
        yield exists().where(*_IN_BATCH, BatchLine.batch_id == chosen.batch)
    for column, first, last in (
        (Claim.filed_at, chosen.filed_from, chosen.filed_to),
        (Claim.ended_at, chosen.settled_from, chosen.settled_to),
    ):
        if first:
            yield column >= first_moment(date.fromisoformat(first))
        if last:
            yield column <= last_moment(date.fromisoformat(last))
    if people:
        yield Record.id.not_in(ever_related(people))


def _waits(chosen: ClaimFilter) -> Sequence[ColumnElement[bool]]:
    asked = (WaitsAt.kind, chosen.step), (WaitsAt.lane, chosen.lane)
    return [column == value for column, value in asked if value]


_IN_BATCH = BatchLine.claim_id == Claim.id, BatchLine.out_at.is_(None)
_OF_CLAIM = WaitsAt.case_id == Claim.case_id, WaitsAt.claim_id == Claim.id


@dataclass(frozen=True, slots=True)
class _Keys:
    """What an order walks by, before the claim's own id, and whether backwards."""

    columns: tuple[Any, ...]
    back: bool = False

    def in_order(self, *columns: Any) -> Iterator[Any]:
        """These columns as one orders by them."""
        return (one.desc() if self.back else one for one in columns)


_ENDED = func.coalesce(type_coerce(Claim.ended_at, String), literal_column("''"))
_ORDERS: dict[str, _Keys] = {
    "latest": _Keys((Claim.filed_at,), back=True),
    "earliest": _Keys((Claim.filed_at,)),
    "settled": _Keys((_ENDED,), back=True),
    "college": _Keys((plain(Record.fy), plain(Record.bh), plain(Record.xh))),
}


def _keys(keys: _Keys) -> Select[*tuple[Any, ...]]:
    return _joined(select(*keys.columns, Claim.id))


def _bound(value: Any) -> ColumnElement[str]:
    """A key as it is stored, as a parameter."""
    return literal(as_text(value) if isinstance(value, datetime) else value, String)


def _joined(asked: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        asked.select_from(Claim)
        .join(Case, Case.id == Claim.case_id)
        .join(Record, Record.id == Claim.record_id)
    )


def _at_most(*theirs: ColumnElement[bool]) -> Any:
    found = _joined(select(Claim.id)).where(*theirs).limit(CAP + 1).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def _lines() -> Select[*tuple[Any, ...]]:
    steps = select(func.aggregate_strings(Step.number, "\n")).join(StepClaim, StepClaim.step_id == Step.id)
    said = Batch.office + literal(" ") + Batch.month
    batches = select(func.aggregate_strings(said, "\n")).join(BatchLine, BatchLine.batch_id == Batch.id)
    return _joined(
        select(
            Claim.id,
            Claim.case_id,
            Claim.record_id,
            func.coalesce(Case.receipt, "").label("receipt"),
            Record.xm.label("name"),
            plain(Record.xh).label("xh"),
            plain(Record.ksh).label("ksh"),
            plain(Record.fy).label("college"),
            plain(Record.bh).label("group"),
            Record.rxrq.label("entered"),
            Record.sfzh,
            func.coalesce(Campaign.title, "").label("title"),
            func.coalesce(Campaign.title_en, "").label("title_en"),
            Claim.field,
            Claim.cause,
            Claim.variant,
            Claim.old,
            Claim.new,
            Claim.office,
            Claim.filed_at,
            _waiting_of(WaitsAt.kind).label("kinds"),
            _waiting_of(WaitsAt.lane).label("lanes"),
            steps.where(StepClaim.claim_id == Claim.id, Step.number != "").scalar_subquery().label("numbers"),
            batches.where(*_IN_BATCH).scalar_subquery().label("batches"),
            Case.state,
            Claim.outcome,
            Claim.ruling,
            Claim.ended_at,
            Claim.seen_on,
        )
    ).outerjoin(Campaign, Campaign.id == Case.campaign_id)


def _waiting_of(column: Any) -> Any:
    return select(func.aggregate_strings(column, "\n")).where(*_OF_CLAIM).scalar_subquery()


def _line(row: Any, turn: Turn | None) -> ClaimLine:
    said = dict(row._mapping)
    for name in ("kinds", "lanes", "numbers", "batches"):
        said[name] = tuple(sorted(set(filter(None, (said[name] or "").split("\n")))))
    return ClaimLine(**said, turn=turn)
