"""One transition through the engine, compared with the same rows written through the raw driver.

SQLite, WAL, ``synchronous=FULL``. Each figure is the median over interleaved rounds. The raw writes check no
rule and all bytes are prepared in advance, so the baseline is the cost of the rows themselves. Two bare
statements (the case and its entry) show the share of the disk.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import RowMapping, insert, select, text
from sqlalchemy.orm import Session

from config.policy import School, load_school
from config.settings import ROOT, Settings
from workflow.campaigns.opening import open_campaign
from workflow.cases.claims import ClaimFiled
from workflow.cases.tables import Case
from workflow.clock import SHANGHAI, SetClock
from workflow.engine import SYSTEM, Actor, Entropy, Ref
from workflow.evidence.intake import Picture
from workflow.people.accounts import add_person, give_role
from workflow.people.cipher import Cipher, Keys
from workflow.people.scopes import held
from workflow.records.tables import Record, RosterImport
from workflow.store import Store
from workflow.upkeep import schema
from workflow.upkeep.installation import Installation, assemble, keep_rules

SCHOOL = ROOT / "config" / "schools" / "nchu"
DAY = datetime(2024, 10, 25, 10, 0, tzinfo=SHANGHAI)
ROUNDS, EACH = 7, 60
ADDED = ("entry", "opening", "notice", "command_key")


Statement = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class ActionFigure:
    """One action in microseconds (medians): two bare statements, the same rows by hand, the engine."""

    action: str
    bare: float
    by_hand: float
    through_the_door: float

    @property
    def ratio(self) -> float:
        """The engine's time divided by that of the rows by hand."""
        return self.through_the_door / self.by_hand

    @property
    def units(self) -> float:
        """The engine's time divided by that of two bare statements."""
        return self.through_the_door / self.bare


def run() -> list[ActionFigure]:
    """Measure confirm, take_up, pass_step and settle. Returns one ActionFigure each."""
    with installed(SetClock(DAY), os.urandom, load_school(SCHOOL)) as place:
        people = _people(place, 4 * ROUNDS * EACH)
        return [
            _measure(place, "confirm", people[0::4], lambda case, who: {}),
            _measure(place, "take_up", people[1::4], lambda case, who: {}, prepare=_filed),
            _measure(place, "pass_step", people[2::4], _passing, prepare=_taken_up),
            _measure(place, "settle", people[3::4], _settling, prepare=_taken_up),
        ]


def _measure(
    place: Installation,
    action: str,
    people: list[tuple[str, str, Actor]],
    details: Callable[[str, Installation], dict[str, Any]],
    prepare: Callable[[Installation, str, str, Actor], Actor] | None = None,
) -> ActionFigure:
    """Rounds of the engine, then its rows by hand, then two statements. Each loop does nothing else."""
    actors = [prepare(place, record, case, who) if prepare else who for record, case, who in people]
    given = [details(case, place) for _, case, _ in people]
    bare: list[float] = []
    hand: list[float] = []
    door: list[float] = []
    with _beside(place, "hand.db") as by_hand, _beside(place, "bare.db") as two:
        for start in range(0, len(people), EACH):
            turns = range(start, start + EACH)
            cases = [people[n][1] for n in turns]
            before = _look(place, cases)
            for n in turns:
                began = time.perf_counter_ns()
                with place.store.writing() as session:
                    place.engine.perform(
                        session,
                        Ref("case", people[n][1]),
                        action,
                        by=actors[n],
                        key=f"{action}{n}",
                        **given[n],
                    )
                door.append((time.perf_counter_ns() - began) / 1000)
            written = _statements(place, cases, before)
            hand += [_by_hand(by_hand, statements) for statements in written]
            bare += [_by_hand(two, _two(statements)) for statements in written]
    return ActionFigure(action, median(bare), median(hand), median(door))


def _by_hand(raw: sqlite3.Connection, statements: list[Statement]) -> float:
    began = time.perf_counter_ns()
    raw.execute("BEGIN IMMEDIATE")
    for statement, values in statements:
        raw.execute(statement, values)
    raw.execute("COMMIT")
    return (time.perf_counter_ns() - began) / 1000


# -- the same rows by hand ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Seen:
    """A database snapshot: the rows that can change, by table and id, and the last row of the others."""

    rows: dict[str, dict[str, dict[str, Any]]]
    last: dict[str, int]


def _look(place: Installation, cases: list[str]) -> _Seen:
    with place.store.reading() as session:
        last = {name: session.execute(text(f"SELECT max(rowid) FROM {name}")).scalar() or 0 for name in ADDED}
        rows = {
            name: {row["id"]: dict(row) for case in cases for row in _rows(session, name, of, case)}
            for name, of in (("claim", "case_id"), ("step", "case_id"), ("cases", "id"))
        }
    return _Seen(rows, last)


def _rows(session: Session, table: str, of: str, case: str) -> Sequence[RowMapping]:
    asked = text(f"SELECT * FROM {table} WHERE {of} = :case")
    return session.execute(asked, {"case": case}).mappings().all()


def _statements(place: Installation, cases: list[str], before: _Seen) -> list[list[Statement]]:
    """For each case the statements that write exactly what its command wrote."""
    now = _look(place, cases)
    written: dict[str, list[Statement]] = {case: [] for case in cases}
    for table, rows in now.rows.items():
        for id, row in rows.items():
            changed = {name: value for name, value in row.items() if before.rows[table][id][name] != value}
            if changed:
                written[row.get("case_id", id)].append(_update(table, id, changed))
    with place.store.reading() as session:
        for name in ADDED:
            new = text(f"SELECT * FROM {name} WHERE rowid > :last ORDER BY rowid")
            for added in session.execute(new, {"last": before.last[name]}).mappings():
                written[added["subject"]].append(_insert(name, added))
    return list(written.values())


