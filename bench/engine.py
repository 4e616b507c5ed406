"""One transition through the door beside the same rows written by hand through the raw driver.

SQLite, WAL, ``synchronous=FULL``. Each figure is the median over interleaved rounds; by hand no rule is asked
and every byte is prepared beforehand, so the floor is what the rows themselves cost.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert, select, text

from config.policy import load_school
from config.settings import ROOT, Settings
from workflow.campaigns.opening import open_campaign
from workflow.cases.filing import ClaimFiled
from workflow.cases.tables import Case
from workflow.clock import SHANGHAI, SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.evidence.intake import Picture
from workflow.people.accounts import add_person, give_role
from workflow.people.cipher import Cipher, Keys
from workflow.records.tables import Record, RosterImport
from workflow.store import Store
from workflow.upkeep import schema
from workflow.upkeep.installation import Installation, assemble, keep_rules

DAY = datetime(2024, 10, 25, 10, 0, tzinfo=SHANGHAI)
ROUNDS, EACH = 7, 60
ADDED = ("entry", "opening", "notice", "command_key")


@dataclass(frozen=True, slots=True)
class Figure:
    """One action: microseconds by hand and through the door (medians), and their ratio."""

    action: str
    by_hand: float
    through_the_door: float

    @property
    def ratio(self) -> float:
        """How many times the floor the door takes."""
        return self.through_the_door / self.by_hand


def run() -> list[Figure]:
    """Measure confirm, take_up and settle; returns one Figure each."""
    with _installation() as place:
        people = _people(place, 3 * ROUNDS * EACH)
        return [
            _measure(place, "confirm", people[0::3], lambda case, who: {}),
            _measure(place, "take_up", people[1::3], lambda case, who: {}, prepare=_filed),
            _measure(place, "settle", people[2::3], _settling, prepare=_taken_up),
        ]


def _measure(
    place: Installation,
    action: str,
    people: list[tuple[str, str, Actor]],
    details: Callable[[str, Installation], dict[str, Any]],
    prepare: Callable[[Installation, str, str, Actor], Actor] | None = None,
) -> Figure:
    actors = [prepare(place, record, case, who) if prepare else who for record, case, who in people]
    given = [details(case, place) for _, case, _ in people]
    door, hand = [], []
    with _beside(place) as raw:
        for start in range(0, len(people), EACH):
            rows = []
            for n in range(start, start + EACH):
                with _rows_written(place, people[n][1]) as written:
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
                rows.append(written())
            for statements in rows:
                began = time.perf_counter_ns()
                raw.execute("BEGIN IMMEDIATE")
                for statement, values in statements:
                    raw.execute(statement, values)
                raw.execute("COMMIT")
                hand.append((time.perf_counter_ns() - began) / 1000)
    return Figure(action, median(hand), median(door))


# -- the same rows by hand ------------------------------------------------------------------------------


@contextmanager
def _rows_written(
    place: Installation, case: str
) -> Iterator[Callable[[], list[tuple[str, tuple[Any, ...]]]]]:
    """Statements that write what one command wrote: its new rows, its case and claims as they then are."""
    with place.store.reading() as session:
        before = {
            name: session.execute(text(f"SELECT max(rowid) FROM {name}")).scalar() or 0 for name in ADDED
        }

    def statements() -> list[tuple[str, tuple[Any, ...]]]:
        with place.store.reading() as session:
            row = session.execute(text("SELECT * FROM cases WHERE id = :id"), {"id": case}).mappings().one()
            made = [_update("cases", row)] + [_update("claim", claim) for claim in _claims(session, case)]
            for name in ADDED:
                new = session.execute(text(f"SELECT * FROM {name} WHERE rowid > {before[name]}")).mappings()
                made += [_insert(name, row) for row in new]
        return made

    yield statements


def _claims(session: Any, case: str) -> list[Any]:
    found = session.execute(
        text("SELECT * FROM claim WHERE case_id = :case AND outcome <> ''"), {"case": case}
    )
    return list(found.mappings())


def _insert(table: str, row: Any) -> tuple[str, tuple[Any, ...]]:
    marks = ", ".join("?" * len(row))
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values())


def _update(table: str, row: Any) -> tuple[str, tuple[Any, ...]]:
    names = [name for name in row if name != "id"]
    sets = ", ".join(f"{name} = ?" for name in names)
    return f"UPDATE {table} SET {sets} WHERE id = ?", (*(row[name] for name in names), row["id"])


@contextmanager
def _beside(place: Installation) -> Iterator[sqlite3.Connection]:
    """A copy of the database, written to through the raw driver."""
    source = Path(place.settings.home) / "kanwu.db"
    copy = source.with_name("beside.db")
    with sqlite3.connect(source) as full, sqlite3.connect(copy) as empty:
        full.backup(empty)
    full.close()
    empty.close()
    raw = sqlite3.connect(copy, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        raw.execute(f"PRAGMA {pragma}")
    yield raw
    raw.close()
    for file in copy.parent.glob("beside.db*"):
        file.unlink()


# -- an installation to measure in ----------------------------------------------------------------------


@contextmanager
def _installation() -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="kanwu-bench-") as folder:
        home = Path(folder)
        school = ROOT / "config" / "schools" / "nchu"
        settings = Settings(home, f"sqlite:///{home / 'kanwu.db'}", "", school)
        settings.evidence.mkdir()
        store = Store(settings.database)
        schema.upgrade(store.database)
        cipher = Cipher(Keys.make(settings.keys))
        place = assemble(settings, store, cipher, load_school(school), SetClock(DAY), os.urandom)
        keep_rules(place)
        yield place
        store.close()


def _people(place: Installation, n: int) -> list[tuple[str, str, Actor]]:
    """(record, case, student) for n invented freshmen in an open campaign, and one reviewer for all."""
    source = "0" * 32
    with place.store.writing() as session:
        session.execute(
            insert(RosterImport).values(
                id=source, name="bench.csv", digest="0" * 64, as_of=DAY.date(), at=DAY
            )
        )
        session.execute(insert(Record), [_record(i, source) for i in range(n)])
        registrar = add_person(session, "测试", "registrar", "", SYSTEM.person, DAY, place.entropy)
        give_role(session, registrar.id, "reviewer", "", SYSTEM.person, DAY, place.entropy)
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


def _record(i: int, source: str) -> dict[str, Any]:
    return {
        "id": f"{i:032x}",
        "ksh": f"24360000{i:06d}",
        "xh": f"2401{i:05d}",
        "xm": "测试",
        "xb": "男",
        "csrq": date(2006, 5, 4),
        "cc": "本科",
        "xz": "4",
        "rxrq": date(2024, 9, 15),
        "yjbyrq": date(2028, 7, 1),
        "xjzt": "注册学籍",
        "fy": "测试学院",
        "source_id": source,
        "created_at": DAY,
    }


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
    return {"claim": claim, "outcome": "refused", "words": "材料不足以证明"}
