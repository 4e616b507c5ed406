"""Roles are checked inside the engine's transaction, and accesses are logged."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.world import World
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.tables import EntryRow
from workflow.people.access import note_access
from workflow.people.accounts import end_role, give_role
from workflow.people.reasons import REASONS, why_no_reason
from workflow.people.scopes import held
from workflow.people.tables import Access
from workflow.verdict import Refused


@pytest.fixture
def case(world: World) -> Ref:
    """A freshman's unanswered case."""
    record = world.record()
    world.open_campaign()
    return world.case_of(record)


def test_a_role_that_ended_bars_at_once(world: World, case: Ref) -> None:
    """Whoever was a registrar when the page was drawn and is none now is refused at the door."""
    registrar = world.staff["registrar"]
    assert world.do(case, "exclude", registrar, words="退学", code="left_school").number == 2
    with world.place.store.writing() as session:
        end_role(session, registrar.person, "registrar", world.clock.moment)
    with pytest.raises(Refused) as no:
        world.do(case, "include", registrar, words="弄错了")
    assert no.value.codes == ("role_not_held",)
    assert "学籍管理员" in no.value.verdict.reasons[0].says


def test_a_role_counts_from_the_moment_it_is_given(world: World, case: Ref) -> None:
    """An auditor who is made registrar may act as one, without signing in again."""
    person = world.staff["auditor"].person
    actor = Actor(person, "registrar")
    with pytest.raises(Refused):
        world.do(case, "exclude", actor, words="退学", code="left_school")
    with world.place.store.writing() as session:
        give_role(session, person, held("registrar"), SYSTEM.person, world.clock.moment, world.place.entropy)
    assert world.do(case, "exclude", actor, words="退学", code="left_school").role == "registrar"


@pytest.mark.parametrize("person", ["system", "registrar's"])
def test_nobody_can_pose_as_the_system(world: World, case: Ref, person: str) -> None:
    """The system is one object of the program; an actor that only bears its name and role is refused."""
    who = world.staff["registrar"].person if person == "registrar's" else person
    with pytest.raises(Refused) as no:
        world.do(case, "exclude", Actor(who, "system"), words="退学", code="left_school")
    assert no.value.codes == ("role_not_held",)
    assert world.do(case, "exclude", SYSTEM, words="退学", code="left_school").actor == "system"


def test_an_unknown_person_holds_no_role(world: World, case: Ref) -> None:
    """Who is nobody's account has no rights, whatever role they say."""
    with pytest.raises(Refused) as no:
        world.do(case, "exclude", Actor("0" * 32, "registrar"), words="退学", code="left_school")
    assert no.value.codes == ("role_not_held",)


def test_a_strangers_try_is_in_the_access_log_and_not_in_the_history(world: World, case: Ref) -> None:
    """A student who tries another's case leaves one line that says so; the case's history does not grow."""
    stranger = world.student(world.record())
    with pytest.raises(Refused) as no:
        world.do(case, "confirm", stranger)
    assert no.value.verdict.stranger
    with world.place.store.reading() as session:
        line = session.scalars(select(Access)).one()
        assert (line.person_id, line.role, line.what) == (stranger.person, "student", "try:confirm")
        assert (line.subject, line.allowed, line.at) == (case.id, False, world.clock.moment)
        assert session.scalars(select(EntryRow.kind).where(EntryRow.subject == case.id)).all() == ["done"]


def test_a_look_is_written_before_anything_is_shown(world: World) -> None:
    """Reading another person's data leaves a line with who, what and when, and nothing of what was read."""
    auditor = world.staff["auditor"]
    with world.place.store.writing() as session:
        note_access(session, auditor, "record", "1" * 32, world.clock.moment)
    with world.place.store.reading() as session:
        line = session.scalars(select(Access)).one()
        assert (line.person_id, line.role, line.what) == (auditor.person, "auditor", "record")
        assert (line.subject, line.allowed, line.at) == ("1" * 32, True, world.clock.moment)


def test_a_look_for_a_reason_says_which(world: World) -> None:
    """The reason stands in the line as a code of the list; a look that needs none has none."""
    auditor, at = world.staff["auditor"], world.clock.moment
    with world.place.store.writing() as session:
        note_access(session, auditor, "reveal:SFZH", "1" * 32, at, why="audit")
        note_access(session, auditor, "record", "1" * 32, at)
    with world.place.store.reading() as session:
        assert session.scalars(select(Access.why).order_by(Access.id)).all() == ["audit", ""]


def test_nothing_is_revealed_without_a_reason_of_the_list() -> None:
    """Every reason of the list will do; nothing chosen, or a word of one's own, is refused with what to do."""
    assert [why_no_reason(code) for code in REASONS] == [None] * len(REASONS)
    for said in ("", "好奇", "check_identity "):
        no = why_no_reason(said)
        assert no is not None and (no.code, bool(no.remedy)) == ("look_without_reason", True)


def test_the_list_of_reasons_changes_for_nobody() -> None:
    """The codes fit into their column, are named in both languages, and no code of the product alters them."""
    column = Access.__table__.c.why.type.length
    assert all(len(code) <= column and zh and en for code, (zh, en) in REASONS.items())
    with pytest.raises(TypeError):
        REASONS["curiosity"] = ("好奇", "curiosity")  # type: ignore[index]
