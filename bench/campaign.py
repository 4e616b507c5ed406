"""Simulate a whole campaign: three different colleges, bulletins, an extension, kills, the close.

The process is killed during the opening, the late arrivals and the closing. The numbers must add up after
every step. At the end the published numbers are recounted from the history.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from bench.engine import SCHOOL, freshman, installed
from config.policy import CampaignPlan, Cohort, School, load_school
from states.case import CHECKED_OK, NOT_CHECKED, RAISED, REVIEW
from workflow.campaigns.closing import LEFT, TO_DEEM, UNTOLD, silent_by_fate, unchecked
from workflow.campaigns.cohort import add_by_hand, rules_of
from workflow.campaigns.colleges.attestation import frozen_now, seen_as, standing
from workflow.campaigns.colleges.deadline import mark_deadline_seen
from workflow.campaigns.colleges.reminders import (
    REMINDER,
    owe_digests,
    remind,
    remind_before_the_close,
    to_remind,
)
from workflow.campaigns.opening import open_campaign
from workflow.campaigns.progress.board import Board, board
from workflow.campaigns.progress.bulletin import bulletins, rebuild
from workflow.campaigns.progress.numbers import board_at, walks
from workflow.campaigns.scheduled import run_scheduled
from workflow.cases.claims import ClaimFiled
from workflow.cases.ending.enrolment import follow_standing
from workflow.cases.filing.file import file
from workflow.cases.review.press import APPROVED, REFUSED, Decision, decide
from workflow.cases.tables import Case, Claim
from workflow.clock import SHANGHAI, SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.tables import EntryRow
from workflow.notices.outbox import mark_seen
from workflow.notices.tables import Notice
from workflow.people.accounts import add_person, add_students
from workflow.records.tables import Record, RosterImport
from workflow.store import Store
from workflow.upkeep.installation import Installation

KEEN, TARDY, SILENT = "勤快学院", "拖沓学院", "沉默学院"
SHARES = {KEEN: 45, TARDY: 35, SILENT: 20}
PLAN = CampaignPlan(
    id="simulated-2028",
    kind="final",
    title="2028届毕业前最后一次自查（模拟）",
    title_en="Last check of 2028, simulated",
    opens=datetime(2028, 4, 1, tzinfo=SHANGHAI),
    closes=datetime(2028, 4, 30, 23, 59, 59, tzinfo=SHANGHAI),
    bulletins=(date(2028, 4, 10), date(2028, 4, 20)),
    fields=("XM", "XH"),
    cohort=Cohort(
        entry_years=(2024,), levels=("本科", "专升本"), statuses=("注册学籍", "休学", "保留学籍", "暂缓注册")
    ),
    source="bench",
    colleges_close=datetime(2028, 5, 8, 23, 59, 59, tzinfo=SHANGHAI),
)
DAYS = 30
BY_HAND = (14, 23)
"""The days on which colleges remind by hand. On the second the scheduled job has already reminded."""
EACH = 500
"""How many students are served in one unit of work. A page serves one; the rules are the same."""


class Killed(Exception):
    """The process was killed."""


class Dying:
    """A store whose n-th unit of work from now is killed, before its commit or just after it."""

    def __init__(self, store: Store, last: int, *, committed: bool) -> None:
        self._store, self._left, self._committed = store, last, committed

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One unit of work. Raises Killed if it is the one to kill."""
        self._left -= 1
        with self._store.writing() as session:
            yield session
            if self._left < 0 and not self._committed:
                raise Killed
        if self._left < 0:
            raise Killed

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A read, which is never killed."""
        with self._store.reading() as session:
            yield session


@dataclass
class SimulatedCampaign:
    """One campaign from opening to end. ``check`` is called after every step."""

    place: Installation
    clock: SetClock
    size: int
    check: Callable[[SimulatedCampaign], None] = lambda simulation: None
    kills: int = 0
    campaign: str = ""
    people: dict[str, str] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)
    deemed: int = 0

    def __post_init__(self) -> None:
        self.luck = random.Random(20280401)
        self._made = 0
        with self.place.store.writing() as session:
            self.registrar = self._staff(session, "模拟学籍员", "registrar")
            self.reviewer = self._staff(session, "模拟审核人", "reviewer")
            self.officers = {
                college: self._staff(session, f"模拟经办人{n}", "officer", college)
                for n, college in enumerate(SHARES, 1)
            }
            session.execute(
                insert(RosterImport).values(
                    id="f" * 32, name="模拟.csv", digest="0" * 64, as_of=self.clock.moment.date(),
                    at=self.clock.moment,
                )
            )  # fmt: skip

    def run(self) -> None:
        """Run the campaign."""
        self._at(1, 8)
        self._enrol(self.size)
        self.campaign = self._open()
        self.check(self)
        for day in range(1, DAYS + 1):
            self._at(day, 12)
            self._day(day)
            if day in (5, 10, 15, 20, 25):
                self.check(self)
        self._last_evening()
        self._close()
        self._sign()
        self.check(self)

    # -- events -----------------------------------------------------------------------------------------

    def _open(self) -> str:
        """Open cases for records without one, killed twice meanwhile: before a commit, and after one."""
        store, chunk = self.place.store, max(1, self.size // 60)
        for units, committed in ((1, False), (1, True)):
            try:
                self._opening(Dying(store, units, committed=committed), chunk)
            except Killed:
                self.kills += 1
        return self._opening(store, chunk)

    def _opening(self, store: Any, chunk: int) -> str:
        return open_campaign(self.place.engine, store, PLAN.id, self.registrar, at_most=chunk).campaign

    def _day(self, day: int) -> None:
        if day == 5:
            self._enrol(self.size // 50)  # late arrivals
            self._open()
        if day == 8:
            self._leave(self.size // 200)
        if day == 12:
            self._add_one()
        for college in SHARES:
            self._answer(college, _part(college, day))
        self._review()
        self._remind(day)
        self.published += [str(one) for one in run_scheduled(self.place.engine, self.place.store).bulletins]

    def _answer(self, college: str, part: float) -> None:
        """A share of the students without an answer look at their page; most of them answer."""
        with self.place.store.reading() as session:
            waiting = session.execute(
                select(Case.id, Case.record_id)
                .join(Record, Record.id == Case.record_id)
                .where(
                    Case.campaign_id == self.campaign, Case.state == NOT_CHECKED, Case.excluded == "",
                    Record.fy == college, Record.xjzt == "注册学籍",
                )
                .order_by(Record.xh)
            ).all()  # fmt: skip
        looking = [tuple(row) for row in waiting if self.luck.random() < part]
        for some in (looking[n : n + EACH] for n in range(0, len(looking), EACH)):
            with self.place.store.writing() as session:
                for case, record in some:
                    mark_seen(session, record, self.clock.moment)
                    self._say(session, case, record, college)

    def _say(self, session: Session, case: str, record: str, college: str) -> None:
        student, luck = Actor(self.people[record], "student"), self.luck.random()
        if college == SILENT or luck < 0.03:
            return  # looked without answering
        if luck < 0.95:
            self.place.engine.perform(session, Ref("case", case), "confirm", by=student)
        else:
            claim = ClaimFiled("XH", "school_data", f"99{record[-8:]}")
            file(self.place.engine, session, record, student, (claim,), ())

    def _review(self) -> None:
        """Decide some of the filed cases, either way."""
        engine = self.place.engine
        with self.place.store.writing() as session:
            filed = session.execute(
                select(Case.id, Case.state, func.min(Claim.id))
                .join(Claim, Claim.case_id == Case.id)
                .where(Case.campaign_id == self.campaign, Case.state.in_((RAISED, REVIEW)))
                .group_by(Case.id, Case.state)
                .order_by(func.min(Claim.filed_at), Case.id)
                .limit(max(1, self.size // 1000))
            ).all()
            for id, state, claim in filed:
                ref, by = Ref("case", id), self.reviewer
                entry = engine.perform(session, ref, "take_up" if state == RAISED else "hold", by=by)
                right = self.luck.random() < 0.7
                decision = Decision(
                    (claim,),
                    APPROVED if right else REFUSED,
                    self.clock.moment.date() if right else None,
                    "" if right else "evidence_does_not_prove",
                    "已核对",
                )
                decide(engine, session, id, decision, by=by, expected=entry.number, key=f"bench-{id}")

    def _remind(self, day: int) -> None:
        """The scheduled reminders and digests. Two colleges also remind by hand."""
        engine, at = self.place.engine, self.clock.moment
        with self.place.store.writing() as session:
            remind_before_the_close(engine, session, at)
            owe_digests(engine, session, at)
        for college in (TARDY, SILENT) if day in BY_HAND else ():
            with self.place.store.writing() as session:
                waiting = session.scalars(
                    select(Case.id)
                    .join(Record, Record.id == Case.record_id)
                    .where(Case.campaign_id == self.campaign, Record.fy == college)
                ).all()  # students who have answered are on the list too, and are skipped
                if to_remind(session, self.campaign, waiting, at).reached:
                    remind(engine, session, self.campaign, waiting, self.officers[college])

    def _leave(self, n: int) -> None:
        """Some students leave the school during the campaign."""
        with self.place.store.writing() as session:
            gone = session.scalars(
                select(Case.record_id)
                .where(Case.campaign_id == self.campaign, Case.state.in_((NOT_CHECKED, CHECKED_OK)))
                .order_by(Case.record_id)
                .limit(n)
            ).all()
            session.execute(update(Record).where(Record.id.in_(gone)).values(xjzt="退学"))
            for record in gone:
                follow_standing(self.place.engine, session, record, ("XJZT",))

    def _add_one(self) -> None:
        """Add one student outside the cohort's rule by hand."""
        (record,) = self._enrol(1, rxrq=date(2023, 9, 1))
        with self.place.store.writing() as session:
            add_by_hand(
                self.place.engine, session, self.campaign, record, self.registrar, "延期毕业，随本届核对"
            )

    def _last_evening(self) -> None:
        """Extend the campaign by two days, twenty minutes before its end. Tardy students then answer."""
        self._at(30, 23, 40)
        closes = PLAN.closes + timedelta(days=2)
        with self.place.store.writing() as session:
            self.place.engine.perform(
                session, Ref("campaign", self.campaign), "extend", by=self.registrar, closes_at=closes,
                words="学信网维护",
            )  # fmt: skip
        self.check(self)
        self._at(32, 20)
        self._answer(TARDY, 0.5)
        self.check(self)

    def _close(self) -> None:
        """Close the campaign, killed in each of six units before or after its commit, then run again."""
        self._at(33, 0)
        for last in range(6):
            try:
                dying: Any = Dying(self.place.store, last, committed=bool(last % 2))
                run_scheduled(self.place.engine, dying, at_most=max(1, self.size // 20))
            except Killed:
                self.kills += 1
            self.check(self)
        run_scheduled(self.place.engine, self.place.store)
        with self.place.store.reading() as session:
            deemed = select(func.count()).select_from(Case).where(Case.manner == "deemed")
            self.deemed = session.scalar(deemed) or 0

    def _sign(self) -> None:
        """One college signs; one has read of its deadline and does not sign; one has not read of it."""
        place, keen = self.place, self.officers[KEEN]
        self._at(34, 12)
        run_scheduled(place.engine, place.store)
        with place.store.writing() as session:
            for college in (KEEN, TARDY):
                mark_deadline_seen(session, self.campaign, self.officers[college].person, self.clock.moment)
            seen = seen_as(place.cipher, frozen_now(session, self.campaign, KEEN))
            place.engine.perform(
                session, Ref("attestation"), "sign", by=keen, campaign=self.campaign, college=KEEN, seen=seen
            )
        self._at(41, 0)  # two days later than announced: the colleges' deadline moved with the students'
        for last in range(4):
            try:
                run_scheduled(place.engine, Dying(place.store, last, committed=bool(last % 2)))  # type: ignore[arg-type]
            except Killed:
                self.kills += 1
        run_scheduled(place.engine, place.store)

    # -- people -----------------------------------------------------------------------------------------

    def _enrol(self, n: int, **columns: Any) -> Sequence[str]:
        rows: list[dict[str, Any]] = []
        for _ in range(n):
            self._made += 1
            college = self.luck.choices(tuple(SHARES), tuple(SHARES.values()))[0]
            group = f"{college[:2]}{self._made % 40:02d}"
            own = {"xm": f"模拟{self._made}", "fy": college, "bh": group, "registered_on": date(2024, 10, 15)}
            rows.append(freshman(self._made, "f" * 32, self.clock.moment, **own | columns))
        ids = [row["id"] for row in rows]
        with self.place.store.writing() as session:
            session.execute(insert(Record), rows)
            self.people |= add_students(
                session, [(id, "模拟学生") for id in ids], "system", self.clock.moment, self.place.entropy
            )
        return ids

    def _staff(self, session: Session, name: str, role: str, scope: str = "") -> Actor:
        person = add_person(session, name, role, scope, SYSTEM.person, self.clock.moment, self.place.entropy)
        return Actor(person.id, role)

    def _at(self, day: int, hour: int, minute: int = 0) -> None:
        self.clock.moment = PLAN.opens + timedelta(days=day - 1, hours=hour, minutes=minute)


def _part(college: str, day: int) -> float:
    """The share of a college's students without an answer who look at their page on a day."""
    if college == KEEN:
        return 0.2
    if college == TARDY:
        return 0.3 if day >= DAYS - 1 else 0.02
    return 0.02


def adds_up(simulation: SimulatedCampaign) -> None:
    """At every step the columns contain the whole cohort, and the history gives the same numbers."""
    with simulation.place.store.reading() as session:
        found = board(session, simulation.campaign, "fy")
        cases = session.scalar(
            select(func.count()).select_from(Case).where(Case.campaign_id == simulation.campaign)
        )
        records = session.scalar(select(func.count(func.distinct(Case.record_id))))
        assert found.total.counted + found.total.left_out == cases == records
        assert _plain(found) == _plain(board_at(session, simulation.campaign, simulation.clock.moment))


def reminded_rightly(simulation: SimulatedCampaign) -> int:
    """Each reminded student was counted and without an answer then, once a day at most. Returns how many."""
    with simulation.place.store.reading() as session:
        sent = session.execute(
            select(Notice.record_id, Notice.owed_at).where(Notice.event == REMINDER).order_by(Notice.owed_at)
        ).all()
        lives = {
            walk.record: walk.standings
            for walk in walks(session, simulation.campaign, simulation.clock.moment)
        }
    assert len({(record, at.date()) for record, at in sent}) == len(sent)
    for record, at in sent:
        *_, then = (one for one in lives[record] if one.since <= at)
        assert then.column == NOT_CHECKED and not then.excluded
    return len(sent)


def ended_well(simulation: SimulatedCampaign) -> None:
    """Notified students without an answer are deemed once. The history reproduces the published numbers."""
    with simulation.place.store.reading() as session:
        lists = standing(session, simulation.place.cipher, simulation.campaign)
        states = {one.college: one.state for one in lists}
        assert states == {KEEN: "signed", TARDY: "deemed"}, states
        policy = rules_of(simulation.place.engine, session, simulation.campaign)
        left = silent_by_fate(session, policy, simulation.campaign)
        assert TO_DEEM not in left and set(left) <= {UNTOLD, LEFT}
        assert {one.why for one in unchecked(session, policy, simulation.campaign)} == set(left)
        told = select(Notice.subject).where(Notice.event == "campaign_opened", Notice.seen_at.is_not(None))
        untold = select(func.count()).where(Case.manner == "deemed", Case.id.not_in(told))
        assert session.scalar(untold) == 0
        deeds = select(EntryRow.subject, func.count()).where(EntryRow.action == "deem")
        assert all(n == 1 for _, n in session.execute(deeds.group_by(EntryRow.subject)))
        made = bulletins(session, simulation.campaign)
        assert [one.day for one in made] == sorted(PLAN.bulletins, reverse=True)
        assert all(rebuild(session, one.id) == one.digest for one in made)
        lifecycle = select(EntryRow.action).where(EntryRow.subject == simulation.campaign)
        actions = session.scalars(lifecycle.order_by(EntryRow.number)).all()
        assert actions[-2:] == ["wind_up", "close"] and actions.count("extend") == 1


def _plain(found: Board) -> list[tuple[str, dict[str, int], dict[str, int]]]:
    return [(line.name, dict(line.numbers), dict(line.excluded)) for line in (*found.lines, found.total)]


def with_the_plan(school: School) -> School:
    """The school with the simulated campaign announced, and with deeming of unsigned lists in it."""
    silence = replace(school.policy.silence, deems_colleges=("final",))
    policy = replace(school.policy, silence=silence)
    return replace(school, campaigns=(*school.campaigns, PLAN), policy=policy)


def run(size: int = 20_000) -> Iterator[str]:
    """Simulate a campaign of ``size`` records on SQLite, checked at every step. Yields lines of results."""
    clock, luck = SetClock(PLAN.opens), random.Random(1)
    with installed(clock, luck.randbytes, with_the_plan(load_school(SCHOOL))) as place:
        simulation = SimulatedCampaign(place, clock, size, adds_up)
        started = time.perf_counter()
        simulation.run()
        ended_well(simulation)
        reminders = reminded_rightly(simulation)
        taken = time.perf_counter() - started
        with place.store.reading() as session:
            total = board(session, simulation.campaign, "fy").total
        yield f"{size} records, {simulation.kills} kills, bulletins of {', '.join(simulation.published)}"
        yield f"counted {total.counted}, checked {total.checked}, deemed {simulation.deemed}"
        yield f"reminders {reminders}, each to somebody silent, none twice a day"
        yield f"never told {total.numbers[NOT_CHECKED]}, excluded {total.left_out}"
        yield f"every law held; {taken:.0f} s"
