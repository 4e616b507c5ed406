"""The board: what is counted, what is not, and that it all adds up, for a school and for each of its colleges."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import insert, update

from states.case import CHECKED_OK, CORRECTED, NOT_CHECKED, RAISED, REJECTED, REVIEW
from tests.conftest import on
from tests.web.counting import counted
from tests.world import NAME, World
from workflow.campaigns.cohort import counts, records_and_cohorts, without_case
from workflow.campaigns.colleges.roll import roll, silent_of
from workflow.campaigns.progress.board import (
    COLUMNS,
    DEEMED,
    Board,
    BoardLine,
    board,
    campaigns,
    takes_part,
    totals,
)
from workflow.cases.tables import Campaign, Case
from workflow.records.reach import of_college

POSSIBLE = [
    (NOT_CHECKED, ""), (CHECKED_OK, "confirmed"), (CHECKED_OK, "proxy"), (CHECKED_OK, "deemed"),
    (RAISED, ""), (REVIEW, ""), (CORRECTED, ""), (REJECTED, ""),
]  # fmt: skip


def scattered(world: World, records: int = 60) -> str:
    """A campaign with random colleges, classes, states, manners and exclusions."""
    draw = random.Random(records)
    campaign = "c" * 32
    times = {"opens_at": on(2024, 10, 23), "closes_at": on(2024, 11, 7)}
    ids = [
        world.record(fy=draw.choice(["甲学院", "乙学院", None]), bh=draw.choice(["1班", "2班", None]))
        for _ in range(records)
    ]
    with world.place.store.writing() as session:
        session.execute(
            insert(Campaign).values(
                id=campaign, plan="p", kind="freshman", title="自查", title_en="check", state="open",
                version=1, fields="XM", **times,
            )
        )  # fmt: skip
        for n, record in enumerate(ids):
            state, manner = draw.choice(POSSIBLE)
            excluded = draw.choice(["", "", "", "on_leave", "left_school"])
            session.execute(
                insert(Case).values(
                    id=f"{n:032x}", record_id=record, campaign_id=campaign, state=state, manner=manner,
                    version=1, excluded=excluded,
                )
            )  # fmt: skip
    return campaign


def adds_up(found: Board) -> bool:
    """True when the columns of the lines sum to the total's, and each line's columns to its own sums."""
    columns = all(
        sum(line.numbers[kind] for line in found.lines) == found.total.numbers[kind] for kind in COLUMNS
    )
    rows = all(
        line.checked + line.numbers[NOT_CHECKED] + line.numbers[DEEMED] == line.counted
        for line in (*found.lines, found.total)
    )
    return columns and rows and sum(line.left_out for line in found.lines) == found.total.left_out


def test_the_numbers_add_up_at_both_levels(world: World) -> None:
    """Classes sum to their college, colleges to the school, and the school to every case there is."""
    campaign = scattered(world)
    with world.place.store.reading() as session:
        school = board(session, campaign, "fy")
        assert adds_up(school) and school.total.counted + school.total.left_out == 60
        assert [line.name for line in school.lines] == sorted(["", "甲学院", "乙学院"])
        for line in school.lines:
            college = board(session, campaign, "bh", of_college(line.name))
            assert adds_up(college)
            assert (college.total.numbers, college.total.excluded) == (line.numbers, line.excluded)
        assert totals(session)[campaign].numbers == school.total.numbers


def test_a_board_counts_what_the_campaign_counts(world: World) -> None:
    """The board's total is the count that every other page gives."""
    campaign = scattered(world)
    with world.place.store.reading() as session:
        plain = {kind: n for kind, n in board(session, campaign, "fy").total.numbers.items() if n}
        assert plain == counts(session, campaign)


def test_who_said_nothing_never_counts_as_checked(world: World) -> None:
    """Silent and deemed students are in the denominator, and in no share of it."""
    deemed = BoardLine("", dict.fromkeys(COLUMNS, 0) | {DEEMED: 3, CHECKED_OK: 1, NOT_CHECKED: 1})
    assert (deemed.counted, deemed.checked, deemed.per_mille) == (5, 1, 200)


