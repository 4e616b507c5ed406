"""What a unit of work has read of a case is asked for once, and never outlives what is written to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from states.case import REVIEW
from tests.conftest import on
from tests.world import NAME, World, picture
from workflow.cases.filing.file import file
from workflow.cases.load import look_at_case, read_case, whole_record
from workflow.cases.tables import Case
from workflow.engine import SYSTEM, Actor, Ref
from workflow.evidence.intake import Picture
from workflow.people.accounts import end_role, give_role
from workflow.people.scopes import held
from workflow.people.standing_in import declare, end_early, relations_of, stand_in, take_back
from workflow.records.corrections import correct
from workflow.records.tables import Record
from workflow.records.values import Source, ValueChange, value_of, write_changes
from workflow.store import Store, keep_in_hand
from workflow.verdict import Refused

PLATFORM = {"seen_on": date(2024, 10, 25)}


@pytest.fixture
def record(world: World) -> str:
    """A record in an open campaign."""
    made = world.record()
    world.open_campaign()
    return made


@pytest.fixture
def case(world: World, record: str) -> Ref:
    """A filed case about a name, held by a reviewer."""
    world.file(record, NAME)
    filed = world.case_of(record)
    world.do(filed, "take_up", world.staff["reviewer"])
    return filed


def change_name(world: World, session: Session, record: str, new: str) -> None:
    """Change a record's name as an import does."""
    source = Source("import", world.source)
    line = ValueChange(
        record, "XM", 1, value_of(session, world.place.cipher, record, "XM"), new, source, source
    )
    write_changes(session, world.place.cipher, [line], at=world.clock.moment, entropy=world.place.entropy)


def test_what_was_read_is_not_read_again(world: World, record: str, case: Ref) -> None:
    """A second look in the same unit of work, also at another case of the record, is the same value."""
    with world.place.store.writing() as session:
        found = read_case(session, case.id)
        assert look_at_case(session, case.id) is found and read_case(session, case.id) is found
        assert whole_record(session, record).case(case.id) is found


def test_two_units_of_work_never_share_what_they_read(world: World, case: Ref) -> None:
    """Each reads for itself, also on the connection that the one writer keeps."""
    with world.place.store.writing() as session:
        first = look_at_case(session, case.id)
    with world.place.store.writing() as session:
        second = look_at_case(session, case.id)
    assert first == second and first is not second


def test_a_session_that_only_looks_keeps_nothing_unless_a_page_says_so(world: World, case: Ref) -> None:
    """A snapshot is asked again each time, until somebody wants what it says kept."""
    with world.place.store.reading() as session:
        assert look_at_case(session, case.id) is not look_at_case(session, case.id)
        keep_in_hand(session)
        assert look_at_case(session, case.id) is look_at_case(session, case.id)


def test_an_import_drops_every_case_of_the_record(world: World, record: str, case: Ref) -> None:
    """Both cases of one record are read anew after its values changed in the same unit of work."""
    world.do(
        case, "settle", world.staff["reviewer"], claim=world.case(case).claims[0].id, outcome="already_right"
    )
    world.do(case, "reject", world.staff["reviewer"], words="原记录无误", refusal="record_is_right")
    world.at(on(2025, 3, 3))
    second = Ref("case", world.file(record, NAME).subject)
    with world.place.store.writing() as session:
        before = [read_case(session, one.id) for one in (case, second)]
        change_name(world, session, record, "测试乙")
        after = [read_case(session, one.id) for one in (case, second)]
        assert all(new is not None and new is not old for old, new in zip(before, after, strict=True))
        assert value_of(session, world.place.cipher, record, "XM") == "测试乙"


def test_a_claim_is_judged_by_the_value_that_an_import_just_brought(
    world: World, record: str, case: Ref
) -> None:
    """Who passes a step in the same unit of work has to look at the record as it is by then."""
    by, engine = world.staff["reviewer"], world.place.engine
    step = world.case(case).steps[0].id
    with world.place.store.writing() as session:
        assert engine.check_action(session, case, "pass_step", by, step=step).allowed
        change_name(world, session, record, "测试乙")
        assert engine.check_action(session, case, "pass_step", by, step=step).codes == ("base_moved",)


