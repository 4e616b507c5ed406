"""Whose turn it is: one answer for the student's page, the desk, lists and reminders."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from config.calendar import Calendar, Pause, Year
from tests.conftest import on
from tests.world import NAME, World
from workflow.cases.load import look_at_case
from workflow.cases.review.questions import QuestionAsked
from workflow.cases.tables import Question
from workflow.cases.views.whose_turn import (
    NOBODY,
    WHAT,
    WHO,
    CaseStanding,
    OpenStep,
    Turn,
    due_day,
    standing_of,
    turn_of,
    turns_in_review,
)
from workflow.engine import Ref

CALENDAR = Calendar(years=(Year(2024, ((10, 1), (10, 2), (10, 3)), ((10, 12),), "tests"),))
MONDAY = on(2024, 10, 21)
DUE = date(2024, 10, 25)


def step(kind: str, office: str = "registrar", **more: Any) -> OpenStep:
    """A step made on a Monday and due on Friday."""
    values = {"duty": "", "made_at": MONDAY, "due": DUE, "sent_on": None}
    return OpenStep(kind, office, **{**values, **more})


@pytest.mark.parametrize(
    ("case", "turn"),
    [
        (CaseStanding("not_checked"), NOBODY),
        (CaseStanding("not_checked", checkable_until=MONDAY), Turn("student", "check_record", "", MONDAY)),
        (CaseStanding("checked_ok"), NOBODY),
        (CaseStanding("discrepancy_raised"), Turn("reviewers", "take_up")),
        (
            CaseStanding("discrepancy_raised", steps=(step("check"),)),
            Turn("reviewers", "take_up", "registrar", DUE),
        ),
        (
            CaseStanding("discrepancy_raised", steps=(step("check", "college"),)),
            Turn("college", "check", "college", DUE),
        ),
        (CaseStanding("under_review"), Turn("reviewers", "decide")),
        (CaseStanding("under_review", dues=(None,)), Turn("student", "answer")),
        (CaseStanding("under_review", dues=(None, DUE)), Turn("student", "answer", "", DUE)),
        (
            CaseStanding("under_review", steps=(step("check", duty="second_reviewer"),)),
            Turn("second_reviewer", "check", "registrar", DUE),
        ),
        (
            CaseStanding("under_review", steps=(step("letter", "police"),)),
            Turn("reviewers", "send", "police", DUE),
        ),
        (
            CaseStanding("under_review", steps=(step("letter", "police", sent_on=DUE),)),
            Turn("outside", "reply", "police", DUE),
        ),
        (
            CaseStanding("under_review", steps=(step("province", "province", sent_on=DUE),)),
            Turn("province", "reply", "province", DUE),
        ),
        (
            CaseStanding("under_review", steps=(step("public_notice"),)),
            Turn("reviewers", "public_notice", "registrar", DUE),
        ),
        (
            CaseStanding("under_review", steps=(step("platform"), step("check"))),
            Turn("platform", "platform", "registrar", DUE),
        ),
        (CaseStanding("corrected"), NOBODY),
        (CaseStanding("corrected", reconfirm_until=DUE), Turn("student", "reconfirm", "", DUE)),
        (CaseStanding("rejected"), NOBODY),
    ],
)
def test_every_case_says_who_must_act_and_until_when(case: CaseStanding, turn: Turn) -> None:
    """A question goes before every step, the first open step before the others, and rest is nobody's turn."""
    found = turn_of(case, CALENDAR)
    assert found == turn
    assert found.who in WHO and found.what in WHAT


def test_days_on_which_the_clock_stood_come_on_top() -> None:
    """Four working days from Monday; asked on Tuesday and answered on Thursday: three more."""
    paused = (Pause(date(2024, 10, 22), date(2024, 10, 24)),)
    assert due_day(CALENDAR, step("check"), ()) == DUE
    assert due_day(CALENDAR, step("check"), paused) == date(2024, 10, 30)


def test_while_the_clock_stands_there_is_no_day() -> None:
    """Where nobody has entered the holidays of a year, its days from Monday to Friday are counted."""
    assert due_day(CALENDAR, step("check"), (Pause(date(2024, 10, 22), None),)) is None
    over_new_year = step("check", made_at=on(2024, 12, 27), due=date(2024, 12, 31))
    assert due_day(CALENDAR, over_new_year, (Pause(date(2024, 12, 30), date(2025, 1, 2)),)) == date(
        2025, 1, 6
    )


def test_overdue_is_a_matter_of_the_moment_it_is_asked() -> None:
    """The last second of the day is in time, the next one late; without a day nothing is ever late."""
    turn = Turn("reviewers", "check", "registrar", DUE)
    assert [turn.late(at) for at in (on(2024, 10, 25, 23, 59, 59), on(2024, 10, 26, 0, 0, 0))] == [
        False,
        True,
    ]
    assert not Turn("reviewers", "decide").late(datetime.max.replace(tzinfo=MONDAY.tzinfo))


def test_the_turn_is_read_for_many_cases_at_once(world: World) -> None:
    """Not answered, asked, waiting to be taken up, and withdrawn after the campaign: each in its own words."""
    silent, raised, asked = (world.record() for _ in range(3))
    campaign = world.open_campaign()
    cases = {name: world.case_of(record).id for name, record in
             (("silent", silent), ("raised", raised), ("asked", asked))}  # fmt: skip
    world.file(raised, NAME)
    world.file(asked, NAME)
    reviewer = world.staff["reviewer"]
    world.do(Ref("case", cases["asked"]), "take_up", reviewer)
    question = QuestionAsked("explanation", "", "请说明")
    world.do(Ref("case", cases["asked"]), "ask", reviewer, questions=(question,))
    assert campaign

    def said(at: datetime) -> dict[str, Turn]:
        with world.place.store.reading() as session:
            calendar = world.place.school.calendar
            facts = {name: look_at_case(session, id) for name, id in cases.items()}
            filed = {case.id: case.state for name, case in facts.items() if case and name != "silent"}
            found = turns_in_review(session, filed, calendar)
            assert facts["silent"] is not None
            silent = turn_of(standing_of(facts["silent"], (), at=at), calendar)
        return {name: found.get(id, silent) for name, id in cases.items()}

    now = said(world.clock.moment)
    assert now["silent"] == Turn("student", "check_record", "", on(2024, 11, 7, 23, 59, 59))
    assert now["raised"].who == "reviewers" and now["raised"].what == "take_up"
    assert now["asked"] == Turn("student", "answer", "", date(2024, 11, 1))
    later = said(world.clock.moment + timedelta(days=30))
    assert later["silent"] == NOBODY
    assert later["asked"].late(world.clock.moment + timedelta(days=30))
    with world.place.store.reading() as session:
        question_id = session.query(Question.id).filter_by(case_id=cases["asked"]).scalar()
    by = world.student(asked)
    world.do(Ref("case", cases["asked"]), "answer", by, question=question_id, words="曾用名")
    assert said(world.clock.moment)["asked"].who != "student"
