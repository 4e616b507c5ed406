"""The registrar's list of claims: what a page costs wherever it is walked to, and the file of all of them.

The floor beside a file is the same rows read by one plain statement and opened, written nowhere.
"""

from __future__ import annotations

import io
import random
import resource
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

from sqlalchemy import select, update

from bench.engine import SCHOOL, installed
from bench.queue import NOW, build
from config.policy import load_school
from workflow.cases.claims import opened
from workflow.cases.tables import Claim
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor
from workflow.outgoing.claims.asked import FORMATS, LATEST, ORDERS, ClaimFilter, ClaimsAsked
from workflow.outgoing.claims.columns import COLUMNS
from workflow.outgoing.claims.lines import PAGE, every_claim, page_of_claims, totals
from workflow.outgoing.jobs.job import ExportWish, approve, make, note_download, opened_file
from workflow.people.accounts import add_person
from workflow.records.identity import blind_index
from workflow.records.tables import Record
from workflow.store import table_of
from workflow.upkeep.installation import Installation
from workflow.upkeep.leaving import export_desk

ROUNDS = 5


def run(claims: int, database: str = "") -> Iterator[str]:
    """Yield what pages, totals and files of so many claims take."""
    with installed(SetClock(NOW), random.Random(claims).randbytes, load_school(SCHOOL), database) as place:
        build(place, claims)
        _seal(place)
        registrar, second = (_person(place, role) for role in ("registrar", "second_reviewer"))
        yield f"{place.store.dialect}, {claims:,} claims"
        for name, taken in _pages(place, claims).items():
            yield f"{name:<44}{taken * 1000:>10.1f} ms"
        yield f"{'floor: rows read and opened':<44}{_timed(lambda: _plain(place)):>10.2f} s"
        for form in FORMATS:
            made = _file(place, registrar, second, form)
            yield f"{'file, ' + form:<44}{made.taken:>10.2f} s {made.rows:>8,} rows {made.size >> 10:>6,} KiB"
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        yield f"{'the most memory that the process ever had':<44}{most:>10,} MiB"


def _pages(place: Installation, claims: int) -> dict[str, float]:
    calendar, found = place.school.calendar, dict[str, float]()
    with place.store.reading() as session:
        for order in ORDERS:
            lines = every_claim(session, calendar, ClaimFilter(), (), order)
            ids = [line.id for line in lines]
            assert len(ids) == claims
            for where, after in (("first", ""), ("last", ids[-PAGE - 1])):
                walk = partial(page_of_claims, session, calendar, ClaimFilter(), order=order, after=after)
                found[f"{where} page, {order}"] = _median(walk)
        chosen = ClaimFilter(field="SFZH", college="学院07")
        found["first page, a field of a college"] = _median(lambda: page_of_claims(session, calendar, chosen))
        found["totals"] = _median(lambda: totals(session, ClaimFilter()))
    return found


class _Made:
    """A file: seconds from the approval to its bytes, rows, bytes."""

    def __init__(self, taken: float, rows: int, size: int) -> None:
        self.taken, self.rows, self.size = taken, rows, size


def _file(place: Installation, registrar: Actor, second: Actor, form: str) -> _Made:
    asked = ClaimsAsked(ClaimFilter(), LATEST, tuple(COLUMNS), form)
    wish, desk = ExportWish("handling", "测量", ("claims",), asked=asked.as_json()), export_desk(place)
    with place.store.writing() as session:
        job = make(session, place.cipher, place.entropy, wish, registrar, NOW)
    started = time.perf_counter()
    approve(place.store, desk, job, second, NOW)
    taken = time.perf_counter() - started
    with place.store.writing() as session:
        found = note_download(session, place.cipher, job, registrar, NOW)
    data = opened_file(desk.files, found)
    if form == "xlsx":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            assert book.read("xl/worksheets/sheet1.xml").count(b"<row ") == found.rows + 1
    return _Made(taken, found.rows, len(data))


def _plain(place: Installation) -> int:
    asked = select(Claim.id, Claim.old, Claim.new, Record.id.label("record"), Record.sfzh)
    with place.store.reading() as session:
        rows = session.execute(asked.join(Record, Record.id == Claim.record_id)).all()
    for row in rows:
        opened(place.cipher, row)
        place.cipher.open(row.sfzh, table="record", column="sfzh", row=row.record)
    return len(rows)


def _seal(place: Installation) -> None:
    """Give each claim its values and each record its number, sealed as they are."""
    claim, record = table_of(Claim), table_of(Record)
    with place.store.writing() as session:
        for id in session.scalars(select(Claim.id)).all():
            old, new = (_sealed(place, "claim", column, id) for column in ("old", "new"))
            number, index = _sealed(place, "record", "sfzh", id), blind_index(place.cipher, id)
            session.execute(update(claim).where(claim.c.id == id).values(old=old, new=new))
            session.execute(update(record).where(record.c.id == id).values(sfzh=number, sfzh_index=index))


def _sealed(place: Installation, table: str, column: str, row: str) -> bytes:
    return place.cipher.seal("990000200605041552", table=table, column=column, row=row)


def _person(place: Installation, role: str) -> Actor:
    with place.store.writing() as session:
        return Actor(add_person(session, role, role, "", SYSTEM.person, NOW, place.entropy).id, role)


def _median(how: Callable[[], object]) -> float:
    return median(_timed(how) for _ in range(ROUNDS))


def _timed(how: Callable[[], object]) -> float:
    started = time.perf_counter()
    how()
    return time.perf_counter() - started