def test_a_correction_and_a_set_wise_statement_are_seen(world: World, record: str, case: Ref) -> None:
    """Whatever way a record's row is written, the next look reads it."""
    with world.place.store.writing() as session:
        cipher, at, entropy = world.place.cipher, world.clock.moment, world.place.entropy
        look_at_case(session, case.id)
        correct(session, cipher, record, {"XM": "测试丙"}, case.id, at, entropy)
        assert value_of(session, cipher, record, "XM") == "测试丙"
        session.execute(update(Record).values(degree_registered_on=at.date()))
        found = look_at_case(session, case.id)
        assert found is not None and found.record.degree_registered_on == at.date()


def test_a_role_that_ends_is_not_acted_in_any_more(world: World, case: Ref) -> None:
    """A grant given or taken away in the same unit of work counts at the next question."""
    by, engine, at = world.staff["reviewer"], world.place.engine, world.clock.moment
    with world.place.store.writing() as session:
        assert engine.check_action(session, case, "release", by).allowed
        end_role(session, by.person, "reviewer", at)
        assert "role_not_held" in engine.check_action(session, case, "release", by).codes
        give_role(session, by.person, held("reviewer"), SYSTEM.person, at, world.place.entropy)
        assert engine.check_action(session, case, "release", by).allowed


def test_a_stand_in_who_stops_in_the_same_unit_of_work_stands_in_no_longer(world: World, case: Ref) -> None:
    """A substitution begun or ended counts at the next question."""
    absent, other = world.staff["reviewer"], world.staff["other_reviewer"]
    by = Actor(other.person, "reviewer", absent.person)
    engine, at, registrar = world.place.engine, world.clock.moment, world.staff["registrar"]
    with world.place.store.writing() as session:
        assert "role_not_held" in engine.check_action(session, case, "release", by).codes
        made = stand_in(
            session, absent.person, other.person, at.date(), at.date(), registrar, at, world.place.entropy
        )
        assert engine.check_action(session, case, "release", by).allowed
        end_early(session, made, registrar, at)
        assert "role_not_held" in engine.check_action(session, case, "release", by).codes


def test_a_relation_declared_or_taken_back_is_seen(world: World, record: str, case: Ref) -> None:
    """Declared, it bars the next decision; taken back, it bars still from what was filed before."""
    by, engine, at = world.staff["reviewer"], world.place.engine, world.clock.moment
    with world.place.store.writing() as session:
        assert engine.check_action(session, case, "ask", by).allowed
        declare(session, by, record, at, world.place.entropy)
        assert engine.check_action(session, case, "ask", by).codes == ("related",)
        world.at(on(2024, 10, 26))
        take_back(session, by, relations_of(session, by.person)[0].id, world.clock.moment)
        assert engine.check_action(session, case, "ask", by).codes == ("related",)


def test_a_case_handed_over_is_in_other_hands_at_once(world: World, case: Ref) -> None:
    """The next question in the same unit of work meets the new holder."""
    by, other, engine = world.staff["reviewer"], world.staff["other_reviewer"], world.place.engine
    with world.place.store.writing() as session:
        assert engine.check_action(session, case, "ask", by).allowed
        engine.perform(session, case, "hand_over", by=by, to=other.person)
        assert engine.check_action(session, case, "ask", by).codes == ("held_by_another",)
        assert engine.check_action(session, case, "ask", other).allowed


