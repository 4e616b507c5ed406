"""Bulletins: frozen numbers that add up, and that the history gives again whatever happened since."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from states.case import CASE
from tests.conftest import on
from tests.laws import holds
from tests.world import CAMPAIGN, NAME, World
from workflow.campaigns.opening import open_campaign
from workflow.campaigns.progress.board import Board, BoardLine, board
from workflow.campaigns.progress.bulletin import (
    SMALL,
    bulletin,
    bulletins,
    by_digest,
    latest_moment,
    moment_of,
    public_profile,
    publish,
    rebuild,
    shared,
    together,
)
from workflow.campaigns.progress.numbers import board_at, trend
from workflow.campaigns.scheduled import run_scheduled
from workflow.cases.tables import Case
from workflow.engine import SYSTEM, Ref
from workflow.history.entry import Entry
from workflow.history.tables import EntryRow
from workflow.records.tables import Record, RecordChange

FIRST_DAY, SECOND_DAY = date(2024, 10, 30), date(2024, 11, 6)
MADE = on(2024, 10, 30, 8)


def lively(world: World) -> tuple[str, dict[str, str]]:
    """A running campaign of two colleges with every kind of event. Returns its id and the records."""
    kinds = ("silent", "confirmed", "filed", "reviewed", "corrected", "rejected", "withdrawn", "excluded")
    records = {kind: world.record(xm=f"张三丰{kind}") for kind in kinds}
    records |= {f"other {n}": world.record(fy="第二学院") for n in range(6)}
    campaign, reviewer = world.open_campaign(), world.staff["reviewer"]
    world.do(world.case_of(records["confirmed"]), "confirm", world.student(records["confirmed"]))
    for kind in ("filed", "reviewed", "corrected", "rejected", "withdrawn"):
        world.file(records[kind], NAME)
    world.do(world.case_of(records["withdrawn"]), "withdraw", world.student(records["withdrawn"]))
    for kind, outcome, action, more in (
        ("corrected", "corrected", "correct", {}),
        ("rejected", "refused", "reject", {"refusal": "evidence_does_not_prove"}),
    ):
        case = world.case_of(records[kind])
        world.do(case, "take_up", reviewer)
        world.settle_all(case, outcome)
        world.do(case, action, reviewer, words="已核对", **more)
    world.do(world.case_of(records["reviewed"]), "take_up", reviewer)
    exclude(world, records["excluded"])
    return campaign, records


def exclude(world: World, record: str, code: str = "on_leave") -> None:
    """Exclude a record."""
    world.do(world.case_of(record), "exclude", world.staff["registrar"], words="休学", code=code)


def folded(world: World, campaign: str, until: datetime) -> Counter[tuple[str, str]]:
    """States and exclusions from the entries alone, as in the auditor's replay."""
    found: dict[str, tuple[str, str]] = {}
    with world.place.store.reading() as session:
        cases = set(session.scalars(select(Case.id).where(Case.campaign_id == campaign)))
        bodies = session.scalars(select(EntryRow.body).order_by(EntryRow.subject, EntryRow.number)).all()
    for entry in map(Entry.from_body, bodies):
        if entry.subject not in cases or entry.kind != "done" or entry.at > until.isoformat():
            continue
        assert entry.lifecycle == CASE.digest
        _, left_out = found.get(entry.subject, ("", ""))
        if entry.action in ("exclude", "include"):
            left_out = entry.codes[0] if entry.action == "exclude" else ""
        found[entry.subject] = (entry.target, left_out)
    return Counter(found.values())


def publish_now(world: World, campaign: str, **more: Any) -> str:
    """Publish as the registrar, of the latest moment that can be counted. Returns the bulletin's id."""
    now = world.clock.moment
    with world.place.store.writing() as session:
        publish(
            world.place.engine,
            session,
            campaign,
            world.staff["registrar"],
            now.date(),
            latest_moment(now),
            **more,
        )
    with world.place.store.reading() as session:
        return bulletins(session, campaign)[0].id


def numbers_of(board: Board) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
    """A board by college, for comparison. Empty lines are left out."""
    return {line.name: (dict(line.numbers), dict(line.excluded)) for line in (*board.lines, board.total)}


