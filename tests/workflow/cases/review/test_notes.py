"""Internal notes: what those who handle a case tell each other, and what no student ever learns of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.laws import holds
from tests.world import NAME, World
from workflow.cases.review.notes import notes_read
from workflow.cases.views.belongings import belongings
from workflow.engine import Ref
from workflow.history.ledger import erase_openings
from workflow.history.replay import verify
from workflow.history.tables import EntryRow
from workflow.history.timeline import opened, timeline
from workflow.people.standing_in import declare
from workflow.verdict import Refused

pytestmark = pytest.mark.one_database
PLANTED = "电话核实：原件在招生办，与档案一致"


@pytest.fixture
def case(world: World) -> Iterator[Ref]:
    """A case that the reviewer has taken up."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    yield case


def read(world: World, case: Ref) -> list[str]:
    """The notes of a case, newest first, and nothing of them among its entries."""
    facts = world.case(case)
    with world.place.store.reading() as session:
        there = belongings(session, world.place.cipher, facts)
        assert all(entry.action != "note" for entry, _ in there.entries)
        return [one.words for one in notes_read(session, world.place.cipher, there.notes)]


@holds("keep_note")
def test_a_note_is_kept_by_commitment_and_changes_no_state(world: World, case: Ref) -> None:
    """The entry names no word of it, an auditor can open it, and erased it is gone while the history verifies."""
    before, reviewer = world.case(case), world.staff["reviewer"]
    first = world.do(case, "note", reviewer, words=f"  {PLANTED}\r\n明天再打 ", key="k" * 32)
    assert world.do(case, "note", reviewer, words=f"  {PLANTED}\r\n明天再打 ", key="k" * 32) == first
    world.do(case, "note", world.staff["second_reviewer"], words="已看过")
    assert read(world, case) == ["已看过", f"{PLANTED}\n明天再打"]
    after = world.case(case)
    assert (after.state, after.holder, after.version) == (before.state, before.holder, before.version + 2)
    assert PLANTED not in first.body.decode() and not first.codes
    with world.place.store.writing() as session:
        bodies = session.scalars(select(EntryRow.body).where(EntryRow.subject == case.id))
        assert all(PLANTED.encode() not in bytes(body) for body in bodies)
        assert opened(session, world.place.cipher, case.id, first.number)["note"].startswith(PLANTED)
        line = next(one for one in timeline(session, case.id) if one.entry == first)
        assert line.kept == {"note"}
        erase_openings(session, case.id)
        tables = {name: one.table for name, one in world.place.engine.bindings.items()}
        assert verify(session, tables, world.place.cipher).holds
    assert read(world, case) == ["", ""]


@holds("may_see_papers")
def test_notes_are_for_those_who_may_see_the_papers(world: World, case: Ref) -> None:
    """A reviewer whose turn it is not, a relative and the student write none; the second reviewer may."""
    staff = world.staff
    other = staff["other_reviewer"]
    world.do(case, "note", other, words=PLANTED)
    world.settle_all(case, "refused")
    world.do(case, "reject", staff["reviewer"], words="材料不足", refusal="evidence_does_not_prove")
    assert "papers_not_yours" in world.refused(case, "note", other, words=PLANTED).codes
    for who in ("reviewer", "second_reviewer"):
        assert world.may(case, "note", staff[who], words=PLANTED).allowed
    with world.place.store.writing() as session:
        declare(
            session,
            staff["second_reviewer"],
            world.case(case).record.id,
            world.clock.moment,
            world.place.entropy,
        )
    assert world.refused(case, "note", staff["second_reviewer"], words=PLANTED).stranger
    assert world.refused(case, "note", staff["registrar"], words=PLANTED).codes == ("not_your_role",)


@holds("note_is_whole")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (" \u200b\n ", "note_missing"),
        ("长" * 501, "note_too_long"),
        ("\x07", "note_missing"),
        (PLANTED, ""),
    ],
)
def test_a_note_says_something_that_can_be_read(world: World, case: Ref, words: str, code: str) -> None:
    """Nothing that can be read and too much are refused in words; the rest is kept."""
    assert world.may(case, "note", world.staff["reviewer"], words=words).codes == ((code,) if code else ())


def test_a_note_makes_the_page_of_a_colleague_stale_and_never_the_students(world: World, case: Ref) -> None:
    """Who decides has read it or is told that it came; a student's page stays fresh, and tells nothing."""
    seen, student = world.case(case).version, world.student(world.case(case).record.id)
    world.do(case, "note", world.staff["second_reviewer"], words=PLANTED)
    engine = world.place.engine
    with pytest.raises(Refused) as stale, world.place.store.writing() as session:
        engine.perform(session, case, "release", by=world.staff["reviewer"], expected=seen)
    assert (
        stale.value.codes == ("changed_meanwhile",)
        and "复核人添加内部备注" in stale.value.verdict.reasons[0].says
    )
    with world.place.store.writing() as session:
        engine.perform(
            session, case, "say_looked", by=student, expected=seen, looked_on=world.clock.moment.date()
        )
    world.do(case, "release", world.staff["reviewer"])
    with pytest.raises(Refused) as told, world.place.store.writing() as session:
        engine.perform(session, case, "withdraw", by=student, expected=seen)
    assert (
        "退回待办" in told.value.verdict.reasons[0].says and "备注" not in told.value.verdict.reasons[0].says
    )
    world.do(case, "withdraw", student)
    with pytest.raises(Refused) as gone:
        world.do(case, "note", world.staff["reviewer"], words=PLANTED)
    assert "wrong_state" in gone.value.codes