def _two(statements: list[Statement]) -> list[Statement]:
    """The case's update and its entry, from a command's statements."""
    return [found for found in statements if found[0].startswith(("UPDATE cases", "INSERT INTO entry"))]


def _insert(table: str, row: RowMapping) -> Statement:
    marks = ", ".join("?" * len(row))
    return f"INSERT INTO {table} ({', '.join(row.keys())}) VALUES ({marks})", tuple(row.values())


def _update(table: str, id: str, changed: dict[str, Any]) -> Statement:
    sets = ", ".join(f"{name} = ?" for name in changed)
    return f"UPDATE {table} SET {sets} WHERE id = ?", (*changed.values(), id)


@contextmanager
def _beside(place: Installation, name: str) -> Iterator[sqlite3.Connection]:
    """A copy of the database for writing through the raw driver."""
    source = Path(place.settings.home) / "kanwu.db"
    copy = source.with_name(name)
    with sqlite3.connect(source) as full, sqlite3.connect(copy) as empty:
        full.backup(empty)
    full.close()
    empty.close()
    raw = sqlite3.connect(copy, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        raw.execute(f"PRAGMA {pragma}")
    yield raw
    raw.close()
    for file in copy.parent.glob(f"{name}*"):
        file.unlink()


# -- an installation to measure -------------------------------------------------------------------------


@contextmanager
def installed(
    clock: SetClock, entropy: Entropy, school: School, database: str = ""
) -> Iterator[Installation]:
    """An empty installation in a temporary folder, on SQLite unless an empty database is named."""
    with tempfile.TemporaryDirectory(prefix="kanwu-bench-") as folder:
        home = Path(folder)
        settings = Settings(home, database or f"sqlite:///{home / 'kanwu.db'}", "", SCHOOL)
        settings.evidence.mkdir()
        store = Store(settings.database)
        schema.upgrade(store.database)
        cipher = Cipher(Keys.make(settings.keys))
        yield assemble(settings, store, cipher, keep_rules(store, clock, school), clock, entropy)
        store.close()


def _people(place: Installation, n: int) -> list[tuple[str, str, Actor]]:
    """(record, case, student) for n invented freshmen in an open campaign. Adds one reviewer for all."""
    source = "0" * 32
    with place.store.writing() as session:
        session.execute(
            insert(RosterImport).values(
                id=source, name="bench.csv", digest="0" * 64, as_of=DAY.date(), at=DAY
            )
        )
        session.execute(insert(Record), [freshman(i, source, DAY) for i in range(n)])
        registrar = add_person(session, "测试", "registrar", "", SYSTEM.person, DAY, place.entropy)
        give_role(session, registrar.id, held("reviewer"), SYSTEM.person, DAY, place.entropy)
        students = {
            f"{i:032x}": add_person(
                session, "测试", "student", f"{i:032x}", SYSTEM.person, DAY, place.entropy
            ).id
            for i in range(n)
        }
    _REVIEWER["actor"] = Actor(registrar.id, "reviewer")
    open_campaign(place.engine, place.store, "freshman-2024", Actor(registrar.id, "registrar"))
    with place.store.reading() as session:
        cases = session.execute(select(Case.record_id, Case.id).order_by(Case.record_id)).all()
    return [(record, case, Actor(students[record], "student")) for record, case in cases]


_REVIEWER: dict[str, Actor] = {}


def freshman(i: int, source: str, at: datetime, **columns: Any) -> dict[str, Any]:
    """The row of the i-th invented student of 2024, with some columns as given."""
    return {
        "id": f"{i:032x}", "ksh": f"243600{i:08d}", "xh": f"24{i:08d}", "xm": "测试", "xb": "男",
        "csrq": date(2006, 5, 4), "fy": "测试学院", "bh": "测试01", "cc": "本科", "xz": "4",
        "rxrq": date(2024, 9, 15), "yjbyrq": date(2028, 7, 1), "xjzt": "注册学籍",
        "source_id": source, "created_at": at,
    } | columns  # fmt: skip


def _filed(place: Installation, record: str, case: str, who: Actor) -> Actor:
    kinds = ("id_card", "household_book")
    with place.store.writing() as session:
        papers = tuple(
            place.evidence.add(session, record, kind, Picture("image/jpeg", b"\xff\xd8"), DAY).id
            for kind in kinds
        )
        place.engine.perform(
            session,
            Ref("case", case),
            "raise",
            by=who,
            papers=papers,
            claims=(ClaimFiled("XM", "admission_error", "测试甲"),),
        )
    return _REVIEWER["actor"]


def _taken_up(place: Installation, record: str, case: str, who: Actor) -> Actor:
    reviewer = _filed(place, record, case, who)
    with place.store.writing() as session:
        place.engine.perform(session, Ref("case", case), "take_up", by=reviewer)
    return reviewer


def _settling(case: str, place: Installation) -> dict[str, Any]:
    with place.store.reading() as session:
        claim = session.execute(
            text("SELECT id FROM claim WHERE case_id = :case"), {"case": case}
        ).scalar_one()
    return {"claim": claim, "outcome": "refused", "words": "材料不足以证明", "refusal": "record_is_right"}


def _passing(case: str, place: Installation) -> dict[str, Any]:
    with place.store.reading() as session:
        first = text("SELECT id FROM step WHERE case_id = :case ORDER BY position LIMIT 1")
        return {"step": session.execute(first, {"case": case}).scalar_one(), "words": "材料齐全"}
