"""Replay finds every change made outside the engine, and reports nothing otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, delete, func, insert, select, text, update

from tests.world import NAME, World
from workflow.cases.tables import Case
from workflow.engine import Ref
from workflow.history.entry import Entry, canonical
from workflow.history.replay import HistoryFault, Proof, verify, verify_one
from workflow.history.rulebook import whole
from workflow.history.tables import EntryRow, Opening, RuleRow
from workflow.history.timeline import history_of
from workflow.store import Store
from workflow.verdict import Refused


def proof_of(world: World) -> Proof:
    """The verification of the whole history."""
    tables = {name: binding.table for name, binding in world.place.engine.bindings.items()}
    with world.place.store.reading() as session:
        return verify(session, tables, world.place.cipher)


def alone(world: World) -> Iterator[HistoryFault]:
    """The faults of each subject, verified by itself."""
    place = world.place
    with place.store.reading() as session:
        present = {
            row.id: (name, row.state, row.version)
            for name, binding in place.engine.bindings.items()
            for row in session.execute(select(*(binding.table.c[n] for n in ("id", "state", "version"))))
        }
        rules = whole(session)
        for subject in {*present, *session.scalars(select(EntryRow.subject))}:
            yield from verify_one(
                history_of(session, subject), present.get(subject), rules, place.cipher
            ).faults


def faults_of(world: World) -> set[tuple[str, int, str]]:
    """Every fault as (subject, entry number, code). Single verifications must find the same."""
    found = proof_of(world).faults
    assert {*alone(world)} == {*found}
    return {(fault.subject, fault.number, fault.code) for fault in found}


@contextmanager
def tampering(store: Store) -> Iterator[Connection]:
    """A connection with an administrator's power: no triggers, no foreign keys, no grants."""
    url = store.url if store.dialect == "sqlite" else store.url.set(username="postgres")
    database = create_engine(url)
    with database.begin() as connection:
        if store.dialect == "sqlite":
            named = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            for name in named.scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
    database.dispose()


@pytest.fixture
def case(world: World) -> Ref:
    """A complete case: filed, taken up, settled, corrected; entries 1 to 6."""
    record = world.record()
    silent = world.record()
    world.open_campaign()
    case = world.case_of(record)
    world.file(record, NAME)
    world.do(case, "take_up", world.staff["reviewer"])
    with pytest.raises(Refused):
        world.do(case, "correct", world.staff["other_reviewer"], words="已更正")
    world.settle_all(case, "corrected")
    world.do(case, "correct", world.staff["reviewer"], words="已在平台更正")
    world.do(world.case_of(silent), "confirm", world.student(silent))
    return case


def body(connection: Connection, case: Ref, number: int) -> dict[str, Any]:
    """The content of an entry."""
    found = connection.scalar(
        select(EntryRow.body).where(EntryRow.subject == case.id, EntryRow.number == number)
    )
    said: dict[str, Any] = json.loads(found)
    return said


def rewrite(connection: Connection, case: Ref, line: int, **changes: Any) -> None:
    """Change an entry in valid canonical form, with the columns beside it."""
    said = body(connection, case, line) | changes
    columns = {name: said[name] for name in ("action", "actor", "role", "at", "kind")}
    connection.execute(
        update(EntryRow)
        .where(EntryRow.subject == case.id, EntryRow.number == line)
        .values(body=canonical(said), **columns)
    )


def test_an_honest_history_holds(world: World, case: Ref) -> None:
    """Every subject folds to its state, refused attempts are counted apart, every value opens."""
    proof = proof_of(world)
    assert proof.holds
    assert (proof.subjects, proof.entries, proof.refused, proof.erased) == (3, 10, 1, 0)
    with world.place.store.reading() as session:
        assert proof.openings == session.scalar(select(func.count()).select_from(Opening)) > 0


def test_nothing_at_all_holds_too(world: World) -> None:
    """An empty installation has no faults."""
    assert proof_of(world) == Proof()


def test_a_subject_alone_is_proved_like_all_of_them_at_once(world: World, case: Ref) -> None:
    """Of several that were tampered with, each one's own proof finds its faults and no other's."""
    with tampering(world.place.store) as connection:
        rewrite(connection, case, 3, to="corrected")
        connection.execute(update(Case).where(Case.id != case.id).values(version=9))
        connection.execute(update(Opening).values(salt=bytes(16)))
    found = faults_of(world)
    assert len({subject for subject, _, _ in found}) == 2
    assert {(case.id, 3, "illegal_move"), (case.id, 2, "value_differs")} <= found


