"""Replays every subject's entries and compares the result with the stored state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Select, Table, select
from sqlalchemy.orm import Session

from states import NOWHERE, Lifecycle, Move
from workflow.history.entry import DONE, REFUSED, Entry, EntryFault, commitment
from workflow.history.ledger import Sealing, open_value
from workflow.history.rulebook import lifecycles, policies
from workflow.history.tables import EntryRow, Opening


@dataclass(frozen=True, slots=True)
class HistoryFault:
    """One disagreement: the subject, the entry (0 = the whole subject), a code and a sentence."""

    subject: str
    number: int
    code: str
    says: str


@dataclass(slots=True)
class Proof:
    """The counts of a verification, and all its faults."""

    subjects: int = 0
    entries: int = 0
    refused: int = 0
    openings: int = 0
    erased: int = 0
    faults: list[HistoryFault] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """True when there is no fault."""
        return not self.faults


def verify(
    session: Session, tables: Mapping[str, Table], cipher: Sealing, *, subject: str | None = None
) -> Proof:
    """Replay every subject's entries under the lifecycle each names, and compare the result with the tables.

    ``tables`` maps a lifecycle's name to the table of its subjects (id, state, version). ``subject`` limits
    the verification to one subject.
    """
    proof = Proof()
    try:
        rules, known = lifecycles(session), policies(session)
    except ValueError as fault:
        proof.faults.append(HistoryFault("", 0, "rule_altered", str(fault)))
        return proof
    present = {
        row.id: (name, row.state, row.version)
        for name, table in tables.items()
        for row in session.execute(
            _only(select(table.c.id, table.c.state, table.c.version), table.c.id, subject)
        )
    }
    commitments: dict[tuple[str, int], dict[str, str]] = {}
    for id, rows in groupby(_rows(session, subject), key=lambda row: row.subject):
        found = present.pop(id, None)
        folded = _fold(id, rows, rules, known, proof, commitments)
        proof.subjects += 1
        proof.faults += _compare(id, folded, found)
    proof.faults += [
        HistoryFault(id, 0, "no_history", f"{name} in state {state} has no entry at all")
        for id, (name, state, _) in present.items()
    ]
    _check_openings(session, cipher, commitments, proof, subject)
    return proof


def _only(question: Select[Any], column: Any, subject: str | None) -> Select[Any]:
    return question if subject is None else question.where(column == subject)


def _rows(session: Session, subject: str | None) -> Iterable[EntryRow]:
    # Refused attempts have no number. They come first and do not change the state.
    return session.scalars(
        _only(select(EntryRow), EntryRow.subject, subject)
        .order_by(EntryRow.subject, EntryRow.number.is_not(None), EntryRow.number, EntryRow.id)
        .execution_options(yield_per=2000)
    )


@dataclass(slots=True)
class _Folded:
    name: str = ""
    state: str = NOWHERE
    number: int = 0


def _fold(
    subject: str,
    rows: Iterator[EntryRow],
    rules: Mapping[str, Lifecycle],
    known: set[str],
    proof: Proof,
    commitments: dict[tuple[str, int], dict[str, str]],
) -> _Folded:
    folded = _Folded()
    for row in rows:
        try:
            entry = Entry.from_body(row.body)
        except EntryFault as fault:
            proof.faults.append(HistoryFault(subject, row.number or 0, "not_canonical", str(fault)))
            continue
        faults = [*_same_columns(row, entry), *_known_rules(entry, rules, known)]
        if entry.kind == REFUSED:
            proof.refused += 1
        else:
            proof.entries += 1
            commitments[(subject, entry.number)] = entry.values
            if entry.lifecycle in rules:
                faults += _step(folded, entry, rules[entry.lifecycle])
        proof.faults += [HistoryFault(subject, entry.number, code, says) for code, says in faults]
    return folded


def _same_columns(row: EntryRow, entry: Entry) -> Iterator[tuple[str, str]]:
    beside = (row.subject, row.number or 0, row.kind, row.action, row.actor, row.role, row.at)
    said = (entry.subject, entry.number, entry.kind, entry.action, entry.actor, entry.role, entry.at)
    if beside != said or entry.kind not in (DONE, REFUSED):
        yield "columns_differ", "the columns beside the entry do not say what its bytes say"


def _known_rules(entry: Entry, rules: Mapping[str, Lifecycle], known: set[str]) -> Iterator[tuple[str, str]]:
    if entry.lifecycle not in rules:
        yield "rule_unknown", f"lifecycle {entry.lifecycle[:12]} is not in the Rulebook"
    if entry.policy not in known:
        yield "rule_unknown", f"policy {entry.policy[:12]} is not in the Rulebook"


def _step(folded: _Folded, entry: Entry, life: Lifecycle) -> Iterator[tuple[str, str]]:
    """Check one done entry against the replayed state, then apply it."""
    if entry.number != folded.number + 1:
        yield "number_gap", f"entry {entry.number} follows {folded.number}"
    if entry.origin != folded.state:
        yield "broken_chain", f"starts from {entry.origin}, the history stood at {folded.state}"
    try:
        action = life.action(entry.action)
    except KeyError:
        yield "unknown_action", f"{entry.action} is no action of {life.name}"
    else:
        target = action.target if isinstance(action, Move) else entry.origin
        if entry.origin not in life.sources(action) or entry.target != target:
            yield "illegal_move", f"{entry.action} may not lead from {entry.origin} to {entry.target}"
        if entry.role not in action.roles:
            yield "illegal_role", f"{entry.action} is not for {entry.role}"
    folded.name, folded.state, folded.number = life.name, entry.target, entry.number


def _compare(subject: str, folded: _Folded, found: tuple[str, str, int] | None) -> Iterator[HistoryFault]:
    if folded.number == 0:
        if found is not None:
            yield HistoryFault(subject, 0, "no_history", "has only refused attempts in its history")
        return
    if found is None:
        yield HistoryFault(subject, 0, "subject_gone", f"has a history up to {folded.state}, and no row")
    elif found != (folded.name, folded.state, folded.number):
        yield HistoryFault(
            subject,
            folded.number,
            "state_differs",
            f"history folds to {folded.state} at {folded.number}, the row says {found[1]} at {found[2]}",
        )


def _check_openings(
    session: Session,
    cipher: Sealing,
    commitments: Mapping[tuple[str, int], Mapping[str, str]],
    proof: Proof,
    subject: str | None,
) -> None:
    """Each stored value must match the commitment in its entry."""
    promised = sum(len(values) for values in commitments.values())
    kept = _only(select(Opening), Opening.subject, subject)
    for opening in session.scalars(kept.execution_options(yield_per=2000)):
        said = commitments.get((opening.subject, opening.number), {}).get(opening.name)
        proof.openings += 1
        try:
            holds = said == commitment(opening.salt, opening.name, open_value(cipher, opening))
        except Exception:  # a damaged value may raise any exception; all count as a fault
            holds = False
        if not holds:
            proof.faults.append(
                HistoryFault(
                    opening.subject,
                    opening.number,
                    "value_differs",
                    f"{opening.name} is not what was committed to",
                )
            )
    proof.erased = promised - proof.openings
