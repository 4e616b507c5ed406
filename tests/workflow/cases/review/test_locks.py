"""What an open claim locks: no import and no other case writes another value than the one claimed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.laws import holds
from tests.workflow.cases.rules.driving import PLATFORM, driven, rule
from tests.world import NAME, SEEN, World, number_of
from workflow.campaigns.roster_effects import Arrival, take_in_roster
from workflow.cases.claims import ClaimFiled
from workflow.cases.review.locks import kept_out, locks_of
from workflow.cases.tables import KeptOut
from workflow.clock import SetClock
from workflow.engine import Ref
from workflow.people.cipher import Cipher
from workflow.records.formats import read_roster
from workflow.records.judge import judge
from workflow.records.roster import plan
from workflow.records.values import values_of
from workflow.store import Store
from workflow.verdict import Refused

pytestmark = [pytest.mark.one_database]

NUMBER = number_of(date(2006, 4, 5), 78)
CLAIM = ClaimFiled("SFZH", "admission_error", NUMBER)
LOCK = rule("lock.number", 'lock = ["SFZH", "CSRQ", "XM"]', 'field = ["SFZH"]', 'actions = ["raise"]')
STEP = rule("steps.platform", PLATFORM)


@pytest.fixture
def world(
    store: Store, cipher: Cipher, clock: SetClock, entropy: Callable[[int], bytes], tmp_path: Path
) -> World:
    """A school whose rules lock name and birth date while an ID number is in dispute."""
    return driven(store, cipher, clock, entropy, tmp_path, LOCK, STEP)


@pytest.fixture
def record(world: World) -> str:
    """A freshman with a claim on the ID number."""
    record = world.record()
    world.open_campaign()
    world.file(record, CLAIM)
    return record


def roster(as_of: date, **cells: str) -> bytes:
    """A roster of the one freshman with these cells beside the number."""
    head = {"KSH": "24360000000001", "XH": "240100001", "XM": "测试001", "XJZT": "注册学籍"} | cells
    return (",".join(head) + "\n" + ",".join(head.values()) + "\n").encode("gb18030")


def arrives(world: World, day: int, **cells: str) -> Arrival:
    """Import a roster as of a day of October."""
    as_of = date(2024, 10, day)
    read = judge(read_roster("new.csv", roster(as_of, **cells)), as_of=as_of)
    with world.place.store.reading() as session:
        dry = plan(session, read, world.place.cipher, locks_of(session, world.place.cipher))
    with world.place.store.writing() as session:
        done = take_in_roster(world.place.engine, session, read, world.place.cipher)
    assert (dry.locked, dry.flagged) == (done.outcome.plan.locked, done.outcome.plan.flagged)
    return done


def value(world: World, record: str, field: str) -> str:
    """A present value of the record."""
    with world.place.store.reading() as session:
        return values_of(session, world.place.cipher, record, [field])[field]


def told(world: World, case: Ref) -> list[tuple[str, date]]:
    """The fields of which the case's reviewers are told, and the day of the roster."""
    with world.place.store.reading() as session:
        return [(field, source.as_of) for field, source in kept_out(session, world.case(case))]


def test_another_value_of_a_locked_field_is_not_written_until_the_case_has_ended(
    world: World, record: str
) -> None:
    """It is flagged in the dry run and in the import, counted, and told to the reviewers by field and day."""
    case, before = world.case_of(record), value(world, record, "XM")
    done = arrives(world, 24, XM="张无忌", MZ="回族")
    assert (value(world, record, "XM"), value(world, record, "MZ")) == (before, "回族")
    assert done.outcome.plan.as_json()["locked"] == 1
    assert [(one.column, one.code) for one in done.outcome.plan.flagged] == [("XM", "locked")]
    arrives(world, 25, XM="张无忌", CSRQ="20060101")
    assert told(world, case) == [("CSRQ", date(2024, 10, 25)), ("XM", date(2024, 10, 25))]
    with world.place.store.reading() as session:
        assert len(session.scalars(select(KeptOut)).all()) == 2
    world.do(case, "take_up", world.staff["reviewer"])
    world.settle_all(case, "refused")
    world.do(case, "reject", world.staff["reviewer"], words="材料不能证明", refusal="evidence_does_not_prove")
    assert told(world, case) == []
    assert arrives(world, 25, XM="张无忌").outcome.plan.locked == ()
    assert value(world, record, "XM") == "张无忌"


def test_the_claimed_value_still_counts_as_seen(world: World, record: str) -> None:
    """A roster that shows it is written, passes the platform step and closes the case."""
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    done = arrives(world, 25, SFZH=NUMBER, CSRQ="20060405", XB="女")
    assert (done.seen, done.outcome.plan.locked) == (1, ())
    assert world.case(case).state == "corrected"
    assert value(world, record, "CSRQ") == "2006-04-05"


@holds("nothing_locked_elsewhere")
def test_another_case_changes_nothing_that_a_claim_locks(world: World, record: str) -> None:
    """Nothing is filed about it, and what was filed before waits for the end of the case that locks it."""
    world.clock.moment = world.clock.moment.replace(month=11, day=20)
    with pytest.raises(Refused) as no:
        world.file(record, NAME)
    assert "field_is_locked" in no.value.verdict.codes


@holds("nothing_locked_elsewhere")
def test_what_was_filed_first_waits_for_the_end_of_the_case_that_locks_it(world: World) -> None:
    """The name that was claimed before is corrected as soon as the claim on the number has ended."""
    record = world.record()
    world.open_campaign()
    first = Ref("case", world.file(record, NAME).subject)
    second = Ref("case", world.file(record, CLAIM).subject)
    reviewer = world.staff["reviewer"]
    for case in (first, second):
        world.do(case, "take_up", reviewer)
    world.settle_all(first, "corrected", seen_on=SEEN)
    assert world.may(first, "correct", reviewer, words="已更正").codes == ("field_is_locked",)
    world.settle_all(second, "corrected", seen_on=SEEN)
    world.do(second, "correct", reviewer, words="已更正")
    assert world.do(first, "correct", reviewer, words="已更正").target == "corrected"