@pytest.mark.parametrize("piece", [b"", b"{}", b"[1]", b"\xff", b'{"format":1}'])
def test_a_body_that_is_no_entry_is_found(world: World, case: Ref, piece: bytes) -> None:
    """Bytes that nobody could have written are told, and so is the hole they leave."""
    with tampering(world.place.store) as connection:
        connection.execute(
            update(EntryRow).where(EntryRow.subject == case.id, EntryRow.number == 3).values(body=piece)
        )
    assert (case.id, 3, "not_canonical") in faults_of(world)
    assert (case.id, 4, "number_gap") in faults_of(world)


def test_an_altered_body_is_found_by_the_columns_beside_it(world: World, case: Ref) -> None:
    """Another reviewer's name in the bytes does not agree with the columns."""
    with tampering(world.place.store) as connection:
        said = body(connection, case, 3) | {"actor": world.staff["other_reviewer"].person}
        connection.execute(
            update(EntryRow)
            .where(EntryRow.subject == case.id, EntryRow.number == 3)
            .values(body=canonical(said))
        )
    assert faults_of(world) == {(case.id, 3, "columns_differ")}


def test_an_altered_column_is_found_by_the_bytes(world: World, case: Ref) -> None:
    """The bytes are the truth; a column that says otherwise is told."""
    with tampering(world.place.store) as connection:
        connection.execute(
            update(EntryRow).where(EntryRow.subject == case.id, EntryRow.number == 3).values(actor="f" * 32)
        )
    assert faults_of(world) == {(case.id, 3, "columns_differ")}


@pytest.mark.parametrize(
    ("number", "changes", "code"),
    [
        (3, {"action": "reject"}, "illegal_move"),
        (3, {"to": "corrected"}, "illegal_move"),
        (3, {"from": "checked_ok"}, "broken_chain"),
        (3, {"action": "approve"}, "unknown_action"),
        (3, {"role": "student"}, "illegal_role"),
        (3, {"lifecycle": "0" * 64}, "rule_unknown"),
        (3, {"policy": "0" * 64}, "rule_unknown"),
        (3, {"kind": "maybe"}, "columns_differ"),
        (3, {"subject": "0" * 32}, "columns_differ"),
        (3, {"number": 7}, "number_gap"),
    ],
)
def test_an_entry_rewritten_in_good_form_is_found(
    world: World, case: Ref, number: int, changes: dict[str, Any], code: str
) -> None:
    """An entry that says what the lifecycle, the chain or the Rulebook cannot bear out is told."""
    with tampering(world.place.store) as connection:
        rewrite(connection, case, number, **changes)
    assert code in {found for subject, _, found in faults_of(world) if subject == case.id}


@pytest.mark.parametrize("number", [1, 3])
def test_a_removed_entry_is_found(world: World, case: Ref, number: int) -> None:
    """A missing line leaves a hole in the numbers."""
    with tampering(world.place.store) as connection:
        connection.execute(delete(EntryRow).where(EntryRow.subject == case.id, EntryRow.number == number))
    assert (case.id, number + 1, "number_gap") in faults_of(world)


def test_a_removed_last_entry_is_found_by_the_state(world: World, case: Ref) -> None:
    """Cutting the end off leaves a row that is further than its history."""
    with tampering(world.place.store) as connection:
        connection.execute(delete(EntryRow).where(EntryRow.subject == case.id, EntryRow.number == 6))
    assert (case.id, 5, "state_differs") in faults_of(world)


def test_a_case_without_any_entry_is_found(world: World, case: Ref) -> None:
    """Removing a whole history leaves a row that nothing explains."""
    with tampering(world.place.store) as connection:
        connection.execute(delete(EntryRow).where(EntryRow.subject == case.id))
    assert (case.id, 0, "no_history") in faults_of(world)


def test_a_case_with_only_refused_attempts_is_found(world: World, case: Ref) -> None:
    """A refused attempt explains no state."""
    with tampering(world.place.store) as connection:
        connection.execute(delete(EntryRow).where(EntryRow.subject == case.id, EntryRow.kind == "done"))
    assert (case.id, 0, "no_history") in faults_of(world)


def test_an_inserted_entry_is_found(world: World, case: Ref) -> None:
    """A line that was slipped in does not start where the history stood, and the row knows nothing of it."""
    with tampering(world.place.store) as connection:
        said = body(connection, case, 6) | {"number": 7}
        connection.execute(
            insert(EntryRow).values(
                subject=case.id, number=7, body=canonical(said),
                **{name: said[name] for name in ("kind", "action", "actor", "role", "at")},
            )
        )  # fmt: skip
    assert faults_of(world) == {(case.id, 7, "broken_chain"), (case.id, 7, "state_differs")}


def test_swapped_entries_are_found(world: World, case: Ref) -> None:
    """Two lines that changed places break the chain, and their columns give them away."""
    with tampering(world.place.store) as connection:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            connection.execute(
                update(EntryRow).where(EntryRow.subject == case.id, EntryRow.number == old).values(number=new)
            )
    codes = {code for subject, _, code in faults_of(world) if subject == case.id}
    assert {"columns_differ", "number_gap", "broken_chain"} <= codes