# -- the numbers ----------------------------------------------------------------------------------------


def test_the_history_gives_the_board_of_this_moment(world: World) -> None:
    """What the tables say now is what the entries of all cases fold to, college by college."""
    campaign, _ = lively(world)
    with world.place.store.reading() as session:
        assert numbers_of(board_at(session, campaign, world.clock.moment)) == numbers_of(
            board(session, campaign, "fy")
        )


def test_the_history_gives_the_board_of_every_earlier_moment(world: World) -> None:
    """At each step the board is looked at, and long after the history says the same of that moment."""
    records = [world.record(fy=f"第{n % 2}学院") for n in range(4)]
    campaign = world.open_campaign()
    seen = []
    steps = (
        lambda: world.do(world.case_of(records[0]), "confirm", world.student(records[0])),
        lambda: world.file(records[1], NAME),
        lambda: exclude(world, records[2]),
        lambda: world.do(world.case_of(records[0]), "recheck", SYSTEM),
        lambda: world.do(world.case_of(records[2]), "include", world.staff["registrar"], words="复学"),
        lambda: world.do(world.case_of(records[1]), "withdraw", world.student(records[1])),
        lambda: exclude(world, records[3], "left_school"),
    )
    for n, step in enumerate(steps):
        world.at(on(2024, 10, 25, 11 + n))
        step()
        with world.place.store.reading() as session:
            seen.append((world.clock.moment, numbers_of(board(session, campaign, "fy"))))
    with world.place.store.reading() as session:
        for moment, numbers in seen:
            assert numbers_of(board_at(session, campaign, moment)) == numbers
            assert numbers_of(board_at(session, campaign, moment + timedelta(minutes=59))) == numbers


def test_the_columns_and_the_excluded_are_the_whole_cohort(world: World) -> None:
    """Nobody is counted twice or in no column, in any college, at any moment."""
    campaign, records = lively(world)
    with world.place.store.reading() as session:
        found = board_at(session, campaign, world.clock.moment)
    assert sum(found.total.numbers.values()) + found.total.left_out == len(records)
    for line in found.lines:
        assert line.counted == line.checked + line.numbers["not_checked"] + line.numbers["deemed"]
    assert found.total.counted == sum(line.counted for line in found.lines)


def test_a_transfer_counts_where_the_student_was(world: World) -> None:
    """The bulletin of Wednesday keeps its colleges when somebody changes college on Friday."""
    campaign, records = lively(world)
    before = on(2024, 10, 30)
    with world.place.store.reading() as session:
        wednesday = numbers_of(board_at(session, campaign, before))
    with world.place.store.writing() as session:
        for n, (old, new) in enumerate((("测试学院", "第二学院"), ("第二学院", "第三学院")), 1):
            session.add(
                RecordChange(
                    id=f"{n:032x}", record_id=records["silent"], field="FY", number=n, old=old, new=new,
                    import_id=world.source, old_import_id=world.source, at=on(2024, 11, n),
                )
            )  # fmt: skip
        session.execute(update(Record).where(Record.id == records["silent"]).values(fy="第三学院"))
    with world.place.store.reading() as session:
        assert numbers_of(board_at(session, campaign, before)) == wednesday
        middle = numbers_of(board_at(session, campaign, on(2024, 11, 1, 12)))
        assert middle["第二学院"][0]["not_checked"] == wednesday["第二学院"][0]["not_checked"] + 1
        assert "第三学院" in numbers_of(board_at(session, campaign, on(2024, 11, 2, 12)))


def test_the_days_of_a_trend_are_the_boards_of_their_evenings(world: World) -> None:
    """Each day's numbers are those of its last second; a day on which nothing happens repeats the one before."""
    campaign, records = lively(world)
    world.at(on(2024, 10, 27))
    world.do(world.case_of(records["silent"]), "confirm", world.student(records["silent"]))
    with world.place.store.reading() as session:
        found = trend(session, campaign, on(2024, 10, 23, 0), on(2024, 10, 28))
        assert [day.day.day for day in found.total] == [23, 24, 25, 26, 27, 28]
        for day in found.total:
            evening = on(day.day.year, day.day.month, day.day.day, 23, 59, 59)
            assert dict(day.numbers) == dict(board_at(session, campaign, evening).total.numbers)
    assert found.total[0].counted == found.total[1].counted == 0
    assert found.total[2].silent - found.total[4].silent == 1
    for n, day in enumerate(found.total):
        assert day.counted == sum(days[n].counted for days in found.colleges.values())


