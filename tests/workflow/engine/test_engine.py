"""The engine itself, tested with a toy lifecycle: it knows no students."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import Integer, String, create_engine, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from states import NOWHERE, Act, Lifecycle, Move, State
from workflow.clock import SetClock
from workflow.engine import (
    SYSTEM,
    Actor,
    Attempt,
    Binding,
    Change,
    Engine,
    EngineFaults,
    Guard,
    NoSuchSubject,
    Ref,
)
from workflow.history.entry import Entry
from workflow.history.ledger import Ledger
from workflow.history.tables import CommandKey, EntryRow, Opening
from workflow.notices.outbox import Outbox
from workflow.notices.tables import Notice
from workflow.people.cipher import Cipher
from workflow.store import Base, Store
from workflow.verdict import Reason, Refused

TOY = Lifecycle(
    "toy", "玩具", "toy",
    states=(State("new", "新", "new"), State("old", "旧", "old", resting=True)),
    moves=(
        Move("make", "造", "make", sources=(NOWHERE,), target="new", roles=("system",)),
        Move(
            "age", "用旧", "age", sources=("new",), target="old", roles=("student", "reviewer"),
            details=("words",), guards=("not_broken", "not_wet"), checks=("words",), effects=("stain", "count"),
            notices=("filed",), setwise=True,
        ),
    ),
    acts=(Act("look", "看", "look", states=("new", "old"), roles=("student",)),),
)  # fmt: skip


class Toy(Base):
    """A subject that is not a case."""

    __tablename__ = "toy"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(8))
    version: Mapped[int] = mapped_column(Integer)
    broken: Mapped[int] = mapped_column(Integer, server_default="0")
    wet: Mapped[int] = mapped_column(Integer, server_default="0")
    stains: Mapped[int] = mapped_column(Integer, server_default="0")


# The toy's table belongs to these tests alone. No migration and no other test's schema has it.
TABLE = Toy.__table__
Base.metadata.remove(TABLE)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Seen:
    """A toy as the engine reads it."""

    id: str
    state: str
    version: int
    broken: int = 0
    wet: int = 0
    concerns: str = "r" * 32
    lifecycle: str = "toy"


class Rules:
    """A policy with only a name."""

    digest = "p" * 64
    undo_minutes = 10


class Policies:
    """The same policy at every moment."""

    in_hand = (Rules(),)

    def in_force(self, at: object) -> Rules:
        """The only policy."""
        return Rules()

    def named(self, session: object, digest: str) -> Rules:
        """The only policy."""
        return Rules()


class Burst(Exception):
    """Raised by an effect of the toy on request."""


def read(session: Session, id: str) -> Seen | None:
    row = session.execute(select(TABLE).where(TABLE.c.id == id)).first()
    return row and Seen(row.id, row.state, row.version, row.broken, row.wet)


def not_broken(attempt: Attempt) -> Reason | None:
    return (
        Reason("broken", "坏了{n}处。", {"n": attempt.subject.broken}, "请先修。")
        if attempt.subject.broken
        else None
    )


def not_wet(attempt: Attempt) -> Reason | None:
    return Reason("wet", "湿了。", remedy="请先晾干。") if attempt.subject.wet else None


def words(attempt: Attempt) -> Iterator[Reason]:
    if not attempt.details.get("words"):
        yield Reason("words_missing", "请写一句话。", remedy="写一句。")


def stain(attempt: Attempt, change: Change) -> None:
    change.columns["stains"] = 1
    change.values["words"] = attempt.details["words"]


def count(attempt: Attempt, change: Change) -> None:
    change.codes.append("counted")
    if attempt.details["words"] == "burst":
        raise Burst


BINDING = Binding(
    lifecycle=TOY,
    table=TABLE,  # type: ignore[arg-type]
    guards={
        "not_broken": Guard(not_broken, lambda attempt: TABLE.c.broken == 0),
        "not_wet": Guard(not_wet, lambda attempt: TABLE.c.wet == 0),
    },
    checks={"words": words},
    effects={"stain": stain, "count": count},
    read=read,
    look=read,
    new_subject=lambda session, id, details: Seen(id, NOWHERE, 0),
    insert_columns=lambda attempt: {},
    judged_by=lambda seen, action: "",
    details={"words": lambda said: isinstance(said, str)},
    candidates=lambda attempt: select(
        TABLE.c.id, TABLE.c.state, TABLE.c.version, TABLE.c.id.label("concerns")
    ).where(true()),
)
ME = Actor("m" * 32, "student")
YOU = Actor("y" * 32, "student")


@pytest.fixture
def engine(store: Store, cipher: Cipher, clock: SetClock, entropy: Any) -> Engine:
    """An engine whose only lifecycle is the toy's."""
    owner = store.database
    if store.dialect == "postgresql":  # the application's role cannot create tables
        owner = create_engine(store.url.set(username="postgres"))
    TABLE.create(owner)  # type: ignore[attr-defined]
    if owner is not store.database:
        with owner.begin() as connection:
            connection.exec_driver_sql("GRANT SELECT, INSERT, UPDATE ON toy TO PUBLIC")
        owner.dispose()
    ledger = Ledger(cipher, entropy, lambda session, attempt: None, lambda session, attempt, number: None)
    return Engine((BINDING,), Policies(), ledger, Outbox(entropy), clock, entropy)