@pytest.mark.parametrize("column", ["state", "version"])
def test_a_row_changed_by_hand_is_found(world: World, case: Ref, column: str) -> None:
    """A state or a version that no entry led to is told."""
    with tampering(world.place.store) as connection:
        value = {"state": "rejected", "version": 7}[column]
        connection.execute(update(Case).where(Case.id == case.id).values({column: value}))
    assert faults_of(world) == {(case.id, 6, "state_differs")}


def test_a_removed_row_is_found(world: World, case: Ref) -> None:
    """A history without its case is told."""
    with tampering(world.place.store) as connection:
        connection.execute(delete(Case).where(Case.id == case.id))
    assert faults_of(world) == {(case.id, 0, "subject_gone")}


@pytest.mark.parametrize("kind", ["lifecycle", "policy"])
def test_an_altered_text_in_the_rulebook_is_found(world: World, case: Ref, kind: str) -> None:
    """A rule that no longer is what its digest says proves nothing."""
    with tampering(world.place.store) as connection:
        found = connection.execute(select(RuleRow.digest, RuleRow.text).where(RuleRow.kind == kind)).first()
        assert found is not None
        connection.execute(
            update(RuleRow).where(RuleRow.digest == found.digest).values(text=bytes(found.text) + b" ")
        )
    assert "rule_altered" in {code for _, _, code in faults_of(world)}


def test_a_text_removed_from_the_rulebook_is_found(world: World, case: Ref) -> None:
    """An entry that names a rule nobody has is told."""
    with tampering(world.place.store) as connection:
        connection.execute(delete(RuleRow).where(RuleRow.kind == "policy"))
    assert {code for _, _, code in faults_of(world)} == {"rule_unknown"}


@pytest.mark.parametrize("column", ["salt", "sealed", "name"])
def test_an_altered_opening_is_found(world: World, case: Ref, column: str) -> None:
    """A value, salt or name other than the one committed to does not open."""
    value = {"salt": bytes(16), "sealed": b"\x01" * 40, "name": "XM.older"}[column]
    with tampering(world.place.store) as connection:
        connection.execute(
            update(Opening)
            .where(Opening.subject == case.id, Opening.number == 2, Opening.name == "XM.old")
            .values({column: value})
        )
    assert (case.id, 2, "value_differs") in faults_of(world)


def test_a_value_sealed_anew_is_found(world: World, case: Ref) -> None:
    """Even who has the key cannot put another value in the place of the one that was committed to."""
    forged = world.place.cipher.seal("测试乙", table="opening", column="XM.new", row=f"{case.id}/2")
    with tampering(world.place.store) as connection:
        connection.execute(
            update(Opening)
            .where(Opening.subject == case.id, Opening.number == 2, Opening.name == "XM.new")
            .values(sealed=forged)
        )
    assert faults_of(world) == {(case.id, 2, "value_differs")}


def test_an_erased_value_is_counted_and_the_history_still_holds(world: World, case: Ref) -> None:
    """Openings may be erased: the line that committed to them stands, and the count says how many are gone."""
    before = proof_of(world).openings
    with world.place.store.writing() as session:
        session.execute(delete(Opening).where(Opening.subject == case.id, Opening.number == 2))
    proof = proof_of(world)
    assert proof.holds
    assert (proof.erased, proof.openings) == (2, before - 2)


def test_an_altered_refusal_is_found(world: World, case: Ref) -> None:
    """A refused attempt is a line like any other: its bytes must agree with its columns."""
    with tampering(world.place.store) as connection:
        row = connection.execute(select(EntryRow.id, EntryRow.body).where(EntryRow.kind == "refused")).one()
        said = json.loads(row.body) | {"actor": "0" * 32}
        connection.execute(update(EntryRow).where(EntryRow.id == row.id).values(body=canonical(said)))
    assert faults_of(world) == {(case.id, 0, "columns_differ")}


def test_every_entry_is_read_from_its_own_bytes(world: World, case: Ref) -> None:
    """The lines of one case tell its story in order."""
    with world.place.store.reading() as session:
        bodies = session.scalars(
            select(EntryRow.body)
            .where(EntryRow.subject == case.id, EntryRow.kind == "done")
            .order_by(EntryRow.number)
        )
        story = [(entry.action, entry.target) for entry in map(Entry.from_body, bodies)]
    assert story == [
        ("open", "not_checked"),
        ("raise", "discrepancy_raised"),
        ("take_up", "under_review"),
        ("pass_step", "under_review"),
        ("see", "under_review"),
        ("correct", "corrected"),
    ]
