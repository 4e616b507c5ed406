"""A page's single statement reads the same facts as the engine itself, whatever happened before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import pytest

from states.case import CORRECTED, REVIEW
from tests.conftest import on
from tests.world import NAME, World, number_of
from workflow.cases.claims import ClaimFiled
from workflow.cases.facts import CaseFacts, ClaimFacts
from workflow.cases.filing.drafts import Answers, read_draft, save_draft
from workflow.cases.filing.target import current_case, target_of
from workflow.cases.load import look_at_case
from workflow.cases.rules import question
from workflow.cases.views.lookup import cases_of
from workflow.cases.views.student_sheet import RecordSheet, read_record
from workflow.engine import Actor, Ref

pytestmark = pytest.mark.one_database

OTHER = ClaimFiled("SFZH", "admission_error", number_of(date(2005, 1, 2), 888))


def sheet_of(world: World, record: str) -> RecordSheet:
    """A record's sheet as it is now."""
    with world.place.store.reading() as session:
        return read_record(session, world.place.cipher, record, world.clock.moment)


def plain(case: CaseFacts) -> dict[str, Any]:
    """A case's facts, with its claims in the engine's own form."""
    said = {one.name: getattr(case, one.name) for one in fields(case)}
    said["claims_of_record"] = [
        {one.name: getattr(claim, one.name) for one in fields(ClaimFacts)} for claim in case.claims_of_record
    ]
    return said


def filed(world: World, record: str) -> None:
    """Two claims wait."""
    world.file(record, NAME, OTHER)


def withdrawn(world: World, record: str) -> None:
    """They were withdrawn."""
    filed(world, record)
    world.do(world.case_of(record), "withdraw", world.student(record))


def decided(world: World, record: str) -> None:
    """They were corrected a moment ago."""
    filed(world, record)
    case, by = world.case_of(record), world.staff["reviewer"]
    world.do(case, "take_up", by)
    world.settle_all(case, "corrected")
    world.do(case, "correct", by, words="已更正")


def told(world: World, record: str) -> None:
    """They were corrected, and the student was told."""
    decided(world, record)
    world.at(world.clock.moment + timedelta(minutes=11))


def disputed(world: World, record: str) -> None:
    """The student disputes the correction."""
    told(world, record)
    world.do(world.case_of(record), "dispute", world.student(record), words="仍有误")


def filed_after_the_close(world: World, record: str) -> None:
    """A claim waits in a case outside the campaign."""
    world.at(on(2025, 3, 3))
    world.file(record, NAME)


def withdrawn_after_the_close(world: World, record: str) -> None:
    """It was withdrawn."""
    world.at(on(2025, 3, 3))
    case = Ref("case", world.file(record, NAME).subject)
    world.do(case, "withdraw", world.student(record))


def nothing(world: World, record: str) -> None:
    """Nothing happened yet."""


def confirmed(world: World, record: str) -> None:
    """The student confirmed the record."""
    world.do(world.case_of(record), "confirm", world.student(record))


def over(world: World, record: str) -> None:
    """The campaign is over."""
    world.at(on(2024, 12, 1))


STORIES: tuple[Callable[[World, str], None], ...] = (
    nothing, confirmed, over, filed, withdrawn, told, disputed, filed_after_the_close,
    withdrawn_after_the_close,
)  # fmt: skip


@pytest.fixture(params=STORIES, ids=lambda story: story.__name__)
def record(request: pytest.FixtureRequest, world: World) -> Iterator[str]:
    """A freshman's record after an event in the campaign, or after its end."""
    made = world.record()
    world.open_campaign()
    request.param(world, made)
    yield made


def test_a_sheet_holds_the_facts_that_the_door_reads(world: World, record: str) -> None:
    """Every case of a record has the same facts, the same claims and the same place in the list."""
    sheet = sheet_of(world, record)
    with world.place.store.reading() as session:
        rows = [(case.id, case.receipt or "") for case in cases_of(session, record)]
        looked = [look_at_case(session, id) for id, _ in rows]
    assert [(case.id, case.facts.receipt) for case in sheet.cases] == rows
    assert [plain(case.facts) for case in sheet.cases] == [plain(case) for case in looked if case]