@pytest.fixture
def toy(engine: Engine, store: Store) -> Ref:
    """A new toy."""
    with store.writing() as session:
        return Ref("toy", engine.perform(session, Ref("toy"), "make", by=SYSTEM).subject)


def do(engine: Engine, store: Store, toy: Ref, action: str, by: Actor = ME, **details: Any) -> Entry:
    with store.writing() as session:
        entry: Entry = engine.perform(session, toy, action, by=by, **details)
        return entry


def rows(store: Store, *tables: type[Base]) -> list[int]:
    """How many rows each table has."""
    with store.reading() as session:
        return [len(session.execute(select(table)).all()) for table in tables]


def spoil(store: Store, **columns: int) -> None:
    with store.writing() as session:
        session.execute(TABLE.update().values(columns))  # type: ignore[attr-defined]


def test_something_done_is_a_state_an_entry_its_openings_and_its_notice(
    engine: Engine, store: Store, toy: Ref
) -> None:
    """State, version, Entry, Opening and Notice come into being together."""
    entry = do(engine, store, toy, "age", words="旧了")
    with store.reading() as session:
        assert session.execute(select(TABLE.c.state, TABLE.c.version, TABLE.c.stains)).one() == ("old", 2, 1)
        row = session.scalars(select(EntryRow).where(EntryRow.number == 2)).one()
        assert Entry.from_body(row.body) == entry
    assert (entry.origin, entry.target, entry.codes) == ("new", "old", ("counted",))
    assert rows(store, EntryRow, Opening, Notice) == [2, 1, 1]


def test_a_birth_is_entry_number_one(engine: Engine, store: Store, toy: Ref) -> None:
    """Coming into being is a transition like any other, from nowhere."""
    with store.reading() as session:
        entry = Entry.from_body(session.scalars(select(EntryRow.body)).one())
    assert (entry.number, entry.origin, entry.target, entry.role) == (1, NOWHERE, "new", "system")


def test_an_act_adds_an_entry_and_leaves_the_state(engine: Engine, store: Store, toy: Ref) -> None:
    """An act counts as an entry and moves nothing."""
    entry = do(engine, store, toy, "look")
    assert (entry.number, entry.origin, entry.target) == (2, "new", "new")


def test_a_refusal_names_every_reason_at_once(engine: Engine, store: Store, toy: Ref) -> None:
    """Wrong state, both guards and the check are all told in one answer, each with its rule and remedy."""
    do(engine, store, toy, "age", words="旧了")
    spoil(store, broken=3, wet=1)
    with pytest.raises(Refused) as no:
        do(engine, store, toy, "age")
    assert no.value.codes == ("wrong_state", "broken", "wet", "words_missing")
    assert [reason.rule for reason in no.value.verdict.reasons] == ["state", "not_broken", "not_wet", "words"]
    assert all(reason.remedy for reason in no.value.verdict.reasons)
    assert no.value.verdict.reasons[1].says == "坏了3处。"


