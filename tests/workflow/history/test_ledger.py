"""What the history stores of an action: the entry and its values, which cannot be changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, NoResultFound

from tests.world import NAME, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.clock import SHANGHAI
from workflow.engine import Ref
from workflow.history.entry import Entry, commitment
from workflow.history.ledger import open_value, read_entry
from workflow.history.tables import CommandKey, EntryRow, Opening, RuleRow
from workflow.history.timeline import opened, timeline
from workflow.people.tables import Access
from workflow.store import Store, as_text
from workflow.verdict import Refused

SECRET = "a key nobody may guess"


@pytest.fixture
def case(world: World) -> Ref:
    """A case with a filing, a refused attempt, and a refused exclusion."""
    record = world.record()
    world.open_campaign()
    case = world.case_of(record)
    world.file(record, NAME, key=SECRET)
    with pytest.raises(Refused):
        world.do(case, "confirm", world.student(record))
    world.do(case, "take_up", world.staff["reviewer"])
    return case


def test_an_entry_is_read_by_subject_and_number(world: World, case: Ref) -> None:
    """The line that was written is the line that is read; one that is not there is not made up."""
    with world.place.store.reading() as session:
        assert read_entry(session, case.id, 2).action == "raise"
        with pytest.raises(NoResultFound):
            read_entry(session, case.id, 9)


def test_every_value_opens_to_what_was_committed_to(world: World, case: Ref) -> None:
    """Salt and value beside the entry give the commitment in it; salts are 16 bytes and never the same."""
    with world.place.store.reading() as session:
        entry = read_entry(session, case.id, 2)
        openings = session.scalars(select(Opening).where(Opening.subject == case.id)).all()
        for opening in openings:
            value = open_value(world.place.cipher, opening)
            assert entry.values[opening.name] == commitment(opening.salt, opening.name, value)
        assert {opening.name for opening in openings} == {"XM.old", "XM.new"}
        assert {len(opening.salt) for opening in openings} == {16}
        assert len({opening.salt for opening in openings}) == len(openings)


def test_an_opening_of_one_entry_does_not_open_at_another(world: World, case: Ref) -> None:
    """A sealed value is bound to its subject, number and name."""
    with world.place.store.reading() as session:
        opening = session.scalars(select(Opening)).first()
        assert opening is not None
        session.expunge(opening)
    opening.number += 1
    with pytest.raises(Exception, match="moved here from another row"):
        open_value(world.place.cipher, opening)


def test_a_refused_attempt_bears_the_version_it_met(world: World, case: Ref) -> None:
    """It has no number, no values and no target, but its codes."""
    with world.place.store.reading() as session:
        row = session.scalars(select(EntryRow).where(EntryRow.kind == "refused")).one()
        entry = Entry.from_body(row.body)
        assert row.number is None
    assert (entry.action, entry.met, entry.target, entry.values, entry.number) == ("confirm", 2, "", {}, 0)
    assert entry.codes == ("wrong_state",)


def test_no_key_and_no_person_is_named_in_clear(world: World, case: Ref) -> None:
    """A command's key stands in entry and table only as a keyed digest; a person only by a random id."""
    with world.place.store.reading() as session:
        kept = session.scalars(select(CommandKey)).one()
        bodies = b"".join(session.scalars(select(EntryRow.body)))
        assert SECRET not in kept.key
        assert kept.key == world.place.cipher.digest("key", SECRET.encode())
        assert read_entry(session, case.id, 2).key == kept.key
    assert SECRET.encode() not in bodies
    assert "测试".encode() not in bodies


def test_no_id_number_stands_anywhere_in_clear(world: World) -> None:
    """After filing and correcting a number, no table of the database holds it in any column."""
    old, new = (
        number_of(world.clock.moment.date().replace(2006), 51),
        number_of(world.clock.moment.date(), 52),
    )
    record = world.record(number=old)
    world.open_campaign()
    case = Ref("case", world.file(record, ClaimFiled("SFZH", "admission_error", new)).subject)
    world.do(case, "take_up", world.staff["reviewer"])
    world.settle_all(case, "corrected")
    world.do(case, "correct", world.staff["reviewer"], words="已更正")
    with world.place.store.reading() as session:
        for table in ("record", "record_change", "claim", "entry", "opening", "notice", "access", "cases"):
            for row in session.execute(text(f"SELECT * FROM {table}")):
                for value in row:
                    plain = value if isinstance(value, bytes) else str(value).encode()
                    assert old.encode() not in plain, table
                    assert new.encode() not in plain, table