# -- publishing -----------------------------------------------------------------------------------------


@holds("freeze_the_numbers")
def test_a_bulletin_keeps_its_numbers_whatever_happens_since(world: World) -> None:
    """Frozen when it was published, named in the history by its digest, and rebuilt from the history after."""
    campaign, records = lively(world)
    world.at(MADE)
    id = publish_now(world, campaign)
    with world.place.store.reading() as session:
        published = bulletin(session, id)
    assert published is not None
    world.at(on(2024, 11, 2))
    world.do(world.case_of(records["silent"]), "confirm", world.student(records["silent"]))
    exclude(world, records["other 1"], "left_school")
    with world.place.store.reading() as session:
        assert bulletin(session, id) == published
        assert rebuild(session, id) == published.digest
        entry = Entry.from_body(
            session.scalars(select(EntryRow.body).where(EntryRow.action == "publish")).one()
        )
        assert numbers_of(board(session, campaign, "fy")) != numbers_of(published.board)
    assert entry.codes == (f"bulletin:{published.digest}", "as_of:2024-10-30T07:59:00+08:00")
    by_fold = folded(world, campaign, published.as_of)
    numbers, left_out = published.board.total.numbers, published.board.total.excluded
    assert {state: n for (state, code), n in by_fold.items() if not code} == {
        state: n for state, n in numbers.items() if n
    }
    assert {code: n for (_, code), n in by_fold.items() if code} == left_out


def test_what_was_done_behind_the_histories_back_does_not_get_into_a_bulletin(world: World) -> None:
    """A state that somebody wrote into the table changes no published number: the history counts."""
    campaign, records = lively(world)
    world.at(MADE)
    with world.place.store.writing() as session:
        silent = update(Case).where(Case.record_id == records["silent"])
        session.execute(silent.values({"state": "corrected"}))
    with world.place.store.reading() as session:
        assert board(session, campaign, "fy").total.numbers["corrected"] == 2
    id = publish_now(world, campaign)
    with world.place.store.reading() as session:
        assert bulletin(session, id).board.total.numbers["corrected"] == 1  # type: ignore[union-attr]


@holds("moment_is_settled", "no_bulletin_of_that_moment")
def test_a_moment_is_published_once_when_it_is_past_and_the_campaign_had_begun(world: World) -> None:
    """Neither a moment that is still running, nor one before the opening, nor the same one twice."""
    campaign, _ = lively(world)
    world.at(MADE)
    ref, registrar = Ref("campaign", campaign), world.staff["registrar"]
    day = MADE.date()
    for as_of, code in (
        (MADE - timedelta(seconds=59), "moment_not_settled"),
        (MADE + timedelta(days=1), "moment_not_settled"),
        (on(2024, 10, 22), "before_the_campaign"),
    ):
        assert world.refused(ref, "publish", registrar, day=day, as_of=as_of).codes == (code,)
    assert world.refused(ref, "publish", registrar, day=day).codes == ("moment_not_settled",)
    id = publish_now(world, campaign)
    assert id
    again = world.refused(ref, "publish", registrar, day=day, as_of=latest_moment(MADE))
    assert again.codes == ("already_published",)
    world.do(ref, "publish", registrar, day=day, as_of=MADE - timedelta(minutes=2))


@pytest.mark.parametrize("role", ["officer", "reviewer", "auditor", "administrator"])
def test_only_the_registrar_publishes(world: World, role: str) -> None:
    """Nobody else's number is the school's."""
    campaign, _ = lively(world)
    world.at(MADE)
    said = world.refused(
        Ref("campaign", campaign), "publish", world.staff[role], day=FIRST_DAY, as_of=latest_moment(MADE)
    )
    assert said.codes == ("not_your_role",)


