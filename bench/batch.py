"""A batch of as many lines as one may have, there and back: chosen, frozen, its files, sent, answered.

Each student has two lines, name and ID number. Beside it stands what a student costs whose step is sent and
answered by hand, outside of any batch, in two units of work.
"""

from __future__ import annotations

import io
import random
import resource
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from statistics import median
from typing import Any, TypeVar

import xlsxwriter
from sqlalchemy import insert

from bench.engine import SCHOOL, freshman, installed
from config.policy import load_school
from states.batch import BATCH
from workflow.campaigns.opening import open_campaign
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.file import file
from workflow.cases.load import look_at_case
from workflow.cases.review.steps import Ready, ready
from workflow.clock import SHANGHAI, SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.evidence.intake import Picture
from workflow.outgoing.answers.planning import plan_answers
from workflow.outgoing.answers.reading import read_answers
from workflow.outgoing.answers.taking import take_answers
from workflow.outgoing.batches.checks import MOST_LINES
from workflow.outgoing.batches.choosing import waiting_claims
from workflow.outgoing.batches.facts import BatchFacts, look_at_batch
from workflow.outgoing.batches.sending import send_batch
from workflow.outgoing.batches.views import lines_shown
from workflow.outgoing.files.as_dbf import register_dbf
from workflow.outgoing.files.bundle import BundleDone, PaperOut, bundle
from workflow.outgoing.files.register import papers_of, read_register
from workflow.outgoing.files.rows import Register
from workflow.outgoing.files.workbook import register_workbook
from workflow.people.accounts import add_person
from workflow.records.identity import blind_index, check_character
from workflow.records.tables import Record, RosterImport
from workflow.upkeep.installation import Installation

NOW = datetime(2024, 10, 25, 10, 0, tzinfo=SHANGHAI)
OFFICE, SOURCE = "province", "0" * 32
BY_ITSELF = 20
"""So many students' steps are sent and answered by hand."""
EACH = 2
"""So many lines a student has."""
PAPER = random.Random(0).randbytes(200_000)
"""A photo of a paper as a phone makes it, once it was taken in."""
Done = TypeVar("Done")
Taken = tuple[float, float]
"""Seconds in all, and those of this process's own work, which other work on the machine does not lengthen."""


def run(lines: int = MOST_LINES, database: str = "") -> Iterator[str]:
    """Yield the seconds of each step, by their names."""
    many = lines // EACH
    with installed(SetClock(NOW), random.Random(lines).randbytes, load_school(SCHOOL), database) as place:
        built = _Built(place, many + BY_ITSELF)
        yield f"{place.store.dialect}, {many * EACH} lines of {many} students, {EACH} papers each"
        by_hand = [_taken(partial(built.by_hand, n)) for n in range(many, many + BY_ITSELF)]
        one = median(taken for taken, _ in by_hand), median(own for _, own in by_hand)
        yield f"{'seconds':<44}{'in all':>10}{'own CPU':>10}"
        found = {"by hand: one student, sent and answered": one, **_there_and_back(built, many)}
        for name, (taken, own) in found.items():
            yield f"{name:<44}{taken:>10.3f}{own:>10.3f}"
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        yield f"{'the most memory that the process ever had':<44}{most:>10,} MiB"


def _there_and_back(built: _Built, many: int) -> dict[str, Taken]:
    found: dict[str, Taken] = {}

    def timed(name: str, do: Callable[[], Done]) -> Done:
        done: list[Done] = []
        found[name] = _taken(lambda: done.append(do()))
        return done[0]

    batch = built.act(Ref(BATCH.name), "open", built.registrar, office=OFFICE, month="2024-12")
    claims = timed("what waits, listed", built.waiting)
    assert len(claims) == many * EACH
    timed("put in", lambda: built.act(batch, "put_in", built.registrar, claims=claims))
    timed("frozen", lambda: built.act(batch, "freeze", built.registrar))
    timed("agreed to", lambda: built.act(batch, "agree", built.second))
    timed("its page read", lambda: built.page(batch))
    register = timed("register read", lambda: built.register(batch))
    timed("register, XLSX", lambda: register_workbook(register))
    timed("register, DBF", lambda: register_dbf(register))
    assert timed("folders with papers, ZIP", lambda: built.folders(batch, register)) == 2 * many
    timed("sent", lambda: built.send(batch))
    data = _answer(many)
    timed("answers looked at", lambda: built.plan(batch, data))
    timed("answers taken, one student in ten refused", lambda: built.take(batch, data))
    timed("closed", lambda: built.act(batch, "close", built.registrar))
    assert built.look(batch).state == "closed"
    return found