APPEND_ONLY: Mapping[str, Any] = {"entry": EntryRow, "rulebook": RuleRow, "access": Access}


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("how", ["change", "remove"])
def test_what_is_written_stays_written(world: World, case: Ref, table: str, how: str) -> None:
    """The application itself can neither change nor remove a line of history, a rule or a look."""
    kind = APPEND_ONLY[table]
    if table == "access":
        with pytest.raises(Refused):
            world.do(case, "withdraw", world.student(world.record()))
    column = {"entry": "actor", "rulebook": "name", "access": "what"}[table]
    statement = delete(kind) if how == "remove" else update(kind).values({column: "x"})
    with pytest.raises(DBAPIError), world.place.store.writing() as session:
        session.execute(statement)
    with world.place.store.reading() as session:
        assert "x" not in session.scalars(select(getattr(kind, column))).all()
        assert session.scalars(select(getattr(kind, column))).all()


def test_a_line_cannot_be_replaced_either(world: World, case: Ref) -> None:
    """Neither SQLite's INSERT OR REPLACE, which removes a row without saying so, nor an upsert gets through."""
    verbs = {
        "sqlite": [
            "INSERT OR REPLACE INTO entry SELECT id, subject, number, kind, action, 'x', role, at, body FROM entry",
            "REPLACE INTO entry SELECT id, subject, number, kind, action, 'x', role, at, body FROM entry",
        ],
        "postgresql": [],
    }[world.place.store.dialect]
    upsert = (
        "INSERT INTO entry SELECT id, subject, number, kind, action, 'x', role, at, body FROM entry WHERE true "
        "ON CONFLICT (id) DO UPDATE SET actor = 'x'"
    )
    for statement in (*verbs, upsert):
        with pytest.raises(DBAPIError), world.place.store.writing() as session:
            session.execute(text(statement))
    with world.place.store.reading() as session:
        assert "x" not in session.scalars(select(EntryRow.actor)).all()


def test_a_subject_has_one_entry_of_a_number(world: World, case: Ref) -> None:
    """The database itself refuses a second line of the same number."""
    with pytest.raises(DBAPIError), world.place.store.writing() as session:
        here = (EntryRow.subject == case.id, EntryRow.number == 2)
        found = session.execute(select(EntryRow.__table__).where(*here)).mappings().one()
        session.execute(EntryRow.__table__.insert().values({**found, "id": 10_000}))  # type: ignore[attr-defined]


def test_a_timeline_is_everything_in_the_order_in_which_it_happened(world: World, case: Ref) -> None:
    """Done and refused stand in one line of time, each with the values that can still be opened."""
    with world.place.store.reading() as session:
        lines = timeline(session, case.id)
        assert [(line.entry.action, line.entry.kind) for line in lines] == [
            ("open", "done"),
            ("raise", "done"),
            ("confirm", "refused"),
            ("take_up", "done"),
        ]
        assert [line.kept for line in lines] == [frozenset(), {"XM.old", "XM.new"}, frozenset(), frozenset()]
        assert timeline(session, "0" * 32) == []


def test_an_erased_value_is_no_longer_offered(world: World, case: Ref) -> None:
    """The line stays; what it committed to is gone."""
    with world.place.store.writing() as session:
        session.execute(delete(Opening).where(Opening.name == "XM.old"))
    with world.place.store.reading() as session:
        assert timeline(session, case.id)[1].kept == {"XM.new"}
        assert opened(session, world.place.cipher, case.id, 2) == {"XM.new": NAME.new}


def test_words_are_read_from_beside_the_entry(world: World, case: Ref) -> None:
    """What a reviewer wrote can be read with the cipher, entry by entry."""
    world.settle_all(case, "refused", words="材料看不清")
    world.do(case, "reject", world.staff["reviewer"], words="请另附清晰材料", refusal="record_is_right")
    assert [(entry.action, words) for entry, words in world.words(case)] == [
        ("settle", "材料看不清"),
        ("reject", "请另附清晰材料"),
    ]


def test_entries_are_dated_to_the_second_in_shanghai(store: Store, world: World, case: Ref) -> None:
    """The same 25 characters on both databases."""
    with store.reading() as session:
        dates = set(session.scalars(select(EntryRow.at)))
    assert dates == {"2024-10-25T10:00:00+08:00"} == {as_text(world.clock.moment.astimezone(SHANGHAI))}
