"""Finding cases: oldest first for the desk, latest first for the student, and by a number on the phone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.world import NAME, World
from workflow.cases.filing import ClaimFiled, spoken
from workflow.cases.queue import (
    cases_of,
    claims_of,
    count_waiting,
    decided_lately,
    find_cases,
    names_of,
    papers_of_case,
    waiting,
)
from workflow.engine import Ref

HOUR = timedelta(hours=1)
STUDENT_NUMBER = ClaimFiled("XH", "school_data", "240199999")
REFUSAL = {"words": "材料不足", "refusal": "record_is_right"}


@pytest.fixture
def filed(world: World) -> list[str]:
    """Five cases, filed an hour apart, the last two in the same second."""
    records = [world.record() for _ in range(5)]
    world.open_campaign()
    found = []
    for n, record in enumerate(records):
        found.append(world.file(record, NAME).subject)
        if n < 3:
            world.at(world.clock.moment + HOUR)
    return found[:3] + sorted(found[3:])


def test_who_filed_first_is_first(world: World, filed: list[str]) -> None:
    """The desk sees the oldest filing at the top, with name, fields and nobody's number."""
    with world.place.store.reading() as session:
        listed = waiting(session)
        assert count_waiting(session) == 5
    assert [line.case for line in listed] == filed
    assert listed[0].fields == ("XM",)
    assert listed[0].name.startswith("测试")
    assert listed[0].state == "discrepancy_raised"


def test_pages_follow_each_other_without_gap_or_double(world: World, filed: list[str]) -> None:
    """Page by page, even where two filed in the same second, everybody is seen once."""
    seen: list[str] = []
    with world.place.store.reading() as session:
        while page := waiting(session, after=seen[-1] if seen else "", limit=2):
            seen += [line.case for line in page]
    assert seen == filed


def test_a_taken_up_case_names_its_holder_and_waits_on(world: World, filed: list[str]) -> None:
    """It keeps its place in the queue; a decided one leaves it."""
    case, reviewer = Ref("case", filed[0]), world.staff["reviewer"]
    world.do(case, "take_up", reviewer)
    with world.place.store.reading() as session:
        assert waiting(session)[0].holder_name == "测试审核人"
        assert names_of(session, [reviewer.person]) == {reviewer.person: "测试审核人"}
    world.settle_all(case, "refused")
    world.do(case, "reject", reviewer, **REFUSAL)
    with world.place.store.reading() as session:
        assert [line.case for line in waiting(session)] == filed[1:]
        assert [line.case for line in decided_lately(session)] == [filed[0]]


def test_the_decisions_of_today_are_listed_latest_first(world: World, filed: list[str]) -> None:
    """What was decided last stands at the top, where it can be undone."""
    reviewer = world.staff["reviewer"]
    for id in filed[:3]:
        case = Ref("case", id)
        world.do(case, "take_up", reviewer)
        world.settle_all(case, "refused")
        world.do(case, "reject", reviewer, **REFUSAL)
        world.at(world.clock.moment + HOUR)
    with world.place.store.reading() as session:
        assert [line.case for line in decided_lately(session)] == filed[2::-1]
        assert [line.case for line in decided_lately(session, limit=1)] == [filed[2]]


def test_a_students_cases_are_listed_latest_filing_first(world: World, filed: list[str]) -> None:
    """The newest matter first, the campaign's untouched case last."""
    record = world.case(filed[0]).record.id
    world.at(world.clock.moment + HOUR)
    second = world.file(record, STUDENT_NUMBER).subject
    with world.place.store.reading() as session:
        assert [case.id for case in cases_of(session, record)] == [second, filed[0]]


def test_a_case_is_found_by_whatever_the_student_reads_out(world: World, filed: list[str]) -> None:
    """Receipt with or without gaps, student number, candidate number, case id; and nothing for nonsense."""
    receipt = world.row(filed[0]).receipt or ""
    record = world.case(filed[0]).record
    for said in (
        receipt,
        spoken(receipt),
        f" {receipt[:3]}-{receipt[3:]} ",
        "240100001",
        record.ksh or "",
        filed[0],
    ):
        with world.place.store.reading() as session:
            assert [case.id for case in find_cases(session, said)] == [filed[0]]
    wrong = receipt[:-1] + str((int(receipt[-1]) + 1) % 10)
    for said in ("", "   ", wrong, "0" * 32, "张三丰", "²" * 10):
        with world.place.store.reading() as session:
            assert find_cases(session, said) == []


def test_what_belongs_to_a_case_is_listed_with_it(world: World, filed: list[str]) -> None:
    """Withdrawn claims too, in the order in which they were filed, and the papers of each filing."""
    record = world.case(filed[0]).record.id
    world.do(Ref("case", filed[0]), "withdraw", world.student(record))
    world.at(world.clock.moment + HOUR)
    world.file(record, STUDENT_NUMBER)
    with world.place.store.reading() as session:
        found = [(claim.field, claim.outcome) for claim in claims_of(session, filed[0])]
        kinds = sorted(paper.kind for paper in papers_of_case(session, filed[0]))
    assert found == [("XM", "withdrawn"), ("XH", "")]
    assert kinds == ["household_book", "household_book", "id_card", "id_card"]
