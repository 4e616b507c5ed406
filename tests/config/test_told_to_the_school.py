"""What the rules tell reviewers about a filing, and what the calendar's gaps tell the school."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.policy import ClaimAsked, QuestionFault, School, warnings_of
from tests.config.asking import amended, question, rule, words

NAME = ClaimAsked("XM", "legal_change", old="张三", new="张山")
NUMBER = ClaimAsked("XH", "school_data", old="240100001", new="240100002")


@pytest.fixture
def warned(tmp_path: Path, nchu: School) -> School:
    """The first school with a warning about each claim, and a step of five working days."""
    warning = rule("test.warned", '{ field = ["XM", "XH"] }', '{ warn = "TEST" }', says="核对{field}。")
    step = rule(
        "test.step", '{ field = ["XM"] }', '{ add_step = "check", office = "registrar", working_days = 5 }'
    )
    return amended(tmp_path, nchu, policy=words("code", "TEST", "CALENDAR_UNKNOWN") + warning + step)


def test_reviewers_read_each_warning_in_its_own_words_once(warned: School) -> None:
    """A rule that holds for two claims warns of each by its name; one that does not hold warns of nothing."""
    told = warnings_of(warned, question("2026-03-02", NAME, NUMBER))
    assert [(one.rule, one.code, one.says) for one in told] == [
        ("test.warned", "TEST", "核对姓名。"),
        ("test.warned", "TEST", "核对学号。"),
    ]
    assert warnings_of(warned, question("2026-03-02")) == ()


def test_reviewers_are_told_when_a_deadline_was_guessed(warned: School) -> None:
    """Only where a step is counted in working days of a year whose holidays nobody entered."""
    (known,) = warnings_of(warned, question("2026-03-02", NAME))
    told = warnings_of(warned, question("2028-03-02", NAME))
    assert [one.code for one in told] == [known.code, "CALENDAR_UNKNOWN"]
    assert told[1].rule == "" and told[1].says and told[1].says_en
    with pytest.raises(QuestionFault):
        warnings_of(warned, question("2028-03-02", ClaimAsked("NOSUCH", "legal_change")))


def test_the_school_is_told_of_years_that_its_calendar_lacks(warned: School) -> None:
    """This year and the next, with everything that is counted by them, in both languages."""
    assert warned.calendar_gaps(date(2026, 1, 1), years=1) == ()
    first, second = warned.calendar_gaps(date(2040, 12, 31))
    assert (first.year, second.year) == (2040, 2041) and first.counted == second.counted
    assert ("环节 test.step 的期限", "the deadline of test.step") in first.counted
    assert "2040" in str(first) and "test.step" in str(first) and "补正期限" in str(first)
