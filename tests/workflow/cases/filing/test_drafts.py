"""Drafts: what a student has answered and not filed; sealed, without state, and gone when it is empty."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, func, select

from tests.world import NAME, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.drafts import Answers, drop_draft, papers_of_draft, read_draft, save_draft
from workflow.cases.tables import Case, Draft
from workflow.history.tables import EntryRow
from workflow.people.cipher import CipherFault

NUMBER = ClaimFiled("SFZH", "legal_change", number_of(date(2006, 4, 5), 77), date(2024, 9, 20))


@pytest.fixture
def record(world: World) -> str:
    """A freshman."""
    return world.record()


def save(world: World, record: str, *claims: ClaimFiled) -> None:
    with world.place.store.writing() as session:
        answers = read_draft(session, world.place.cipher, record)
        answers.claims = {claim.field: claim for claim in claims}
        save_draft(session, world.place.cipher, record, answers, world.clock.moment)


def kept(world: World, record: str) -> Answers:
    with world.place.store.reading() as session:
        return read_draft(session, world.place.cipher, record)


def test_answers_come_back_as_they_were_given(world: World, record: str) -> None:
    """Every claim with value, cause and date, in the order in which the fields were marked."""
    save(world, record, NUMBER, NAME)
    assert kept(world, record).claims == {"SFZH": NUMBER, "XM": NAME}
    assert list(kept(world, record).claims) == ["SFZH", "XM"]


def test_a_draft_remembers_when_it_was_begun(world: World, record: str) -> None:
    """Changing an answer later does not make the draft younger."""
    begun = world.clock.moment
    save(world, record, NAME)
    world.at(begun + timedelta(hours=3))
    save(world, record, replace(NAME, new="测试乙"))
    assert kept(world, record).begun_at == begun


def test_a_draft_without_answers_goes_away(world: World, record: str) -> None:
    """Taking the last answer back leaves no row; without one there are empty answers."""
    save(world, record, NAME)
    save(world, record)
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Draft)) == 0
    assert kept(world, record) == Answers()


def test_a_draft_is_sealed_and_bound_to_its_student(world: World, record: str) -> None:
    """No value lies open, and another student's row cannot be read with it."""
    save(world, record, NUMBER)
    other = world.record()
    with world.place.store.reading() as session:
        body = session.scalars(select(Draft.body)).one()
    assert NUMBER.new.encode() not in body
    with world.place.store.writing() as session:
        session.execute(delete(Draft))
        session.add(Draft(record_id=other, begun_at=world.clock.moment, body=body))
    with world.place.store.reading() as session, pytest.raises(CipherFault):
        read_draft(session, world.place.cipher, other)


def test_a_draft_is_no_history_and_no_state(world: World, record: str) -> None:
    """Whoever only tries out answers has filed nothing."""
    save(world, record, NAME)
    with world.place.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(EntryRow)) == 0
        assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_dropping_a_draft_leaves_its_papers(world: World, record: str) -> None:
    """Photos that were taken stay until they are removed or filed, in the order in which they came."""
    first = world.paper(record)
    world.at(world.clock.moment + timedelta(minutes=1))
    second = world.paper(record, "household_book")
    save(world, record, NAME)
    with world.place.store.writing() as session:
        drop_draft(session, record)
    with world.place.store.reading() as session:
        assert [paper.id for paper in papers_of_draft(session, record)] == [first, second]
        assert papers_of_draft(session, world.record()) == []


def test_a_value_is_washed_as_a_rosters_would_be(world: World, record: str) -> None:
    """Full-width digits, spaces around a name and a small x are no errors of the student."""
    world.open_campaign()
    typed = ClaimFiled("SFZH", "admission_error", f" {number_of(date(2006, 4, 5), 77).lower()} ")
    assert typed.clean().new == number_of(date(2006, 4, 5), 77)
    assert replace(NAME, new=" 测试甲 ").clean() == NAME
    assert ClaimFiled("XH", "school_data", "２４０１９９９９９").clean().new == "240199999"
    assert world.file(record, typed).codes == ("SFZH:admission_error",)


def test_a_claim_without_a_circumstance_has_the_same_bytes_as_before_there_were_any() -> None:
    """What was drafted and what commands were keyed by before reads on, and a circumstance is kept beside it."""
    before = {"field": "XM", "cause": "admission_error", "new": "测试甲", "event_date": ""}
    assert NAME.as_json() == before and ClaimFiled.from_json(before) == NAME
    moved = replace(NAME, variant="moved_to_hk")
    assert moved.as_json() == {**before, "variant": "moved_to_hk"}
    assert ClaimFiled.from_json(moved.as_json()) == moved
