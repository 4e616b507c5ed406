"""10,000 printed codes: the run piece by piece, its pages from the application, and Chromium's print of them.

The floor beside the run is its rows by the raw driver. The floor beside the pages is the drawing of their QR
codes alone.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import segno
from sqlalchemy import insert
from werkzeug.serving import WSGIRequestHandler, make_server

from bench.engine import DAY, SCHOOL, freshman, installed
from config.policy import load_school
from start import chromium
from web import create_app
from web.college.codes import QR_MASK
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor
from workflow.people.accounts import add_person, grants_of
from workflow.people.presences import Way, begin
from workflow.people.scopes import held
from workflow.records.tables import Record, RosterImport
from workflow.signin.strips import Whom, begin_run, carry_out, sheets
from workflow.upkeep.installation import Installation

A_CLASS = 37
A_COLLEGE = 740
PATIENCE = 300_000
"""Milliseconds. A busy machine is slow, and not the subject."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One print page: bytes of HTML and PDF, seconds of both, and sheets of paper."""

    html: int
    pdf: int
    answered: float
    printed: float
    sheets: int


def run(size: int, folder: Path) -> Iterator[str]:
    """Make and print ``size`` codes. The files are kept in ``folder``. Yields what was measured, in lines."""
    folder.mkdir(parents=True, exist_ok=True)
    with installed(SetClock(DAY), os.urandom, load_school(SCHOOL)) as place:
        registrar = _school(place, size)
        with place.store.writing() as session:
            whom = Whom(tuple(place.school.policy.statuses.enrolled))
            made = begin_run(session, registrar, "strips", whom, DAY, place.entropy)
            assert made is not None
            id = made.id
        pieces = list(_timed(lambda: carry_out(place.store, place.entropy, DAY, id)))
        took = [seconds for _, seconds in pieces]
        with place.store.reading() as session:
            parts = sheets(session, id, (held("registrar"),))
        yield (
            f"run: {sum(one.n for one in parts)} codes in {len(pieces)} pieces, {sum(took):.2f} s, "
            f"longest piece {max(took):.2f} s; the same rows by hand {_by_hand(place):.2f} s"
        )
        with served(place, registrar) as (site, token):
            pages = list(
                _print(site, token, [f"/registrar/codes/{id}/strips/{one.number}" for one in parts], folder)
            )
    began = time.perf_counter()
    for n in range(500):
        segno.make(f"{site}/activate#ABCDE{n:05d}", error="m", micro=False, mask=QR_MASK).svg_inline(border=4)
    drawing = time.perf_counter() - began
    yield (
        f"pages: {len(pages)}, HTML at most {max(one.html for one in pages) / 1e6:.2f} MB, answered in "
        f"{max(one.answered for one in pages):.2f} s at most; 500 QR codes alone {drawing:.2f} s"
    )
    yield (
        f"print: {sum(one.sheets for one in pages)} sheets of A4, PDF "
        f"{sum(one.pdf for one in pages) / 1e6:.1f} MB, {sum(one.printed for one in pages):.1f} s, "
        f"longest page {max(one.printed for one in pages):.1f} s"
    )


def _timed(piece: Callable[[], int]) -> Iterator[tuple[int, float]]:
    """Each piece with its seconds, to the last."""
    while True:
        began = time.perf_counter()
        if not (n := piece()):
            return
        yield n, time.perf_counter() - began


def _school(place: Installation, size: int) -> Actor:
    """Students in classes and colleges, none of whom has an account, and the registrar."""
    rows = []
    for i in range(size):
        college, group = f"测试{i // A_COLLEGE + 1:02d}学院", f"测试{i // A_CLASS + 1:04d}"
        rows.append(freshman(i, "f" * 32, DAY, xm=f"张三丰{i:05d}", fy=college, bh=group))
    source = {"id": "f" * 32, "name": "bench.csv", "digest": "0" * 64, "as_of": DAY.date(), "at": DAY}
    with place.store.writing() as session:
        session.execute(insert(RosterImport).values(source))
        session.execute(insert(Record), rows)
        person = add_person(session, "测试学籍管理员", "registrar", "", SYSTEM.person, DAY, place.entropy)
    return Actor(person.id, "registrar")


def _by_hand(place: Installation) -> float:
    """Seconds to write the same rows of accounts and codes with the raw driver, in one transaction."""
    source = sqlite3.connect(place.store.url.database or "")
    rows: dict[str, list[Any]] = {}
    for table in ("person", "grant", "signin_code"):
        rows[table] = source.execute(f'SELECT * FROM "{table}"').fetchall()
        source.execute(f'CREATE TABLE "hand_{table}" AS SELECT * FROM "{table}" LIMIT 0')
    source.execute("PRAGMA synchronous=FULL")
    began = time.perf_counter()
    with source:
        for table, found in rows.items():
            places = ", ".join("?" * len(found[0]))
            source.executemany(f'INSERT INTO "hand_{table}" VALUES ({places})', found)
    took = time.perf_counter() - began
    source.close()
    return took


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing of the requests is printed between the figures."""


@contextmanager
def served(place: Installation, person: Actor) -> Iterator[tuple[str, str]]:
    """The pages on this machine, and the token of somebody signed in."""
    with place.store.writing() as session:
        grant = grants_of(session, person.person)[0]
        token = begin(session, grant, Way("password"), DAY, place.entropy)
    server = make_server("127.0.0.1", 0, create_app(place), threaded=True, request_handler=_Quiet)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}", token
    server.shutdown()
    serving.join()


def _print(site: str, token: str, paths: list[str], folder: Path) -> Iterator[Printed]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium())
        context = browser.new_context(locale="zh-CN")
        context.add_cookies([{"name": "sid", "value": token, "url": site, "httpOnly": True}])
        page = context.new_page()
        for number, path in enumerate(paths, 1):
            began = time.perf_counter()
            answer = page.goto(site + path, timeout=PATIENCE)
            assert answer is not None and answer.status == 200, path
            html, between = len(answer.body()), time.perf_counter()
            pdf = page.pdf(format="A4", prefer_css_page_size=True, print_background=False)
            (folder / f"strips-{number:02d}.pdf").write_bytes(pdf)
            yield Printed(
                html,
                len(pdf),
                between - began,
                time.perf_counter() - between,
                len(re.findall(rb"/Type /Page\b", pdf)),
            )
        browser.close()
