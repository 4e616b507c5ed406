"""G7: import a roster of 100,000 rows from file to database, compared with the minimum work.

Everything is measured in one run. Only the ratios are meaningful.
"""

from __future__ import annotations

import csv
import gc
import os
import random
import sqlite3
import statistics
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook

from demo.students import as_dbf
from workflow.clock import SHANGHAI
from workflow.people.cipher import Cipher, Keys
from workflow.records.formats import read_roster
from workflow.records.identity import check_character
from workflow.records.judge import judge
from workflow.records.roster import take_in
from workflow.records.tables import RosterImport
from workflow.store import Store
from workflow.upkeep import metadata

NOW = datetime(2024, 10, 20, 9, 0, tzinfo=SHANGHAI)
WIDTHS = {
    "KSH": 14, "XH": 10, "XM": 60, "XB": 2, "CSRQ": 8, "SFZH": 18, "MZ": 24, "ZYDM": 6, "ZYMC": 60, "FY": 60,
    "BH": 24, "CC": 24, "XXXS": 20, "XZ": 3, "RXRQ": 8, "YJBYRQ": 8, "XJZT": 24, "ZZMM": 24,
}  # fmt: skip
"""The 18 columns of the roster and their widths as DBF fields, in bytes."""


def run(rows: int = 100_000, rounds: int = 3) -> Iterator[str]:
    """Yield seconds and ratios for CSV, XLSX and DBF, new and repeated, each with its baseline."""
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(Path(folder), _people(rows))
        timed: dict[str, list[float]] = {name: [] for name in bench.variants}
        for _ in range(rounds):
            for name, variant in bench.variants.items():
                store = bench.store()
                gc.collect()
                started = time.perf_counter()
                variant(store)
                timed[name].append(time.perf_counter() - started)
                store.close()
    seconds = {name: statistics.median(times) for name, times in timed.items()}
    yield f"{rows} rows x {len(WIDTHS)} columns, {rounds} rounds, median; SQLite, synchronous=FULL"
    for name, taken in seconds.items():
        floor = name.split()[0] + " floor"
        goal = _GOALS.get(name, "")
        yield f"{name:20} {taken:7.3f} s   {taken / seconds[floor]:5.2f}x   {goal}"
    by_hand = seconds["csv import"] / seconds["csv by hand, sealed"]
    yield f"csv import beside the same rows sealed, indexed and written by hand: {by_hand:.2f}x"


_GOALS = {
    "csv import": "goal <= 2.5x: parse + executemany",
    "xlsx import": "goal <= 2.0x: calamine's bare parse",
    "dbf import": "goal: less than dbfread's bare parse, 1.8x this floor in speed.md D",
}


