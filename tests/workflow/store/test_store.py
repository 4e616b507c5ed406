"""Where things are kept: durable, whole or nothing, and fair to writers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from workflow.clock import SHANGHAI, SetClock, SystemClock
from workflow.history.tables import APPEND_ONLY
from workflow.people.tables import Person
from workflow.store import Day, FairLock, Instant, Prepared, Store, as_text, from_text

NOON = datetime(2024, 10, 25, 12, 0, 0, tzinfo=SHANGHAI)

NAMED = Prepared(
    select(Person.name).where(Person.id.in_(bindparam("ids", expanding=True)), Person.name != "无")
)
RENAME = Prepared(
    update(Person.__table__)  # type: ignore[arg-type]
    .where(Person.__table__.c.id == bindparam("id"))
    .values(name=bindparam("name"))
)


def person(n: int) -> Person:
    return Person(id=f"{n:032x}", name="测试", made_at=NOON)


def test_every_pooled_connection_of_sqlite_is_durable(tmp_path: Path) -> None:
    """WAL, synchronous FULL and foreign keys hold on each connection, since two of them are set one by one."""
    store = Store(f"sqlite:///{tmp_path / 'k.db'}")
    connections = [store.database.connect() for _ in range(12)]
    for connection in connections:
        asked = [
            connection.execute(text(f"PRAGMA {p}")).scalar()
            for p in ("journal_mode", "synchronous", "foreign_keys")
        ]
        assert asked == ["wal", 2, 1]
        connection.close()
    store.close()


def test_a_unit_of_work_that_fails_leaves_nothing(store: Store) -> None:
    """An exception undoes all that was written before it."""
    with pytest.raises(ZeroDivisionError), store.writing() as session:
        session.add(person(1))
        session.flush()
        _ = 1 / 0
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_a_unit_of_work_that_the_database_refused_bars_no_later_one(store: Store) -> None:
    """The connection that a failed writer used writes on, and nothing of the failure comes back with it."""
    with store.writing() as session:
        session.add(person(1))
    with pytest.raises(DBAPIError), store.writing() as session:
        session.add(person(2))
        session.flush()
        session.add(Person(id=person(1).id, name="又一", made_at=NOON))
    with store.writing() as session:
        session.add(person(3))
    with store.reading() as session:
        assert session.scalars(select(Person.id).order_by(Person.id)).all() == [person(1).id, person(3).id]


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_lost_connection_is_named_so_and_bars_no_later_unit_of_work(store: Store) -> None:
    """The server that goes away is told from a fault of ours, and the next unit of work has a connection anew."""
    with pytest.raises(OperationalError), store.writing() as session:
        mine = session.scalar(text("SELECT pg_backend_pid()"))
        with store.reading() as other:
            other.execute(text(f"SELECT pg_terminate_backend({mine})"))
        session.execute(text("SELECT 1"))
    with store.writing() as session:
        assert session.scalar(text("SELECT 1")) == 1


def test_a_refusal_of_the_database_cannot_be_swallowed(store: Store) -> None:
    """Its unit of work is undone already, so going on as if it could still be committed is an error."""
    with pytest.raises(RuntimeError, match="went on"), store.writing() as session:
        session.add_all([person(1), person(2)])
        session.flush()
        session.add(Person(id=person(1).id, name="又一", made_at=NOON))
        with suppress(DBAPIError):
            session.flush()
    with store.reading() as session:
        assert session.scalars(select(Person.id)).all() == []


def test_a_prepared_statement_sees_what_the_orm_still_held_back(store: Store) -> None:
    """Rows added to the session are written before the driver is asked, as before the ORM's own questions."""
    with store.writing() as session:
        session.add(person(1))
        assert NAMED.run(session, {"ids": [f"{1:032x}"]}).fetchall() == [("测试",)]


def test_the_orm_sees_what_a_prepared_statement_wrote(store: Store) -> None:
    """The driver and the session write in one transaction, which keeps both or neither."""
    with store.writing() as session:
        session.add(person(1))
        RENAME.run(session, {"id": f"{1:032x}", "name": "改名"})
        session.add(person(2))
    with store.reading() as session:
        assert session.scalars(select(Person.name).order_by(Person.id)).all() == ["改名", "测试"]
    with pytest.raises(ZeroDivisionError), store.writing() as session:
        RENAME.run(session, {"id": f"{1:032x}", "name": "又改"})
        session.add(person(3))
        _ = 1 / 0
    with store.reading() as session:
        assert session.scalars(select(Person.name).order_by(Person.id)).all() == ["改名", "测试"]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_prepared_statement_takes_a_list_of_any_length(store: Store, count: int) -> None:
    """An IN with as many values as there are, none included; the literals of the statement go with it."""
    with store.writing() as session:
        session.add_all(person(n) for n in range(5))
        found = NAMED.run(session, {"ids": [f"{n:032x}" for n in range(count)]}).fetchall()
    assert found == [("测试",)] * count


def test_a_store_that_was_closed_can_write_again(store: Store) -> None:
    """Closing gives connections back and ends nothing else."""
    with store.writing() as session:
        session.add(person(1))
    store.close()
    with store.writing() as session:
        session.add(person(2))
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 2