def test_a_named_day_counts_everything_up_to_the_evening_before() -> None:
    """So it is ready in the morning; on the opening day itself, the day's own evening."""
    opens = on(2024, 10, 23, 0)
    assert moment_of(FIRST_DAY, opens) == on(2024, 10, 29, 23, 59, 59)
    assert moment_of(date(2024, 10, 23), opens) == on(2024, 10, 23, 23, 59, 59)
    assert moment_of(date(2024, 10, 23), on(2024, 10, 23, 8)) == on(2024, 10, 23, 23, 59, 59)


# -- without anybody asking -----------------------------------------------------------------------------


def test_the_named_days_get_their_bulletins_by_themselves(world: World) -> None:
    """Each once, however often it is looked, and a day on which nobody looked is made up for, with its numbers."""
    campaign, records = lively(world)
    place = world.place
    days = []
    for moment in (on(2024, 10, 29, 23, 59, 59), on(2024, 10, 30, 0, 0, 30), MADE, MADE):
        world.at(moment)
        days.append(run_scheduled(place.engine, place.store).bulletins)
    assert days == [(), (), (FIRST_DAY,), ()]
    with place.store.reading() as session:
        before = board(session, campaign, "fy").total.numbers["not_checked"]
    world.at(on(2024, 11, 6, 14))  # the machine was off in the morning, and the registrar published first
    world.do(world.case_of(records["silent"]), "confirm", world.student(records["silent"]))
    world.at(on(2024, 11, 7))
    assert run_scheduled(place.engine, place.store).bulletins == (SECOND_DAY,)
    with place.store.reading() as session:
        late = bulletins(session, campaign)[0]
        assert (late.day, late.as_of) == (SECOND_DAY, on(2024, 11, 5, 23, 59, 59))
        assert late.board.total.numbers["not_checked"] == before
        assert late.made_by == "system"


def test_what_is_past_is_closed_by_itself(world: World) -> None:
    """After the last second, and once; until then nothing is closed."""
    campaign, _ = lively(world)
    place = world.place
    world.at(on(2024, 11, 7, 23, 59, 59))
    assert run_scheduled(place.engine, place.store).closed == ()
    world.at(on(2024, 11, 8, 0))
    assert [one.campaign for one in run_scheduled(place.engine, place.store).closed] == [campaign]
    assert run_scheduled(place.engine, place.store).closed == ()


# -- sharing --------------------------------------------------------------------------------------------


def college(name: str, counted: int, checked: int = 0) -> BoardLine:
    """A board's line with these numbers counted and checked."""
    numbers = dict.fromkeys(
        (
            "not_checked",
            "checked_ok",
            "proxy",
            "deemed",
            "discrepancy_raised",
            "under_review",
            "corrected",
            "rejected",
        ),
        0,
    )
    return BoardLine(name, numbers | {"not_checked": counted - checked, "checked_ok": checked})


def a_board(*sizes: int) -> Board:
    """A board of colleges of these sizes."""
    lines = tuple(college(f"学院{n}", size) for n, size in enumerate(sizes))
    return Board(lines, college("", sum(sizes)))


@pytest.mark.parametrize(
    ("sizes", "alone", "as_one"),
    [
        ((400, 300), 2, None),
        ((400, 4, 1), 1, (2, 5)),
        ((400, 4), 0, (2, 404)),
        ((400, 300, 3), 1, (2, 303)),
        ((400, 300, 2, 2), 1, (3, 304)),
        ((4,), 0, (1, 4)),
        ((), 0, None),
    ],
)
def test_a_small_college_is_never_shown_alone_nor_found_by_subtraction(
    sizes: tuple[int, ...], alone: int, as_one: tuple[int, int] | None
) -> None:
    """What is taken together has at least so many people and at least two colleges, where the school has them."""
    board = a_board(*sizes)
    lines = shared(board, together(board))
    assert sum(line.counted for line in lines) == sum(sizes)
    assert len([line for line in lines if line.name]) == alone
    assert all(line.counted >= SMALL for line in lines if line.name)
    merged = [line for line in lines if not line.name]
    assert [(line.together, line.counted) for line in merged] == ([as_one] if as_one else [])