class _Bench:
    """The files and the measured jobs on them, each in a new database."""

    def __init__(self, folder: Path, people: list[tuple[str, ...]]) -> None:
        self._folder, self._files = folder, _write_files(folder, people)
        self._cipher = Cipher(Keys(os.urandom(32), os.urandom(32), os.urandom(32)))
        self._made = 0
        self._full = self.store()
        self._take("csv", self._full)
        self.variants: dict[str, Callable[[Store], None]] = {
            "csv floor": self._floor_csv,
            "csv by hand, sealed": self._by_hand,
            "csv import": lambda store: self._take("csv", store),
            "csv import again": lambda _: self._take("csv", self._full),
            "xlsx floor": self._floor_xlsx,
            "xlsx import": lambda store: self._take("xlsx", store),
            "dbf floor": self._floor_dbf,
            "dbf import": lambda store: self._take("dbf", store),
        }

    def store(self) -> Store:
        """A new database with every table."""
        self._made += 1
        store = Store(f"sqlite:///{self._folder / f'{self._made}.db'}")
        metadata.metadata.create_all(store.database)
        return store

    def _take(self, kind: str, store: Store) -> None:
        file = self._files[kind]
        judgement = judge(read_roster(file.name, file.read_bytes()), as_of=NOW.date())
        with store.writing() as session:
            take_in(session, judgement, self._cipher, now=NOW, entropy=os.urandom)

    def _rows(self) -> Iterator[list[str]]:
        with self._files["csv"].open(encoding="gb18030", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            yield from rows

    def _floor_csv(self, store: Store) -> None:
        """Parse and insert: no checks, no sealing, no index except the key."""
        with sqlite3.connect(f"{store.url.database}.floor", isolation_level=None) as database:
            database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
            database.execute(f"CREATE TABLE record ({', '.join(WIDTHS)}, PRIMARY KEY (KSH))")
            database.execute("BEGIN IMMEDIATE")
            database.executemany(f"INSERT INTO record VALUES ({', '.join('?' * len(WIDTHS))})", self._rows())
            database.execute("COMMIT")
        database.close()

    def _by_hand(self, store: Store) -> None:
        """Parse, seal, index and insert into the real table through the raw driver, without checks."""
        seal, index = self._cipher.seal, self._cipher.index
        names = ", ".join(WIDTHS).lower() + ", sfzh_index, id, source_id, created_at"
        statement = f"INSERT INTO record ({names}) VALUES ({', '.join('?' * (len(WIDTHS) + 4))})"
        number, source = list(WIDTHS).index("SFZH"), "0" * 32

        def sealed() -> Iterator[tuple[object, ...]]:
            for place, row in enumerate(self._rows()):
                id, plain = f"{place:032x}", row[number]
                box = seal(plain, table="record", column="sfzh", row=id)
                rest = (index("id", plain), id, source, NOW.isoformat())
                yield (*row[:number], box, *row[number + 1 :], *rest)

        with store.writing() as session:
            made = RosterImport(id=source, name="", digest="", as_of=NOW.date(), at=NOW)
            session.add(made)
            session.flush()
            driver = session.connection().connection.driver_connection
            assert driver is not None
            driver.executemany(statement, sealed())

    def _floor_xlsx(self, _: Store) -> None:
        CalamineWorkbook.from_path(str(self._files["xlsx"])).get_sheet_by_index(0).to_python()

    def _floor_dbf(self, _: Store) -> None:
        """Read each record and decode each cell."""
        data = self._files["dbf"].read_bytes()
        count, head, width = struct.unpack_from("<IHH", data, 4)
        names = list(WIDTHS)
        layout = struct.Struct("1s" + "".join(f"{size}s" for size in WIDTHS.values()))
        for record in layout.iter_unpack(data[head : head + count * width]):
            dict(zip(names, [cell.decode("gb18030").rstrip() for cell in record[1:]], strict=True))


def _people(rows: int) -> list[tuple[str, ...]]:
    """Invented freshmen: a non-existent area code, valid check characters, many different names."""
    chance = random.Random(20241023)
    family, given = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", [chr(code) for code in range(0x5B50, 0x5DD0)]
    people: list[tuple[str, ...]] = []
    for place in range(rows):
        born = date(2004, 9, 1) + timedelta(days=chance.randrange(1000))
        serial = place // 2_800 % 40 * 25 + chance.randrange(25)
        body = f"99{place % 2_800:04d}{born:%Y%m%d}{serial:03d}"
        college = place % 14
        people.append(
            (
                f"2436{place:010d}",
                f"24{place:08d}",
                chance.choice(family) + chance.choice(given) + chance.choice(given),
                "男" if serial % 2 else "女",
                f"{born:%Y%m%d}",
                body + check_character(body),
                "汉族",
                f"0809{college:02d}",
                f"测试专业{college}",
                f"测试学院{college}",
                f"24{place % 400:06d}",
                "本科",
                "普通全日制",
                "4",
                "20240915",
                "20280701",
                "注册学籍",
                "共青团员",
            )
        )
    return people


def _write_files(folder: Path, people: list[tuple[str, ...]]) -> dict[str, Path]:
    files = {kind: folder / f"roster.{kind}" for kind in ("csv", "xlsx", "dbf")}
    with files["csv"].open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(WIDTHS)
        writer.writerows(people)
    book = xlsxwriter.Workbook(str(files["xlsx"]), {"constant_memory": True, "strings_to_numbers": False})
    sheet = book.add_worksheet()
    for place, row in enumerate([tuple(WIDTHS), *people]):
        sheet.write_row(place, 0, row)
    book.close()
    rows = [dict(zip(WIDTHS, person, strict=True)) for person in people]
    files["dbf"].write_bytes(as_dbf(rows, WIDTHS))
    return files
