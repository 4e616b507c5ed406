"""What a case's row says beside its state is what its entries tell."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select, text, update

from tests.world import NAME, World
from workflow.cases.tables import ActedFor, Case
from workflow.cases.views.audit import compare, verify_case
from workflow.engine import Ref
from workflow.history.replay import HistoryFault
from workflow.history.rulebook import whole
from workflow.history.timeline import history_of


@pytest.fixture
def cases(world: World) -> dict[str, Ref]:
    """One case confirmed, one excluded, one decided."""
    records = [world.record() for _ in range(3)]
    world.open_campaign()
    found = dict(zip(("confirmed", "excluded", "decided"), map(world.case_of, records), strict=True))
    world.do(found["confirmed"], "confirm", world.student(records[0]))
    world.do(found["excluded"], "exclude", world.staff["registrar"], words="参军入伍", code="retained")
    world.file(records[2], NAME)
    world.do(found["decided"], "take_up", world.staff["reviewer"])
    world.settle_all(found["decided"], "refused")
    world.do(found["decided"], "reject", world.staff["reviewer"], words="材料不足", refusal="record_is_right")
    return found


def faults(world: World) -> list[HistoryFault]:
    """All faults of a comparison. The proof of each single case must find the same."""
    place = world.place
    with place.store.reading() as session:
        found, rules = compare(session), whole(session)
        alone = [
            fault
            for id in session.scalars(select(Case.id))
            for fault in verify_case(session, history_of(session, id), rules, place.cipher).faults
        ]
    assert {*found} == {*alone}
    return found


def test_honest_rows_agree_with_their_entries(world: World, cases: dict[str, Ref]) -> None:
    """Nothing is found where nobody wrote past the door."""
    assert faults(world) == []


@pytest.mark.parametrize(
    ("case", "column", "value"),
    [("confirmed", "manner", "deemed"), ("excluded", "excluded", ""), ("decided", "decided_by", "f" * 32)],
)
def test_a_column_changed_by_hand_is_found(
    world: World, cases: dict[str, Ref], case: str, column: str, value: str
) -> None:
    """Said so made into said nothing, an exclusion taken away, another decider: each is told with its case."""
    with world.place.store.writing() as session:
        session.execute(update(Case).where(Case.id == cases[case].id).values({column: value}))
    assert [(fault.subject, fault.code) for fault in faults(world)] == [(cases[case].id, "column_differs")]


def test_who_acted_in_the_students_name_is_told_by_the_entries(world: World, cases: dict[str, Ref]) -> None:
    """Whoever confirmed or filed has a line in that case and nobody else has; one added by hand is found."""
    with world.place.store.reading() as session:
        acted = set(session.scalars(select(ActedFor.case_id)))
    assert acted == {cases["confirmed"].id, cases["decided"].id}
    reviewer = world.staff["reviewer"].person
    with world.place.store.writing() as session:
        session.execute(insert(ActedFor).values(case_id=cases["decided"].id, person_id=reviewer))
    assert [(one.subject, one.code) for one in faults(world)] == [(cases["decided"].id, "acted_for_differs")]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_line_taken_away_behind_the_triggers_is_found(world: World, cases: dict[str, Ref]) -> None:
    """Who owns the file can drop a trigger and a line; the entries still tell who filed."""
    with world.place.store.writing() as session:
        session.execute(text("DROP TRIGGER acted_for_refuses_delete"))
        session.execute(delete(ActedFor).where(ActedFor.case_id == cases["decided"].id))
    assert [(one.subject, one.code) for one in faults(world)] == [(cases["decided"].id, "acted_for_differs")]