def test_a_share_is_never_rounded_up(world: World) -> None:
    """All but one of two thousand are not all; a line without anybody has no share at all."""
    nobody = dict.fromkeys(COLUMNS, 0)
    assert BoardLine("", nobody | {CHECKED_OK: 1999, NOT_CHECKED: 1}).per_mille == 999
    assert BoardLine("", nobody).per_mille == 0


def test_who_is_furthest_behind_comes_first(world: World) -> None:
    """Lines with nobody to check come last, whatever their name."""
    nobody = dict.fromkeys(COLUMNS, 0)
    lines = (
        BoardLine("a", nobody),
        BoardLine("b", nobody | {CHECKED_OK: 9, NOT_CHECKED: 1}),
        BoardLine("c", nobody | {CHECKED_OK: 1, NOT_CHECKED: 9}),
    )
    assert [line.name for line in Board(lines, lines[0]).behind_first()] == ["c", "b", "a"]


def test_the_list_of_the_silent_is_the_number_of_the_silent(world: World) -> None:
    """As many as the board says, class by class, and neither excluded ones nor another college's."""
    campaign = scattered(world)
    with world.place.store.reading() as session:
        for line in board(session, campaign, "bh", of_college("甲学院")).lines:
            found = silent_of(roll(session, campaign, of_college("甲学院"), line.name))
            assert len(found) == line.numbers[NOT_CHECKED]
            assert {one.group for one in found} <= {line.name}
        whole = silent_of(roll(session, campaign, of_college("甲学院")))
        assert len(whole) == board(session, campaign, "bh", of_college("甲学院")).total.numbers[NOT_CHECKED]
        assert list(whole) == sorted(whole, key=lambda one: (one.group, one.number))


def test_a_class_is_its_colleges_own(world: World) -> None:
    """Two colleges may name a class alike; a college without a case takes no part."""
    world.record(fy="甲学院", bh="1班")
    world.record(fy="乙学院", bh="1班")
    campaign = world.open_campaign()
    with world.place.store.reading() as session:
        assert len(silent_of(roll(session, campaign, of_college("甲学院"), "1班"))) == 1
        assert takes_part(session, campaign, of_college("甲学院"), "1班")
        assert not takes_part(session, campaign, of_college("甲学院"), "2班")
        assert not takes_part(session, campaign, of_college("丙学院"))


def test_a_case_outside_any_campaign_is_on_no_board(world: World) -> None:
    """A filing of its own belongs to no campaign's numbers."""
    record, other = world.record(), world.record(cc="硕士")
    campaign = world.open_campaign()
    world.file(other, NAME)
    with world.place.store.reading() as session:
        assert list(totals(session)) == [campaign]
        assert totals(session)[campaign].counted == 1
        assert [one.id for one in campaigns(session)] == [campaign]
        assert record


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_board_is_one_statement_however_large_it_is(world: World) -> None:
    """One for the whole board, and one for the sums of all campaigns."""
    campaign = scattered(world)
    with counted(world.place.store) as asked, world.place.store.reading() as session:
        board(session, campaign, "bh", of_college("甲学院"))
        totals(session)
    assert len(asked) == 2


def test_cohorts_are_counted_beside_each_other(world: World) -> None:
    """All records, each plan's cohort, and those of it whom opening would still reach."""
    for changes in ({}, {}, {"cc": "硕士"}):
        world.record(**changes)
    plan = "freshman-2024"
    with world.place.store.reading() as session:
        policy = world.place.engine.policies.in_force(world.clock.moment)
        assert records_and_cohorts(session, policy, [plan]) == (3, {plan: 2})
        assert without_case(session, policy, plan, None) == 2
    world.file(f"{1:032x}", NAME)
    with world.place.store.reading() as session:  # a case outside the campaign does not count
        assert without_case(session, policy, plan, None) == 2
    campaign = world.open_campaign()
    late = world.record()
    with world.place.store.writing() as session:
        assert without_case(session, policy, plan, campaign) == 1
        session.execute(update(Case).values(excluded="other"))
        assert without_case(session, policy, plan, campaign) == 1 and late