def test_a_step_that_ended_is_over_for_the_next_decision(world: World, case: Ref) -> None:
    """What one action did to a step, a claim or a question the next one sees, in the same unit of work."""
    by, engine = world.staff["reviewer"], world.place.engine
    check, platform = (one.id for one in world.case(case).steps)
    with world.place.store.writing() as session:
        assert engine.check_action(session, case, "pass_step", by, step=check).allowed
        assert engine.check_action(session, case, "see", by, step=platform, **PLATFORM).codes == (
            "earlier_steps_open",
        )
        engine.perform(session, case, "pass_step", by=by, step=check)
        assert engine.check_action(session, case, "pass_step", by, step=check).codes == ("step_is_done",)
        engine.perform(session, case, "see", by=by, step=platform, **PLATFORM)
        seen = read_case(session, case.id)
        assert seen is not None and [claim.outcome for claim in seen.claims] == ["corrected"]
        engine.perform(session, case, "correct", by=by, words="已更正")
        done = read_case(session, case.id)
        assert done is not None and done.decided_by == by.person


def test_a_paper_put_in_or_taken_out_is_seen_by_the_next_filing(world: World, record: str) -> None:
    """A paper that is gone is named as such, though it was there a moment before."""
    by, place, at = world.student(record), world.place, world.clock.moment
    with place.store.writing() as session:
        papers = [
            place.evidence.add(session, record, kind, Picture("image/jpeg", picture()), at)
            for kind in ("id_card", "household_book")
        ]
        ids, case = tuple(paper.id for paper in papers), world.case_of(record)
        details = {"claims": (NAME,), "papers": ids}
        assert place.engine.check_action(session, case, "raise", by, **details).allowed
        place.evidence.remove(session, papers[0])
        assert "paper_not_there" in place.engine.check_action(session, case, "raise", by, **details).codes


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_what_was_only_looked_at_is_read_again_before_it_is_acted_on(
    world: World, store: Store, case: Ref
) -> None:
    """Somebody else acts between the look and the act: the act meets what is there by then."""
    by, other, engine = world.staff["reviewer"], world.staff["other_reviewer"], world.place.engine
    with pytest.raises(Refused) as no, store.writing() as session:
        looked = look_at_case(session, case.id)
        assert looked is not None and engine.check_action(session, case, "ask", by).allowed
        world.do(case, "hand_over", by, to=other.person)
        engine.perform(session, case, "release", by=by, expected=looked.version)
    assert set(no.value.codes) == {"changed_meanwhile", "not_held_by_you"}


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_row_is_locked_once_in_a_unit_of_work(world: World, store: Store, case: Ref) -> None:
    """What was read under its lock is good enough to act on again."""
    with store.writing() as session:
        first = read_case(session, case.id)
        assert read_case(session, case.id) is first and look_at_case(session, case.id) is first


def test_what_is_in_hand_after_any_action_is_what_a_fresh_reading_gives(world: World, record: str) -> None:
    """A whole life in one unit of work: after each action the case in hand is the case in the database."""
    by, engine = world.staff["reviewer"], world.place.engine
    student = world.student(record)
    papers = tuple(world.paper(record, kind) for kind in ("id_card", "household_book"))
    with world.place.store.writing() as session:
        case = Ref("case", file(engine, session, record, student, [NAME], papers).subject)
        deeds: tuple[tuple[str, Actor, Callable[[Any], dict[str, Any]]], ...] = (
            ("take_up", by, lambda now: {}),
            ("release", by, lambda now: {}),
            ("hold", by, lambda now: {}),
            ("pass_step", by, lambda now: {"step": now.steps[0].id}),
            ("see", by, lambda now: {"step": now.steps[1].id, **PLATFORM}),
            ("correct", by, lambda now: {"words": "已更正"}),
        )
        for action, who, details in deeds:
            now = read_case(session, case.id)
            engine.perform(session, case, action, by=who, **details(now))
            row = session.execute(
                select(Case.state, Case.version, Case.holder, Case.decided_by).where(Case.id == case.id)
            ).one()
            held = read_case(session, case.id)
            assert held is not None
            said = (held.state, held.version, held.holder or None, held.decided_by or None)
            assert said == tuple(row), action
            assert held.state != REVIEW or held.steps
