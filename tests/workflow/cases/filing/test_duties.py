"""Acting for a student by duty: the rules name who may, and every trace says in which duty it was done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from config.policy.words import DUTIES
from states.case import CHECKED_OK, RAISED
from tests.schools import world_with_proxies
from tests.world import NAME, World
from workflow.cases.checking.confirm import shown
from workflow.cases.filing.file import raise_claims
from workflow.cases.views.audit import compare
from workflow.clock import SetClock
from workflow.engine import Actor, Ref
from workflow.history.codes import DUTY, find
from workflow.history.entry import Entry
from workflow.history.replay import verify
from workflow.notices.tables import Notice
from workflow.notices.texts import Letterhead, compose
from workflow.people.accounts import give_role
from workflow.people.cipher import Cipher
from workflow.people.scopes import STAFF_DUTIES, Scope, held
from workflow.store import Store
from workflow.verdict import Refused

SCOPE = Scope("测试学院", "240101")
WORDS = "10月25日本人到学院窗口，出示身份证和户口簿原件"
HEAD = Letterhead("测试大学", "Test University", "https://school.example")


@pytest.fixture
def duty() -> str:
    """The duty that the rules name."""
    return "teaching_secretary"


@pytest.fixture
def world(
    store: Store,
    cipher: Cipher,
    clock: SetClock,
    entropy: Callable[[int], bytes],
    tmp_path: Path,
    duty: str,
) -> World:
    """The small school, whose rules let officers of one duty act for a student, and nobody else."""
    return world_with_proxies(store, cipher, clock, entropy, tmp_path, proxies=(duty,))


def confirm(world: World, case: Ref, by: Actor) -> Entry:
    """Confirm a record for its student."""
    with world.place.store.writing() as session:
        seen = shown(session, world.place.cipher, world.case(case))[1]
        entry: Entry = world.place.engine.perform(session, case, "confirm", by=by, words=WORDS, seen=seen)
        return entry


def raise_for(world: World, case: Ref, by: Actor) -> Entry:
    """File a wrong name for the student of a case, with the papers for it."""
    record = world.case(case).record.id
    papers = [world.paper(record, kind, by.person) for kind in ("id_card", "household_book")]
    with world.place.store.writing() as session:
        return raise_claims(world.place.engine, session, case.id, by, (NAME,), papers, words=WORDS)


def everything_holds(world: World) -> bool:
    """Whether the replayed history gives every subject as it stands."""
    tables = {name: binding.table for name, binding in world.place.engine.bindings.items()}
    with world.place.store.reading() as session:
        return verify(session, tables, world.place.cipher).holds and compare(session) == []


def letters(world: World, event: str) -> list[str]:
    """The texts of the letters of an event."""
    with world.place.store.reading() as session:
        found = session.scalars(select(Notice).where(Notice.event == event)).all()
        made = [compose(one.id, event, one.due_at, one.act_by, one.facts, HEAD) for one in found]
    return ["\n".join((*letter.lines, *letter.lines_en)) for letter in made]


@pytest.mark.parametrize("duty", STAFF_DUTIES)
def test_the_duty_that_the_rules_name_confirms_and_files_and_no_other_does(world: World, duty: str) -> None:
    """Neither the college's plain officer, nor the registrar, nor an officer there for something else."""
    records = [world.record(), world.record()]
    world.open_campaign()
    to_confirm, to_file = map(world.case_of, records)
    others = [world.officer(SCOPE, duty=other) for other in STAFF_DUTIES if other != duty]
    for by in (world.staff["officer"], world.staff["registrar"], *others):
        for act in (confirm, raise_for):
            with pytest.raises(Refused) as no:
                act(world, to_file, by)
            assert no.value.verdict.codes == ("PROXY_NOT_ALLOWED",)
    able = world.officer(SCOPE, duty=duty)
    done = confirm(world, to_confirm, able), raise_for(world, to_file, able)
    assert [entry.target for entry in done] == [CHECKED_OK, RAISED]
    assert [find(entry.codes, DUTY).value for entry in done] == [duty, duty]
    assert [entry.role for entry in done] == ["officer", "officer"]
    assert world.row(to_file).proxy_role == duty
    assert everything_holds(world)


def test_a_duty_is_no_licence_outside_its_scope(world: World) -> None:
    """A secretary of another class is a stranger to the student, whatever the rules allow."""
    record = world.record()
    world.open_campaign()
    stranger = world.officer(Scope("测试学院", "240102"), duty="teaching_secretary")
    for act in (confirm, raise_for):
        with pytest.raises(Refused) as no:
            act(world, world.case_of(record), stranger)
        assert no.value.verdict.stranger


def test_who_is_several_things_files_in_the_capacity_they_are_in(world: World) -> None:
    """A counsellor who is the secretary too files as the secretary, and as the counsellor not at all."""
    record = world.record()
    world.open_campaign()
    counsellor = held("officer", SCOPE, "counsellor")
    secretary = held("officer", SCOPE, "teaching_secretary")
    person = world.officer(SCOPE, duty="counsellor").person
    with world.place.store.writing() as session:
        give_role(session, person, secretary, "system", world.clock.moment, world.place.entropy)
    case = world.case_of(record)
    with pytest.raises(Refused) as no:
        raise_for(world, case, Actor(person, "officer", capacity=counsellor.capacity))
    assert no.value.verdict.codes == ("PROXY_NOT_ALLOWED",)
    entry = raise_for(world, case, Actor(person, "officer", capacity=secretary.capacity))
    assert find(entry.codes, DUTY).value == "teaching_secretary"


def test_the_letters_to_the_student_say_in_which_duty_it_was_done(world: World) -> None:
    """In both languages, and without a name."""
    records = [world.record(), world.record()]
    world.open_campaign()
    secretary = world.officer(SCOPE, duty="teaching_secretary", name="测试秘书")
    confirm(world, world.case_of(records[0]), secretary)
    raise_for(world, world.case_of(records[1]), secretary)
    zh, en = DUTIES["teaching_secretary"]
    for event in ("confirmed_for_you", "filed_for_you"):
        (letter,) = letters(world, event)
        assert f"由{zh}代为办理。" in letter and en in letter and "测试秘书" not in letter