def test_a_page_sends_a_filing_where_the_door_does(world: World, record: str) -> None:
    """The case a page is about and the one a filing goes to are the door's, also for a record without any."""
    sheet = sheet_of(world, record)
    with world.place.store.reading() as session:
        now = current_case(session, record, world.clock.moment)
        assert now is not None and sheet.current is not None and sheet.current.id == now.id
        assert sheet.target == target_of(session, record, world.clock.moment)


def test_a_record_without_a_case_files_in_one_of_its_own(world: World) -> None:
    """Then there is no case to speak of, and a filing opens one."""
    record = world.record()
    sheet = sheet_of(world, record)
    with world.place.store.reading() as session:
        assert sheet.target == target_of(session, record, world.clock.moment)
    assert sheet.current is None and sheet.filing_subject.id == "" and sheet.cases == ()


def test_advice_from_a_sheet_is_the_doors_answer(world: World, record: str) -> None:
    """For every action of a student, the reasons from the sheet are those of a question to the door."""
    by = world.student(record)
    engine, sheet = world.place.engine, sheet_of(world, record)
    with world.place.store.reading() as session:
        for case in sheet.cases:
            for action in ("confirm", "raise", "withdraw", "dispute"):
                advice = engine.check_seen(session, case.facts, action, by, at=sheet.at)
                assert advice == engine.check_action(session, Ref("case", case.id), action, by)


def test_advice_does_not_believe_a_page_about_who_may(world: World) -> None:
    """Grants that a page brings along are those of the person who asks: without them, nothing is offered."""
    record = world.record()
    world.open_campaign()
    sheet = sheet_of(world, record)
    assert sheet.current is not None
    with world.place.store.reading() as session:
        verdict = world.place.engine.check_seen(
            session, sheet.current.facts, "confirm", Actor("nobody", "student"), at=sheet.at
        )
    assert {"role_not_held", "not_your_record"} <= set(verdict.codes)


def test_a_decision_shows_once_its_notice_is_due(world: World) -> None:
    """Until the minutes for undoing are over, a sheet goes on saying 审核中, and nothing of the decision."""
    record = world.record()
    world.open_campaign()
    decided(world, record)
    (case,) = sheet_of(world, record).cases
    assert (case.state, case.told, case.held_back) == (REVIEW, False, True)
    assert {claim.outcome for claim in case.claims} == {""} and case.facts.decided_at is None
    world.at(world.clock.moment + timedelta(minutes=9, seconds=59))
    (case,) = sheet_of(world, record).cases
    assert (case.state, case.told) == (REVIEW, False)
    world.at(world.clock.moment + timedelta(seconds=1))
    (case,) = sheet_of(world, record).cases
    assert (case.state, case.told) == (CORRECTED, True)


def test_a_sheet_knows_when_a_case_was_confirmed(world: World) -> None:
    """The moment of the last confirmation stands beside it; before, there is none."""
    record = world.record()
    world.open_campaign()
    assert [case.rested_at for case in sheet_of(world, record).cases] == [None]
    confirmed(world, record)
    assert [case.rested_at for case in sheet_of(world, record).cases] == [world.clock.moment]


def test_a_sheet_opens_the_draft(world: World) -> None:
    """What a student has answered so far comes along with everything else."""
    record = world.record()
    with world.place.store.writing() as session:
        save_draft(session, world.place.cipher, record, Answers({"XM": NAME}), world.clock.moment)
        kept = read_draft(session, world.place.cipher, record)
    assert sheet_of(world, record).draft == kept


def test_a_sheet_names_the_campaigns_the_policy_asks_for(world: World) -> None:
    """A campaign of any kind that takes the record in counts; one that is drafted or cancelled does not."""
    record = world.record()
    world.open_campaign()
    (case,) = sheet_of(world, record).cases
    with world.place.store.reading() as session:
        rules = world.place.engine.policies.in_force(world.clock.moment)
        asked = question(session, rules, case.facts, world.clock.moment)
    assert sheet_of(world, record).whole.campaigns_at(world.clock.moment) == asked.campaigns
    assert [one.kind for one in asked.campaigns] == ["freshman"]
    with world.place.store.writing() as session:
        session.connection().exec_driver_sql("UPDATE campaign SET state = 'cancelled'")
    assert sheet_of(world, record).whole.campaigns_at(world.clock.moment) == ()