def test_a_refusal_leaves_nothing_but_its_own_entry(engine: Engine, store: Store, toy: Ref) -> None:
    """The refused attempt bears the version it met, takes no number, and keeps no value."""
    spoil(store, broken=1)
    with pytest.raises(Refused):
        do(engine, store, toy, "age", words="旧了", key="k")
    assert rows(store, EntryRow, Opening, Notice, CommandKey) == [2, 0, 0, 0]
    with store.reading() as session:
        row = session.scalars(select(EntryRow).where(EntryRow.kind == "refused")).one()
        entry = Entry.from_body(row.body)
        assert row.number is None
        assert session.execute(select(TABLE.c.state, TABLE.c.version)).one() == ("new", 1)
    assert (entry.number, entry.met, entry.codes, entry.values) == (0, 1, ("broken",), {})


def test_what_was_done_before_a_refusal_in_the_same_unit_of_work_is_undone(
    engine: Engine, store: Store, toy: Ref
) -> None:
    """A unit of work is whole or nothing, refused halves included."""
    with pytest.raises(Refused), store.writing() as session:
        engine.perform(session, toy, "look", by=ME)
        engine.perform(session, toy, "age", by=ME)
    with store.reading() as session:
        assert session.execute(select(TABLE.c.version)).scalar_one() == 1
        assert session.scalars(select(EntryRow.kind).order_by(EntryRow.id)).all() == ["done", "refused"]


def test_an_exception_in_an_effect_leaves_nothing_at_all(engine: Engine, store: Store, toy: Ref) -> None:
    """If an effect breaks, not even an entry remembers it, and the key is not used up."""
    with pytest.raises(Burst):
        do(engine, store, toy, "age", words="burst", key="k")
    assert rows(store, EntryRow, Opening, Notice, CommandKey) == [1, 0, 0, 0]
    assert do(engine, store, toy, "age", words="旧了", key="k").number == 2


def test_the_same_key_with_the_same_body_gives_the_same_entry(engine: Engine, store: Store, toy: Ref) -> None:
    """A repeated command is answered, not done again, though its action would now be barred."""
    first = do(engine, store, toy, "age", words="旧了", key="k")
    again = do(engine, store, toy, "age", words="旧了", key="k")
    assert again == first
    assert rows(store, EntryRow) == [2]


def test_the_same_key_with_another_body_is_refused(engine: Engine, store: Store, toy: Ref) -> None:
    """A key stands for one command; other words under it are a mistake that is said so."""
    do(engine, store, toy, "look", key="k")
    with pytest.raises(Refused) as no:
        do(engine, store, toy, "age", words="旧了", key="k")
    assert no.value.codes == ("key_reused",)


def test_a_refused_attempt_does_not_use_up_its_key(engine: Engine, store: Store, toy: Ref) -> None:
    """After a refusal the same key may carry the mended command."""
    with pytest.raises(Refused):
        do(engine, store, toy, "age", key="k")
    assert do(engine, store, toy, "age", words="旧了", key="k").number == 2


def test_a_key_is_one_persons_own(engine: Engine, store: Store, toy: Ref) -> None:
    """Two people may happen on the same key without meeting each other's commands."""
    assert do(engine, store, toy, "look", key="k").number == 2
    assert do(engine, store, toy, "look", by=YOU, key="k").number == 3


def test_a_stale_page_is_told_what_changed(engine: Engine, store: Store, toy: Ref) -> None:
    """Who decides on an old version is refused, and reads what was done meanwhile, by which role and when."""
    do(engine, store, toy, "look", by=YOU)
    with pytest.raises(Refused) as no:
        do(engine, store, toy, "age", words="旧了", expected=1)
    reason = no.value.verdict.reasons[0]
    assert no.value.codes == ("changed_meanwhile",)
    assert "2024-10-25 10:00 学生看" in reason.says


def test_a_matching_version_is_let_through(engine: Engine, store: Store, toy: Ref) -> None:
    """``expected`` is no obstacle to who saw the present version."""
    assert do(engine, store, toy, "age", words="旧了", expected=1).number == 2


