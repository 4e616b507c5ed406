"""Replays every subject's entries and compares the result with the stored state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from states import NOWHERE, Lifecycle, Move
from workflow.history.entry import DONE, REFUSED, Entry, commitment
from workflow.history.ledger import Sealing, open_value
from workflow.history.rulebook import Rulebook, whole
from workflow.history.tables import EntryRow, Opening
from workflow.history.timeline import SubjectHistory, Written, as_written


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


Present = tuple[str, str, int]
"""A subject's row: lifecycle name, state and version."""

Promises = dict[tuple[str, int], dict[str, str]]
"""The commitments in entries, by subject and number."""


def verify(session: Session, tables: Mapping[str, Table], cipher: Sealing) -> Proof:
    """Replay every subject's entries under the lifecycle each names, and compare the result with the tables.

    ``tables`` maps a lifecycle's name to the table of its subjects (id, state, version).
    """
    rules = whole(session)
    if rules.fault:
        return _altered(rules)
    present: dict[str, Present] = {
        row.id: (name, row.state, row.version)
        for name, table in tables.items()
        for row in session.execute(select(table.c.id, table.c.state, table.c.version))
    }
    proof, promises = Proof(), Promises()
    for id, rows in groupby(_rows(session), key=lambda row: row.subject):
        _verify(id, map(as_written, rows), present.pop(id, None), rules, proof, promises)
    for id, found in present.items():
        proof.faults.append(_unexplained(id, found))
    openings = session.scalars(select(Opening).execution_options(yield_per=2000))
    _check_openings(openings, cipher, promises, proof)
    return proof


def verify_one(history: SubjectHistory, found: Present | None, rules: Rulebook, cipher: Sealing) -> Proof:
    """Replay one subject's history, which is already read, and compare it with its row."""
    if rules.fault:
        return _altered(rules)
    proof, promises = Proof(), Promises()
    if history.written:
        rows = sorted(history.written, key=lambda one: (one.row.number is not None, one.row.number or 0))
        _verify(history.subject, rows, found, rules, proof, promises)
    elif found is not None:
        proof.faults.append(_unexplained(history.subject, found))
    _check_openings(history.openings, cipher, promises, proof)
    return proof


def _altered(rules: Rulebook) -> Proof:
    """The result of a replay when a rule was altered: nothing can be replayed."""
    return Proof(faults=[HistoryFault("", 0, "rule_altered", rules.fault)])


def _rows(session: Session) -> Iterable[EntryRow]:
    # Refused attempts have no number. They come first and do not change the state.
    return session.scalars(
        select(EntryRow)
        .order_by(EntryRow.subject, EntryRow.number.is_not(None), EntryRow.number, EntryRow.id)
        .execution_options(yield_per=2000)
    )


def _verify(
    subject: str,
    rows: Iterable[Written],
    found: Present | None,
    rules: Rulebook,
    proof: Proof,
    promises: Promises,
) -> None:
    proof.subjects += 1
    proof.faults += _compare(subject, _fold(subject, rows, rules, proof, promises), found)


def _unexplained(subject: str, found: Present) -> HistoryFault:
    name, state, _ = found
    return HistoryFault(subject, 0, "no_history", f"{name} in state {state} has no entry at all")


@dataclass(slots=True)
class _Folded:
    name: str = ""
    state: str = NOWHERE
    number: int = 0


def _fold(
    subject: str,
    rows: Iterable[Written],
    rules: Rulebook,
    proof: Proof,
    promises: Promises,
) -> _Folded:
    folded = _Folded()
    for one in rows:
        row, entry = one.row, one.entry
        if entry is None:
            proof.faults.append(HistoryFault(subject, row.number or 0, "not_canonical", one.fault))
            continue
        faults = [*_same_columns(row, entry), *_known_rules(entry, rules)]
        if entry.kind == REFUSED:
            proof.refused += 1
        else:
            proof.entries += 1
            promises[(subject, entry.number)] = entry.values
            if entry.lifecycle in rules.lifecycles:
                faults += _step(folded, entry, rules.lifecycles[entry.lifecycle])
        proof.faults += [HistoryFault(subject, entry.number, code, says) for code, says in faults]
    return folded


def _same_columns(row: EntryRow, entry: Entry) -> Iterator[tuple[str, str]]:
    beside = (row.subject, row.number or 0, row.kind, row.action, row.actor, row.role, row.at)
    said = (entry.subject, entry.number, entry.kind, entry.action, entry.actor, entry.role, entry.at)
    if beside != said or entry.kind not in (DONE, REFUSED):
        yield "columns_differ", "the columns beside the entry do not say what its bytes say"


def _known_rules(entry: Entry, rules: Rulebook) -> Iterator[tuple[str, str]]:
    if entry.lifecycle not in rules.lifecycles:
        yield "rule_unknown", f"lifecycle {entry.lifecycle[:12]} is not in the Rulebook"
    if entry.policy not in rules.policies:
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


def _compare(subject: str, folded: _Folded, found: Present | None) -> Iterator[HistoryFault]:
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


def _check_openings(openings: Iterable[Opening], cipher: Sealing, promises: Promises, proof: Proof) -> None:
    """Each stored value must match the commitment in its entry."""
    promised = sum(len(values) for values in promises.values())
    for opening in openings:
        said = promises.get((opening.subject, opening.number), {}).get(opening.name)
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
