"""The platform and the 教务系统 side by side: from the two files to a worksheet, its pages and one press.

Every student has an ID number on both sides; one in four differs in class, one in fifty in the name.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from workflow.clock import SHANGHAI
from workflow.people.cipher import Cipher, Keys
from workflow.records.formats import read_roster
from workflow.records.identity import check_character
from workflow.records.judge import judge
from workflow.records.roster import take_in
from workflow.sources.comparing import compare
from workflow.sources.deciding import alike, press_rows
from workflow.sources.mapping import SourceMapping
from workflow.sources.sides import SourceFile, read_side
from workflow.sources.tables import SCHOOL
from workflow.sources.taking import take_comparison
from workflow.sources.worksheet import RowsWanted, comparisons, counts_of, rows_of
from workflow.store import Store
from workflow.upkeep import metadata

NOW = datetime(2024, 10, 20, 9, 0, tzinfo=SHANGHAI)
HEAD = (
    "考生号",
    "学号",
    "姓名",
    "性别",
    "出生日期",
    "证件号码",
    "民族",
    "专业",
    "学院",
    "班级",
    "入学日期",
    "学籍状态",
)
Done = TypeVar("Done")


def run(rows: int = 6_000, database: str = "") -> Iterator[str]:
    """Yield the seconds of each step, by their names."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(database or f"sqlite:///{Path(folder) / 'kanwu.db'}")
        cipher = Cipher(Keys(os.urandom(32), os.urandom(32), os.urandom(32)))
        metadata.metadata.create_all(store.database)
        judged = judge(read_roster("platform.csv", _file(rows, changed=False)), as_of=date(2024, 10, 16))
        with store.writing() as session:
            take_in(session, judged, cipher, now=NOW, entropy=os.urandom)
        file = SourceFile("school.csv", date(2024, 10, 18), _file(rows, changed=True))
        seconds: dict[str, float] = {}

        def timed(name: str, do: Callable[[], Done]) -> Done:
            started = time.perf_counter()
            done = do()
            seconds[name] = time.perf_counter() - started
            return done

        read = timed("file read", lambda: read_side(file, SourceMapping(SCHOOL, {})))
        with store.reading() as session:
            plan = timed("compared", lambda: compare(session, cipher, read, None))
        with store.writing() as session:
            id = timed(
                "taken in",
                lambda: take_comparison(session, cipher, plan, by="bench", at=NOW, entropy=os.urandom),
            )
        with store.reading() as session:
            (facts,) = comparisons(session, 1, id)
            timed("counts", lambda: counts_of(session, id))
            timed("first page", lambda: rows_of(session, cipher, facts, RowsWanted()))
            last = len(plan.differs) - 50
            timed("last page", lambda: rows_of(session, cipher, facts, RowsWanted(), after=last))
            which = alike(session, id, RowsWanted(field="BH"))
        with store.writing() as session:
            timed("one press", lambda: press_rows(session, id, which, "to_post", by="bench", at=NOW))
        store.close()
        yield f"{rows} students, {len(HEAD)} columns, {len(plan.differs)} differences, {which.number} pressed"
        yield from (f"{name:<12}{taken:8.3f} s" for name, taken in seconds.items())
        yield f"{'together':<12}{sum(seconds.values()):8.3f} s"


def _file(rows: int, *, changed: bool) -> bytes:
    """A source's file; the school's own has other classes and names for some."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEAD)
    for n in range(rows):
        body = f"99{n // 900:04d}20060504{n % 900:03d}"
        sex = "男" if int(body[-1]) % 2 else "女"
        number, name = body + check_character(body), f"测试{chr(0x4E00 + n % 5000)}"
        group = f"2401{n % 160:03d}"
        if changed and not n % 4:
            group = f"2402{n % 160:03d}"
        if changed and not n % 50:
            name += "甲"
        row = (
            f"243600{n:08d}", f"2401{n:06d}", name, sex, "2006-05-04", number, "汉族", "测试专业",
            f"学院{n % 16:02d}", group, "2024-09-15", "注册学籍",
        )  # fmt: skip
        writer.writerow(row)
    return text.getvalue().encode()
