"""What a case's rows must say beside its state, told by its entries alone: manner, who filed, who acted …"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.case import CHECKED_OK
from workflow.cases.review.conflicts import IN_THE_STUDENTS_NAME
from workflow.cases.tables import ActedFor, Case
from workflow.history.entry import Entry, EntryFault
from workflow.history.replay import HistoryFault
from workflow.history.tables import EntryRow

MANNER_OF = {"confirm": "confirmed", "deem": "deemed"}
DECIDES = frozenset({"correct", "reject"})
OPENS_AGAIN = frozenset({"dispute", "reopen", "undo", "lapse", "resume"})


@dataclass(slots=True)
class CaseProjection:
    """What the entries told so far add up to."""

    manner: str = ""
    excluded: str = ""
    decided_by: str | None = None
    proxy: str | None = None
    proxy_role: str = ""
    proxy_for: str | None = None
    acted_for: set[str] = field(default_factory=set)

    def fold(self, entry: Entry) -> None:
        """Let one done entry say what it changed."""
        if entry.target != CHECKED_OK:
            self.manner = ""
        self.manner = MANNER_OF.get(entry.action, self.manner)
        if entry.action == "confirm" and entry.role != "student":
            self.manner = "proxy"
        if entry.action in ("exclude", "include"):
            self.excluded = entry.codes[0] if entry.action == "exclude" and entry.codes else ""
        if entry.action == "raise":
            for_student = entry.role != "student"
            self.proxy = entry.actor if for_student else None
            self.proxy_role = entry.role if for_student else ""
            self.proxy_for = (entry.on_behalf_of or None) if for_student else None
        if entry.action in IN_THE_STUDENTS_NAME:
            self.acted_for |= set(filter(None, (entry.actor, entry.on_behalf_of)))
        if entry.action in DECIDES:
            self.decided_by = entry.actor
        elif entry.action in OPENS_AGAIN:
            self.decided_by = None


COLUMNS = tuple(name for name in CaseProjection.__slots__ if name != "acted_for")
"""What is told of columns of the case's own row."""


def compare(session: Session, subject: str | None = None) -> list[HistoryFault]:
    """Hold the rows of all cases, or of one, against what their entries tell."""
    cases = select(Case.id, *(getattr(Case, name) for name in COLUMNS))
    acted = select(ActedFor.case_id, ActedFor.person_id)
    if subject is not None:
        cases, acted = cases.where(Case.id == subject), acted.where(ActedFor.case_id == subject)
    present = {id: CaseProjection(*row) for id, *row in session.execute(cases)}
    for case, person in session.execute(acted):
        if case in present:
            present[case].acted_for.add(person)
    faults: list[HistoryFault] = []
    for id, rows in groupby(_bodies(session, subject), key=lambda row: row[0]):
        if id in present:
            faults += _differences(id, _told(body for _, body in rows), present[id])
    return faults


def _told(bodies: Iterable[bytes]) -> CaseProjection:
    told = CaseProjection()
    for body in bodies:
        try:
            told.fold(Entry.from_body(body))
        except EntryFault:  # the replay speaks of entries that are none
            continue
    return told


def _differences(id: str, told: CaseProjection, row: CaseProjection) -> Iterator[HistoryFault]:
    if missing := told.acted_for - row.acted_for:
        yield HistoryFault(
            id, 0, "acted_for_differs", f"{sorted(missing)} acted for the student, and have no row"
        )
    if extra := row.acted_for - told.acted_for:
        yield HistoryFault(
            id, 0, "acted_for_differs", f"{sorted(extra)} have a row, and no entry says they acted"
        )
    for name in COLUMNS:
        expected, found = getattr(told, name), getattr(row, name)
        if expected != found:
            yield HistoryFault(
                id, 0, "column_differs", f"{name} is {found!r} in the row, the entries tell {expected!r}"
            )


def _bodies(session: Session, subject: str | None) -> Iterable[tuple[str, bytes]]:
    asked = select(EntryRow.subject, EntryRow.body).where(EntryRow.number.is_not(None))
    if subject is not None:
        asked = asked.where(EntryRow.subject == subject)
    rows = session.execute(
        asked.order_by(EntryRow.subject, EntryRow.number).execution_options(yield_per=2000)
    )
    return ((row.subject, row.body) for row in rows)
