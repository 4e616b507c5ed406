"""One action done to a whole cohort: chosen by the guards' row predicates, written in one statement each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from states import NOWHERE, Move
from workflow.engine.attempt import AnyAttempt, Change, Entropy
from workflow.engine.binding import Binding, History, Owing, SubjectRow
from workflow.engine.writer import StateWriter


@dataclass(frozen=True, slots=True)
class Tally:
    """What a set-wise action did: subjects done, and whether a further call would find more."""

    done: int
    more: bool


def let_through(
    binding: Binding, attempt: AnyAttempt, guards: Iterable[str]
) -> Iterator[ColumnElement[bool]]:
    """The row predicate of each of these guards."""
    for name in guards:
        rows = binding.guards[name].rows
        assert rows is not None, f"{name} cannot be asked of rows"
        yield rows(attempt)


def wave(binding: Binding, attempt: AnyAttempt, at_most: int, entropy: Entropy) -> Iterator[SubjectRow]:
    """The rows that the action may be done to: candidates that every guard's row predicate lets through."""
    assert binding.candidates is not None
    question = binding.candidates(attempt).where(*let_through(binding, attempt, attempt.action.guards))
    sources = binding.lifecycle.sources(attempt.action)
    if not (birth := NOWHERE in sources):
        question = question.where(binding.table.c.state.in_(sources)).with_for_update(of=binding.table)
    for found in attempt.session.execute(question.limit(at_most)).mappings():
        columns = dict(found)
        concerns = columns.pop("concerns")
        if birth:
            yield SubjectRow(entropy(16).hex(), NOWHERE, 0, concerns, columns)
        else:
            yield SubjectRow(columns["id"], columns["state"], columns["version"], concerns)


def carry_out_all(
    binding: Binding,
    attempt: AnyAttempt,
    rows: Sequence[SubjectRow],
    writer: StateWriter,
    history: History,
    notices: Owing,
) -> None:
    """Run the effects once, then move every row, write its entry and owe its notices."""
    if not rows:
        return
    change = Change()
    for name in attempt.action.effects:
        binding.effects[name](attempt, change)
    target = attempt.action.target if isinstance(attempt.action, Move) else ""
    writer.write_all(attempt.session, binding.table, rows, target, change)
    history.write_all(attempt, rows, target, change)
    notices.owe_all(attempt, attempt.action.notices, rows)
