"""The reviewer's queue with 1,000 and with 1,000,000 waiting cases: what a page, a filter and a count cost.

The cases are built set-wise, their lines by the statement that the product uses. Only the ratio of the two
sizes is meaningful.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from statistics import median

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from bench.engine import SCHOOL, installed
from config.policy import load_school
from workflow.cases.review.waits import make_all
from workflow.cases.views.queue.counts import count, facets
from workflow.cases.views.queue.desk import OTHERS, SENT, STUDENT, Desk, desk_of
from workflow.cases.views.queue.filter import FREE, MINE, Filter
from workflow.cases.views.queue.lists import around, next_in_line, waiting
from workflow.clock import SHANGHAI, SetClock
from workflow.engine import SYSTEM, Actor
from workflow.people.accounts import add_person
from workflow.people.scopes import Held, Scope
from workflow.records.tables import RosterImport
from workflow.upkeep.installation import Installation

NOW = datetime(2024, 11, 20, 20, 0, tzinfo=SHANGHAI)
SIZES = (1_000, 1_000_000)
ROUNDS = 7
RARE = "少有学院"
"""A college of which thirty cases wait, however many there are."""
Asked = Callable[[Session, Desk], object]
FILTERS = {
    "field": Filter(field="SFZH"),
    "college": Filter(college="学院07"),
    "a rare college": Filter(college=RARE),
    "cause": Filter(cause="admission_error"),
    "step": Filter(step="check"),
    "office": Filter(office="registrar"),
    "a step nobody waits for": Filter(step="visit"),
    "overdue": Filter(due="overdue"),
    "due today": Filter(due="today"),
    "due this week": Filter(due="week"),
    "waited 14 days": Filter(age="14"),
    "waited 30 days: none": Filter(age="30"),
    "mine": Filter(who=MINE),
    "free": Filter(who=FREE),
    "field and college": Filter(field="SFZH", college="学院07"),
    "field and rare college": Filter(field="SFZH", college=RARE),
    "two that exclude each other": Filter(field="PHOTO", cause="legal_change"),
}
LISTS = {"sent": Filter(waits=SENT), "student": Filter(waits=STUDENT), "others": Filter(waits=OTHERS)}


def run(sizes: tuple[int, ...] = SIZES, database: str = "") -> Iterator[str]:
    """Yield milliseconds of each question at each size, and the ratio of the last to the first."""
    found: dict[str, list[float]] = {}
    for size in sizes:
        clock = SetClock(NOW)
        entropy = random.Random(size).randbytes
        with installed(clock, entropy, load_school(SCHOOL), database) as place:
            started = time.perf_counter()
            people = build(place, size)
            yield f"{size:,} cases built in {time.perf_counter() - started:.0f} s"
            for name, taken in _measure(place, people).items():
                found.setdefault(name, []).append(taken)
    yield f"{'milliseconds, median of ' + str(ROUNDS):<44}" + "".join(f"{size:>12,}" for size in sizes)
    for name, every in found.items():
        ratio = f"{every[-1] / every[0]:>9.2f}x" if len(every) > 1 else ""
        yield f"{name:<44}" + "".join(f"{one:>12.2f}" for one in every) + ratio


def _measure(place: Installation, people: dict[str, Actor]) -> dict[str, float]:
    asked: dict[str, tuple[str, Asked]] = {
        "the first fifty": ("whole school", lambda s, d: waiting(s, d, Filter())),
        **{
            f"the first fifty: {name}": ("whole school", _page(chosen))
            for name, chosen in {**FILTERS, **LISTS}.items()
        },
        "fifty behind the five hundredth": ("whole school", _page(Filter(), "500")),
        "all counts": ("whole school", count),
        "values of all facets": ("whole school", lambda s, d: facets(s, d, Filter())),
        "next in line": ("whole school", lambda s, d: next_in_line(s, d, Filter())),
        "neighbours of a case": ("whole school", lambda s, d: around(s, d, Filter(), f"{500:032x}", limit=8)),
        **{
            f"{what}: {who}": (who, how)
            for who in ("one year", "one college, one year", "another office, one year")
            for what, how in (("the first fifty", _page(Filter())), ("all counts", count))
        },
    }
    with place.store.reading() as session:
        return {name: _taken(place, session, people[who], how) for name, (who, how) in asked.items()}


def _page(chosen: Filter, after: str = "") -> Asked:
    case = f"{int(after):032x}" if after else ""
    return lambda session, desk: waiting(session, desk, chosen, after=case)


def _taken(place: Installation, session: Session, by: Actor, how: Asked) -> float:
    """The desk is read with each question, as on a page."""
    taken = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        how(session, desk_of(place.engine, session, by, NOW))
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken[1:])


def build(place: Installation, size: int) -> dict[str, Actor]:
    """Fill a school with waiting cases of one claim each. Returns reviewers by their scope."""
    sqlite = place.store.dialect == "sqlite"
    policy = place.engine.policies.in_force(NOW).digest
    values = {"size": size, "policy": policy, "source": "0" * 32}
    id = "printf('%032x', n)" if sqlite else "lpad(to_hex(n), 32, '0')"
    pick = "CASE n % 6 {} END"
    field = pick.format(" ".join(f"WHEN {i} THEN '{one}'" for i, one in enumerate(FIELDS)))
    day = (
        "date('2024-11-01', '+' || (n * 18 / :size) || ' days')"
        if sqlite
        else "to_char(date '2024-11-01' + (n::bigint * 18 / :size)::int, 'YYYY-MM-DD')"
    )
    due = (
        "date('2024-11-10', '+' || (n * 30 / :size) || ' days')"
        if sqlite
        else "to_char(date '2024-11-10' + (n::bigint * 30 / :size)::int, 'YYYY-MM-DD')"
    )
    number = "printf('%09d', n)" if sqlite else "lpad(n::text, 9, '0')"
    sealed = "x'00'" if sqlite else "'\\x00'"
    each = (1, size // 30)
    college = f"CASE WHEN n % {max(each)} = 0 THEN '{RARE}' ELSE '学院' || substr({number}, 8, 2) END"
    year = "CASE WHEN n % 5000 = 7 THEN '2021' ELSE '2024' END"
    kind = "CASE WHEN n % 10 = 3 THEN 'letter' WHEN n % 10 = 4 THEN 'visit' ELSE 'check' END"
    office = "CASE WHEN n % 10 = 4 THEN 'college' WHEN n % 50 = 8 THEN 'archive' ELSE 'registrar' END"
    statements = (
        "INSERT INTO record "
        "(id, ksh, xh, xm, xb, csrq, fy, bh, cc, xz, rxrq, yjbyrq, xjzt, source_id, created_at) "
        f"SELECT {id}, '24360' || {number}, '24' || {number}, '测试', '男', '2006-05-04', {college}, "
        f"'测试01', '本科', '4', {year} || '-09-15', '2028-07-01', '注册学籍', :source, "
        "'2024-10-01T00:00:00+08:00' FROM s",
        "INSERT INTO cases (id, record_id, state, version, receipt, filed_at, policy, holder, held_until) "
        f"SELECT {id}, {id}, 'under_review', 3, {number}, {day} || 'T10:00:00+08:00', :policy, "
        "CASE WHEN n % 97 = 0 AND n < 2000 THEN 'somebody' END, "
        "CASE WHEN n % 97 = 0 AND n < 2000 THEN '2024-11-20T20:30:00+08:00' END FROM s",
        "INSERT INTO claim (id, case_id, record_id, field, field_group, cause, old, new, filed_at) "
        f"SELECT {id}, {id}, {id}, {field}, {field}, "
        "CASE WHEN n % 6 < 4 THEN 'admission_error' ELSE 'legal_change' END, "
        f"{sealed}, {sealed}, "
        f"{day} || 'T10:00:00+08:00' FROM s",
        "INSERT INTO step (id, case_id, position, kind, office, four_eyes, due, made_at, sent_on) "
        f"SELECT {id}, {id}, 0, {kind}, {office}, {'0' if sqlite else 'false'}, {due}, "
        f"{day} || 'T10:00:00+08:00', "
        f"CASE WHEN n % 10 = 3 THEN {day} END FROM s",
        f"INSERT INTO step_claim (step_id, claim_id) SELECT {id}, {id} FROM s",
        "INSERT INTO question (id, case_id, kind, asked, asked_at, asked_by, warned) "
        f"SELECT {id}, {id}, 'explanation', {sealed}, "
        f"{day} || 'T12:00:00+08:00', 'somebody', 0 FROM s WHERE n % 20 = 5",
    )
    series = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :size) "
    with place.store.writing() as session:
        roster = {"id": "0" * 32, "name": "bench.csv", "digest": "0" * 64, "as_of": NOW.date(), "at": NOW}
        session.execute(insert(RosterImport).values(roster))
        for statement in statements:
            head, tail = statement.split(" SELECT ", 1)
            asked = f"{head} {series} SELECT {tail}"
            session.execute(text(asked), {name: v for name, v in values.items() if f":{name}" in asked})
        make_all(session, place.engine, [policy], place.profile)
        people = {name: _reviewer(session, place, scope) for name, scope in SCOPES.items()}
    if not sqlite:
        with place.store.database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    return people


FIELDS = ("XM", "SFZH", "CSRQ", "XB", "MZ", "PHOTO")
SCOPES = {
    "whole school": Scope(),
    "one year": Scope(entry_year="2021"),
    "one college, one year": Scope(college="学院07", entry_year="2021"),
    "another office, one year": Scope(entry_year="2021", office="archive"),
}


def _reviewer(session: Session, place: Installation, scope: Scope) -> Actor:
    made = add_person(session, "测试审核人", "reviewer", scope, SYSTEM.person, NOW, place.entropy)
    return Actor(made.id, "reviewer", capacity=Held("reviewer", scope=scope).capacity)