def test_what_is_changed_while_reading_is_thrown_away(store: Store) -> None:
    """Looking changes nothing, even where somebody tries."""
    with store.reading() as session:
        session.add(person(1))
        session.flush()
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_writers_from_many_threads_lose_nothing(store: Store) -> None:
    """Sixteen threads that each read and then write the same row all find their place in the queue."""
    with store.writing() as session:
        session.add(person(0))

    def grow(_: int) -> None:
        with store.writing() as session:
            row = session.scalars(select(Person).with_for_update()).one()
            row.name += "长"

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(grow, range(48)))
    with store.reading() as session:
        assert len(session.scalars(select(Person.name)).one()) == 2 + 48


def test_the_fair_lock_serves_in_the_order_of_arrival() -> None:
    """Nobody who came later is served before one who waits."""
    lock, served, threads = FairLock(), [], []

    def wait(n: int) -> None:
        with lock:
            served.append(n)

    with lock:
        for n in range(8):
            thread = threading.Thread(target=wait, args=(n,))
            thread.start()
            while len(lock._waiting) <= n:  # each is in the queue before the next one arrives
                pass
            threads.append(thread)
    for thread in threads:
        thread.join()
    assert served == list(range(8))


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_history_cannot_be_rewritten_through_the_applications_connection(
    store: Store, table: str, verb: str
) -> None:
    """SQLite's triggers and PostgreSQL's grants refuse to change or remove a line of history."""
    column = {
        "entry": "role",
        "rulebook": "name",
        "loaded": "at",
        "access": "role",
        "bulletin": "digest",
        "acted_for": "person_id",
        "decided_before": "person_id",
    }[table]
    with store.writing() as session:
        for before in BEFORE.get(table, []):
            session.execute(text(_line(before)))
        session.execute(text(_line(table)))
    with pytest.raises(DBAPIError), store.writing() as session:
        session.execute(text(verb.format(table, column, column)))
    with store.reading() as session:
        assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 1


BEFORE = {
    "loaded": ["rulebook"],
    "bulletin": ["campaign"],
    "acted_for": ["roster_import", "record", "cases"],
    "decided_before": ["roster_import", "record", "cases"],
}
"""Rows that must exist before a row of a table."""


def _line(table: str) -> str:
    at = "2024-10-25T12:00:00+08:00"
    return {
        "entry": "INSERT INTO entry (subject, number, kind, action, actor, role, at, body) "
        f"VALUES ('s', 1, 'done', 'open', 'a', 'system', '{at}', 'x')",
        "rulebook": "INSERT INTO rulebook (digest, kind, name, kept_at, text) "
        f"VALUES ('d', 'policy', 'n', '{at}', 'x')",
        "loaded": f"INSERT INTO loaded (digest, at) VALUES ('d', '{at}')",
        "access": "INSERT INTO access (at, person_id, role, what, subject, allowed) "
        f"VALUES ('{at}', 'p', 'auditor', 'look', 's', true)",
        "campaign": "INSERT INTO campaign (id, plan, kind, title, title_en, state, version, fields, opens_at, "
        f"closes_at) VALUES ('c', 'p', 'final', 't', 't', 'open', 1, 'XM', '{at}', '{at}')",
        "bulletin": "INSERT INTO bulletin (id, campaign_id, day, as_of, made_at, made_by, digest, body) "
        f"VALUES ('b', 'c', '2024-10-25', '{at}', '{at}', 'p', 'd', 'x')",
        "roster_import": "INSERT INTO roster_import (id, name, digest, as_of, at, rows, new, changed, flagged) "
        f"VALUES ('i', 'n', 'd', '2024-10-16', '{at}', 0, 0, 0, 0)",
        "record": "INSERT INTO record (id, ksh, xm, xjzt, source_id, created_at) "
        f"VALUES ('r', '24', '测试', '注册学籍', 'i', '{at}')",
        "cases": "INSERT INTO cases (id, record_id, state, version) VALUES ('c', 'r', 'not_checked', 1)",
        "acted_for": "INSERT INTO acted_for (case_id, person_id) VALUES ('c', 'p')",
        "decided_before": "INSERT INTO decided_before (case_id, person_id) VALUES ('c', 'p')",
    }[table]


def test_an_instant_is_kept_in_shanghai_to_the_second() -> None:
    """Whatever zone a moment comes in, it is stored as Shanghai's time without fractions, and comes back so."""
    moment = datetime(2024, 10, 25, 4, 0, 0, 999999, tzinfo=UTC)
    assert as_text(moment) == "2024-10-25T12:00:00+08:00"
    assert from_text(as_text(moment)) == NOON


@pytest.mark.parametrize("day", [date(1986, 5, 4), date(1991, 4, 14), date(1900, 1, 1)])
def test_a_day_never_shifts(day: date) -> None:
    """Birth dates in years of summer time, and before zones existed, come back as they went in."""
    kept = Day().process_bind_param(day, None)  # type: ignore[arg-type]
    assert kept == day.isoformat()
    assert Day().process_result_value(kept, None) == day  # type: ignore[arg-type]


def test_nothing_is_kept_as_nothing() -> None:
    """An absent moment or day stays absent."""
    for kind in (Instant(), Day()):
        assert kind.process_bind_param(None, None) is None  # type: ignore[arg-type]
        assert kind.process_result_value(None, None) is None  # type: ignore[arg-type]


def test_the_clock_is_cut_to_the_second_and_lives_in_shanghai(store: Store) -> None:
    """The database's clock on PostgreSQL, the machine's on SQLite; both in Asia/Shanghai without fractions."""
    with store.reading() as session:
        now = SystemClock().now(session)
    assert now.tzinfo is SHANGHAI
    assert now.microsecond == 0
    assert SetClock(NOON).now() == NOON
