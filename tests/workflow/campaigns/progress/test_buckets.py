"""Whatever happens in a campaign, each student of its cohort is in exactly one bucket, at every level."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from states.case import NOT_CHECKED
from tests.schools import world_with_proxies
from tests.workflow.conftest import APRIL
from tests.world import CAMPAIGN, NAME, World
from workflow.campaigns.closing import close_campaign
from workflow.campaigns.colleges.chase import chase
from workflow.campaigns.colleges.roll import Entrant, roll
from workflow.campaigns.opening import open_campaign
from workflow.campaigns.progress.board import COLUMNS, DEEMED, PROXY, Board, BoardLine, board, column_of
from workflow.campaigns.progress.numbers import board_at, trend
from workflow.campaigns.tables import SILENCES
from workflow.cases.checking.confirm import shown
from workflow.cases.tables import Campaign, Case
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Ref
from workflow.notices.tables import Notice
from workflow.people.cipher import Cipher
from workflow.records.reach import of_college
from workflow.records.tables import Record, RecordChange
from workflow.store import Store
from workflow.verdict import Refused

COLLEGES, CLASSES = ("测试学院", "第二学院"), ("240101", "240102", None)
DEEDS = (
    "confirm", "confirm for", "recheck", "file", "file", "withdraw", "take up", "take up", "take up", "reject",
    "correct", "exclude", "include", "reason", "reason", "transfer", "arrive",
)  # fmt: skip


@pytest.fixture
def lenient(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """The small school, with rules that let an officer answer for a student."""
    return world_with_proxies(store, cipher, clock, entropy, tmp_path)


@dataclass
class Days:
    """Some days of a campaign with random actions."""

    world: World
    dice: random.Random
    plan: str = CAMPAIGN
    campaign: str = ""
    records: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    changes: int = 0

    def begin(self) -> None:
        """A small cohort of two colleges, some without a class."""
        for _ in range(12):
            self._enrol()
        self.campaign = self.world.open_campaign(self.plan)

    def live(self, n: int) -> None:
        """This many actions, a few hours apart, each on a case whose person the engine allows."""
        for _ in range(n):
            self.world.at(self.world.clock.moment + timedelta(minutes=self.dice.randrange(1, 150)))
            deed = self.dice.choice(DEEDS)
            for record in self.dice.sample(self.records, len(self.records)):
                try:
                    self._do(deed, record)
                except Refused:
                    continue
                self.done[deed] += 1
                break

    def _enrol(self) -> None:
        fy, bh = self.dice.choice(COLLEGES), self.dice.choice(CLASSES)
        record = self.world.record(fy=fy, bh=bh)
        self.world.student(record)
        self.records.append(record)

    def _do(self, deed: str, record: str) -> None:
        world, case, staff = self.world, self.world.case_of(record), self.world.staff
        match deed:
            case "confirm":
                world.do(case, "confirm", world.student(record))
            case "confirm for":
                self.confirm_for(case)
            case "file":
                world.file(record, NAME)
            case "recheck":
                world.do(case, "recheck", SYSTEM)
            case "withdraw":
                world.do(case, "withdraw", world.student(record))
            case "take up":
                world.do(case, "take_up", staff["reviewer"])
            case "reject":
                world.settle_all(case, "refused")
                world.do(case, "reject", staff["reviewer"], refusal="evidence_does_not_prove", words="不足")
            case "correct":
                world.settle_all(case, "corrected")
                world.do(case, "correct", staff["reviewer"], words="已更正")
            case "exclude":
                code = self.dice.choice(["on_leave", "retained"])
                world.do(case, "exclude", staff["registrar"], words="核对过名单", code=code)
            case "include":
                world.do(case, "include", staff["registrar"], words="已复学")
            case "reason":
                self._note(case)
            case "transfer":
                self._transfer(record)
            case "arrive":
                self._enrol()
                open_campaign(world.place.engine, world.place.store, self.plan, staff["registrar"])

    def end(self) -> int:
        """The campaign ends. Notified silent students are deemed correct. Returns their number."""
        world = self.world
        with world.place.store.writing() as session:
            session.execute(update(Notice).values(seen_at=world.clock.moment))
            closes = session.scalars(select(Campaign.closes_at).where(Campaign.id == self.campaign)).one()
        world.at(closes + timedelta(seconds=1))
        return close_campaign(world.place.engine, world.place.store, self.campaign, SYSTEM).deemed

    def confirm_for(self, case: Ref) -> None:
        """A proxy confirms for the student."""
        world, facts = self.world, self.world.case(case)
        with world.place.store.writing() as session:
            seen = shown(session, world.place.cipher, facts)[1]
            by = world.staff["registrar"]
            world.place.engine.perform(session, case, "confirm", by=by, words="本人来电：无误", seen=seen)

    def _note(self, case: Ref) -> None:
        reason = self.dice.choice(["", *SILENCES])
        with self.world.place.store.writing() as session:
            by = self.world.staff["registrar"]
            if chase(self.world.place.engine, session, [case.id], "give_reason", by, reason=reason).answered:
                self.done["reason"] -= 1

    def _transfer(self, record: str) -> None:
        world = self.world
        self.changes += 1
        with world.place.store.writing() as session:
            kept = session.get_one(Record, record)
            old, new = kept.fy, self.dice.choice(COLLEGES)
            change = RecordChange(
                id=f"{self.changes:032x}", record_id=record, field="FY", number=self.changes, old=old,
                new=new, import_id=world.source, old_import_id=world.source, at=world.clock.moment,
            )  # fmt: skip
            session.add(change)
            session.execute(update(Record).where(Record.id == record).values(fy=new))


def plain(found: Board) -> dict[str, BoardLine]:
    """A board by unit, without empty lines."""
    return {one.name: one for one in (*found.lines, found.total) if one.counted or one.left_out}


def adds_up(line: BoardLine) -> None:
    """Assert that every column is there, and that the reasons of the silent sum to the silent."""
    assert line.numbers.keys() == set(COLUMNS)
    assert sum(line.silent.values()) == line.numbers[NOT_CHECKED]
    assert all(n > 0 for n in (*line.silent.values(), *line.excluded.values()))


def is_the_sum(total: BoardLine, lines: tuple[BoardLine, ...]) -> None:
    """Assert that a line is the sum of its parts in every bucket."""
    for of in (lambda one: one.numbers, lambda one: one.excluded, lambda one: one.silent):
        parts: Counter[str] = Counter()
        for line in lines:
            parts.update(of(line))
        assert +parts == +Counter(of(total))


@pytest.mark.parametrize(
    ("store", "seed"), [("sqlite", 0), ("sqlite", 1), ("postgresql", 2)], indirect=["store"]
)
def test_the_buckets_are_the_cohort_at_every_level(lenient: World, seed: int) -> None:
    """School, college, class and person say the same, and the history says it too, after whatever happened."""
    days = Days(lenient, random.Random(seed))
    days.begin()
    for _ in range(4):
        days.live(40)
        stands(lenient, days.campaign)
    assert days.done.keys() == set(DEEDS)


@pytest.mark.parametrize(("store", "seed"), [("sqlite", 4), ("postgresql", 5)], indirect=["store"])
def test_they_are_still_when_the_silent_are_deemed_correct(lenient: World, seed: int) -> None:
    """The close of a final check moves the silent into a column of their own, and nobody out of any sum."""
    lenient.at(APRIL)
    days = Days(lenient, random.Random(seed), "final-2028")
    days.begin()
    days.live(25)
    stands(lenient, days.campaign)
    deemed = days.end()
    assert deemed
    stands(lenient, days.campaign)
    with lenient.place.store.reading() as session:
        assert board(session, days.campaign, "fy").total.numbers[DEEMED] == deemed


def stands(world: World, campaign: str) -> None:
    """Assert that each level agrees with the one below, and the tables with the history."""
    with world.place.store.reading() as session:
        cases = session.scalar(select(func.count()).where(Case.campaign_id == campaign))
        school = board(session, campaign, "fy")
        assert school.total.counted + school.total.left_out == cases
        is_the_sum(school.total, school.lines)
        assert plain(school) == plain(board_at(session, campaign, world.clock.moment))
        for college in school.lines:
            classes = board(session, campaign, "bh", of_college(college.name))
            is_the_sum(college, classes.lines)
            for line in (college, *classes.lines):
                adds_up(line)
            for line in classes.lines:
                people_of(line, roll(session, campaign, of_college(college.name), line.name))
            days = trend(
                session,
                campaign,
                world.place.clock.now(session),
                world.clock.moment,
                of_college(college.name),
            )
            assert dict(days.total[-1].numbers) == dict(college.numbers)


def people_of(line: BoardLine, people: tuple[Entrant, ...]) -> None:
    """Assert that the list of a class has as many people in each bucket as its line."""
    counted = [one for one in people if not one.excluded]
    assert Counter(column_of(one.state, one.manner) for one in counted) == +Counter(line.numbers)
    assert Counter(one.reason for one in counted if one.silent) == Counter(line.silent)
    assert Counter(one.excluded for one in people if one.excluded) == Counter(line.excluded)


def test_who_was_confirmed_by_somebody_else_is_never_counted_as_having_said_so(lenient: World) -> None:
    """One said so, for one somebody did: both were heard, and every board keeps them apart."""
    days = Days(lenient, random.Random(1))
    one, other = lenient.record(), lenient.record()
    days.campaign = lenient.open_campaign()
    lenient.do(lenient.case_of(one), "confirm", lenient.student(one))
    days.confirm_for(lenient.case_of(other))
    with lenient.place.store.reading() as session:
        total = board(session, days.campaign, "fy").total
    assert (total.numbers["checked_ok"], total.numbers[PROXY], total.checked) == (1, 1, 2)
