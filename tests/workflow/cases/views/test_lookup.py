"""Finding cases: latest first for the student, and by a number on the phone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.cases.filing.receipts import spoken
from workflow.cases.load import look_at_case
from workflow.cases.views.belongings import belongings
from workflow.cases.views.lookup import cases_of, find_cases
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
        facts = look_at_case(session, filed[0])
        assert facts is not None
        found = [(one.field, one.outcome) for one in facts.claims_of_record if one.case_id == facts.id]
        kinds = sorted(one.kind for one in belongings(session, world.place.cipher, facts).papers)
    assert found == [("XM", "withdrawn"), ("XH", "")]
    assert kinds == ["household_book", "household_book", "id_card", "id_card"]