class _Built:
    """Students whose ID numbers wait for the province, and verbs for batches of them."""

    def __init__(self, place: Installation, students: int) -> None:
        self.place = place
        self.registrar, self.second, self.reviewer = (
            self._person(role) for role in ("registrar", "second_reviewer", "reviewer")
        )
        rows = [self._row(n) for n in range(students)]
        source = {"id": SOURCE, "name": "bench.csv", "digest": "0" * 64, "as_of": NOW.date(), "at": NOW}
        with place.store.writing() as session:
            session.execute(insert(RosterImport).values(source))
            session.execute(insert(Record), rows)
        open_campaign(place.engine, place.store, "freshman-2024", self.registrar)
        self._cases = [self._waits(n) for n in range(students)]

    # -- what is measured -------------------------------------------------------------------------------

    def act(self, subject: Ref, action: str, by: Actor, **said: Any) -> Ref:
        """One act in its own unit of work. Returns what it was about."""
        with self.place.store.writing() as session:
            entry = self.place.engine.perform(session, subject, action, by=by, **said)
        return Ref(subject.lifecycle, entry.subject)

    def by_hand(self, n: int) -> None:
        """Send the step of a student by itself, and enter its answer."""
        case, waits = self._cases[n], self._ready(self._cases[n])
        sent = {"step": waits.step.id, "only": waits.claims, "sent_on": NOW.date(), "number": f"测试{n}号"}
        self.act(case, "send", self.reviewer, **sent)
        waits = self._ready(case)
        came = {"step": waits.step.id, "only": waits.claims, "outcome": "passed", "received_on": NOW.date()}
        self.act(case, "receive", self.reviewer, **came)

    def waiting(self) -> tuple[str, ...]:
        """The claims that wait for the province."""
        with self.place.store.reading() as session:
            return tuple(one.claim for one in waiting_claims(session, OFFICE, frozenset()))

    def look(self, batch: Ref) -> BatchFacts:
        """A batch as it stands."""
        with self.place.store.reading() as session:
            found = look_at_batch(session, batch.id)
        assert found is not None
        return found

    def page(self, batch: Ref) -> None:
        """What the page of a batch reads."""
        with self.place.store.reading() as session:
            found = look_at_batch(session, batch.id)
            assert found is not None
            lines_shown(session, self.place.cipher, found, frozenset())

    def register(self, batch: Ref) -> Register:
        """The register, with values opened."""
        with self.place.store.reading() as session:
            found = look_at_batch(session, batch.id)
            assert found is not None
            return read_register(session, self.place.cipher, self.place.rules, found)

    def folders(self, batch: Ref, register: Register) -> int:
        """The zip, made and thrown away. Returns how many papers are in it."""
        with self.place.store.reading() as session:
            papers = papers_of(session, self.place.rules, self.look(batch)).of_record

        def read(paper: PaperOut) -> bytes:
            with self.place.store.reading() as session:
                return self.place.evidence.get(session, paper.record, paper.id, paper.digest)

        done = BundleDone()
        for _ in bundle(register, papers, read, done):
            pass
        return done.papers

    def send(self, batch: Ref) -> None:
        """Send a batch with every case in it, in one unit of work."""
        with self.place.store.writing() as session:
            send_batch(self.place.engine, session, batch.id, number="", sent_on=NOW.date(), by=self.registrar)

    def plan(self, batch: Ref, data: bytes) -> None:
        """What an answer would do."""
        read, found = read_answers("answer.xlsx", data), self.look(batch)
        with self.place.store.reading() as session:
            plan_answers(self.place.engine, session, self.place.cipher, found, read, self.registrar)

    def take(self, batch: Ref, data: bytes) -> None:
        """Take an answer, in one unit of work."""
        read = read_answers("answer.xlsx", data)
        with self.place.store.writing() as session:
            take_answers(self.place.engine, session, self.place.cipher, batch.id, read, self.registrar)

    # -- how it is built --------------------------------------------------------------------------------

    def _person(self, role: str, name: str = "") -> Actor:
        with self.place.store.writing() as session:
            scope = name or role, role, name
            return Actor(add_person(session, *scope, SYSTEM.person, NOW, self.place.entropy).id, role)

    def _row(self, n: int) -> dict[str, Any]:
        id, cipher = f"{n:032x}", self.place.cipher
        sealed = cipher.seal(_number(n, 4), table="record", column="sfzh", row=id)
        index = blind_index(cipher, _number(n, 4))
        return freshman(n, SOURCE, NOW, doc_type="1", sfzh=sealed, sfzh_index=index)

    def _waits(self, n: int) -> Ref:
        """A student's two claims, filed with two papers and checked by the school."""
        record, place = f"{n:032x}", self.place
        by = self._person("student", record)
        claims = (
            ClaimFiled("XM", "admission_error", "测试甲"),
            ClaimFiled("SFZH", "admission_error", _number(n, 5)),
        )
        with place.store.writing() as session:
            papers = tuple(
                place.evidence.add(session, record, kind, Picture("image/jpeg", PAPER), NOW).id
                for kind in ("id_card", "household_book")
            )
            case = Ref("case", file(place.engine, session, record, by, claims, papers).subject)
        self.act(case, "take_up", self.reviewer)
        check = self._ready(case)
        self.act(case, "pass_step", self.reviewer, step=check.step.id, only=check.claims)
        return case

    def _ready(self, case: Ref) -> Ready:
        """The step of a case that is next."""
        with self.place.store.reading() as session:
            found = look_at_case(session, case.id)
        assert found is not None
        return ready(found)[0]


def _number(n: int, day: int) -> str:
    """An invented ID number of a non-existent area, of somebody born on this day of May."""
    body = f"99{n // 400:04d}200605{day:02d}{2 * (n % 400) + 151:03d}"
    return body + check_character(body)


def _answer(many: int) -> bytes:
    """The body's workbook: a row for each line, agreed to but for each tenth student."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ("考生号", "字段", "结果", "日期", "意见"))
    for n in range(many):
        said = ("不同意", "与公安人口库不一致") if n % 10 == 9 else ("同意", "")
        for k, field in enumerate(("姓名", "证件号码")):
            row = f"243600{n:08d}", field, said[0], f"{NOW:%Y-%m-%d}", said[1]
            sheet.write_row(EACH * n + k + 1, 0, row)
    book.close()
    return written.getvalue()


def _taken(do: Callable[[], object]) -> Taken:
    started, own = time.perf_counter(), time.process_time()
    do()
    return time.perf_counter() - started, time.process_time() - own
