"""Random walks over many cases: at the end every law of the schema and the history holds."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import pytest
from sqlalchemy import select

from states.batch import ANSWERED, CLOSED, COLLECTING, DISSOLVED, FROZEN, SENT
from states.case import CASE, RAISED, REVIEW
from tests.schools import AGAIN, COLLEGE_FIRST, PROVINCE_FIRST, world_with_steps
from tests.walking import Walk
from tests.world import World
from workflow.cases.batches import Batch
from workflow.cases.facts import StepFacts
from workflow.cases.load import look_at_case
from workflow.cases.review.conflicts import IN_THE_STUDENTS_NAME
from workflow.cases.review.steps import BY_BATCH
from workflow.cases.tables import Case, Claim
from workflow.cases.views.audit import compare
from workflow.clock import SetClock
from workflow.history.entry import Entry
from workflow.history.replay import verify
from workflow.history.tables import EntryRow
from workflow.outgoing.batches.facts import FALLEN, IN, BatchFacts, look_at_batch
from workflow.people.cipher import Cipher
from workflow.people.tables import Relation
from workflow.store import Store, from_text

CASES = 60
"""The number of cases in one walk, small enough that each case lasts days."""
WALKS = range(max(int(os.environ.get("KANWU_WALK", CASES)) // CASES, 1))
"""One walk, or enough walks for the number of cases in this variable, for example 10000."""
NEVER = {"open", "deem", "defer", "call_back"}
"""Actions on a whole cohort, which other tests compare with single ones, and what this school does not defer."""
RARE = 13
"""The number of actions that one walk may miss."""
TOGETHER: set[str] = set()
"""The actions of all walks of this run."""
DECIDING = {
    "settle",
    "pass_step",
    "fail_step",
    "receive",
    *BY_BATCH,
    "see",
    "correct",
    "reject",
    "reopen",
    "undo",
}
HOLDING = {"take_up", "hold"}


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school that asks for every kind of step, for confirmation of a new name, and the province at once."""
    before = (COLLEGE_FIRST, PROVINCE_FIRST)
    return world_with_steps(store, cipher, clock, entropy, tmp_path, (AGAIN,), before=before)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("n", WALKS)