def test_available_says_for_every_action_of_the_role_what_bars_it(
    engine: Engine, store: Store, toy: Ref
) -> None:
    """The buttons are drawn from the same guards as the door, without asking for what is yet to be typed."""
    spoil(store, wet=1)
    with store.reading() as session:
        offers = {verdict.action: verdict for verdict in engine.available(session, toy, ME)}
    assert set(offers) == {"age", "look"}
    assert offers["age"].codes == ("wet",)
    assert offers["look"].allowed


def test_looking_at_what_is_available_writes_nothing(engine: Engine, store: Store, toy: Ref) -> None:
    """Drawing a page leaves no trace in the history."""
    with store.reading() as session:
        engine.available(session, toy, ME)
        assert not engine.check_action(session, toy, "age", ME, words="").allowed
    assert rows(store, EntryRow) == [1]


def test_somebody_of_another_role_is_refused(engine: Engine, store: Store, toy: Ref) -> None:
    """An action belongs to its roles."""
    with pytest.raises(Refused) as no:
        do(engine, store, toy, "age", by=Actor("a" * 32, "auditor"), words="旧了")
    assert no.value.codes == ("not_your_role",)


def test_a_subject_that_does_not_exist_is_not_found(engine: Engine, store: Store) -> None:
    """An unknown id is answered to everybody as what does not concern them."""
    with pytest.raises(NoSuchSubject) as no:
        do(engine, store, Ref("toy", "0" * 32), "look")
    assert no.value.verdict.stranger


def test_a_set_wise_action_moves_whom_its_guards_let_through(engine: Engine, store: Store, toy: Ref) -> None:
    """Barred rows stay as they were; each of the others gets its entry, opening and notice."""
    others = [do(engine, store, Ref("toy"), "make", by=SYSTEM).subject for _ in range(4)]
    with store.writing() as session:
        session.execute(TABLE.update().where(TABLE.c.id == others[0]).values(wet=1))  # type: ignore[attr-defined]
    with store.writing() as session:
        tally = engine.perform_all(session, "age", Seen("s" * 32, "new", 1), by=ME, words="都旧了")
    assert (tally.done, tally.more) == (4, False)
    with store.reading() as session:
        states = {id: state for id, state in session.execute(select(TABLE.c.id, TABLE.c.state))}
    assert [id for id, state in states.items() if state == "new"] == [others[0]]
    assert rows(store, EntryRow, Opening, Notice) == [9, 4, 4]


def test_a_set_wise_action_may_be_done_in_pieces(engine: Engine, store: Store, toy: Ref) -> None:
    """At most so many at a time; running it again does the rest and then finds nothing."""
    for _ in range(4):
        do(engine, store, Ref("toy"), "make", by=SYSTEM)
    seen = []
    for _ in range(4):
        with store.writing() as session:
            tally = engine.perform_all(session, "age", Seen("s" * 32, "new", 1), by=ME, at_most=2, words="旧")
        seen.append((tally.done, tally.more))
    assert seen == [(2, True), (2, True), (1, False), (0, False)]


def test_a_set_wise_action_asks_role_and_checks_first(engine: Engine, store: Store, toy: Ref) -> None:
    """What bars everybody bars the wave before the first row; a stranger is told nothing else."""
    for by, codes in ((ME, ("words_missing",)), (Actor("a" * 32, "auditor"), ("not_your_role",))):
        with pytest.raises(Refused) as no, store.writing() as session:
            engine.perform_all(session, "age", Seen("s" * 32, "new", 1), by=by)
        assert no.value.codes == codes
    assert rows(store, EntryRow) == [1]


def test_names_that_the_room_does_not_have_stop_the_engine(engine: Engine) -> None:
    """An unknown guard, an effect nobody uses and a set-wise guard without rows are all told at once."""
    bad = replace(
        BINDING, guards={"not_broken": Guard(not_broken)}, effects=BINDING.effects | {"idle": stain}
    )
    with pytest.raises(EngineFaults) as caught:
        Engine((bad,), Policies(), engine.history, engine.notices, engine.clock, engine.entropy)
    assert set(caught.value.faults) == {
        "toy names unknown guard not_wet",
        "toy never uses effect idle",
        "toy: age is set-wise, its guard not_broken cannot be asked of rows",
    }
