"""What a stranger can read from a clock: what is somebody else's beside what is not there, asked in turn.

For each kind of address that names a student's things, a person without standing asks a thousand times for a
thing that is there and a thousand times for one that is not, alternating. Both are a 404 with the same page.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flask.testing import FlaskClient
from sqlalchemy import insert, select

from bench.engine import DAY, SCHOOL, freshman, installed
from config.policy import load_school
from config.policy.words import COLLEGE
from web import create_app
from workflow.campaigns.opening import open_campaign
from workflow.cases.claims import ClaimFiled
from workflow.cases.tables import Case, Claim, Step, StepClaim
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.evidence.intake import Picture
from workflow.people.accounts import add_person, grants_of
from workflow.people.presences import Way, begin
from workflow.people.scopes import Scope
from workflow.records.tables import Record, RosterImport
from workflow.upkeep.installation import Installation

OURS, THEIRS = "测试学院", "别的学院"
EACH = 200
"""How many students a college has."""
PLAN = "freshman-2024"
WARMING = 20
"""How many pairs are asked before any is counted."""


@dataclass(frozen=True, slots=True)
class StrangersFigure:
    """The medians of one address in milliseconds: of what is somebody else's, and of what is not there."""

    name: str
    foreign: float
    absent: float

    @property
    def apart(self) -> float:
        """How far the medians are apart, in per cent of what is not there."""
        return (self.foreign / self.absent - 1) * 100


@dataclass(frozen=True, slots=True)
class _School:
    """The foreign things by kind, and who asks."""

    cases: Sequence[str]
    papers: Sequence[str]
    records: Sequence[str]
    student: str
    officer: str
    reviewer: str


def run(times: int = 1_000, database: str = "") -> Iterator[StrangersFigure]:
    """Ask ``times`` times for each, on SQLite or in an empty PostgreSQL database."""
    clock = SetClock(DAY)
    with installed(clock, os.urandom, load_school(SCHOOL), database) as place:
        there = _school(place)
        app = create_app(place)
        clients = {
            who: _signed_in(place, app.test_client(), who)
            for who in (there.student, there.officer, there.reviewer)
        }
        for name, who, things, path in (
            ("/my/cases/<case>", there.student, there.cases, lambda id: f"/my/cases/{id}"),
            ("/my/papers/<paper>", there.student, there.papers, lambda id: f"/my/papers/{id}"),
            ("/desk/<case>", there.reviewer, there.cases, lambda id: f"/desk/{id}"),
            ("/desk/papers/<paper>", there.reviewer, there.papers, lambda id: f"/desk/papers/{id}"),
            ("/college/checks/<case>", there.officer, there.cases, lambda id: f"/college/checks/{id}"),
            (
                "/college/<plan>/students/<case>",
                there.officer,
                there.cases,
                lambda id: f"/college/{PLAN}/students/{id}",
            ),
            ("/college/counter/<record>", there.officer, there.records, lambda id: f"/college/counter/{id}"),
            ("/for/<case>", there.officer, there.cases, lambda id: f"/for/{id}"),
        ):
            yield _compared(name, clients[who], things, path, times)


def _compared(
    name: str, client: FlaskClient, things: Sequence[str], path: Callable[[str], str], times: int
) -> StrangersFigure:
    foreign, absent = list[float](), list[float]()
    for n in range(WARMING + times):
        pair = [(foreign, things[n % len(things)]), (absent, os.urandom(16).hex())]
        for took, id in pair if n % 2 else reversed(pair):
            began = time.perf_counter()
            answer = client.get(path(id))
            took.append(time.perf_counter() - began)
            assert answer.status_code == 404, (name, answer.status_code)
    return StrangersFigure(name, *(statistics.median(took[WARMING:]) * 1e3 for took in (foreign, absent)))


def _school(place: Installation) -> _School:
    """Two colleges; every student of the other one has filed, with a paper and a step of their college."""
    source, entropy = "0" * 32, place.entropy
    with place.store.writing() as session:
        session.execute(
            insert(RosterImport).values(
                id=source, name="bench.csv", digest="0" * 64, as_of=DAY.date(), at=DAY
            )
        )
        session.execute(
            insert(Record),
            [freshman(i, source, DAY, fy=OURS if i < EACH else THEIRS) for i in range(2 * EACH)],
        )
        registrar = Actor(
            add_person(session, "测试", "registrar", "", SYSTEM.person, DAY, entropy).id, "registrar"
        )
        officer = add_person(session, "测试", "officer", OURS, SYSTEM.person, DAY, entropy).id
        ours = Scope(college=OURS)
        reviewer = add_person(session, "测试", "reviewer", ours, SYSTEM.person, DAY, entropy).id
        student = add_person(session, "测试", "student", f"{0:032x}", SYSTEM.person, DAY, entropy).id
    open_campaign(place.engine, place.store, PLAN, registrar)
    records = [f"{i:032x}" for i in range(EACH, 2 * EACH)]
    with place.store.reading() as session:
        rows = session.execute(select(Case.record_id, Case.id).where(Case.record_id.in_(records))).all()
    papers = [_filed(place, record, case) for record, case in rows]
    return _School([case for _, case in rows], papers, records, student, officer, reviewer)


def _filed(place: Installation, record: str, case: str) -> str:
    """File for a student, and let their college have a step. Returns one of the papers."""
    with place.store.writing() as session:
        person = add_person(session, "测试", "student", record, SYSTEM.person, DAY, place.entropy).id
        papers = tuple(
            place.evidence.add(session, record, kind, Picture("image/jpeg", b"\xff\xd8"), DAY).id
            for kind in ("id_card", "household_book")
        )
        claims = (ClaimFiled("XM", "admission_error", "测试甲"),)
        by = Actor(person, "student")
        place.engine.perform(session, Ref("case", case), "raise", by=by, papers=papers, claims=claims)
        step = place.entropy(16).hex()
        said = {"kind": "check", "office": COLLEGE, "four_eyes": False, "due": DAY.date()}
        session.execute(insert(Step).values(id=step, case_id=case, position=-1, made_at=DAY, **said))
        claim = session.scalars(select(Claim.id).where(Claim.case_id == case)).one()
        session.execute(insert(StepClaim).values(step_id=step, claim_id=claim))
    return papers[0]


def _signed_in(place: Installation, client: FlaskClient, person: str) -> FlaskClient:
    with place.store.writing() as session:
        token = begin(session, grants_of(session, person)[0], Way("password"), DAY, place.entropy)
    client.set_cookie("sid", token)
    return client