def test_whatever_everybody_does_every_law_holds_at_the_end(world: World, n: int) -> None:
    """Nearly every move and act is done by somebody, many walks come to all, and nothing is out of joint."""
    walk = Walk(world, random.Random(20241025 + n))
    walk.walk(CASES)
    held_together(world)
    nobody_decided_what_they_were_too_near_to(walk)
    every = {action.name for action in CASE.actions} - NEVER
    assert len(every - walk.done.keys()) <= RARE, walk.done
    TOGETHER.update(walk.done)
    assert every <= TOGETHER or n < 80
    assert len(walk.refused) > 30


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_shorter_walk_on_the_other_database(world: World) -> None:
    """The same laws hold where many connections write."""
    walk = Walk(world, random.Random(8))
    walk.walk(max(CASES // 8, 10))
    held_together(world)
    nobody_decided_what_they_were_too_near_to(walk)


# -- what must hold -------------------------------------------------------------------------------------


def held_together(world: World) -> None:
    """Assert that history replays to every row, rows agree, and open parts belong to open cases."""
    tables = {name: binding.table for name, binding in world.place.engine.bindings.items()}
    with world.place.store.reading() as session:
        proof = verify(session, tables, world.place.cipher)
        assert proof.holds, proof.faults[:5]
        assert compare(session) == []
        claims: dict[str, list[Claim]] = {}
        for claim in session.scalars(select(Claim)):
            claims.setdefault(claim.case_id, []).append(claim)
        for case in session.scalars(select(Case)).all():
            facts = look_at_case(session, case.id)
            assert facts is not None
            a_case_is_whole(case, claims.get(case.id, []), facts.every_step)
        for id in session.scalars(select(Batch.id)).all():
            batch = look_at_batch(session, id)
            assert batch is not None
            a_batch_is_whole(batch)


def a_batch_is_whole(batch: BatchFacts) -> None:
    """Assert that what its lines say fits the batch's state: sent and answered together, over at its end."""
    live = [line for line in batch.lines if not line.over]
    if batch.state in (COLLECTING, FROZEN):
        assert {line.standing for line in live} <= {IN, *FALLEN}, batch.id
    if batch.state == SENT:
        assert IN not in {line.standing for line in live}, batch.id
    if batch.state == ANSWERED:
        assert not batch.waiting
    assert not live or batch.state not in (CLOSED, DISSOLVED)
    assert (batch.sent_on is None) == (batch.state not in (SENT, ANSWERED, CLOSED))


def a_case_is_whole(case: Case, claims: list[Claim], steps: tuple[StepFacts, ...]) -> None:
    """Assert that the claims, steps and holder fit the case's state."""
    standing = [claim for claim in claims if claim.outcome != "withdrawn"]
    under_way = case.state in (RAISED, REVIEW)
    assert under_way == any(claim.ended_at is None for claim in claims), case.id
    assert all(claim.outcome for claim in standing) or under_way
    assert (case.holder is None) == (case.held_until is None)
    assert case.holder is None or case.state == REVIEW, case.id
    if case.state == "corrected":
        assert any(claim.outcome == "corrected" for claim in standing)
    if case.state == "rejected":
        assert standing and not any(claim.outcome == "corrected" for claim in standing)
    if case.state in ("not_checked", "checked_ok"):
        assert not standing
    open_steps = [step for step in steps if not step.outcome]
    assert not open_steps or under_way, case.id
    for claim in standing:
        of_claim = [
            step for step in steps if claim.id in step.claims and step.outcome in ("passed", "failed")
        ]
        if claim.outcome == "corrected":
            assert claim.seen_on is not None
            assert not any(claim.id in step.claims for step in open_steps), case.id
        four_eyes_are_four(of_claim)


def four_eyes_are_four(steps: list[StepFacts]) -> None:
    """Assert that a claim's passed four-eyes steps have no person in common."""
    decided = [step for step in steps if step.kind in ("check", "approval", "visit")]
    for one in decided:
        for other in decided:
            if one.id != other.id and (one.four_eyes or other.four_eyes):
                assert not one.taken_by & other.taken_by, one.id


def nobody_decided_what_they_were_too_near_to(walk: Walk) -> None:
    """Assert that no deciding or holding entry names the student, the filer, or a declared relation."""
    with walk.world.place.store.reading() as session:
        record_of = {case: record for case, record in session.execute(select(Case.id, Case.record_id))}
        relations = session.execute(
            select(Relation.person_id, Relation.record_id, Relation.made_at, Relation.ended_at)
        ).all()
        rows = session.execute(
            select(EntryRow.subject, EntryRow.body)
            .where(EntryRow.number.is_not(None), EntryRow.subject.in_(select(Case.id)))
            .order_by(EntryRow.subject, EntryRow.number)
        ).all()
    checked = 0
    for case, lines in groupby(rows, key=lambda row: row[0]):
        prepared: set[str] = set()
        filed_at = ""
        for entry in (Entry.from_body(body) for _, body in lines):
            here = set(persons(entry))
            if entry.action in IN_THE_STUDENTS_NAME:
                prepared |= here
                filed_at = entry.at if entry.action == "raise" else filed_at
            elif entry.action in DECIDING | HOLDING and entry.role != "system":
                checked += 1
                assert not here & prepared, (case, entry.number)
                for person, record, made_at, ended_at in relations:
                    stood = made_at < from_text(entry.at) and (
                        ended_at is None or ended_at > from_text(filed_at)
                    )
                    assert not (stood and record == record_of[case] and person in here), (case, entry.number)
    assert checked > len(walk.cases) // 2


def persons(entry: Entry) -> Iterator[str]:
    """All persons who count as acting, and the person who received the case."""
    yield from filter(None, (entry.actor, entry.on_behalf_of))
    yield from (code.split(":", 1)[1] for code in entry.codes if code.startswith("to:"))


def test_what_the_walk_reads_of_an_entry_is_what_its_bytes_say() -> None:
    """A stand-in, the absent one and a receiver all count as persons of an entry."""
    entry = Entry(
        "done", "l", "s", "hand_over", "a", "b", "reviewer", "t", "p", on_behalf_of="c", codes=("to:d",)
    )
    assert json.loads(entry.body)["on_behalf_of"] == "c"
    assert list(persons(entry)) == ["b", "c", "d"]