@pytest.mark.parametrize(
    ("first", "second", "as_one"),
    [
        ((400, 300, 12, 10, 4), (400, 300, 12, 13, 4), {"学院3", "学院4"}),
        ((400, 300, 12, 10, 4), (400, 300, 12, 10, 9), {"学院3", "学院4"}),
        ((400, 300, 12, 10, 4), (400, 300, 4, 10, 4), {"学院1", "学院2", "学院3", "学院4"}),
        ((400, 300, 12, 3, 4), (400, 300, 12, 1, 2), {"学院1", "学院2", "学院3", "学院4"}),
        ((400, 300, 12, 10, 9), (400, 300, 12, 10, 3), {"学院3", "学院4"}),
    ],
    ids=["its neighbour grew", "it grew", "another shrank", "all of them shrank", "one shrank"],
)
def test_what_was_taken_together_once_stays_together(
    first: tuple[int, ...], second: tuple[int, ...], as_one: set[str]
) -> None:
    """Else the second bulletin would show alone what the first one hid behind another college."""
    before = together(a_board(*first))
    assert together(a_board(*second), before) == as_one


@pytest.mark.parametrize("seed", range(40))
def test_no_two_bulletins_differ_by_a_small_group(seed: int) -> None:
    """Whatever joins what is shown as one is at least two colleges and not few people; nothing leaves it."""
    dice, hidden = random.Random(seed), frozenset[str]()
    sizes = [dice.choice((1, 3, 4, 5, 6, 9, 40, 300)) for _ in range(9)]
    for _ in range(12):
        board = a_board(*sizes)
        now = together(board, hidden)
        people = {line.name: line.counted for line in board.lines}
        joined = now - hidden
        assert hidden <= now
        alone = [name for name in people if people[name] and name not in now]
        assert all(people[name] >= SMALL for name in alone)
        if alone:
            assert not joined or (len(joined) > 1 and sum(people[name] for name in joined) >= SMALL)
            assert not now or sum(people[name] for name in now) >= SMALL
        hidden = now
        sizes = [max(0, n + dice.choice((-2, -1, 0, 0, 1, 3))) for n in sizes]


def test_a_later_bulletin_keeps_hidden_what_an_earlier_one_hid(world: World) -> None:
    """In the order in which they were published; what was published before stays as it was."""
    for fy, n in (("大学院", 9), ("中学院", 7), ("小学院", 4)):
        for _ in range(n):
            world.record(fy=fy)
    campaign = world.open_campaign()
    world.at(MADE)
    first = publish_now(world, campaign)
    for _ in range(6):
        world.record(fy="中学院")
    open_campaign(world.place.engine, world.place.store, CAMPAIGN, world.staff["registrar"])
    world.at(on(2024, 10, 31))
    publish_now(world, campaign)
    with world.place.store.reading() as session:
        later, earlier = bulletins(session, campaign)
        assert bulletin(session, first) == earlier
        assert by_digest(session, later.digest) == later
    for one, size in ((earlier, 11), (later, 17)):
        lines = [line for line in public_profile(one)["colleges"] if not line["college"]]
        assert [(line["colleges"], line["counted"]) for line in lines] == [(2, size)]


def test_a_public_profile_holds_no_person(world: World) -> None:
    """Neither a name nor a student number nor an ID number, nor who published it; only counts and the digest."""
    campaign, _ = lively(world)
    world.at(MADE)
    id = publish_now(world, campaign)
    with world.place.store.reading() as session:
        found = bulletin(session, id)
        people = session.execute(select(Record.xm, Record.xh, Record.ksh)).all()
    assert found is not None
    text = json.dumps(public_profile(found), ensure_ascii=False)
    assert not any(word and word in text for person in people for word in person)
    assert world.staff["registrar"].person not in text and "测试学籍管理员" not in text
    assert not re.search(r"\d{15,}", text.replace(found.digest, ""))
    assert public_profile(found)["excluded"] == "<5"
