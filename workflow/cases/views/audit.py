"""What a case's rows must say beside its state, told by its entries alone: manner, who filed, who acted …"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from states.case import CASE, CHECKED_OK
from workflow.cases.ending.overturned import Deciders
from workflow.cases.letters import DECISIONS
from workflow.cases.review.conflicts import IN_THE_STUDENTS_NAME
from workflow.cases.rules import filed_as
from workflow.cases.tables import ActedFor, Case, DecidedBefore, Vouch
from workflow.history.codes import ACCEPTED_FROM, DUTY, LOOKED_ON, RIGHT, Code, find
from workflow.history.entry import Entry
from workflow.history.ledger import Sealing
from workflow.history.replay import HistoryFault, Proof, verify_one
from workflow.history.rulebook import Rulebook
from workflow.history.tables import EntryRow
from workflow.history.timeline import SubjectHistory, Written, as_written

MANNER_OF = {"confirm": "confirmed", "deem": "deemed"}
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
    looked_on: date | None = None
    deferred_until: datetime | None = None
    acted_for: set[str] = field(default_factory=set)
    said_right: set[str] = field(default_factory=set)
    decided_before: set[str] = field(default_factory=set)
    deciders: Deciders = field(default_factory=Deciders)

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
            self.proxy_role = filed_as(entry.role, find(entry.codes, DUTY).value) if for_student else ""
            self.proxy_for = (entry.on_behalf_of or None) if for_student else None
        if entry.action == "say_looked":
            self.looked_on = find(entry.codes, LOOKED_ON).day
        if entry.action == "defer":
            self.deferred_until = find(entry.codes, ACCEPTED_FROM).moment
        if entry.action in ("raise", "vouch_fields"):
            self._say_right(map(Code.parse, entry.codes))
        if entry.action in IN_THE_STUDENTS_NAME:
            self.acted_for |= set(filter(None, (entry.actor, entry.on_behalf_of)))
        self.deciders.fold(entry)
        self.decided_before = self.deciders.overturned
        if entry.action in DECISIONS:
            self.decided_by = entry.actor
        elif entry.action in OPENS_AGAIN:
            self.decided_by = None

    def _say_right(self, codes: Iterable[Code]) -> None:
        """A filing or a word of the student: what is claimed is said to be right no more."""
        for code in codes:
            if code.value == RIGHT:
                self.said_right.add(code.name)
            else:
                self.said_right.discard(code.name)


BESIDE = ("acted_for", "said_right", "decided_before", "deciders")
COLUMNS = tuple(name for name in CaseProjection.__slots__ if name not in BESIDE)
"""What is told of columns of the case's own row."""


def compare(session: Session) -> list[HistoryFault]:
    """Hold the rows of all cases against what their entries tell."""
    cases = select(Case.id, *(getattr(Case, name) for name in COLUMNS))
    present = {id: CaseProjection(*row) for id, *row in session.execute(cases)}
    for case, person in session.execute(select(ActedFor.case_id, ActedFor.person_id)):
        if case in present:
            present[case].acted_for.add(person)
    for case, person in session.execute(select(DecidedBefore.case_id, DecidedBefore.person_id)):
        if case in present:
            present[case].decided_before.add(person)
    for case, name in session.execute(select(Vouch.case_id, Vouch.field)):
        if case in present:
            present[case].said_right.add(name)
    faults: list[HistoryFault] = []
    for id, rows in groupby(_rows(session), key=lambda row: row.subject):
        if id in present:
            faults += _differences(id, _told(map(as_written, rows)), present[id])
    return faults


def verify_case(session: Session, history: SubjectHistory, rules: Rulebook, cipher: Sealing) -> Proof:
    """Fold the history of one case, read before, and hold the case's rows against it."""
    columns_of = (getattr(Case, name) for name in COLUMNS)
    people = ActedFor.person_id, DecidedBefore.person_id.label("decider")
    asked = select(Case.state, Case.version, *people, Vouch.field, *columns_of)
    joined = asked.outerjoin(ActedFor, ActedFor.case_id == Case.id).outerjoin(Vouch, Vouch.case_id == Case.id)
    joined = joined.outerjoin(DecidedBefore, DecidedBefore.case_id == Case.id)
    rows = session.execute(joined.where(Case.id == history.subject)).all()
    if not rows:
        return verify_one(history, None, rules, cipher)
    state, version, _, _, _, *columns = rows[0]
    proof = verify_one(history, (CASE.name, state, version), rules, cipher)
    present = CaseProjection(*columns)
    present.acted_for.update(row.person_id for row in rows if row.person_id is not None)
    present.said_right.update(row.field for row in rows if row.field is not None)
    present.decided_before.update(row.decider for row in rows if row.decider is not None)
    told = sorted((one for one in history.written if one.row.number), key=lambda one: one.row.number or 0)
    if told:
        proof.faults += _differences(history.subject, _told(told), present)
    return proof


def _told(written: Iterable[Written]) -> CaseProjection:
    told = CaseProjection()
    for one in written:
        if one.entry is not None:  # the replay speaks of entries that are none
            told.fold(one.entry)
    return told


def _differences(id: str, told: CaseProjection, row: CaseProjection) -> Iterator[HistoryFault]:
    for people, said in (
        (told.acted_for - row.acted_for, "acted for the student, and have no row"),
        (row.acted_for - told.acted_for, "have a row, and no entry says they acted"),
    ):
        if people:
            yield HistoryFault(id, 0, "acted_for_differs", f"{sorted(people)} {said}")
    if told.decided_before != row.decided_before:
        says = f"{sorted(row.decided_before)} in the rows, the entries tell {sorted(told.decided_before)}"
        yield HistoryFault(id, 0, "decided_before_differs", says)
    if told.said_right != row.said_right:
        says = f"{sorted(row.said_right)} in the rows, the entries tell {sorted(told.said_right)}"
        yield HistoryFault(id, 0, "said_right_differs", says)
    for name in COLUMNS:
        expected, found = getattr(told, name), getattr(row, name)
        if expected != found:
            yield HistoryFault(
                id, 0, "column_differs", f"{name} is {found!r} in the row, the entries tell {expected!r}"
            )


def _rows(session: Session) -> Iterable[EntryRow]:
    return session.scalars(
        select(EntryRow)
        .where(EntryRow.number.is_not(None))
        .order_by(EntryRow.subject, EntryRow.number)
        .execution_options(yield_per=2000)
    )
