"""What a roster shows of a decided case is flagged, told, and answered or reopened."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tests.conftest import on
from tests.laws import holds
from tests.web.counting import counted
from tests.workflow.campaigns.test_roster_effects import arrive, record_of
from tests.workflow.records.rosters import student
from tests.world import World
from workflow.cases.claims import ClaimFiled
from workflow.cases.flags import FlagFacts, flagged_rows, flags_of
from workflow.cases.tables import CONTRADICTS_CORRECTION, REFUSED_VALUE_SHOWN, Case
from workflow.cases.views.audit import compare
from workflow.engine import SYSTEM, Ref
from workflow.notices.tables import Notice
from workflow.records.values import values_of

CLAIMED = "张三丰"
REFUSAL = {"words": "材料不足", "refusal": "evidence_does_not_prove"}


@pytest.fixture
def case(world: World) -> Ref:
    """A freshman of a roster who asks for another name."""
    arrive(world, student(1), student(2))
    world.open_campaign()
    record = record_of(world)
    world.file(record, ClaimFiled("XM", "admission_error", CLAIMED))
    return world.case_of(record)


def refused(world: World, case: Ref) -> None:
    """The request is not granted, and the student is told."""
    world.do(case, "take_up", world.staff["reviewer"])
    world.settle_all(case, "refused")
    world.do(case, "reject", world.staff["reviewer"], **REFUSAL)
    world.at(on(2024, 10, 28))


def corrected(world: World, case: Ref) -> None:
    """The platform shows the name on 25 October, and the case is closed."""
    world.do(case, "take_up", world.staff["reviewer"])
    world.settle_all(case, "corrected")
    world.do(case, "correct", world.staff["reviewer"], words="已更正")
    world.at(on(2024, 10, 28))


def flags(world: World, case: Ref) -> list[FlagFacts]:
    """The flags of a case, latest first."""
    with world.place.store.reading() as session:
        return [*flags_of(session, case.id)]


def told(world: World, case: Ref) -> list[str]:
    """What the student of a case is told of flags, in order."""
    with world.place.store.reading() as session:
        asked = select(Notice.event).where(Notice.subject == case.id, Notice.event.like("flag%"))
        return [*session.scalars(asked.order_by(Notice.owed_at, Notice.event.desc()))]


def name(world: World, case: Ref) -> str:
    """The name in the record."""
    with world.place.store.reading() as session:
        return values_of(session, world.place.cipher, world.case(case).record.id, {"XM"})["XM"]


@holds("flags_fit", "raise_flags")
def test_a_refused_value_that_a_roster_shows_is_written_flagged_and_told_once(
    world: World, case: Ref
) -> None:
    """It is written as what it is; the next file that shows it says nothing new, and the case is listed."""
    refused(world, case)
    assert world.refused(case, "flag", SYSTEM, flags=(), source="", data_of=date(2024, 10, 29)).codes == (
        "flag_unknown",
    )
    for day in (29, 30):
        assert arrive(world, student(1, XM=CLAIMED), student(2), day=day).flagged == (day == 29)
    (flag,) = flags(world, case)
    assert (flag.kind, flag.field, flag.data_of, flag.open) == (
        REFUSED_VALUE_SHOWN, "XM", date(2024, 10, 29), True,
    )  # fmt: skip
    assert (name(world, case), told(world, case)) == (CLAIMED, ["flagged"])
    with world.place.store.reading() as session:
        assert session.scalars(select(Case.id).where(flagged_rows())).all() == [case.id]
        assert compare(session) == []


def test_a_roster_that_contradicts_a_correction_is_flagged_if_it_is_later(world: World, case: Ref) -> None:
    """It is not written; data from before the platform showed the correction, or in accord with it, say nothing."""
    corrected(world, case)
    assert [arrive(world, student(1), student(2), day=day).flagged for day in (24, 25)] == [0, 0]
    assert arrive(world, student(1, XM=CLAIMED), student(2), day=27).flagged == 0
    assert arrive(world, student(1), student(2), day=28).flagged == 1
    (flag,) = flags(world, case)
    assert (flag.kind, name(world, case), told(world, case)) == (CONTRADICTS_CORRECTION, CLAIMED, ["flagged"])


@holds("decided_by_another", "something_flagged", "say_how_it_was_answered", "end_flags")
def test_a_second_reviewer_answers_a_flag_in_words_and_the_same_value_is_not_flagged_again(
    world: World, case: Ref
) -> None:
    """Not whoever decided; the student is told that the outcome stands, and another value is flagged anew."""
    corrected(world, case)
    second = world.staff["second_reviewer"]
    assert world.may(case, "end_flag", second).codes == ("nothing_flagged",)
    arrive(world, student(1), student(2), day=28)
    assert world.refused(case, "end_flag", second, words="").codes == ("words_missing",)
    entry = world.do(case, "end_flag", second, words="平台回退了，已联系")
    assert entry.codes == (f"XM:{CONTRADICTS_CORRECTION}",)
    assert not flags(world, case)[0].open
    assert told(world, case) == ["flagged", "flag_answered"]
    assert arrive(world, student(1), student(2), day=29).flagged == 0
    assert arrive(world, student(1, XM="李四光"), student(2), day=30).flagged == 1
    world.do(case, "reopen", second, words="名册又有不同的内容")
    assert [flag.open for flag in flags(world, case)] == [False, False]


def test_whoever_decided_does_not_answer_what_speaks_against_it(world: World, case: Ref) -> None:
    """They may reopen it, and then somebody else decides."""
    second = world.staff["second_reviewer"]
    world.do(case, "take_up", second)
    world.settle_all(case, "refused", second)
    world.do(case, "reject", second, **REFUSAL)
    arrive(world, student(1, XM=CLAIMED), student(2), day=29)
    assert world.may(case, "end_flag", second).codes == ("decided_by_you",)
    assert told(world, case) == ["flagged"]
    world.do(case, "undo", second)
    with world.place.store.reading() as session:
        kept = session.scalars(select(Notice.cancelled_at).where(Notice.event == "flagged")).one()
    assert kept is not None and not flags(world, case)[0].open


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_an_import_asks_for_what_is_shown_set_wise(world: World, case: Ref) -> None:
    """However many rows change, refused claims of their records are read once, and flags of what is shown."""
    refused(world, case)
    rows = [student(n, XM=CLAIMED if n == 1 else f"测试{n}") for n in range(1, 40)]
    with counted(world.place.store) as asked:
        for many in (rows[1:20], rows[1:], rows):
            arrive(world, *many, day=29)
    reading = [one for one in asked if "claim.outcome IN ('refused')" in one or "FROM flag" in one]
    assert len(reading) == 3
    assert [flag.kind for flag in flags(world, case)] == [REFUSED_VALUE_SHOWN]
