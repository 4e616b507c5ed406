"""A batch is sent with every case in it, in one unit of work: all of it, or nothing, with every reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from states.batch import BATCH, FROZEN
from workflow.engine import Actor, Engine, Ref
from workflow.history.entry import Entry
from workflow.outgoing.batches.facts import BatchFacts, LineFacts, look_at_batch
from workflow.values import Because
from workflow.verdict import Reason, Refused, Verdict


@dataclass(frozen=True, slots=True)
class SentStep:
    """One step of one case that goes with a batch, for the claims of some of its lines."""

    case: str
    step: str
    lines: tuple[LineFacts, ...]

    def details(self, batch: str, number: str, sent_on: date | None) -> dict[str, Any]:
        """The details of the case's own act."""
        only = tuple(line.claim for line in self.lines)
        return {"step": self.step, "only": only, "batch": batch, "sent_on": sent_on, "number": number}


def send_batch(
    engine: Engine,
    session: Session,
    id: str,
    *,
    number: str,
    sent_on: date | None,
    by: Actor,
    key: str = "",
    expected: int | None = None,
) -> Entry:
    """Send a batch and each of its cases. The same press again changes nothing. Raises Refused."""
    subject, said = Ref(BATCH.name, id), {"number": number, "sent_on": sent_on}
    before = look_at_batch(session, id, lock=True)
    steps = steps_of(before) if before is not None and before.state == FROZEN else ()
    if steps and not _is_repeated(engine, session, by, key):
        _refuse_all_at_once(engine, session, subject, said, steps, by, key, expected)
    done: Entry = engine.perform(session, subject, "send", by=by, key=key, expected=expected, **said)
    now = look_at_batch(session, id)
    assert now is not None
    for one in steps:
        try:
            details = one.details(id, now.number, sent_on)
            engine.perform(session, Ref("case", one.case), "send_in_batch", by=by, **details)
        except Refused as no:
            raise Refused(Verdict("send", tuple(_of_lines([(one, no.verdict)]))), no.keep, no.met) from no
    return done


def steps_of(batch: BatchFacts) -> tuple[SentStep, ...]:
    """The steps with which the lines that stand go out, in the order in which records are locked."""
    found: dict[tuple[str, str, str], list[LineFacts]] = {}
    for line in batch.standing:
        found.setdefault((line.record, line.case, line.step), []).append(line)
    return tuple(SentStep(case, step, tuple(found[at])) for at in sorted(found) for _, case, step in [at])


def _is_repeated(engine: Engine, session: Session, by: Actor, key: str) -> bool:
    return bool(key) and engine.history.entry_behind(session, by.person, key) is not None


def _refuse_all_at_once(
    engine: Engine,
    session: Session,
    subject: Ref,
    said: dict[str, Any],
    steps: tuple[SentStep, ...],
    by: Actor,
    key: str,
    expected: int | None,
) -> None:
    """Ask about the batch and every case before anything is sent; the refused try is kept."""
    mine = engine.check_action(session, subject, "send", by, **said)
    barred = []
    for one in steps:
        details = one.details(subject.id, said["number"] or "-", said["sent_on"])
        verdict = engine.check_action(session, Ref("case", one.case), "send_in_batch", by, **details)
        told = tuple(reason for reason in verdict.reasons if reason.code not in mine.codes)
        if told:
            barred.append((one, replace(verdict, reasons=told)))
    if mine.allowed and not barred:
        return
    try:
        if mine.allowed:
            one = barred[0][0]
            details = one.details(subject.id, said["number"] or "-", said["sent_on"])
            engine.perform(session, Ref("case", one.case), "send_in_batch", by=by, **details)
        else:
            engine.perform(session, subject, "send", by=by, key=key, expected=expected, **said)
    except Refused as no:
        own = () if mine.allowed else no.verdict.reasons
        raise Refused(Verdict("send", (*own, *_of_lines(barred))), no.keep, no.met) from no


def _of_lines(barred: Iterable[tuple[SentStep, Verdict]]) -> Iterator[Reason]:
    """Why cases cannot be sent. What bars several lines alike is said once, with all of their numbers."""
    found: dict[tuple[str, str], tuple[Reason, list[int]]] = {}
    for one, verdict in barred:
        for reason in verdict.reasons:
            _, lines = found.setdefault((reason.code, reason.says), (reason, []))
            lines += [line.number for line in one.lines]
    for reason, lines in found.values():
        yield Reason(
            reason.code,
            "第 {lines} 行不能报送：{why}",
            {"lines": tuple(map(str, sorted(lines))), "why": Because(reason)},
            remedy="请先处理这些行的个案，或者移出这些行；什么也没有报送。",
            rule="every_case_can_be_sent",
        )
