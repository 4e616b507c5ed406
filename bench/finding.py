"""Finding a student at the desk among many: by name, pinyin, initials and number, in all or one college.

Each record has one filed case. A college has one record in two hundred, so that most of what a name fits is
out of scope. Beside the seconds stands how often what is fastest, a student number, could be found meanwhile.
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, text

from states.case import RAISED
from workflow.cases.tables import Case
from workflow.cases.views.found import find_at_desk
from workflow.clock import SHANGHAI
from workflow.people.cipher import Cipher, Keys
from workflow.records.name_readings import keep_new
from workflow.records.rows import insert_rows
from workflow.records.tables import Record, RosterImport
from workflow.store import Store, as_text
from workflow.upkeep import metadata

NOW = datetime(2024, 10, 20, 9, 0, tzinfo=SHANGHAI)
SOURCE = "0" * 32
COLLEGES = 200
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹"
    "彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈单解仇覃"
)
GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲红玉华建国志海峰晓"
    "云林雪梅乐宇轩涵欣怡子梓浩博思佳雨晨阳嘉琪诗"
)
SAID = (
    "王", "王秀英", "秀英", "覃乐", "wang", "wangxiuying", "wxy", "w", "zhang s f", "lubu", "shan", "xian",
    "qqqq", "S0004242", "S9999999", "迪丽热巴",
)  # fmt: skip
"""Common and rare, whole and begun, there and not there."""


def run(records: int = 1_000_000, database: str = "", rounds: int = 5) -> Iterator[str]:
    """Yield what each search took, for all and for one college."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(database or f"sqlite:///{Path(folder) / 'kanwu.db'}")
        cipher = Cipher(Keys(os.urandom(32), os.urandom(32), os.urandom(32)))
        metadata.metadata.create_all(store.database)
        yield from _fill(store, records)
        number = _taken(store, cipher, "S0000001", (), rounds)[0]
        heads = (
            f"{'all, ms':>10}{'hits':>6}{'× a number':>12}{'one college':>17}{'hits':>6}{'× a number':>12}"
        )
        yield f"{'typed':<14}{heads}"
        for said in SAID:
            everywhere, hits = _taken(store, cipher, said, (), rounds)
            within, fewer = _taken(store, cipher, said, (Record.fy == "学院7",), rounds)
            yield (
                f"{said:<14}{1000 * everywhere:>10.1f}{hits:>6}{everywhere / number:>12.1f}"
                f"{1000 * within:>17.1f}{fewer:>6}{within / number:>12.1f}"
            )
        store.close()


def _fill(store: Store, count: int) -> Iterator[str]:
    """Write the records, their cases and their readings, each in its own time."""
    chance = random.Random(7)
    lengths = (1, 2, 2, 2)
    names = [
        chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice(lengths)))
        for _ in range(count)
    ]
    at, ids = as_text(NOW), [f"{n:032x}" for n in range(count)]
    with store.writing() as session:
        session.add(RosterImport(id=SOURCE, name="", digest="", as_of=date(2024, 10, 20), at=NOW))
        session.flush()
        columns = ("id", "xh", "xm", "fy", "bh", "xjzt", "source_id", "created_at")
        rows = (
            (id, f"S{n:07d}", name, f"学院{n % COLLEGES}", f"班{n // 40}", "注册学籍", SOURCE, at)
            for n, (id, name) in enumerate(zip(ids, names, strict=True))
        )
        insert_rows(session, Record.__table__, columns, rows)
        cases = ((f"{n:031x}c", id, RAISED, 1, at) for n, id in enumerate(ids))
        insert_rows(session, Case.__table__, ("id", "record_id", "state", "version", "filed_at"), cases)
        started = time.perf_counter()
        keep_new(session, ((id, name, None) for id, name in zip(ids, names, strict=True)))
        taken = time.perf_counter() - started
    if store.database.dialect.name == "postgresql":
        with store.database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    yield f"{count} records on {store.database.dialect.name}; their readings written in {taken:.1f} s"


def _taken(
    store: Store, cipher: Cipher, said: str, only: tuple[ColumnElement[bool], ...], rounds: int
) -> tuple[float, int]:
    """The median of some searches, in seconds, and the number of hits."""
    times, hits = [], 0
    for _ in range(rounds):
        with store.reading() as session:
            started = time.perf_counter()
            hits = len(find_at_desk(session, cipher, said, Case.filed_at.is_not(None), *only).hits)
            times.append(time.perf_counter() - started)
    return statistics.median(times), hits
